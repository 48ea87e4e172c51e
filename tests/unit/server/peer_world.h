/* What tests of sessions share: a peer of a program in this process, as a stream's would
 * be, that keeps all it is told, in order; and handlers of the test's own. */
#ifndef HONE_TESTS_UNIT_SERVER_PEER_WORLD_H
#define HONE_TESTS_UNIT_SERVER_PEER_WORLD_H

#include "tests/unit/server/app_world.h"

#include "server/app_internal.h"
#include "server/dispatch.h"
#include "server/exchange.h"
#include "server/session.h"

#define PEER_ELICITATION "\"elicitation\":{}"
#define PEER_TASKS       "\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}"

struct peer {
    struct hone_session *session;
    struct hone_channel *channel;
    json_t *told; /* messages that nobody has taken yet */
    bool has_been_told;
};

static inline void peer_hear(struct hone_channel *channel, struct hone_exchange *exchange,
                             struct hone_span body)
{
    struct peer *peer = channel->owner;
    json_t *message = json_loadb(body.data, body.len, JSON_DECODE_ANY, NULL);
    (void)exchange;
    assert_non_null(message);
    (void)json_array_append_new(peer->told, message);
    peer->has_been_told = true;
}

static inline void peer_hear_answer(struct hone_channel *channel,
                                    struct hone_exchange *exchange, int http_status,
                                    struct hone_span body)
{
    (void)http_status;
    if (body.len > 0) {
        peer_hear(channel, exchange, body);
    }
}

static const struct hone_channel_carrier peer_carrier = {
    .name = "peer", .reply = peer_hear_answer, .send = peer_hear};

static inline struct peer *peer_make(struct hone_app *app)
{
    struct peer *peer = hone_alloc_zeroed(1, sizeof(*peer));
    peer->told = json_array();
    peer->session = hone_session_create(app, peer_carrier.name, true, false);
    peer->channel = hone_channel_create(&peer_carrier, peer, true);
    peer->session->push = peer->channel;
    return peer;
}

static inline void peer_leave(struct peer *peer)
{
    hone_session_close(peer->session);
    hone_channel_close(peer->channel);
    json_decref(peer->told);
    free(peer);
}

/* From now on the peer is somebody else. */
static inline void set_principal(struct peer *peer, const char *name)
{
    (void)snprintf(peer->session->principal.name, sizeof(peer->session->principal.name),
                   "%s", name);
}

static inline void peer_say(struct peer *peer, const char *message)
{
    hone_dispatch_message(peer->session, peer->channel, hone_span_text(message), NULL);
}

/* Takes the message. */
static inline void peer_say_json(struct peer *peer, json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_non_null(text);
    peer_say(peer, text);
    free(text);
    json_decref(message);
}

/* A request that is answered by a handler of the test instead of the program's own. */
static inline void peer_call(struct peer *peer, json_t *message,
                             void (*handler)(struct hone_exchange *exchange))
{
    char *text = json_dumps(message, JSON_COMPACT);
    struct hone_exchange *exchange =
        hone_dispatch_open(peer->session, peer->channel, hone_span_text(text), NULL);
    json_decref(message);
    assert_non_null(exchange);
    exchange->answer = handler;
    handler(exchange);
    free(text);
}

static inline size_t peer_n_told(const struct peer *peer)
{
    return json_array_size(peer->told);
}

/* The next message, waiting for it if need be; a new reference. */
static inline json_t *peer_take(struct peer *peer)
{
    if (peer_n_told(peer) == 0) {
        peer->has_been_told = false;
        hone_loop_run_until(&peer->session->app->loop, &peer->has_been_told);
    }
    assert_true(peer_n_told(peer) > 0);
    json_t *message = json_incref(json_array_get(peer->told, 0));
    (void)json_array_remove(peer->told, 0);
    return message;
}

/* ---- looking at messages ---- */

/* The member at a path of names parted by '/'; the '~' in a name stands for a '/'.
 * Borrowed, NULL when absent. */
static inline json_t *at(const json_t *value, const char *path)
{
    json_t *found = (json_t *)(uintptr_t)value;
    while (found != NULL && *path != '\0') {
        char name[128];
        size_t len = strcspn(path, "/");
        assert_true(len < sizeof(name));
        memcpy(name, path, len);
        name[len] = '\0';
        for (char *c = name; *c != '\0'; c++) {
            *c = *c == '~' ? '/' : *c;
        }
        found = json_is_array(found)
                    ? json_array_get(found, (size_t)strtoul(name, NULL, 10))
                    : json_object_get(found, name);
        path += len + (path[len] == '/' ? 1 : 0);
    }
    return found;
}

static inline void assert_text_at(const json_t *value, const char *path,
                                  const char *expected)
{
    const json_t *found = at(value, path);
    if (!json_is_string(found) || strcmp(json_string_value(found), expected) != 0) {
        char *text = json_dumps(value, 0);
        fail_msg("%s is not \"%s\" in %s", path, expected, text);
    }
}

static inline void assert_integer_at(const json_t *value, const char *path,
                                     json_int_t expected)
{
    const json_t *found = at(value, path);
    if (!json_is_integer(found) || json_integer_value(found) != expected) {
        char *text = json_dumps(value, 0);
        fail_msg("%s is not %lld in %s", path, (long long)expected, text);
    }
}

static inline void assert_absent(const json_t *value, const char *path)
{
    if (at(value, path) != NULL) {
        char *text = json_dumps(value, 0);
        fail_msg("%s is in %s", path, text);
    }
}

static inline void assert_contains_at(const json_t *value, const char *path,
                                      const char *part)
{
    const char *found = json_string_value(at(value, path));
    if (found == NULL || strstr(found, part) == NULL) {
        char *text = json_dumps(value, 0);
        fail_msg("%s has no \"%s\" in %s", path, part, text);
    }
}

/* ---- making messages ---- */

/* A modern request. params: JSON members without braces, maybe ""; capabilities
 * likewise. */
static inline json_t *modern_request(int id, const char *method, const char *params,
                                     const char *capabilities)
{
    char *text = hone_alloc_format(
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":{%s%s\"_meta\":{"
        "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
        "\"io.modelcontextprotocol/clientCapabilities\":{%s}}}}",
        id, method, params, params[0] != '\0' ? "," : "", capabilities);
    json_t *message = json_loads(text, 0, NULL);
    if (message == NULL) {
        fail_msg("not JSON: %s", text);
    }
    free(text);
    return message;
}

static inline json_t *legacy_request(int id, const char *method, const char *params)
{
    char *text = hone_alloc_format(
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":{%s}}", id, method,
        params);
    json_t *message = json_loads(text, 0, NULL);
    assert_non_null(message);
    free(text);
    return message;
}

static inline void peer_initialize(struct peer *peer, const char *capabilities)
{
    char *params = hone_alloc_format(
        "\"protocolVersion\":\"2025-11-25\",\"clientInfo\":{\"name\":\"old\","
        "\"version\":\"1\"},\"capabilities\":{%s}",
        capabilities);
    peer_say_json(peer, legacy_request(0, "initialize", params));
    json_decref(peer_take(peer));
    free(params);
}

#endif
