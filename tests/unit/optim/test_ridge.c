/* The ridge against numbers worked by hand and against a batch solution written here. */
#include "tests/support/support.h"

#include "base/rng.h"
#include "optim/ridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define D 6

static double uniform(struct hone_rng *rng)
{
    return (double)(hone_rng_next(rng) >> 11) * 0x1p-53 * 2.0 - 1.0;
}

static void make_example(uint64_t number, double *x, double *y, double *weight)
{
    struct hone_rng rng = hone_rng_at(7, number);
    x[0] = 1.0;
    *y = 3.0;
    for (size_t j = 1; j < D; j++) {
        x[j] = uniform(&rng);
        *y += (double)j * x[j];
    }
    *y += 0.3 * uniform(&rng);
    *weight = 0.5 + fabs(uniform(&rng));
}

/* Normal equations, solved by Gaussian elimination: a (n, n + 1), overwritten. */
static void solve_batch(double a[D][D + 1], double *theta)
{
    for (size_t i = 0; i < D; i++) {
        for (size_t k = i + 1; k < D; k++) {
            double part = a[k][i] / a[i][i];
            for (size_t j = i; j <= D; j++) {
                a[k][j] -= part * a[i][j];
            }
        }
    }
    for (size_t i = D; i-- > 0;) {
        theta[i] = a[i][D];
        for (size_t j = i + 1; j < D; j++) {
            theta[i] -= a[i][j] * theta[j];
        }
        theta[i] /= a[i][i];
    }
}

static void add_penalty(double a[D][D + 1], double penalty)
{
    for (size_t i = 0; i < D; i++) {
        a[i][i] += i == 0 ? HONE_RIDGE_INTERCEPT_PENALTY : penalty;
    }
}

static void add_outer(double a[D][D + 1], const double *x, double y, double weight)
{
    for (size_t i = 0; i < D; i++) {
        for (size_t j = 0; j < D; j++) {
            a[i][j] += weight * x[i] * x[j];
        }
        a[i][D] += weight * x[i] * y;
    }
}

static void scale_all(double a[D][D + 1], double keep)
{
    for (size_t i = 0; i < D; i++) {
        for (size_t j = 0; j <= D; j++) {
            a[i][j] *= keep;
        }
    }
}

/* y = 2 at x = 1 twice, one column of penalty 1: theta minimises
 * 2 (2 - b - t)^2 + t^2 + 1e-6 b^2. The gradient in t and b is zero at
 * t = 1e-6 b and 2 (2 - b - t) = 1e-6 b, so b = 4 / (2 + 3e-6). */
static void two_examples_give_the_numbers_worked_by_hand(void **state)
{
    (void)state;
    struct hone_ridge ridge;
    hone_ridge_init(&ridge, 2, 1.0);
    hone_ridge_add(&ridge, (const double[]){1.0, 1.0}, 2.0, 1.0);
    hone_ridge_add(&ridge, (const double[]){1.0, 1.0}, 2.0, 1.0);
    hone_ridge_solve(&ridge);
    double b = 4.0 / (2.0 + 3e-6);
    support_near(ridge.weights[0], b, 1e-9);
    support_near(ridge.weights[1], 1e-6 * b, 1e-9);
    hone_ridge_finish(&ridge);
}

/* One column beside an unpenalised intercept, x = -1 and +1, y = 0 and 6: the intercept is
 * their mean 3, the slope sum xy / (sum xx + 2) = 6 / 4. The matrix is diag(2, 4), so the
 * leverage of (1, 1) is 1/2 + 1/4. */
static void a_slope_shrinks_by_its_penalty(void **state)
{
    (void)state;
    struct hone_ridge ridge;
    hone_ridge_init(&ridge, 2, 2.0);
    hone_ridge_add(&ridge, (const double[]){1.0, -1.0}, 0.0, 1.0);
    hone_ridge_add(&ridge, (const double[]){1.0, 1.0}, 6.0, 1.0);
    hone_ridge_solve(&ridge);
    support_near(ridge.weights[0], 3.0, 1e-5);
    support_near(ridge.weights[1], 1.5, 1e-5);
    support_near(hone_ridge_leverage(&ridge, (const double[]){1.0, 1.0}), 0.75, 1e-5);
    hone_ridge_finish(&ridge);
}

static void is_the_batch_solution_after_each_example(void **state)
{
    (void)state;
    double a[D][D + 1] = {{0}};
    struct hone_ridge ridge;
    hone_ridge_init(&ridge, D, 0.5);
    for (uint64_t i = 0; i < 200; i++) {
        double x[D], y = 0.0, weight = 0.0, theta[D], copy[D][D + 1];
        make_example(i, x, &y, &weight);
        scale_all(a, 0.98);
        add_outer(a, x, y, weight);
        hone_ridge_forget(&ridge, 0.98);
        hone_ridge_add(&ridge, x, y, weight);
        hone_ridge_solve(&ridge);
        memcpy(copy, a, sizeof(copy));
        add_penalty(copy, 0.5);
        solve_batch(copy, theta);
        for (size_t j = 0; j < D; j++) {
            support_near(ridge.weights[j], theta[j], 1e-8);
        }
    }
    hone_ridge_finish(&ridge);
}

/* Columns that are nearly the same, far from the origin, for 20,000 examples with
 * forgetting: what an updated inverse does not survive. */
static void stays_finite_on_columns_that_say_the_same(void **state)
{
    (void)state;
    struct hone_ridge ridge;
    hone_ridge_init(&ridge, 3, 1.0);
    struct hone_rng rng = hone_rng_at(3, 0);
    for (int i = 0; i < 20000; i++) {
        double t = uniform(&rng);
        double x[3] = {1.0, 1e6 + t, 1e6 + t + 1e-7 * uniform(&rng)};
        hone_ridge_forget(&ridge, 0.9);
        hone_ridge_add(&ridge, x, 5.0 + t, 1.0);
    }
    hone_ridge_solve(&ridge);
    assert_true(hone_ridge_is_finite(&ridge));
    double x[3] = {1.0, 1e6, 1e6};
    support_near(hone_ridge_predict(&ridge, x), 5.0, 0.7);
    assert_true(hone_ridge_leverage(&ridge, x) >= 0.0);
    hone_ridge_finish(&ridge);
}

static void rebase_is_as_if_the_column_had_always_been_so(void **state)
{
    (void)state;
    struct hone_ridge moved, direct;
    hone_ridge_init(&moved, D, 1.0);
    hone_ridge_init(&direct, D, 1.0);
    for (uint64_t i = 0; i < 50; i++) {
        double x[D], y = 0.0, weight = 0.0;
        make_example(i, x, &y, &weight);
        hone_ridge_add(&moved, x, y, weight);
        x[2] = 0.25 * x[2] - 3.0;
        x[5] = 40.0 * x[5] + 2.0;
        hone_ridge_add(&direct, x, y, weight);
    }
    hone_ridge_rebase(&moved, 2, 0.25, -3.0);
    hone_ridge_rebase(&moved, 5, 40.0, 2.0);
    hone_ridge_solve(&moved);
    hone_ridge_solve(&direct);
    for (size_t j = 0; j < D; j++) {
        support_near(moved.weights[j], direct.weights[j], 1e-9);
    }
    hone_ridge_finish(&moved);
    hone_ridge_finish(&direct);
}

static void a_column_that_goes_was_never_there(void **state)
{
    (void)state;
    const size_t from[4] = {0, 4, SIZE_MAX, 1};
    struct hone_ridge all, selected, direct;
    hone_ridge_init(&all, D, 1.0);
    hone_ridge_init(&direct, 4, 1.0);
    for (uint64_t i = 0; i < 50; i++) {
        double x[D], y = 0.0, weight = 0.0;
        make_example(i, x, &y, &weight);
        hone_ridge_add(&all, x, y, weight);
        hone_ridge_add(&direct, (const double[]){1.0, x[4], 0.0, x[1]}, y, weight);
    }
    hone_ridge_select(&selected, &all, from, 4);
    hone_ridge_solve(&direct);
    for (size_t j = 0; j < 4; j++) {
        support_near(selected.weights[j], direct.weights[j], 1e-9);
    }
    hone_ridge_finish(&all);
    hone_ridge_finish(&selected);
    hone_ridge_finish(&direct);
}

static void the_largest_one_learns_too(void **state)
{
    (void)state;
    struct hone_ridge ridge;
    double x[HONE_RIDGE_DIM_MAX];
    hone_ridge_init(&ridge, HONE_RIDGE_DIM_MAX, 0.01);
    for (uint64_t i = 0; i < 600; i++) {
        struct hone_rng rng = hone_rng_at(11, i);
        double y = 0.0;
        for (size_t j = 0; j < HONE_RIDGE_DIM_MAX; j++) {
            x[j] = j == 0 ? 1.0 : uniform(&rng);
            y += x[j] * (double)(j % 5);
        }
        hone_ridge_add(&ridge, x, y, 1.0);
    }
    hone_ridge_solve(&ridge);
    for (size_t j = 1; j < HONE_RIDGE_DIM_MAX; j++) {
        support_near(ridge.weights[j], (double)(j % 5), 0.01);
    }
    hone_ridge_finish(&ridge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_examples_give_the_numbers_worked_by_hand),
        cmocka_unit_test(a_slope_shrinks_by_its_penalty),
        cmocka_unit_test(is_the_batch_solution_after_each_example),
        cmocka_unit_test(stays_finite_on_columns_that_say_the_same),
        cmocka_unit_test(rebase_is_as_if_the_column_had_always_been_so),
        cmocka_unit_test(a_column_that_goes_was_never_there),
        cmocka_unit_test(the_largest_one_learns_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
