/* A moment as people write it: RFC 3339, or how long ago. Thread: any. */
#ifndef HONE_BASE_MOMENT_H
#define HONE_BASE_MOMENT_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/* "2026-01-31T23:59:59Z", with a fraction, with an offset like +02:00, with a blank instead
 * of T; a date alone is its midnight in UTC; "90s ago", "15m ago", "2h ago", "3d ago", "1w
 * ago", but not before 1970; "now". Years 1970 to 9999. HONE_E_INVALID says what is allowed. */
int hone_moment_parse(int64_t *unix_ms, struct hone_span text, int64_t now_unix_ms,
                      struct hone_error *err) HONE_MUST_USE;

#endif
