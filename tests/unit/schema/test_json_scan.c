#include "tests/support/support.h"

#include "base/buf.h"
#include "base/error.h"
#include "schema/json.h"
#include "schema/json_scan.h"

#include <stdio.h>
#include <string.h>

static int scan(struct hone_json_scan *out, const char *text)
{
    return hone_json_scan(out, hone_span_text(text));
}

static void accepts_what_is_json(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "null",
        " true\r\n",
        "false",
        "0",
        "-0.0",
        "1e-999999999999",
        "0e999999999999",
        "9223372036854775807",
        "-9223372036854775808",
        "1.7976931348623157e308",
        "\"\"",
        "\"\\ud83d\\ude00 \\u00E9 \\/\\b\x7f\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 and more than eight bytes\"",
        "[]",
        "{}",
        "[ 1 , [ ] , { } ]",
        "{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct hone_json_scan out;
        if (scan(&out, texts[i]) != 0 || !out.has_checked_keys) {
            fail_msg("refused: %s", texts[i]);
        }
    }
}

static void refuses_what_is_not(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "nul",
        "truex",
        "True",
        "01",
        "-",
        "-01",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x10",
        "NaN",
        "9223372036854775808",
        "-9223372036854775809",
        "1e309",
        "-1e309",
        "1.8e308",
        "1e99999999999999999999999",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u0000\"",
        "\"\\ud83d\"",
        "\"\\ud83d\\n\"",
        "\"\\ud83d\\ud83d\"",
        "\"\\ude00\"",
        "\"a\nb\"",
        "\"\x01\"",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xe2\x82\"",
        "[",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":1]",
        "{} x",
        "1 2",
        "{\"a\":1,\"b\":2,\"a\":3}",
        "[{\"x\":{\"long enough\":1,\"y\":{},\"long enough\":2}}]",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct hone_json_scan out;
        if (scan(&out, texts[i]) != HONE_E_INVALID) {
            fail_msg("accepted: %s", texts[i]);
        }
    }
}

/* 2^1024 - 2^970 lies halfway between the largest double and the next power of two. */
static void knows_the_last_real_that_fits_to_the_digit(void **state)
{
    (void)state;
    static const char limit[] =
        "17976931348623158079372897140530341507993413271003782693617377898044"
        "49682927647509466490179775872070963302864166928879109465555478519404"
        "02630657488671505820681908902000708383676273854845817711531764475730"
        "27006985557136695962284291481986083493647529271907416844436551070434"
        "2711559699508093042880";
    char text[400];
    struct hone_json_scan out;
    assert_int_equal(sizeof(limit) - 1, 294);
    (void)snprintf(text, sizeof(text), "%s177904174497791.9", limit);
    assert_int_equal(scan(&out, text), 0);
    (void)snprintf(text, sizeof(text), "%s177904174497792.0", limit);
    assert_int_equal(scan(&out, text), HONE_E_INVALID);
    (void)snprintf(text, sizeof(text), "-%s177904174497792.0", limit);
    assert_int_equal(scan(&out, text), HONE_E_INVALID);
    (void)snprintf(text, sizeof(text), "0.00%s177904174497791e311", limit);
    assert_int_equal(scan(&out, text), 0);
    (void)snprintf(text, sizeof(text), "0.00%s177904174497792e311", limit);
    assert_int_equal(scan(&out, text), HONE_E_INVALID);
    (void)snprintf(text, sizeof(text), "17.9769313486231580e307");
    assert_int_equal(scan(&out, text), 0);
}

static void nests_as_deep_as_parsing_does(void **state)
{
    (void)state;
    char text[2 * HONE_JSON_DEPTH_MAX + 3] = "";
    struct hone_json_scan out;
    memset(text, '[', HONE_JSON_DEPTH_MAX);
    memset(text + HONE_JSON_DEPTH_MAX, ']', HONE_JSON_DEPTH_MAX);
    assert_int_equal(scan(&out, text), 0);
    memset(text, '[', HONE_JSON_DEPTH_MAX + 1);
    memset(text + HONE_JSON_DEPTH_MAX + 1, ']', HONE_JSON_DEPTH_MAX + 1);
    assert_int_equal(scan(&out, text), HONE_E_INVALID);
}

static void refuses_nul_bytes_and_reads_no_further_than_the_end(void **state)
{
    (void)state;
    struct hone_json_scan out;
    assert_int_equal(hone_json_scan(&out, hone_span_of("3\0", 2)), HONE_E_INVALID);
    assert_int_equal(hone_json_scan(&out, hone_span_of("\"\0\"", 3)), HONE_E_INVALID);
    assert_int_equal(hone_json_scan(&out, hone_span_of("123", 1)), 0);
    assert_int_equal(hone_json_scan(&out, hone_span_of("true", 3)), HONE_E_INVALID);
    assert_int_equal(hone_json_scan(&out, hone_span_of("\"a\"", 2)), HONE_E_INVALID);
    assert_int_equal(hone_json_scan(&out, hone_span_of(NULL, 0)), HONE_E_INVALID);
}

/* Text of a look-up, as a string for comparison. */
static void expect(struct hone_span found, const char *text)
{
    if (!hone_span_is(found, text)) {
        fail_msg("\"%.*s\" instead of \"%s\"", (int)found.len,
                 found.len > 0 ? found.data : "", text);
    }
}

static void finds_members_of_two_levels(void **state)
{
    (void)state;
    struct hone_json_scan out;
    assert_int_equal(scan(&out, " {\"a\":{\"b\" : [1, {\"c\":2}] ,\"a\":\"x\"}, \"b\":5, "
                                "\"list\":[{\"b\":7}], \"last\":{}} "),
                     0);
    assert_true(out.has_all_members);
    expect(hone_json_scan_member(&out, "b"), "5");
    expect(hone_json_scan_member(&out, "last"), "{}");
    expect(hone_json_scan_member(&out, "c"), "");
    expect(hone_json_scan_inner(&out, "a", "b"), "[1, {\"c\":2}]");
    expect(hone_json_scan_inner(&out, "a", "a"), "\"x\"");
    expect(hone_json_scan_inner(&out, "a", "c"), "");
    expect(hone_json_scan_inner(&out, "b", "b"), "");
    expect(hone_json_scan_inner(&out, "list", "b"), "");
    expect(hone_json_scan_inner(&out, "none", "b"), "");
    expect(out.value, "{\"a\":{\"b\" : [1, {\"c\":2}] ,\"a\":\"x\"}, \"b\":5, "
                      "\"list\":[{\"b\":7}], \"last\":{}}");
    assert_int_equal(scan(&out, "[{\"a\":{\"b\":1}}]"), 0);
    expect(hone_json_scan_member(&out, "a"), "");
    expect(hone_json_scan_inner(&out, "a", "b"), "");
}

static void finds_members_that_the_table_has_no_room_for(void **state)
{
    (void)state;
    struct hone_buf text;
    struct hone_json_scan out;
    char key[16], value[16];
    hone_buf_init(&text, 10000);
    (void)hone_buf_append_text(&text, "{\"first\":{");
    for (int i = 0; i < 30; i++) {
        (void)hone_buf_append_format(&text, "%s\"m%d\":%d", i > 0 ? "," : "", i, i);
    }
    (void)hone_buf_append_text(&text, "},\"last\":{\"x\":true}}");
    assert_int_equal(hone_json_scan(&out, hone_buf_span(&text)), 0);
    assert_false(out.has_all_members);
    for (int i = 0; i < 30; i++) {
        (void)snprintf(key, sizeof(key), "m%d", i);
        (void)snprintf(value, sizeof(value), "%d", i);
        expect(hone_json_scan_inner(&out, "first", key), value);
    }
    expect(hone_json_scan_inner(&out, "first", "m30"), "");
    expect(hone_json_scan_member(&out, "last"), "{\"x\":true}");
    expect(hone_json_scan_inner(&out, "last", "x"), "true");
    hone_buf_finish(&text);
}

static void leaves_odd_keys_to_others(void **state)
{
    (void)state;
    struct hone_json_scan out;
    struct hone_buf text;
    assert_int_equal(scan(&out, "{\"\\u0061\":1,\"a\":2}"), 0);
    assert_false(out.has_checked_keys);
    assert_int_equal(scan(&out, "{\"b\\u0061\":1}"), 0);
    expect(hone_json_scan_member(&out, "ba"), "1");
    for (int n = HONE_JSON_SCAN_KEYS_MAX; n <= HONE_JSON_SCAN_KEYS_MAX + 1; n++) {
        hone_buf_init(&text, 10000);
        for (int i = 0; i < n; i++) {
            (void)hone_buf_append_format(&text, "%c\"m%d\":{\"x\":0}", i > 0 ? ',' : '{',
                                         i);
        }
        (void)hone_buf_append_char(&text, '}');
        assert_int_equal(hone_json_scan(&out, hone_buf_span(&text)), 0);
        assert_false(out.has_checked_keys);
        hone_buf_finish(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_is_json),
        cmocka_unit_test(refuses_what_is_not),
        cmocka_unit_test(knows_the_last_real_that_fits_to_the_digit),
        cmocka_unit_test(nests_as_deep_as_parsing_does),
        cmocka_unit_test(refuses_nul_bytes_and_reads_no_further_than_the_end),
        cmocka_unit_test(finds_members_of_two_levels),
        cmocka_unit_test(finds_members_that_the_table_has_no_room_for),
        cmocka_unit_test(leaves_odd_keys_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
