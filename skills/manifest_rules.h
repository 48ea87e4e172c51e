/* The schemas of a package's two descriptions, compiled: made once for many packages.
 * Immutable. Thread: any. */
#ifndef HONE_SKILLS_MANIFEST_RULES_H
#define HONE_SKILLS_MANIFEST_RULES_H

#include "base/attr.h"
#include "schema/schema.h"

#include <jansson.h>

struct hone_manifest_rule {
    json_t *document; /* the schema itself, for what messages say of it */
    struct hone_schema *schema;
};

struct hone_manifest_rules {
    struct hone_manifest_rule front_matter; /* of SKILL.md */
    struct hone_manifest_rule skill;        /* skill.yaml */
};

struct hone_manifest_rules *hone_manifest_rules_create(void) HONE_MUST_USE;
void hone_manifest_rules_destroy(struct hone_manifest_rules *rules); /* accepts NULL */

#endif
