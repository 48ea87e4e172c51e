/* YAML (libyaml) into jansson values, remembering lines so that errors can name them.
 *
 * A careful subset: one document; mappings with unique string keys, sequences, scalars.
 * Anchors, aliases, tags and merge keys are refused. Plain scalars become null, true,
 * false, integers or reals by the YAML 1.2 core schema ("no" stays a string); quoted ones
 * are strings. Thread: any. */
#ifndef HONE_SKILLS_YAML_H
#define HONE_SKILLS_YAML_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <jansson.h>

#define HONE_YAML_BYTES_MAX (1024 * 1024)
#define HONE_YAML_DEPTH_MAX 32

/* Lines of the values of a document, by JSON Pointer. */
struct hone_yaml_lines;

/* file is for messages ("file:line: ..."); first_line is the number of text's first line
 * in it. *lines may be NULL when not wanted; otherwise destroyed by the caller. */
int hone_yaml_parse(json_t **out, struct hone_yaml_lines **lines, struct hone_span text,
                    const char *file, int first_line,
                    struct hone_error *err) HONE_MUST_USE;
/* Line of the value at a pointer, or of its nearest parent that has one. */
int hone_yaml_line(const struct hone_yaml_lines *lines, const char *pointer);
void hone_yaml_lines_destroy(struct hone_yaml_lines *lines); /* accepts NULL */

#endif
