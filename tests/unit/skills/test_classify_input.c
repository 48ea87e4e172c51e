#include "tests/support/support.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sole_text_is_plain_text),
        cmocka_unit_test(fields_come_in_the_order_of_declaration_as_json_text),
        cmocka_unit_test(what_is_absent_or_of_another_type_is_passed_over),
        cmocka_unit_test(numbers_read_back_as_what_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
