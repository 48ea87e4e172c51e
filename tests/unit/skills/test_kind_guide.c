#include "tests/support/support.h"

#include "skills/kind.h"
#include "skills/package.h"

#include <stdlib.h>
#include <string.h>

static struct hone_package *load(void)
{
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    char *path = support_source_path("tests/data/skills/guide");
    support_ok(hone_package_load(&package, path, &err), &err);
    free(path);
    return package;
}

static void answers_with_the_instructions(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_arena arena;
    struct hone_answer answer = {0};
    struct hone_package *package = load();
    struct hone_call_input given = {.text = hone_span_text("{\"task\":\"a release\"}")};
    hone_arena_init(&arena, 65536);
    support_ok(package->kind->answer(package, NULL, NULL, &given, &arena, &answer, &err),
               &err);
    assert_true(hone_span_is(answer.text, package->instructions));
    assert_int_equal(answer.structured.len, 0);
    assert_false(answer.abstained);
    support_near((double)answer.confidence, 1.0, 0.0);
    hone_arena_finish(&arena);
    hone_package_destroy(package);
}

static void an_arena_too_small_is_an_error(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_arena arena;
    struct hone_answer answer = {0};
    struct hone_package *package = load();
    struct hone_call_input given = {.value = NULL};
    hone_arena_init(&arena, 16);
    assert_int_equal(
        package->kind->answer(package, NULL, NULL, &given, &arena, &answer, &err),
        HONE_E_LIMIT);
    hone_arena_finish(&arena);
    hone_package_destroy(package);
}

static void its_interface_wants_nothing_and_promises_nothing(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_interface interface = {0};
    struct hone_package *package = load();
    support_ok(package->kind->make_interface(package, &interface, &err), &err);
    assert_string_equal(interface.name, "guide");
    assert_string_equal(interface.description, package->description);
    assert_null(interface.output_schema);
    assert_null(json_object_get(interface.input_schema, "required"));
    assert_true(
        json_is_false(json_object_get(interface.input_schema, "additionalProperties")));
    hone_kind_interface_finish(&interface);
    hone_package_destroy(package);
}

static void kinds_are_found_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < hone_kind_n(); i++) {
        const struct hone_kind *kind = hone_kind_at(i);
        assert_ptr_equal(hone_kind_find(hone_span_text(kind->name)), kind);
        assert_true(i == 0 || strcmp(hone_kind_at(i - 1)->name, kind->name) < 0);
        assert_int_equal(kind->learns, kind->learn != NULL);
    }
    assert_null(hone_kind_find(hone_span_text("classif")));
    assert_string_equal(hone_kind_nearest("classif"), "classify");
    assert_null(hone_kind_nearest("xylophone"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_with_the_instructions),
        cmocka_unit_test(an_arena_too_small_is_an_error),
        cmocka_unit_test(its_interface_wants_nothing_and_promises_nothing),
        cmocka_unit_test(kinds_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
