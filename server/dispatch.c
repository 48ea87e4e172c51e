#include "server/dispatch.h"

#include "schema/json.h"
#include "server/app_internal.h"
#include "server/backup_inquiry.h"
#include "server/batch.h"
#include "server/catalog.h"
#include "server/control.h"
#include "server/explanation.h"
#include "server/history.h"
#include "server/skill_resources.h"
#include "server/subscriptions.h"
#include "server/tasks.h"
#include "server/verification.h"

#define HTTP_FORBIDDEN 403

static void answer_initialize(struct hone_exchange *exchange)
{
    const json_t *params = hone_jsonrpc_params(&exchange->message);
    hone_session_initialize(exchange->session, params);
    hone_exchange_reply_take(
        exchange, hone_mcp_initialize_result(params, &exchange->app->identity));
}

static void answer_discover(struct hone_exchange *exchange)
{
    hone_exchange_reply_take(exchange,
                             hone_mcp_discover_result(&exchange->app->identity));
}

static void set_level(struct hone_exchange *exchange)
{
    struct hone_span name = hone_jsonrpc_param_text(&exchange->message, "level");
    int level = hone_mcp_log_level(name);
    if (level < 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS,
                             "invalid params: level must be one of debug, info, notice, "
                             "warning, error, critical, alert, emergency");
        return;
    }
    if (exchange->session->remembers) {
        exchange->session->log_level = (uint8_t)level;
    }
    hone_exchange_reply_empty(exchange);
}

enum availability {
    LEGACY = 1,
    MODERN = 2,
    CONTROL = 4, /* control sessions only */
};

/* Sorted by name. Who may call which tool is the tool's to say; tasks belong to who made
 * them. */
static const struct method {
    const char *name;
    unsigned available;
    void (*answer)(struct hone_exchange *exchange);
    unsigned role; /* of enum hone_role that is needed; 0: none */
} methods[] = {
    {"completion/complete", LEGACY | MODERN, hone_catalog_complete, HONE_ROLE_CALL},
    {"hone/action", CONTROL, hone_control_action, 0},
    {"hone/backup", CONTROL, hone_backup_inquiry_start, 0},
    {"hone/diff", CONTROL, hone_control_diff, 0},
    {"hone/eval", CONTROL, hone_control_eval, 0},
    {"hone/explain", CONTROL, hone_explanation_start, 0},
    {"hone/known", CONTROL, hone_control_known, 0},
    {"hone/log", CONTROL, hone_history_start, 0},
    {"hone/rollback", CONTROL, hone_control_rollback, 0},
    {"hone/state", CONTROL, hone_control_state, 0},
    {"hone/status", CONTROL, hone_control_status, 0},
    {"hone/stop", CONTROL, hone_control_stop, 0},
    {"hone/train", CONTROL, hone_control_train, 0},
    {"hone/verify", CONTROL, hone_verification_start, 0},
    {"hone/versions", CONTROL, hone_control_versions, 0},
    {"initialize", LEGACY, answer_initialize, 0},
    {"logging/setLevel", LEGACY, set_level, 0},
    {"ping", LEGACY, hone_exchange_reply_empty, 0},
    {"prompts/get", LEGACY | MODERN, hone_catalog_prompts_get, HONE_ROLE_CALL},
    {"prompts/list", LEGACY | MODERN, hone_catalog_prompts_list, HONE_ROLE_CALL},
    {"resources/directory/read", LEGACY | MODERN, hone_skill_resources_read_directory,
     HONE_ROLE_CALL},
    {"resources/list", LEGACY | MODERN, hone_catalog_resources_list, HONE_ROLE_CALL},
    {"resources/read", LEGACY | MODERN, hone_catalog_resources_read, HONE_ROLE_CALL},
    {"resources/subscribe", LEGACY, hone_subscriptions_subscribe, HONE_ROLE_CALL},
    {"resources/templates/list", LEGACY | MODERN, hone_catalog_templates_list,
     HONE_ROLE_CALL},
    {"resources/unsubscribe", LEGACY, hone_subscriptions_unsubscribe, HONE_ROLE_CALL},
    {"server/discover", MODERN, answer_discover, 0},
    {"skills/get", LEGACY | MODERN, hone_skill_resources_get, HONE_ROLE_CALL},
    {"skills/list", LEGACY | MODERN, hone_skill_resources_list, HONE_ROLE_CALL},
    {"subscriptions/listen", MODERN, hone_subscriptions_listen, 0},
    {"tasks/cancel", MODERN, hone_tasks_cancel, 0},
    {"tasks/get", MODERN, hone_tasks_get, 0},
    {"tasks/update", MODERN, hone_tasks_update, 0},
    {"tools/call", LEGACY | MODERN, hone_catalog_tools_call, 0},
    {"tools/list", LEGACY | MODERN, hone_catalog_tools_list, 0},
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

static void refuse_role(struct hone_exchange *exchange, const struct method *method)
{
    struct hone_jsonrpc_problem problem;
    hone_jsonrpc_problem_set(&problem, HONE_RPC_INVALID_REQUEST, HTTP_FORBIDDEN,
                             "invalid request: you may not use %s; a token with the role "
                             "%s is needed",
                             method->name, hone_principal_role_name(method->role));
    problem.data = json_pack("{s:s}", "code", hone_error_name(HONE_E_DENIED));
    hone_exchange_refuse_take(exchange, &problem);
}

static void answer_request(struct hone_exchange *exchange)
{
    const struct method *method = find_method(exchange);
    struct hone_jsonrpc_problem problem;
    if (exchange->app->state == HONE_APP_STOPPING) {
        hone_jsonrpc_problem_set(&problem, HONE_RPC_INTERNAL, 503,
                                 "the server is stopping");
        problem.data = json_pack("{s:b,s:b}", "retriable", 1, "stopping", 1);
        hone_exchange_refuse_take(exchange, &problem);
    } else if (method == NULL) {
        hone_mcp_refuse_method(&problem, &exchange->request);
        hone_exchange_refuse_take(exchange, &problem);
    } else if (!hone_principal_may(&exchange->principal, method->role)) {
        refuse_role(exchange, method);
    } else {
        exchange->answer = method->answer;
        method->answer(exchange);
    }
}

/* Unknown notifications are accepted and ignored. */
static void take_notification(struct hone_exchange *exchange)
{
    if (hone_span_is(exchange->message.method, "notifications/cancelled")) {
        hone_session_cancel(exchange->session, hone_jsonrpc_params(&exchange->message));
    }
    hone_exchange_drop(exchange);
}

/* Methods whose parameters HTTP headers repeat, beside those that repeat a name. */
static const struct header_check {
    const char *method;
    int (*check)(struct hone_exchange *exchange, const struct hone_mcp_headers *headers,
                 struct hone_jsonrpc_problem *problem);
} header_checks[] = {
    {"tools/call", hone_catalog_tools_check_headers},
};

static int check_headers(struct hone_exchange *exchange,
                         const struct hone_mcp_headers *headers,
                         struct hone_jsonrpc_problem *problem)
{
    int status = 0;
    if (headers == NULL || exchange->message.kind != HONE_JSONRPC_REQUEST ||
        exchange->request.era != HONE_MCP_ERA_MODERN) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(header_checks) / sizeof(header_checks[0]); i++) {
        if (status == 0 &&
            hone_span_is(exchange->message.method, header_checks[i].method)) {
            status = header_checks[i].check(exchange, headers, problem);
        }
    }
    return status;
}

struct hone_exchange *hone_dispatch_open(struct hone_session *session,
                                         struct hone_channel *channel,
                                         struct hone_span bytes,
                                         const struct hone_mcp_headers *headers)
{
    struct hone_exchange *exchange = hone_exchange_begin(session, channel);
    struct hone_jsonrpc_problem problem = {0};
    if (hone_jsonrpc_parse(&exchange->message, bytes, &exchange->arena, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return NULL;
    }
    if (exchange->message.kind == HONE_JSONRPC_RESPONSE ||
        (hone_mcp_open_request(&exchange->request, &exchange->message, headers,
                               &problem) == 0 &&
         check_headers(exchange, headers, &problem) == 0)) {
        return exchange;
    }
    if (exchange->message.kind == HONE_JSONRPC_NOTIFICATION && headers == NULL) {
        json_decref(problem.data);
        hone_exchange_drop(exchange);
    } else {
        hone_exchange_refuse_take(exchange, &problem);
    }
    return NULL;
}

void hone_dispatch_run(struct hone_exchange *exchange)
{
    switch (exchange->message.kind) {
    case HONE_JSONRPC_REQUEST:
        answer_request(exchange);
        break;
    case HONE_JSONRPC_NOTIFICATION:
        take_notification(exchange);
        break;
    case HONE_JSONRPC_RESPONSE:
        hone_session_take_response(exchange->session, &exchange->message);
        hone_exchange_drop(exchange);
        break;
    }
}

void hone_dispatch_message(struct hone_session *session, struct hone_channel *channel,
                           struct hone_span bytes, const struct hone_mcp_headers *headers)
{
    if (headers == NULL && hone_batch_is(session, bytes)) {
        hone_batch_run(session, channel, bytes);
        return;
    }
    struct hone_exchange *exchange = hone_dispatch_open(session, channel, bytes, headers);
    if (exchange != NULL) {
        hone_dispatch_run(exchange);
    }
}

void hone_dispatch_too_long(struct hone_session *session, struct hone_channel *channel)
{
    struct hone_exchange *exchange = hone_exchange_begin(session, channel);
    struct hone_jsonrpc_problem problem = {0};
    hone_jsonrpc_problem_set(&problem, HONE_RPC_INVALID_REQUEST, 413,
                             "the message is longer than %lld bytes",
                             (long long)session->app->config->message_bytes_max);
    hone_exchange_refuse_take(exchange, &problem);
}
