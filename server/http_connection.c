/* READING -> ANSWERING (-> STREAMING) -> READING ... -> CLOSING -> CLOSED. Requests of one
 * connection are answered in order: what comes behind a request that is being answered is
 * kept, and reading pauses when that is much. It goes on otherwise, so that the peer's
 * closing is noticed while a request is being answered. */
#include "server/http_connection.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/log.h"
#include "protocol/sse.h"
#include "server/app_internal.h"
#include "server/http_routes.h"
#include "server/http_sessions.h"
#include "server/sender_check.h"
#include "server/stream.h"

#include <stdio.h>
#include <stdlib.h>

#define KEEP_BYTES      16384
#define HTTP_NO_CONTENT 204
#define EXTRA_BYTES_MAX 4096
/* Behind a request that is being answered so much is read ahead. */
#define PENDING_PAUSE    65536
#define OUTPUT_BYTES_MAX (128U * 1024 * 1024)

struct write_job {
    uv_write_t request;
    struct hone_http_connection *connection;
    char *data;
};

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);
static void parse_pending(struct hone_http_connection *connection);
static void write_output(struct hone_http_connection *connection);
static void update_reading(struct hone_http_connection *connection);

static void set_state(struct hone_http_connection *connection,
                      enum hone_http_connection_state state)
{
    HONE_INVARIANT(state > connection->state ||
                   (state == HONE_HTTP_CONNECTION_READING &&
                    connection->state <= HONE_HTTP_CONNECTION_STREAMING));
    connection->state = state;
}

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct hone_http_connection *connection = handle->data;
    void (*on_closed)(void *, struct hone_http_connection *) = connection->on_closed;
    void *owner = connection->owner;
    hone_http1_destroy(connection->parser);
    hone_buf_finish(&connection->pending);
    hone_buf_finish(&connection->output);
    on_closed(owner, connection);
    free(connection);
}

/* Whoever streams here hears that it is over. */
static void lose_stream(struct hone_http_connection *connection)
{
    void (*on_stream_lost)(struct hone_http_connection *) = connection->on_stream_lost;
    connection->on_stream_lost = NULL;
    if (on_stream_lost != NULL) {
        on_stream_lost(connection);
    }
    connection->stream_owner = NULL;
}

void hone_http_connection_close(struct hone_http_connection *connection)
{
    if (connection->state == HONE_HTTP_CONNECTION_CLOSED) {
        return;
    }
    set_state(connection, HONE_HTTP_CONNECTION_CLOSED);
    lose_stream(connection);
    uv_close(&connection->handle.handle, on_handle_closed);
    if (connection->channel != NULL) {
        struct hone_channel *channel = connection->channel;
        connection->channel = NULL;
        hone_channel_close(channel);
    }
}

static size_t count_unread(const struct hone_http_connection *connection)
{
    return connection->output.len +
           uv_stream_get_write_queue_size(&connection->handle.stream);
}

static bool has_unread(const struct hone_http_connection *connection)
{
    return count_unread(connection) > 0;
}

void hone_http_connection_end(struct hone_http_connection *connection)
{
    if (connection->state != HONE_HTTP_CONNECTION_READING) {
        return; /* the answer that is being made, or written, is the last */
    }
    if (!has_unread(connection)) {
        hone_http_connection_close(connection);
        return;
    }
    set_state(connection, HONE_HTTP_CONNECTION_CLOSING);
    (void)uv_read_stop(&connection->handle.stream);
}

/* ---- out ---- */

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct hone_http_connection *connection = request->handle->data;
    if (status != 0 && status != UV_ECANCELED) {
        hone_http_connection_close(connection);
    }
}

/* Says that nothing more comes and waits for the peer to close, for a while: to close
 * before it with bytes unread would reset the connection, and the last answer with it. */
static void linger(struct hone_http_connection *connection)
{
    if (connection->lingering) {
        return;
    }
    connection->lingering = true;
    connection->active_ms = hone_loop_now_ms(&connection->app->loop);
    hone_buf_clear(&connection->pending);
    if (uv_shutdown(&connection->shutdown, &connection->handle.stream, on_shutdown) !=
            0 ||
        (connection->paused &&
         uv_read_start(&connection->handle.stream, on_alloc, on_read) != 0)) {
        hone_http_connection_close(connection);
    }
}

static void after_answer(struct hone_http_connection *connection)
{
    if (connection->state != HONE_HTTP_CONNECTION_CLOSING) {
        connection->active_ms = hone_loop_now_ms(&connection->app->loop);
    }
    if (connection->state == HONE_HTTP_CONNECTION_CLOSING) {
        if (!has_unread(connection)) { /* answers before it may be on their way too */
            linger(connection);
        }
    } else if (connection->state == HONE_HTTP_CONNECTION_READING &&
               connection->pending.len == 0) {
        size_t taken = 0; /* an idle connection keeps no request */
        (void)hone_http1_feed(connection->parser, "", 0, &taken);
    }
}

static void on_written(uv_write_t *request, int status)
{
    struct write_job *job = (struct write_job *)(void *)request;
    struct hone_http_connection *connection = job->connection;
    free(job->data);
    free(job);
    connection->app->n_writes -= 1;
    if (connection->state == HONE_HTTP_CONNECTION_CLOSED) {
        return; /* its memory lives until on_handle_closed, which comes after this */
    }
    if (status != 0) {
        hone_http_connection_close(connection);
        return;
    }
    if (!connection->lingering) {
        connection->active_ms = hone_loop_now_ms(&connection->app->loop);
    }
    write_output(connection);
    if (connection->state != HONE_HTTP_CONNECTION_CLOSED) {
        parse_pending(connection);
        update_reading(connection);
    }
}

/* One write at a time: what is added meanwhile goes out with the next. */
static void write_output(struct hone_http_connection *connection)
{
    struct hone_buf *output = &connection->output;
    uv_stream_t *stream = &connection->handle.stream;
    if (output->error == 0 && uv_stream_get_write_queue_size(stream) > 0) {
        return;
    }
    if (output->error == 0 && output->len == 0) {
        after_answer(connection);
        return;
    }
    uv_buf_t buf = uv_buf_init(output->data, (unsigned)output->len);
    int written = output->error != 0 ? UV_ENOMEM : uv_try_write(stream, &buf, 1);
    if (written < 0 && written != UV_EAGAIN) {
        hone_http_connection_close(connection);
        return;
    }
    size_t done = written > 0 ? (size_t)written : 0;
    if (done == output->len) {
        hone_buf_clear(output);
        hone_buf_shrink(output, KEEP_BYTES);
        after_answer(connection);
        return;
    }
    struct write_job *job = hone_alloc_zeroed(1, sizeof(*job));
    size_t rest = output->len - done;
    job->connection = connection;
    job->data = hone_alloc_bytes(output->data + done, rest);
    hone_buf_clear(output);
    hone_buf_shrink(output, KEEP_BYTES);
    buf = uv_buf_init(job->data, (unsigned)rest);
    connection->app->n_writes += 1;
    if (uv_write(&job->request, stream, &buf, 1, on_written) != 0) {
        connection->app->n_writes -= 1;
        free(job->data);
        free(job);
        hone_http_connection_close(connection);
    }
}

/* The headers that only some answers have; "" for none. */
static const char *extra_headers(const struct hone_http_connection *connection,
                                 struct hone_buf *out)
{
    const struct {
        const char *name, *value;
    } headers[] = {
        {"Allow", connection->allow},
        {"Mcp-Session-Id", connection->session},
        {"WWW-Authenticate", connection->authenticate},
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        if (headers[i].value != NULL) {
            (void)hone_buf_append_format(out, "%s: %s\r\n", headers[i].name,
                                         headers[i].value);
        }
    }
    if (connection->cross_origin) {
        (void)hone_sender_check_write_cors(
            out, hone_http1_header(connection->parser, "origin"), connection->preflight);
    }
    (void)hone_buf_append_char(out, '\0');
    return out->error == 0 ? out->data : "";
}

static void write_head(struct hone_http_connection *connection, int status,
                       const char *content_type, int64_t content_length, bool keep_alive,
                       const char *more)
{
    char memory[EXTRA_BYTES_MAX];
    struct hone_buf extra;
    hone_buf_init_fixed(&extra, memory, sizeof(memory));
    (void)hone_buf_append_span(&extra, hone_span_text(more));
    (void)hone_http1_write_head(&connection->output, status, content_type, content_length,
                                keep_alive, extra_headers(connection, &extra));
    connection->request_ms = 0;
    connection->allow = connection->session = connection->authenticate = NULL;
    connection->cross_origin = connection->preflight = false;
}

/* The request is answered: on to the next, or to the end. */
static void finish_request(struct hone_http_connection *connection)
{
    set_state(connection, connection->keep_alive ? HONE_HTTP_CONNECTION_READING
                                                 : HONE_HTTP_CONNECTION_CLOSING);
    write_output(connection);
    if (!connection->parsing) {
        parse_pending(connection);
        update_reading(connection);
    }
}

void hone_http_connection_reply(struct hone_http_connection *connection, int status,
                                const char *content_type, struct hone_span body)
{
    connection->keep_alive =
        connection->keep_alive && connection->app->state == HONE_APP_RUNNING;
    write_head(connection, status, content_type,
               status == HTTP_NO_CONTENT ? -1 : (int64_t)body.len, connection->keep_alive,
               "");
    if (!connection->is_head) {
        (void)hone_buf_append_span(&connection->output, body);
    }
    finish_request(connection);
}

/* ---- event streams ---- */

void hone_http_connection_begin_stream(struct hone_http_connection *connection)
{
    connection->keep_alive = connection->keep_alive && connection->chunked;
    set_state(connection, HONE_HTTP_CONNECTION_STREAMING);
    write_head(connection, 200, HONE_SSE_CONTENT_TYPE, -1, connection->keep_alive,
               connection->chunked
                   ? "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
                     "Transfer-Encoding: chunked\r\n"
                   : "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n");
    write_output(connection);
}

void hone_http_connection_stream(struct hone_http_connection *connection,
                                 struct hone_span bytes)
{
    HONE_REQUIRE(connection->state == HONE_HTTP_CONNECTION_STREAMING);
    struct hone_buf *output = &connection->output;
    if (count_unread(connection) + bytes.len > HONE_HTTP_CONNECTION_STREAM_MAX) {
        hone_log_warn("transport", "peer dropped: it does not read its event stream");
        hone_http_connection_close(connection);
        return;
    }
    if (connection->chunked) {
        (void)hone_buf_append_format(output, "%zx\r\n", bytes.len);
    }
    (void)hone_buf_append_span(output, bytes);
    if (connection->chunked) {
        (void)hone_buf_append_span(output, hone_span_text("\r\n"));
    }
    write_output(connection);
}

void hone_http_connection_end_stream(struct hone_http_connection *connection)
{
    HONE_REQUIRE(connection->state == HONE_HTTP_CONNECTION_STREAMING);
    connection->on_stream_lost = NULL;
    connection->stream_owner = NULL;
    connection->keep_alive =
        connection->keep_alive && connection->app->state == HONE_APP_RUNNING;
    if (connection->chunked) {
        (void)hone_buf_append_span(&connection->output, hone_span_text("0\r\n\r\n"));
    }
    finish_request(connection);
}

void hone_http_connection_keep_alive(struct hone_http_connection *connection,
                                     uint64_t now_ms)
{
    if (connection->state == HONE_HTTP_CONNECTION_STREAMING && !has_unread(connection) &&
        now_ms - connection->active_ms >=
            (uint64_t)connection->app->config->http_keepalive_ms) {
        struct hone_buf comment;
        hone_buf_init(&comment, EXTRA_BYTES_MAX);
        (void)hone_sse_write_keepalive(&comment);
        hone_http_connection_stream(connection, hone_buf_span(&comment));
        hone_buf_finish(&comment);
    }
}

/* ---- in ---- */

static void refuse(struct hone_http_connection *connection)
{
    const char *reason = "";
    int status = hone_http1_refusal(connection->parser, &reason);
    connection->keep_alive = false;
    connection->is_head = false; /* there is no request to ask */
    set_state(connection, HONE_HTTP_CONNECTION_ANSWERING);
    hone_http_routes_refuse(connection, status, reason);
}

static void send_continue(struct hone_http_connection *connection)
{
    (void)hone_buf_append_text(&connection->output, "HTTP/1.1 100 Continue\r\n\r\n");
    write_output(connection);
}

static void answer_request(struct hone_http_connection *connection)
{
    set_state(connection, HONE_HTTP_CONNECTION_ANSWERING);
    const struct hone_http1_request *request = hone_http1_request(connection->parser);
    connection->keep_alive = request->keep_alive;
    connection->chunked = !request->is_http_1_0;
    connection->is_head = hone_span_is(request->method, "HEAD");
    hone_http_routes_answer(connection);
}

/* Not while an answer is being made, and not while the peer leaves too many of them unread. */
static bool may_take_request(const struct hone_http_connection *connection)
{
    return connection->state == HONE_HTTP_CONNECTION_READING &&
           count_unread(connection) <= HONE_HTTP_CONNECTION_UNREAD_MAX;
}

/* Parses until the bytes end or a request is with its handler; returns how many were
 * taken. */
static size_t parse(struct hone_http_connection *connection, struct hone_span bytes)
{
    size_t offset = 0;
    connection->parsing = true;
    while (offset < bytes.len && may_take_request(connection)) {
        size_t taken = 0;
        if (connection->request_ms == 0) {
            connection->request_ms = hone_loop_now_ms(&connection->app->loop);
        }
        enum hone_http1_step step = hone_http1_feed(
            connection->parser, bytes.data + offset, bytes.len - offset, &taken);
        offset += taken;
        switch (step) {
        case HONE_HTTP1_REQUEST:
            answer_request(connection);
            break;
        case HONE_HTTP1_CONTINUE:
            send_continue(connection);
            break;
        case HONE_HTTP1_REFUSED:
            refuse(connection);
            offset = bytes.len;
            break;
        default:
            break;
        }
    }
    connection->parsing = false;
    return offset;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct hone_http_connection *connection = handle->data;
    (void)suggested;
    *buf = uv_buf_init(connection->app->read_buffer, HONE_STREAM_READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct hone_http_connection *connection = stream->data;
    if (n < 0) {
        hone_http_connection_close(connection);
        return;
    }
    if (n == 0 || connection->state >= HONE_HTTP_CONNECTION_CLOSING) {
        return;
    }
    connection->active_ms = hone_loop_now_ms(&connection->app->loop);
    struct hone_span bytes = hone_span_of(buf->base, (size_t)n);
    size_t taken = connection->pending.len == 0 ? parse(connection, bytes) : 0;
    if (connection->state == HONE_HTTP_CONNECTION_CLOSED || taken == bytes.len) {
        return;
    }
    if (hone_buf_append(&connection->pending, bytes.data + taken, bytes.len - taken) !=
        0) {
        hone_http_connection_close(connection); /* far more pipelined than is answered */
    }
    update_reading(connection);
}

/* Reading pauses while bytes wait for their turn, so that what a peer sends ahead stays with it. */
static void update_reading(struct hone_http_connection *connection)
{
    bool answering = connection->state == HONE_HTTP_CONNECTION_ANSWERING ||
                     connection->state == HONE_HTTP_CONNECTION_STREAMING;
    bool pause = connection->pending.len > (answering ? PENDING_PAUSE : 0);
    if (connection->state >= HONE_HTTP_CONNECTION_CLOSING ||
        pause == connection->paused) {
        return;
    }
    connection->paused = pause;
    if (pause) {
        (void)uv_read_stop(&connection->handle.stream);
    } else if (uv_read_start(&connection->handle.stream, on_alloc, on_read) != 0) {
        hone_http_connection_close(connection);
    }
}

static void parse_pending(struct hone_http_connection *connection)
{
    if (connection->pending.len == 0 || !may_take_request(connection)) {
        return;
    }
    struct hone_buf bytes = connection->pending;
    hone_buf_init(&connection->pending, bytes.ceiling);
    size_t taken = parse(connection, hone_buf_span(&bytes));
    if (connection->state != HONE_HTTP_CONNECTION_CLOSED && taken < bytes.len) {
        (void)hone_buf_append(&connection->pending, bytes.data + taken,
                              bytes.len - taken);
    }
    hone_buf_finish(&bytes);
}

/* ---- channel ---- */

static void write_event(struct hone_http_connection *connection, struct hone_span body)
{
    struct hone_buf event;
    const struct hone_sse_id none = {0};
    hone_buf_init(&event, OUTPUT_BYTES_MAX);
    (void)hone_sse_write_event(&event, none, body);
    hone_http_connection_stream(connection, hone_buf_span(&event));
    hone_buf_finish(&event);
}

static void reply(struct hone_channel *channel, struct hone_exchange *exchange,
                  int http_status, struct hone_span body)
{
    struct hone_http_connection *connection = channel->owner;
    (void)exchange;
    if (connection->state == HONE_HTTP_CONNECTION_STREAMING) {
        if (body.len > 0) {
            write_event(connection, body);
        }
        if (connection->state == HONE_HTTP_CONNECTION_STREAMING) {
            hone_http_connection_end_stream(connection);
        }
    } else if (body.len == 0) {
        hone_http_connection_reply(connection, 202, NULL, body);
    } else {
        hone_http_connection_reply(connection, http_status, "application/json", body);
    }
}

/* A message before the answer makes an event stream of it; one of a session that can be
 * resumed if the exchange belongs to one. */
static void send_message(struct hone_channel *channel, struct hone_exchange *exchange,
                         struct hone_span body)
{
    struct hone_http_connection *connection = channel->owner;
    if (hone_http_sessions_take_stream(exchange, connection)) {
        hone_exchange_send(exchange, body);
        return;
    }
    if (connection->state == HONE_HTTP_CONNECTION_ANSWERING) {
        hone_http_connection_begin_stream(connection);
    }
    if (connection->state == HONE_HTTP_CONNECTION_STREAMING) {
        write_event(connection, body);
    }
}

static void park(struct hone_channel *channel, struct hone_exchange *exchange)
{
    if (hone_http_sessions_take_stream(exchange, channel->owner)) {
        hone_exchange_park(exchange);
    }
}

static const struct hone_channel_carrier carrier = {
    .name = "http", .reply = reply, .send = send_message, .park = park};

struct hone_http_connection *hone_http_connection_create(struct hone_app *app,
                                                         void *owner)
{
    struct hone_http_connection *connection = hone_alloc_zeroed(1, sizeof(*connection));
    hone_list_init(&connection->link);
    connection->app = app;
    connection->owner = owner;
    connection->state = HONE_HTTP_CONNECTION_READING;
    connection->parser =
        hone_http1_create((size_t)app->config->message_bytes_max, app->http1_spare);
    connection->principal = app->stateless->principal;
    connection->channel = hone_channel_create(&carrier, connection, false);
    connection->active_ms = hone_loop_now_ms(&app->loop);
    hone_buf_init(&connection->pending, (size_t)app->config->message_bytes_max + 65536);
    hone_buf_init(&connection->output, OUTPUT_BYTES_MAX);
    return connection;
}

void hone_http_connection_start(struct hone_http_connection *connection)
{
    if (uv_read_start(&connection->handle.stream, on_alloc, on_read) != 0) {
        hone_http_connection_close(connection);
    }
}
