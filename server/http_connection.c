/* READING -> ANSWERING -> READING ... -> CLOSING -> CLOSED. Requests of one connection
 * are answered in order: what comes behind a request that is being answered is kept, and
 * reading pauses. */
#include "server/http_connection.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/http_routes.h"
#include "server/stream.h"

#include <stdio.h>
#include <stdlib.h>

#define KEEP_BYTES       16384
#define EXTRA_BYTES      64
#define OUTPUT_BYTES_MAX (128U * 1024 * 1024)

struct write_job {
    uv_write_t request;
    struct hone_http_connection *connection;
    char *data;
};

static void parse_pending(struct hone_http_connection *connection);
static void update_reading(struct hone_http_connection *connection);

static void set_state(struct hone_http_connection *connection,
                      enum hone_http_connection_state state)
{
    HONE_INVARIANT(state > connection->state ||
                   (state == HONE_HTTP_CONNECTION_READING &&
                    connection->state == HONE_HTTP_CONNECTION_ANSWERING));
    connection->state = state;
}

/* ---- closing ---- */

static void on_tcp_closed(uv_handle_t *handle)
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

void hone_http_connection_close(struct hone_http_connection *connection)
{
    if (connection->state == HONE_HTTP_CONNECTION_CLOSED) {
        return;
    }
    set_state(connection, HONE_HTTP_CONNECTION_CLOSED);
    hone_session_close(connection->session);
    uv_close((uv_handle_t *)&connection->tcp, on_tcp_closed);
}

static bool has_unread(const struct hone_http_connection *connection)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&connection->tcp) > 0;
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
    (void)uv_read_stop((uv_stream_t *)&connection->tcp);
}

/* ---- out ---- */

static void after_answer(struct hone_http_connection *connection)
{
    connection->active_ms = hone_loop_now_ms(&connection->app->loop);
    if (connection->state == HONE_HTTP_CONNECTION_CLOSING) {
        if (!has_unread(connection)) { /* answers before it may be on their way too */
            hone_http_connection_close(connection);
        }
    } else if (connection->pending.len == 0) {
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
        return; /* its memory lives until on_tcp_closed, which comes after this */
    }
    if (status != 0) {
        hone_http_connection_close(connection);
    } else {
        after_answer(connection);
        parse_pending(connection);
        update_reading(connection);
    }
}

static void write_output(struct hone_http_connection *connection)
{
    struct hone_buf *output = &connection->output;
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
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
static void extra_headers(const struct hone_http_connection *connection, char *out,
                          size_t size)
{
    out[0] = '\0';
    if (connection->allow != NULL) {
        (void)snprintf(out, size, "Allow: %s\r\n", connection->allow);
    }
}

void hone_http_connection_reply(struct hone_http_connection *connection, int status,
                                const char *content_type, struct hone_span body)
{
    bool keep_alive =
        connection->keep_alive && connection->app->state == HONE_APP_RUNNING;
    char extra[EXTRA_BYTES];
    extra_headers(connection, extra, sizeof(extra));
    (void)hone_http1_write_head(&connection->output, status, content_type,
                                (int64_t)body.len, keep_alive, extra);
    if (!connection->is_head) {
        (void)hone_buf_append_span(&connection->output, body);
    }
    set_state(connection,
              keep_alive ? HONE_HTTP_CONNECTION_READING : HONE_HTTP_CONNECTION_CLOSING);
    connection->request_ms = 0;
    connection->allow = NULL;
    write_output(connection);
    if (!connection->parsing) {
        parse_pending(connection);
        update_reading(connection);
    }
}

/* ---- in ---- */

static void refuse(struct hone_http_connection *connection)
{
    const char *reason = "";
    int status = hone_http1_refusal(connection->parser, &reason);
    char body[512];
    (void)snprintf(body, sizeof(body),
                   "{\"type\":\"about:blank\",\"title\":\"bad request\",\"status\":%d,"
                   "\"detail\":\"%s\"}\n",
                   status, reason);
    connection->keep_alive = false;
    connection->is_head = false; /* there is no request to ask */
    set_state(connection, HONE_HTTP_CONNECTION_ANSWERING);
    hone_http_connection_reply(connection, status, "application/problem+json",
                               hone_span_text(body));
}

static void send_continue(struct hone_http_connection *connection)
{
    char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t buf = uv_buf_init(text, sizeof(text) - 1);
    if (uv_try_write((uv_stream_t *)&connection->tcp, &buf, 1) != (int)sizeof(text) - 1) {
        hone_http_connection_close(connection);
    }
}

static void answer_request(struct hone_http_connection *connection)
{
    set_state(connection, HONE_HTTP_CONNECTION_ANSWERING);
    const struct hone_http1_request *request = hone_http1_request(connection->parser);
    connection->keep_alive = request->keep_alive;
    connection->is_head = hone_span_is(request->method, "HEAD");
    hone_http_routes_answer(connection);
}

/* Not while an answer is being made, and not while the peer leaves too many of them unread. */
static bool may_take_request(const struct hone_http_connection *connection)
{
    return connection->state == HONE_HTTP_CONNECTION_READING &&
           uv_stream_get_write_queue_size((const uv_stream_t *)&connection->tcp) <=
               HONE_HTTP_CONNECTION_UNREAD_MAX;
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
    if (n == 0 || connection->state == HONE_HTTP_CONNECTION_CLOSED) {
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
    bool pause = connection->pending.len > 0;
    if (connection->state >= HONE_HTTP_CONNECTION_CLOSING ||
        pause == connection->paused) {
        return;
    }
    connection->paused = pause;
    if (pause) {
        (void)uv_read_stop((uv_stream_t *)&connection->tcp);
    } else if (uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read) != 0) {
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

/* ---- session ---- */

static void send_message(struct hone_session *session, struct hone_exchange *exchange,
                         int http_status, struct hone_span body)
{
    struct hone_http_connection *connection = session->owner;
    (void)exchange;
    if (body.len == 0) {
        hone_http_connection_reply(connection, 202, NULL, body);
    } else {
        hone_http_connection_reply(connection, http_status, "application/json", body);
    }
}

/* One message at a time anyway: the answer itself goes on with what is pending. */
static void relax(struct hone_session *session)
{
    (void)session;
}

static const struct hone_session_transport transport = {"http", false, send_message,
                                                        relax};

struct hone_http_connection *hone_http_connection_create(struct hone_app *app,
                                                         void *owner)
{
    struct hone_http_connection *connection = hone_alloc_zeroed(1, sizeof(*connection));
    hone_list_init(&connection->link);
    connection->app = app;
    connection->owner = owner;
    connection->state = HONE_HTTP_CONNECTION_READING;
    connection->parser = hone_http1_create((size_t)app->config->message_bytes_max);
    connection->session = hone_session_create(app, &transport, connection, false);
    connection->active_ms = hone_loop_now_ms(&app->loop);
    hone_buf_init(&connection->pending, (size_t)app->config->message_bytes_max + 65536);
    hone_buf_init(&connection->output, OUTPUT_BYTES_MAX);
    (void)uv_tcp_init(&app->loop.uv, &connection->tcp);
    connection->tcp.data = connection;
    return connection;
}

void hone_http_connection_start(struct hone_http_connection *connection)
{
    (void)uv_tcp_nodelay(&connection->tcp, 1);
    if (uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read) != 0) {
        hone_http_connection_close(connection);
    }
}
