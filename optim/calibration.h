/* Calibration: is a confidence of 0.8 right 8 times in 10?
 *
 * Looks at prequential outputs (what was said of an example before it was learnt), the
 * newest 3,000 of them:
 *   table        15 equal bins of confidence: how many, mean confidence, share right
 *   ECE          sum over bins of (n_bin / n) |mean confidence - share right|
 *   temperature  the T that makes -sum ln p_T(label) smallest, p_T = softmax(ln p / T):
 *                above 1 the outputs are too sure, below 1 not sure enough. On a grid of
 *                1/T = 1/4, 2/4 ... 16/4, where powers of p^(1/4) give the losses without
 *                another logarithm, then by a parabola through the best three. The losses
 *                are kept as sums of 300 outputs, so T is that of the newest 2,701 to
 *                3,000.
 *   limit        the confidence from which to answer, for a wanted error rate or coverage
 * Sources: Guo, Pleiss, Sun and Weinberger 2017 (ECE, temperature); Chow 1970 and
 * Geifman and El-Yaniv 2017 (answering only when sure). Pure; thread: any. */
#ifndef HONE_OPTIM_CALIBRATION_H
#define HONE_OPTIM_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_CALIBRATION_WINDOW        3000
#define HONE_CALIBRATION_BLOCKS        10
#define HONE_CALIBRATION_BLOCK_OUTPUTS (HONE_CALIBRATION_WINDOW / HONE_CALIBRATION_BLOCKS)
#define HONE_CALIBRATION_GRID          16
#define HONE_CALIBRATION_BINS          15
/* Fewer outputs than this say too little for a temperature or a limit. */
#define HONE_CALIBRATION_MIN 100

/* The complete state; zeroed memory has seen nothing. */
struct hone_calibration {
    uint64_t n; /* outputs since the last reset */
    /* Output i at i % 3000: confidence in 32767ths, rounded down, and in the highest bit
     * whether it was right. */
    uint16_t outputs[HONE_CALIBRATION_WINDOW];
    /* Nats; sums over the outputs i with i / 300 % 10 of the row. */
    double losses[HONE_CALIBRATION_BLOCKS][HONE_CALIBRATION_GRID];
};

struct hone_calibration_bin {
    uint64_t n;
    double confidence, accuracy; /* means; 0 when n is 0 */
};

struct hone_calibration_report {
    uint64_t n;         /* outputs looked at */
    double ece;         /* 0 when n is 0 */
    double temperature; /* in [1/4, 4]; 0: not known yet */
    struct hone_calibration_bin bins[HONE_CALIBRATION_BINS];
};

/* What the limit is set for. */
enum hone_calibration_aim_kind {
    HONE_CALIBRATION_NO_AIM,     /* the limit is 0 */
    HONE_CALIBRATION_ERROR_RATE, /* at most this share of answers is wrong */
    HONE_CALIBRATION_COVERAGE,   /* at least this share is answered */
    HONE_CALIBRATION_N_AIMS,
};

struct hone_calibration_aim {
    enum hone_calibration_aim_kind kind;
    float value; /* in (0, 1); 0 without an aim */
};

/* Above all confidences: nothing is answered. */
#define HONE_CALIBRATION_LIMIT_MAX 1.001F

void hone_calibration_reset(struct hone_calibration *calibration);
/* p (n_labels,) sums to 1; label is the right one. */
void hone_calibration_add(struct hone_calibration *calibration, const float *p,
                          size_t n_labels, uint32_t label);
void hone_calibration_report(const struct hone_calibration *calibration,
                             struct hone_calibration_report *out);
/* The lowest limit with (wrong + 1) / (answered + 1) <= the error rate among the outputs
 * of the window, or the highest with answered >= coverage * outputs. Before MIN outputs
 * nothing can be promised: LIMIT_MAX for an error rate, 0 for a coverage. */
float hone_calibration_limit(const struct hone_calibration *calibration,
                             struct hone_calibration_aim aim);
/* How many places of outputs are in use. */
size_t hone_calibration_n_kept(const struct hone_calibration *calibration);
/* Are all numbers such as add makes them? */
bool hone_calibration_is_valid(const struct hone_calibration *calibration);

#endif
