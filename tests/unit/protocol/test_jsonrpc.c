#include "tests/support/support.h"

#include "base/arena.h"
#include "protocol/jsonrpc.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    struct hone_arena arena;
    struct hone_jsonrpc_message message;
    struct hone_jsonrpc_problem problem;
};

static int setup(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof(fixture));
    hone_arena_init(&fixture.arena, 100000);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    hone_jsonrpc_finish(&fixture->message);
    hone_arena_finish(&fixture->arena);
    return 0;
}

static int parse(struct fixture *fixture, const char *text)
{
    hone_jsonrpc_finish(&fixture->message);
    return hone_jsonrpc_parse(&fixture->message, hone_span_text(text), &fixture->arena,
                              &fixture->problem);
}

static void reads_requests(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(parse(fixture,
                           "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/list\","
                           "\"params\":{\"cursor\":\"\"}}"),
                     0);
    assert_int_equal(fixture->message.kind, HONE_JSONRPC_REQUEST);
    assert_true(hone_span_is(fixture->message.id, "7"));
    assert_true(hone_span_is(fixture->message.method, "tools/list"));
    assert_int_equal(json_object_size(hone_jsonrpc_params(&fixture->message)), 1);
}

static void reads_params_in_place(void **state)
{
    struct fixture *fixture = *state;
    struct hone_jsonrpc_message *message = &fixture->message;
    assert_int_equal(
        parse(fixture, "{\"params\":{\"name\":\"tri\\u0061ge\",\"arguments\":{\"n\":[1]},"
                       "\"plain\":\"x\",\"n\":5},\"method\":\"tools\\/call\","
                       "\"i\\u0064\":1,\"jsonrpc\":\"2.\\u0030\"}"),
        0);
    assert_true(hone_span_is(message->id, "1"));
    assert_true(hone_span_is(message->method, "tools/call"));
    assert_true(hone_span_is(hone_jsonrpc_param(message, "n"), "5"));
    assert_true(hone_span_is(hone_jsonrpc_param(message, "name"), "\"tri\\u0061ge\""));
    assert_true(hone_span_is(hone_jsonrpc_param_text(message, "name"), "triage"));
    assert_true(hone_span_is(hone_jsonrpc_param_text(message, "plain"), "x"));
    assert_null(hone_jsonrpc_param_text(message, "n").data);
    assert_null(hone_jsonrpc_param_text(message, "none").data);
    assert_int_equal(hone_jsonrpc_param(message, "none").len, 0);
    assert_int_equal(message->n_values, 0);
    struct hone_span arguments = hone_jsonrpc_param(message, "arguments");
    json_t *value = hone_jsonrpc_value(message, arguments);
    assert_int_equal(json_object_size(value), 1);
    assert_ptr_equal(hone_jsonrpc_value(message, arguments), value);
    assert_int_equal(json_object_size(hone_jsonrpc_params(message)), 4);
    assert_int_equal(message->n_values, 2);
    assert_null(hone_jsonrpc_value(message, hone_span_of(NULL, 0)));
}

/* More keys than the scan compares, or keys with escapes. */
static void judges_odd_keys_as_all_others(void **state)
{
    struct fixture *fixture = *state;
    static const char *const lasts[] = {"\"last\"", "\"k7\"", "\"k\\u0037\""};
    for (size_t i = 0; i < 3; i++) {
        char text[4000] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{";
        for (int key = 0; key < 150; key++) {
            (void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
                           "\"k%d\":%d,", key, key);
        }
        strcat(text, lasts[i]);
        strcat(text, ":\"x\"}}");
        assert_int_equal(parse(fixture, text), i == 0 ? 0 : -1);
        if (i == 0) {
            assert_true(
                hone_span_is(hone_jsonrpc_param(&fixture->message, "last"), "\"x\""));
        } else {
            assert_int_equal(fixture->problem.code, HONE_RPC_PARSE_ERROR);
            assert_non_null(strstr(fixture->problem.message, "line 1"));
        }
    }
}

static void reads_notifications(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        parse(fixture, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"),
        0);
    assert_int_equal(fixture->message.kind, HONE_JSONRPC_NOTIFICATION);
    assert_int_equal(fixture->message.id.len, 0);
    assert_int_equal(fixture->message.params.len, 0);
    assert_null(hone_jsonrpc_params(&fixture->message));
}

static void reads_responses(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(parse(fixture, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}"),
                     0);
    assert_int_equal(fixture->message.kind, HONE_JSONRPC_RESPONSE);
    assert_true(hone_span_is(fixture->message.id, "\"a\""));
    assert_int_equal(parse(fixture,
                           "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1,"
                           "\"message\":\"x\"}}"),
                     0);
    assert_int_equal(fixture->message.kind, HONE_JSONRPC_RESPONSE);
}

static void takes_null_params_for_none(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        parse(fixture,
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":null}"),
        0);
    assert_int_equal(fixture->message.params.len, 0);
    assert_null(hone_jsonrpc_params(&fixture->message));
}

static void echoes_ids_faithfully(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *sent, *echoed;
    } rows[] = {
        {"0", "0"},
        {"-5", "-5"},
        {"9223372036854775807", "9223372036854775807"},
        {"\"listen:0\"", "\"listen:0\""},
        {"\"\"", "\"\""},
        {"\"7\"", "\"7\""},
        {"\"a\\\"b\\\\c\\n\\u00e9\\u0001\"", "\"a\\\"b\\\\c\\n\\u00e9\\u0001\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[200];
        (void)snprintf(text, sizeof(text),
                       "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}",
                       rows[i].sent);
        assert_int_equal(parse(fixture, text), 0);
        assert_int_equal(fixture->message.kind, HONE_JSONRPC_REQUEST);
        assert_true(hone_span_is(fixture->message.id, rows[i].echoed));
    }
}

static void refuses_what_is_not_a_message(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text;
        int code;
        const char *id;
    } rows[] = {
        {"", HONE_RPC_PARSE_ERROR, "null"},
        {"{", HONE_RPC_PARSE_ERROR, "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"} x", HONE_RPC_PARSE_ERROR,
         "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"a\"}", HONE_RPC_PARSE_ERROR,
         "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", HONE_RPC_PARSE_ERROR,
         "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\\u0000b\"}", HONE_RPC_PARSE_ERROR,
         "1"},
        {"{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0000b\",\"method\":\"a\"}",
         HONE_RPC_PARSE_ERROR, "null"},
        {"[]", HONE_RPC_INVALID_REQUEST, "null"},
        {"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}]", HONE_RPC_INVALID_REQUEST,
         "null"},
        {"5", HONE_RPC_INVALID_REQUEST, "null"},
        {"null", HONE_RPC_INVALID_REQUEST, "null"},
        {"{}", HONE_RPC_INVALID_REQUEST, "null"},
        {"{\"id\":1,\"method\":\"a\"}", HONE_RPC_INVALID_REQUEST, "1"},
        {"{\"jsonrpc\":\"1.0\",\"id\":\"x\",\"method\":\"a\"}", HONE_RPC_INVALID_REQUEST,
         "\"x\""},
        {"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"a\"}", HONE_RPC_INVALID_REQUEST, "1"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1}", HONE_RPC_INVALID_REQUEST, "1"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}", HONE_RPC_INVALID_REQUEST, "1"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":null}", HONE_RPC_INVALID_REQUEST, "1"},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"a\"}", HONE_RPC_INVALID_REQUEST,
         "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"a\"}", HONE_RPC_INVALID_REQUEST,
         "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"a\"}", HONE_RPC_INVALID_REQUEST,
         "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"a\"}", HONE_RPC_INVALID_REQUEST,
         "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":9223372036854775808,\"method\":\"a\"}",
         HONE_RPC_INVALID_REQUEST, "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1,\"error\":{}}",
         HONE_RPC_INVALID_REQUEST, "1"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":1}", HONE_RPC_INVALID_REQUEST, "1"},
        {"{\"jsonrpc\":\"2.0\",\"result\":1}", HONE_RPC_INVALID_REQUEST, "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":1}", HONE_RPC_INVALID_REQUEST,
         "null"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":[1]}",
         HONE_RPC_INVALID_PARAMS, "1"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":\"x\"}",
         HONE_RPC_INVALID_PARAMS, "1"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int code = parse(fixture, rows[i].text);
        if (code != -1 || fixture->problem.code != rows[i].code ||
            fixture->problem.http_status != 400 || fixture->problem.data != NULL ||
            !hone_span_is(fixture->problem.id, rows[i].id)) {
            fail_msg("%s: %d, %d \"%s\"", rows[i].text, code, fixture->problem.code,
                     fixture->problem.message);
        }
    }
}

static void refuses_depth_and_length_beyond_the_limits(void **state)
{
    struct fixture *fixture = *state;
    char text[4000] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"a\":";
    memset(text + strlen(text), '[', 1000);
    assert_int_equal(parse(fixture, text), -1);
    assert_int_equal(fixture->problem.code, HONE_RPC_INVALID_REQUEST);
    memset(text, 0, sizeof(text));
    strcpy(text, "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":\"");
    memset(text + strlen(text), 'x', HONE_JSONRPC_ID_BYTES_MAX);
    strcat(text, "\"}");
    assert_int_equal(parse(fixture, text), -1);
    assert_int_equal(fixture->problem.code, HONE_RPC_INVALID_REQUEST);
    assert_true(hone_span_is(fixture->problem.id, "null"));
}

static void says_so_when_the_arena_is_full(void **state)
{
    struct fixture *fixture = *state;
    hone_arena_finish(&fixture->arena);
    hone_arena_init(&fixture->arena, 1);
    assert_int_equal(
        parse(fixture, "{\"jsonrpc\":\"2.0\",\"id\":12345,\"method\":\"a\"}"), -1);
    assert_int_equal(fixture->problem.code, HONE_RPC_INTERNAL);
}

static void keeps_problems_printable(void **state)
{
    struct fixture *fixture = *state;
    char text[1000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    memcpy(text + 509, "\xf0\x9f\x98\x80", 4);
    text[3] = '\n';
    text[5] = '\xff';
    hone_jsonrpc_problem_set(&fixture->problem, HONE_RPC_INTERNAL, 200, "%s", text);
    assert_int_equal(strlen(fixture->problem.message), 509);
    assert_memory_equal(fixture->problem.message, "aaa a?aa", 8);
}

static void writes_messages(void **state)
{
    struct fixture *fixture = *state;
    struct hone_buf buf;
    json_t *result = json_pack("{s:i}", "a", 1);
    hone_buf_init(&buf, 1000);
    assert_int_equal(hone_jsonrpc_write_result(&buf, hone_span_text("\"x\""), result), 0);
    assert_string_equal(buf.data,
                        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"a\":1}}");
    hone_buf_clear(&buf);
    assert_int_equal(
        hone_jsonrpc_write_result_text(&buf, hone_span_text("3"), hone_span_text("{}")),
        0);
    assert_string_equal(buf.data, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}");
    hone_buf_clear(&buf);
    hone_jsonrpc_problem_set(&fixture->problem, -32601, 404, "no \"%s\"", "x");
    fixture->problem.data = result;
    assert_int_equal(hone_jsonrpc_write_problem(&buf, &fixture->problem), 0);
    assert_string_equal(buf.data,
                        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32601,"
                        "\"message\":\"no \\\"x\\\"\",\"data\":{\"a\":1}}}");
    hone_buf_clear(&buf);
    assert_int_equal(hone_jsonrpc_write_request(&buf, hone_span_text("1"), "m", result),
                     0);
    assert_string_equal(
        buf.data, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"a\":1}}");
    hone_buf_clear(&buf);
    assert_int_equal(hone_jsonrpc_write_request(&buf, hone_span_of(NULL, 0), "m", NULL),
                     0);
    assert_string_equal(buf.data, "{\"jsonrpc\":\"2.0\",\"method\":\"m\"}");
    hone_buf_finish(&buf);
    json_decref(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_params_in_place, setup, teardown),
        cmocka_unit_test_setup_teardown(judges_odd_keys_as_all_others, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_notifications, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_responses, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_null_params_for_none, setup, teardown),
        cmocka_unit_test_setup_teardown(echoes_ids_faithfully, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_not_a_message, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_depth_and_length_beyond_the_limits, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(says_so_when_the_arena_is_full, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_problems_printable, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_messages, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
