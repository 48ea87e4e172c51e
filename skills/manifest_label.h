/* What skill.yaml says of a classify skill's label beside its name and description: the
 * names that it had before, and its weight. Thread: any. */
#ifndef HONE_SKILLS_MANIFEST_LABEL_H
#define HONE_SKILLS_MANIFEST_LABEL_H

#include "base/attr.h"
#include "base/error.h"
#include "skills/package.h"

#include <jansson.h>
#include <stddef.h>

/* Fills was and weight from an item of `labels`, which fits the schema of skill.yaml; what it
 * does not say stays. HONE_E_INVALID or HONE_E_LIMIT for a name that cannot be a label's. */
int hone_manifest_label_read(struct hone_package_label *label, const json_t *item,
                             struct hone_error *err) HONE_MUST_USE;

/* A former name must be another word than all labels and all other former names: feedback that
 * says it must mean one label. HONE_E_INVALID; *at_fault is then the label that has it. */
int hone_manifest_label_check_former(const struct hone_package *package, size_t *at_fault,
                                     struct hone_error *err) HONE_MUST_USE;

#endif
