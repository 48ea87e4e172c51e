/* The same kernels compiled for several instruction sets: one table of functions each, for
 * kernels.c, which chooses, and for tests and benchmarks, which go through all of them.
 *
 * All are made of the loops of kernels_loops.h, whose order of operations does not depend on
 * the width of a register, without fused multiply-add: they give the same bytes. Why tables
 * and not clones behind one name (target_clones): a clone cannot be called by a test, and its
 * resolver runs before a sanitizer is ready. Arguments are those of kernels.h. */
#ifndef HONE_TENSOR_KERNELS_TABLE_H
#define HONE_TENSOR_KERNELS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct hone_kernels_table {
    const char *name;
    void (*axpy)(float *restrict y, float a, const float *restrict x, size_t n);
    void (*axpy_rows)(float *restrict y, const float *restrict a,
                      const float *const *restrict rows, size_t n_rows, size_t n);
    void (*add_outer)(float *const *restrict rows, const float *restrict a,
                      const float *restrict x, size_t n_rows, size_t n);
    void (*add_quotients)(float *restrict y, float a, float b, const float *restrict x,
                          size_t n);
    void (*scale)(float *x, float a, size_t n);
    float (*dot)(const float *x, const float *y, size_t n);
    float (*max)(const float *x, size_t n);
    void (*exp)(float *out, const float *x, size_t n);
    void (*log)(float *out, const float *x, size_t n);
    void (*softmax)(float *out, const float *x, size_t n);
    void (*log_softmax)(float *out, const float *x, size_t n);
    bool (*all_finite)(const float *x, size_t n);
    void (*rotate)(double *restrict x, double *restrict y, double c, double s, size_t n);
};

extern const struct hone_kernels_table hone_kernels_portable;
#ifdef HONE_KERNELS_X86
extern const struct hone_kernels_table hone_kernels_avx2, hone_kernels_avx512;
#endif

#define HONE_KERNELS_TABLES_MAX 3

/* The tables that this processor can run, the fastest first; how many. Thread: any. */
size_t hone_kernels_usable(const struct hone_kernels_table *out[HONE_KERNELS_TABLES_MAX]);

#endif
