/* A listen request stays open as an exchange; what it hears of is sent on it. It ends by
 * its client (cancelled, or gone) or by hone_subscriptions_end_all. */
#include "server/subscriptions.h"

#include "base/check.h"
#include "protocol/mcp_result.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/capability.h"
#include "server/session.h"
#include "server/tasks.h"

#define KEY_SUBSCRIPTION "io.modelcontextprotocol/subscriptionId"

/* In the arena of its exchange. */
struct listener {
    struct hone_list link; /* in app->listeners */
    struct hone_exchange *exchange;
    json_t *id;   /* of the request, with its type */
    json_t *wish; /* the part of the filter that is honoured */
};

static const struct {
    const char *filter; /* a client's word for it */
    const char *method; /* ours */
    unsigned feature;   /* of enum hone_mcp_feature; 0: always there */
} lists[HONE_CATALOG_LIST_N] = {
    [HONE_CATALOG_TOOLS] = {"toolsListChanged", "notifications/tools/list_changed", 0},
    [HONE_CATALOG_RESOURCES] = {"resourcesListChanged",
                                "notifications/resources/list_changed",
                                HONE_MCP_RESOURCES},
    [HONE_CATALOG_TEMPLATES] = {"resourcesListChanged",
                                "notifications/resources/list_changed",
                                HONE_MCP_RESOURCES},
    [HONE_CATALOG_PROMPTS] = {"promptsListChanged", "notifications/prompts/list_changed",
                              HONE_MCP_PROMPTS},
};

/* ---- the filter of a listen request ---- */

struct filter {
    struct hone_exchange *exchange;
    const json_t *asked;
    json_t *wish;
    struct hone_jsonrpc_problem *problem;
};

static int refuse(struct filter *filter, const char *key, const char *shape)
{
    hone_jsonrpc_problem_set(filter->problem, HONE_RPC_INVALID_PARAMS, 200,
                             "invalid params: notifications%s%s must be %s",
                             key[0] != '\0' ? "." : "", key, shape);
    return -1;
}

static int read_lists(struct filter *filter)
{
    unsigned features = filter->exchange->app->identity.features;
    for (size_t i = 0; i < HONE_CATALOG_LIST_N; i++) {
        const json_t *wanted = json_object_get(filter->asked, lists[i].filter);
        bool offered = (features & lists[i].feature) == lists[i].feature;
        if (wanted != NULL && !json_is_boolean(wanted)) {
            return refuse(filter, lists[i].filter, "true or false");
        }
        if (json_is_true(wanted) && offered) {
            hone_mcp_result_set_take(filter->wish, lists[i].filter, json_true());
        }
    }
    return 0;
}

static bool is_text_list(const json_t *value)
{
    size_t i;
    const json_t *item;
    json_array_foreach(value, i, item)
    {
        if (!json_is_string(item)) {
            return false;
        }
    }
    return json_is_array(value);
}

static struct hone_span text_of(const json_t *value)
{
    return hone_span_of(json_string_value(value), json_string_length(value));
}

/* Texts of the filter under key of which the test is true, at most
 * HONE_SUBSCRIPTIONS_URIS_MAX. */
static int read_texts(struct filter *filter, const char *key,
                      bool (*is_honoured)(const struct hone_exchange *, struct hone_span))
{
    const json_t *wanted = json_object_get(filter->asked, key);
    size_t i;
    const json_t *item;
    if (wanted == NULL) {
        return 0;
    }
    if (!is_text_list(wanted)) {
        return refuse(filter, key, "a list of strings");
    }
    json_t *kept = json_array();
    json_array_foreach(wanted, i, item)
    {
        if (json_array_size(kept) < HONE_SUBSCRIPTIONS_URIS_MAX &&
            is_honoured(filter->exchange, text_of(item))) {
            (void)json_array_append_new(kept, hone_mcp_result_share(item));
        }
    }
    if (json_array_size(kept) > 0) {
        hone_mcp_result_set_take(filter->wish, key, kept);
    } else {
        json_decref(kept);
    }
    return 0;
}

/* Also one that is not there: it may come to be. */
static bool is_resource_honoured(const struct hone_exchange *exchange,
                                 struct hone_span uri)
{
    return uri.len > 0 && uri.len <= HONE_SUBSCRIPTIONS_URI_BYTES_MAX &&
           (exchange->app->identity.features & HONE_MCP_RESOURCES) != 0;
}

static int read_filter(struct filter *filter)
{
    if (!json_is_object(filter->asked)) {
        return refuse(filter, "", "an object");
    }
    if (read_lists(filter) != 0 ||
        read_texts(filter, "resourceSubscriptions", is_resource_honoured) != 0) {
        return -1;
    }
    return read_texts(filter, "taskIds", hone_tasks_is_known);
}

/* ---- listen ---- */

static json_t *make_meta(const struct listener *listener)
{
    json_t *meta = json_object();
    hone_mcp_result_set_take(meta, KEY_SUBSCRIPTION, json_incref(listener->id));
    return meta;
}

/* Sends a notification with the subscription's id; params borrowed, may be NULL. */
static void notify(struct listener *listener, const char *method, const json_t *params)
{
    json_t *all = params != NULL ? json_copy((json_t *)(uintptr_t)params) : json_object();
    hone_mcp_result_set_take(all, "_meta", make_meta(listener));
    hone_exchange_notify(listener->exchange, method, all);
    json_decref(all);
}

static void finish_listener(struct listener *listener)
{
    hone_list_remove(&listener->link);
    json_decref(listener->id);
    json_decref(listener->wish);
}

static void on_cancel(struct hone_exchange *exchange)
{
    finish_listener(exchange->work);
    hone_exchange_drop(exchange);
}

static void start(struct hone_exchange *exchange, json_t *wish)
{
    struct listener *listener = hone_arena_alloc(&exchange->arena, 1, sizeof(*listener));
    HONE_INVARIANT(listener != NULL);
    struct hone_span id = exchange->message.id;
    listener->exchange = exchange;
    listener->wish = wish;
    listener->id = json_loadb(id.data, id.len, JSON_DECODE_ANY, NULL);
    HONE_INVARIANT(listener->id != NULL);
    hone_list_init(&listener->link);
    hone_list_append(&exchange->app->listeners, &listener->link);
    exchange->work = listener;
    exchange->on_cancel = on_cancel;
    exchange->open_ended = true;
    json_t *params = json_pack("{s:O}", "notifications", wish);
    notify(listener, "notifications/subscriptions/acknowledged", params);
    json_decref(params);
}

void hone_subscriptions_listen(struct hone_exchange *exchange)
{
    struct hone_jsonrpc_problem problem = {0};
    struct filter filter = {
        .exchange = exchange,
        .asked =
            json_object_get(hone_jsonrpc_params(&exchange->message), "notifications"),
        .wish = json_object(),
        .problem = &problem,
    };
    bool wants_tasks = json_object_get(filter.asked, "taskIds") != NULL;
    if (read_filter(&filter) != 0) {
        json_decref(filter.wish);
        hone_exchange_refuse_take(exchange, &problem);
    } else if (wants_tasks &&
               (hone_session_abilities(exchange) & HONE_SESSION_TASKS) == 0) {
        json_decref(filter.wish);
        hone_capability_refuse_tasks(exchange);
    } else {
        start(exchange, filter.wish);
    }
}

/* On a stream the client is also told that nothing more comes under this id; there it is
 * not the end of a connection that says so. */
static void end(struct listener *listener)
{
    struct hone_exchange *exchange = listener->exchange;
    struct hone_session *session = hone_session_ref(exchange->session);
    bool is_stream = session->push == exchange->channel;
    json_t *params = json_pack("{s:O, s:s}", "requestId", listener->id, "reason",
                               "the server is stopping");
    json_t *meta = make_meta(listener);
    json_t *result =
        hone_mcp_result_end_take(hone_mcp_result_begin(HONE_MCP_ERA_MODERN),
                                 HONE_MCP_ERA_MODERN, meta, &exchange->app->identity);
    json_decref(meta);
    finish_listener(listener);
    exchange->work = NULL;
    exchange->on_cancel = NULL;
    hone_exchange_reply_take(exchange, result);
    if (is_stream) {
        hone_session_notify(session, "notifications/cancelled", params);
    }
    json_decref(params);
    hone_session_unref(session);
}

static struct listener *find_first(const struct hone_app *app)
{
    HONE_LIST_EACH(&app->listeners, link)
    {
        return HONE_LIST_OWNER(link, struct listener, link);
    }
    return NULL;
}

/* The end of one may end others: those of a peer that is gone. */
void hone_subscriptions_end_all(struct hone_app *app)
{
    struct listener *listener = NULL;
    while ((listener = find_first(app)) != NULL) {
        end(listener);
    }
}

/* ---- legacy ---- */

static bool read_uri(struct hone_exchange *exchange, struct hone_span *uri)
{
    *uri = hone_jsonrpc_param_text(&exchange->message, "uri");
    if (uri->len == 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS,
                             "invalid params: uri must be a string that is not empty");
        return false;
    }
    if (uri->len > HONE_SUBSCRIPTIONS_URI_BYTES_MAX) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS,
                             "invalid params: uri may have up to %d bytes",
                             HONE_SUBSCRIPTIONS_URI_BYTES_MAX);
        return false;
    }
    return true;
}

static void answer_empty(struct hone_exchange *exchange)
{
    hone_exchange_reply_empty(exchange);
}

void hone_subscriptions_subscribe(struct hone_exchange *exchange)
{
    struct hone_span uri;
    if (!read_uri(exchange, &uri)) {
        return;
    }
    if (!exchange->session->remembers) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_REQUEST,
                             "invalid request: only a client with a session can be told "
                             "of changes; send initialize first");
        return;
    }
    if (hone_session_subscribe(exchange->session, uri) != 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS,
                             "invalid params: a session subscribes to at most %d "
                             "resources",
                             HONE_SESSION_SUBSCRIPTIONS_MAX);
        return;
    }
    answer_empty(exchange);
}

void hone_subscriptions_unsubscribe(struct hone_exchange *exchange)
{
    struct hone_span uri;
    if (read_uri(exchange, &uri)) {
        hone_session_unsubscribe(exchange->session, uri);
        answer_empty(exchange);
    }
}

/* ---- telling ---- */

static bool names(const struct listener *listener, const char *key, struct hone_span text)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(listener->wish, key), i, item)
    {
        if (hone_span_equal(text_of(item), text)) {
            return true;
        }
    }
    return false;
}

struct news {
    const char *filter;
    struct hone_span name; /* that the filter must name; data NULL: it must be true */
    const char *method;
    const json_t *params;
};

static bool is_wanted(const struct listener *listener, const struct news *news)
{
    return news->name.data != NULL
               ? names(listener, news->filter, news->name)
               : json_is_true(json_object_get(listener->wish, news->filter));
}

/* Telling one may end others (a peer that is gone takes all that it listens to with it),
 * so each is taken off a list of those that are still to be told. */
static void tell_listeners(struct hone_app *app, const struct news *news)
{
    struct hone_list untold;
    hone_list_init(&untold);
    HONE_LIST_EACH(&app->listeners, link)
    {
        hone_list_remove(link);
        hone_list_append(&untold, link);
    }
    while (!hone_list_is_empty(&untold)) {
        struct listener *listener = HONE_LIST_OWNER(untold.next, struct listener, link);
        hone_list_remove(&listener->link);
        hone_list_append(&app->listeners, &listener->link);
        if (is_wanted(listener, news)) {
            notify(listener, news->method, news->params);
        }
    }
}

void hone_subscriptions_list_changed(struct hone_app *app, enum hone_catalog_list list)
{
    struct news news = {.filter = lists[list].filter, .method = lists[list].method};
    tell_listeners(app, &news);
    HONE_LIST_EACH(&app->sessions, link)
    {
        struct hone_session *session = HONE_LIST_OWNER(link, struct hone_session, link);
        if (session->initialized) {
            hone_session_notify(session, lists[list].method, NULL);
        }
    }
}

void hone_subscriptions_resource_updated(struct hone_app *app, struct hone_span uri)
{
    const char *method = "notifications/resources/updated";
    json_t *params = json_pack("{s:s%}", "uri", uri.data, uri.len);
    HONE_REQUIRE(params != NULL);
    struct news news = {"resourceSubscriptions", uri, method, params};
    tell_listeners(app, &news);
    HONE_LIST_EACH(&app->sessions, link)
    {
        struct hone_session *session = HONE_LIST_OWNER(link, struct hone_session, link);
        if (hone_session_is_subscribed(session, uri)) {
            hone_session_notify(session, method, params);
        }
    }
    json_decref(params);
}

void hone_subscriptions_task_changed(struct hone_app *app, struct hone_span task_id,
                                     const json_t *params)
{
    struct news news = {"taskIds", task_id, "notifications/tasks", params};
    tell_listeners(app, &news);
}
