/* A bar on stderr for what takes a while; nothing where stderr is no terminal.
 * Thread: main. */
#ifndef HONE_CLI_PROGRESS_H
#define HONE_CLI_PROGRESS_H

#include "cli/output.h"

#include <stdbool.h>
#include <stdint.h>

struct hone_progress {
    struct hone_output *output;
    const char *what; /* borrowed */
    uint64_t n_total; /* 0: not known */
    uint64_t began_us, shown_us;
    bool is_shown, is_drawn;
};

/* is_quiet: shows nothing. */
void hone_progress_start(struct hone_progress *progress, struct hone_output *output,
                         const char *what, uint64_t n_total, bool is_quiet);
/* So many are done; drawn a few times a second at most. */
void hone_progress_show(struct hone_progress *progress, uint64_t n_done);
/* Takes the bar away, so that other lines can follow; it is drawn again by the next show. */
void hone_progress_clear(struct hone_progress *progress);

#endif
