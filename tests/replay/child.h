/* The program as a child process. Thread: main; blocks. */
#ifndef HONE_TESTS_REPLAY_CHILD_H
#define HONE_TESTS_REPLAY_CHILD_H

#include "tests/replay/transcript.h"

#include <stdio.h>
#include <sys/types.h>

struct child {
    pid_t pid;
    FILE *in;         /* its stdin */
    FILE *out;        /* its stdout */
    char where[1024]; /* the line that it prints on stderr when it is ready */
};

/* Starts `hone serve` with these further arguments (up to NULL) and waits until it is
 * ready. What it logs goes to our stderr. */
void child_start(struct child *child, const struct transcript *transcript,
                 const char *data, const char *const *arguments);
/* Closes stdin, or with a signal sends that, and waits; was the exit code 0? */
bool child_stop(struct child *child, int signal_number);

#endif
