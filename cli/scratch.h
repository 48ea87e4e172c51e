/* Temporary folders.
 *
 * Thread: any; blocks. */
#ifndef HONE_CLI_SCRATCH_H
#define HONE_CLI_SCRATCH_H

#include "base/attr.h"
#include "base/error.h"

/* A new empty folder, mode 0700, below $TMPDIR or /tmp; free() the path. */
int hone_scratch_create(char **out, struct hone_error *err) HONE_MUST_USE;
/* Removes the folder and all that is in it; accepts NULL. What cannot
 * be removed stays. */
void hone_scratch_remove(const char *path);

#endif
