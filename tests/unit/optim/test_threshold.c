#include "tests/support/support.h"

#include "base/rng.h"
#include "optim/threshold.h"

#include <math.h>

#define K    2
#define BINS HONE_THRESHOLD_BINS

static const struct hone_calibration_aim f1 = {0};
static const struct hone_calibration_aim tenth = {HONE_CALIBRATION_ERROR_RATE, 0.1F};

static void count(uint32_t counts[K][HONE_THRESHOLD_COUNTS], size_t label, float p,
                  bool right, int n)
{
    for (int i = 0; i < n; i++) {
        hone_threshold_count(counts[label], p, right);
    }
}

/* F1 at an edge, counted output by output. */
static double f1_at(const uint32_t *counts, float threshold)
{
    double tp = 0.0, fp = 0.0, fn = 0.0;
    for (size_t b = 0; b < BINS; b++) {
        bool given = (float)b / (float)BINS >= threshold;
        tp += given ? counts[BINS + b] : 0;
        fp += given ? counts[b] : 0;
        fn += given ? 0 : counts[BINS + b];
    }
    return 2.0 * tp / (2.0 * tp + fp + fn);
}

static double uniform(struct hone_rng *rng)
{
    return (double)hone_rng_below(rng, 1U << 20) / (double)(1U << 20);
}

static void before_any_output_probabilities_are_believed(void **state)
{
    (void)state;
    uint32_t counts[K][HONE_THRESHOLD_COUNTS] = {{0}};
    float thresholds[K];
    hone_threshold_find(thresholds, counts[0], K, f1);
    support_near((double)thresholds[1], 0.5, 0.0);
    hone_threshold_find(thresholds, counts[0], K, tenth);
    support_near((double)thresholds[1], 0.9, 1e-6);
}

static void no_other_edge_has_a_higher_f1(void **state)
{
    (void)state;
    uint32_t counts[1][HONE_THRESHOLD_COUNTS] = {{0}};
    struct hone_rng rng = hone_rng_at(1, 2);
    float threshold = 0.0F;
    for (int i = 0; i < 1500; i++) {
        double p = uniform(&rng) * uniform(&rng);
        hone_threshold_count(counts[0], (float)p, uniform(&rng) < p);
    }
    /* With one label the others' share is its own, so that it moves no edge. */
    hone_threshold_find(&threshold, counts[0], 1, f1);
    for (size_t b = 1; b < BINS; b++) {
        assert_true(f1_at(counts[0], (float)b / (float)BINS) <=
                    f1_at(counts[0], threshold) + 1e-9);
    }
    assert_true(threshold < 0.5F);
}

static void an_error_rate_is_kept_or_nothing_is_given(void **state)
{
    (void)state;
    uint32_t counts[K][HONE_THRESHOLD_COUNTS] = {{0}};
    float thresholds[K];
    struct hone_threshold_report report;
    count(counts, 0, 0.97F, true, 60);
    count(counts, 0, 0.72F, true, 30);
    count(counts, 0, 0.72F, false, 4);
    count(counts, 0, 0.52F, false, 30);
    count(counts, 1, 0.97F, false, 20);
    hone_threshold_find(thresholds, counts[0], K, tenth);
    assert_true(thresholds[0] > 0.52F && thresholds[0] <= 0.72F);
    support_near((double)thresholds[1], (double)HONE_THRESHOLD_NEVER, 0.0);
    hone_threshold_report(counts[0], thresholds, K, &report);
    assert_int_equal(report.n_right, 90);
    assert_int_equal(report.n_given, 94);
    assert_int_equal(report.n_given_right, 90);
}

static void a_rare_label_leans_on_the_others(void **state)
{
    (void)state;
    uint32_t counts[K][HONE_THRESHOLD_COUNTS] = {{0}};
    float thresholds[K];
    count(counts, 0, 0.33F, true, 200);
    count(counts, 0, 0.12F, false, 1500);
    count(counts, 1, 0.12F, false, 40);
    hone_threshold_find(thresholds, counts[0], K, f1);
    assert_true(thresholds[0] > 0.12F && thresholds[0] <= 0.33F);
    support_near((double)thresholds[1], (double)thresholds[0], 1e-6);
}

static void old_counts_fade(void **state)
{
    (void)state;
    uint32_t counts[K][HONE_THRESHOLD_COUNTS] = {{0}};
    count(counts, 0, 0.0F, false, 100000);
    assert_true(hone_threshold_total(counts[0], HONE_THRESHOLD_COUNTS) <
                HONE_THRESHOLD_COUNTS_MAX);
    count(counts, 0, 1.0F, true, 100000);
    assert_true(counts[0][0] == 0);
    assert_true(counts[0][2 * BINS - 1] >= HONE_THRESHOLD_COUNTS_MAX / 2 - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_any_output_probabilities_are_believed),
        cmocka_unit_test(no_other_edge_has_a_higher_f1),
        cmocka_unit_test(an_error_rate_is_kept_or_nothing_is_given),
        cmocka_unit_test(a_rare_label_leans_on_the_others),
        cmocka_unit_test(old_counts_fade),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
