/* Every table that this processor can run against the portable one, bit for bit; exp and log
 * against the C library's in double precision. */
#include "tests/support/support.h"

#include "base/rng.h"
#include "tensor/kernels.h"
#include "tensor/kernels_table.h"

#include <math.h>
#include <string.h>

enum { N_MAX = 4096, N_ROWS = 7, PLACES = 3, N_STEPS = 200 };
#define ULP_MAX 1.0

/* What the kernels of one table make of the same arguments. */
struct results {
    float axpy[N_MAX], axpy_rows[N_MAX], rows[N_ROWS][N_MAX], quotients[N_MAX];
    float scaled[N_MAX], exp[N_MAX], log[N_MAX], softmax[N_MAX], log_softmax[N_MAX];
    double rotated[2][N_MAX];
    float dot, max;
    bool finite;
};

struct inputs {
    float x[N_MAX + PLACES], y[N_MAX + PLACES], rows[N_ROWS][N_MAX + PLACES];
    float factors[N_ROWS];
};

typedef void fill_cb(float *x, size_t n, struct hone_rng *rng);

static float uniform(struct hone_rng *rng)
{
    return (float)hone_rng_below(rng, 1U << 20) / (float)(1U << 19) - 1.0F;
}

static void fill_ordinary(float *x, size_t n, struct hone_rng *rng)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = 8.0F * uniform(rng);
    }
}

/* Any bits: infinities, numbers too small to be normal, NaN, all magnitudes. */
static void fill_any_bits(float *x, size_t n, struct hone_rng *rng)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)hone_rng_below(rng, UINT64_C(1) << 32);
        memcpy(&x[i], &bits, sizeof(bits));
    }
}

static void fill_special(float *x, size_t n, struct hone_rng *rng)
{
    static const float special[] = {
        0.0F,          -0.0F,       1.0F,    -1.0F,          INFINITY, -INFINITY,
        NAN,           1e-45F,      -1e-45F, 1e-40F,         -1e30F,   1e30F,
        88.7F,         88.8F,       -87.4F,  -103.9F,        -104.1F,  1.1754943e-38F,
        3.4028235e38F, 0.70710678F, 0.05F,   -3.4028235e38F,
    };
    for (size_t i = 0; i < n; i++) {
        size_t pick = (size_t)hone_rng_below(rng, sizeof(special) / sizeof(special[0]));
        x[i] = special[pick];
    }
}

static void fill_inputs(struct inputs *in, fill_cb *fill, struct hone_rng *rng)
{
    fill(in->x, N_MAX + PLACES, rng);
    fill(in->y, N_MAX + PLACES, rng);
    fill(in->factors, N_ROWS, rng);
    for (size_t i = 0; i < N_ROWS; i++) {
        fill(in->rows[i], N_MAX + PLACES, rng);
    }
}

/* All kernels on the first n numbers from `place` on. */
static void run(const struct hone_kernels_table *kernels, const struct inputs *in,
                size_t place, size_t n, struct results *out)
{
    const float *x = in->x + place, *y = in->y + place;
    const float *rows[N_ROWS];
    float *changed[N_ROWS];
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < N_ROWS; i++) {
        rows[i] = in->rows[i] + place;
        changed[i] = out->rows[i];
        memcpy(changed[i], rows[i], n * sizeof(float));
    }
    memcpy(out->axpy, y, n * sizeof(float));
    memcpy(out->axpy_rows, y, n * sizeof(float));
    memcpy(out->quotients, y, n * sizeof(float));
    memcpy(out->scaled, y, n * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        out->rotated[0][i] = (double)x[i];
        out->rotated[1][i] = (double)y[i];
    }
    kernels->axpy(out->axpy, in->factors[0], x, n);
    kernels->axpy_rows(out->axpy_rows, in->factors, rows, N_ROWS, n);
    kernels->add_outer(changed, in->factors, x, N_ROWS, n);
    kernels->add_quotients(out->quotients, in->factors[1], in->factors[2], x, n);
    kernels->scale(out->scaled, in->factors[3], n);
    kernels->rotate(out->rotated[0], out->rotated[1], (double)in->factors[4],
                    (double)in->factors[5], n);
    kernels->exp(out->exp, x, n);
    kernels->log(out->log, x, n);
    out->dot = kernels->dot(x, y, n);
    out->finite = kernels->all_finite(x, n);
    if (n > 0) {
        out->max = kernels->max(x, n);
        kernels->softmax(out->softmax, x, n);
        kernels->log_softmax(out->log_softmax, x, n);
    }
}

/* Which of two NaN an operation passes on is not said, so their payload does not count. */
static void forget_payloads(struct results *results)
{
    float *numbers = (float *)results;
    for (size_t i = 0; i < offsetof(struct results, rotated) / sizeof(float); i++) {
        numbers[i] = isnan(numbers[i]) ? NAN : numbers[i];
    }
    for (size_t i = 0; i < N_MAX; i++) {
        for (size_t r = 0; r < 2; r++) {
            double number = results->rotated[r][i];
            results->rotated[r][i] = isnan(number) ? (double)NAN : number;
        }
    }
    results->dot = isnan(results->dot) ? NAN : results->dot;
    results->max = isnan(results->max) ? NAN : results->max;
}

static void compare(const struct inputs *in, size_t place, size_t n)
{
    static struct results expected, got;
    const struct hone_kernels_table *tables[HONE_KERNELS_TABLES_MAX];
    size_t n_tables = hone_kernels_usable(tables);
    run(&hone_kernels_portable, in, place, n, &expected);
    forget_payloads(&expected);
    for (size_t t = 0; t < n_tables; t++) {
        run(tables[t], in, place, n, &got);
        forget_payloads(&got);
        if (memcmp(&got, &expected, sizeof(got)) != 0) {
            print_error("%s differs at n = %zu, place %zu\n", tables[t]->name, n, place);
            assert_memory_equal(&got, &expected, sizeof(got));
        }
    }
}

static void compare_lengths(fill_cb *fill, uint64_t seed)
{
    static struct inputs in;
    struct hone_rng rng = hone_rng_at(seed, 0);
    fill_inputs(&in, fill, &rng);
    for (size_t n = 0; n <= 200; n++) {
        compare(&in, n % PLACES, n);
    }
    for (size_t i = 0; i < N_STEPS / 10; i++) {
        fill_inputs(&in, fill, &rng);
        compare(&in, i % PLACES, (size_t)hone_rng_below(&rng, N_MAX + 1));
    }
    compare(&in, 1, N_MAX);
    compare(&in, 0, N_MAX - 1);
}

static void all_tables_give_the_same_bytes(void **state)
{
    (void)state;
    compare_lengths(fill_ordinary, 1);
}

static void all_tables_agree_on_infinite_tiny_and_undefined_numbers(void **state)
{
    (void)state;
    compare_lengths(fill_any_bits, 2);
    compare_lengths(fill_special, 3);
}

static void rows_at_once_are_rows_one_by_one(void **state)
{
    (void)state;
    static struct inputs in;
    static struct results out;
    struct hone_rng rng = hone_rng_at(4, 0);
    fill_inputs(&in, fill_ordinary, &rng);
    const struct hone_kernels_table *tables[HONE_KERNELS_TABLES_MAX];
    size_t n_tables = hone_kernels_usable(tables);
    for (size_t t = 0; t < n_tables; t++) {
        for (size_t n = 0; n < 300; n++) {
            run(tables[t], &in, 0, n, &out);
            memcpy(out.axpy, in.y, n * sizeof(float));
            for (size_t i = 0; i < N_ROWS; i++) {
                hone_axpy(out.axpy, in.factors[i], in.rows[i], n);
            }
            assert_memory_equal(out.axpy, out.axpy_rows, n * sizeof(float));
        }
    }
}

static void nothing_beyond_the_end_is_touched(void **state)
{
    (void)state;
    static struct inputs in;
    static struct results out;
    struct hone_rng rng = hone_rng_at(5, 0);
    fill_inputs(&in, fill_ordinary, &rng);
    const struct hone_kernels_table *tables[HONE_KERNELS_TABLES_MAX];
    size_t n_tables = hone_kernels_usable(tables);
    for (size_t t = 0; t < n_tables; t++) {
        for (size_t n = 1; n < 140; n++) {
            run(tables[t], &in, 1, n, &out);
            assert_true(out.axpy[n] == 0.0F && out.axpy_rows[n] == 0.0F);
            assert_true(out.rows[N_ROWS - 1][n] == 0.0F && out.quotients[n] == 0.0F);
            assert_true(out.exp[n] == 0.0F && out.log[n] == 0.0F);
            assert_true(out.softmax[n] == 0.0F && out.log_softmax[n] == 0.0F);
            assert_true(out.scaled[n] == 0.0F && out.rotated[1][n] == 0.0);
        }
    }
}

/* Distance in units in the last place of the right result, at least of the smallest normal
 * number's: below it floats lose digits. */
static double ulps(float got, double right)
{
    float rounded = (float)right;
    if (rounded == got || (isnan(rounded) && isnan(got))) {
        return 0.0;
    }
    int exponent = 0;
    (void)frexp(right, &exponent);
    double unit = ldexp(1.0, (exponent > -125 ? exponent : -125) - 24);
    return fabs((double)got - right) / unit;
}

/* A stride through all bit patterns of a float. */
static void exp_and_log_are_within_one_unit_in_the_last_place(void **state)
{
    (void)state;
    static float x[N_MAX], e[N_MAX], l[N_MAX];
    double worst_exp = 0.0, worst_log = 0.0;
    uint64_t bits = 0;
    while (bits >> 32 == 0) {
        for (size_t i = 0; i < N_MAX; i++, bits += 10007) {
            uint32_t low = (uint32_t)bits;
            memcpy(&x[i], &low, sizeof(low));
        }
        hone_exp(e, x, N_MAX);
        hone_log(l, x, N_MAX);
        for (size_t i = 0; i < N_MAX; i++) {
            worst_exp = fmax(worst_exp, ulps(e[i], exp((double)x[i])));
            worst_log = fmax(worst_log, ulps(l[i], log((double)x[i])));
        }
    }
    print_message("worst error: exp %.3f, log %.3f units\n", worst_exp, worst_log);
    assert_true(worst_exp <= ULP_MAX && worst_log <= ULP_MAX);
}

static void exp_and_log_of_the_ends(void **state)
{
    (void)state;
    float x[8] = {0.0F, -0.0F, -1.0F, INFINITY, -INFINITY, NAN, 1.0F, -1e30F};
    float e[8], l[8];
    hone_exp(e, x, 8);
    hone_log(l, x, 8);
    assert_true(e[0] == 1.0F && e[1] == 1.0F && e[3] == INFINITY && e[4] == 0.0F);
    assert_true(isnan(e[5]) && e[7] == 0.0F);
    assert_true(l[0] == -INFINITY && l[1] == -INFINITY && isnan(l[2]) && isnan(l[5]));
    assert_true(l[3] == INFINITY && isnan(l[4]) && l[6] == 0.0F);
}

int main(void)
{
    const struct hone_kernels_table *tables[HONE_KERNELS_TABLES_MAX];
    size_t n = hone_kernels_usable(tables);
    for (size_t i = 0; i < n; i++) {
        print_message("table %s\n", tables[i]->name);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_tables_give_the_same_bytes),
        cmocka_unit_test(all_tables_agree_on_infinite_tiny_and_undefined_numbers),
        cmocka_unit_test(rows_at_once_are_rows_one_by_one),
        cmocka_unit_test(nothing_beyond_the_end_is_touched),
        cmocka_unit_test(exp_and_log_are_within_one_unit_in_the_last_place),
        cmocka_unit_test(exp_and_log_of_the_ends),
    };
    return cmocka_run_group_tests_name("kernels_table", tests, NULL, NULL);
}
