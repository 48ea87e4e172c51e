#include "server/http_routes.h"

#include "base/alloc.h"
#include "protocol/auth.h"
#include "protocol/mcp_era.h"
#include "schema/json.h"
#include "server/action_request.h"
#include "server/app_internal.h"
#include "server/batch.h"
#include "server/dispatch.h"
#include "server/feedback.h"
#include "server/feedback_json.h"
#include "server/http_auth.h"
#include "server/http_sessions.h"
#include "server/sender_check.h"
#include "server/status.h"
#include "server/tokens.h"

#include <stdlib.h>
#include <strings.h>

#define BODY_BYTES_MAX      (64U * 1024 * 1024)
#define JSON_TYPE           "application/json"
#define PROBLEM_TYPE        "application/problem+json"
#define CHALLENGE_BYTES_MAX 1024

/* ---- answers ---- */

static void reply_json_take(struct hone_http_connection *connection, int status,
                            const char *type, json_t *value)
{
    struct hone_buf body;
    hone_buf_init(&body, BODY_BYTES_MAX);
    (void)hone_json_append(&body, value);
    (void)hone_buf_append_char(&body, '\n');
    json_decref(value);
    hone_http_connection_reply(connection, status, type, hone_buf_span(&body));
    hone_buf_finish(&body);
}

static const char *title_of(int status)
{
    switch (status) {
    case 401:
        return "unauthorized";
    case 403:
        return "forbidden";
    case 404:
        return "not found";
    case 405:
        return "method not allowed";
    case 409:
        return "conflict";
    case 413:
        return "too large";
    case 415:
        return "unsupported media type";
    case 503:
        return "unavailable";
    default:
        return "bad request";
    }
}

static void reply_problem(struct hone_http_connection *connection, int status,
                          const char *code, const char *detail, const char *hint)
{
    json_t *problem =
        json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", "about:blank", "title",
                  title_of(status), "status", status, "detail", detail, "code", code);
    if (hint != NULL && hint[0] != '\0') {
        (void)json_object_set_new(problem, "hint", json_string(hint));
    }
    reply_json_take(connection, status, PROBLEM_TYPE, problem);
}

void hone_http_routes_refuse(struct hone_http_connection *connection, int status,
                             const char *reason)
{
    reply_problem(connection, status, "invalid", reason, NULL);
}

static int status_of_code(int code)
{
    switch (code) {
    case HONE_E_NOT_FOUND:
        return 404;
    case HONE_E_EXISTS:
    case HONE_E_STALE:
        return 409;
    case HONE_E_INVALID:
        return 400;
    case HONE_E_LIMIT:
        return 413;
    default:
        return 503;
    }
}

/* ---- routes ---- */

static struct hone_span session_header(const struct hone_http_connection *connection)
{
    return hone_http1_header(connection->parser, "mcp-session-id");
}

static void refuse_session(struct hone_exchange *exchange, int http_status,
                           const char *text)
{
    struct hone_jsonrpc_problem problem = {0};
    hone_jsonrpc_problem_set(&problem, HONE_RPC_INVALID_REQUEST, http_status, "%s", text);
    hone_exchange_refuse_take(exchange, &problem);
}

/* The session that a legacy message names; initialize begins one, whatever id it brings.
 * 0, or -1 when the exchange has been refused. */
static int find_session(struct hone_exchange *exchange,
                        struct hone_http_connection *connection)
{
    struct hone_http_sessions *sessions = exchange->app->http_sessions;
    struct hone_span id = session_header(connection);
    struct hone_session *session = NULL;
    if (exchange->message.kind == HONE_JSONRPC_REQUEST &&
        hone_span_is(exchange->message.method, "initialize")) {
        session = hone_http_sessions_open(sessions, exchange->principal);
        if (session == NULL) {
            refuse_session(exchange, 503, "too many sessions are at work; try again");
            return -1;
        }
        connection->session = hone_http_sessions_id(session);
    } else if (id.len ==
               0) { /* answered by itself: a session is an offer, not a demand */
        exchange->version = hone_mcp_era_header_version(
            hone_http1_header(connection->parser, "mcp-protocol-version"));
        return 0;
    } else {
        session = hone_http_sessions_find(sessions, id, exchange->principal);
        if (session == NULL) {
            refuse_session(exchange, 404,
                           "there is no such session (any more): send initialize");
            return -1;
        }
    }
    hone_exchange_set_session(exchange, session);
    return 0;
}

/* Batches are of clients that have a session; true when this was one. */
static bool take_batch(struct hone_http_connection *connection, struct hone_span body)
{
    struct hone_span id = session_header(connection);
    struct hone_session *session =
        id.len > 0 ? hone_http_sessions_find(connection->app->http_sessions, id,
                                             connection->principal)
                   : NULL;
    if (session == NULL || !hone_batch_is(session, body)) {
        return false;
    }
    hone_batch_run(session, connection->channel, body);
    return true;
}

static struct hone_span find_header(const void *owner, const char *name)
{
    return hone_http1_header(owner, name);
}

static void post_mcp(struct hone_http_connection *connection)
{
    const struct hone_http1_parser *parser = connection->parser;
    if (take_batch(connection, hone_http1_request(parser)->body)) {
        return;
    }
    struct hone_mcp_headers headers = {
        .protocol_version = hone_http1_header(parser, "mcp-protocol-version"),
        .method = hone_http1_header(parser, "mcp-method"),
        .name = hone_http1_header(parser, "mcp-name"),
        .find = find_header,
        .owner = parser,
    };
    struct hone_exchange *exchange =
        hone_dispatch_open(connection->app->stateless, connection->channel,
                           hone_http1_request(parser)->body, &headers);
    if (exchange == NULL) {
        return;
    }
    exchange->principal = connection->principal;
    if (exchange->request.era == HONE_MCP_ERA_LEGACY &&
        find_session(exchange, connection) != 0) {
        return;
    }
    hone_dispatch_run(exchange);
}

/* The session that a GET or DELETE names; NULL when the request has been refused. */
static struct hone_session *named_session(struct hone_http_connection *connection)
{
    struct hone_span id = session_header(connection);
    if (id.len == 0) {
        connection->allow = "POST";
        reply_problem(connection, 405, "unsupported",
                      "this path takes another method: POST, without a session", NULL);
        return NULL;
    }
    struct hone_session *session = hone_http_sessions_find(connection->app->http_sessions,
                                                           id, connection->principal);
    if (session == NULL) {
        reply_problem(connection, 404, "not_found",
                      "there is no such session (any more): send initialize", NULL);
    }
    return session;
}

static void get_mcp(struct hone_http_connection *connection)
{
    const char *problem = NULL;
    struct hone_session *session = named_session(connection);
    if (session != NULL &&
        hone_http_sessions_attach(session, connection,
                                  hone_http1_header(connection->parser, "last-event-id"),
                                  &problem) != 0) {
        reply_problem(connection, 400, "stale", problem, NULL);
    }
}

static void delete_mcp(struct hone_http_connection *connection)
{
    struct hone_session *session = named_session(connection);
    if (session != NULL) {
        hone_http_sessions_end(connection->app->http_sessions, session);
        hone_http_connection_reply(connection, 200, NULL, hone_span_of(NULL, 0));
    }
}

static void get_skills(struct hone_http_connection *connection)
{
    reply_json_take(connection, 200, JSON_TYPE, hone_status_json(connection->app, NULL));
}

static void get_health(struct hone_http_connection *connection)
{
    hone_http_connection_reply(connection, 200, "text/plain", hone_span_text("ok\n"));
}

static void get_ready(struct hone_http_connection *connection)
{
    bool ready = connection->app->state == HONE_APP_RUNNING;
    hone_http_connection_reply(connection, ready ? 200 : 503, "text/plain",
                               hone_span_text(ready ? "ready\n" : "stopping\n"));
}

/* A feedback request keeps the channel, so that it notices when the connection has gone.
 */
struct feedback_request {
    struct hone_channel *channel;
    bool single;
};

static void on_feedback(void *user, const struct hone_feedback_outcome *outcomes,
                        size_t n_outcomes)
{
    struct feedback_request *request = user;
    struct hone_http_connection *connection = request->channel->owner;
    if (connection == NULL) {
        /* the sender has gone; what was stored stays stored */
    } else if (request->single && outcomes->status != 0) {
        reply_problem(connection, status_of_code(outcomes->status),
                      hone_error_name(outcomes->status), outcomes->error.message,
                      outcomes->error.hint);
    } else if (request->single) {
        reply_json_take(connection, 200, JSON_TYPE, hone_feedback_json_outcome(outcomes));
    } else {
        json_t *results = json_array();
        for (size_t i = 0; i < n_outcomes; i++) {
            (void)json_array_append_new(results,
                                        hone_feedback_json_outcome(&outcomes[i]));
        }
        reply_json_take(connection, 200, JSON_TYPE,
                        json_pack("{s:o}", "results", results));
    }
    hone_channel_unref(request->channel);
    free(request);
}

static struct hone_feedback_sender
sender_of(const struct hone_http_connection *connection)
{
    bool is_local = hone_principal_is_local(&connection->principal);
    return (struct hone_feedback_sender){
        .source = hone_span_text(is_local ? connection->channel->carrier->name
                                          : connection->principal.name),
        .is_proven = !is_local,
    };
}

static void submit_feedback(struct hone_http_connection *connection, const json_t *body)
{
    struct feedback_request *request = hone_alloc_zeroed(1, sizeof(*request));
    struct hone_span key = hone_http1_header(connection->parser, "idempotency-key");
    size_t n_items = json_is_array(body) ? json_array_size(body) : 1;
    const json_t **items = hone_alloc_zeroed(n_items, sizeof(const json_t *));
    for (size_t i = 0; i < n_items; i++) {
        items[i] = json_is_array(body) ? json_array_get(body, i) : body;
    }
    request->single = !json_is_array(body);
    request->channel = hone_channel_ref(connection->channel);
    hone_feedback_submit(connection->app, items, n_items, sender_of(connection),
                         request->single ? key : hone_span_of(NULL, 0), on_feedback,
                         request);
    free(items);
}

static void post_feedback(struct hone_http_connection *connection)
{
    json_t *body = NULL;
    struct hone_error err;
    if (hone_json_parse(&body, hone_http1_request(connection->parser)->body, &err) != 0) {
        reply_problem(connection, 400, "invalid", err.message, NULL);
        return;
    }
    if (!json_is_object(body) && !json_is_array(body)) {
        reply_problem(connection, 400, "invalid",
                      "the body must be a feedback object or an array of them", NULL);
    } else if (json_is_array(body) && json_array_size(body) == 0) {
        reply_problem(connection, 400, "invalid", "the array has no feedback", NULL);
    } else if (json_is_array(body) && json_array_size(body) > HONE_FEEDBACK_ITEMS_MAX) {
        reply_problem(connection, 413, "limit", "an array may have up to 1000 feedbacks",
                      "send several requests");
    } else {
        submit_feedback(connection, body);
    }
    json_decref(body);
}

/* An action keeps the channel, so that it notices when the connection has gone. */
static void on_action(void *user, int status, const json_t *result,
                      const struct hone_error *err)
{
    struct hone_channel *channel = user;
    struct hone_http_connection *connection = channel->owner;
    if (connection == NULL) {
        /* the sender has gone; what was done stays done */
    } else if (status != 0) {
        reply_problem(connection, status_of_code(status), hone_error_name(status),
                      err->message, err->hint);
    } else {
        reply_json_take(connection, 200, JSON_TYPE,
                        json_incref((json_t *)(uintptr_t)result));
    }
    hone_channel_unref(channel);
}

static void post_action(struct hone_http_connection *connection)
{
    json_t *body = NULL;
    struct hone_error err;
    if (hone_json_parse(&body, hone_http1_request(connection->parser)->body, &err) != 0) {
        reply_problem(connection, 400, "invalid", err.message, NULL);
        return;
    }
    struct hone_feedback_sender sender = sender_of(connection);
    if (!json_is_object(body)) {
        reply_problem(connection, 400, "invalid", "the body must be an object", NULL);
    } else {
        hone_action_request(connection->app, body,
                            (struct hone_action_sender){sender.source, sender.is_proven},
                            on_action, hone_channel_ref(connection->channel));
    }
    json_decref(body);
}

/* Sorted by path. */
static const struct route {
    const char *path, *method;
    unsigned roles; /* one of them is needed; 0: open to all */
    bool json_body;
    void (*answer)(struct hone_http_connection *connection);
} routes[] = {
    {"/api/v1/actions", "POST", HONE_ROLE_ADMIN, true, post_action},
    {"/api/v1/feedback", "POST", HONE_ROLE_FEEDBACK, true, post_feedback},
    {"/api/v1/skills", "GET", HONE_ROLE_CALL, false, get_skills},
    {"/healthz", "GET", 0, false, get_health},
    {"/mcp", "DELETE", HONE_ROLES_CLIENT, false, delete_mcp},
    {"/mcp", "GET", HONE_ROLES_CLIENT, false, get_mcp},
    {"/mcp", "POST", HONE_ROLES_CLIENT, true, post_mcp},
    {"/readyz", "GET", 0, false, get_ready},
};

/* ---- checks ---- */

static bool is_json(struct hone_span content_type)
{
    static const char json[] = JSON_TYPE;
    const size_t len = sizeof(json) - 1;
    return content_type.len >= len && strncasecmp(content_type.data, json, len) == 0 &&
           (content_type.len == len || content_type.data[len] == ';' ||
            content_type.data[len] == ' ');
}

/* Refuses what may come from a page in a browser on this machine; true when the request
 * may go on. */
static bool check_sender(struct hone_http_connection *connection)
{
    struct hone_span host = hone_http1_header(connection->parser, "host");
    struct hone_span origin = hone_http1_header(connection->parser, "origin");
    if (!hone_sender_check_host(connection->app->config, host)) {
        reply_problem(connection, 403, "denied", "this Host is not served here",
                      "use the address that the server printed when it started, or name "
                      "this one in http_allowed_hosts");
        return false;
    }
    if (!hone_sender_check_origin(connection->app->config, origin)) {
        reply_problem(connection, 403, "denied",
                      "requests from this Origin are not allowed",
                      "name it in http_allowed_origins");
        return false;
    }
    connection->cross_origin = origin.len > 0;
    return true;
}

static void refuse_sender(struct hone_http_connection *connection, int status,
                          const char *error, const char *description, unsigned roles)
{
    struct hone_buf value;
    char scope[HONE_TOKENS_ROLES_SIZE];
    hone_tokens_format_roles(scope, roles);
    struct hone_auth_challenge challenge = {
        .error = error,
        .description = error != NULL ? description : NULL,
        .scope = scope,
    };
    for (char *at = scope; *at != '\0'; at++) {
        *at = *at == ',' ? ' ' : *at;
    }
    hone_buf_init(&value, CHALLENGE_BYTES_MAX);
    (void)hone_auth_write_challenge(&value, &challenge);
    (void)hone_buf_append_char(&value, '\0');
    connection->authenticate = value.data;
    reply_problem(connection, status, "denied", description,
                  "send Authorization: Bearer TOKEN; hone token add makes one");
    hone_buf_finish(&value);
}

/* Finds out who sends the request and whether they may; true when it may go on. A peer on
 * a Unix socket is let in by the file's rights. */
static bool check_principal(struct hone_http_connection *connection,
                            const struct route *route)
{
    struct hone_span header = hone_http1_header(connection->parser, "authorization");
    connection->principal = connection->app->stateless->principal;
    if (route->roles == 0 || connection->is_unix) {
        return true;
    }
    int status =
        hone_http_auth_check(connection->app->http_auth, header, &connection->principal);
    if (status == HONE_E_NOT_FOUND) {
        refuse_sender(connection, 401, NULL, "a bearer token is needed", route->roles);
    } else if (status == HONE_E_INVALID) {
        refuse_sender(connection, 401, "invalid_request",
                      "the Authorization header is not one bearer token", route->roles);
    } else if (status != 0) {
        refuse_sender(connection, 401, "invalid_token", "this token is not known here",
                      route->roles);
    } else if ((connection->principal.roles & (route->roles | HONE_ROLE_ADMIN)) == 0) {
        refuse_sender(connection, 403, "insufficient_scope",
                      "this token's roles do not cover the request", route->roles);
    } else {
        return true;
    }
    return false;
}

/* The route of a request; NULL with the methods that the path takes, or none. */
static const struct route *find_route(const struct hone_http1_request *request,
                                      const char **allow)
{
    *allow = NULL;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (!hone_span_is(request->path, routes[i].path)) {
            continue;
        }
        if (hone_span_is(request->method, routes[i].method)) {
            return &routes[i];
        }
        *allow = *allow != NULL ? "GET, POST, DELETE" : routes[i].method;
    }
    return NULL;
}

void hone_http_routes_answer(struct hone_http_connection *connection)
{
    const struct hone_http1_request *request = hone_http1_request(connection->parser);
    const char *allow = NULL;
    const struct route *route = find_route(request, &allow);
    if (!check_sender(connection)) {
        return;
    }
    if (connection->cross_origin && hone_span_is(request->method, "OPTIONS") &&
        allow != NULL) {
        connection->preflight = true;
        hone_http_connection_reply(connection, 204, NULL, hone_span_of(NULL, 0));
        return;
    }
    if ((route != NULL && !check_principal(connection, route))) {
        return;
    }
    if (route == NULL && allow == NULL) {
        reply_problem(connection, 404, "not_found", "there is nothing at this path",
                      "the MCP endpoint is /mcp");
    } else if (route == NULL) {
        connection->allow = allow;
        reply_problem(connection, 405, "unsupported", "this path takes another method",
                      NULL);
    } else if (route->json_body &&
               !is_json(hone_http1_header(connection->parser, "content-type"))) {
        reply_problem(connection, 415, "unsupported",
                      "Content-Type must be application/json", NULL);
    } else {
        route->answer(connection);
    }
}
