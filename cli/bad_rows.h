/* Rows of a file that cannot be used: each is said on stderr with its line and the cause,
 * until there are too many to read; all are counted. Thread: main. */
#ifndef HONE_CLI_BAD_ROWS_H
#define HONE_CLI_BAD_ROWS_H

#include "base/error.h"
#include "cli/progress.h"

#include <stdbool.h>
#include <stdint.h>

#define HONE_BAD_ROWS_SAID_MAX 20

struct hone_bad_rows {
    struct hone_output *output;
    struct hone_progress *progress; /* out of whose way a line must go; or NULL */
    const char *path;               /* as it was given */
    bool is_strict;                 /* the first one ends the command */
    uint64_t n;
};

/* One more. 0, or HONE_E_INVALID when the command is strict: then nothing was said, and
 * err is the error to end with. */
int hone_bad_rows_add(struct hone_bad_rows *bad, uint64_t line, struct hone_error *err);
/* Says how many there were beyond those that were said. */
void hone_bad_rows_end(const struct hone_bad_rows *bad);

#endif
