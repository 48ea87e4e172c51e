#include "tests/support/support.h"

#include "base/rng.h"
#include "optim/calibration.h"

#include <math.h>
#include <stdlib.h>

#define N_LABELS 5

static double uniform(struct hone_rng *rng)
{
    return (double)hone_rng_below(rng, 1U << 30) / (double)(1U << 30);
}

/* p of random scores, and a label drawn from softmax(ln p / temperature): outputs that
 * are right about themselves when the temperature is 1. */
static uint32_t draw(struct hone_rng *rng, float *p, double temperature)
{
    double sum = 0.0, sum_true = 0.0, scores[N_LABELS], truth[N_LABELS];
    for (size_t k = 0; k < N_LABELS; k++) {
        scores[k] = 4.0 * uniform(rng);
        sum += exp(scores[k]);
        truth[k] = exp(scores[k] / temperature);
        sum_true += truth[k];
    }
    double left = uniform(rng) * sum_true;
    uint32_t label = 0;
    for (size_t k = 0; k < N_LABELS; k++) {
        p[k] = (float)(exp(scores[k]) / sum);
    }
    while (label + 1 < N_LABELS && left > truth[label]) {
        left -= truth[label++];
    }
    return label;
}

static struct hone_calibration *drawn(size_t n, double temperature)
{
    struct hone_calibration *calibration = calloc(1, sizeof(*calibration));
    struct hone_rng rng = hone_rng_at(3, (uint64_t)(temperature * 100.0));
    for (size_t i = 0; i < n; i++) {
        float p[N_LABELS];
        uint32_t label = draw(&rng, p, temperature);
        hone_calibration_add(calibration, p, N_LABELS, label);
    }
    return calibration;
}

/* Two bins: .9 with 8 of 10 right, .55 with 5 of 10. */
static void the_table_is_the_hand_worked_one(void **state)
{
    (void)state;
    struct hone_calibration calibration = {0};
    struct hone_calibration_report report;
    const float sure[2] = {0.9F, 0.1F}, unsure[2] = {0.45F, 0.55F};
    hone_calibration_report(&calibration, &report);
    assert_int_equal(report.n, 0);
    assert_true(report.ece == 0.0 && report.temperature == 0.0);
    for (uint32_t i = 0; i < 10; i++) {
        hone_calibration_add(&calibration, sure, 2, i < 8 ? 0 : 1);
        hone_calibration_add(&calibration, unsure, 2, i % 2);
    }
    hone_calibration_report(&calibration, &report);
    assert_int_equal(report.n, 20);
    assert_int_equal(report.bins[13].n, 10);
    support_near(report.bins[13].confidence, 0.9, 1e-4);
    support_near(report.bins[13].accuracy, 0.8, 1e-12);
    assert_int_equal(report.bins[8].n, 10);
    support_near(report.ece, 0.5 * 0.1 + 0.5 * 0.05, 1e-4);
    assert_true(report.temperature == 0.0); /* of 20 outputs none is fitted */
}

static void the_temperature_of_drawn_outputs_is_found(void **state)
{
    (void)state;
    static const double temperatures[] = {0.5, 0.8, 1.0, 1.25, 2.0};
    for (size_t t = 0; t < sizeof(temperatures) / sizeof(temperatures[0]); t++) {
        struct hone_calibration *calibration = drawn(3000, temperatures[t]);
        struct hone_calibration_report report;
        hone_calibration_report(calibration, &report);
        print_message("temperature %.2f: %.3f, ECE %.4f\n", temperatures[t],
                      report.temperature, report.ece);
        assert_true(fabs(log(report.temperature / temperatures[t])) < 0.1);
        assert_true(temperatures[t] != 1.0 || report.ece < 0.03);
        assert_true(fabs(log(temperatures[t])) < 0.5 || report.ece > 0.08);
        free(calibration);
    }
}

/* The losses of the grid against the plain formula. */
static void the_losses_are_those_of_the_formula(void **state)
{
    (void)state;
    struct hone_calibration calibration = {0};
    const float p[3] = {0.7F, 0.2F, 0.1F};
    hone_calibration_add(&calibration, p, 3, 1);
    for (size_t j = 0; j < HONE_CALIBRATION_GRID; j++) {
        double inverse = 0.25 * (double)(j + 1), sum = 0.0;
        for (size_t k = 0; k < 3; k++) {
            sum += pow((double)p[k], inverse);
        }
        support_near(calibration.losses[0][j], log(sum) - inverse * log((double)p[1]),
                     1e-6);
    }
}

static void only_the_window_counts(void **state)
{
    (void)state;
    struct hone_calibration *calibration = drawn(2900, 3.0);
    struct hone_calibration *fresh = drawn(0, 1.0);
    struct hone_calibration_report report, expected;
    const float p[2] = {0.75F, 0.25F};
    for (uint32_t i = 0; i < 3000; i++) {
        hone_calibration_add(calibration, p, 2, i % 4 == 0 ? 1 : 0);
        hone_calibration_add(fresh, p, 2, i % 4 == 0 ? 1 : 0);
    }
    hone_calibration_report(calibration, &report);
    hone_calibration_report(fresh, &expected);
    assert_int_equal(report.n, 3000);
    assert_int_equal(report.bins[11].n, 3000);
    support_near(report.ece, expected.ece, 1e-12);
    support_near(report.temperature, 1.0, 0.02);
    assert_true(hone_calibration_is_valid(calibration));
    free(calibration);
    free(fresh);
}

/* Confidences .50 to .99, ten of each; below .8 every other answer is wrong. */
static void fill_steps(struct hone_calibration *calibration)
{
    for (unsigned i = 0; i < 500; i++) {
        float best = 0.5F + 0.01F * (float)(i % 50) + 0.001F;
        const float p[2] = {best, 1.0F - best};
        hone_calibration_add(calibration, p, 2, i % 50 < 30 ? i / 50 % 2 : 0);
    }
}

static void the_limit_keeps_the_error_rate(void **state)
{
    (void)state;
    struct hone_calibration *calibration = calloc(1, sizeof(*calibration));
    struct hone_calibration_aim aim = {HONE_CALIBRATION_ERROR_RATE, 0.1F};
    assert_true(hone_calibration_limit(calibration, aim) == HONE_CALIBRATION_LIMIT_MAX);
    fill_steps(calibration);
    /* 200 right ones, then 5 wrong in 10: (4 * 5 + 1) / (200 + 40 + 1) = .087, and
     * (25 + 1) / 251 = .104. */
    support_near((double)hone_calibration_limit(calibration, aim), 0.761, 1e-3);
    aim.value = 0.004F; /* not even 1 / 201 */
    assert_true(hone_calibration_limit(calibration, aim) == HONE_CALIBRATION_LIMIT_MAX);
    aim.value = 0.6F;
    support_near((double)hone_calibration_limit(calibration, aim), 0.501, 1e-3);
    free(calibration);
}

static void the_limit_keeps_the_coverage(void **state)
{
    (void)state;
    struct hone_calibration *calibration = calloc(1, sizeof(*calibration));
    struct hone_calibration_aim aim = {HONE_CALIBRATION_COVERAGE, 0.7F};
    assert_true(hone_calibration_limit(calibration, aim) == 0.0F);
    fill_steps(calibration);
    support_near((double)hone_calibration_limit(calibration, aim), 0.651, 1e-3);
    aim.value = 0.999F;
    support_near((double)hone_calibration_limit(calibration, aim), 0.501, 1e-3);
    aim = (struct hone_calibration_aim){HONE_CALIBRATION_NO_AIM, 0.0F};
    assert_true(hone_calibration_limit(calibration, aim) == 0.0F);
    free(calibration);
}

/* On outputs that come later the promise holds as well. */
static void the_limit_holds_for_new_outputs(void **state)
{
    (void)state;
    struct hone_calibration *calibration = drawn(3000, 1.0);
    struct hone_rng rng = hone_rng_at(5, 0);
    float limit = hone_calibration_limit(
        calibration, (struct hone_calibration_aim){HONE_CALIBRATION_ERROR_RATE, 0.35F});
    unsigned n_answered = 0, n_wrong = 0;
    for (unsigned i = 0; i < 20000; i++) {
        float p[N_LABELS];
        uint32_t label = draw(&rng, p, 1.0), best = 0;
        for (uint32_t k = 1; k < N_LABELS; k++) {
            best = p[k] > p[best] ? k : best;
        }
        n_answered += p[best] >= limit ? 1 : 0;
        n_wrong += p[best] >= limit && best != label ? 1 : 0;
    }
    print_message("answered %u of 20000, %.3f of them wrong\n", n_answered,
                  (double)n_wrong / n_answered);
    assert_true(n_answered > 1000);
    assert_true((double)n_wrong < 0.37 * n_answered);
    free(calibration);
}

static void certain_and_impossible_outputs_are_finite(void **state)
{
    (void)state;
    struct hone_calibration *calibration = calloc(1, sizeof(*calibration));
    const float p[2] = {1.0F, 0.0F};
    struct hone_calibration_report report;
    for (unsigned i = 0; i < 3000; i++) {
        hone_calibration_add(calibration, p, 2, i % 2);
    }
    hone_calibration_report(calibration, &report);
    assert_int_equal(report.bins[14].n, 3000);
    support_near(report.temperature, 4.0, 1e-12);
    assert_true(hone_calibration_is_valid(calibration));
    calibration->losses[2][3] = (double)NAN;
    assert_false(hone_calibration_is_valid(calibration));
    free(calibration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_the_hand_worked_one),
        cmocka_unit_test(the_temperature_of_drawn_outputs_is_found),
        cmocka_unit_test(the_losses_are_those_of_the_formula),
        cmocka_unit_test(only_the_window_counts),
        cmocka_unit_test(the_limit_keeps_the_error_rate),
        cmocka_unit_test(the_limit_keeps_the_coverage),
        cmocka_unit_test(the_limit_holds_for_new_outputs),
        cmocka_unit_test(certain_and_impossible_outputs_are_finite),
    };
    return cmocka_run_group_tests_name("calibration", tests, NULL, NULL);
}
