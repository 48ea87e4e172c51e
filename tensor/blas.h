/* The linear algebra library behind four plain functions; matrices are row-major
 * float32 with an explicit leading dimension (floats from one row to the next). Thread:
 * any, after hone_blas_init. */
#ifndef HONE_TENSOR_BLAS_H
#define HONE_TENSOR_BLAS_H

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Loads the library and makes it run on the calling thread only: parallelism is the
 * program's business, and one thread gives repeatable sums. Call once at start, before any
 * other thread; else the first product does it. HONE_E_UNSUPPORTED when it is not there:
 * then nothing below may be called. */
int hone_blas_init(struct hone_error *err) HONE_MUST_USE;
int hone_blas_n_threads(void);
const char *hone_blas_version(void); /* borrowed */

/* x . y */
float hone_blas_dot(const float *x, const float *y, size_t n);

/* y += a x */
void hone_blas_axpy(float *y, float a, const float *x, size_t n);

/* y = alpha A x + beta y; A is (n_rows, n_columns), or its transpose is used when asked
 * for: then x is (n_rows,) and y is (n_columns,). */
void hone_blas_gemv(float *y, float alpha, const float *a, size_t lda, size_t n_rows,
                    size_t n_columns, bool transposed, const float *x, float beta);

/* One operand of a product. A transposed one is stored as (columns, rows). */
struct hone_blas_matrix {
    const float *data;
    size_t ld;
    bool transposed;
};

/* C = alpha A B + beta C with A (m, k), B (k, n), C (m, n) after transposition. */
void hone_blas_gemm(float *c, size_t ldc, float alpha, struct hone_blas_matrix a,
                    struct hone_blas_matrix b, float beta, size_t m, size_t n, size_t k);

#endif
