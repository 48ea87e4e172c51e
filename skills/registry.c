#include "skills/registry.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/map.h"
#include "base/text.h"
#include "skills/manifest_rules.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#define SKILLS_MAX 4096

struct hone_registry {
    struct hone_map *by_name;
    struct hone_manifest_rules *rules; /* of packages */
    struct hone_skill **skills;        /* sorted by name */
    size_t n_skills;
    struct hone_registry_failure *failures;
    size_t n_failures;
};

/* Tools of the server itself. Sorted. */
static const char *const reserved_names[] = {"feedback", "find_skill", "hone_status",
                                             "run_skill"};

struct hone_registry *hone_registry_create(void)
{
    struct hone_registry *registry = hone_alloc_zeroed(1, sizeof(*registry));
    registry->by_name = hone_map_create();
    registry->rules = hone_manifest_rules_create();
    return registry;
}

static void skill_destroy(struct hone_skill *skill)
{
    if (skill == NULL) {
        return;
    }
    hone_snapshot_unref(skill->snapshot);
    hone_schema_destroy(skill->input_schema);
    hone_kind_interface_finish(&skill->interface);
    hone_package_destroy(skill->package);
    free(skill);
}

void hone_registry_destroy(struct hone_registry *registry)
{
    if (registry == NULL) {
        return;
    }
    for (size_t i = 0; i < registry->n_skills; i++) {
        skill_destroy(registry->skills[i]);
    }
    for (size_t i = 0; i < registry->n_failures; i++) {
        free(registry->failures[i].folder);
    }
    free(registry->skills);
    free(registry->failures);
    hone_map_destroy(registry->by_name);
    hone_manifest_rules_destroy(registry->rules);
    free(registry);
}

/* Loading. */

static int check_name(const struct hone_registry *registry,
                      const struct hone_package *package, struct hone_error *err)
{
    for (size_t i = 0; i < sizeof(reserved_names) / sizeof(reserved_names[0]); i++) {
        if (strcmp(package->name, reserved_names[i]) == 0) {
            return hone_error_set(err, HONE_E_INVALID,
                                  "%s: the name '%s' is one of the server's own tools",
                                  package->folder, package->name);
        }
    }
    const struct hone_skill *there =
        hone_map_find(registry->by_name, hone_span_text(package->name));
    if (there != NULL) {
        return hone_error_set(err, HONE_E_EXISTS,
                              "%s: a skill '%s' is there already, from %s",
                              package->folder, package->name, there->package->folder);
    }
    if (registry->n_skills == SKILLS_MAX) {
        return hone_error_set(err, HONE_E_LIMIT, "%s: more than %d skills",
                              package->folder, SKILLS_MAX);
    }
    return 0;
}

/* Takes package, also on failure. */
static int make_skill_take(struct hone_skill **out, const struct hone_registry *registry,
                           struct hone_package *package, struct hone_error *err)
{
    struct hone_skill *skill = hone_alloc_zeroed(1, sizeof(*skill));
    skill->package = package;
    int code = check_name(registry, package, err);
    if (code == 0) {
        code =
            skill->package->kind->make_interface(skill->package, &skill->interface, err);
        if (code == 0) {
            code = hone_schema_compile(&skill->input_schema,
                                       skill->interface.input_schema, err);
        }
        if (code != 0) {
            hone_error_prefix(err, "%s", package->folder);
        }
    }
    if (code != 0) {
        skill_destroy(skill);
        return code;
    }
    *out = skill;
    return 0;
}

static void add_failure(struct hone_registry *registry, const char *folder,
                        const struct hone_error *err)
{
    registry->failures = hone_alloc_resize(registry->failures, registry->n_failures + 1,
                                           sizeof(*registry->failures));
    registry->failures[registry->n_failures++] =
        (struct hone_registry_failure){hone_alloc_text(folder), *err};
}

static void insert_skill(struct hone_registry *registry, struct hone_skill *skill)
{
    size_t at = registry->n_skills;
    registry->skills = hone_alloc_resize(registry->skills, registry->n_skills + 1,
                                         sizeof(struct hone_skill *));
    while (at > 0 &&
           strcmp(registry->skills[at - 1]->package->name, skill->package->name) > 0) {
        registry->skills[at] = registry->skills[at - 1];
        at--;
    }
    registry->skills[at] = skill;
    registry->n_skills++;
    (void)hone_map_set(registry->by_name, hone_span_text(skill->package->name), skill);
}

static void load_package(struct hone_registry *registry, const char *folder)
{
    struct hone_error err = {0};
    struct hone_skill *skill = NULL;
    struct hone_package *package = NULL;
    if (hone_package_load_by(&package, registry->rules, folder, &err) == 0 &&
        make_skill_take(&skill, registry, package, &err) == 0) {
        insert_skill(registry, skill);
    } else {
        add_failure(registry, folder, &err);
    }
}

int hone_registry_add_take(struct hone_registry *registry, struct hone_package *package,
                           struct hone_error *err)
{
    struct hone_skill *skill = NULL;
    int code = make_skill_take(&skill, registry, package, err);
    if (code == 0) {
        insert_skill(registry, skill);
    }
    return code;
}

static bool is_package(const char *folder)
{
    char *document = hone_alloc_format("%s/SKILL.md", folder);
    bool there = hone_file_exists(document);
    free(document);
    return there;
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Loads the packages among a folder's sub-folders, in order of name. */
static int load_folder(struct hone_registry *registry, const char *path,
                       size_t *n_packages, struct hone_error *err)
{
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, is_visible, compare_entries);
    if (n < 0) {
        return hone_error_set_errno(err, errno, "%s", path);
    }
    for (int i = 0; i < n; i++) {
        char *folder = hone_alloc_format("%s/%s", path, entries[i]->d_name);
        if (hone_file_is_folder(folder) && is_package(folder)) {
            load_package(registry, folder);
            (*n_packages)++;
        }
        free(folder);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

int hone_registry_load(struct hone_registry *registry, const char *path,
                       struct hone_error *err)
{
    if (!hone_file_is_folder(path)) {
        return hone_error_set(err, HONE_E_NOT_FOUND, "%s: there is no such folder", path);
    }
    if (is_package(path)) {
        load_package(registry, path);
        return 0;
    }
    size_t n_packages = 0;
    int code = load_folder(registry, path, &n_packages, err);
    if (code == 0 && n_packages == 0) {
        code = hone_error_set(
            err, HONE_E_NOT_FOUND,
            "%s: no skill is here: neither SKILL.md nor a sub-folder with one", path);
    }
    return code;
}

/* Looking. */

size_t hone_registry_n(const struct hone_registry *registry)
{
    return registry->n_skills;
}

struct hone_skill *hone_registry_at(const struct hone_registry *registry, size_t index)
{
    return registry->skills[index];
}

struct hone_skill *hone_registry_find(const struct hone_registry *registry,
                                      struct hone_span name)
{
    return hone_map_find(registry->by_name, name);
}

const char *hone_registry_nearest(const struct hone_registry *registry, const char *name)
{
    const char **names = hone_alloc_zeroed(registry->n_skills + 1, sizeof(*names));
    for (size_t i = 0; i < registry->n_skills; i++) {
        names[i] = registry->skills[i]->package->name;
    }
    const char *nearest = hone_text_nearest(name, names, registry->n_skills);
    free(names);
    return nearest;
}

void hone_registry_fail(struct hone_registry *registry, const struct hone_skill *skill,
                        const struct hone_error *err)
{
    add_failure(registry, skill->package->folder, err);
}

size_t hone_registry_n_failures(const struct hone_registry *registry)
{
    return registry->n_failures;
}

const struct hone_registry_failure *
hone_registry_failure(const struct hone_registry *registry, size_t index)
{
    return &registry->failures[index];
}

void hone_registry_publish_take(struct hone_skill *skill, struct hone_snapshot *snapshot)
{
    struct hone_snapshot *former = skill->snapshot;
    skill->snapshot = snapshot;
    hone_snapshot_unref(former);
}
