/* mcpload as a child process: started with its words, and what it says in the end. It dies
 * with its parent.
 *
 * Blocks; gives up (bench/support/fail.h) when mcpload does, or when an answer was wrong.
 * One thread: the main one. */
#ifndef HONE_BENCH_SUPPORT_LOAD_H
#define HONE_BENCH_SUPPORT_LOAD_H

#include "base/attr.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct hone_load {
    pid_t pid;
    int out;
};

/* words end with NULL; the first is the path of mcpload. */
void hone_load_start(struct hone_load *out, const char *const *words);
bool hone_load_is_running(const struct hone_load *load);
/* Waits for the end. The line that mcpload printed, as a new reference. */
json_t *hone_load_finish(struct hone_load *load) HONE_MUST_USE;
/* A number of that line; gives up when it is not there. */
double hone_load_figure(const json_t *line, const char *name);

#endif
