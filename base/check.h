/* Two kinds of wrong that end the process; they stay on in release builds.
 *
 * HONE_REQUIRE: the caller broke a function's contract. HONE_INVARIANT: this module's own
 * state is not what it must be. The third kind - the outside world misbehaved - is an
 * error code, never one of these. Thread: any. */
#ifndef HONE_BASE_CHECK_H
#define HONE_BASE_CHECK_H

#include "base/attr.h"

/* Prints "file:line: what failed" to stderr and aborts. */
HONE_NORETURN void hone_check_failed(const char *what, const char *file, int line,
                                     const char *condition);

#define HONE_REQUIRE(cond)                                                               \
    ((cond) ? (void)0 : hone_check_failed("requirement", __FILE__, __LINE__, #cond))
#define HONE_INVARIANT(cond)                                                             \
    ((cond) ? (void)0 : hone_check_failed("invariant", __FILE__, __LINE__, #cond))

#endif
