/* Inputs by all three ways but tasks (test_tasks.c): the same handlers, a modern and a
 * legacy client. */
#include "tests/unit/server/peer_world.h"

#include "server/inputs.h"

#define ARGUMENTS "\"name\":\"order\",\"arguments\":{\"n\":1}"
#define NAME_FORM                                                                        \
    "{\"method\":\"elicitation/create\",\"params\":{\"mode\":\"form\",\"message\":"      \
    "\"Who?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{\"name\":{"       \
    "\"type\":\"string\"}},\"required\":[\"name\"]}}}"
#define ANN "{\"action\":\"accept\",\"content\":{\"name\":\"Ann\"}}"

struct setting {
    struct world *world;
    struct peer *peer;
};

static int set_up(void **state)
{
    struct setting *setting = hone_alloc_zeroed(1, sizeof(*setting));
    char *skills = support_source_path("tests/data/skills/weather");
    setting->world = make_world(skills);
    free(skills);
    open_app(setting->world);
    setting->peer = peer_make(setting->world->app);
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

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

/* ---- handlers ---- */

static void reply_text(struct hone_exchange *exchange, const char *text)
{
    hone_exchange_reply_take(
        exchange, hone_mcp_tool_result(exchange->request.era, hone_span_text(text), NULL,
                                       NULL, false, &exchange->app->identity));
}

static const char *content_of(const struct hone_exchange *exchange, const char *key,
                              const char *member)
{
    const json_t *answer = hone_inputs_find(exchange, key);
    return json_string_value(json_object_get(json_object_get(answer, "content"), member));
}

/* Asks for a name and greets it. */
static void greet(struct hone_exchange *exchange)
{
    struct hone_jsonrpc_problem problem;
    if (hone_inputs_open(exchange, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return;
    }
    const json_t *answer = hone_inputs_find(exchange, "user_name");
    const char *name = content_of(exchange, "user_name", "name");
    if (answer == NULL) {
        hone_inputs_ask_take(exchange, json_pack("{s:o}", "user_name", parse(NAME_FORM)),
                             json_pack("{s:i}", "asked", 1));
    } else if (name == NULL) {
        reply_text(exchange, "Hello, whoever you are!");
    } else {
        char *text = hone_alloc_format("Hello, %s!", name);
        reply_text(exchange, text);
        free(text);
    }
}

/* Two rounds; at the end it needs the answers of both. */
static void two_rounds(struct hone_exchange *exchange)
{
    struct hone_jsonrpc_problem problem;
    if (hone_inputs_open(exchange, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return;
    }
    const char *first = content_of(exchange, "step1", "name");
    const char *second = content_of(exchange, "step2", "name");
    if (first == NULL) {
        hone_inputs_ask_take(exchange, json_pack("{s:o}", "step1", parse(NAME_FORM)),
                             json_integer(1));
    } else if (second == NULL) {
        assert_int_equal(1, json_integer_value(hone_inputs_state(exchange)));
        hone_inputs_ask_take(exchange, json_pack("{s:o}", "step2", parse(NAME_FORM)),
                             json_integer(2));
    } else {
        assert_int_equal(2, json_integer_value(hone_inputs_state(exchange)));
        char *text = hone_alloc_format("%s and %s", first, second);
        reply_text(exchange, text);
        free(text);
    }
}

static void ask_everything(struct hone_exchange *exchange)
{
    struct hone_jsonrpc_problem problem;
    if (hone_inputs_open(exchange, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return;
    }
    if (hone_inputs_find(exchange, "roots") != NULL &&
        hone_inputs_find(exchange, "sample") != NULL &&
        hone_inputs_find(exchange, "user_name") != NULL) {
        reply_text(exchange, "all there");
        return;
    }
    hone_inputs_ask_take(exchange,
                         json_pack("{s:o, s:{s:s}, s:{s:s, s:{s:[], s:i}}}", "user_name",
                                   parse(NAME_FORM), "roots", "method", "roots/list",
                                   "sample", "method", "sampling/createMessage", "params",
                                   "messages", "maxTokens", 5),
                         NULL);
}

static void ask_by_url(struct hone_exchange *exchange)
{
    if (hone_inputs_find(exchange, "login") != NULL) {
        reply_text(exchange, "thanks");
        return;
    }
    hone_inputs_ask_take(exchange,
                         parse("{\"login\":{\"method\":\"elicitation/create\",\"params\":"
                               "{\"mode\":\"url\",\"message\":\"m\",\"url\":\"https:"
                               "//example.com\"}}}"),
                         NULL);
}

static void remember_too_much(struct hone_exchange *exchange)
{
    char *text = hone_alloc_zeroed(1, 20001);
    memset(text, 'x', 20000);
    hone_inputs_ask_take(exchange, json_pack("{s:o}", "k", parse(NAME_FORM)),
                         json_string(text));
    free(text);
}

/* ---- modern ---- */

/* Asks once; the answer, a new reference. */
static json_t *first_round(struct setting *setting,
                           void (*handler)(struct hone_exchange *))
{
    peer_call(setting->peer, modern_request(1, "tools/call", ARGUMENTS, PEER_ELICITATION),
              handler);
    return peer_take(setting->peer);
}

/* The same request again, with these answers and the state of the answer before. */
static json_t *retry(struct setting *setting, void (*handler)(struct hone_exchange *),
                     const json_t *before, const char *responses)
{
    json_t *request = modern_request(2, "tools/call", ARGUMENTS, PEER_ELICITATION);
    json_t *params = json_object_get(request, "params");
    (void)json_object_set_new(params, "inputResponses", parse(responses));
    if (before != NULL) {
        (void)json_object_set(params, "requestState", at(before, "result/requestState"));
    }
    peer_call(setting->peer, request, handler);
    return peer_take(setting->peer);
}

static void a_modern_client_is_asked_and_repeats_the_request(void **state)
{
    struct setting *setting = *state;
    json_t *asked = first_round(setting, greet);
    assert_integer_at(asked, "id", 1);
    assert_text_at(asked, "result/resultType", "input_required");
    assert_text_at(asked, "result/inputRequests/user_name/method", "elicitation/create");
    assert_text_at(asked, "result/inputRequests/user_name/params/mode", "form");
    assert_text_at(asked, "result/_meta/io.modelcontextprotocol~serverInfo/name", "hone");
    assert_absent(asked, "result/ttlMs");
    json_t *answered = retry(setting, greet, asked, "{\"user_name\":" ANN "}");
    assert_integer_at(answered, "id", 2);
    assert_text_at(answered, "result/resultType", "complete");
    assert_text_at(answered, "result/content/0/text", "Hello, Ann!");
    json_decref(asked);
    json_decref(answered);
}

static void a_client_may_decline(void **state)
{
    struct setting *setting = *state;
    json_t *asked = first_round(setting, greet);
    json_t *answered =
        retry(setting, greet, asked, "{\"user_name\":{\"action\":\"decline\"}}");
    assert_text_at(answered, "result/content/0/text", "Hello, whoever you are!");
    json_decref(asked);
    json_decref(answered);
}

static void what_is_missing_is_asked_for_again(void **state)
{
    struct setting *setting = *state;
    json_t *asked = first_round(setting, greet);
    json_t *again = retry(setting, greet, asked, "{\"wrong_key\":" ANN "}");
    assert_text_at(again, "result/resultType", "input_required");
    assert_absent(again, "result/inputRequests/wrong_key");
    json_t *without_state = retry(setting, greet, NULL, "{\"wrong_key\":" ANN "}");
    assert_text_at(without_state, "result/resultType", "input_required");
    json_t *answered = retry(setting, greet, again, "{\"user_name\":" ANN "}");
    assert_text_at(answered, "result/content/0/text", "Hello, Ann!");
    json_decref(asked);
    json_decref(again);
    json_decref(without_state);
    json_decref(answered);
}

static void answers_to_what_was_not_asked_are_ignored(void **state)
{
    struct setting *setting = *state;
    json_t *asked = first_round(setting, greet);
    json_t *answered =
        retry(setting, greet, asked, "{\"user_name\":" ANN ",\"extra\":17,\"more\":{}}");
    assert_text_at(answered, "result/content/0/text", "Hello, Ann!");
    json_t *without_state =
        retry(setting, greet, NULL,
              "{\"user_name\":" ANN ",\"extra\":{\"action\":\"accept\"}}");
    assert_text_at(without_state, "result/content/0/text", "Hello, Ann!");
    json_decref(asked);
    json_decref(answered);
    json_decref(without_state);
}

static void answers_that_are_none_are_refused(void **state)
{
    static const struct {
        bool with_state;
        const char *responses, *why;
    } cases[] = {
        {true, "{\"user_name\":12345}", "user_name: it must be an object"},
        {false, "{\"user_name\":12345}", "user_name: it must be an object"},
        {true, "{\"user_name\":{\"action\":\"maybe\"}}", "action must be"},
        {true, "{\"user_name\":{\"action\":\"accept\",\"content\":{\"name\":5}}}",
         "/name"},
        {true, "{\"user_name\":{\"action\":\"accept\"}}", "name"},
        {true, "[]", "it must be an object"},
        {false, "null", "it must be an object"},
    };
    struct setting *setting = *state;
    json_t *asked = first_round(setting, greet);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *refused =
            retry(setting, greet, cases[i].with_state ? asked : NULL, cases[i].responses);
        assert_integer_at(refused, "error/code", -32602);
        assert_contains_at(refused, "error/message", cases[i].why);
        json_decref(refused);
    }
    json_decref(asked);
}

static void rounds_build_on_each_other(void **state)
{
    struct setting *setting = *state;
    json_t *first = first_round(setting, two_rounds);
    assert_non_null(at(first, "result/inputRequests/step1"));
    json_t *second = retry(setting, two_rounds, first, "{\"step1\":" ANN "}");
    assert_non_null(at(second, "result/inputRequests/step2"));
    assert_absent(second, "result/inputRequests/step1");
    assert_int_equal(0, json_equal(at(first, "result/requestState"),
                                   at(second, "result/requestState")));
    json_t *answered =
        retry(setting, two_rounds, second,
              "{\"step2\":{\"action\":\"accept\",\"content\":{\"name\":\"Bob\"}}}");
    assert_text_at(answered, "result/content/0/text", "Ann and Bob");
    json_decref(first);
    json_decref(second);
    json_decref(answered);
}

/* Takes the request, sends it with the state of the answer before, expects -32602. */
static void expect_state_refused(struct setting *setting, json_t *request,
                                 json_t *state_text, const char *why)
{
    json_t *params = json_object_get(request, "params");
    (void)json_object_set_new(params, "inputResponses", parse("{\"user_name\":" ANN "}"));
    (void)json_object_set_new(params, "requestState", state_text);
    peer_call(setting->peer, request, greet);
    json_t *refused = peer_take(setting->peer);
    assert_integer_at(refused, "error/code", -32602);
    assert_contains_at(refused, "error/message", why);
    json_decref(refused);
}

static void a_state_is_good_for_its_own_request_alone(void **state)
{
    struct setting *setting = *state;
    json_t *asked = first_round(setting, greet);
    json_t *text = at(asked, "result/requestState");
    char *tampered = hone_alloc_format("%s-TAMPERED", json_string_value(text));
    expect_state_refused(setting,
                         modern_request(2, "tools/call", ARGUMENTS, PEER_ELICITATION),
                         json_string(tampered), "requestState");
    expect_state_refused(setting,
                         modern_request(2, "tools/call", ARGUMENTS, PEER_ELICITATION),
                         json_integer(1), "requestState: it must be a string");
    expect_state_refused(setting,
                         modern_request(2, "tools/call",
                                        "\"name\":\"order\",\"arguments\":{\"n\":2}",
                                        PEER_ELICITATION),
                         json_incref(text), "requestState");
    set_principal(setting->peer, "somebody");
    expect_state_refused(setting,
                         modern_request(2, "tools/call", ARGUMENTS, PEER_ELICITATION),
                         json_incref(text), "requestState");
    free(tampered);
    json_decref(asked);
}

static void a_restart_does_not_break_a_round(void **state)
{
    struct setting *setting = *state;
    json_t *asked = first_round(setting, greet);
    peer_leave(setting->peer);
    close_app(setting->world);
    open_app(setting->world);
    setting->peer = peer_make(setting->world->app);
    json_t *answered = retry(setting, greet, asked, "{\"user_name\":" ANN "}");
    assert_text_at(answered, "result/content/0/text", "Hello, Ann!");
    json_decref(asked);
    json_decref(answered);
}

static void nobody_is_asked_for_what_was_not_declared(void **state)
{
    static const struct {
        const char *capabilities;
        void (*handler)(struct hone_exchange *);
        const char *required; /* as JSON */
    } cases[] = {
        {"", greet, "{\"elicitation\":{}}"},
        {"\"sampling\":{}", greet, "{\"elicitation\":{}}"},
        {"\"elicitation\":{\"url\":{}}", greet, "{\"elicitation\":{}}"},
        {"\"elicitation\":{}", ask_by_url, "{\"elicitation\":{\"url\":{}}}"},
        {"\"elicitation\":{}", ask_everything, "{\"roots\":{},\"sampling\":{}}"},
        {"\"roots\":{},\"sampling\":{}", ask_everything, "{\"elicitation\":{}}"},
    };
    struct setting *setting = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        peer_call(setting->peer,
                  modern_request(1, "tools/call", ARGUMENTS, cases[i].capabilities),
                  cases[i].handler);
        json_t *refused = peer_take(setting->peer);
        json_t *required = parse(cases[i].required);
        assert_integer_at(refused, "error/code", -32021);
        assert_true(
            json_equal(required, at(refused, "error/data/requiredCapabilities")) == 1);
        json_decref(required);
        json_decref(refused);
    }
}

static void a_state_that_is_too_large_is_refused(void **state)
{
    struct setting *setting = *state;
    json_t *refused = first_round(setting, remember_too_much);
    assert_integer_at(refused, "error/code", -32603);
    assert_contains_at(refused, "error/message", "larger than 16384 bytes");
    json_decref(refused);
}

/* ---- legacy ---- */

static json_t *legacy_first(struct setting *setting, const char *capabilities,
                            const char *method, void (*handler)(struct hone_exchange *))
{
    peer_initialize(setting->peer, capabilities);
    peer_call(setting->peer, legacy_request(1, method, ARGUMENTS), handler);
    return peer_take(setting->peer);
}

/* Answers the request that asked was; takes what is answered. */
static void answer_take(struct setting *setting, const json_t *asked, const char *member,
                        const char *value)
{
    peer_say_json(setting->peer, json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id",
                                           at(asked, "id"), member, parse(value)));
}

/* The client is told to ask its user no longer. */
static void expect_withdrawn(struct setting *setting, const json_t *asked)
{
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "method", "notifications/cancelled");
    assert_true(json_equal(at(asked, "id"), at(told, "params/requestId")) == 1);
    json_decref(told);
}

static void a_legacy_client_gets_a_request_of_ours(void **state)
{
    struct setting *setting = *state;
    json_t *asked = legacy_first(setting, PEER_ELICITATION, "tools/call", greet);
    assert_text_at(asked, "method", "elicitation/create");
    assert_text_at(asked, "params/message", "Who?");
    assert_absent(asked, "params/mode");
    assert_int_equal(0, peer_n_told(setting->peer));
    answer_take(setting, asked, "result", ANN);
    json_t *answered = peer_take(setting->peer);
    assert_integer_at(answered, "id", 1);
    assert_text_at(answered, "result/content/0/text", "Hello, Ann!");
    assert_absent(answered, "result/resultType");
    assert_absent(answered, "result/isError");
    json_decref(asked);
    json_decref(answered);
}

static void a_legacy_client_is_asked_in_rounds_too(void **state)
{
    struct setting *setting = *state;
    json_t *first = legacy_first(setting, PEER_ELICITATION, "tools/call", two_rounds);
    answer_take(setting, first, "result", ANN);
    json_t *second = peer_take(setting->peer);
    assert_int_equal(0, json_equal(at(first, "id"), at(second, "id")));
    answer_take(setting, second, "result", ANN);
    json_t *answered = peer_take(setting->peer);
    assert_text_at(answered, "result/content/0/text", "Ann and Ann");
    json_decref(first);
    json_decref(second);
    json_decref(answered);
}

static void several_requests_are_waited_for_in_any_order(void **state)
{
    static const struct {
        const char *method, *result;
    } answers[] = {
        {"sampling/createMessage",
         "{\"role\":\"assistant\",\"content\":{},\"model\":\"m\"}"},
        {"roots/list", "{\"roots\":[]}"},
        {"elicitation/create", ANN},
    };
    struct setting *setting = *state;
    json_t *asked[3] = {NULL, NULL, NULL};
    asked[0] = legacy_first(setting, PEER_ELICITATION ",\"sampling\":{},\"roots\":{}",
                            "tools/call", ask_everything);
    asked[1] = peer_take(setting->peer);
    asked[2] = peer_take(setting->peer);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(0, peer_n_told(setting->peer));
        for (size_t k = 0; k < 3; k++) {
            if (hone_span_is(hone_json_text(asked[k], "method"), answers[i].method)) {
                answer_take(setting, asked[k], "result", answers[i].result);
            }
        }
    }
    json_t *answered = peer_take(setting->peer);
    assert_text_at(answered, "result/content/0/text", "all there");
    json_decref(answered);
    for (size_t i = 0; i < 3; i++) {
        json_decref(asked[i]);
    }
}

static void a_legacy_client_that_refuses_gets_a_tools_error(void **state)
{
    static const struct {
        const char *member, *value, *why;
    } cases[] = {
        {"error", "{\"code\":-1,\"message\":\"User rejected it\"}", "User rejected it"},
        {"result", "{\"action\":\"accept\",\"content\":{\"name\":7}}", "/name"},
        {"result", "{}", "action must be"},
    };
    struct setting *setting = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *asked = legacy_first(setting, PEER_ELICITATION, "tools/call", greet);
        answer_take(setting, asked, cases[i].member, cases[i].value);
        json_t *answered = peer_take(setting->peer);
        assert_true(json_is_true(at(answered, "result/isError")));
        assert_contains_at(answered, "result/content/0/text", cases[i].why);
        json_decref(asked);
        json_decref(answered);
    }
    json_t *asked = legacy_first(setting, PEER_ELICITATION, "prompts/get", greet);
    answer_take(setting, asked, "error", "{\"code\":-1,\"message\":\"no\"}");
    json_t *answered = peer_take(setting->peer);
    assert_integer_at(answered, "error/code", -32603);
    json_decref(asked);
    json_decref(answered);
}

static void one_refusal_ends_the_round_and_the_other_answers_are_ignored(void **state)
{
    struct setting *setting = *state;
    json_t *asked =
        legacy_first(setting, PEER_ELICITATION ",\"sampling\":{},\"roots\":{}",
                     "tools/call", ask_everything);
    json_t *other = peer_take(setting->peer);
    json_t *third = peer_take(setting->peer);
    answer_take(setting, other, "error", "{\"code\":-1,\"message\":\"no\"}");
    expect_withdrawn(setting, asked);
    expect_withdrawn(setting, third);
    json_t *answered = peer_take(setting->peer);
    assert_true(json_is_true(at(answered, "result/isError")));
    answer_take(setting, asked, "result", ANN);
    answer_take(setting, third, "result", ANN);
    assert_int_equal(0, peer_n_told(setting->peer));
    assert_int_equal(0, setting->peer->session->n_asks);
    json_decref(asked);
    json_decref(other);
    json_decref(third);
    json_decref(answered);
}

static void an_undeclared_method_is_a_tools_error_for_a_legacy_client(void **state)
{
    struct setting *setting = *state;
    json_t *answered = legacy_first(setting, "\"roots\":{}", "tools/call", greet);
    assert_true(json_is_true(at(answered, "result/isError")));
    assert_contains_at(answered, "result/content/0/text", "elicitation");
    json_decref(answered);
}

static void a_url_gets_an_id_for_legacy_clients_only(void **state)
{
    const char *capability = "\"elicitation\":{\"url\":{}}";
    struct setting *setting = *state;
    json_t *asked = legacy_first(setting, capability, "tools/call", ask_by_url);
    assert_text_at(asked, "params/mode", "url");
    assert_int_equal(36, json_string_length(at(asked, "params/elicitationId")));
    answer_take(setting, asked, "result", "{\"action\":\"accept\"}");
    json_t *answered = peer_take(setting->peer);
    assert_text_at(answered, "result/content/0/text", "thanks");
    peer_call(setting->peer, modern_request(2, "tools/call", ARGUMENTS, capability),
              ask_by_url);
    json_t *modern = peer_take(setting->peer);
    assert_text_at(modern, "result/inputRequests/login/params/url",
                   "https://example.com");
    assert_absent(modern, "result/inputRequests/login/params/elicitationId");
    json_decref(asked);
    json_decref(answered);
    json_decref(modern);
}

static void a_cancelled_call_asks_no_more(void **state)
{
    struct setting *setting = *state;
    json_t *asked = legacy_first(setting, PEER_ELICITATION, "tools/call", greet);
    peer_say(setting->peer, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                            "\"params\":{\"requestId\":1}}");
    expect_withdrawn(setting, asked);
    assert_int_equal(0, setting->peer->session->n_asks);
    assert_int_equal(0, setting->world->app->n_exchanges);
    answer_take(setting, asked, "result", ANN);
    assert_int_equal(0, peer_n_told(setting->peer));
    json_decref(asked);
}

static void a_client_that_leaves_while_it_is_asked_costs_nothing(void **state)
{
    struct setting *setting = *state;
    json_t *asked = legacy_first(setting, PEER_ELICITATION, "tools/call", greet);
    peer_leave(setting->peer);
    setting->peer = NULL;
    assert_int_equal(0, setting->world->app->n_exchanges);
    json_decref(asked);
}

static void a_session_has_so_many_questions_at_most(void **state)
{
    struct setting *setting = *state;
    peer_initialize(setting->peer, PEER_ELICITATION);
    for (int i = 0; i < HONE_SESSION_ASKS_MAX; i++) {
        peer_call(setting->peer, legacy_request(i + 1, "tools/call", ARGUMENTS), greet);
    }
    assert_int_equal(HONE_SESSION_ASKS_MAX, peer_n_told(setting->peer));
    json_array_clear(setting->peer->told);
    peer_call(setting->peer, legacy_request(1000, "tools/call", ARGUMENTS), greet);
    json_t *answered = peer_take(setting->peer);
    assert_integer_at(answered, "id", 1000);
    assert_true(json_is_true(at(answered, "result/isError")));
    json_decref(answered);
}

static size_t arena_bytes;

/* Never has enough. */
static void ask_again(struct hone_exchange *exchange)
{
    json_t *requests = json_pack("{s:o}", "user_name", parse(NAME_FORM));
    hone_inputs_ask_take(exchange, requests, NULL);
    arena_bytes = exchange->arena.total_bytes;
}

static void rounds_without_end_cost_no_memory(void **state)
{
    struct setting *setting = *state;
    size_t after_first = 0;
    peer_initialize(setting->peer, PEER_ELICITATION);
    peer_call(setting->peer, legacy_request(1, "tools/call", ARGUMENTS), ask_again);
    after_first = arena_bytes;
    for (int i = 0; i < 100; i++) {
        json_t *asked = peer_take(setting->peer);
        answer_take(setting, asked, "result", ANN);
        json_decref(asked);
    }
    assert_int_equal(arena_bytes, after_first);
}

static void leave_when_told(struct hone_channel *channel, struct hone_exchange *exchange,
                            struct hone_span body)
{
    (void)exchange;
    (void)body;
    peer_leave(channel->owner);
}

static void a_client_that_leaves_between_two_questions_costs_nothing(void **state)
{
    static const struct hone_channel_carrier leaving = {
        .name = "peer", .reply = peer_hear_answer, .send = leave_when_told};
    struct setting *setting = *state;
    peer_initialize(setting->peer, PEER_ELICITATION ",\"sampling\":{},\"roots\":{}");
    setting->peer->channel->carrier = &leaving;
    peer_call(setting->peer, legacy_request(1, "tools/call", ARGUMENTS), ask_everything);
    setting->peer = NULL;
    assert_int_equal(0, setting->world->app->n_exchanges);
}

static void a_client_that_says_nothing_more_has_refused(void **state)
{
    struct setting *setting = *state;
    peer_initialize(setting->peer, PEER_ELICITATION);
    peer_call(setting->peer, legacy_request(1, "tools/call", ARGUMENTS), greet);
    json_decref(peer_take(setting->peer));
    hone_session_refuse_asks(setting->peer->session, "it says nothing more");
    json_t *answer = peer_take(setting->peer);
    assert_contains_at(answer, "result/content/0/text", "it says nothing more");
    assert_true(json_is_true(at(answer, "result/isError")));
    json_decref(answer);
    assert_int_equal(0, setting->world->app->n_exchanges);
}

/* Answers that a relay brings from the time of another process fit nothing here. */
static void questions_of_two_sessions_have_ids_of_their_own(void **state)
{
    struct setting *setting = *state;
    struct peer *other = peer_make(setting->world->app);
    peer_initialize(setting->peer, PEER_ELICITATION);
    peer_initialize(other, PEER_ELICITATION);
    peer_call(setting->peer, legacy_request(1, "tools/call", ARGUMENTS), greet);
    peer_call(other, legacy_request(1, "tools/call", ARGUMENTS), greet);
    json_t *asked = peer_take(setting->peer);
    json_t *other_asked = peer_take(other);
    assert_false(json_equal(at(asked, "id"), at(other_asked, "id")));
    json_decref(asked);
    json_decref(other_asked);
    peer_leave(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_modern_client_is_asked_and_repeats_the_request),
        TEST(a_client_may_decline),
        TEST(what_is_missing_is_asked_for_again),
        TEST(answers_to_what_was_not_asked_are_ignored),
        TEST(answers_that_are_none_are_refused),
        TEST(rounds_build_on_each_other),
        TEST(a_state_is_good_for_its_own_request_alone),
        TEST(a_restart_does_not_break_a_round),
        TEST(nobody_is_asked_for_what_was_not_declared),
        TEST(a_state_that_is_too_large_is_refused),
        TEST(a_legacy_client_gets_a_request_of_ours),
        TEST(a_legacy_client_is_asked_in_rounds_too),
        TEST(several_requests_are_waited_for_in_any_order),
        TEST(a_legacy_client_that_refuses_gets_a_tools_error),
        TEST(one_refusal_ends_the_round_and_the_other_answers_are_ignored),
        TEST(an_undeclared_method_is_a_tools_error_for_a_legacy_client),
        TEST(a_url_gets_an_id_for_legacy_clients_only),
        TEST(a_cancelled_call_asks_no_more),
        TEST(a_client_that_leaves_while_it_is_asked_costs_nothing),
        TEST(a_session_has_so_many_questions_at_most),
        TEST(questions_of_two_sessions_have_ids_of_their_own),
        TEST(rounds_without_end_cost_no_memory),
        TEST(a_client_that_leaves_between_two_questions_costs_nothing),
        TEST(a_client_that_says_nothing_more_has_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
