#include "tests/unit/server/peer_world.h"

#include "server/subscriptions.h"

#define LISTEN    "subscriptions/listen"
#define KEY_ID    "io.modelcontextprotocol~subscriptionId"
#define TOOLS     "notifications/tools/list_changed"
#define PROMPTS   "notifications/prompts/list_changed"
#define RESOURCES "notifications/resources/list_changed"

struct setting {
    struct world *world;
    struct hone_app *app;
    struct peer *peer;
};

static int set_up(void **state)
{
    struct setting *setting = hone_alloc_zeroed(1, sizeof(*setting));
    char *skills = support_source_path("tests/data/skills/guide");
    setting->world = make_world(skills);
    free(skills);
    open_app(setting->world);
    setting->app = setting->world->app;
    setting->app->identity.features =
        HONE_MCP_RESOURCES | HONE_MCP_PROMPTS | HONE_MCP_TASKS;
    setting->peer = peer_make(setting->app);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;
    peer_leave(setting->peer);
    destroy_world(setting->world);
    free(setting);
    return 0;
}

/* Listens; what is told first, a new reference. filter: JSON members. */
static json_t *listen_as(struct peer *peer, int id, const char *filter,
                         const char *capabilities)
{
    char *params = hone_alloc_format("\"notifications\":{%s}", filter);
    peer_say_json(peer, modern_request(id, LISTEN, params, capabilities));
    free(params);
    return peer_take(peer);
}

static void start_listening(struct setting *setting, int id, const char *filter)
{
    json_t *told = listen_as(setting->peer, id, filter, "");
    assert_text_at(told, "method", "notifications/subscriptions/acknowledged");
    json_decref(told);
}

/* The next message is this notification, under this subscription. */
static void expect_told(struct peer *peer, const char *method, int id)
{
    json_t *told = peer_take(peer);
    assert_text_at(told, "method", method);
    assert_integer_at(told, "params/_meta/" KEY_ID, id);
    assert_absent(told, "id");
    json_decref(told);
}

/* ---- listen ---- */

static void the_first_message_says_what_is_honoured(void **state)
{
    struct setting *setting = *state;
    json_t *told = listen_as(setting->peer, 7,
                             "\"toolsListChanged\":true,\"promptsListChanged\":false,"
                             "\"unknown\":3,\"resourceSubscriptions\":[\"a://b\",\"\"]",
                             "");
    assert_text_at(told, "method", "notifications/subscriptions/acknowledged");
    assert_integer_at(told, "params/_meta/" KEY_ID, 7);
    json_t *expected = json_pack("{s:b, s:[s]}", "toolsListChanged", 1,
                                 "resourceSubscriptions", "a://b");
    assert_true(json_equal(expected, at(told, "params/notifications")) == 1);
    json_decref(expected);
    json_decref(told);
}

static void what_the_server_does_not_have_is_not_honoured(void **state)
{
    struct setting *setting = *state;
    setting->app->identity.features = 0;
    json_t *told = listen_as(setting->peer, 7,
                             "\"toolsListChanged\":true,\"promptsListChanged\":true,"
                             "\"resourcesListChanged\":true,"
                             "\"resourceSubscriptions\":[\"a://b\"]",
                             "");
    json_t *expected = json_pack("{s:b}", "toolsListChanged", 1);
    assert_true(json_equal(expected, at(told, "params/notifications")) == 1);
    json_decref(expected);
    json_decref(told);
}

static void the_subscriptions_id_keeps_its_type(void **state)
{
    struct setting *setting = *state;
    json_t *request =
        modern_request(0, LISTEN, "\"notifications\":{\"toolsListChanged\":true}", "");
    (void)json_object_set_new(request, "id", json_string("listen:0"));
    peer_say_json(setting->peer, request);
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "params/_meta/" KEY_ID, "listen:0");
    json_decref(told);
    hone_subscriptions_end_all(setting->app);
    json_t *ended = peer_take(setting->peer);
    assert_text_at(ended, "id", "listen:0");
    assert_text_at(ended, "result/_meta/" KEY_ID, "listen:0");
    json_decref(ended);
}

static void a_filter_of_the_wrong_shape_is_refused(void **state)
{
    static const struct {
        const char *params, *why;
    } cases[] = {
        {"", "notifications must be an object"},
        {"\"notifications\":[]", "notifications must be an object"},
        {"\"notifications\":{\"toolsListChanged\":1}",
         "toolsListChanged must be true or"},
        {"\"notifications\":{\"resourceSubscriptions\":\"a\"}", "must be a list"},
        {"\"notifications\":{\"resourceSubscriptions\":[\"a\",1]}", "must be a list"},
        {"\"notifications\":{\"taskIds\":{}}", "taskIds must be a list"},
    };
    struct setting *setting = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        peer_say_json(setting->peer,
                      modern_request(1, LISTEN, cases[i].params, PEER_TASKS));
        json_t *refused = peer_take(setting->peer);
        assert_integer_at(refused, "error/code", -32602);
        assert_contains_at(refused, "error/message", cases[i].why);
        json_decref(refused);
    }
    assert_true(hone_list_is_empty(&setting->app->listeners));
    assert_int_equal(0, setting->app->n_exchanges);
}

static void tasks_are_for_those_who_declared_them(void **state)
{
    struct setting *setting = *state;
    json_t *refused = listen_as(setting->peer, 1, "\"taskIds\":[]", "");
    assert_integer_at(refused, "error/code", -32021);
    assert_non_null(at(refused, "error/data/requiredCapabilities/extensions/"
                                "io.modelcontextprotocol~tasks"));
    json_decref(refused);
    json_t *told =
        listen_as(setting->peer, 2,
                  "\"taskIds\":[\"0e6a1be0-0000-4000-8000-000000000000\"]", PEER_TASKS);
    assert_text_at(told, "method", "notifications/subscriptions/acknowledged");
    assert_absent(told, "params/notifications/taskIds"); /* there is no such task */
    json_decref(told);
}

static void only_what_was_asked_for_is_told(void **state)
{
    struct setting *setting = *state;
    start_listening(setting, 1, "\"toolsListChanged\":true");
    start_listening(setting, 2, "\"promptsListChanged\":true,\"toolsListChanged\":true");
    start_listening(setting, 3, "\"resourcesListChanged\":true");
    start_listening(setting, 4, "");
    hone_subscriptions_list_changed(setting->app, HONE_CATALOG_TOOLS);
    expect_told(setting->peer, TOOLS, 1);
    expect_told(setting->peer, TOOLS, 2);
    hone_subscriptions_list_changed(setting->app, HONE_CATALOG_PROMPTS);
    expect_told(setting->peer, PROMPTS, 2);
    hone_subscriptions_list_changed(setting->app, HONE_CATALOG_RESOURCES);
    expect_told(setting->peer, RESOURCES, 3);
    hone_subscriptions_list_changed(setting->app, HONE_CATALOG_TEMPLATES);
    expect_told(setting->peer, RESOURCES, 3);
    assert_int_equal(0, peer_n_told(setting->peer));
}

static void resources_are_told_by_their_uri(void **state)
{
    struct setting *setting = *state;
    start_listening(setting, 1, "\"resourceSubscriptions\":[\"a://b\",\"a://c\"]");
    hone_subscriptions_resource_updated(setting->app, hone_span_text("a://other"));
    assert_int_equal(0, peer_n_told(setting->peer));
    hone_subscriptions_resource_updated(setting->app, hone_span_text("a://c"));
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "method", "notifications/resources/updated");
    assert_text_at(told, "params/uri", "a://c");
    assert_integer_at(told, "params/_meta/" KEY_ID, 1);
    json_decref(told);
}

static void so_many_resources_are_honoured_and_no_more(void **state)
{
    struct setting *setting = *state;
    json_t *request = modern_request(1, LISTEN, "\"notifications\":{}", "");
    json_t *uris = json_array();
    for (int i = 0; i < HONE_SUBSCRIPTIONS_URIS_MAX + 5; i++) {
        (void)json_array_append_new(uris, json_sprintf("a://%d", i));
    }
    (void)json_object_set_new(at(request, "params/notifications"),
                              "resourceSubscriptions", uris);
    peer_say_json(setting->peer, request);
    json_t *told = peer_take(setting->peer);
    assert_int_equal(
        HONE_SUBSCRIPTIONS_URIS_MAX,
        json_array_size(at(told, "params/notifications/resourceSubscriptions")));
    json_decref(told);
}

/* One that fits, and one that is a byte longer. */
static void uris_have_a_limit(void **state)
{
    struct setting *setting = *state;
    char uri[HONE_SUBSCRIPTIONS_URI_BYTES_MAX + 2];
    memset(uri, 'a', sizeof(uri));
    uri[sizeof(uri) - 1] = '\0';
    char *params = hone_alloc_format(
        "\"notifications\":{\"resourceSubscriptions\":[\"%s\",\"%s\"]}", uri, uri + 1);
    peer_say_json(setting->peer, modern_request(1, LISTEN, params, ""));
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "params/notifications/resourceSubscriptions/0", uri + 1);
    assert_absent(told, "params/notifications/resourceSubscriptions/1");
    json_decref(told);
    free(params);
    peer_initialize(setting->peer, "");
    for (int i = 0; i < 2; i++) {
        params = hone_alloc_format("\"uri\":\"%s\"", uri + i);
        peer_say_json(setting->peer, legacy_request(2, "resources/subscribe", params));
        told = peer_take(setting->peer);
        if (i == 0) {
            assert_integer_at(told, "error/code", -32602);
        } else {
            assert_absent(told, "error");
        }
        json_decref(told);
        free(params);
    }
}

/* It would be told of changes to nobody, and would be one for all such clients. */
static void a_client_without_a_session_cannot_subscribe(void **state)
{
    struct setting *setting = *state;
    struct hone_session *own = setting->peer->session;
    setting->peer->session = setting->app->stateless;
    peer_say_json(setting->peer,
                  legacy_request(1, "resources/subscribe", "\"uri\":\"a://b\""));
    setting->peer->session = own;
    json_t *refused = peer_take(setting->peer);
    assert_contains_at(refused, "error/message", "send initialize");
    json_decref(refused);
    assert_int_equal(0, setting->app->stateless->n_subscriptions);
}

static void a_client_that_cancels_hears_no_more(void **state)
{
    struct setting *setting = *state;
    start_listening(setting, 1, "\"toolsListChanged\":true");
    start_listening(setting, 2, "\"toolsListChanged\":true");
    peer_say(setting->peer, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                            "\"params\":{\"requestId\":1}}");
    assert_int_equal(0, peer_n_told(setting->peer)); /* not even an answer */
    hone_subscriptions_list_changed(setting->app, HONE_CATALOG_TOOLS);
    expect_told(setting->peer, TOOLS, 2);
    assert_int_equal(0, peer_n_told(setting->peer));
    assert_int_equal(1, setting->app->n_exchanges);
}

static void a_client_that_leaves_takes_its_listening_along(void **state)
{
    struct setting *setting = *state;
    struct peer *other = peer_make(setting->app);
    json_decref(listen_as(other, 1, "\"toolsListChanged\":true", ""));
    json_decref(listen_as(other, 2, "\"toolsListChanged\":true", ""));
    start_listening(setting, 3, "\"toolsListChanged\":true");
    peer_leave(other);
    hone_subscriptions_list_changed(setting->app, HONE_CATALOG_TOOLS);
    expect_told(setting->peer, TOOLS, 3);
    assert_int_equal(1, setting->app->n_exchanges);
}

static void the_end_of_the_server_ends_listening_with_a_result(void **state)
{
    struct setting *setting = *state;
    start_listening(setting, 1, "\"toolsListChanged\":true");
    hone_app_stop(setting->app);
    json_t *ended = peer_take(setting->peer);
    assert_integer_at(ended, "id", 1);
    assert_text_at(ended, "result/resultType", "complete");
    assert_integer_at(ended, "result/_meta/" KEY_ID, 1);
    json_decref(ended);
    json_t *cancelled = peer_take(setting->peer);
    assert_text_at(cancelled, "method", "notifications/cancelled");
    assert_integer_at(cancelled, "params/requestId", 1);
    json_decref(cancelled);
    assert_int_equal(0, peer_n_told(setting->peer));
    hone_app_run(setting->app); /* nothing in flight holds the stop up */
    assert_int_equal(0, setting->app->n_exchanges);
}

/* ---- legacy ---- */

static void legacy_clients_hear_of_all_lists_once_they_are_initialized(void **state)
{
    struct setting *setting = *state;
    hone_subscriptions_list_changed(setting->app, HONE_CATALOG_TOOLS);
    assert_int_equal(0, peer_n_told(setting->peer));
    peer_initialize(setting->peer, "");
    hone_subscriptions_list_changed(setting->app, HONE_CATALOG_TOOLS);
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "method", TOOLS);
    assert_absent(told, "params/_meta");
    json_decref(told);
}

static void expect_empty_result(struct peer *peer)
{
    json_t *answer = peer_take(peer);
    assert_true(json_is_object(at(answer, "result")));
    assert_int_equal(0, json_object_size(at(answer, "result")));
    json_decref(answer);
}

static void a_legacy_client_subscribes_to_resources(void **state)
{
    struct setting *setting = *state;
    struct peer *other = peer_make(setting->app);
    peer_initialize(setting->peer, "");
    peer_initialize(other, "");
    peer_say_json(setting->peer,
                  legacy_request(1, "resources/subscribe", "\"uri\":\"a://b\""));
    expect_empty_result(setting->peer);
    hone_subscriptions_resource_updated(setting->app, hone_span_text("a://b"));
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "method", "notifications/resources/updated");
    assert_text_at(told, "params/uri", "a://b");
    assert_absent(told, "params/_meta");
    json_decref(told);
    peer_say_json(setting->peer,
                  legacy_request(2, "resources/unsubscribe", "\"uri\":\"a://b\""));
    expect_empty_result(setting->peer);
    peer_say_json(setting->peer,
                  legacy_request(3, "resources/unsubscribe", "\"uri\":\"a://b\""));
    expect_empty_result(setting->peer);
    hone_subscriptions_resource_updated(setting->app, hone_span_text("a://b"));
    assert_int_equal(0, peer_n_told(setting->peer));
    assert_int_equal(0, peer_n_told(other));
    peer_leave(other);
}

static void a_subscription_needs_a_uri_and_has_a_limit(void **state)
{
    struct setting *setting = *state;
    peer_initialize(setting->peer, "");
    peer_say_json(setting->peer, legacy_request(1, "resources/subscribe", "\"uri\":5"));
    peer_say_json(setting->peer, legacy_request(2, "resources/unsubscribe", ""));
    for (int i = 0; i < 2; i++) {
        json_t *refused = peer_take(setting->peer);
        assert_integer_at(refused, "error/code", -32602);
        json_decref(refused);
    }
    for (int i = 0; i <= HONE_SESSION_SUBSCRIPTIONS_MAX; i++) {
        char *params = hone_alloc_format("\"uri\":\"a://%d\"", i);
        peer_say_json(setting->peer, legacy_request(i, "resources/subscribe", params));
        free(params);
        if (i < HONE_SESSION_SUBSCRIPTIONS_MAX) {
            expect_empty_result(setting->peer);
        }
    }
    json_t *refused = peer_take(setting->peer);
    assert_contains_at(refused, "error/message", "at most 1000");
    json_decref(refused);
}

static void each_era_has_its_own_methods(void **state)
{
    struct setting *setting = *state;
    peer_say_json(setting->peer, legacy_request(1, LISTEN, "\"notifications\":{}"));
    peer_say_json(setting->peer,
                  modern_request(2, "resources/subscribe", "\"uri\":\"a://b\"", ""));
    for (int i = 0; i < 2; i++) {
        json_t *refused = peer_take(setting->peer);
        assert_integer_at(refused, "error/code", -32601);
        json_decref(refused);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_message_says_what_is_honoured),
        TEST(what_the_server_does_not_have_is_not_honoured),
        TEST(the_subscriptions_id_keeps_its_type),
        TEST(a_filter_of_the_wrong_shape_is_refused),
        TEST(tasks_are_for_those_who_declared_them),
        TEST(only_what_was_asked_for_is_told),
        TEST(resources_are_told_by_their_uri),
        TEST(so_many_resources_are_honoured_and_no_more),
        TEST(uris_have_a_limit),
        TEST(a_client_without_a_session_cannot_subscribe),
        TEST(a_client_that_cancels_hears_no_more),
        TEST(a_client_that_leaves_takes_its_listening_along),
        TEST(the_end_of_the_server_ends_listening_with_a_result),
        TEST(legacy_clients_hear_of_all_lists_once_they_are_initialized),
        TEST(a_legacy_client_subscribes_to_resources),
        TEST(a_subscription_needs_a_uri_and_has_a_limit),
        TEST(each_era_has_its_own_methods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
