#include "tensor/kernels.h"

#include "tensor/blas.h"

#include <math.h>

#define LANES 8

/* From here on OpenBLAS, which chooses its loop for the processor at start, is faster
 * than ours; below, its call costs more than it saves (docs/dependencies.md). */
#define BLAS_FROM 192

void hone_axpy(float *restrict y, float a, const float *restrict x, size_t n)
{
    if (n >= BLAS_FROM) {
        hone_blas_axpy(y, a, x, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        y[i] += a * x[i];
    }
}

void hone_scale(float *x, float a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i] *= a;
    }
}

/* Adds up the lanes pairwise. */
static float sum_lanes(const float lanes[LANES])
{
    float low = (lanes[0] + lanes[4]) + (lanes[2] + lanes[6]);
    float high = (lanes[1] + lanes[5]) + (lanes[3] + lanes[7]);
    return low + high;
}

float hone_dot(const float *x, const float *y, size_t n)
{
    float lanes[LANES] = {0};
    size_t n_whole = n - n % LANES;
    for (size_t i = 0; i < n_whole; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lanes[j] += x[i + j] * y[i + j];
        }
    }
    for (size_t i = n_whole; i < n; i++) {
        lanes[i - n_whole] += x[i] * y[i];
    }
    return sum_lanes(lanes);
}

float hone_max(const float *x, size_t n)
{
    float max = x[0];
    for (size_t i = 1; i < n; i++) {
        max = x[i] > max ? x[i] : max;
    }
    return max;
}

size_t hone_argmax(const float *x, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (x[i] > x[best]) {
            best = i;
        }
    }
    return best;
}

void hone_softmax(float *out, const float *x, size_t n)
{
    float max = hone_max(x, n), sum = 0.0F;
    for (size_t i = 0; i < n; i++) {
        out[i] = expf(x[i] - max);
        sum += out[i];
    }
    hone_scale(out, 1.0F / sum, n);
}

void hone_log_softmax(float *out, const float *x, size_t n)
{
    float max = hone_max(x, n), sum = 0.0F;
    for (size_t i = 0; i < n; i++) {
        sum += expf(x[i] - max);
    }
    float log_sum = logf(sum);
    for (size_t i = 0; i < n; i++) {
        out[i] = (x[i] - max) - log_sum;
    }
}

bool hone_all_finite(const float *x, size_t n)
{
    bool finite = true;
    for (size_t i = 0; i < n; i++) {
        finite = finite && isfinite(x[i]);
    }
    return finite;
}
