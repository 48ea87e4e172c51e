#include "tests/support/support.h"

#include "tensor/blas.h"
#include "tensor/kernels.h"

#include <math.h>
#include <string.h>

static void fill(float *x, size_t n, float seed)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = sinf(seed + 0.7F * (float)i);
    }
}

static void sums_agree_with_double_precision_at_every_length(void **state)
{
    (void)state;
    float x[70], y[70];
    fill(x, 70, 1.0F);
    fill(y, 70, 2.0F);
    for (size_t n = 0; n <= 70; n++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            sum += (double)x[i] * (double)y[i];
        }
        support_near((double)hone_dot(x, y, n), sum, 1e-5);
    }
}

static void axpy_and_scale_touch_exactly_n(void **state)
{
    (void)state;
    float x[11], y[11] = {0};
    fill(x, 11, 3.0F);
    hone_axpy(y, 2.0F, x, 10);
    hone_scale(y, 0.5F, 9);
    assert_true(y[8] == x[8]);
    assert_true(y[9] == 2.0F * x[9]);
    assert_true(y[10] == 0.0F);
}

/* On both sides of the length from which the library does it, wherever the rows lie. */
static void axpy_rounds_alike_at_every_length_and_place(void **state)
{
    (void)state;
    enum { N = 300, PLACES = 16 };
    static float x[N + PLACES], y[N + PLACES], first[N];
    for (size_t n = 0; n <= N; n++) {
        for (size_t place = 0; place < PLACES; place++) {
            fill(x + place, n, 1.0F);
            fill(y + place, n, 2.0F);
            hone_axpy(y + place, 0.3F, x + place, n);
            if (place == 0) {
                memcpy(first, y, n * sizeof(float));
            }
            assert_memory_equal(y + place, first, n * sizeof(float));
        }
        for (size_t i = 0; i < n; i++) {
            double exact = (double)sinf(2.0F + 0.7F * (float)i) +
                           (double)0.3F * (double)sinf(1.0F + 0.7F * (float)i);
            support_near((double)first[i], exact, 1e-6);
        }
    }
}

static void softmax_sums_to_one_and_survives_large_scores(void **state)
{
    (void)state;
    float x[3] = {1000.0F, 999.0F, -1e30F}, p[3], l[3];
    hone_softmax(p, x, 3);
    hone_log_softmax(l, x, 3);
    support_near((double)p[0], 1.0 / (1.0 + exp(-1.0)), 1e-6);
    support_near((double)(p[0] + p[1] + p[2]), 1.0, 1e-6);
    support_near((double)l[1], log((double)p[1]), 1e-5);
    assert_true(p[2] == 0.0F);
    assert_true(isfinite(l[2]));
}

static void argmax_takes_the_first_of_equals(void **state)
{
    (void)state;
    const float x[4] = {1.0F, 3.0F, 3.0F, 2.0F};
    assert_int_equal(hone_argmax(x, 4), 1);
    assert_true(hone_max(x, 4) == 3.0F);
}

static void finds_what_is_not_finite_anywhere(void **state)
{
    (void)state;
    float x[9];
    const float bad[3] = {NAN, INFINITY, -INFINITY};
    for (size_t b = 0; b < 3; b++) {
        for (size_t i = 0; i < 9; i++) {
            fill(x, 9, 0.0F);
            assert_true(hone_all_finite(x, 9));
            x[i] = bad[b];
            assert_false(hone_all_finite(x, 9));
        }
    }
}

static void the_library_adds_as_the_definition_says(void **state)
{
    (void)state;
    const float x[3] = {1, 0, -1};
    float y[3] = {0, 1, 2};
    hone_blas_axpy(y, 3.0F, x, 3);
    assert_true(y[0] == 3.0F && y[1] == 1.0F && y[2] == -1.0F);
}

static void the_library_runs_on_one_thread(void **state)
{
    (void)state;
    assert_int_equal(1, hone_blas_n_threads());
    assert_non_null(hone_blas_version());
}

int main(void)
{
    struct hone_error err;
    if (hone_blas_init(&err) != 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_agree_with_double_precision_at_every_length),
        cmocka_unit_test(the_library_runs_on_one_thread),
        cmocka_unit_test(axpy_and_scale_touch_exactly_n),
        cmocka_unit_test(axpy_rounds_alike_at_every_length_and_place),
        cmocka_unit_test(softmax_sums_to_one_and_survives_large_scores),
        cmocka_unit_test(argmax_takes_the_first_of_equals),
        cmocka_unit_test(finds_what_is_not_finite_anywhere),
        cmocka_unit_test(the_library_adds_as_the_definition_says),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
