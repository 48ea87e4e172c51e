/* stdin and stdout for the protocol alone: the real stdout is kept privately and
 * descriptor 1 is pointed at stderr, so that nothing else in the process, no library and
 * no child, can write to it. To be taken before anything is loaded or opened.
 * Thread: any, once. */
#ifndef HONE_SERVER_STDIO_ENDS_H
#define HONE_SERVER_STDIO_ENDS_H

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>

/* From a signal, for what is in flight: a process that serves one client over stdio ends
 * within a second when that goes, and this leaves time to save what is not saved yet. So does
 * the default of stdin_end_wait_ms, with this on top. */
#define HONE_STDIO_ENDS_STOP_MS 300

struct hone_stdio_ends {
    int in, out;
    bool
        polled; /* false: stdin is a file, or another thing that is read but not polled */
};

/* The descriptors are the caller's. */
int hone_stdio_ends_take(struct hone_stdio_ends *ends,
                         struct hone_error *err) HONE_MUST_USE;

#endif
