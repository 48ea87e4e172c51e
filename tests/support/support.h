/* What every unit test includes first: cmocka with the headers that it wants before it,
 * and a few helpers for files and values. */
#ifndef HONE_TESTS_SUPPORT_SUPPORT_H
#define HONE_TESTS_SUPPORT_SUPPORT_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/span.h"

/* Fails with the error's message when code is not 0. */
#define support_ok(code, err) support_check_ok((code), (err), __FILE__, __LINE__)
void support_check_ok(int code, const struct hone_error *err, const char *file, int line);

/* Fails unless |a - b| <= tolerance; prints both values. */
#define support_near(a, b, tolerance)                                                    \
    support_check_near((a), (b), (tolerance), __FILE__, __LINE__)
void support_check_near(double a, double b, double tolerance, const char *file, int line);

/* A new empty folder below $TMPDIR or /tmp; free() the path. */
char *support_make_folder(void);
/* Removes a folder and all that is in it. */
void support_remove_folder(const char *path);
/* "folder/name" with the given content. */
void support_write_file(const char *folder, const char *name, const char *content);
/* A path below the source tree (HONE_SOURCE_DIR); free() it. */
char *support_source_path(const char *relative);

#endif
