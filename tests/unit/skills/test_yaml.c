#include "tests/support/support.h"

#include "base/alloc.h"
#include "skills/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct good {
    const char *yaml;
    const char *json;
};

static const struct good goods[] = {
    {"a", "\"a\""},
    {"a: 1", "{\"a\":1}"},
    {"a: -12\nb: +7\nc: 007", "{\"a\":-12,\"b\":7,\"c\":7}"},
    {"a: 0x1F\nb: 0o17", "{\"a\":31,\"b\":15}"},
    {"a: 1.5\nb: .5\nc: 1e3\nd: -2.5E-1",
     "{\"a\":1.5,\"b\":0.5,\"c\":1000.0,\"d\":-0.25}"},
    {"a: ~\nb: null\nc:\nd: NULL", "{\"a\":null,\"b\":null,\"c\":null,\"d\":null}"},
    {"a: true\nb: False", "{\"a\":true,\"b\":false}"},
    {"[no, yes, on, off, n, y]", "[\"no\",\"yes\",\"on\",\"off\",\"n\",\"y\"]"},
    {"a: \"1\"\nb: 'true'\nc: \"\"", "{\"a\":\"1\",\"b\":\"true\",\"c\":\"\"}"},
    {"a: 1.2.3\nb: 2026-07-28\nc: 12:30",
     "{\"a\":\"1.2.3\",\"b\":\"2026-07-28\",\"c\":\"12:30\"}"},
    {"a: 0o9\nb: 0xg\nc: 1e\nd: .",
     "{\"a\":\"0o9\",\"b\":\"0xg\",\"c\":\"1e\",\"d\":\".\"}"},
    {"- a\n- - b\n  - c\n-\n  d: e", "[\"a\",[\"b\",\"c\"],{\"d\":\"e\"}]"},
    {"{a: [1, {b: c}], d: {}}", "{\"a\":[1,{\"b\":\"c\"}],\"d\":{}}"},
    {"a: |\n  one\n  two\n", "{\"a\":\"one\\ntwo\\n\"}"},
    {"a: >-\n  one\n  two\n", "{\"a\":\"one two\"}"},
    {"---\na: b\n...\n", "{\"a\":\"b\"}"},
    {"# comment\na: b # more\n", "{\"a\":\"b\"}"},
    {"\xEF\xBB\xBF"
     "a: b",
     "{\"a\":\"b\"}"},
    {"a: \"\\u00e9\\t\"", "{\"a\":\"\xC3\xA9\\t\"}"},
    {"a: b\r\nc: d\r\n", "{\"a\":\"b\",\"c\":\"d\"}"},
    {"\"<<\": a", "{\"<<\":\"a\"}"},
    {"a/b~c: 1", "{\"a/b~c\":1}"},
};

struct bad {
    const char *yaml;
    int code;
    int line;
    const char *says;
};

static const struct bad bads[] = {
    {"", HONE_E_INVALID, 1, "nothing is here"},
    {"# only a comment\n", HONE_E_INVALID, 2, "nothing is here"},
    {"a: 1\nb: 2\na: 3\n", HONE_E_INVALID, 3, "the key 'a' is there already (line 1)"},
    {"a:\n  b: 1\n  b: 2\n", HONE_E_INVALID, 3, "there already (line 2)"},
    {"a: &x 1\n", HONE_E_INVALID, 1, "anchors"},
    {"a: 1\nb: *x\n", HONE_E_INVALID, 2, "aliases"},
    {"a:\n  &x [1]\n", HONE_E_INVALID, 2, "anchors"},
    {"a: &x {b: c}\n", HONE_E_INVALID, 1, "anchors"},
    {"a: !!str 1\n", HONE_E_INVALID, 1, "tags"},
    {"a:\n- !mine [1]\n", HONE_E_INVALID, 2, "tags"},
    {"! a: 1\n", HONE_E_INVALID, 1, "tags"},
    {"b:\n  <<: {a: 1}\n", HONE_E_INVALID, 2, "merge keys"},
    {"a: 1\n---\nb: 2\n", HONE_E_INVALID, 2, "a second document"},
    {"%YAML 1.2\n---\na: 1\n", HONE_E_INVALID, 1, "directives"},
    {"%TAG ! tag:x,2000:\n---\na: 1\n", HONE_E_INVALID, 1, "directives"},
    {"x: y\n1: a\n", HONE_E_INVALID, 2, "a key must be a text"},
    {"true: a\n", HONE_E_INVALID, 1, "a key must be a text"},
    {"~: a\n", HONE_E_INVALID, 1, "a key must be a text"},
    {"? [a]\n: b\n", HONE_E_INVALID, 1, "a key must be a text"},
    {"a: .inf\n", HONE_E_INVALID, 1, "infinity"},
    {"a: 1\nb: -.NaN\n", HONE_E_INVALID, 2, "infinity"},
    {"a: 99999999999999999999\n", HONE_E_INVALID, 1, "beyond 64 bits"},
    {"a: 1e999\n", HONE_E_INVALID, 1, "too large"},
    {"a: \"x\\0y\"\n", HONE_E_INVALID, 1, "NUL"},
    {"a: b\nc: [1, 2\n", HONE_E_INVALID, 3, "did not find expected"},
    {"a: b\n c: d\n", HONE_E_INVALID, 2, "mapping values"},
    {"a: \"open\n", HONE_E_INVALID, 2, "unexpected end"},
    {"a: b\n\tc: d\n", HONE_E_INVALID, 2, "a tab character"},
    {"a: b\nc: \xFF\n", HONE_E_INVALID, 2, "not valid UTF-8"},
    {"a: b\nc: \x01\n", HONE_E_INVALID, 2, "control characters"},
    {"a: @b\n", HONE_E_INVALID, 1, "cannot start any token"},
};

static void reads_the_subset(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
        struct hone_error err = {0};
        json_t *value = NULL;
        int code =
            hone_yaml_parse(&value, NULL, hone_span_text(goods[i].yaml), "f", 1, &err);
        if (code != 0) {
            print_error("%s\n", goods[i].yaml);
        }
        support_ok(code, &err);
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(text, goods[i].json);
        free(text);
        json_decref(value);
    }
}

static void refuses_the_rest_and_names_the_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
        struct hone_error err = {0};
        json_t *value = NULL;
        struct hone_yaml_lines *lines = NULL;
        int code = hone_yaml_parse(&value, &lines, hone_span_text(bads[i].yaml),
                                   "some/file", 1, &err);
        char prefix[64];
        (void)snprintf(prefix, sizeof(prefix), "some/file:%d: ", bads[i].line);
        if (code != bads[i].code || strncmp(err.message, prefix, strlen(prefix)) != 0 ||
            strstr(err.message, bads[i].says) == NULL) {
            print_error("for <%s>: %d %s\n", bads[i].yaml, code, err.message);
            fail();
        }
        assert_null(value);
        assert_null(lines);
    }
}

static void counts_lines_from_the_given_first_one(void **state)
{
    (void)state;
    struct hone_error err = {0};
    json_t *value = NULL;
    int code =
        hone_yaml_parse(&value, NULL, hone_span_text("a: b\nc: *d\n"), "f", 10, &err);
    assert_int_equal(code, HONE_E_INVALID);
    assert_non_null(strstr(err.message, "f:11: "));
}

static void finds_lines_by_pointer(void **state)
{
    (void)state;
    static const char text[] = "a: 1\n"
                               "list:\n"
                               "  - x\n"
                               "  - k: v\n"
                               "    l: w\n"
                               "\"p/q~r\":\n"
                               "  deep: [1,\n"
                               "    2]\n";
    static const struct {
        const char *pointer;
        int line;
    } table[] = {
        {"", 1},
        {"/a", 1},
        {"/list", 2},
        {"/list/0", 3},
        {"/list/1", 4},
        {"/list/1/k", 4},
        {"/list/1/l", 5},
        {"/p~1q~0r", 6},
        {"/list/9", 2},
        {"/list/1/none", 4},
        {"/p~1q~0r/deep/1", 8},
        {"/none/deeper", 1},
        {"/p~1q~0r/deep/0", 7},
    };
    struct hone_error err = {0};
    json_t *value = NULL;
    struct hone_yaml_lines *lines = NULL;
    support_ok(hone_yaml_parse(&value, &lines, hone_span_text(text), "f", 1, &err), &err);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(hone_yaml_line(lines, table[i].pointer), table[i].line);
    }
    hone_yaml_lines_destroy(lines);
    json_decref(value);
}

static char *repeat(const char *unit, size_t n)
{
    size_t len = strlen(unit);
    char *text = hone_alloc_zeroed(n * len + 1, 1);
    for (size_t i = 0; i < n; i++) {
        memcpy(text + i * len, unit, len);
    }
    return text;
}

static int parse_repeated(const char *unit, size_t n)
{
    struct hone_error err = {0};
    json_t *value = NULL;
    char *text = repeat(unit, n);
    int code = hone_yaml_parse(&value, NULL, hone_span_text(text), "f", 1, &err);
    free(text);
    json_decref(value);
    return code;
}

static void refuses_text_over_the_limits(void **state)
{
    (void)state;
    assert_int_equal(parse_repeated("[", HONE_YAML_DEPTH_MAX + 1), HONE_E_LIMIT);
    assert_int_equal(parse_repeated("#\n", HONE_YAML_BYTES_MAX / 2 + 1), HONE_E_LIMIT);
    assert_int_equal(parse_repeated("- a\n", 70000), HONE_E_LIMIT);
    assert_int_equal(parse_repeated("- a\n", 60000), 0);
}

static void allows_the_greatest_depth(void **state)
{
    (void)state;
    char *open = repeat("[", HONE_YAML_DEPTH_MAX),
         *close = repeat("]", HONE_YAML_DEPTH_MAX);
    char *text = hone_alloc_format("%s%s", open, close);
    struct hone_error err = {0};
    json_t *value = NULL;
    support_ok(hone_yaml_parse(&value, NULL, hone_span_text(text), "f", 1, &err), &err);
    json_decref(value);
    free(text);
    free(close);
    free(open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_subset),
        cmocka_unit_test(refuses_the_rest_and_names_the_line),
        cmocka_unit_test(counts_lines_from_the_given_first_one),
        cmocka_unit_test(finds_lines_by_pointer),
        cmocka_unit_test(refuses_text_over_the_limits),
        cmocka_unit_test(allows_the_greatest_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
