#include "server/stream.h"

#include "base/alloc.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/dispatch.h"

#include <stdlib.h>

#define KEEP_OUTPUT_BYTES 65536
#define FLUSH_BYTES       (256U * 1024) /* answers of one turn that are written at once */

struct write_job {
    uv_write_t request;
    struct hone_session *session; /* a reference: the stream may be gone when it ends */
    char *data;
};

static void update_reading(struct hone_stream *stream);

/* The peer cannot be talked to any more. While its bytes are being handled only noted: the stream
 * must outlive the feed. */
static void fail(struct hone_stream *stream)
{
    stream->failed = true;
    if (!stream->feeding && stream->on_end != NULL) {
        void (*on_end)(struct hone_stream *) = stream->on_end;
        stream->on_end = NULL;
        on_end(stream);
    }
}

static void end_if_idle(struct hone_stream *stream)
{
    if (stream->ended && stream->session->n_in_flight == 0 &&
        uv_stream_get_write_queue_size(stream->out) == 0 && stream->on_end != NULL) {
        void (*on_end)(struct hone_stream *) = stream->on_end;
        stream->on_end = NULL;
        on_end(stream);
    }
}

/* ---- out ---- */

static void on_written(uv_write_t *request, int status)
{
    struct write_job *job = (struct write_job *)(void *)request;
    struct hone_stream *stream = job->session->owner;
    job->session->app->n_writes -= 1;
    if (stream != NULL && status != 0 && status != UV_ECANCELED) {
        fail(stream);
    }
    stream = job->session->owner;
    if (stream != NULL) {
        update_reading(stream);
        end_if_idle(stream);
    }
    hone_session_unref(job->session);
    free(job->data);
    free(job);
}

static void drop_peer(struct hone_stream *stream)
{
    hone_log_warn("transport", "peer dropped: it does not read transport=%s",
                  stream->session->transport->name);
    hone_buf_clear(&stream->output);
    fail(stream);
}

static void write_rest(struct hone_stream *stream, size_t written)
{
    size_t len = stream->output.len - written;
    if (uv_stream_get_write_queue_size(stream->out) + len > HONE_STREAM_UNREAD_MAX) {
        drop_peer(stream);
        return;
    }
    struct write_job *job = hone_alloc_zeroed(1, sizeof(*job));
    job->data = hone_alloc_bytes(stream->output.data + written, len);
    job->session = hone_session_ref(stream->session);
    uv_buf_t buf = uv_buf_init(job->data, (unsigned)len);
    hone_buf_clear(&stream->output);
    stream->session->app->n_writes += 1;
    if (uv_write(&job->request, stream->out, &buf, 1, on_written) != 0) {
        stream->session->app->n_writes -= 1;
        hone_session_unref(job->session);
        free(job->data);
        free(job);
        fail(stream);
    }
}

static void flush(struct hone_stream *stream)
{
    if (stream->output.len == 0) {
        return;
    }
    uv_buf_t buf = uv_buf_init(stream->output.data, (unsigned)stream->output.len);
    int written = 0;
    if (uv_stream_get_write_queue_size(stream->out) == 0) {
        written = uv_try_write(stream->out, &buf, 1);
        if (written < 0 && written != UV_EAGAIN) {
            hone_buf_clear(&stream->output);
            fail(stream);
            return;
        }
        written = written < 0 ? 0 : written;
    }
    if ((size_t)written == stream->output.len) {
        hone_buf_clear(&stream->output);
        hone_buf_shrink(&stream->output, KEEP_OUTPUT_BYTES);
        return;
    }
    write_rest(stream, (size_t)written);
}

static void send_message(struct hone_session *session, struct hone_exchange *exchange,
                         int http_status, struct hone_span body)
{
    struct hone_stream *stream = session->owner;
    (void)exchange;
    (void)http_status;
    if (body.len == 0) {
        return;
    }
    (void)hone_buf_append_span(&stream->output, body);
    (void)hone_buf_append_char(&stream->output, '\n');
    if (stream->failed) {
        hone_buf_clear(&stream->output);
    } else if (!stream->feeding || stream->output.len > FLUSH_BYTES) {
        flush(stream);
    }
}

static void relax(struct hone_session *session)
{
    struct hone_stream *stream = session->owner;
    if (!stream->feeding) {
        update_reading(stream);
        end_if_idle(stream);
    }
}

static const struct hone_session_transport transports[] = {
    {"stdio", true, send_message, relax},
    {"unix", true, send_message, relax},
};

/* ---- in ---- */

static void on_line(void *user, struct hone_span line, int code)
{
    struct hone_stream *stream = user;
    if (stream->failed) {
        return;
    }
    if (code != 0) {
        hone_dispatch_too_long(stream->session);
    } else {
        hone_dispatch_message(stream->session, line, NULL);
    }
}

void hone_stream_feed(struct hone_stream *stream, struct hone_span bytes)
{
    stream->feeding = true;
    hone_framing_feed(&stream->framing, bytes, on_line, stream);
    stream->feeding = false;
    if (!stream->failed) {
        flush(stream);
    }
    if (stream->failed) {
        fail(stream); /* the stream is gone after this */
        return;
    }
    update_reading(stream);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct hone_stream *stream = handle->data;
    (void)suggested;
    *buf = uv_buf_init(stream->session->app->read_buffer, HONE_STREAM_READ_BYTES);
}

static void on_read(uv_stream_t *in, ssize_t n, const uv_buf_t *buf)
{
    struct hone_stream *stream = in->data;
    if (n > 0) {
        hone_stream_feed(stream, hone_span_of(buf->base, (size_t)n));
    } else if (n == UV_EOF) {
        hone_stream_end(stream);
    } else if (n < 0) {
        fail(stream);
    }
}

static void update_reading(struct hone_stream *stream)
{
    bool pause = stream->ended || stream->failed ||
                 stream->session->n_in_flight >= HONE_SESSION_IN_FLIGHT_MAX ||
                 uv_stream_get_write_queue_size(stream->out) > HONE_STREAM_UNREAD_PAUSE;
    if (pause == stream->paused) {
        return;
    }
    stream->paused = pause;
    if (stream->in == NULL) {
        stream->on_pause(stream);
    } else if (pause) {
        (void)uv_read_stop(stream->in);
    } else if (uv_read_start(stream->in, on_alloc, on_read) != 0) {
        fail(stream);
    }
}

void hone_stream_end(struct hone_stream *stream)
{
    stream->ended = true;
    if (stream->in != NULL) {
        (void)uv_read_stop(stream->in);
    }
    end_if_idle(stream);
}

void hone_stream_init(struct hone_stream *stream, struct hone_app *app,
                      const char *transport, bool control, uv_stream_t *in,
                      uv_stream_t *out)
{
    const struct hone_session_transport *chosen = &transports[0];
    if (strcmp(transport, transports[1].name) == 0) {
        chosen = &transports[1];
    }
    stream->session = hone_session_create(app, chosen, stream, control);
    hone_framing_init(&stream->framing, (size_t)app->config->message_bytes_max);
    hone_buf_init(&stream->output, HONE_STREAM_UNREAD_MAX);
    stream->in = in;
    stream->out = out;
}

void hone_stream_finish(struct hone_stream *stream)
{
    hone_session_close(stream->session);
    hone_framing_finish(&stream->framing);
    hone_buf_finish(&stream->output);
}

int hone_stream_start(struct hone_stream *stream)
{
    stream->in->data = stream;
    stream->out->data = stream;
    return uv_read_start(stream->in, on_alloc, on_read);
}
