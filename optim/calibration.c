#include "optim/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RIGHT_BIT 0x8000U
#define SCALE     32767U
#define GRID_STEP 0.25 /* of 1/T */
#define P_MIN     1e-9F
#define LOSS_MAX  100.0 /* of one output at one place of the grid: 4 ln(1e9), rounded up */
#define NO_VERTEX 1e-12

void hone_calibration_reset(struct hone_calibration *calibration)
{
    *calibration = (struct hone_calibration){0};
}

size_t hone_calibration_n_kept(const struct hone_calibration *calibration)
{
    return calibration->n < HONE_CALIBRATION_WINDOW ? (size_t)calibration->n
                                                    : HONE_CALIBRATION_WINDOW;
}

static unsigned confidence_of(uint16_t output)
{
    return output & ~RIGHT_BIT;
}

static bool is_right(uint16_t output)
{
    return (output & RIGHT_BIT) != 0;
}

/* With q = p^(1/4): -ln p_T(label) = ln sum_k q_k^j - j ln q_label at 1/T = j/4. */
static void add_losses(double *losses, const float *p, size_t n_labels, uint32_t label)
{
    double sums[HONE_CALIBRATION_GRID] = {0};
    for (size_t k = 0; k < n_labels; k++) {
        double q = p[k] > 0.0F ? (double)sqrtf(sqrtf(p[k])) : 0.0, power = 1.0;
        for (size_t j = 0; j < HONE_CALIBRATION_GRID; j++) {
            power *= q;
            sums[j] += power;
        }
    }
    double log_q = log((double)fmaxf(p[label], P_MIN)) * GRID_STEP;
    for (size_t j = 0; j < HONE_CALIBRATION_GRID; j++) {
        losses[j] += log(fmax(sums[j], (double)P_MIN)) - (double)(j + 1) * log_q;
    }
}

void hone_calibration_add(struct hone_calibration *calibration, const float *p,
                          size_t n_labels, uint32_t label)
{
    size_t best = 0;
    for (size_t k = 1; k < n_labels; k++) {
        best = p[k] > p[best] ? k : best;
    }
    uint64_t n = calibration->n;
    unsigned confidence = (unsigned)(fminf(p[best], 1.0F) * (float)SCALE);
    calibration->outputs[n % HONE_CALIBRATION_WINDOW] =
        (uint16_t)(confidence | (best == label ? RIGHT_BIT : 0U));
    double *losses =
        calibration->losses[n / HONE_CALIBRATION_BLOCK_OUTPUTS % HONE_CALIBRATION_BLOCKS];
    if (n % HONE_CALIBRATION_BLOCK_OUTPUTS == 0) {
        memset(losses, 0, sizeof(calibration->losses[0]));
    }
    add_losses(losses, p, n_labels, label);
    calibration->n += 1;
}

static void fill_bins(const struct hone_calibration *calibration,
                      struct hone_calibration_report *out)
{
    uint64_t sums[HONE_CALIBRATION_BINS] = {0}, right[HONE_CALIBRATION_BINS] = {0};
    for (size_t i = 0; i < out->n; i++) {
        unsigned confidence = confidence_of(calibration->outputs[i]);
        unsigned b = confidence * HONE_CALIBRATION_BINS / SCALE;
        b = b < HONE_CALIBRATION_BINS ? b : HONE_CALIBRATION_BINS - 1;
        out->bins[b].n += 1;
        sums[b] += confidence;
        right[b] += is_right(calibration->outputs[i]) ? 1 : 0;
    }
    for (size_t b = 0; b < HONE_CALIBRATION_BINS; b++) {
        struct hone_calibration_bin *bin = &out->bins[b];
        if (bin->n > 0) {
            double n = (double)bin->n;
            bin->confidence = (double)sums[b] / SCALE / n;
            bin->accuracy = (double)right[b] / n;
            out->ece += n / (double)out->n * fabs(bin->confidence - bin->accuracy);
        }
    }
}

/* 1/T of the vertex of the parabola through three neighbours; the middle is lowest. */
static double vertex(double left, double middle, double right, double at)
{
    double curvature = left - 2.0 * middle + right;
    return curvature > NO_VERTEX ? at + GRID_STEP * 0.5 * (left - right) / curvature : at;
}

static double fit_temperature(const struct hone_calibration *calibration)
{
    double losses[HONE_CALIBRATION_GRID] = {0};
    size_t best = 0;
    for (size_t block = 0; block < HONE_CALIBRATION_BLOCKS; block++) {
        for (size_t j = 0; j < HONE_CALIBRATION_GRID; j++) {
            losses[j] += calibration->losses[block][j];
        }
    }
    for (size_t j = 1; j < HONE_CALIBRATION_GRID; j++) {
        best = losses[j] < losses[best] ? j : best;
    }
    double at = GRID_STEP * (double)(best + 1);
    if (best > 0 && best + 1 < HONE_CALIBRATION_GRID) {
        at = vertex(losses[best - 1], losses[best], losses[best + 1], at);
    }
    return 1.0 / at;
}

void hone_calibration_report(const struct hone_calibration *calibration,
                             struct hone_calibration_report *out)
{
    *out = (struct hone_calibration_report){.n = hone_calibration_n_kept(calibration)};
    if (out->n > 0) {
        fill_bins(calibration, out);
    }
    if (out->n >= HONE_CALIBRATION_MIN) {
        out->temperature = fit_temperature(calibration);
    }
}

static int compare_confidence(const void *a, const void *b)
{
    unsigned x = confidence_of(*(const uint16_t *)a);
    unsigned y = confidence_of(*(const uint16_t *)b);
    return x < y ? 1 : x > y ? -1 : 0;
}

static bool is_reached(struct hone_calibration_aim aim, size_t answered, size_t wrong,
                       size_t n)
{
    if (aim.kind == HONE_CALIBRATION_COVERAGE) {
        return (double)answered >= (double)aim.value * (double)n;
    }
    return (double)(wrong + 1) <= (double)aim.value * (double)(answered + 1);
}

/* Goes down from the surest output; equal ones are answered or not together. A coverage
 * is reached at the first good place, an error rate is kept down to the last. */
static float find_limit(const uint16_t *sorted, size_t n, struct hone_calibration_aim aim)
{
    float limit = HONE_CALIBRATION_LIMIT_MAX;
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        wrong += is_right(sorted[i]) ? 0 : 1;
        unsigned confidence = confidence_of(sorted[i]);
        bool is_last = i + 1 == n || confidence_of(sorted[i + 1]) != confidence;
        if (is_last && is_reached(aim, i + 1, wrong, n)) {
            limit = (float)confidence / (float)SCALE;
            if (aim.kind == HONE_CALIBRATION_COVERAGE) {
                return limit;
            }
        }
    }
    return limit;
}

float hone_calibration_limit(const struct hone_calibration *calibration,
                             struct hone_calibration_aim aim)
{
    uint16_t sorted[HONE_CALIBRATION_WINDOW];
    size_t n = hone_calibration_n_kept(calibration);
    if (aim.kind == HONE_CALIBRATION_NO_AIM ||
        (aim.kind == HONE_CALIBRATION_COVERAGE && n < HONE_CALIBRATION_MIN)) {
        return 0.0F;
    }
    if (n < HONE_CALIBRATION_MIN) {
        return HONE_CALIBRATION_LIMIT_MAX;
    }
    memcpy(sorted, calibration->outputs, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare_confidence);
    return find_limit(sorted, n, aim);
}

bool hone_calibration_is_valid(const struct hone_calibration *calibration)
{
    const size_t n_block = HONE_CALIBRATION_BLOCK_OUTPUTS;
    bool good = true;
    for (size_t i = hone_calibration_n_kept(calibration); i < HONE_CALIBRATION_WINDOW;
         i++) {
        good = good && calibration->outputs[i] == 0;
    }
    for (size_t block = 0; block < HONE_CALIBRATION_BLOCKS; block++) {
        for (size_t j = 0; j < HONE_CALIBRATION_GRID; j++) {
            double loss = calibration->losses[block][j];
            good = good && fabs(loss) <= LOSS_MAX * (double)n_block;
        }
    }
    return good;
}
