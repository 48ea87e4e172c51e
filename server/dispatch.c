#include "server/dispatch.h"

#include "server/app_internal.h"
#include "server/control.h"
#include "server/tools.h"

static void answer_initialize(struct hone_exchange *exchange)
{
    hone_session_set_client(exchange->session,
                            hone_mcp_client_name(exchange->message.params));
    hone_session_reply_take(
        exchange,
        hone_mcp_initialize_result(exchange->message.params, &exchange->app->identity));
}

static void answer_discover(struct hone_exchange *exchange)
{
    hone_session_reply_take(exchange, hone_mcp_discover_result(&exchange->app->identity));
}

static void answer_ping(struct hone_exchange *exchange)
{
    hone_session_reply_take(
        exchange, hone_mcp_empty_result(exchange->request.era, &exchange->app->identity));
}

enum availability {
    LEGACY = 1,
    MODERN = 2,
    CONTROL = 4, /* control sessions only */
};

/* Sorted by name. */
static const struct method {
    const char *name;
    unsigned available;
    void (*answer)(struct hone_exchange *exchange);
} methods[] = {
    {"hone/rollback", CONTROL, hone_control_rollback},
    {"hone/status", CONTROL, hone_control_status},
    {"hone/versions", CONTROL, hone_control_versions},
    {"initialize", LEGACY, answer_initialize},
    {"ping", LEGACY, answer_ping},
    {"server/discover", MODERN, answer_discover},
    {"tools/call", LEGACY | MODERN, hone_tools_call},
    {"tools/list", LEGACY | MODERN, hone_tools_list},
};

static const struct method *find_method(const struct hone_exchange *exchange)
{
    unsigned wanted = exchange->request.era == HONE_MCP_ERA_MODERN ? MODERN : LEGACY;
    if (exchange->session->control) {
        wanted |= CONTROL;
    }
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (hone_span_is(exchange->message.method, methods[i].name) &&
            (methods[i].available & wanted) != 0) {
            return &methods[i];
        }
    }
    return NULL;
}

static void answer_request(struct hone_exchange *exchange)
{
    const struct method *method = find_method(exchange);
    struct hone_jsonrpc_problem problem = {0};
    if (exchange->app->state == HONE_APP_STOPPING) {
        hone_jsonrpc_problem_set(&problem, HONE_RPC_INTERNAL, 503,
                                 "the server is stopping");
        hone_session_refuse_take(exchange, &problem);
    } else if (method == NULL) {
        hone_mcp_refuse_method(&problem, &exchange->request);
        hone_session_refuse_take(exchange, &problem);
    } else {
        method->answer(exchange);
    }
}

void hone_dispatch_message(struct hone_session *session, struct hone_span bytes,
                           const struct hone_mcp_headers *headers)
{
    struct hone_exchange *exchange = hone_session_begin(session);
    struct hone_jsonrpc_problem problem = {0};
    if (hone_jsonrpc_parse(&exchange->message, bytes, &exchange->arena, &problem) != 0) {
        hone_session_refuse_take(exchange, &problem);
        return;
    }
    if (exchange->message.kind == HONE_JSONRPC_RESPONSE) {
        hone_session_drop(exchange);
        return;
    }
    if (hone_mcp_open_request(&exchange->request, &exchange->message, headers,
                              &problem) != 0) {
        if (exchange->message.kind == HONE_JSONRPC_NOTIFICATION && headers == NULL) {
            json_decref(problem.data);
            hone_session_drop(exchange);
        } else {
            hone_session_refuse_take(exchange, &problem);
        }
        return;
    }
    if (exchange->message.kind == HONE_JSONRPC_NOTIFICATION) {
        hone_session_drop(exchange);
        return;
    }
    answer_request(exchange);
}

void hone_dispatch_too_long(struct hone_session *session)
{
    struct hone_exchange *exchange = hone_session_begin(session);
    struct hone_jsonrpc_problem problem = {0};
    hone_jsonrpc_problem_set(&problem, HONE_RPC_INVALID_REQUEST, 413,
                             "the message is longer than %lld bytes",
                             (long long)session->app->config->message_bytes_max);
    hone_session_refuse_take(exchange, &problem);
}
