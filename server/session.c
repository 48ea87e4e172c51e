#include "server/session.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/secret.h"
#include "base/text.h"
#include "protocol/mcp_era.h"
#include "schema/json.h"
#include "server/app_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ASK_PREFIX    "hone-" /* of the ids of our requests */
#define ASK_BYTES_MAX 48
#define LEVEL_INFO    1

/* A resource that a legacy client wants to hear of. */
struct subscription {
    struct hone_list link;
    char uri[];
};

struct hone_session *hone_session_create(struct hone_app *app, const char *transport,
                                         bool remembers, bool control)
{
    struct hone_session *session = hone_alloc_zeroed(1, sizeof(*session));
    session->app = app;
    session->transport = transport;
    session->principal =
        (struct hone_principal){.name = HONE_PRINCIPAL_LOCAL,
                                .roles = control ? HONE_ROLES_ALL : HONE_ROLES_CLIENT};
    session->remembers = remembers;
    session->control = control;
    session->log_level = LEVEL_INFO;
    session->n_refs = 1;
    hone_list_init(&session->exchanges);
    hone_list_init(&session->asks);
    hone_list_init(&session->subscriptions);
    hone_list_append(&app->sessions, &session->link);
    return session;
}

struct hone_session *hone_session_ref(struct hone_session *session)
{
    HONE_REQUIRE(session->n_refs > 0);
    session->n_refs += 1;
    return session;
}

static void drop_subscriptions(struct hone_session *session)
{
    HONE_LIST_EACH(&session->subscriptions, link)
    {
        hone_list_remove(link);
        free(HONE_LIST_OWNER(link, struct subscription, link));
    }
    session->n_subscriptions = 0;
}

void hone_session_unref(struct hone_session *session)
{
    HONE_REQUIRE(session->n_refs > 0);
    session->n_refs -= 1;
    if (session->n_refs == 0) {
        drop_subscriptions(session);
        free(session);
    }
}

/* error: NULL when the session ends. */
static void end_asks(struct hone_session *session, const json_t *error)
{
    while (!hone_list_is_empty(&session->asks)) {
        struct hone_session_ask *ask =
            HONE_LIST_OWNER(session->asks.next, struct hone_session_ask, link);
        hone_session_forget_ask(session, ask);
        ask->done(ask, NULL, error);
    }
}

void hone_session_close(struct hone_session *session)
{
    HONE_REQUIRE(!session->closed);
    session->closed = true;
    session->push = NULL;
    hone_list_remove(&session->link);
    end_asks(session, NULL);
    hone_session_unref(session);
}

/* ---- what the client says of itself ---- */

static unsigned read_abilities(const json_t *capabilities)
{
    unsigned abilities = 0;
    const json_t *elicitation = json_object_get(capabilities, "elicitation");
    const json_t *extensions = json_object_get(capabilities, "extensions");
    if (json_is_object(elicitation)) {
        bool url = json_object_get(elicitation, "url") != NULL;
        bool form = json_object_get(elicitation, "form") != NULL || !url;
        abilities |=
            (url ? HONE_SESSION_ELICIT_URL : 0U) | (form ? HONE_SESSION_ELICIT_FORM : 0U);
    }
    if (json_is_object(json_object_get(capabilities, "sampling"))) {
        abilities |= HONE_SESSION_SAMPLE;
    }
    if (json_is_object(json_object_get(capabilities, "roots"))) {
        abilities |= HONE_SESSION_ROOTS;
    }
    if (json_is_object(json_object_get(extensions, "io.modelcontextprotocol/tasks"))) {
        abilities |= HONE_SESSION_TASKS;
    }
    return abilities;
}

void hone_session_initialize(struct hone_session *session, const json_t *params)
{
    if (!session->remembers) {
        return;
    }
    struct hone_span name =
        hone_text_prefix(hone_mcp_client_name(params), HONE_SESSION_CLIENT_MAX - 1);
    if (name.len > 0) {
        memcpy(session->client, name.data, name.len);
    }
    session->client[name.len] = '\0';
    session->initialized = true;
    session->version = hone_mcp_negotiate(params);
    session->abilities = read_abilities(json_object_get(params, "capabilities"));
    if (hone_mcp_era_revision(HONE_MCP_ERA_LEGACY, session->version) <
        HONE_MCP_2025_11_25) {
        session->abilities &= ~(unsigned)HONE_SESSION_ELICIT_URL; /* no such thing yet */
    }
}

struct hone_span hone_session_source(const struct hone_session *session,
                                     const struct hone_exchange *exchange)
{
    const struct hone_principal *principal =
        exchange != NULL ? &exchange->principal : &session->principal;
    if (!hone_principal_is_local(principal)) {
        return hone_span_text(principal->name);
    }
    if (exchange != NULL && exchange->request.client_name.len > 0) {
        return hone_text_prefix(exchange->request.client_name,
                                HONE_SESSION_CLIENT_MAX - 1);
    }
    return hone_span_text(session->client[0] != '\0' ? session->client
                                                     : session->transport);
}

unsigned hone_session_abilities(const struct hone_exchange *exchange)
{
    return exchange->request.era == HONE_MCP_ERA_MODERN
               ? read_abilities(hone_mcp_request_capabilities(&exchange->request))
               : exchange->session->abilities;
}

void hone_session_push(struct hone_session *session, struct hone_span message)
{
    struct hone_channel *channel = session->push;
    if (channel != NULL && channel->owner != NULL && channel->carrier->send != NULL) {
        channel->carrier->send(channel, NULL, message);
    }
}

void hone_session_notify(struct hone_session *session, const char *method,
                         const json_t *params)
{
    struct hone_buf *message = &session->app->reply;
    hone_buf_clear(message);
    if (hone_jsonrpc_write_request(message, hone_span_of(NULL, 0), method, params) == 0) {
        hone_session_push(session, hone_buf_span(message));
    }
}

/* ---- requests to the client ---- */

/* Anywhere, so that an answer to another process, whose client a relay has brought here,
 * answers nothing. */
static uint64_t first_ask(void)
{
    uint32_t number = 0;
    hone_secret_random(&number, sizeof(number));
    return number;
}

int hone_session_ask(struct hone_exchange *exchange, struct hone_session_ask *ask,
                     const char *method, const json_t *params)
{
    struct hone_session *session = exchange->session;
    struct hone_buf *message = &session->app->reply;
    char id[ASK_BYTES_MAX];
    if (session->n_asks >= HONE_SESSION_ASKS_MAX || session->closed) {
        return HONE_E_LIMIT;
    }
    if (session->last_ask == 0) {
        session->last_ask = first_ask();
    }
    ask->number = ++session->last_ask;
    (void)snprintf(id, sizeof(id), "\"" ASK_PREFIX "%" PRIu64 "\"", ask->number);
    hone_buf_clear(message);
    if (hone_jsonrpc_write_request(message, hone_span_text(id), method, params) != 0) {
        return HONE_E_LIMIT;
    }
    hone_list_init(&ask->link);
    hone_list_append(&session->asks, &ask->link);
    session->n_asks += 1;
    hone_exchange_send(exchange, hone_buf_span(message));
    return 0;
}

void hone_session_forget_ask(struct hone_session *session, struct hone_session_ask *ask)
{
    hone_list_remove(&ask->link);
    session->n_asks -= 1;
}

void hone_session_refuse_asks(struct hone_session *session, const char *why)
{
    json_t *error = json_pack("{s:i, s:s}", "code", HONE_RPC_INTERNAL, "message", why);
    end_asks(session, error);
    json_decref(error);
}

void hone_session_withdraw_ask(struct hone_exchange *exchange,
                               const struct hone_session_ask *ask)
{
    struct hone_session *session = exchange->session;
    struct hone_buf *message = &session->app->reply;
    json_t *params = json_object();
    (void)json_object_set_new(params, "requestId",
                              json_sprintf(ASK_PREFIX "%" PRIu64, ask->number));
    hone_buf_clear(message);
    if (hone_jsonrpc_write_request(message, hone_span_of(NULL, 0),
                                   "notifications/cancelled", params) != 0) {
        hone_buf_clear(message);
    } else if (exchange->cancelled) { /* its own way is closed */
        hone_session_push(session, hone_buf_span(message));
    } else {
        hone_exchange_send(exchange, hone_buf_span(message));
    }
    json_decref(params);
}

/* id: its JSON text. */
static struct hone_session_ask *find_ask(struct hone_session *session,
                                         struct hone_span id)
{
    static const char prefix[] = "\"" ASK_PREFIX;
    const size_t prefix_len = sizeof(prefix) - 1;
    if (id.len <= prefix_len || id.len > ASK_BYTES_MAX ||
        memcmp(id.data, prefix, prefix_len) != 0) {
        return NULL;
    }
    char digits[ASK_BYTES_MAX];
    memcpy(digits, id.data + prefix_len, id.len - prefix_len);
    digits[id.len - prefix_len - 1] = '\0';
    uint64_t number = strtoull(digits, NULL, 10);
    HONE_LIST_EACH(&session->asks, link)
    {
        struct hone_session_ask *ask =
            HONE_LIST_OWNER(link, struct hone_session_ask, link);
        if (ask->number == number) {
            return ask;
        }
    }
    return NULL;
}

void hone_session_take_response(struct hone_session *session,
                                struct hone_jsonrpc_message *message)
{
    struct hone_session_ask *ask = find_ask(session, message->id);
    if (ask != NULL) {
        hone_session_forget_ask(session, ask);
        ask->done(
            ask,
            hone_jsonrpc_value(message, hone_json_scan_member(&message->scan, "result")),
            hone_jsonrpc_value(message, hone_json_scan_member(&message->scan, "error")));
    }
}

/* ---- notifications of the client ---- */

static bool has_id(const struct hone_exchange *exchange, const json_t *id)
{
    struct hone_span text = exchange->message.id;
    json_t *own =
        text.len > 0 ? json_loadb(text.data, text.len, JSON_DECODE_ANY, NULL) : NULL;
    bool same = own != NULL && json_equal(own, id) == 1;
    json_decref(own);
    return same;
}

void hone_session_cancel(struct hone_session *session, const json_t *params)
{
    const json_t *id = json_object_get(params, "requestId");
    if (!session->remembers || id == NULL) {
        return;
    }
    HONE_LIST_EACH(&session->exchanges, link)
    {
        struct hone_exchange *exchange =
            HONE_LIST_OWNER(link, struct hone_exchange, in_session);
        if (!exchange->cancelled && has_id(exchange, id)) {
            hone_exchange_cancel(exchange);
            return;
        }
    }
}

/* ---- resources ---- */

static struct subscription *find_subscription(const struct hone_session *session,
                                              struct hone_span uri)
{
    HONE_LIST_EACH(&session->subscriptions, link)
    {
        struct subscription *subscription =
            HONE_LIST_OWNER(link, struct subscription, link);
        if (hone_span_is(uri, subscription->uri)) {
            return subscription;
        }
    }
    return NULL;
}

int hone_session_subscribe(struct hone_session *session, struct hone_span uri)
{
    if (find_subscription(session, uri) != NULL) {
        return 0;
    }
    if (session->n_subscriptions >= HONE_SESSION_SUBSCRIPTIONS_MAX) {
        return HONE_E_LIMIT;
    }
    struct subscription *subscription =
        hone_alloc_zeroed(1, sizeof(*subscription) + uri.len + 1);
    memcpy(subscription->uri, uri.data, uri.len);
    hone_list_init(&subscription->link);
    hone_list_append(&session->subscriptions, &subscription->link);
    session->n_subscriptions += 1;
    return 0;
}

void hone_session_unsubscribe(struct hone_session *session, struct hone_span uri)
{
    struct subscription *subscription = find_subscription(session, uri);
    if (subscription != NULL) {
        hone_list_remove(&subscription->link);
        free(subscription);
        session->n_subscriptions -= 1;
    }
}

bool hone_session_is_subscribed(const struct hone_session *session, struct hone_span uri)
{
    return find_subscription(session, uri) != NULL;
}
