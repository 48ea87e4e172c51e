#include "bench/support/samples.h"

#include "base/alloc.h"

#include <stdlib.h>

void hone_samples_add(struct hone_samples *samples, uint64_t time_us)
{
    if (samples->n == samples->capacity) {
        samples->capacity = samples->capacity == 0 ? 4096 : samples->capacity * 2;
        samples->times_us = hone_alloc_resize(samples->times_us, samples->capacity,
                                              sizeof(*samples->times_us));
    }
    samples->times_us[samples->n++] = time_us;
}

static int compare_times(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

double hone_samples_quantile_us(struct hone_samples *samples, double share)
{
    if (samples->n == 0) {
        return 0.0;
    }
    qsort(samples->times_us, samples->n, sizeof(*samples->times_us), compare_times);
    size_t at = (size_t)(share * (double)samples->n);
    return (double)samples->times_us[at < samples->n ? at : samples->n - 1];
}

void hone_samples_finish(struct hone_samples *samples)
{
    free(samples->times_us);
    *samples = (struct hone_samples){0};
}

static int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double hone_samples_median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare_values);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}
