/* Ridge regression on at most HONE_RIDGE_DIM_MAX dense columns, one example at a time.
 *
 * Minimises  sum_i w_i g^(t-i) (y_i - x_i . theta)^2 + sum_j l_j theta_j^2
 * over all examples so far; g in (0, 1] forgets. Column 0 is the intercept and all but
 * free (l_0 = HONE_RIDGE_INTERCEPT_PENALTY), the others have l_j = penalty.
 *
 * Form: the square root of the information matrix. An upper triangular R and a vector z
 * with R'R = sum w g x x' and R'z = sum w g x y; an example is rotated in row by row
 * by Givens rotations (Golub and Van Loan, Matrix Computations, section 6.5; Haykin,
 * Adaptive Filter Theory, QR-decomposition-based recursive least squares), forgetting
 * scales both. Why not the inverse by Sherman and Morrison: its
 * subtraction loses symmetry and definiteness after many steps, and with forgetting it
 * blows up along columns that are not excited. R'R cannot lose either, its condition is
 * the root of theirs, and a change of scale or origin of a column is exact (rebase). The
 * penalty is not in R: solve adds it, so it is neither forgotten nor rescaled, and theta
 * is what a batch solution of the same examples would be.
 *
 * Costs O(d^2) for an example and at most d^3 / 3 multiplications for solve (0.7 million
 * at d = 128). Sums are taken element by element in a fixed order, the same on every
 * processor; float64 throughout.
 *
 * Plain values; one thread at a time may change them, any may read. */
#ifndef HONE_OPTIM_RIDGE_H
#define HONE_OPTIM_RIDGE_H

#include <stdbool.h>
#include <stddef.h>

#define HONE_RIDGE_DIM_MAX           128
#define HONE_RIDGE_INTERCEPT_PENALTY 1e-6

struct hone_ridge {
    size_t n;        /* columns, 1 to HONE_RIDGE_DIM_MAX */
    double penalty;  /* above 0 */
    double *factor;  // (n (n + 1) / 2,) R by rows, from the diagonal on
    double *rotated; // (n,) z
    /* What solve makes of them: */
    double *penalised; // (n (n + 1) / 2,) R with the penalty
    double *weights;   // (n,) theta
};

void hone_ridge_init(struct hone_ridge *ridge, size_t n, double penalty);
void hone_ridge_finish(struct hone_ridge *ridge); /* zeroed memory is fine */
/* dst is uninitialised memory. */
void hone_ridge_copy(struct hone_ridge *dst, const struct hone_ridge *src);

/* Numbers in the triangle of n columns. */
size_t hone_ridge_triangle(size_t n);

/* All examples so far count `keep` times as much; keep in (0, 1]. */
void hone_ridge_forget(struct hone_ridge *ridge, double keep);
/* One example; x is (n,), all finite, weight > 0. */
void hone_ridge_add(struct hone_ridge *ridge, const double *x, double y, double weight);
/* Column j >= 1 of all examples so far becomes scale x_j + shift. */
void hone_ridge_rebase(struct hone_ridge *ridge, size_t column, double scale,
                       double shift);
/* Fills penalised and weights. */
void hone_ridge_solve(struct hone_ridge *ridge);
/* The same examples with other columns: column j of the result, which has n of them and
 * is not initialised, is column from[j] of src, or zero when that is SIZE_MAX. Examples
 * of a column that goes lose it as if they had never had it. from[0] is 0. */
void hone_ridge_select(struct hone_ridge *dst, const struct hone_ridge *src,
                       const size_t *from, size_t n);

/* As of the last solve: x . theta. */
double hone_ridge_predict(const struct hone_ridge *ridge, const double *x);
/* As of the last solve: x' (R'R + L)^-1 x, which is the variance of the prediction in
 * units of the noise's. */
double hone_ridge_leverage(const struct hone_ridge *ridge, const double *x);

bool hone_ridge_is_finite(const struct hone_ridge *ridge);

#endif
