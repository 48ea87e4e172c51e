/* What may be the name of a label, wherever it comes from: a package or
 * feedback. Thread: any. */
#ifndef HONE_SKILLS_LABEL_H
#define HONE_SKILLS_LABEL_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>

/* UTF-8 of 1 to HONE_PACKAGE_LABEL_BYTES_MAX bytes, without control characters and
 * without white space at its ends. HONE_E_INVALID or HONE_E_LIMIT with the reason. */
int hone_label_check(struct hone_span name, struct hone_error *err) HONE_MUST_USE;

/* Are these the same word but for case, compatibility forms and white space around it?
 * False for text that is not UTF-8. */
bool hone_label_same(struct hone_span a, struct hone_span b);

/* Names in one text, each on a line of its own: takes the first off *lines. False when there
 * is none. */
bool hone_label_next_line(struct hone_span *lines, struct hone_span *name);

#endif
