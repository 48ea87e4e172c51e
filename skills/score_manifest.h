/* What skill.yaml says of a score skill: target, and its options. Thread: any. */
#ifndef HONE_SKILLS_SCORE_MANIFEST_H
#define HONE_SKILLS_SCORE_MANIFEST_H

#include "skills/kind.h"

/* As struct hone_kind's read_manifest. */
int hone_score_manifest_read(struct hone_package *package, const json_t *root,
                             const struct hone_yaml_lines *lines, const char *path,
                             struct hone_error *err) HONE_MUST_USE;

#endif
