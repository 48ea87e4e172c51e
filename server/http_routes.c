#include "server/http_routes.h"

#include "base/alloc.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/dispatch.h"
#include "server/feedback.h"
#include "server/feedback_json.h"
#include "server/status.h"

#include <stdlib.h>
#include <strings.h>

#define BODY_BYTES_MAX (64U * 1024 * 1024)
#define JSON_TYPE      "application/json"
#define PROBLEM_TYPE   "application/problem+json"

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

static void post_mcp(struct hone_http_connection *connection)
{
    const struct hone_http1_parser *parser = connection->parser;
    struct hone_mcp_headers headers = {
        .protocol_version = hone_http1_header(parser, "mcp-protocol-version"),
        .method = hone_http1_header(parser, "mcp-method"),
        .name = hone_http1_header(parser, "mcp-name"),
    };
    hone_dispatch_message(connection->session, hone_http1_request(parser)->body,
                          &headers);
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

/* A feedback request keeps the session, so that it notices when the connection has gone.
 */
struct feedback_request {
    struct hone_session *session;
    bool single;
};

static void on_feedback(void *user, const struct hone_feedback_outcome *outcomes,
                        size_t n_outcomes)
{
    struct feedback_request *request = user;
    struct hone_http_connection *connection = request->session->owner;
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
    hone_session_unref(request->session);
    free(request);
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
    request->session = hone_session_ref(connection->session);
    hone_feedback_submit(
        connection->app, items, n_items, hone_session_source(connection->session, NULL),
        request->single ? key : hone_span_of(NULL, 0), on_feedback, request);
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

/* Sorted by path. */
static const struct route {
    const char *path, *method;
    bool json_body;
    void (*answer)(struct hone_http_connection *connection);
} routes[] = {
    {"/api/v1/feedback", "POST", true, post_feedback},
    {"/api/v1/skills", "GET", false, get_skills},
    {"/healthz", "GET", false, get_health},
    {"/mcp", "POST", true, post_mcp},
    {"/readyz", "GET", false, get_ready},
};

/* ---- checks ---- */

/* "name", "name:port" or "[address]:port": is the name a loopback one or the configured
 * host? */
static bool is_local_host(const struct hone_app *app, struct hone_span host)
{
    static const char *const names[] = {"127.0.0.1", "::1", "[::1]", "localhost"};
    size_t len = host.len;
    for (size_t i = host.len; i > 0; i--) {
        char c = host.data[i - 1];
        if (c == ':') {
            len = i - 1;
            break;
        }
        if (c < '0' || c > '9') {
            break;
        }
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == len && strncasecmp(names[i], host.data, len) == 0) {
            return true;
        }
    }
    const char *configured = app->config->http;
    const char *colon = configured != NULL ? strrchr(configured, ':') : NULL;
    return colon != NULL && (size_t)(colon - configured) == len && len > 0 &&
           strncasecmp(configured, host.data, len) == 0;
}

static bool is_local_origin(const struct hone_app *app, struct hone_span origin)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i]);
        if (origin.len > len && strncasecmp(origin.data, schemes[i], len) == 0) {
            return is_local_host(app, hone_span_of(origin.data + len, origin.len - len));
        }
    }
    return false;
}

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
    if (host.len > 0 && !is_local_host(connection->app, host)) {
        reply_problem(connection, 403, "denied", "this Host is not served here",
                      "use the address that the server printed when it started");
        return false;
    }
    if (origin.len > 0 && !is_local_origin(connection->app, origin)) {
        reply_problem(connection, 403, "denied",
                      "requests from this Origin are not allowed", NULL);
        return false;
    }
    return true;
}

void hone_http_routes_answer(struct hone_http_connection *connection)
{
    const struct hone_http1_request *request = hone_http1_request(connection->parser);
    const struct route *route = NULL;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (hone_span_is(request->path, routes[i].path)) {
            route = &routes[i];
        }
    }
    if (!check_sender(connection)) {
        return;
    }
    if (route == NULL) {
        reply_problem(connection, 404, "not_found", "there is nothing at this path",
                      "the MCP endpoint is /mcp");
    } else if (!hone_span_is(request->method, route->method)) {
        connection->allow = route->method;
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
