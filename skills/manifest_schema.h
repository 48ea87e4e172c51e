/* The JSON Schemas of a package's two descriptions, as text.
 * Thread: any; static text. */
#ifndef HONE_SKILLS_MANIFEST_SCHEMA_H
#define HONE_SKILLS_MANIFEST_SCHEMA_H

/* Of skill.yaml; docs/skill.schema.json is the same, byte for byte. */
const char *hone_manifest_schema_skill(void);
/* Of the front matter of SKILL.md. */
const char *hone_manifest_schema_front_matter(void);

#endif
