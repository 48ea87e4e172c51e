/* Regular expressions of ECMA-262 (flag u) in the words of PCRE2: what the two write
 * differently is translated, and what would mean something else in PCRE2 is refused. All
 * else is left to PCRE2, its complaints about syntax too. Thread: any. */
#ifndef HONE_SCHEMA_DIALECT_H
#define HONE_SCHEMA_DIALECT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

#include <stddef.h>

struct hone_dialect_refusal {
    const char *why;
    size_t at; /* byte of the pattern */
};

/* Appends the translation of a pattern to out, whose error the caller looks at, and sets
 * *count_max to the greatest n of its {n,m}. HONE_E_INVALID when it is refused. */
int hone_dialect_translate(struct hone_buf *out, size_t *count_max,
                           struct hone_span pattern,
                           struct hone_dialect_refusal *refusal) HONE_MUST_USE;

/* The byte of a pattern that a byte of its translation comes from. */
size_t hone_dialect_origin(struct hone_span pattern, size_t offset);

#endif
