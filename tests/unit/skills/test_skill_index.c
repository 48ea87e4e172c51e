#include "tests/support/support.h"

#include "base/alloc.h"
#include "skills/skill_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MATCHES_MAX 4

struct fixture {
    char *folder;
    struct hone_registry *registry;
    struct hone_skill_index *index;
};

static void write_package(const char *parent, const char *name, const char *description,
                          const char *manifest)
{
    char *path = hone_alloc_format("%s/%s", parent, name);
    char *document = hone_alloc_format(
        "---\nname: %s\ndescription: %s\n---\nSome text.\n", name, description);
    assert_int_equal(mkdir(path, 0755), 0);
    support_write_file(path, "SKILL.md", document);
    support_write_file(path, "skill.yaml", manifest);
    free(document);
    free(path);
}

static int set_up(void **state)
{
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    struct hone_error err;
    static const char guide[] = "format: 1\nkind: guide\n";
    fixture->folder = support_make_folder();
    write_package(fixture->folder, "extract-dates", "Finds days and times in a text.",
                  guide);
    write_package(fixture->folder, "route-mail", "Sorts letters. Not for dates.",
                  "format: 1\nkind: classify\nlabels: [refund, complaint]\n");
    write_package(fixture->folder, "triage", "Sorts reports of faults in a text.", guide);
    fixture->registry = hone_registry_create();
    support_ok(hone_registry_load(fixture->registry, fixture->folder, &err), &err);
    fixture->index = hone_skill_index_create();
    for (size_t i = 0; i < hone_registry_n(fixture->registry); i++) {
        hone_skill_index_add(fixture->index, hone_registry_at(fixture->registry, i));
    }
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    hone_skill_index_destroy(fixture->index);
    hone_registry_destroy(fixture->registry);
    support_remove_folder(fixture->folder);
    free(fixture->folder);
    free(fixture);
    return 0;
}

/* Names of the matches, each with a blank behind it. */
static void expect(const struct fixture *fixture, const char *query, size_t max,
                   const char *names)
{
    struct hone_skill_match matches[MATCHES_MAX];
    char seen[200] = "";
    size_t n = hone_skill_index_find(fixture->index, hone_span_text(query), matches, max);
    assert_true(n <= max);
    for (size_t i = 0; i < n; i++) {
        assert_true(matches[i].score > 0.0);
        assert_true(i == 0 || matches[i].score <= matches[i - 1].score);
        (void)strcat(strcat(seen, matches[i].skill->package->name), " ");
    }
    assert_string_equal(seen, names);
}

static void a_word_of_the_name_says_more_than_one_of_the_description(void **state)
{
    expect(*state, "dates", MATCHES_MAX, "extract-dates route-mail ");
}

static void case_and_plural_do_not_matter(void **state)
{
    expect(*state, "LETTER", MATCHES_MAX, "route-mail ");
    expect(*state, "Triages!", MATCHES_MAX, "triage ");
}

static void labels_are_words_too(void **state)
{
    expect(*state, "somebody wants a refund", MATCHES_MAX, "route-mail ");
}

static void rare_words_weigh_more(void **state)
{
    expect(*state, "sorts faults", MATCHES_MAX, "triage route-mail ");
}

static void only_the_best_are_given(void **state)
{
    expect(*state, "dates", 1, "extract-dates ");
    expect(*state, "dates", 0, "");
}

static void nothing_is_found_for_nothing(void **state)
{
    expect(*state, "", MATCHES_MAX, "");
    expect(*state, "?! - .", MATCHES_MAX, "");
    expect(*state, "zebra", MATCHES_MAX, "");
    expect(*state, "\xff\xfe", MATCHES_MAX, "");
}

static void an_empty_index_finds_nothing(void **state)
{
    struct hone_skill_match match;
    (void)state;
    struct hone_skill_index *index = hone_skill_index_create();
    assert_int_equal(hone_skill_index_find(index, hone_span_text("dates"), &match, 1), 0);
    hone_skill_index_destroy(index);
    hone_skill_index_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_of_the_name_says_more_than_one_of_the_description),
        cmocka_unit_test(case_and_plural_do_not_matter),
        cmocka_unit_test(labels_are_words_too),
        cmocka_unit_test(rare_words_weigh_more),
        cmocka_unit_test(only_the_best_are_given),
        cmocka_unit_test(nothing_is_found_for_nothing),
        cmocka_unit_test(an_empty_index_finds_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
