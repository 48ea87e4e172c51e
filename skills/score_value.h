/* True values of a score skill, as feedback says them. Thread: any. */
#ifndef HONE_SKILLS_SCORE_VALUE_H
#define HONE_SKILLS_SCORE_VALUE_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "skills/package.h"

#include <stdbool.h>

/* Reads a number as JSON writes it, with space around it at most; finite. 0, or
 * HONE_E_INVALID with a message. */
int hone_score_value_parse(double *out, struct hone_span text,
                           struct hone_error *err) HONE_MUST_USE;

/* Is a value within the target's bounds? 0, or HONE_E_INVALID with a message that names
 * them. */
int hone_score_value_check(const struct hone_package *package, double value,
                           struct hone_error *err) HONE_MUST_USE;

/* How near to the true value an answer must be to count as right: what the package says;
 * else a tenth of the way from min to max when both are given; else a fifth of the true
 * value's magnitude. The same for every state, so that states can be compared by it; an
 * interval would not do, for the widest one would be right most often. */
double hone_score_value_tolerance(const struct hone_package *package, double value);

bool hone_score_value_is_right(const struct hone_package *package, double answer,
                               double value);

#endif
