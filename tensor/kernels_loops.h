/* The loops behind kernels.h, to be included once in each kernels_NAME.c, which is compiled
 * for one instruction set and says HONE_KERNELS_TABLE, the name of the table to define, and
 * HONE_KERNELS_NAME; without them it is the portable set.
 *
 * Equal bytes whatever the set: elements are independent of each other, or are added in LANES
 * partial sums of every LANES-th element and those in a fixed tree; nothing is fused or
 * reassociated (-ffp-contract=off). The bodies are plain loops, most over blocks of constant
 * length, which gcc and clang turn into vector instructions at -O3; where gcc does not,
 * vectors are spelt out. */
#ifndef HONE_TENSOR_KERNELS_LOOPS_H
#define HONE_TENSOR_KERNELS_LOOPS_H

#include "base/attr.h"
#include "tensor/kernels_table.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "kernels promise an order of operations; compile without -ffast-math"
#endif

#ifndef HONE_KERNELS_TABLE
#define HONE_KERNELS_TABLE hone_kernels_portable
#define HONE_KERNELS_NAME  "portable"
#endif

#define LANES 32 /* partial sums of a sum */
#define BLOCK 8  /* vectors that stay in registers while rows are added to them */

#ifdef __AVX512F__
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define WIDTH (VECTOR_BYTES / sizeof(float))
typedef float vector HONE_VECTOR(VECTOR_BYTES);

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static float sum_lanes(float lanes[LANES])
{
    for (size_t half = LANES / 2; half > 0; half /= 2) {
        for (size_t j = 0; j < half; j++) {
            lanes[j] += lanes[j + half];
        }
    }
    return lanes[0];
}

/* Rows and outer products. */

static void axpy(float *restrict y, float a, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        y[i] += a * x[i];
    }
}

static vector load(const float *x)
{
    vector v;
    memcpy(&v, x, sizeof(v));
    return v;
}

static void store(float *x, vector v)
{
    memcpy(x, &v, sizeof(v));
}

/* sums (n_vectors,) += sum_i a_i rows_i: vectors from column `at` on, the last one from
 * column last_at on. n_vectors is a constant where this is inlined, and sums are registers. */
static inline void add_rows(vector *sums, const float *restrict a,
                            const float *const *restrict rows, size_t n_rows, size_t at,
                            size_t last_at, size_t n_vectors)
{
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j + 1 < n_vectors; j++) {
            sums[j] += a[i] * load(rows[i] + at + j * WIDTH);
        }
        sums[n_vectors - 1] += a[i] * load(rows[i] + last_at);
    }
}

/* The same on y, with `last` in place of what y has for the last vector. */
static inline void add_block(float *restrict y, vector last, const float *restrict a,
                             const float *const *restrict rows, size_t n_rows, size_t at,
                             size_t last_at, size_t n_vectors)
{
    vector sums[BLOCK];
    for (size_t j = 0; j + 1 < n_vectors; j++) {
        sums[j] = load(y + at + j * WIDTH);
    }
    sums[n_vectors - 1] = last;
    add_rows(sums, a, rows, n_rows, at, last_at, n_vectors);
    for (size_t j = 0; j + 1 < n_vectors; j++) {
        store(y + at + j * WIDTH, sums[j]);
    }
    store(y + last_at, sums[n_vectors - 1]);
}

/* Blocks of columns, so that their sums stay in registers. The last vector of all ends at the
 * last column and overlaps the one before: it starts from the y of before, so what is written
 * twice is the same. */
static void axpy_rows(float *restrict y, const float *restrict a,
                      const float *const *restrict rows, size_t n_rows, size_t n)
{
    for (size_t i = 0; i < n_rows && n < WIDTH; i++) {
        axpy(y, a[i], rows[i], n);
    }
    if (n < WIDTH) {
        return;
    }
    size_t at = 0, whole = BLOCK * WIDTH;
    vector last = load(y + n - WIDTH);
    for (; n - at > whole; at += whole) {
        size_t last_at = at + whole - WIDTH;
        add_block(y, load(y + last_at), a, rows, n_rows, at, last_at, BLOCK);
    }
    switch ((n - at + WIDTH - 1) / WIDTH) {
    case 1:
        add_block(y, last, a, rows, n_rows, at, n - WIDTH, 1);
        break;
    case 2:
        add_block(y, last, a, rows, n_rows, at, n - WIDTH, 2);
        break;
    case 3:
        add_block(y, last, a, rows, n_rows, at, n - WIDTH, 3);
        break;
    case 4:
        add_block(y, last, a, rows, n_rows, at, n - WIDTH, 4);
        break;
    case 5:
        add_block(y, last, a, rows, n_rows, at, n - WIDTH, 5);
        break;
    case 6:
        add_block(y, last, a, rows, n_rows, at, n - WIDTH, 6);
        break;
    case 7:
        add_block(y, last, a, rows, n_rows, at, n - WIDTH, 7);
        break;
    default:
        add_block(y, last, a, rows, n_rows, at, n - WIDTH, BLOCK);
        break;
    }
}

static void add_outer(float *const *restrict rows, const float *restrict a,
                      const float *restrict x, size_t n_rows, size_t n)
{
    for (size_t i = 0; i < n_rows; i++) {
        axpy(rows[i], a[i], x, n);
    }
}

static void add_quotients(float *restrict y, float a, float b, const float *restrict x,
                          size_t n)
{
    for (size_t i = 0; i < n; i++) {
        y[i] += a / (b + x[i]);
    }
}

static void scale(float *x, float a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i] *= a;
    }
}

static void rotate(double *restrict x, double *restrict y, double c, double s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double former = x[i];
        x[i] = c * former + s * y[i];
        y[i] = c * y[i] - s * former;
    }
}

/* Reductions. */

static float dot(const float *x, const float *y, size_t n)
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

static float max(const float *x, size_t n)
{
    float lanes[LANES];
    size_t n_whole = n - n % LANES;
    for (size_t j = 0; j < LANES; j++) {
        lanes[j] = x[0];
    }
    for (size_t i = 0; i < n_whole; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
        }
    }
    for (size_t i = n_whole; i < n; i++) {
        lanes[i - n_whole] = x[i] > lanes[i - n_whole] ? x[i] : lanes[i - n_whole];
    }
    for (size_t half = LANES / 2; half > 0; half /= 2) {
        for (size_t j = 0; j < half; j++) {
            lanes[j] = lanes[j + half] > lanes[j] ? lanes[j + half] : lanes[j];
        }
    }
    return lanes[0];
}

static bool all_finite(const float *x, size_t n)
{
    const uint32_t exponent = 0x7f800000;
    uint32_t n_bad = 0;
    for (size_t i = 0; i < n; i++) {
        n_bad |= (bits_of(x[i]) & exponent) == exponent ? 1U : 0U;
    }
    return n_bad == 0;
}

/* Functions of one number. */

/* Adding it rounds a float below 2^22 to a whole number, in the low bits of the sum. */
#define ROUNDING 12582912.0F
#define LOG2_E   1.44269504F
/* ln 2 in two parts, the first with few enough bits that its products are exact. */
#define LN_2_HIGH 0.693359375F
#define LN_2_LOW  (-2.12194440e-4F)
#define SQRT_HALF 0.707106781F
/* Beyond these the result is 0, or infinite. */
#define EXP_MIN (-105.0F)
#define EXP_MAX 90.0F

/* exp x = 2^n exp r, n = round(x / ln 2), |r| <= ln 2 / 2; the polynomial is that of the
 * Cephes library (Moshier 1992, expf). 2^n in two factors: one alone could overflow, or be
 * too small for a float where the result is not. */
static inline float exp_of(float x)
{
    x = x < EXP_MIN ? EXP_MIN : x;
    x = x > EXP_MAX ? EXP_MAX : x;
    float rounded = x * LOG2_E + ROUNDING, n = rounded - ROUNDING;
    float r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    float y = (p * (r * r) + r) + 1.0F;
    int32_t power = (int32_t)(bits_of(rounded) - bits_of(ROUNDING));
    int32_t half = power / 2;
    y *= float_of((uint32_t)(half + 127) << 23);
    return y * float_of((uint32_t)(power - half + 127) << 23);
}

/* ln x = e ln 2 + ln m, sqrt(1/2) <= m < sqrt(2); the polynomial is that of the Cephes
 * library (Moshier 1992, logf). */
static inline float log_of(float x)
{
    const uint32_t mantissa = 0x007fffff, half = 0x3f000000;
    bool is_tiny = x < 1.17549435e-38F;
    float normal = is_tiny ? x * 8388608.0F : x;
    uint32_t bits = bits_of(normal);
    float e = (float)((int32_t)(bits >> 23) - (is_tiny ? 126 + 23 : 126));
    float m = float_of((bits & mantissa) | half);
    bool is_low = m < SQRT_HALF;
    e = is_low ? e - 1.0F : e;
    m = (is_low ? m + m : m) - 1.0F;
    float z = m * m, p = 7.0376836292e-2F;
    p = p * m - 1.1514610310e-1F;
    p = p * m + 1.1676998740e-1F;
    p = p * m - 1.2420140846e-1F;
    p = p * m + 1.4249322787e-1F;
    p = p * m - 1.6668057665e-1F;
    p = p * m + 2.0000714765e-1F;
    p = p * m - 2.4999993993e-1F;
    p = p * m + 3.3333331174e-1F;
    float y = ((p * m) * z + e * LN_2_LOW) - 0.5F * z;
    y = (m + y) + e * LN_2_HIGH;
    y = x < INFINITY ? y : x; /* infinite, or not a number */
    y = x > 0.0F ? y : x == 0.0F ? -INFINITY : NAN;
    return y;
}

static void exp_each(float *out, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = exp_of(x[i]);
    }
}

static void log_each(float *out, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = log_of(x[i]);
    }
}

static void softmax(float *out, const float *x, size_t n)
{
    float lanes[LANES] = {0}, shift = max(x, n);
    size_t n_whole = n - n % LANES;
    for (size_t i = 0; i < n; i++) {
        out[i] = exp_of(x[i] - shift);
    }
    for (size_t i = 0; i < n_whole; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lanes[j] += out[i + j];
        }
    }
    for (size_t i = n_whole; i < n; i++) {
        lanes[i - n_whole] += out[i];
    }
    scale(out, 1.0F / sum_lanes(lanes), n);
}

static void log_softmax(float *out, const float *x, size_t n)
{
    float lanes[LANES] = {0}, rest[LANES] = {0}, shift = max(x, n);
    size_t n_whole = n - n % LANES;
    for (size_t i = 0; i < n_whole; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lanes[j] += exp_of(x[i + j] - shift);
        }
    }
    /* All lanes are filled, so that this is a loop of constant length too. */
    memcpy(rest, x + n_whole, (n - n_whole) * sizeof(float));
    for (size_t j = 0; j < LANES; j++) {
        float e = exp_of(rest[j] - shift);
        lanes[j] += j < n - n_whole ? e : 0.0F;
    }
    float log_sum = log_of(sum_lanes(lanes));
    for (size_t i = 0; i < n; i++) {
        out[i] = (x[i] - shift) - log_sum;
    }
}

const struct hone_kernels_table HONE_KERNELS_TABLE = {
    .name = HONE_KERNELS_NAME,
    .axpy = axpy,
    .axpy_rows = axpy_rows,
    .add_outer = add_outer,
    .add_quotients = add_quotients,
    .scale = scale,
    .dot = dot,
    .max = max,
    .exp = exp_each,
    .log = log_each,
    .softmax = softmax,
    .log_softmax = log_softmax,
    .all_finite = all_finite,
    .rotate = rotate,
};

#endif
