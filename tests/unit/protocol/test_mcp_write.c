/* What is written straight away is what the results made of values would be. */
#include "tests/support/support.h"

#include "base/arena.h"
#include "protocol/mcp_write.h"
#include "schema/json.h"

#include <stdlib.h>
#include <string.h>

static const struct hone_mcp_server server = {
    .name = "hone",
    .title = "Hone \"x\"",
    .version = "1.2",
    .description = "learns",
    .instructions = "Say how it went.",
    .website = "https://example.org",
};

struct fixture {
    struct hone_mcp_writer writer;
    struct hone_jsonrpc_message message;
    struct hone_mcp_request request;
    struct hone_buf written, expected;
};

static int setup(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof(fixture));
    hone_mcp_write_init(&fixture.writer, &server);
    fixture.message.id = hone_span_text("\"a\\u0062\"");
    fixture.request.message = &fixture.message;
    hone_buf_init(&fixture.written, 100000);
    hone_buf_init(&fixture.expected, 100000);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    hone_mcp_write_finish(&fixture->writer);
    hone_buf_finish(&fixture->written);
    hone_buf_finish(&fixture->expected);
    return 0;
}

static json_t *value_of(const char *text)
{
    json_t *value = NULL;
    struct hone_error err = {0};
    if (text != NULL) {
        support_ok(hone_json_parse(&value, hone_span_text(text), &err), &err);
    }
    return value;
}

struct row {
    const char *text, *note, *object, *members, *meta;
    bool is_error;
    /* What the whole of it is, for results made of values. */
    const char *all_text, *all_object, *all_meta;
};

static void expect_same(struct fixture *fixture, const struct row *row)
{
    json_t *object = value_of(row->all_object);
    json_t *meta = value_of(row->all_meta);
    json_t *result =
        hone_mcp_tool_result(fixture->request.era, hone_span_text(row->all_text), object,
                             meta, row->is_error, &server);
    struct hone_mcp_answer answer = {
        .text = hone_span_text(row->text),
        .note = hone_span_text(row->note),
        .structured = hone_span_text(row->object),
        .members = hone_span_text(row->members),
        .meta = hone_span_text(row->meta),
        .is_error = row->is_error,
    };
    hone_buf_clear(&fixture->written);
    hone_buf_clear(&fixture->expected);
    assert_int_equal(
        hone_jsonrpc_write_result(&fixture->expected, fixture->message.id, result), 0);
    assert_int_equal(hone_mcp_write_tool_result(&fixture->written, &fixture->writer,
                                                &fixture->request, &answer),
                     0);
    assert_string_equal(fixture->written.data, fixture->expected.data);
    json_decref(object);
    json_decref(meta);
    json_decref(result);
}

static void tool_results_are_those_made_of_values(void **state)
{
    struct fixture *fixture = *state;
    static const struct row rows[] = {
        {.text = "plain", .all_text = "plain"},
        {.text = "", .all_text = ""},
        {.text = "a \"b\"\n", .note = "more\t\x01", .all_text = "a \"b\"\nmore\t\x01"},
        {.text = "caf\xc3\xa9", .all_text = "caf\xc3\xa9"},
        {.text = "a\xff\nb", .all_text = "a\xff\nb"},
        {.text = "x", .object = "{}", .all_text = "x", .all_object = "{}"},
        {.text = "x",
         .object = "{\"a\":[1,{}]}",
         .all_text = "x",
         .all_object = "{\"a\":[1,{}]}"},
        {.text = "x",
         .object = "{}",
         .members = "\"b\":2",
         .all_text = "x",
         .all_object = "{\"b\":2}"},
        {.text = "x",
         .object = "{\"a\":1}",
         .members = "\"b\":2,\"c\":3",
         .meta = "\"m\":1,\"n\":2",
         .all_text = "x",
         .all_object = "{\"a\":1,\"b\":2,\"c\":3}",
         .all_meta = "{\"m\":1,\"n\":2}"},
        {.text = "x",
         .object = "{\"a\":1}",
         .meta = "\"m\":1",
         .is_error = true,
         .all_text = "x",
         .all_object = "{\"a\":1}",
         .all_meta = "{\"m\":1}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fixture->request.era = HONE_MCP_ERA_LEGACY;
        expect_same(fixture, &rows[i]);
        fixture->request.era = HONE_MCP_ERA_MODERN;
        expect_same(fixture, &rows[i]);
    }
}

static void empty_results_know_their_era(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(hone_mcp_write_empty_result(&fixture->written, &fixture->writer,
                                                 &fixture->request),
                     0);
    assert_string_equal(fixture->written.data,
                        "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0062\",\"result\":{}}");
    hone_buf_clear(&fixture->written);
    fixture->request.era = HONE_MCP_ERA_MODERN;
    assert_int_equal(hone_mcp_write_empty_result(&fixture->written, &fixture->writer,
                                                 &fixture->request),
                     0);
    assert_string_equal(
        fixture->written.data,
        "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0062\",\"result\":{\"resultType\":"
        "\"complete\","
        "\"_meta\":{\"io.modelcontextprotocol/serverInfo\":{\"name\":\"hone\",\"title\":"
        "\"Hone "
        "\\\"x\\\"\",\"version\":\"1.2\",\"description\":\"learns\",\"websiteUrl\":"
        "\"https://example.org\"}}}}");
}

static void text_of_any_bytes_makes_a_valid_string(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text, *written;
    } rows[] = {
        {"a\"\xc3\xa9\\", "\"text\":\"a\\\"\xc3\xa9\\\\\"}]"},
        {"a\n\xffz", "\"text\":\"a ?z\"}]"},
        {"", "\"text\":\"\"}]"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hone_mcp_answer answer = {.text = hone_span_text(rows[i].text)};
        hone_buf_clear(&fixture->written);
        assert_int_equal(hone_mcp_write_tool_result(&fixture->written, &fixture->writer,
                                                    &fixture->request, &answer),
                         0);
        assert_non_null(strstr(fixture->written.data, rows[i].written));
    }
}

static void a_full_buffer_says_so(void **state)
{
    struct fixture *fixture = *state;
    struct hone_mcp_answer answer = {.text = hone_span_text("some text")};
    struct hone_buf small;
    hone_buf_init(&small, 70);
    assert_int_equal(
        hone_mcp_write_tool_result(&small, &fixture->writer, &fixture->request, &answer),
        HONE_E_LIMIT);
    hone_buf_finish(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tool_results_are_those_made_of_values, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(empty_results_know_their_era, setup, teardown),
        cmocka_unit_test_setup_teardown(text_of_any_bytes_makes_a_valid_string, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_full_buffer_says_so, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
