#include "tests/support/support.h"

#include "schema/json.h"
#include "skills/classify_input.h"

#include <stdlib.h>
#include <string.h>

static struct hone_package *load(const char *relative)
{
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    char *path = support_source_path(relative);
    support_ok(hone_package_load(&package, path, &err), &err);
    free(path);
    return package;
}

static void a_sole_text_is_plain_text(void **state)
{
    (void)state;
    struct hone_package *package = load("tests/data/skills/minimal");
    json_t *arguments = json_pack("{s:s}", "text", "some text");
    struct hone_classify_input input;
    hone_classify_input_fill(&input, package, arguments);
    assert_int_equal(input.input.n_fields, 1);
    assert_int_equal(input.input.fields[0].name.len, 0);
    assert_true(hone_span_is(input.input.fields[0].text, "some text"));
    json_decref(arguments);
    hone_package_destroy(package);
}

static void fields_come_in_the_order_of_declaration_as_json_text(void **state)
{
    (void)state;
    struct hone_package *package = load("tests/data/skills/full");
    json_t *arguments = json_loads(
        "{\"express\":true,\"items\":-3,\"amount\":0.1,\"message\":\"m\"}", 0, NULL);
    static const char *const names[] = {"message", "amount", "items", "express"};
    static const char *const texts[] = {"m", "0.1", "-3", "true"};
    struct hone_classify_input input;
    hone_classify_input_fill(&input, package, arguments);
    assert_int_equal(input.input.n_fields, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(hone_span_is(input.input.fields[i].name, names[i]));
        assert_true(hone_span_is(input.input.fields[i].text, texts[i]));
    }
    json_decref(arguments);
    hone_package_destroy(package);
}

static void what_is_absent_or_of_another_type_is_passed_over(void **state)
{
    (void)state;
    struct hone_package *package = load("tests/data/skills/full");
    json_t *arguments = json_loads(
        "{\"express\":\"yes\",\"amount\":null,\"message\":5,\"more\":\"x\"}", 0, NULL);
    struct hone_classify_input input;
    hone_classify_input_fill(&input, package, arguments);
    assert_int_equal(input.input.n_fields, 0);
    json_decref(arguments);
    hone_package_destroy(package);
}

static void numbers_read_back_as_what_they_were(void **state)
{
    (void)state;
    struct hone_package *package = load("tests/data/skills/full");
    static const double values[] = {0.1, 1.0 / 3.0, 1e300, -2.5, 123456789.123456789};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        json_t *arguments = json_pack("{s:f}", "amount", values[i]);
        struct hone_classify_input input;
        hone_classify_input_fill(&input, package, arguments);
        assert_int_equal(input.input.n_fields, 1);
        support_near(strtod(input.input.fields[0].text.data, NULL), values[i], 0.0);
        json_decref(arguments);
    }
    hone_package_destroy(package);
}

static void check_same(const struct hone_classify_input *a,
                       const struct hone_classify_input *b, const char *text)
{
    if (a->input.n_fields != b->input.n_fields) {
        fail_msg("%s: %zu fields or %zu", text, a->input.n_fields, b->input.n_fields);
    }
    for (size_t i = 0; i < a->input.n_fields; i++) {
        if (!hone_span_equal(a->fields[i].name, b->fields[i].name) ||
            !hone_span_equal(a->fields[i].text, b->fields[i].text)) {
            fail_msg("%s: field %zu differs: \"%.*s\"", text, i,
                     (int)b->fields[i].text.len, b->fields[i].text.data);
        }
    }
}

/* A call is served from the text, and learnt from the value. */
static void text_and_value_give_the_same_fields(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "{\"message\":\"\"}",
        "{\"message\":\"plain \xc3\xa9 \xf0\x9f\x98\x80\"}",
        "{ \"message\" : \"\\u00e9\\ud83d\\ude00 \\\"q\\\" \\\\ \\/ \\b\\f\\n\\r\\t\" }",
        "{\"\\u006dessage\":\"an escaped key\",\"text\":\"t\"}",
        "{\"message\":null,\"amount\":\"1\",\"items\":true,\"express\":0}",
        "{\"message\":[\"m\"],\"amount\":{\"message\":\"x\"},\"express\":null}",
        "{\"express\":true,\"items\":-3,\"amount\":0.1,\"message\":\"m\"}",
        "{\"express\":false,\"items\":-0,\"amount\":-0.0}",
        "{\"items\":1.0,\"amount\":9223372036854775807}",
        "{\"items\":-9223372036854775808,\"amount\":1e300}",
        "{\"items\":0,\"amount\":123456789.123456789}",
        "{\"items\":10,\"amount\":1E-2}",
        "{\"amount\":0.30000000000000004}",
        "{\"text\":\"of a sole field\"}",
    };
    static const char *const folders[] = {"tests/data/skills/full",
                                          "tests/data/skills/minimal"};
    for (size_t i = 0; i < 2 * sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = texts[i / 2];
        struct hone_package *package = load(folders[i % 2]);
        struct hone_classify_input served, learnt;
        struct hone_arena arena;
        json_t *value = NULL;
        assert_int_equal(hone_json_parse(&value, hone_span_text(text), NULL), 0);
        struct hone_call_input given = {.text = hone_span_text(text)};
        struct hone_call_input both = {.text = hone_span_text("{}"), .value = value};
        hone_arena_init(&arena, 65536);
        hone_classify_input_fill(&learnt, package, value);
        assert_int_equal(hone_classify_input_read(&served, package, &given, &arena), 0);
        check_same(&served, &learnt, text);
        assert_int_equal(hone_classify_input_read(&served, package, &both, &arena), 0);
        check_same(&served, &learnt, text);
        hone_arena_finish(&arena);
        json_decref(value);
        hone_package_destroy(package);
    }
}

static void no_arguments_are_no_fields(void **state)
{
    (void)state;
    struct hone_package *package = load("tests/data/skills/full");
    struct hone_classify_input input;
    struct hone_arena arena;
    struct hone_call_input given = {.value = NULL};
    hone_arena_init(&arena, 65536);
    assert_int_equal(hone_classify_input_read(&input, package, &given, &arena), 0);
    assert_int_equal(input.input.n_fields, 0);
    hone_arena_finish(&arena);
    hone_package_destroy(package);
}

static void an_arena_too_small_is_an_error(void **state)
{
    (void)state;
    struct hone_package *package = load("tests/data/skills/minimal");
    struct hone_classify_input input;
    struct hone_arena arena;
    struct hone_call_input given = {.text = hone_span_text("{\"text\":\"\\n\"}")};
    hone_arena_init(&arena, 1);
    assert_int_equal(hone_classify_input_read(&input, package, &given, &arena),
                     HONE_E_NOMEM);
    hone_arena_finish(&arena);
    hone_package_destroy(package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sole_text_is_plain_text),
        cmocka_unit_test(fields_come_in_the_order_of_declaration_as_json_text),
        cmocka_unit_test(what_is_absent_or_of_another_type_is_passed_over),
        cmocka_unit_test(numbers_read_back_as_what_they_were),
        cmocka_unit_test(text_and_value_give_the_same_fields),
        cmocka_unit_test(no_arguments_are_no_fields),
        cmocka_unit_test(an_arena_too_small_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
