/* From which probability to give a label, one threshold for each label of a multi-label
 * classifier.
 *
 * Prequential outputs (what was said of an example before it was learnt) are counted for each
 * label in 20 equal bins of probability, apart for outputs where the label was right and where
 * it was not. When a label's counts reach 2,000 all of them are halved: old ones fade. The
 * threshold of a label is the lower edge of a bin, found from its counts plus those of all labels
 * together scaled to 10 right outputs, so that a rare label leans on the others:
 *   F1         the edge with the highest 2 TP / (2 TP + FP + FN); of equals that nearest to 1/2
 *   error e    the lowest edge with (FP + 1) / (TP + FP + 1) <= e: of the times that the label
 *              is given at most so many are wrong. Above 1, never, when there is none
 * Before any output it is 1/2, or 1 - e, which is right if the probabilities are. Source: per-label
 * thresholds as in Yang 2001 (SCut), with counts in place of a validation set. Pure; thread: any. */
#ifndef HONE_OPTIM_THRESHOLD_H
#define HONE_OPTIM_THRESHOLD_H

#include "optim/calibration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_THRESHOLD_BINS       20
#define HONE_THRESHOLD_COUNTS     (2 * HONE_THRESHOLD_BINS) /* of a label: not right, right */
#define HONE_THRESHOLD_COUNTS_MAX 2000
#define HONE_THRESHOLD_NEVER      HONE_CALIBRATION_LIMIT_MAX

/* Counts one output of a label, (2, bins). */
void hone_threshold_count(uint32_t *counts, float p, bool right);
/* The sum of n counts. */
uint64_t hone_threshold_total(const uint32_t *counts, size_t n);

/* thresholds (n_labels,) from counts (n_labels, 2, bins). Of aims, HONE_CALIBRATION_ERROR_RATE
 * is as above; others mean F1. */
void hone_threshold_find(float *thresholds, const uint32_t *counts, size_t n_labels,
                         struct hone_calibration_aim aim);

/* How the thresholds would have done on what was counted, over all labels. */
struct hone_threshold_report {
    uint64_t n_right, n_given, n_given_right; /* labels in right sets, given, both */
};
void hone_threshold_report(const uint32_t *counts, const float *thresholds,
                           size_t n_labels, struct hone_threshold_report *out);

#endif
