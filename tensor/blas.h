/* The linear algebra library behind a plain function, which rounds as the processor's
 * instructions do: for what is learnt there is tensor/kernels.h. Thread: any, after
 * hone_blas_init. */
#ifndef HONE_TENSOR_BLAS_H
#define HONE_TENSOR_BLAS_H

#include "base/attr.h"
#include "base/error.h"

#include <stddef.h>

/* Loads the library and makes it run on the calling thread only: parallelism is the
 * program's business, and one thread gives repeatable sums. Call once at start, before any
 * other thread; else the first product does it. HONE_E_UNSUPPORTED when it is not there:
 * then nothing below may be called. */
int hone_blas_init(struct hone_error *err) HONE_MUST_USE;
int hone_blas_n_threads(void);
const char *hone_blas_version(void); /* borrowed */

/* y += a x */
void hone_blas_axpy(float *y, float a, const float *x, size_t n);

#endif
