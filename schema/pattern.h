/* Regular expressions of ECMA-262 with the flag u, as `pattern` and `patternProperties`
 * use them, on PCRE2: does any part of a text match? docs/schema.md says where the two
 * differ. What a search may take is bounded, whatever the pattern and the text are. A
 * compiled pattern is immutable: thread any. */
#ifndef HONE_SCHEMA_PATTERN_H
#define HONE_SCHEMA_PATTERN_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

#define HONE_PATTERN_BYTES_MAX      4096
#define HONE_PATTERN_DEPTH_MAX      64     /* of groups in groups */
#define HONE_PATTERN_BACKTRACKS_MAX 250000 /* places that a search may come back to */
#define HONE_PATTERN_HEAP_KIB_MAX   32768  /* for remembering them */

struct hone_pattern;

/* text must be valid UTF-8. HONE_E_INVALID, HONE_E_LIMIT, HONE_E_NOMEM. */
int hone_pattern_compile(struct hone_pattern **out, struct hone_span text,
                         struct hone_error *err) HONE_MUST_USE;
void hone_pattern_destroy(struct hone_pattern *pattern); /* accepts NULL */

/* *found: does some part of text, which must be valid UTF-8, match? *work_left is lowered
 * by what it took, about one for each item of the pattern that was tried and each byte
 * that was passed; HONE_E_LIMIT, and nothing is left, when it or one of the limits above
 * does not suffice. HONE_E_NOMEM. */
int hone_pattern_search(bool *found, const struct hone_pattern *pattern,
                        struct hone_span text, size_t *work_left) HONE_MUST_USE;

#endif
