/* skill.yaml, and checks that it shares with the front matter of
 * SKILL.md. Thread: any. */
#ifndef HONE_SKILLS_MANIFEST_H
#define HONE_SKILLS_MANIFEST_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "skills/manifest_rules.h"
#include "skills/package.h"
#include "skills/yaml.h"

#include <jansson.h>

#define HONE_MANIFEST_LABELS_MAX_DEFAULT 256
#define HONE_MANIFEST_MIN_PAIRS_DEFAULT  200

/* Fills what skill.yaml says into a package that has its name: kind, title, icon,
 * fields, labels, options and gate. Its files are read already. path is for messages. On failure the package
 * may be filled in part; it is still fit for hone_package_destroy.
 * HONE_E_INVALID, HONE_E_VERSION, HONE_E_LIMIT. */
int hone_manifest_read(struct hone_package *package,
                       const struct hone_manifest_rules *rules, struct hone_span text,
                       const char *path, struct hone_error *err) HONE_MUST_USE;
/* The same for a folder without skill.yaml: a guide. */
void hone_manifest_fill_default(struct hone_package *package);

/* Checks a value against a schema; the message begins with "path:line: ". */
int hone_manifest_check(const struct hone_manifest_rule *rule, json_t *value,
                        const struct hone_yaml_lines *lines, const char *path,
                        struct hone_error *err) HONE_MUST_USE;

#endif
