/* The JSON Schemas of a package's two descriptions, as text.
 * Thread: any. */
#ifndef HONE_SKILLS_MANIFEST_SCHEMA_H
#define HONE_SKILLS_MANIFEST_SCHEMA_H

#include "base/attr.h"

/* Of skill.yaml, with the kinds of this build; free() it. docs/skill.schema.json is the
 * same, byte for byte. */
char *hone_manifest_schema_skill(void) HONE_MUST_USE;
/* Of the front matter of SKILL.md. Static. */
const char *hone_manifest_schema_front_matter(void);

#endif
