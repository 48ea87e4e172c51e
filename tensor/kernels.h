/* Loops over contiguous float arrays. Names are the maths.
 *
 * Equal input gives equal bytes, on any processor: the instruction set is chosen when the
 * program runs (kernels_table.h), the order of operations is not (kernels_loops.h). Sums are
 * taken in 32 interleaved partial sums; exp and log are polynomials of our own, not the C
 * library's. Not a number stays so, with any payload. Pure; thread: any. Arrays of one call
 * do not overlap unless a comment says that they may. */
#ifndef HONE_TENSOR_KERNELS_H
#define HONE_TENSOR_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/* y += a x */
void hone_axpy(float *restrict y, float a, const float *restrict x, size_t n);

/* y (n,) += sum_i a_i rows_i, in the order of the rows: the bytes of n_rows times axpy. */
void hone_axpy_rows(float *restrict y, const float *restrict a,
                    const float *const *restrict rows, size_t n_rows, size_t n);

/* rows_i (n,) += a_i x for each of the n_rows rows, which are distinct. */
void hone_add_outer(float *const *restrict rows, const float *restrict a,
                    const float *restrict x, size_t n_rows, size_t n);

/* y_i += a / (b + x_i) */
void hone_add_quotients(float *restrict y, float a, float b, const float *restrict x,
                        size_t n);

/* x *= a */
void hone_scale(float *x, float a, size_t n);

/* Givens rotation of two rows: x = c x + s y, y = c y - s x (of before). */
void hone_rotate(double *restrict x, double *restrict y, double c, double s, size_t n);

/* sum_i x_i y_i; x and y may be the same array. */
float hone_dot(const float *x, const float *y, size_t n);

/* Largest element; n >= 1. */
float hone_max(const float *x, size_t n);

/* Index of the largest element, the first one of equals; n >= 1. */
size_t hone_argmax(const float *x, size_t n);

/* out_i = exp x_i and ln x_i, each within one unit in the last place; out may be x. */
void hone_exp(float *out, const float *x, size_t n);
void hone_log(float *out, const float *x, size_t n);

/* out_i = exp(x_i - max) / sum_j exp(x_j - max); out may be x. n >= 1. */
void hone_softmax(float *out, const float *x, size_t n);

/* out_i = x_i - max - ln sum_j exp(x_j - max); out may be x. n >= 1. */
void hone_log_softmax(float *out, const float *x, size_t n);

bool hone_all_finite(const float *x, size_t n);

#endif
