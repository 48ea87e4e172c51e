/* How a benchmark gives up: a line on stderr and exit code 1. A figure that could not be
 * measured as described is not printed at all.
 *
 * Thread: any. */
#ifndef HONE_BENCH_SUPPORT_FAIL_H
#define HONE_BENCH_SUPPORT_FAIL_H

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>

HONE_NORETURN void hone_fail(const char *format, ...) HONE_PRINTF(1, 2);
/* Gives up with the error's message when code is not 0. */
void hone_fail_on(int code, const struct hone_error *err);
/* Gives up with `what` when the condition does not hold. */
void hone_fail_unless(bool condition, const char *what);

#endif
