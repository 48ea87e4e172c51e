/* How busy other programs keep the machine while something is measured.
 *
 * Thread: any. */
#ifndef HONE_BENCH_SUPPORT_OTHERS_H
#define HONE_BENCH_SUPPORT_OTHERS_H

#include "base/attr.h"

#include <stdint.h>

struct hone_others {
    double busy_s,
        own_s; /* CPU time so far: of all processes; of this one and its children */
    uint64_t start_us;
};

void hone_others_begin(struct hone_others *out);
/* Cores that others used since then. Children count as own once they have been waited
 * for. */
double hone_others_cores(const struct hone_others *begin) HONE_MUST_USE;

#endif
