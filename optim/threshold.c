#include "optim/threshold.h"

#include <math.h>

#define BINS          HONE_THRESHOLD_BINS
#define POOLED_RIGHTS 10.0

static size_t bin_of(float p)
{
    size_t bin = (size_t)(fmaxf(p, 0.0F) * (float)BINS);
    return bin < BINS ? bin : BINS - 1;
}

static float edge_of(size_t bin)
{
    return (float)bin / (float)BINS;
}

uint64_t hone_threshold_total(const uint32_t *counts, size_t n)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += counts[i];
    }
    return total;
}

void hone_threshold_count(uint32_t *counts, float p, bool right)
{
    counts[(right ? BINS : 0) + bin_of(p)] += 1;
    if (hone_threshold_total(counts, HONE_THRESHOLD_COUNTS) >=
        HONE_THRESHOLD_COUNTS_MAX) {
        for (size_t i = 0; i < HONE_THRESHOLD_COUNTS; i++) {
            counts[i] /= 2;
        }
    }
}

/* The edge for F1; counts (2, bins). */
static float find_f1(const double *counts)
{
    double right = 0.0, tp = 0.0, fp = 0.0, best = -1.0;
    float found = 0.5F;
    for (size_t b = 0; b < BINS; b++) {
        right += counts[BINS + b];
    }
    for (size_t b = BINS - 1; b > 0; b--) {
        tp += counts[BINS + b];
        fp += counts[b];
        double f1 = 2.0 * tp / fmax(tp + fp + right, 1e-9);
        bool nearer = fabsf(edge_of(b) - 0.5F) < fabsf(found - 0.5F);
        if (f1 > best || (f1 >= best && nearer)) {
            best = f1;
            found = edge_of(b);
        }
    }
    return found;
}

static float find_error_rate(const double *counts, double error_rate)
{
    double tp = 0.0, fp = 0.0;
    float found = HONE_THRESHOLD_NEVER;
    for (size_t b = BINS - 1; b > 0; b--) {
        tp += counts[BINS + b];
        fp += counts[b];
        found = fp + 1.0 <= error_rate * (tp + fp + 1.0) ? edge_of(b) : found;
    }
    return found;
}

void hone_threshold_find(float *thresholds, const uint32_t *counts, size_t n_labels,
                         struct hone_calibration_aim aim)
{
    bool by_error = aim.kind == HONE_CALIBRATION_ERROR_RATE;
    double pooled[HONE_THRESHOLD_COUNTS] = {0.0}, n = 0.0, rights = 0.0;
    for (size_t i = 0; i < n_labels * HONE_THRESHOLD_COUNTS; i++) {
        size_t bin = i % HONE_THRESHOLD_COUNTS;
        pooled[bin] += counts[i];
        n += counts[i];
        rights += bin >= BINS ? counts[i] : 0;
    }
    double share = POOLED_RIGHTS / fmax(rights, POOLED_RIGHTS);
    for (size_t k = 0; k < n_labels; k++) {
        double all[HONE_THRESHOLD_COUNTS];
        for (size_t i = 0; i < HONE_THRESHOLD_COUNTS; i++) {
            all[i] = counts[k * HONE_THRESHOLD_COUNTS + i] + share * pooled[i];
        }
        if (n < 1.0) {
            thresholds[k] = by_error ? 1.0F - aim.value : 0.5F;
        } else {
            thresholds[k] =
                by_error ? find_error_rate(all, (double)aim.value) : find_f1(all);
        }
    }
}

void hone_threshold_report(const uint32_t *counts, const float *thresholds,
                           size_t n_labels, struct hone_threshold_report *out)
{
    *out = (struct hone_threshold_report){0};
    for (size_t k = 0; k < n_labels; k++) {
        const uint32_t *of = counts + k * HONE_THRESHOLD_COUNTS;
        for (size_t b = 0; b < BINS; b++) {
            bool given = edge_of(b) >= thresholds[k];
            out->n_right += of[BINS + b];
            out->n_given_right += given ? of[BINS + b] : 0;
            out->n_given += given ? of[b] + of[BINS + b] : 0;
        }
    }
}
