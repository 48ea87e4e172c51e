#include "optim/ridge.h"

#include "base/alloc.h"
#include "base/check.h"
#include "tensor/kernels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t hone_ridge_triangle(size_t n)
{
    return n * (n + 1) / 2;
}

/* Where row i begins: its first number is the one on the diagonal. */
static size_t row_of(size_t n, size_t i)
{
    return i * n - i * (i + 1) / 2 + i;
}

void hone_ridge_init(struct hone_ridge *ridge, size_t n, double penalty)
{
    HONE_REQUIRE(n >= 1 && n <= HONE_RIDGE_DIM_MAX && penalty > 0.0);
    size_t n_triangle = hone_ridge_triangle(n);
    *ridge = (struct hone_ridge){
        .n = n,
        .penalty = penalty,
        .factor = hone_alloc_zeroed(n_triangle, sizeof(double)),
        .rotated = hone_alloc_zeroed(n, sizeof(double)),
        .penalised = hone_alloc_zeroed(n_triangle, sizeof(double)),
        .weights = hone_alloc_zeroed(n, sizeof(double)),
    };
    hone_ridge_solve(ridge);
}

void hone_ridge_finish(struct hone_ridge *ridge)
{
    free(ridge->factor);
    free(ridge->rotated);
    free(ridge->penalised);
    free(ridge->weights);
    *ridge = (struct hone_ridge){0};
}

void hone_ridge_copy(struct hone_ridge *dst, const struct hone_ridge *src)
{
    size_t n = src->n, n_triangle = hone_ridge_triangle(n);
    *dst = (struct hone_ridge){
        .n = n,
        .penalty = src->penalty,
        .factor = hone_alloc_zeroed(n_triangle, sizeof(double)),
        .rotated = hone_alloc_zeroed(n, sizeof(double)),
        .penalised = hone_alloc_zeroed(n_triangle, sizeof(double)),
        .weights = hone_alloc_zeroed(n, sizeof(double)),
    };
    memcpy(dst->factor, src->factor, n_triangle * sizeof(double));
    memcpy(dst->rotated, src->rotated, n * sizeof(double));
    memcpy(dst->penalised, src->penalised, n_triangle * sizeof(double));
    memcpy(dst->weights, src->weights, n * sizeof(double));
}

void hone_ridge_forget(struct hone_ridge *ridge, double keep)
{
    HONE_REQUIRE(keep > 0.0 && keep <= 1.0);
    double root = sqrt(keep);
    for (size_t i = 0; i < hone_ridge_triangle(ridge->n); i++) {
        ridge->factor[i] *= root;
    }
    for (size_t i = 0; i < ridge->n; i++) {
        ridge->rotated[i] *= root;
    }
}

/* Rotates the row (x, *y) into (factor, rotated), which takes all of it; x is (n,) and
 * used up. Columns before `first` of x are zero. */
static void rotate_in(double *factor, double *rotated, double *restrict x, double y,
                      size_t first, size_t n)
{
    for (size_t i = first; i < n; i++) {
        if (x[i] == 0.0) {
            continue;
        }
        double *restrict row = factor + row_of(n, i) - i;
        double length = sqrt(row[i] * row[i] + x[i] * x[i]);
        double c = row[i] / length, s = x[i] / length;
        row[i] = length;
        hone_rotate(row + i + 1, x + i + 1, c, s, n - i - 1);
        double former = rotated[i];
        rotated[i] = c * former + s * y;
        y = c * y - s * former;
    }
}

void hone_ridge_add(struct hone_ridge *ridge, const double *x, double y, double weight)
{
    double row[HONE_RIDGE_DIM_MAX];
    HONE_REQUIRE(weight > 0.0);
    double root = sqrt(weight);
    for (size_t i = 0; i < ridge->n; i++) {
        row[i] = root * x[i];
    }
    rotate_in(ridge->factor, ridge->rotated, row, root * y, 0, ridge->n);
}

/* R times the matrix that maps the columns: column j gets shift times column 0, whose only
 * number is in row 0. */
void hone_ridge_rebase(struct hone_ridge *ridge, size_t column, double scale,
                       double shift)
{
    HONE_REQUIRE(column >= 1 && column < ridge->n);
    for (size_t i = 0; i <= column; i++) {
        ridge->factor[row_of(ridge->n, i) + column - i] *= scale;
    }
    ridge->factor[column] += shift * ridge->factor[0];
}

void hone_ridge_solve(struct hone_ridge *ridge)
{
    size_t n = ridge->n;
    double *theta = ridge->weights, *factor = ridge->penalised;
    memcpy(factor, ridge->factor, hone_ridge_triangle(n) * sizeof(double));
    memcpy(theta, ridge->rotated, n * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double row[HONE_RIDGE_DIM_MAX] = {0};
        row[i] = sqrt(i == 0 ? HONE_RIDGE_INTERCEPT_PENALTY : ridge->penalty);
        rotate_in(factor, theta, row, 0.0, i, n);
    }
    for (size_t i = n; i-- > 0;) {
        const double *row = factor + row_of(n, i) - i;
        for (size_t j = i + 1; j < n; j++) {
            theta[i] -= row[j] * theta[j];
        }
        theta[i] /= row[i];
    }
}

void hone_ridge_select(struct hone_ridge *dst, const struct hone_ridge *src,
                       const size_t *from, size_t n)
{
    HONE_REQUIRE(from[0] == 0);
    hone_ridge_init(dst, n, src->penalty);
    for (size_t i = 0; i < src->n; i++) {
        const double *row = src->factor + row_of(src->n, i) - i;
        double selected[HONE_RIDGE_DIM_MAX];
        for (size_t j = 0; j < n; j++) {
            bool taken = from[j] != SIZE_MAX && from[j] >= i;
            selected[j] = taken ? row[from[j]] : 0.0;
        }
        rotate_in(dst->factor, dst->rotated, selected, src->rotated[i], 0, n);
    }
    hone_ridge_solve(dst);
}

double hone_ridge_predict(const struct hone_ridge *ridge, const double *x)
{
    double sum = 0.0;
    for (size_t i = 0; i < ridge->n; i++) {
        sum += x[i] * ridge->weights[i];
    }
    return sum;
}

/* |u|^2 with F'u = x, F being the penalised factor. */
double hone_ridge_leverage(const struct hone_ridge *ridge, const double *x)
{
    double rest[HONE_RIDGE_DIM_MAX], sum = 0.0;
    memcpy(rest, x, ridge->n * sizeof(double));
    for (size_t i = 0; i < ridge->n; i++) {
        const double *row = ridge->penalised + row_of(ridge->n, i) - i;
        double u = rest[i] / row[i];
        for (size_t j = i + 1; j < ridge->n; j++) {
            rest[j] -= row[j] * u;
        }
        sum += u * u;
    }
    return sum;
}

bool hone_ridge_is_finite(const struct hone_ridge *ridge)
{
    bool finite = true;
    for (size_t i = 0; i < hone_ridge_triangle(ridge->n); i++) {
        finite = finite && isfinite(ridge->factor[i]) && isfinite(ridge->penalised[i]);
    }
    for (size_t i = 0; i < ridge->n; i++) {
        finite = finite && isfinite(ridge->rotated[i]) && isfinite(ridge->weights[i]);
    }
    return finite;
}
