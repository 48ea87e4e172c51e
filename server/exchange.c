#include "server/exchange.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "schema/json_walk.h"
#include "server/app_internal.h"
#include "server/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A kept exchange gives its arena's memory back when it is larger than this. */
#define KEEP_ARENA_BYTES  (64U * 1024)
#define KEPT_MAX          64 /* exchanges kept for reuse */
#define REFUSAL_BYTES_MAX 512
#define HTTP_OK           200
#define HTTP_ACCEPTED     202

/* ---- beginning and end ---- */

/* The message itself may be kept there, and texts of it without their escapes. */
static size_t arena_bytes(const struct hone_app *app)
{
    return HONE_EXCHANGE_ARENA_BYTES + 4 * (size_t)app->config->message_bytes_max;
}

static struct hone_exchange *take_free(struct hone_app *app)
{
    struct hone_exchange *exchange = app->free_exchanges;
    if (exchange != NULL) {
        app->free_exchanges = exchange->next_free;
        app->n_free_exchanges -= 1;
        return exchange;
    }
    exchange = hone_alloc_zeroed(1, sizeof(*exchange));
    exchange->app = app;
    hone_arena_init(&exchange->arena, arena_bytes(app));
    return exchange;
}

static void join_session(struct hone_exchange *exchange, struct hone_session *session)
{
    exchange->session = hone_session_ref(session);
    hone_list_append(&session->exchanges, &exchange->in_session);
}

static void leave_session(struct hone_exchange *exchange)
{
    hone_list_remove(&exchange->in_session);
    hone_session_unref(exchange->session);
    exchange->session = NULL;
}

static void join_channel(struct hone_exchange *exchange, struct hone_channel *channel)
{
    exchange->channel = hone_channel_ref(channel);
    hone_list_append(&channel->exchanges, &exchange->in_channel);
    channel->n_in_flight += 1;
    channel->kept_bytes += exchange->kept_bytes;
}

static void leave_channel(struct hone_exchange *exchange)
{
    struct hone_channel *channel = exchange->channel;
    bool was_full = hone_channel_is_full(channel);
    exchange->channel = NULL;
    hone_list_remove(&exchange->in_channel);
    channel->n_in_flight -= 1;
    channel->kept_bytes -= exchange->kept_bytes;
    bool relaxes =
        channel->n_in_flight == 0 || (was_full && !hone_channel_is_full(channel));
    if (relaxes && channel->owner != NULL && channel->carrier->relax != NULL) {
        channel->carrier->relax(channel);
    }
    hone_channel_unref(channel);
}

struct hone_exchange *hone_exchange_begin(struct hone_session *session,
                                          struct hone_channel *channel)
{
    struct hone_exchange *exchange = take_free(session->app);
    join_session(exchange, session);
    join_channel(exchange, channel);
    exchange->principal = session->principal;
    exchange->progress = -1.0;
    exchange->began_us = hone_clock_monotonic_us();
    session->app->n_exchanges += 1;
    return exchange;
}

void hone_exchange_set_session(struct hone_exchange *exchange,
                               struct hone_session *session)
{
    leave_session(exchange);
    join_session(exchange, session);
}

void hone_exchange_set_channel(struct hone_exchange *exchange,
                               struct hone_channel *channel)
{
    struct hone_channel *left = hone_channel_ref(exchange->channel);
    leave_channel(exchange);
    join_channel(exchange, channel);
    hone_channel_unref(left);
}

static void reset_arena(struct hone_exchange *exchange)
{
    if (exchange->arena.total_bytes > KEEP_ARENA_BYTES) {
        hone_arena_finish(&exchange->arena);
        hone_arena_init(&exchange->arena, arena_bytes(exchange->app));
    } else {
        hone_arena_reset(&exchange->arena);
    }
}

static void end_exchange(struct hone_exchange *exchange)
{
    struct hone_app *app = exchange->app;
    hone_jsonrpc_finish(&exchange->message);
    json_decref(exchange->inputs);
    json_decref(exchange->state);
    reset_arena(exchange);
    leave_session(exchange);
    leave_channel(exchange);
    app->n_exchanges -= 1;
    if (app->n_free_exchanges >= KEPT_MAX) {
        hone_arena_finish(&exchange->arena);
        free(exchange);
        return;
    }
    *exchange = (struct hone_exchange){
        .app = app, .arena = exchange->arena, .next_free = app->free_exchanges};
    app->free_exchanges = exchange;
    app->n_free_exchanges += 1;
}

void hone_exchange_free_kept(struct hone_app *app)
{
    while (app->free_exchanges != NULL) {
        struct hone_exchange *exchange = app->free_exchanges;
        app->free_exchanges = exchange->next_free;
        hone_arena_finish(&exchange->arena);
        free(exchange);
    }
}

/* ---- answers ---- */

void hone_exchange_reply_bytes(struct hone_exchange *exchange, int http_status,
                               struct hone_span message)
{
    struct hone_channel *channel = exchange->channel;
    exchange->on_cancel = NULL; /* telling may find out that the client is gone */
    if (exchange->cancelled) {
        http_status = HTTP_ACCEPTED;
        message = hone_span_of(NULL, 0);
    }
    if (channel->owner != NULL) {
        channel->carrier->reply(channel, exchange, http_status, message);
    }
    end_exchange(exchange);
}

void hone_exchange_drop(struct hone_exchange *exchange)
{
    hone_exchange_reply_bytes(exchange, HTTP_ACCEPTED, hone_span_of(NULL, 0));
}

void hone_exchange_reply_written(struct hone_exchange *exchange)
{
    const struct hone_buf *reply = &exchange->app->reply;
    if (reply->error != 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INTERNAL,
                             "the answer is larger than this server sends");
        return;
    }
    hone_exchange_reply_bytes(exchange, HTTP_OK, hone_buf_span(reply));
}

void hone_exchange_reply_take(struct hone_exchange *exchange, json_t *result)
{
    struct hone_buf *reply = &exchange->app->reply;
    hone_buf_clear(reply);
    (void)hone_jsonrpc_write_result(reply, exchange->message.id, result);
    json_decref(result);
    hone_exchange_reply_written(exchange);
}

void hone_exchange_refuse_take(struct hone_exchange *exchange,
                               struct hone_jsonrpc_problem *problem)
{
    struct hone_buf *reply = &exchange->app->reply;
    if (exchange->message.id.len > 0) {
        problem->id = exchange->message.id;
    } else if (problem->id.len == 0) {
        problem->id = hone_span_text("null");
    }
    hone_buf_clear(reply);
    (void)hone_jsonrpc_write_problem(reply, problem);
    json_decref(problem->data);
    problem->data = NULL;
    hone_exchange_reply_bytes(exchange, problem->http_status, hone_buf_span(reply));
}

void hone_exchange_refuse(struct hone_exchange *exchange, int code, const char *format,
                          ...)
{
    struct hone_jsonrpc_problem problem = {0};
    char text[REFUSAL_BYTES_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    hone_jsonrpc_problem_set(&problem, code, HTTP_OK, "%s", text);
    hone_exchange_refuse_take(exchange, &problem);
}

void hone_exchange_reply_empty(struct hone_exchange *exchange)
{
    struct hone_app *app = exchange->app;
    hone_buf_clear(&app->reply);
    (void)hone_mcp_write_empty_result(&app->reply, &app->writer, &exchange->request);
    hone_exchange_reply_written(exchange);
}

/* ---- the message ---- */

void hone_exchange_copy_message(struct hone_exchange *exchange,
                                const struct hone_exchange *from)
{
    struct hone_jsonrpc_problem problem;
    struct hone_jsonrpc_message message;
    struct hone_span text;
    /* It was taken before, as it stands. */
    HONE_INVARIANT(hone_arena_span(&exchange->arena, from->message.scan.value, &text) ==
                   0);
    HONE_INVARIANT(hone_jsonrpc_parse(&message, text, &exchange->arena, &problem) == 0);
    hone_jsonrpc_finish(&exchange->message);
    exchange->message = message;
    HONE_INVARIANT(hone_mcp_open_request(&exchange->request, &exchange->message, NULL,
                                         &problem) == 0);
    exchange->owns_message = true;
    exchange->channel->kept_bytes += text.len - exchange->kept_bytes;
    exchange->kept_bytes = text.len;
}

void hone_exchange_keep_message(struct hone_exchange *exchange)
{
    if (!exchange->owns_message) {
        hone_exchange_copy_message(exchange, exchange);
    }
}

bool hone_exchange_trace(struct hone_exchange *exchange, struct hone_trace_context *out)
{
    struct hone_span meta = exchange->request.meta;
    struct hone_span parent = hone_json_walk_member(meta, "traceparent");
    if (parent.len == 0) {
        return false;
    }
    struct hone_jsonrpc_message *message = &exchange->message;
    struct hone_span state = hone_json_walk_member(meta, "tracestate");
    return hone_trace_context_parse(out, hone_jsonrpc_text(message, parent),
                                    hone_jsonrpc_text(message, state)) == 0;
}

struct hone_span hone_exchange_trace_id(struct hone_exchange *exchange)
{
    struct hone_trace_context trace;
    return hone_exchange_trace(exchange, &trace) ? trace.trace_id : hone_span_of(NULL, 0);
}

/* ---- before the answer ---- */

void hone_exchange_send(struct hone_exchange *exchange, struct hone_span message)
{
    struct hone_channel *channel = exchange->channel;
    if (channel->owner != NULL && channel->carrier->send != NULL &&
        !exchange->cancelled) {
        channel->carrier->send(channel, exchange, message);
    }
}

void hone_exchange_notify(struct hone_exchange *exchange, const char *method,
                          const json_t *params)
{
    struct hone_buf *message = &exchange->app->reply;
    hone_buf_clear(message);
    if (hone_jsonrpc_write_request(message, hone_span_of(NULL, 0), method, params) == 0) {
        hone_exchange_send(exchange, hone_buf_span(message));
    }
}

/* Borrowed from the message. */
static const json_t *meta_value(struct hone_exchange *exchange, const char *key)
{
    return hone_jsonrpc_value(&exchange->message,
                              hone_json_walk_member(exchange->request.meta, key));
}

void hone_exchange_progress(struct hone_exchange *exchange, double progress, double total,
                            const char *message)
{
    const json_t *token = meta_value(exchange, "progressToken");
    if ((!json_is_string(token) && !json_is_integer(token)) ||
        !(progress > exchange->progress)) {
        return;
    }
    exchange->progress = progress;
    json_t *params =
        json_pack("{s:O, s:f}", "progressToken", token, "progress", progress);
    if (total >= 0.0) {
        (void)json_object_set_new(params, "total", json_real(total));
    }
    if (message != NULL) {
        (void)json_object_set_new(params, "message", json_string(message));
    }
    hone_exchange_notify(exchange, "notifications/progress", params);
    json_decref(params);
}

/* From which level on the client wants messages; -1: it wants none. */
static int wanted_level(struct hone_exchange *exchange)
{
    if (exchange->request.era == HONE_MCP_ERA_LEGACY) {
        return exchange->session->log_level;
    }
    return hone_mcp_log_level(hone_jsonrpc_text(
        &exchange->message, hone_json_walk_member(exchange->request.meta,
                                                  "io.modelcontextprotocol/logLevel")));
}

void hone_exchange_log(struct hone_exchange *exchange, const char *level,
                       const char *logger, const json_t *data)
{
    int wanted = wanted_level(exchange);
    if (wanted < 0 || hone_mcp_log_level(hone_span_text(level)) < wanted) {
        return;
    }
    json_t *params = json_pack("{s:s, s:O}", "level", level, "data", data);
    if (logger != NULL) {
        (void)json_object_set_new(params, "logger", json_string(logger));
    }
    hone_exchange_notify(exchange, "notifications/message", params);
    json_decref(params);
}

void hone_exchange_cancel(struct hone_exchange *exchange)
{
    void (*on_cancel)(struct hone_exchange *) = exchange->on_cancel;
    exchange->cancelled = true;
    exchange->on_cancel = NULL;
    if (on_cancel != NULL) {
        on_cancel(exchange);
    }
}

void hone_exchange_park(struct hone_exchange *exchange)
{
    struct hone_channel *channel = exchange->channel;
    if (channel->owner != NULL && channel->carrier->park != NULL) {
        channel->carrier->park(channel, exchange);
    }
}
