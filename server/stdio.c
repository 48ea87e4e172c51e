#include "server/stdio.h"

#include "base/alloc.h"
#include "server/app_internal.h"
#include "server/stdio_ends.h"
#include "server/stream.h"

#include <stdlib.h>

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
    /* A client that is lost, or whose call hangs, has had its time. */
    hone_app_stop_within(stdio->app, stream->failed ? 0 : HONE_STDIO_ENDS_STOP_MS);
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

int hone_stdio_start(struct hone_stdio **out, struct hone_app *app,
                     const struct hone_stdio_ends *ends, struct hone_error *err)
{
    struct hone_stdio *stdio = hone_alloc_zeroed(1, sizeof(*stdio));
    stdio->app = app;
    (void)uv_pipe_init(&app->loop.uv, &stdio->in, 0);
    (void)uv_pipe_init(&app->loop.uv, &stdio->out, 0);
    stdio->n_handles = 2;
    hone_stream_init(&stdio->stream, app, "stdio", false,
                     ends->polled ? (uv_stream_t *)&stdio->in : NULL,
                     (uv_stream_t *)&stdio->out);
    stdio->stream.answer_max_ms = (uint64_t)app->config->stdin_end_wait_ms;
    stdio->stream.on_end = on_end;
    stdio->stream.on_pause = on_pause;
    stdio->in.data = stdio->out.data = &stdio->stream;
    *out = stdio;
    if (uv_pipe_open(&stdio->out, ends->out) != 0) {
        return hone_error_set(err, HONE_E_IO, "stdout cannot be used as a stream");
    }
    if (!ends->polled) {
        stdio->file = ends->in;
        read_file(stdio);
        return 0;
    }
    if (uv_pipe_open(&stdio->in, ends->in) != 0 ||
        hone_stream_start(&stdio->stream) != 0) {
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
