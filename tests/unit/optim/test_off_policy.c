#include "tests/support/support.h"

#include "base/rng.h"
#include "optim/off_policy.h"

#include <math.h>

static void follows_hand_worked_numbers(void **state)
{
    (void)state;
    static const struct hone_off_policy_record records[] = {
        {.reward = 1, .propensity = 0.5, .target = 1, .model = 0.5, .model_value = 0.5},
        {.reward = 0, .propensity = 0.5, .target = 1, .model = 0.5, .model_value = 0.5},
        {.reward = 1, .propensity = 0.25, .target = 0, .model = 0.2, .model_value = 0.6},
        {.reward = 1, .propensity = 0.5, .target = 1, .model = 0.5, .model_value = 0.5},
    };
    struct hone_off_policy sums = {0};
    struct hone_off_policy_report report;
    for (size_t i = 0; i < 4; i++) {
        assert_true(hone_off_policy_add(&sums, &records[i]));
    }
    hone_off_policy_judge(&sums, HONE_OFF_POLICY_NORMAL, &report);
    support_near(report.logged.value, 0.75, 1e-12);
    support_near(report.ips.value, (2 + 0 + 0 + 2) / 4.0, 1e-12);
    support_near(report.snips.value, 4.0 / 6.0, 1e-12);
    /* terms 1.5, -.5, .6, 1.5 */
    support_near(report.dr.value, 3.1 / 4.0, 1e-12);
    support_near(report.n_effective, 36.0 / 12.0, 1e-12);
    /* ips terms 2, 0, 0, 2: variance 4/3, se .5773 */
    support_near(report.ips.high - report.ips.value, 1.959964 * sqrt(1.0 / 3.0), 1e-6);
    /* snips: 4 (2/9 + 4/9 ... ): sum w^2 (r - 2/3)^2 = 4 (1/9 + 4/9 + 1/9) = 24/9 */
    support_near(report.snips.value - report.snips.low, 1.959964 * sqrt(24.0 / 9.0) / 6.0,
                 1e-6);
}

static void passes_over_what_it_cannot_weigh(void **state)
{
    (void)state;
    static const struct hone_off_policy_record bad[] = {
        {.reward = 1, .propensity = 0, .target = 1},
        {.reward = 1, .propensity = (double)NAN, .target = 1},
        {.reward = (double)NAN, .propensity = 1, .target = 1},
        {.reward = 1e300, .propensity = 1, .target = 1},
        {.reward = 1, .propensity = 1, .target = 1.5},
        {.reward = 1, .propensity = 1, .target = 1, .model = (double)INFINITY},
        {.reward = 1, .propensity = 1, .target = 1, .model_value = -1},
    };
    struct hone_off_policy sums = {0};
    struct hone_off_policy_report report;
    size_t n = sizeof(bad) / sizeof(bad[0]);
    for (size_t i = 0; i < n; i++) {
        assert_false(hone_off_policy_add(&sums, &bad[i]));
    }
    hone_off_policy_judge(&sums, HONE_OFF_POLICY_NORMAL, &report);
    assert_int_equal(report.n, 0);
    assert_int_equal(report.n_passed_over, n);
    support_near(report.ips.low, 0.0, 0.0);
    support_near(report.ips.high, 1.0, 0.0);
}

static void clips_weights_and_says_so(void **state)
{
    (void)state;
    struct hone_off_policy sums = {0};
    struct hone_off_policy_report report;
    struct hone_off_policy_record rare = {.reward = 1, .propensity = 1e-6, .target = 1};
    assert_true(hone_off_policy_add(&sums, &rare));
    hone_off_policy_judge(&sums, HONE_OFF_POLICY_NORMAL, &report);
    assert_int_equal(report.n_clipped, 1);
    support_near(report.ips.value, HONE_OFF_POLICY_CLIP, 1e-9);
    support_near(report.ips.high, 1.0, 0.0);
}

/* A synthetic log whose truth is known: three options, a context of two values. */
#define N_OPTIONS 3
static const double chance[2][N_OPTIONS] = {{0.2, 0.6, 0.4}, {0.7, 0.3, 0.5}};
static const double logging[2][N_OPTIONS] = {{0.6, 0.2, 0.2}, {0.2, 0.3, 0.5}};
static const double target[2][N_OPTIONS] = {{0.1, 0.8, 0.1}, {0.9, 0.05, 0.05}};

static double uniform(struct hone_rng *rng)
{
    return (double)(hone_rng_next(rng) >> 11) / 9007199254740992.0;
}

static double truth(void)
{
    double value = 0.0;
    for (size_t x = 0; x < 2; x++) {
        for (size_t a = 0; a < N_OPTIONS; a++) {
            value += 0.5 * target[x][a] * chance[x][a];
        }
    }
    return value;
}

/* A model that is wrong by bias. */
static struct hone_off_policy_report run_log(uint64_t seed, size_t n, double bias,
                                             enum hone_off_policy_interval interval)
{
    struct hone_rng rng = hone_rng_at(seed, 0);
    struct hone_off_policy sums = {0};
    struct hone_off_policy_report report;
    for (size_t i = 0; i < n; i++) {
        size_t x = uniform(&rng) < 0.5 ? 0 : 1, a = 0;
        double ticket = uniform(&rng), value = 0.0;
        for (double edge = logging[x][0]; ticket >= edge && a + 1 < N_OPTIONS;
             edge += logging[x][a]) {
            a++;
        }
        for (size_t b = 0; b < N_OPTIONS; b++) {
            value += target[x][b] * (chance[x][b] + bias);
        }
        struct hone_off_policy_record record = {
            .reward = uniform(&rng) < chance[x][a] ? 1.0 : 0.0,
            .propensity = logging[x][a],
            .target = target[x][a],
            .model = chance[x][a] + bias,
            .model_value = value,
        };
        assert_true(hone_off_policy_add(&sums, &record));
    }
    hone_off_policy_judge(&sums, interval, &report);
    return report;
}

static bool holds(struct hone_off_policy_value value)
{
    return value.low <= truth() && truth() <= value.high;
}

#define N_LOGS    1000
#define N_RECORDS 400

/* Means within five of their own errors of the truth, coverage within what 95 % makes
 * likely in 1,000 logs. */
static void normal_intervals_hold_the_truth(void **state)
{
    (void)state;
    double sums[3] = {0}, widths[3] = {0};
    unsigned n_held[3] = {0};
    for (uint64_t seed = 0; seed < N_LOGS; seed++) {
        struct hone_off_policy_report report =
            run_log(seed, N_RECORDS, 0.1, HONE_OFF_POLICY_NORMAL);
        struct hone_off_policy_value values[3] = {report.ips, report.snips, report.dr};
        for (int i = 0; i < 3; i++) {
            sums[i] += values[i].value;
            widths[i] += values[i].high - values[i].low;
            n_held[i] += holds(values[i]) ? 1 : 0;
        }
    }
    for (int i = 0; i < 3; i++) {
        support_near(sums[i] / N_LOGS, truth(), 0.01);
        if (n_held[i] < 920 || n_held[i] > 975) {
            fail_msg("estimator %d: %u of 1000 intervals hold the truth", i, n_held[i]);
        }
    }
    assert_true(widths[2] < widths[0]); /* what the model is for */
}

static void bernstein_intervals_hold_it_more_often(void **state)
{
    (void)state;
    unsigned n_held = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct hone_off_policy_report report =
            run_log(seed, N_RECORDS, 0.0, HONE_OFF_POLICY_BERNSTEIN);
        n_held += holds(report.ips) && holds(report.dr) ? 1 : 0;
    }
    assert_true(n_held >= 198);
}

static void a_policy_judged_on_its_own_log_is_the_mean(void **state)
{
    (void)state;
    struct hone_off_policy sums = {0};
    struct hone_off_policy_report report;
    for (int i = 0; i < 10; i++) {
        struct hone_off_policy_record record = {
            .reward = i % 2, .propensity = 0.3, .target = 0.3};
        assert_true(hone_off_policy_add(&sums, &record));
    }
    hone_off_policy_judge(&sums, HONE_OFF_POLICY_NORMAL, &report);
    support_near(report.ips.value, report.logged.value, 1e-12);
    support_near(report.snips.value, 0.5, 1e-12);
    support_near(report.dr.value, 0.5, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_hand_worked_numbers),
        cmocka_unit_test(passes_over_what_it_cannot_weigh),
        cmocka_unit_test(clips_weights_and_says_so),
        cmocka_unit_test(normal_intervals_hold_the_truth),
        cmocka_unit_test(bernstein_intervals_hold_it_more_often),
        cmocka_unit_test(a_policy_judged_on_its_own_log_is_the_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
