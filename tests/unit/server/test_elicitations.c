/* What users do at URLs, through the fixtures that send them there. */
#include "tests/unit/server/peer_world.h"

#include "server/elicitations.h"
#include "server/elicitations_internal.h"
#include "server/inputs.h"

#define URLS "\"elicitation\":{\"url\":{}}"

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
    set_option(setting->world, "conformance", "true");
    open_app(setting->world);
    setting->app = setting->world->app;
    setting->peer = peer_make(setting->app);
    free(skills);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;
    if (setting->peer != NULL) {
        peer_leave(setting->peer);
    }
    destroy_world(setting->world);
    free(setting);
    return 0;
}

static void call_legacy(struct setting *setting, int id, const char *tool)
{
    peer_say_json(setting->peer,
                  json_pack("{s:s, s:i, s:s, s:{s:s}}", "jsonrpc", "2.0", "id", id,
                            "method", "tools/call", "params", "name", tool));
}

/* Answers the client's question; takes nothing. */
static void answer(struct setting *setting, const json_t *asked, const char *action)
{
    peer_say_json(setting->peer, json_pack("{s:s, s:O, s:{s:s}}", "jsonrpc", "2.0", "id",
                                           at(asked, "id"), "result", "action", action));
}

/* Calls the tool; the question to the client. */
static json_t *ask_legacy(struct setting *setting)
{
    peer_initialize(setting->peer, URLS);
    call_legacy(setting, 1, "test_url_elicitation");
    json_t *asked = peer_take(setting->peer);
    assert_text_at(asked, "method", "elicitation/create");
    assert_text_at(asked, "params/mode", "url");
    return asked;
}

static void complete(struct setting *setting, const char *id)
{
    assert_int_equal(
        hone_elicitations_complete(setting->app->elicitations, hone_span_text(id)), 0);
}

static void a_legacy_client_is_told_when_its_user_is_done(void **state)
{
    struct setting *setting = *state;
    json_t *asked = ask_legacy(setting);
    const char *id = json_string_value(at(asked, "params/elicitationId"));
    assert_contains_at(asked, "params/url", id);
    answer(setting, asked, "accept");
    assert_int_equal(peer_n_told(setting->peer), 0); /* the user is not done */
    complete(setting, id);
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "method", "notifications/elicitation/complete");
    assert_text_at(told, "params/elicitationId", id);
    assert_absent(told, "id");
    json_t *answered = peer_take(setting->peer);
    assert_integer_at(answered, "id", 1);
    assert_text_at(answered, "result/content/0/text", "Signed in.");
    assert_int_equal(
        hone_elicitations_complete(setting->app->elicitations, hone_span_text(id)),
        HONE_E_NOT_FOUND);
    json_decref(asked);
    json_decref(told);
    json_decref(answered);
}

/* Then nothing waits, and the answer to the question is enough. */
static void a_user_may_be_done_before_the_client_says_so(void **state)
{
    struct setting *setting = *state;
    json_t *asked = ask_legacy(setting);
    complete(setting, json_string_value(at(asked, "params/elicitationId")));
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "method", "notifications/elicitation/complete");
    answer(setting, asked, "accept");
    json_t *answered = peer_take(setting->peer);
    assert_text_at(answered, "result/content/0/text", "Signed in.");
    json_decref(asked);
    json_decref(told);
    json_decref(answered);
}

static void a_user_who_does_not_want_to_is_not_waited_for(void **state)
{
    struct setting *setting = *state;
    json_t *asked = ask_legacy(setting);
    answer(setting, asked, "decline");
    json_t *answered = peer_take(setting->peer);
    assert_text_at(answered, "result/content/0/text", "Not signed in: decline.");
    const char *id = json_string_value(at(asked, "params/elicitationId"));
    assert_int_equal(hone_elicitations_status(setting->app->elicitations, id),
                     HONE_ELICITATION_GONE);
    json_decref(asked);
    json_decref(answered);
}

static void clients_that_open_no_urls_are_not_asked_to(void **state)
{
    struct setting *setting = *state;
    static const char *const tools[] = {"test_url_elicitation",
                                        "test_url_elicitation_required"};
    peer_initialize(setting->peer, PEER_ELICITATION);
    for (int i = 0; i < 2; i++) {
        call_legacy(setting, i, tools[i]);
        json_t *answered = peer_take(setting->peer);
        assert_true(json_is_true(at(answered, "result/isError")));
        assert_contains_at(answered, "result/content/0/text", "elicitation");
        json_decref(answered);
    }
    peer_say_json(setting->peer,
                  modern_request(3, "tools/call", "\"name\":\"test_url_elicitation\"",
                                 PEER_ELICITATION));
    json_t *refused = peer_take(setting->peer);
    assert_integer_at(refused, "error/code", HONE_RPC_MISSING_CAPABILITY);
    assert_non_null(at(refused, "error/data/requiredCapabilities/elicitation/url"));
    json_decref(refused);
}

/* URLs came with 2025-11-25. */
static void older_revisions_know_no_urls(void **state)
{
    struct setting *setting = *state;
    json_t *params = json_pack("{s:s, s:{s:{s:{}}}}", "protocolVersion", "2025-06-18",
                               "capabilities", "elicitation", "url");
    hone_session_initialize(setting->peer->session, params);
    json_decref(params);
    call_legacy(setting, 1, "test_url_elicitation_required");
    json_t *answered = peer_take(setting->peer);
    assert_true(json_is_true(at(answered, "result/isError")));
    json_decref(answered);
}

static void a_legacy_request_can_wait_for_a_url(void **state)
{
    struct setting *setting = *state;
    peer_initialize(setting->peer, URLS);
    call_legacy(setting, 1, "test_url_elicitation_required");
    json_t *refused = peer_take(setting->peer);
    assert_integer_at(refused, "error/code", -32042);
    assert_text_at(refused, "error/data/elicitations/0/mode", "url");
    const char *id =
        json_string_value(at(refused, "error/data/elicitations/0/elicitationId"));
    assert_contains_at(refused, "error/data/elicitations/0/url", id);
    call_legacy(setting, 2, "test_url_elicitation_required");
    json_t *again = peer_take(setting->peer);
    assert_text_at(again, "error/data/elicitations/0/elicitationId", id);
    struct peer *other = peer_make(setting->app);
    complete(setting, id);
    assert_int_equal(peer_n_told(other), 0);
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "method", "notifications/elicitation/complete");
    assert_text_at(told, "params/elicitationId", id);
    call_legacy(setting, 3, "test_url_elicitation_required");
    json_t *answered = peer_take(setting->peer);
    assert_text_at(answered, "result/content/0/text", "Signed in.");
    peer_leave(other);
    json_decref(refused);
    json_decref(again);
    json_decref(told);
    json_decref(answered);
}

static json_t *call_modern(struct setting *setting, const char *more)
{
    char *params = hone_alloc_format("\"name\":\"test_url_elicitation\"%s", more);
    peer_say_json(setting->peer, modern_request(1, "tools/call", params, URLS));
    free(params);
    return peer_n_told(setting->peer) > 0 ? peer_take(setting->peer) : NULL;
}

static void a_modern_client_repeats_its_request_and_hears_no_notice(void **state)
{
    struct setting *setting = *state;
    json_t *asked = call_modern(setting, "");
    assert_text_at(asked, "result/resultType", "input_required");
    assert_absent(asked, "result/inputRequests/sign_in/params/elicitationId");
    const char *url =
        json_string_value(at(asked, "result/inputRequests/sign_in/params/url"));
    char *more = hone_alloc_format(",\"inputResponses\":{\"sign_in\":{\"action\":"
                                   "\"accept\"}},\"requestState\":\"%s\"",
                                   json_string_value(at(asked, "result/requestState")));
    assert_null(call_modern(setting, more)); /* it waits */
    complete(setting, strrchr(url, '/') + 1);
    json_t *answered = peer_take(setting->peer);
    assert_text_at(answered, "result/content/0/text", "Signed in.");
    assert_int_equal(peer_n_told(setting->peer), 0);
    json_t *late = call_modern(setting, more);
    assert_true(json_is_true(at(late, "result/isError")));
    free(more);
    json_decref(asked);
    json_decref(answered);
    json_decref(late);
}

static void a_call_that_waits_can_be_cancelled(void **state)
{
    struct setting *setting = *state;
    json_t *asked = ask_legacy(setting);
    answer(setting, asked, "accept");
    peer_say(setting->peer, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                            "\"params\":{\"requestId\":1}}");
    assert_int_equal(setting->app->n_exchanges, 0);
    complete(setting, json_string_value(at(asked, "params/elicitationId")));
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "method", "notifications/elicitation/complete");
    assert_int_equal(peer_n_told(setting->peer), 0);
    json_decref(asked);
    json_decref(told);
}

static void a_client_that_has_gone_is_not_told(void **state)
{
    struct setting *setting = *state;
    json_t *asked = ask_legacy(setting);
    peer_leave(setting->peer);
    setting->peer = NULL;
    complete(setting, json_string_value(at(asked, "params/elicitationId")));
    json_decref(asked);
}

static void nobody_is_waited_for_without_end(void **state)
{
    struct setting *setting = *state;
    json_t *asked = ask_legacy(setting);
    uint64_t now_ms = hone_loop_now_ms(&setting->app->loop);
    answer(setting, asked, "accept");
    hone_elicitations_expire(setting->app->elicitations, now_ms + HONE_INPUTS_TTL_MS / 2);
    assert_int_equal(peer_n_told(setting->peer), 0);
    hone_elicitations_expire(setting->app->elicitations, now_ms + HONE_INPUTS_TTL_MS * 2);
    json_t *answered = peer_take(setting->peer);
    assert_integer_at(answered, "id", 1);
    assert_true(json_is_true(at(answered, "result/isError")));
    json_decref(asked);
    json_decref(answered);
}

static void a_server_that_stops_tells_who_waits(void **state)
{
    struct setting *setting = *state;
    json_t *asked = ask_legacy(setting);
    answer(setting, asked, "accept");
    hone_elicitations_stop(setting->app->elicitations);
    json_t *answered = peer_take(setting->peer);
    assert_contains_at(answered, "error/message", "stopping");
    json_decref(asked);
    json_decref(answered);
}

static void there_are_so_many_at_most(void **state)
{
    struct setting *setting = *state;
    peer_initialize(setting->peer, URLS);
    for (int i = 0; i < HONE_ELICITATIONS_MAX; i++) {
        peer_say_json(
            setting->peer,
            modern_request(i, "tools/call", "\"name\":\"test_url_elicitation\"", URLS));
    }
    json_array_clear(setting->peer->told);
    call_legacy(setting, 1, "test_url_elicitation");
    json_t *answered = peer_take(setting->peer);
    assert_contains_at(answered, "result/content/0/text", "Too many");
    json_decref(answered);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_legacy_client_is_told_when_its_user_is_done),
        IN_A_WORLD(a_user_may_be_done_before_the_client_says_so),
        IN_A_WORLD(a_user_who_does_not_want_to_is_not_waited_for),
        IN_A_WORLD(clients_that_open_no_urls_are_not_asked_to),
        IN_A_WORLD(older_revisions_know_no_urls),
        IN_A_WORLD(a_legacy_request_can_wait_for_a_url),
        IN_A_WORLD(a_modern_client_repeats_its_request_and_hears_no_notice),
        IN_A_WORLD(a_call_that_waits_can_be_cancelled),
        IN_A_WORLD(a_client_that_has_gone_is_not_told),
        IN_A_WORLD(nobody_is_waited_for_without_end),
        IN_A_WORLD(a_server_that_stops_tells_who_waits),
        IN_A_WORLD(there_are_so_many_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
