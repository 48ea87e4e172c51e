#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "skills/kind.h"
#include "skills/registry.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int set_up(void **state)
{
    *state = support_make_folder();
    return 0;
}

static int tear_down(void **state)
{
    support_remove_folder(*state);
    free(*state);
    return 0;
}

static char *make_folder(const char *parent, const char *name)
{
    char *path = hone_alloc_format("%s/%s", parent, name);
    assert_int_equal(mkdir(path, 0755), 0);
    return path;
}

/* A package below parent, in a folder of the given name. */
static void write_named(const char *parent, const char *folder, const char *name,
                        const char *description, const char *manifest)
{
    char *path = make_folder(parent, folder);
    char *document = hone_alloc_format(
        "---\nname: %s\ndescription: %s\n---\nSome text.\n", name, description);
    support_write_file(path, "SKILL.md", document);
    if (manifest != NULL) {
        support_write_file(path, "skill.yaml", manifest);
    }
    free(document);
    free(path);
}

#define CLASSIFY "format: 1\nkind: classify\nlabels: [a, b]\n"

static void write_package(const char *parent, const char *name, const char *manifest)
{
    write_named(parent, name, name, "Sorts things.", manifest);
}

static void load(struct hone_registry *registry, const char *path)
{
    struct hone_error err = {0};
    support_ok(hone_registry_load(registry, path, &err), &err);
}

static void lists_skills_by_name_whatever_the_order_of_loading(void **state)
{
    const char *folder = *state;
    struct hone_registry *registry = hone_registry_create();
    char *first = make_folder(folder, "first"), *second = make_folder(folder, "second");
    write_package(first, "m", CLASSIFY);
    write_package(first, "c", NULL);
    write_package(second, "z", CLASSIFY);
    write_package(second, "a", CLASSIFY);
    load(registry, first);
    load(registry, second);
    static const char *const names[] = {"a", "c", "m", "z"};
    assert_int_equal(hone_registry_n(registry), 4);
    for (size_t i = 0; i < 4; i++) {
        struct hone_skill *skill = hone_registry_at(registry, i);
        assert_string_equal(skill->package->name, names[i]);
        assert_ptr_equal(skill, hone_registry_find(registry, hone_span_text(names[i])));
        assert_non_null(skill->input_schema);
        assert_null(skill->snapshot);
    }
    assert_null(hone_registry_find(registry, hone_span_text("b")));
    assert_int_equal(hone_registry_n_failures(registry), 0);
    hone_registry_destroy(registry);
    free(second);
    free(first);
}

static void loads_a_package_itself(void **state)
{
    struct hone_registry *registry = hone_registry_create();
    write_package(*state, "only", CLASSIFY);
    char *path = hone_alloc_format("%s/only", (char *)*state);
    load(registry, path);
    assert_int_equal(hone_registry_n(registry), 1);
    free(path);
    hone_registry_destroy(registry);
}

static void a_broken_package_costs_the_others_nothing(void **state)
{
    struct hone_registry *registry = hone_registry_create();
    write_package(*state, "good", CLASSIFY);
    write_package(*state, "broken", "format: 1\nkind: classify\nlabels: [a]\n");
    write_package(*state, "other", CLASSIFY);
    load(registry, *state);
    assert_int_equal(hone_registry_n(registry), 2);
    assert_int_equal(hone_registry_n_failures(registry), 1);
    const struct hone_registry_failure *failure = hone_registry_failure(registry, 0);
    assert_non_null(strstr(failure->folder, "/broken"));
    assert_non_null(strstr(failure->error.message, "broken/skill.yaml:3: "));
    assert_int_equal(failure->error.code, HONE_E_INVALID);
    hone_registry_destroy(registry);
}

static void a_name_that_is_there_already_is_a_failure(void **state)
{
    const char *folder = *state;
    struct hone_registry *registry = hone_registry_create();
    char *first = make_folder(folder, "first"), *second = make_folder(folder, "second");
    write_package(first, "same", CLASSIFY);
    write_package(second, "same", NULL);
    load(registry, first);
    load(registry, second);
    assert_int_equal(hone_registry_n(registry), 1);
    assert_string_equal(hone_registry_at(registry, 0)->package->kind->name, "classify");
    assert_int_equal(hone_registry_n_failures(registry), 1);
    assert_int_equal(hone_registry_failure(registry, 0)->error.code, HONE_E_EXISTS);
    assert_non_null(strstr(hone_registry_failure(registry, 0)->error.message, first));
    hone_registry_destroy(registry);
    free(second);
    free(first);
}

static void names_of_the_servers_own_tools_are_refused(void **state)
{
    struct hone_registry *registry = hone_registry_create();
    write_package(*state, "feedback", CLASSIFY);
    write_package(*state, "feedback-two", CLASSIFY);
    load(registry, *state);
    assert_int_equal(hone_registry_n(registry), 1);
    assert_int_equal(hone_registry_n_failures(registry), 1);
    assert_non_null(
        strstr(hone_registry_failure(registry, 0)->error.message, "own tools"));
    hone_registry_destroy(registry);
}

static void a_description_too_long_for_clients_is_refused(void **state)
{
    struct hone_registry *registry = hone_registry_create();
    char text[2 * 1000 + 1];
    for (size_t i = 0; i < 1000; i++) {
        memcpy(text + 2 * i, "\xC3\xA4", 2);
    }
    text[2000] = '\0';
    write_named(*state, "long", "long", text, CLASSIFY);
    write_named(*state, "long-guide", "long-guide", text, NULL);
    load(registry, *state);
    assert_int_equal(hone_registry_n(registry), 1);
    assert_non_null(hone_registry_find(registry, hone_span_text("long-guide")));
    assert_int_equal(hone_registry_failure(registry, 0)->error.code, HONE_E_LIMIT);
    hone_registry_destroy(registry);
}

static void passes_over_what_is_hidden_or_no_package(void **state)
{
    struct hone_registry *registry = hone_registry_create();
    write_package(*state, "good", CLASSIFY);
    write_named(*state, ".hidden", "hidden", "Sorts.", CLASSIFY);
    char *empty = make_folder(*state, "empty");
    support_write_file(*state, "file", "x");
    load(registry, *state);
    assert_int_equal(hone_registry_n(registry), 1);
    assert_int_equal(hone_registry_n_failures(registry), 0);
    free(empty);
    hone_registry_destroy(registry);
}

static void a_path_without_any_package_is_not_found(void **state)
{
    struct hone_error err = {0};
    struct hone_registry *registry = hone_registry_create();
    assert_int_equal(hone_registry_load(registry, *state, &err), HONE_E_NOT_FOUND);
    char *missing = hone_alloc_format("%s/none", (char *)*state);
    assert_int_equal(hone_registry_load(registry, missing, &err), HONE_E_NOT_FOUND);
    free(missing);
    hone_registry_destroy(registry);
}

static void finds_the_name_that_was_meant(void **state)
{
    struct hone_registry *registry = hone_registry_create();
    assert_null(hone_registry_nearest(registry, "triage"));
    write_package(*state, "triage", CLASSIFY);
    write_package(*state, "route", CLASSIFY);
    load(registry, *state);
    assert_string_equal(hone_registry_nearest(registry, "triag"), "triage");
    assert_null(hone_registry_nearest(registry, "something-else"));
    hone_registry_destroy(registry);
}

static void publishing_gives_the_former_snapshot_back(void **state)
{
    struct hone_registry *registry = hone_registry_create();
    write_package(*state, "guide", NULL);
    load(registry, *state);
    struct hone_skill *skill = hone_registry_at(registry, 0);
    struct hone_snapshot *first =
        hone_snapshot_create_take(skill->package->kind, NULL, 1, 0);
    hone_registry_publish_take(skill, first);
    assert_ptr_equal(skill->snapshot, first);
    struct hone_snapshot *held = hone_snapshot_ref(skill->snapshot);
    hone_registry_publish_take(
        skill, hone_snapshot_create_take(skill->package->kind, NULL, 2, 7));
    assert_int_equal(skill->snapshot->version, 2);
    assert_int_equal(skill->snapshot->learned_through, 7);
    assert_int_equal(held->version, 1); /* a call that began before goes on with it */
    hone_snapshot_unref(held);
    hone_registry_destroy(registry);
}

static void write_icons(const char *parent)
{
    static const char *const names[] = {"mark", "other", "third"};
    char picture[] = "\xFF\xD8\xFF\xC0\0\13\10\0\20\1\1\1\0\0\0";
    for (size_t i = 0; i < 3; i++) {
        struct hone_error err;
        char *path = hone_alloc_format("%s/demo/%s", parent, names[i]);
        picture[8] = i < 2 ? '\20' : '\30';
        support_ok(
            hone_file_write(path, hone_span_of(picture, sizeof(picture) - 1), 0644, &err),
            &err);
        free(path);
    }
}

static void the_interface_digest_is_stable_and_says_when_the_interface_moves(void **state)
{
    const char *folder = *state;
    static const char *const manifests[] = {
        CLASSIFY,
        CLASSIFY, /* the same again */
        "format: 1\nkind: classify\nlabels: [c, d, e]\ngate: {min_pairs: "
        "9}\n", /* labels only */
        "format: 1\nkind: classify\nlabels: [a, b]\ntitle: Other\n",
        "format: 1\nkind: classify\nlabels: [a, b]\ninput: {text: {type: "
        "number}}\n",
        "format: 1\nkind: classify\nlabels: [a, b]\nicon: mark\n",
        "format: 1\nkind: classify\nlabels: [a, b]\nicon: other\n", /* same picture */
        "format: 1\nkind: classify\nlabels: [a, b]\nicon: third\n",
    };
    /* Is it that of the first, or of the first with an icon? */
    static const bool same[] = {true, true, true, false, false, false, false, false};
    static const bool same_icon[] = {false, false, false, false,
                                     false, true,  true,  false};
    struct hone_digest first = {{0}}, first_icon = {{0}};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        char name[2] = {(char)('0' + i), '\0'};
        char *parent = make_folder(folder, name);
        write_package(parent, "demo", manifests[i]);
        write_icons(parent);
        struct hone_registry *registry = hone_registry_create();
        load(registry, parent);
        assert_int_equal(hone_registry_n(registry), 1);
        struct hone_digest digest = hone_registry_at(registry, 0)->interface.digest;
        first = i == 0 ? digest : first;
        first_icon = i == 5 ? digest : first_icon;
        assert_int_equal(hone_digest_equal(first, digest), same[i]);
        assert_int_equal(hone_digest_equal(first_icon, digest), same_icon[i]);
        hone_registry_destroy(registry);
        free(parent);
    }
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(lists_skills_by_name_whatever_the_order_of_loading),
        WITH_FOLDER(loads_a_package_itself),
        WITH_FOLDER(a_broken_package_costs_the_others_nothing),
        WITH_FOLDER(a_name_that_is_there_already_is_a_failure),
        WITH_FOLDER(names_of_the_servers_own_tools_are_refused),
        WITH_FOLDER(a_description_too_long_for_clients_is_refused),
        WITH_FOLDER(passes_over_what_is_hidden_or_no_package),
        WITH_FOLDER(a_path_without_any_package_is_not_found),
        WITH_FOLDER(finds_the_name_that_was_meant),
        WITH_FOLDER(publishing_gives_the_former_snapshot_back),
        WITH_FOLDER(the_interface_digest_is_stable_and_says_when_the_interface_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
