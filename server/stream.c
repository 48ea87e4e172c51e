#include "server/stream.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/dispatch.h"

#include <poll.h>
#include <stdlib.h>

#define KEEP_OUTPUT_BYTES 65536
#define FLUSH_BYTES       (256U * 1024) /* answers of one turn that are written at once */
#define LOOK_MS           50 /* between looks, while last answers are waited for */
#define LONG_BYTES        KEEP_OUTPUT_BYTES /* an answer as long as this is not copied */

struct write_job {
    uv_write_t request;
    struct hone_app *app;
    struct hone_channel *channel; /* a reference: the stream may be gone when it ends */
    char *data;
};

/* Goes on by itself until its handle has closed. */
struct hone_stream_late {
    uv_timer_t timer;
    struct hone_stream *stream;
    uint64_t deadline_ms;
};

static void update_reading(struct hone_stream *stream);
static void take_held(struct hone_stream *stream);
static void flush(struct hone_stream *stream);

/* ---- the end ---- */

static void on_late_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void finish_wait(struct hone_stream *stream)
{
    if (stream->late != NULL) {
        uv_close((uv_handle_t *)&stream->late->timer, on_late_closed);
        stream->late = NULL;
    }
}

static void end(struct hone_stream *stream)
{
    void (*on_end)(struct hone_stream *) = stream->on_end;
    stream->on_end = NULL;
    finish_wait(stream);
    if (on_end != NULL) {
        on_end(stream);
    }
}

/* The peer cannot be talked to any more. While its bytes are being handled only noted: the stream
 * must outlive the feed. */
static void fail(struct hone_stream *stream)
{
    stream->failed = true;
    if (!stream->feeding) {
        end(stream);
    }
}

static size_t count_unread(const struct hone_stream *stream)
{
    return stream->output.len + uv_stream_get_write_queue_size(stream->out);
}

static void end_if_idle(struct hone_stream *stream)
{
    if (stream->ended && stream->channel->n_in_flight == 0 && stream->held.len == 0 &&
        count_unread(stream) == 0) {
        end(stream);
    }
}

/* Has the peer gone altogether, not only said its last word? TCP cannot tell. */
static bool has_gone(const struct hone_stream *stream)
{
    uv_os_fd_t fd = -1;
    if (uv_fileno((const uv_handle_t *)stream->out, &fd) != 0) {
        return false;
    }
    struct pollfd look = {.fd = fd};
    return poll(&look, 1, 0) == 1 && (look.revents & (POLLHUP | POLLERR)) != 0;
}

static void on_look(uv_timer_t *timer)
{
    struct hone_stream_late *late = timer->data;
    struct hone_stream *stream = late->stream;
    bool is_late = hone_loop_now_ms(&stream->session->app->loop) >= late->deadline_ms;
    if (is_late) {
        hone_log_info("transport", "answers not waited for any longer transport=%s n=%u",
                      stream->session->transport, stream->channel->n_in_flight);
    }
    if (is_late || has_gone(stream)) {
        fail(stream);
    }
}

/* Another answer was made, or taken by the peer. */
static void note_progress(struct hone_stream *stream)
{
    if (stream->late != NULL) {
        stream->late->deadline_ms =
            hone_loop_now_ms(&stream->session->app->loop) + stream->answer_max_ms;
    }
}

/* For the last answers. */
static void start_wait(struct hone_stream *stream)
{
    struct hone_stream_late *late = hone_alloc_zeroed(1, sizeof(*late));
    late->stream = stream;
    late->timer.data = late;
    stream->late = late;
    note_progress(stream);
    (void)uv_timer_init(&stream->session->app->loop.uv, &late->timer);
    (void)uv_timer_start(&late->timer, on_look, LOOK_MS, LOOK_MS);
}

/* ---- out ---- */

static void on_written(uv_write_t *request, int status)
{
    struct write_job *job = (struct write_job *)(void *)request;
    struct hone_stream *stream = job->channel->owner;
    job->app->n_writes -= 1;
    if (stream != NULL && status == 0) {
        flush(stream);
    } else if (stream != NULL && status != UV_ECANCELED) {
        fail(stream);
    }
    stream = job->channel->owner;
    if (stream != NULL) {
        take_held(stream);
    }
    stream = job->channel->owner;
    if (stream != NULL) {
        note_progress(stream);
        update_reading(stream);
        end_if_idle(stream);
    }
    hone_channel_unref(job->channel);
    free(job->data);
    free(job);
}

static void drop_peer(struct hone_stream *stream)
{
    hone_log_warn("transport", "peer dropped: it does not read transport=%s",
                  stream->session->transport);
    hone_buf_clear(&stream->output);
    fail(stream);
}

static void write_rest(struct hone_stream *stream, size_t written)
{
    struct write_job *job = hone_alloc_zeroed(1, sizeof(*job));
    size_t len = 0;
    job->data = hone_buf_take(&stream->output, &len);
    job->app = stream->session->app;
    job->channel = hone_channel_ref(stream->channel);
    uv_buf_t buf = uv_buf_init(job->data + written, (unsigned)(len - written));
    job->app->n_writes += 1;
    if (uv_write(&job->request, stream->out, &buf, 1, on_written) != 0) {
        job->app->n_writes -= 1;
        hone_channel_unref(job->channel);
        free(job->data);
        free(job);
        fail(stream);
    }
}

/* One write at a time; what comes meanwhile is collected, so that many small messages to a peer
 * that does not read cost no more than their bytes. */
static void flush(struct hone_stream *stream)
{
    if (stream->output.error != 0 || count_unread(stream) > HONE_STREAM_UNREAD_MAX) {
        drop_peer(stream);
        return;
    }
    if (stream->output.len == 0 || uv_stream_get_write_queue_size(stream->out) > 0) {
        return;
    }
    uv_buf_t buf = uv_buf_init(stream->output.data, (unsigned)stream->output.len);
    int written = uv_try_write(stream->out, &buf, 1);
    if (written < 0 && written != UV_EAGAIN) {
        hone_buf_clear(&stream->output);
        fail(stream);
        return;
    }
    written = written < 0 ? 0 : written;
    if ((size_t)written == stream->output.len) {
        hone_buf_clear(&stream->output);
        hone_buf_shrink(&stream->output, KEEP_OUTPUT_BYTES);
        return;
    }
    write_rest(stream, (size_t)written);
}

/* A long message with nothing before it goes out from where it is; only what the peer
 * does not take at once is copied. Fails the stream as the last thing it does. */
static void put_long(struct hone_stream *stream, struct hone_span message)
{
    char newline[] = "\n";
    uv_buf_t bufs[] = {
        uv_buf_init((char *)(uintptr_t)message.data, (unsigned)message.len),
        uv_buf_init(newline, 1),
    };
    int n = uv_try_write(stream->out, bufs, 2);
    if (n < 0 && n != UV_EAGAIN) {
        fail(stream);
        return;
    }
    size_t written = n > 0 ? (size_t)n : 0;
    if (written > message.len) {
        return;
    }
    (void)hone_buf_append(&stream->output, message.data + written, message.len - written);
    if (hone_buf_append_char(&stream->output, '\n') != 0) {
        drop_peer(stream);
    } else {
        write_rest(stream, 0);
    }
}

static void put(struct hone_stream *stream, struct hone_span message)
{
    if (!stream->failed && message.len >= LONG_BYTES && stream->output.len == 0 &&
        uv_stream_get_write_queue_size(stream->out) == 0) {
        put_long(stream, message);
        return;
    }
    (void)hone_buf_append_span(&stream->output, message);
    (void)hone_buf_append_char(&stream->output, '\n');
    if (stream->failed) {
        hone_buf_clear(&stream->output);
    } else if (!stream->feeding || stream->output.len > FLUSH_BYTES) {
        flush(stream);
    }
}

static void reply(struct hone_channel *channel, struct hone_exchange *exchange,
                  int http_status, struct hone_span body)
{
    (void)exchange;
    (void)http_status;
    note_progress(channel->owner);
    if (body.len > 0) {
        put(channel->owner, body);
    }
}

static void send_message(struct hone_channel *channel, struct hone_exchange *exchange,
                         struct hone_span body)
{
    (void)exchange;
    put(channel->owner, body);
}

static void relax(struct hone_channel *channel)
{
    struct hone_stream *stream = channel->owner;
    if (!stream->feeding) {
        update_reading(stream);
        end_if_idle(stream);
    }
}

#define CARRIER(text)                                                                    \
    {                                                                                    \
        .name = (text), .reply = reply, .send = send_message, .relax = relax             \
    }

static const struct hone_channel_carrier carriers[] = {
    CARRIER("stdio"),
    CARRIER("tcp"),
    CARRIER("unix"),
};

static const struct hone_channel_carrier *find_carrier(const char *name)
{
    const size_t n_carriers = sizeof(carriers) / sizeof(carriers[0]);
    size_t i = 0;
    while (i < n_carriers && strcmp(carriers[i].name, name) != 0) {
        i += 1;
    }
    HONE_REQUIRE(i < n_carriers);
    return &carriers[i];
}

/* ---- in ---- */

/* Any page in a browser on this machine can send an HTTP request to a TCP port, with
 * messages of its choice as the lines of the body. Its first line gives it away. */
static bool is_suspicious(struct hone_stream *stream, struct hone_span line)
{
    size_t at = 0;
    bool suspects = stream->suspects;
    stream->suspects = false;
    while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t')) {
        at++;
    }
    return suspects && (at == line.len || (line.data[at] != '{' && line.data[at] != '['));
}

static bool has_much_unread(const struct hone_stream *stream)
{
    return count_unread(stream) > HONE_STREAM_UNREAD_PAUSE;
}

/* One read may bring many requests with long answers: those that come behind too much unread
 * output wait until the peer has read some of it. */
static void on_line(void *user, struct hone_span line, int code)
{
    struct hone_stream *stream = user;
    if (stream->failed) {
        return;
    }
    if (code == 0 && is_suspicious(stream, line)) {
        hone_log_warn("transport", "peer dropped: its first line is no message");
        stream->failed = true;
        return;
    }
    if (code != 0) {
        hone_dispatch_too_long(stream->session, stream->channel);
    } else if (stream->held.len == 0 && !has_much_unread(stream)) {
        hone_dispatch_message(stream->session, stream->channel, line, NULL);
    } else if (hone_buf_append_span(&stream->held, line) != 0 ||
               hone_buf_append_char(&stream->held, '\n') != 0) {
        stream->failed = true;
    }
}

/* False: the stream is gone. */
static bool end_feeding(struct hone_stream *stream)
{
    stream->feeding = false;
    if (!stream->failed) {
        flush(stream);
    }
    if (stream->failed) {
        fail(stream);
        return false;
    }
    return true;
}

void hone_stream_feed(struct hone_stream *stream, struct hone_span bytes)
{
    stream->feeding = true;
    hone_framing_feed(&stream->framing, bytes, on_line, stream);
    if (end_feeding(stream)) {
        update_reading(stream);
    }
}

static void take_held(struct hone_stream *stream)
{
    if (stream->held.len == 0 || stream->failed || has_much_unread(stream)) {
        return;
    }
    struct hone_buf held = stream->held;
    struct hone_span rest = hone_buf_span(&held);
    hone_buf_init(&stream->held, held.ceiling);
    stream->feeding = true;
    while (rest.len > 0) {
        const char *newline = memchr(rest.data, '\n', rest.len);
        size_t len = (size_t)(newline - rest.data);
        on_line(stream, hone_span_of(rest.data, len), 0);
        rest = hone_span_of(newline + 1, rest.len - len - 1);
    }
    hone_buf_finish(&held);
    (void)end_feeding(stream);
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
    bool pause = stream->ended || stream->failed || stream->held.len > 0 ||
                 hone_channel_is_full(stream->channel) || has_much_unread(stream);
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

/* What waits for events, or for the client's answers, would wait for ever. */
static void end_waiting(struct hone_stream *stream)
{
    hone_session_refuse_asks(stream->session, "it says nothing more");
    HONE_LIST_EACH(&stream->channel->exchanges, link)
    {
        struct hone_exchange *exchange =
            HONE_LIST_OWNER(link, struct hone_exchange, in_channel);
        if (exchange->open_ended && !exchange->cancelled) {
            hone_exchange_cancel(exchange);
        }
    }
}

void hone_stream_end(struct hone_stream *stream)
{
    stream->ended = true;
    if (stream->in != NULL) {
        (void)uv_read_stop(stream->in);
    }
    stream->feeding = true; /* the end is looked for below, once */
    end_waiting(stream);
    stream->feeding = false;
    if (!stream->failed) {
        flush(stream);
    }
    if (has_gone(stream)) {
        fail(stream);
    } else if (stream->on_end != NULL) {
        start_wait(stream);
        end_if_idle(stream);
    }
}

void hone_stream_init(struct hone_stream *stream, struct hone_app *app,
                      const char *transport, bool control, uv_stream_t *in,
                      uv_stream_t *out)
{
    stream->session = hone_session_create(app, transport, true, control);
    stream->channel = hone_channel_create(find_carrier(transport), stream, true);
    stream->session->push = stream->channel;
    stream->suspects = strcmp(transport, "tcp") == 0;
    hone_framing_init(&stream->framing, (size_t)app->config->message_bytes_max);
    hone_buf_init(&stream->output, HONE_STREAM_UNREAD_MAX);
    hone_buf_init(&stream->held,
                  (size_t)app->config->message_bytes_max + 2 * HONE_STREAM_READ_BYTES);
    stream->in = in;
    stream->out = out;
    stream->answer_max_ms = HONE_STREAM_ANSWER_MS;
}

void hone_stream_finish(struct hone_stream *stream)
{
    finish_wait(stream);
    hone_session_close(stream->session);
    hone_channel_close(stream->channel);
    hone_framing_finish(&stream->framing);
    hone_buf_finish(&stream->held);
    hone_buf_finish(&stream->output);
}

int hone_stream_start(struct hone_stream *stream)
{
    stream->in->data = stream;
    stream->out->data = stream;
    return uv_read_start(stream->in, on_alloc, on_read);
}
