#include "tests/support/support.h"

#include "base/alloc.h"
#include "skills/kind_echo.h"
#include "skills/registry.h"

#include <stdlib.h>
#include <string.h>

static struct hone_package *make(const char *name)
{
    char *document = hone_alloc_format(
        "---\nname: %s\ndescription: Gives back a text.\n---\nSo it does.\n", name);
    const struct hone_package_text texts[] = {{"SKILL.md", document},
                                              {"references/more.md", "More of it.\n"}};
    struct hone_package *package =
        hone_package_create_built_in(name, texts, 2, &hone_kind_echo);
    free(document);
    return package;
}

static void gives_back_the_text_without_a_copy(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_arena arena;
    struct hone_answer answer = {0};
    struct hone_package *package = make("echo");
    static const char *const texts[] = {"{\"text\":\"one, two\"}",
                                        "{ \"text\" : \"one, \\u0074wo\" }"};
    hone_arena_init(&arena, 4096);
    for (size_t i = 0; i < 2; i++) {
        struct hone_call_input given = {.text = hone_span_text(texts[i])};
        support_ok(
            hone_kind_echo.answer(package, NULL, NULL, &given, &arena, &answer, &err),
            &err);
        assert_true(hone_span_is(answer.text, "one, two"));
    }
    assert_int_equal(answer.structured.len, 0);
    assert_int_equal(answer.output.len, 0);
    hone_arena_finish(&arena);
    hone_package_destroy(package);
}

static void is_in_the_registry_like_any_skill(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_registry *registry = hone_registry_create();
    support_ok(hone_registry_add_take(registry, make("echo"), &err), &err);
    const struct hone_skill *skill = hone_registry_find(registry, hone_span_text("echo"));
    assert_non_null(skill);
    assert_non_null(skill->input_schema);
    assert_string_equal(skill->interface.title, "echo");
    assert_string_equal(skill->package->instructions, "So it does.");
    assert_non_null(
        hone_package_files_find(&skill->package->files, "references/more.md"));
    assert_int_equal(hone_registry_add_take(registry, make("echo"), &err), HONE_E_EXISTS);
    assert_non_null(strstr(err.message, "is there already"));
    assert_int_equal(hone_registry_add_take(registry, make("feedback"), &err),
                     HONE_E_INVALID);
    assert_int_equal(hone_registry_n(registry), 1);
    hone_registry_destroy(registry);
}

static void is_no_kind_for_packages(void **state)
{
    (void)state;
    assert_null(hone_kind_find(hone_span_text("echo")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_the_text_without_a_copy),
        cmocka_unit_test(is_in_the_registry_like_any_skill),
        cmocka_unit_test(is_no_kind_for_packages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
