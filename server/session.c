#include "server/session.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "server/app_internal.h"

#include <stdlib.h>

/* A kept exchange gives its arena's memory back when it is larger than this. */
#define KEEP_ARENA_BYTES (64U * 1024)

struct hone_session *hone_session_create(struct hone_app *app,
                                         const struct hone_session_transport *transport,
                                         void *owner, bool control)
{
    struct hone_session *session = hone_alloc_zeroed(1, sizeof(*session));
    session->app = app;
    session->transport = transport;
    session->owner = owner;
    session->control = control;
    session->n_refs = 1;
    return session;
}

struct hone_session *hone_session_ref(struct hone_session *session)
{
    HONE_REQUIRE(session->n_refs > 0);
    session->n_refs += 1;
    return session;
}

void hone_session_unref(struct hone_session *session)
{
    HONE_REQUIRE(session->n_refs > 0);
    session->n_refs -= 1;
    if (session->n_refs == 0) {
        free(session);
    }
}

void hone_session_close(struct hone_session *session)
{
    session->owner = NULL;
    hone_session_unref(session);
}

void hone_session_set_client(struct hone_session *session, struct hone_span name)
{
    if (!session->transport->has_one_client) {
        return;
    }
    struct hone_span cut = hone_text_prefix(name, HONE_SESSION_CLIENT_MAX - 1);
    memcpy(session->client, cut.data != NULL ? cut.data : "", cut.len);
    session->client[cut.len] = '\0';
}

struct hone_span hone_session_source(const struct hone_session *session,
                                     const struct hone_exchange *exchange)
{
    if (exchange != NULL && exchange->request.client_name.len > 0) {
        return hone_text_prefix(exchange->request.client_name,
                                HONE_SESSION_CLIENT_MAX - 1);
    }
    return hone_span_text(session->client[0] != '\0' ? session->client
                                                     : session->transport->name);
}

struct hone_exchange *hone_session_begin(struct hone_session *session)
{
    struct hone_app *app = session->app;
    struct hone_exchange *exchange = app->free_exchanges;
    if (exchange != NULL) {
        app->free_exchanges = exchange->next_free;
    } else {
        exchange = hone_alloc_zeroed(1, sizeof(*exchange));
        exchange->app = app;
        hone_arena_init(&exchange->arena, HONE_SESSION_ARENA_BYTES);
    }
    exchange->session = hone_session_ref(session);
    exchange->began_us = hone_clock_monotonic_us();
    session->n_in_flight += 1;
    app->n_exchanges += 1;
    return exchange;
}

static void end_exchange(struct hone_exchange *exchange)
{
    struct hone_app *app = exchange->app;
    struct hone_session *session = exchange->session;
    hone_jsonrpc_finish(&exchange->message);
    memset(&exchange->message, 0, sizeof(exchange->message));
    memset(&exchange->request, 0, sizeof(exchange->request));
    if (exchange->arena.total_bytes > KEEP_ARENA_BYTES) {
        hone_arena_finish(&exchange->arena);
        hone_arena_init(&exchange->arena, HONE_SESSION_ARENA_BYTES);
    } else {
        hone_arena_reset(&exchange->arena);
    }
    exchange->session = NULL;
    exchange->next_free = app->free_exchanges;
    app->free_exchanges = exchange;
    app->n_exchanges -= 1;
    session->n_in_flight -= 1;
    if (session->owner != NULL &&
        (session->n_in_flight == 0 ||
         session->n_in_flight == HONE_SESSION_IN_FLIGHT_MAX - 1)) {
        session->transport->relax(session);
    }
    hone_session_unref(session);
}

void hone_session_reply_bytes(struct hone_exchange *exchange, int http_status,
                              struct hone_span message)
{
    struct hone_session *session = exchange->session;
    if (session->owner != NULL) {
        session->transport->send(session, exchange, http_status, message);
    }
    end_exchange(exchange);
}

void hone_session_drop(struct hone_exchange *exchange)
{
    hone_session_reply_bytes(exchange, 202, hone_span_of(NULL, 0));
}

void hone_session_reply_take(struct hone_exchange *exchange, json_t *result)
{
    struct hone_buf *reply = &exchange->app->reply;
    hone_buf_clear(reply);
    int status = hone_jsonrpc_write_result(reply, exchange->message.id, result);
    json_decref(result);
    if (status != 0) {
        struct hone_jsonrpc_problem problem = {0};
        hone_jsonrpc_problem_set(&problem, HONE_RPC_INTERNAL, 200,
                                 "the answer is larger than this server sends");
        hone_session_refuse_take(exchange, &problem);
        return;
    }
    hone_session_reply_bytes(exchange, 200, hone_buf_span(reply));
}

void hone_session_refuse_take(struct hone_exchange *exchange,
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
    hone_session_reply_bytes(exchange, problem->http_status, hone_buf_span(reply));
}

void hone_session_free_exchanges(struct hone_app *app)
{
    while (app->free_exchanges != NULL) {
        struct hone_exchange *exchange = app->free_exchanges;
        app->free_exchanges = exchange->next_free;
        hone_arena_finish(&exchange->arena);
        free(exchange);
    }
}
