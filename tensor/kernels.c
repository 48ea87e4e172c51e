/* The choice is made anew in each call, from what libgcc found out when the program started: a
 * load and a test, which is less than a pointer to be set up and kept. */
#include "tensor/kernels.h"

#include "tensor/kernels_table.h"

#ifdef HONE_KERNELS_X86
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}
#endif

size_t hone_kernels_usable(const struct hone_kernels_table *out[HONE_KERNELS_TABLES_MAX])
{
    size_t n = 0;
#ifdef HONE_KERNELS_X86
    if (has_avx512()) {
        out[n++] = &hone_kernels_avx512;
    }
    if (has_avx2()) {
        out[n++] = &hone_kernels_avx2;
    }
#endif
    out[n++] = &hone_kernels_portable;
    return n;
}

static inline const struct hone_kernels_table *table(void)
{
#ifdef HONE_KERNELS_X86
    if (has_avx512()) {
        return &hone_kernels_avx512;
    }
    if (has_avx2()) {
        return &hone_kernels_avx2;
    }
#endif
    return &hone_kernels_portable;
}

void hone_axpy(float *restrict y, float a, const float *restrict x, size_t n)
{
    table()->axpy(y, a, x, n);
}

void hone_axpy_rows(float *restrict y, const float *restrict a,
                    const float *const *restrict rows, size_t n_rows, size_t n)
{
    table()->axpy_rows(y, a, rows, n_rows, n);
}

void hone_add_outer(float *const *restrict rows, const float *restrict a,
                    const float *restrict x, size_t n_rows, size_t n)
{
    table()->add_outer(rows, a, x, n_rows, n);
}

void hone_add_quotients(float *restrict y, float a, float b, const float *restrict x,
                        size_t n)
{
    table()->add_quotients(y, a, b, x, n);
}

void hone_scale(float *x, float a, size_t n)
{
    table()->scale(x, a, n);
}

void hone_rotate(double *restrict x, double *restrict y, double c, double s, size_t n)
{
    table()->rotate(x, y, c, s, n);
}

float hone_dot(const float *x, const float *y, size_t n)
{
    return table()->dot(x, y, n);
}

float hone_max(const float *x, size_t n)
{
    return table()->max(x, n);
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

void hone_exp(float *out, const float *x, size_t n)
{
    table()->exp(out, x, n);
}

void hone_log(float *out, const float *x, size_t n)
{
    table()->log(out, x, n);
}

void hone_softmax(float *out, const float *x, size_t n)
{
    table()->softmax(out, x, n);
}

void hone_log_softmax(float *out, const float *x, size_t n)
{
    table()->log_softmax(out, x, n);
}

bool hone_all_finite(const float *x, size_t n)
{
    return table()->all_finite(x, n);
}
