/* Loops over contiguous float arrays. Names are the maths.
 *
 * Equal input gives equal bytes on one machine. Sums are taken in a fixed order (eight
 * interleaved partial sums), whatever the compiler makes of the loop; hone_axpy on long
 * rows is OpenBLAS's, which may round the last bit otherwise on another processor. Pure;
 * thread: any, after hone_blas_init. Arrays of one call do not overlap unless a comment
 * says that they may. */
#ifndef HONE_TENSOR_KERNELS_H
#define HONE_TENSOR_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/* y += a x; both finite */
void hone_axpy(float *restrict y, float a, const float *restrict x, size_t n);

/* x *= a */
void hone_scale(float *x, float a, size_t n);

/* sum_i x_i y_i; x and y may be the same array. */
float hone_dot(const float *x, const float *y, size_t n);

/* Largest element; n >= 1. */
float hone_max(const float *x, size_t n);

/* Index of the largest element, the first one of equals; n >= 1. */
size_t hone_argmax(const float *x, size_t n);

/* out_i = exp(x_i - max) / sum_j exp(x_j - max); out may be x. n >= 1. */
void hone_softmax(float *out, const float *x, size_t n);

/* out_i = x_i - max - ln sum_j exp(x_j - max); out may be x. n >= 1. */
void hone_log_softmax(float *out, const float *x, size_t n);

bool hone_all_finite(const float *x, size_t n);

#endif
