/* What happened: answers right and wrong, their times, and what the server used.
 *
 * Thread: any, one at a time. */
#ifndef HONE_BENCH_MCPLOAD_TALLY_H
#define HONE_BENCH_MCPLOAD_TALLY_H

#include "base/span.h"
#include "bench/mcpload/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct hone_tally_usage {
    long resident_kib, peak_kib, n_threads;
    double cpu_s;
};

/* Allocations of the server's main thread and of its others. */
struct hone_tally_counts {
    uint64_t main, others;
};

struct hone_tally {
    uint64_t n_right, n_wrong, n_bytes, n_reconnects;
    char first_wrong[240];
    bool measuring;  /* times are kept from hone_tally_begin on */
    uint32_t *times; /* units of 10 ns, saturating */
    size_t n_times, capacity;
    uint64_t begin_ns;
    double own_cpu_s;
    struct hone_tally_usage usage;
    struct hone_tally_counts counts;
};

uint64_t hone_tally_now_ns(void);
struct hone_tally_usage hone_tally_usage_of(pid_t pid);
void hone_tally_finish(struct hone_tally *tally);

/* Forgets the warm-up's counts, but not its errors. pid: the server, or 0. */
void hone_tally_begin(struct hone_tally *tally, const struct hone_options *options,
                      pid_t pid);
void hone_tally_time(struct hone_tally *tally, uint64_t ns);
/* Counts a wrong answer and keeps the first one's text. */
void hone_tally_wrong(struct hone_tally *tally, const char *why, struct hone_span answer);
/* Milliseconds; sorts. 0 without times. */
double hone_tally_quantile_ms(struct hone_tally *tally, double share);
/* One line of JSON on stdout. */
void hone_tally_report(struct hone_tally *tally, const struct hone_options *options,
                       const char *mode, size_t width, pid_t pid);
/* Pins this process; -1 does nothing. */
void hone_tally_pin(int cpu);
/* Real-time priority for this process where the system allows it, else a high one if it
 * allows that. */
void hone_tally_hurry(void);

#endif
