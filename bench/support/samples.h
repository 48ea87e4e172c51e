/* Times of many events, and what to say of them.
 *
 * Thread: any, one at a time. */
#ifndef HONE_BENCH_SUPPORT_SAMPLES_H
#define HONE_BENCH_SUPPORT_SAMPLES_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct hone_samples {
    uint64_t *times_us;
    size_t n, capacity;
};

void hone_samples_add(struct hone_samples *samples, uint64_t time_us);
/* The time that the share (0 to 1) of the events did not exceed; 0 without events. Sorts. */
double hone_samples_quantile_us(struct hone_samples *samples, double share);
void hone_samples_finish(struct hone_samples *samples); /* accepts zeroed memory */

/* The median of n values, n >= 1; the mean of the middle two when n is even. Sorts. */
double hone_samples_median(double *values, size_t n);

#endif
