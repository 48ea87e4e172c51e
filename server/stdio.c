#include "server/stdio.h"

#include "base/alloc.h"
#include "server/app_internal.h"
#include "server/stream.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct hone_stdio {
    struct hone_app *app;
    uv_pipe_t in, out;
    struct hone_stream stream;
    unsigned n_handles;
    /* stdin as a regular file, which cannot be polled: */
    uv_fs_t read;
    bool reading_file, destroyed;
    int file;
    int64_t offset;
};

static void free_if_closed(struct hone_stdio *stdio)
{
    if (stdio->destroyed && stdio->n_handles == 0 && !stdio->reading_file) {
        free(stdio);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct hone_stream *stream = handle->data;
    struct hone_stdio *stdio = HONE_LIST_OWNER(stream, struct hone_stdio, stream);
    stdio->n_handles -= 1;
    free_if_closed(stdio);
}

static void on_end(struct hone_stream *stream)
{
    struct hone_stdio *stdio = HONE_LIST_OWNER(stream, struct hone_stdio, stream);
    hone_app_stop(stdio->app);
}

static void read_file(struct hone_stdio *stdio);

static void on_file_read(uv_fs_t *read)
{
    struct hone_stdio *stdio = read->data;
    ssize_t n = read->result;
    uv_fs_req_cleanup(read);
    stdio->reading_file = false;
    if (stdio->destroyed) {
        free_if_closed(stdio);
    } else if (n <= 0) {
        hone_stream_end(&stdio->stream);
    } else {
        stdio->offset += n;
        hone_stream_feed(&stdio->stream,
                         hone_span_of(stdio->app->file_buffer, (size_t)n));
        read_file(stdio);
    }
}

static void read_file(struct hone_stdio *stdio)
{
    if (stdio->stream.paused || stdio->reading_file) {
        return;
    }
    uv_buf_t buf = uv_buf_init(stdio->app->file_buffer, HONE_STREAM_READ_BYTES);
    stdio->read.data = stdio;
    stdio->reading_file = true;
    if (uv_fs_read(&stdio->app->loop.uv, &stdio->read, stdio->file, &buf, 1,
                   stdio->offset, on_file_read) != 0) {
        stdio->reading_file = false;
        hone_stream_end(&stdio->stream);
    }
}

static void on_pause(struct hone_stream *stream)
{
    struct hone_stdio *stdio = HONE_LIST_OWNER(stream, struct hone_stdio, stream);
    if (!stdio->destroyed && !stdio->stream.ended) {
        read_file(stdio);
    }
}

static bool can_be_polled(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) &&
           !(S_ISCHR(st.st_mode) && isatty(fd) == 0);
}

/* Takes stdout for the protocol; returns its private descriptor or -1. */
static int take_stdout(void)
{
    int kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (kept >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        (void)close(kept);
        return -1;
    }
    return kept;
}

int hone_stdio_start(struct hone_stdio **out, struct hone_app *app,
                     struct hone_error *err)
{
    int out_fd = take_stdout();
    int in_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (out_fd < 0 || in_fd < 0) {
        return hone_error_set(err, HONE_E_IO,
                              "stdin and stdout must be open in stdio mode");
    }
    struct hone_stdio *stdio = hone_alloc_zeroed(1, sizeof(*stdio));
    stdio->app = app;
    (void)uv_pipe_init(&app->loop.uv, &stdio->in, 0);
    (void)uv_pipe_init(&app->loop.uv, &stdio->out, 0);
    stdio->n_handles = 2;
    bool polled = can_be_polled(in_fd);
    hone_stream_init(&stdio->stream, app, "stdio", false,
                     polled ? (uv_stream_t *)&stdio->in : NULL,
                     (uv_stream_t *)&stdio->out);
    stdio->stream.on_end = on_end;
    stdio->stream.on_pause = on_pause;
    stdio->in.data = stdio->out.data = &stdio->stream;
    *out = stdio;
    if (uv_pipe_open(&stdio->out, out_fd) != 0) {
        return hone_error_set(err, HONE_E_IO, "stdout cannot be used as a stream");
    }
    if (!polled) {
        stdio->file = in_fd;
        read_file(stdio);
        return 0;
    }
    if (uv_pipe_open(&stdio->in, in_fd) != 0 || hone_stream_start(&stdio->stream) != 0) {
        return hone_error_set(err, HONE_E_IO, "stdin cannot be used as a stream");
    }
    return 0;
}

void hone_stdio_destroy(struct hone_stdio *stdio)
{
    if (stdio != NULL) {
        stdio->destroyed = true;
        hone_stream_finish(&stdio->stream);
        uv_close((uv_handle_t *)&stdio->in, on_closed);
        uv_close((uv_handle_t *)&stdio->out, on_closed);
    }
}
