#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "schema/json.h"
#include "schema/json_scan.h"
#include "schema/quick.h"
#include "schema/schema.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define N_RANDOM 20000
#define SEED     42
#define DEPTH    3 /* of random schemas and values */

static json_t *parse(struct hone_span text)
{
    json_t *value = NULL;
    struct hone_error err;
    support_ok(hone_json_parse(&value, text, &err), &err);
    return value;
}

static struct hone_schema *compile(struct hone_span text)
{
    struct hone_schema *schema = NULL;
    struct hone_error err;
    json_t *value = parse(text);
    support_ok(hone_schema_compile(&schema, value, &err), &err);
    json_decref(value);
    return schema;
}

/* What the quick check says; the verdict must not contradict it. */
static bool accepts(const struct hone_schema *schema, struct hone_span text,
                    const char *about)
{
    struct hone_json_scan scan;
    json_t *value = parse(text);
    assert_int_equal(hone_json_scan(&scan, text), 0);
    bool accepted = hone_schema_accepts(schema, scan.value);
    if (accepted && hone_schema_check(schema, value, NULL, NULL) != 0) {
        fail_msg("accepted, but not valid: %.*s (%s)", (int)text.len, text.data, about);
    }
    json_decref(value);
    return accepted;
}

/* ---- by hand ---- */

static void check_rows(const char *const (*rows)[2], size_t n_rows, bool wanted)
{
    for (size_t i = 0; i < n_rows; i++) {
        struct hone_schema *schema = compile(hone_span_text(rows[i][0]));
        if (accepts(schema, hone_span_text(rows[i][1]), rows[i][0]) != wanted) {
            fail_msg("%s against %s: accepted is not %d", rows[i][1], rows[i][0],
                     (int)wanted);
        }
        hone_schema_destroy(schema);
    }
}

#define CHECK_ROWS(rows, wanted)                                                         \
    check_rows((rows), sizeof(rows) / sizeof((rows)[0]), wanted)

static void accepts_what_tools_are_called_with(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"true", "[1]"},
        {"{}", "1e4"},
        {"{\"title\":\"t\",\"x-y\":1,\"format\":\"date\"}", "5"},
        {"{\"type\":\"string\"}", "\"a\""},
        {"{\"type\":[\"null\",\"boolean\"]}", "null"},
        {"{\"type\":\"boolean\"}", "false"},
        {"{\"type\":\"integer\"}", "-12"},
        {"{\"type\":\"number\"}", "1.5e3"},
        {"{\"type\":\"object\"}", " { \"a\" : 1 } "},
        {"{\"enum\":[\"a\",\"\\u00e9\",2,null,true,2.5]}", "\"\\u00e9\""},
        {"{\"enum\":[\"a\",2,null,true,2.5]}", "2.0"},
        {"{\"enum\":[\"a\",2,null,true,2.5]}", "2.50"},
        {"{\"enum\":[\"a\",2,null,true]}", "true"},
        {"{\"const\":null}", "null"},
        {"{\"const\":false}", "false"},
        {"{\"const\":0}", "-0"},
        {"{\"minimum\":0.1,\"maximum\":9007199254740993}", "0.1"},
        {"{\"exclusiveMinimum\":-1,\"exclusiveMaximum\":1}", "-0.999999"},
        {"{\"minimum\":5}", "\"not a number\""},
        {"{\"minLength\":3,\"maxLength\":3}", "\"\xc3\xa9\\ud83d\\ude00\\n\""},
        {"{\"minLength\":3,\"maxLength\":3}", "\"a\\u00e9\\\\\""},
        {"{\"minLength\":3}", "5"},
        {"{\"required\":[\"a\"]}", "{\"b\":0,\"\\u0061\":1}"},
        {"{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":\"x\",\"b\":5}"},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":5}"},
        {"{\"additionalProperties\":{\"type\":\"null\"}}", "{\"a\":null,\"b\":null}"},
        {"{\"minProperties\":1,\"maxProperties\":2}", "{\"a\":{\"c\":1},\"b\":2}"},
        {"{\"items\":{\"type\":\"integer\"},\"minItems\":2,\"maxItems\":2}", "[ 1 , 2 ]"},
        {"{\"items\":{\"items\":{\"type\":\"null\"}}}", "[[],[null,null],[null]]"},
        {"{\"$defs\":{\"n\":{\"type\":\"null\"}},\"$ref\":\"#/$defs/n\"}", "null"},
        {"{\"allOf\":[{\"type\":\"object\"},{\"required\":[\"a\"]}]}", "{\"a\":1}"},
    };
    CHECK_ROWS(rows, true);
}

static void leaves_open_what_is_not_valid_or_takes_care(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"false", "1"},
        {"{\"type\":\"string\"}", "5"},
        {"{\"type\":\"integer\"}", "1.0"},
        {"{\"type\":\"integer\"}", "1.5"},
        {"{\"enum\":[\"a\"]}", "\"b\""},
        {"{\"enum\":[{\"a\":1}]}", "{\"a\":1}"},
        {"{\"const\":true}", "\"true\""},
        {"{\"const\":\"5\"}", "5"},
        {"{\"const\":1}", "10"},
        {"{\"minimum\":0.1}", "0.0999"},
        {"{\"minimum\":0}", "1e3"},
        {"{\"minimum\":0}", "1234567890123456"},
        {"{\"exclusiveMaximum\":1}", "1.0"},
        {"{\"maxLength\":2}", "\"abc\""},
        {"{\"minLength\":2}", "\"\\ud83d\\ude00\""},
        {"{\"maxLength\":2}", "\"\\u00e9\\u00e9\\u00e9\""},
        {"{\"pattern\":\"a\"}", "\"a\""},
        {"{\"required\":[\"a\"]}", "{\"b\":1}"},
        {"{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"\\u0061\":5}"},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"b\":5}"},
        {"{\"additionalProperties\":{\"type\":\"null\"}}", "{\"a\":5}"},
        {"{\"maxProperties\":1}", "{\"a\":1,\"b\":2}"},
        {"{\"maxItems\":1}", "[1,2]"},
        {"{\"items\":{\"type\":\"integer\"}}", "[1,\"2\"]"},
        {"{\"anyOf\":[{\"type\":\"null\"}]}", "null"},
        {"{\"oneOf\":[{\"type\":\"null\"}]}", "null"},
        {"{\"not\":{\"type\":\"null\"}}", "1"},
        {"{\"multipleOf\":2}", "4"},
        {"{\"uniqueItems\":true}", "[1]"},
        {"{\"prefixItems\":[{}],\"items\":false}", "[1]"},
        {"{\"patternProperties\":{\"a\":{}}}", "{}"},
        {"{\"$ref\":\"#\"}", "1"}, /* for ever: the verdict gives up too */
    };
    CHECK_ROWS(rows, false);
}

/* n numbers, each between two texts, in brackets. */
static char *make_list(const char *before, const char *after, size_t n,
                       const char *brackets)
{
    struct hone_buf buf;
    hone_buf_init(&buf, 1U << 24);
    (void)hone_buf_append_char(&buf, brackets[0]);
    for (size_t i = 0; i < n; i++) {
        (void)hone_buf_append_format(&buf, "%s%s%zu%s", i > 0 ? "," : "", before, i,
                                     after);
    }
    (void)hone_buf_append_char(&buf, brackets[1]);
    return hone_buf_take(&buf, NULL);
}

static char *make_string(size_t n_bytes)
{
    char *text = hone_alloc_zeroed(n_bytes + 1, 1);
    memset(text, 'a', n_bytes);
    text[0] = text[n_bytes - 1] = '"';
    return text;
}

static void check_list(const char *schema_text, char *list, bool wanted)
{
    struct hone_schema *schema = compile(hone_span_text(schema_text));
    assert_int_equal(accepts(schema, hone_span_text(list), schema_text), wanted);
    hone_schema_destroy(schema);
    free(list);
}

static void leaves_open_what_is_large_or_deep(void **state)
{
    (void)state;
    static const char open[] = "{\"minProperties\":1}", items[] = "{\"items\":{}}";
    const size_t n_members = HONE_QUICK_MEMBERS_MAX, n_steps = HONE_QUICK_STEPS_MAX;
    check_list(open, make_list("\"k", "\":1", n_members, "{}"), true);
    check_list(open, make_list("\"k", "\":1", n_members + 1, "{}"), false);
    /* The array takes two steps, an item one. */
    check_list(items, make_list("", "", n_steps - 2, "[]"), true);
    check_list(items, make_list("", "", n_steps - 1, "[]"), false);
    check_list("{}", make_string(HONE_QUICK_BYTES_MAX), true);
    check_list("{}", make_string(HONE_QUICK_BYTES_MAX + 1), false);
    static const char nest[] = "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"; /* 16 levels */
    _Static_assert(sizeof(nest) == 2 * HONE_QUICK_DEPTH_MAX + 1, "as deep as is known");
    static const char recursive[] = "{\"items\":{\"$ref\":\"#\"}}";
    check_list("{\"items\":{\"items\":{}}}", hone_alloc_text(nest), true);
    check_list(recursive, hone_alloc_text(nest), false);
    check_list(recursive, hone_alloc_text("[[[[[]]]]]"), true);
}

/* ---- the written cases ---- */

struct tally {
    size_t n, n_accepted;
};

static void check_case(struct tally *tally, const char *schema_text,
                       const char *instance_text, const char *about)
{
    struct hone_schema *schema = NULL;
    json_t *value = parse(hone_span_text(schema_text));
    tally->n += 1;
    if (hone_schema_compile(&schema, value, NULL) == 0) {
        tally->n_accepted +=
            accepts(schema, hone_span_text(instance_text), about) ? 1 : 0;
    }
    hone_schema_destroy(schema);
    json_decref(value);
}

static void check_instances(struct tally *tally, const json_t *row, const char *key,
                            bool is_text)
{
    const json_t *list = json_object_get(row, key);
    const char *about = json_string_value(json_object_get(row, "about"));
    const json_t *schema = json_object_get(row, "schema_text");
    char *schema_text = schema != NULL
                            ? hone_alloc_text(json_string_value(schema))
                            : json_dumps(json_object_get(row, "schema"), JSON_ENCODE_ANY);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        char *text = is_text ? hone_alloc_text(json_string_value(item))
                             : json_dumps(item, JSON_ENCODE_ANY);
        check_case(tally, schema_text, text, about);
        free(text);
    }
    free(schema_text);
}

static void agrees_on_the_written_cases(void **state)
{
    (void)state;
    struct tally tally = {0, 0};
    char *folder = support_source_path("tests/schema/cases");
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        json_error_t error;
        char *path = hone_alloc_format("%s/%s", folder, entry->d_name);
        json_t *rows = json_load_file(path, 0, &error);
        if (rows == NULL) {
            fail_msg("%s: %s", path, error.text);
        }
        for (size_t i = 0; i < json_array_size(rows); i++) {
            const json_t *row = json_array_get(rows, i);
            check_instances(&tally, row, "valid", false);
            check_instances(&tally, row, "valid_text", true);
            check_instances(&tally, row, "invalid", false);
            check_instances(&tally, row, "invalid_text", true);
        }
        json_decref(rows);
        free(path);
    }
    (void)closedir(dir);
    free(folder);
    print_message("%zu cases, %zu accepted\n", tally.n, tally.n_accepted);
    assert_true(tally.n > 800 && tally.n_accepted > 100);
}

/* ---- at random ---- */

struct maker {
    struct hone_rng rng;
    struct hone_buf buf;
};

static size_t below(struct maker *maker, size_t n)
{
    return (size_t)hone_rng_below(&maker->rng, n);
}

static void add(struct maker *maker, const char *text)
{
    (void)hone_buf_append_text(&maker->buf, text);
}

#define ADD_ONE(maker, table)                                                            \
    add((maker), (table)[below((maker), sizeof(table) / sizeof((table)[0]))])

/* Close to each other, so that schemas and values meet: the same numbers, strings and keys in
 * other letters. */
static const char *const scalars[] = {
    "0",
    "-0",
    "1",
    "1.0",
    "0.1",
    "0.10",
    "2",
    "1e0",
    "10E-1",
    "-1.5",
    "null",
    "true",
    "false",
    "\"\"",
    "\"a\"",
    "\"\\u0061\"",
    "\"\\n\"",
    "\"ab\"",
    "\"\xc3\xa9\"",
    "\"\\ud83d\\ude00\"",
    "9007199254740993",
    "999999999999999",
    "9223372036854775807",
    "0.30000000000000004",
    "1e300",
};
static const char *const keys[] = {"\"a\"", "\"\\u0062\"", "\"c\"", "\"\"", "\"d e\""};
static const char *const names[] = {"\"array\"", "\"boolean\"", "\"integer\"",
                                    "\"null\"",  "\"number\"",  "\"object\"",
                                    "\"string\""};

static void make_value(struct maker *maker, size_t depth)
{
    size_t n = below(maker, 4), first = below(maker, 5);
    switch (depth > 0 ? below(maker, 4) : 3) {
    case 0:
    case 1:
        add(maker, "{");
        for (size_t i = 0; i < n; i++) { /* each key once */
            add(maker, i > 0 ? ", " : "");
            add(maker, keys[(first + i) % 5]);
            add(maker, ":");
            make_value(maker, depth - 1);
        }
        add(maker, "}");
        break;
    case 2:
        add(maker, "[");
        for (size_t i = 0; i < n; i++) {
            add(maker, i > 0 ? " ," : "");
            make_value(maker, depth - 1);
        }
        add(maker, "]");
        break;
    default:
        ADD_ONE(maker, scalars);
        break;
    }
}

static void make_schema(struct maker *maker, size_t depth);

static void make_properties(struct maker *maker, size_t depth)
{
    size_t n = below(maker, 4), first = below(maker, 5);
    add(maker, "{");
    for (size_t i = 0; i < n; i++) {
        add(maker, i > 0 ? "," : "");
        add(maker, keys[(first + i) % 5]);
        add(maker, ":");
        make_schema(maker, depth);
    }
    add(maker, "}");
}

/* A number that a limit can be. */
static void make_number(struct maker *maker)
{
    static const char *const numbers[] = {
        "0", "1", "-1", "0.1", "1.0", "2", "9007199254740993", "1e300", "0.3"};
    ADD_ONE(maker, numbers);
}

static const struct keyword {
    const char *name;
    char value; /* v any, l a list, t a type, n a number, c a count, r names of keys,
                   p properties, s a schema, L schemas */
} keywords[] = {
    {"type", 't'},
    {"enum", 'l'},
    {"const", 'v'},
    {"minimum", 'n'},
    {"maximum", 'n'},
    {"exclusiveMinimum", 'n'},
    {"exclusiveMaximum", 'n'},
    {"minLength", 'c'},
    {"maxLength", 'c'},
    {"required", 'r'},
    {"properties", 'p'},
    {"additionalProperties", 's'},
    {"minProperties", 'c'},
    {"maxProperties", 'c'},
    {"minItems", 'c'},
    {"maxItems", 'c'},
    {"items", 's'},
    {"allOf", 'L'},
    {"not", 's'},
    {"anyOf", 'L'},
    {"prefixItems", 'L'},
};
#define N_KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))
#define N_PLAIN    (N_KEYWORDS - 3) /* the last ones are not known: now and then */

static void make_keyword(struct maker *maker, const struct keyword *keyword, size_t depth)
{
    static const char *const counts[] = {"0", "1", "2", "3.0"};
    switch (keyword->value) {
    case 'v':
        make_value(maker, depth);
        break;
    case 'l':
        add(maker, "[");
        ADD_ONE(maker, scalars);
        add(maker, ",");
        make_value(maker, depth);
        add(maker, "]");
        break;
    case 't':
        ADD_ONE(maker, names);
        break;
    case 'n':
        make_number(maker);
        break;
    case 'c':
        ADD_ONE(maker, counts);
        break;
    case 'r':
        add(maker, "[");
        ADD_ONE(maker, keys);
        add(maker, "]");
        break;
    case 'p':
        make_properties(maker, depth);
        break;
    case 's':
        make_schema(maker, depth);
        break;
    default:
        add(maker, "[");
        make_schema(maker, depth);
        add(maker, "]");
        break;
    }
}

static void make_schema(struct maker *maker, size_t depth)
{
    if (depth == 0 || below(maker, 8) == 0) {
        static const char *const ends[] = {"true", "{}", "{\"type\":\"string\"}",
                                           "{\"type\":\"number\"}", "false"};
        ADD_ONE(maker, ends);
        return;
    }
    size_t n = below(maker, 4);
    size_t n_choices = below(maker, 8) == 0 ? N_KEYWORDS : N_PLAIN;
    size_t first = below(maker, n_choices), step = 1 + below(maker, 4);
    add(maker, "{");
    for (size_t i = 0; i < n; i++) { /* each keyword once: 4 * 3 is less than all */
        const struct keyword *keyword = &keywords[(first + i * step) % n_choices];
        (void)hone_buf_append_format(&maker->buf, "%s\"%s\":", i > 0 ? "," : "",
                                     keyword->name);
        make_keyword(maker, keyword, depth - 1);
    }
    add(maker, "}");
}

static char *make(void (*what)(struct maker *, size_t), uint64_t key, uint64_t counter)
{
    struct maker maker = {.rng = hone_rng_at(key, counter)};
    hone_buf_init(&maker.buf, 1U << 20);
    what(&maker, DEPTH);
    return hone_buf_take(&maker.buf, NULL);
}

static void agrees_at_random(void **state)
{
    (void)state;
    struct tally tally = {0, 0};
    for (uint64_t i = 0; i < N_RANDOM; i++) {
        char *schema = make(make_schema, SEED, i);
        for (uint64_t j = 0; j < 4; j++) {
            char *value = make(make_value, SEED + 1 + j, i);
            check_case(&tally, schema, value, schema);
            free(value);
        }
        free(schema);
    }
    print_message("%zu pairs, %zu accepted\n", tally.n, tally.n_accepted);
    assert_true(tally.n_accepted > tally.n / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_tools_are_called_with),
        cmocka_unit_test(leaves_open_what_is_not_valid_or_takes_care),
        cmocka_unit_test(leaves_open_what_is_large_or_deep),
        cmocka_unit_test(agrees_on_the_written_cases),
        cmocka_unit_test(agrees_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
