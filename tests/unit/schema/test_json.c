#include "tests/support/support.h"

#include "schema/json.h"

#include <stdlib.h>
#include <string.h>

static int parse_code(const char *text)
{
    json_t *value = NULL;
    struct hone_error err = {.code = 0};
    int code = hone_json_parse(&value, hone_span_text(text), &err);
    assert_true((code == 0) == (value != NULL));
    assert_true((code == 0) == (err.message[0] == '\0'));
    json_decref(value);
    return code;
}

static void accepts_one_value_and_white_space(void **state)
{
    (void)state;
    assert_int_equal(parse_code(" {\"a\":[1,2.5,true,null,\"x\"]} \r\n"), 0);
    assert_int_equal(parse_code("5"), 0);
    assert_int_equal(parse_code("\"\\ud83d\\ude00\""), 0);
    assert_int_equal(parse_code("9223372036854775807"), 0);
    assert_int_equal(parse_code("-9223372036854775808"), 0);
}

static void refuses_what_is_not_strict_json(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "1 2",
        "{\"a\":1}x",
        "'a'",
        "nul",
        "NaN",
        "[1 2]",
        "\"\\x\"",
        "\"a\nb\"",
        "\"\\u0000\"",
        "{\"\\u0000\":1}",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "{\"a\":1,\"a\":2}",
        "+1",
        "// x\n1",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (parse_code(texts[i]) != HONE_E_INVALID) {
            fail_msg("not refused: %s", texts[i]);
        }
    }
}

static void refuses_a_nul_byte(void **state)
{
    (void)state;
    json_t *value = NULL;
    struct hone_error err;
    static const char text[] = "{\"a\":\"x\0y\"}";
    static const char behind[] = "{}\0";
    assert_int_equal(hone_json_parse(&value, hone_span_of(text, sizeof(text) - 1), &err),
                     HONE_E_INVALID);
    assert_int_equal(
        hone_json_parse(&value, hone_span_of(behind, sizeof(behind) - 1), &err),
        HONE_E_INVALID);
}

static void refuses_numbers_that_do_not_fit(void **state)
{
    (void)state;
    assert_int_equal(parse_code("9223372036854775808"), HONE_E_LIMIT);
    assert_int_equal(parse_code("[-9223372036854775809]"), HONE_E_LIMIT);
    assert_int_equal(parse_code("1e999"), HONE_E_LIMIT);
}

static char *nested(size_t depth)
{
    char *text = calloc(2 * depth + 1, 1);
    assert_non_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return text;
}

static void bounds_the_depth(void **state)
{
    (void)state;
    char *deep = nested(HONE_JSON_DEPTH_MAX), *deeper = nested(HONE_JSON_DEPTH_MAX + 1);
    char *abyss = nested(1000000);
    assert_int_equal(parse_code(deep), 0);
    assert_int_equal(parse_code(deeper), HONE_E_LIMIT);
    assert_int_equal(parse_code(abyss), HONE_E_LIMIT);
    free(deep);
    free(deeper);
    free(abyss);
}

static void does_not_count_brackets_in_strings(void **state)
{
    (void)state;
    char text[300] = "\"\\\"";
    memset(text + strlen(text), '[', 200);
    strcat(text, "\"");
    assert_int_equal(parse_code(text), 0);
}

static void says_where_a_text_is_wrong(void **state)
{
    (void)state;
    json_t *value = NULL;
    struct hone_error err;
    assert_int_equal(hone_json_parse(&value, hone_span_text("{\n  \"a\": x}"), &err),
                     HONE_E_INVALID);
    assert_non_null(strstr(err.message, "line 2"));
    char *deep = nested(HONE_JSON_DEPTH_MAX + 1);
    assert_int_equal(hone_json_parse(&value, hone_span_text(deep), &err), HONE_E_LIMIT);
    assert_non_null(strstr(err.message, "line 1, column 65"));
    free(deep);
}

/* Parses text and writes it again. */
static void check_written(const char *text, const char *expected, bool canonical)
{
    json_t *value = NULL;
    struct hone_error err;
    struct hone_buf buf;
    support_ok(hone_json_parse(&value, hone_span_text(text), &err), &err);
    hone_buf_init(&buf, 100000);
    assert_int_equal(canonical ? hone_json_append_canonical(&buf, value)
                               : hone_json_append(&buf, value),
                     0);
    assert_string_equal(buf.data, expected);
    hone_buf_finish(&buf);
    json_decref(value);
}

static void writes_compactly_in_order(void **state)
{
    (void)state;
    check_written(" { \"b\" : [ 1 , -2 ] , \"a\" : { } , \"c\" : [ ] } ",
                  "{\"b\":[1,-2],\"a\":{},\"c\":[]}", false);
    check_written("[true,false,null,\"\"]", "[true,false,null,\"\"]", false);
}

static void writes_equal_objects_equally(void **state)
{
    (void)state;
    check_written("{\"b\":1,\"a\":{\"d\":2,\"c\":3},\"ab\":[{\"z\":0,\"y\":1}]}",
                  "{\"a\":{\"c\":3,\"d\":2},\"ab\":[{\"y\":1,\"z\":0}],\"b\":1}", true);
    check_written("{}", "{}", true);
}

static void writes_reals_with_few_digits(void **state)
{
    (void)state;
    check_written("[0.1,0.93,1.0,-0.0,1e300,2.5e-8,0.30000000000000004]",
                  "[0.1,0.93,1.0,-0.0,1e+300,2.5e-08,0.30000000000000004]", false);
}

/* printf's digits with as few of them as read back. */
static void expect_real(double value)
{
    char expected[40];
    struct hone_buf buf;
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(expected, sizeof(expected), "%.*g", digits, value);
        if (memcmp(&(double){strtod(expected, NULL)}, &value, sizeof(value)) == 0) {
            break;
        }
    }
    if (strpbrk(expected, ".e") == NULL) {
        strcat(expected, ".0");
    }
    hone_buf_init(&buf, 100);
    assert_int_equal(hone_json_append_real(&buf, value), 0);
    assert_string_equal(buf.data, expected);
    hone_buf_finish(&buf);
}

static void writes_reals_with_few_decimals_as_all_others(void **state)
{
    (void)state;
    for (int i = -100; i <= 10100; i++) {
        expect_real(i / 10000.0);
        expect_real(i / 10000.0 + 123456.0);
        expect_real(i / 3.0);
        expect_real(i * 1234567.89);
        expect_real(9999999999.0 + i / 16.0);
    }
}

static void writes_long_text_as_it_is(void **state)
{
    (void)state;
    for (size_t at = 0; at < 40; at++) {
        static const char specials[] = {'"', '\\', '\n', '\x1f', '\x7f', '\xc3'};
        for (size_t i = 0; i < sizeof(specials); i++) {
            char text[42], expected[60], escape[8] = "";
            struct hone_buf buf;
            memset(text, 'a', sizeof(text));
            text[at] = specials[i];
            if (specials[i] == '"' || specials[i] == '\\') {
                (void)snprintf(escape, sizeof(escape), "\\%c", specials[i]);
            } else if (specials[i] == '\n' || specials[i] == '\x1f') {
                strcpy(escape, specials[i] == '\n' ? "\\n" : "\\u001f");
            } else {
                escape[0] = specials[i];
            }
            (void)snprintf(expected, sizeof(expected), "%.*s%s%.*s", (int)at, text,
                           escape, (int)(41 - at), text + at + 1);
            hone_buf_init(&buf, 100);
            assert_int_equal(hone_json_append_escaped(&buf, hone_span_of(text, 42)), 0);
            assert_string_equal(buf.data, expected);
            hone_buf_finish(&buf);
        }
    }
}

static void refuses_nul_bytes_also_behind_numbers(void **state)
{
    (void)state;
    json_t *value = NULL;
    struct hone_error err;
    assert_int_equal(hone_json_parse(&value, hone_span_of("[1\0]", 4), &err),
                     HONE_E_INVALID);
    assert_non_null(strstr(err.message, "column 3"));
    assert_int_equal(hone_json_parse(&value, hone_span_of("3\0", 2), &err),
                     HONE_E_INVALID);
}

static void escapes_only_what_it_must(void **state)
{
    (void)state;
    check_written("\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\\\/\\u00e9\\u007f\"",
                  "\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\/\xc3\xa9\x7f\"", false);
}

static void stops_at_the_ceiling_of_the_buffer(void **state)
{
    (void)state;
    struct hone_buf buf;
    json_t *value = json_pack("[s,s]", "aaaaaaaaaa", "bbbbbbbbbb");
    hone_buf_init(&buf, 20);
    assert_int_equal(hone_json_append(&buf, value), HONE_E_LIMIT);
    assert_true(buf.len <= 20);
    hone_buf_finish(&buf);
    json_decref(value);
}

static void refuses_to_write_the_abyss(void **state)
{
    (void)state;
    struct hone_buf buf;
    json_t *value = json_array();
    for (int i = 0; i < 1000; i++) {
        value = json_pack("[o]", value);
    }
    hone_buf_init(&buf, 100000);
    assert_int_equal(hone_json_append(&buf, value), HONE_E_LIMIT);
    hone_buf_finish(&buf);
    json_decref(value);
}

static void finds_text_members(void **state)
{
    (void)state;
    json_t *value = json_pack("{s:s,s:i}", "a", "x", "b", 1);
    assert_true(hone_span_is(hone_json_text(value, "a"), "x"));
    assert_int_equal(hone_json_text(value, "b").len, 0);
    assert_null(hone_json_text(value, "c").data);
    assert_null(hone_json_text(NULL, "c").data);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_one_value_and_white_space),
        cmocka_unit_test(refuses_what_is_not_strict_json),
        cmocka_unit_test(refuses_a_nul_byte),
        cmocka_unit_test(refuses_numbers_that_do_not_fit),
        cmocka_unit_test(bounds_the_depth),
        cmocka_unit_test(does_not_count_brackets_in_strings),
        cmocka_unit_test(says_where_a_text_is_wrong),
        cmocka_unit_test(writes_compactly_in_order),
        cmocka_unit_test(writes_equal_objects_equally),
        cmocka_unit_test(writes_reals_with_few_digits),
        cmocka_unit_test(writes_reals_with_few_decimals_as_all_others),
        cmocka_unit_test(writes_long_text_as_it_is),
        cmocka_unit_test(refuses_nul_bytes_also_behind_numbers),
        cmocka_unit_test(escapes_only_what_it_must),
        cmocka_unit_test(stops_at_the_ceiling_of_the_buffer),
        cmocka_unit_test(refuses_to_write_the_abyss),
        cmocka_unit_test(finds_text_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
