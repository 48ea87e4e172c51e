/* The skills that are there, by name, in a stable order.
 *
 * Thread: loop (loading may happen before the loop runs). */
#ifndef HONE_SKILLS_REGISTRY_H
#define HONE_SKILLS_REGISTRY_H

#include "base/attr.h"
#include "base/error.h"
#include "schema/schema.h"
#include "skills/kind.h"
#include "skills/package.h"
#include "skills/snapshot.h"

#include <stddef.h>

struct hone_skill {
    struct hone_package *package;
    struct hone_interface interface;
    struct hone_schema *input_schema; /* compiled */
    struct hone_snapshot *snapshot;   /* current; NULL until first published */
    void *owner_data;                 /* the server's per-skill state */
};

/* A folder that could not be loaded, and why. */
struct hone_registry_failure {
    char *folder;
    struct hone_error error;
};

struct hone_registry;

struct hone_registry *hone_registry_create(void) HONE_MUST_USE;
void hone_registry_destroy(struct hone_registry *registry); /* accepts NULL */

/* Loads path: a package, or a folder whose sub-folders are packages (hidden ones and
 * those without SKILL.md are passed over). A broken package becomes a failure and costs
 * the others nothing; a name that is there already is a failure too. Returns
 * HONE_E_NOT_FOUND when path does not exist or holds no package at all. */
int hone_registry_load(struct hone_registry *registry, const char *path,
                       struct hone_error *err) HONE_MUST_USE;

/* Adds a package that was made otherwise, and takes it, also on failure. HONE_E_EXISTS for
 * a name that is there. */
int hone_registry_add_take(struct hone_registry *registry, struct hone_package *package,
                           struct hone_error *err) HONE_MUST_USE;

size_t hone_registry_n(const struct hone_registry *registry);
/* In order of name (bytes). */
struct hone_skill *hone_registry_at(const struct hone_registry *registry, size_t index);
/* NULL when absent. */
struct hone_skill *hone_registry_find(const struct hone_registry *registry,
                                      struct hone_span name);
/* The skill whose name is nearest to a mistyped one, or NULL. */
const char *hone_registry_nearest(const struct hone_registry *registry, const char *name);

/* Notes that a loaded skill cannot be served; it stays in the registry
 * without a snapshot. */
void hone_registry_fail(struct hone_registry *registry, const struct hone_skill *skill,
                        const struct hone_error *err);
size_t hone_registry_n_failures(const struct hone_registry *registry);
const struct hone_registry_failure *
hone_registry_failure(const struct hone_registry *registry, size_t index);

/* Replaces the current snapshot (takes the reference) and gives the former back. */
void hone_registry_publish_take(struct hone_skill *skill, struct hone_snapshot *snapshot);

#endif
