#include "server/line_pipe.h"

#include "base/alloc.h"

#include <stdlib.h>

#define KEEP_OUTPUT_BYTES 65536

struct write_job {
    uv_write_t request;
    struct hone_line_pipe *pipe;
    char *data;
};

void hone_line_pipe_init(struct hone_line_pipe *pipe, uv_stream_t *in, uv_stream_t *out,
                         size_t line_max_bytes, char *read_buffer,
                         const struct hone_line_pipe_events *events, void *user)
{
    *pipe = (struct hone_line_pipe){
        .in = in, .out = out, .read_buffer = read_buffer, .events = events, .user = user};
    hone_framing_init(&pipe->framing, line_max_bytes);
    hone_buf_init(&pipe->output, HONE_LINE_PIPE_UNWRITTEN_MAX);
    out->data = pipe;
    if (in != NULL) {
        in->data = pipe;
    }
}

void hone_line_pipe_stop(struct hone_line_pipe *pipe)
{
    pipe->stopped = true;
}

void hone_line_pipe_finish(struct hone_line_pipe *pipe)
{
    hone_framing_finish(&pipe->framing);
    hone_buf_finish(&pipe->output);
}

/* ---- in ---- */

static void on_line(void *user, struct hone_span line, int code)
{
    struct hone_line_pipe *pipe = user;
    if (!pipe->stopped) {
        pipe->events->line(pipe->user, line, code);
    }
}

void hone_line_pipe_feed(struct hone_line_pipe *pipe, struct hone_span bytes)
{
    hone_framing_feed(&pipe->framing, bytes, on_line, pipe);
    if (!pipe->stopped) {
        pipe->events->fed(pipe->user);
    }
}

void hone_line_pipe_end(struct hone_line_pipe *pipe, int status)
{
    hone_line_pipe_read(pipe, false);
    if (!pipe->stopped && !pipe->ended) {
        pipe->ended = true;
        pipe->events->end(pipe->user, status);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct hone_line_pipe *pipe = handle->data;
    (void)suggested;
    *buf = uv_buf_init(pipe->read_buffer, HONE_LINE_PIPE_READ_BYTES);
}

static void on_read(uv_stream_t *in, ssize_t n, const uv_buf_t *buf)
{
    struct hone_line_pipe *pipe = in->data;
    if (n > 0) {
        hone_line_pipe_feed(pipe, hone_span_of(buf->base, (size_t)n));
    } else if (n < 0) {
        hone_line_pipe_end(pipe, n == UV_EOF ? 0 : (int)n);
    }
}

void hone_line_pipe_read(struct hone_line_pipe *pipe, bool on)
{
    if (pipe->in == NULL || on == pipe->reading || pipe->stopped || (on && pipe->ended)) {
        return;
    }
    pipe->reading = on;
    if (!on) {
        (void)uv_read_stop(pipe->in);
    } else if (uv_read_start(pipe->in, on_alloc, on_read) != 0) {
        hone_line_pipe_end(pipe, UV_EIO);
    }
}

/* ---- out ---- */

static void on_written(uv_write_t *request, int status)
{
    struct write_job *job = (struct write_job *)(void *)request;
    struct hone_line_pipe *pipe = job->pipe;
    free(job->data);
    free(job);
    if (pipe->stopped) {
        return;
    }
    if (status != 0) {
        hone_line_pipe_end(pipe, status);
    } else {
        pipe->events->drained(pipe->user);
    }
}

static void write_rest(struct hone_line_pipe *pipe, size_t written)
{
    struct write_job *job = hone_alloc_zeroed(1, sizeof *job);
    size_t len = 0;
    job->pipe = pipe;
    job->data = hone_buf_take(&pipe->output, &len);
    uv_buf_t buf = uv_buf_init(job->data + written, (unsigned)(len - written));
    if (uv_write(&job->request, pipe->out, &buf, 1, on_written) != 0) {
        free(job->data);
        free(job);
        hone_line_pipe_end(pipe, UV_EPIPE);
    }
}

void hone_line_pipe_flush(struct hone_line_pipe *pipe)
{
    struct hone_buf *output = &pipe->output;
    if (pipe->stopped || (output->len == 0 && output->error == 0)) {
        return;
    }
    if (output->error != 0 ||
        hone_line_pipe_unwritten(pipe) > HONE_LINE_PIPE_UNWRITTEN_MAX) {
        hone_buf_clear(output);
        hone_line_pipe_end(pipe, UV_ENOBUFS);
        return;
    }
    int written = 0;
    if (uv_stream_get_write_queue_size(pipe->out) == 0) {
        uv_buf_t buf = uv_buf_init(output->data, (unsigned)output->len);
        written = uv_try_write(pipe->out, &buf, 1);
        if (written < 0 && written != UV_EAGAIN) {
            hone_buf_clear(output);
            hone_line_pipe_end(pipe, written);
            return;
        }
        written = written < 0 ? 0 : written;
    }
    if ((size_t)written < output->len) {
        write_rest(pipe, (size_t)written);
    } else {
        hone_buf_clear(output);
        hone_buf_shrink(output, KEEP_OUTPUT_BYTES);
    }
}

size_t hone_line_pipe_unwritten(const struct hone_line_pipe *pipe)
{
    return pipe->output.len + uv_stream_get_write_queue_size(pipe->out);
}
