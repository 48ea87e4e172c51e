#include "tests/support/support.h"

#include "optim/gate.h"

#include <math.h>

/* n pairs with a gain that alternates between two values. */
static struct hone_gate_report judge(unsigned n, double gain_a, double gain_b,
                                     bool anchor_right, bool served_right)
{
    struct hone_gate_config config;
    struct hone_gate_evidence evidence;
    struct hone_gate_report report;
    hone_gate_config_default(&config);
    hone_gate_reset(&evidence);
    for (unsigned i = 0; i < n; i++) {
        hone_gate_add(&evidence, 3.0, 3.0 - (i % 2 == 0 ? gain_a : gain_b), anchor_right,
                      served_right);
    }
    hone_gate_judge(&evidence, &config, &report);
    return report;
}

static void follows_the_truth_table(void **state)
{
    (void)state;
    static const struct {
        unsigned n;
        double gain_a, gain_b;
        bool anchor_right, served_right;
        enum hone_gate_verdict verdict;
    } cases[] = {
        {0, 0.0, 0.0, true, true, HONE_GATE_INCONCLUSIVE},
        {199, 1.0, 1.0, true, true, HONE_GATE_INCONCLUSIVE},
        {200, 1.0, 1.0, true, true, HONE_GATE_PROMOTED},
        {200, 0.0, 0.0, true, true, HONE_GATE_PROMOTED},   /* identical sides */
        {200, -0.1, -0.1, true, true, HONE_GATE_REJECTED}, /* worse each time */
        {200, 1.0, -1.0, true, true, HONE_GATE_PROMOTED},
        {200, 0.9, -1.0, true, true, HONE_GATE_INCONCLUSIVE}, /* se .067, mean -.05 */
        {200, 0.5, -1.0, true, true, HONE_GATE_REJECTED},     /* se .053, mean -.25 */
        {200, 0.95, -1.0, true, true, HONE_GATE_PROMOTED},    /* mean -.025 > -.5 se */
        {200, 1.0, 1.0, true, false, HONE_GATE_REJECTED},     /* accuracy collapses */
        {200, 1.0, 1.0, false, true, HONE_GATE_PROMOTED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hone_gate_report report =
            judge(cases[i].n, cases[i].gain_a, cases[i].gain_b, cases[i].anchor_right,
                  cases[i].served_right);
        if (report.verdict != cases[i].verdict) {
            fail_msg("case %zu: %s", i, hone_gate_verdict_name(report.verdict));
        }
        assert_non_null(report.reason);
    }
}

static void reports_hand_worked_figures(void **state)
{
    (void)state;
    struct hone_gate_report report = judge(200, 1.0, 0.0, false, true);
    support_near(report.mean_gain, 0.5, 1e-12);
    support_near(report.se_gain, sqrt(50.0 / 199.0 / 200.0), 1e-12);
    support_near(report.accuracy_difference, 1.0, 0.0);
    support_near(report.se_accuracy_difference, 0.0, 0.0);
    support_near(report.served_accuracy, 1.0, 0.0);
}

static void a_loss_that_is_not_finite_is_an_error_for_good(void **state)
{
    (void)state;
    const double bad[3] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t b = 0; b < 6; b++) {
        struct hone_gate_config config = {.min_pairs = 2};
        struct hone_gate_evidence evidence;
        struct hone_gate_report report;
        hone_gate_reset(&evidence);
        hone_gate_add(&evidence, b < 3 ? bad[b] : 1.0, b < 3 ? 1.0 : bad[b - 3], true,
                      true);
        for (size_t i = 0; i < 1000; i++) {
            hone_gate_add(&evidence, 2.0, 1.0, true, true);
        }
        hone_gate_judge(&evidence, &config, &report);
        assert_int_equal(report.verdict, HONE_GATE_ERROR);
        assert_true(isfinite(evidence.sum_gain) && isfinite(evidence.sum_gain_squared));
        hone_gate_reset(&evidence);
        hone_gate_judge(&evidence, &config, &report);
        assert_int_equal(report.verdict, HONE_GATE_INCONCLUSIVE);
    }
}

static void one_record_cannot_outweigh_the_rest(void **state)
{
    (void)state;
    struct hone_gate_evidence evidence;
    hone_gate_reset(&evidence);
    hone_gate_add(&evidence, 20.0, 0.0, true, true);
    support_near(evidence.sum_gain, HONE_GATE_GAIN_CLIP, 0.0);
    hone_gate_add(&evidence, 0.0, 20.0, true, true);
    support_near(evidence.sum_gain, 0.0, 0.0);
}

static void shares_of_alpha_add_up(void **state)
{
    (void)state;
    double sum = 0.0;
    for (uint64_t j = 1; j <= 100000; j++) {
        assert_true(hone_gate_alpha(j) > hone_gate_alpha(j + 1));
        sum += hone_gate_alpha(j);
    }
    assert_true(sum < 0.05 && sum > 0.0499);
}

static void the_strict_rule_promotes_what_is_proven_only(void **state)
{
    (void)state;
    struct hone_gate_config config = {.min_pairs = 20, .rule = HONE_GATE_STRICT};
    struct hone_gate_report report;
    struct hone_gate_evidence evidence;
    /* A gain that the fixed rule is content with, of which one cannot be sure. */
    hone_gate_reset(&evidence);
    for (unsigned i = 0; i < 199; i++) {
        hone_gate_add(&evidence, i % 2 == 0 ? 1.0 : 0.5, i % 2 == 0 ? 0.5 : 1.0, true,
                      true);
        hone_gate_judge(&evidence, &config, &report);
        assert_false(report.decides);
    }
    hone_gate_add(&evidence, 1.0, 0.5, true, true);
    hone_gate_judge(&evidence, &config, &report);
    assert_true(report.decides);
    assert_int_equal(HONE_GATE_INCONCLUSIVE, report.verdict);
    config.rule = HONE_GATE_FIXED;
    hone_gate_judge(&evidence, &config, &report);
    assert_int_equal(HONE_GATE_PROMOTED, report.verdict);
    /* A sure gain needs more records the more was proposed before. */
    unsigned n_before = 0;
    config.rule = HONE_GATE_STRICT;
    for (config.n_proposals = 0; config.n_proposals < 200; config.n_proposals += 50) {
        unsigned n = 0;
        hone_gate_reset(&evidence);
        do {
            hone_gate_add(&evidence, 1.0, 0.5, true, true);
            hone_gate_judge(&evidence, &config, &report);
            n++;
        } while (!report.decides);
        assert_int_equal(HONE_GATE_PROMOTED, report.verdict);
        assert_true(report.log_wealth_gain >=
                    -log(hone_gate_alpha(1 + config.n_proposals)));
        assert_true(n > n_before);
        n_before = n;
    }
    assert_true(n_before < 200);
}

static void the_rule_of_either_does_not_wait_for_min_pairs(void **state)
{
    (void)state;
    struct hone_gate_config config = {.min_pairs = 1000, .rule = HONE_GATE_EITHER};
    struct hone_gate_report report;
    struct hone_gate_evidence evidence;
    hone_gate_reset(&evidence);
    do {
        hone_gate_add(&evidence, 1.0, 0.5, true, true);
        hone_gate_judge(&evidence, &config, &report);
    } while (!report.decides);
    assert_int_equal(HONE_GATE_PROMOTED, report.verdict);
    assert_true(report.n_pairs < 50);
    config.rule = HONE_GATE_FIXED;
    hone_gate_judge(&evidence, &config, &report);
    assert_false(report.decides);
}

static void harm_is_rejected_before_there_are_min_pairs(void **state)
{
    (void)state;
    struct hone_gate_config config;
    struct hone_gate_evidence evidence;
    struct hone_gate_report report;
    hone_gate_config_default(&config);
    hone_gate_reset(&evidence);
    unsigned n = 0;
    do {
        hone_gate_add(&evidence, 0.5, n % 3 == 0 ? 0.5 : 2.5, true, true);
        hone_gate_judge(&evidence, &config, &report);
        n++;
    } while (report.verdict == HONE_GATE_INCONCLUSIVE);
    assert_int_equal(report.verdict, HONE_GATE_REJECTED);
    assert_in_range(n, 10, 60);
    assert_true(report.log_wealth_harm >= log(100.0));
    assert_true(report.log_wealth_gain < 1.0);
}

/* 150 pairs that hurt a little, a verdict that cannot tell, and as many again. */
static void the_harm_test_goes_on_over_inconclusive_verdicts(void **state)
{
    (void)state;
    struct hone_gate_evidence evidence;
    hone_gate_reset(&evidence);
    for (unsigned i = 0; i < 150; i++) {
        hone_gate_add(&evidence, 1.0, i % 4 == 0 ? 2.0 : 0.9, true, true);
    }
    double before = evidence.harm.highest;
    assert_true(before > 0.5 && before < log(100.0));
    hone_gate_renew(&evidence);
    assert_int_equal(evidence.n_pairs, 0);
    assert_true(evidence.sum_gain == 0.0 && evidence.harm.highest == before);
    hone_gate_add(&evidence, 1.0, 2.0, true, true);
    assert_int_equal(evidence.harm.n, 151);
    hone_gate_reset(&evidence);
    assert_int_equal(evidence.harm.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_truth_table),
        cmocka_unit_test(reports_hand_worked_figures),
        cmocka_unit_test(a_loss_that_is_not_finite_is_an_error_for_good),
        cmocka_unit_test(shares_of_alpha_add_up),
        cmocka_unit_test(the_strict_rule_promotes_what_is_proven_only),
        cmocka_unit_test(the_rule_of_either_does_not_wait_for_min_pairs),
        cmocka_unit_test(harm_is_rejected_before_there_are_min_pairs),
        cmocka_unit_test(the_harm_test_goes_on_over_inconclusive_verdicts),
        cmocka_unit_test(one_record_cannot_outweigh_the_rest),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
