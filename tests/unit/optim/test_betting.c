#include "tests/support/support.h"

#include "base/rng.h"
#include "optim/betting.h"
#include "optim/gate.h"

#include <math.h>
#include <stdlib.h>

#define RUNS   2000
#define LOOKS  1000
#define ALPHA  0.05
#define MARGIN 0.01

static double uniform(struct hone_rng *rng)
{
    return (double)hone_rng_below(rng, 1U << 30) / (double)(1U << 30);
}

/* One pair: the sides disagree on a tenth of the records, by about one nat, and by a
 * little noise on the others. gain is the difference of their accuracies. */
static double draw_pair(struct hone_rng *rng, double gain)
{
    double u = uniform(rng), noise = 0.2 * (uniform(rng) - 0.5);
    double p_win = (0.1 + gain) / 2.0;
    return u < p_win ? 1.0 + noise : u < 0.1 ? -1.0 + noise : noise;
}

/* 4 values by hand: the first stake is 0, the second on mean 1/2, variance 5/8 - 1/4. */
static void the_wealth_is_the_hand_worked_one(void **state)
{
    (void)state;
    struct hone_betting betting = {0};
    hone_betting_add(&betting, 1.0, 0.0);
    support_near(hone_betting_log_wealth(&betting), 0.0, 1e-15);
    hone_betting_add(&betting, -0.5, 0.0);
    /* 0.5 / (0.375 + 0.25) = 0.8, over all three caps of 1/16, 1/8, 1/4 */
    const double stakes[3] = {0.0625, 0.125, 0.25};
    double sum = 0.0;
    for (int c = 0; c < 3; c++) {
        support_near(betting.log_wealth[c], log(1.0 - 0.5 * stakes[c]), 1e-12);
        sum += 1.0 - 0.5 * stakes[c];
    }
    support_near(hone_betting_log_wealth(&betting), log(sum / 3.0), 1e-12);
    assert_true(betting.highest == 0.0);
    assert_true(hone_betting_is_valid(&betting));
}

enum null_case { NULL_IDENTICAL, NULL_NOISY, NULL_EXTREME, NULL_AT_MARGIN, N_NULLS };

static double draw_null(struct hone_rng *rng, enum null_case which)
{
    switch (which) {
    case NULL_IDENTICAL:
        return 0.0;
    case NULL_NOISY:
        return draw_pair(rng, 0.0);
    case NULL_EXTREME:
        return uniform(rng) < 0.5 ? -2.0 : 2.0;
    default: /* mean .01, the margin itself, rare and large */
        return uniform(rng) < 0.005 ? 2.0 : 0.0;
    }
}

static void false_alarms_stay_within_alpha_however_often_one_looks(void **state)
{
    (void)state;
    static const char *const names[] = {"identical", "noisy", "extreme", "at the margin"};
    for (int which = 0; which < N_NULLS; which++) {
        unsigned n_alarms = 0;
        double m0 = which == NULL_AT_MARGIN ? MARGIN : 0.0;
        for (uint64_t run = 0; run < RUNS; run++) {
            struct hone_rng rng = hone_rng_at(17 + (uint64_t)which, run);
            struct hone_betting betting = {0};
            for (unsigned i = 0; i < LOOKS; i++) {
                hone_betting_add(&betting, draw_null(&rng, (enum null_case)which), m0);
            }
            assert_true(hone_betting_is_valid(&betting));
            n_alarms += hone_betting_rejects(&betting, ALPHA) ? 1 : 0;
        }
        print_message("%s: %.4f of %d runs of %d looks reject at %.2f\n", names[which],
                      (double)n_alarms / RUNS, RUNS, LOOKS, ALPHA);
        assert_true((double)n_alarms <= ALPHA * RUNS);
    }
}

static int compare(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

#define POWER_RUNS    200
#define POWER_RECORDS 20000

/* Records until H0 "no gain" falls; the fixed rule's share of promotions at 200 pairs. */
static unsigned measure_power(double gain, double *promoted)
{
    unsigned needed[POWER_RUNS], n_promoted = 0;
    for (uint64_t run = 0; run < POWER_RUNS; run++) {
        struct hone_rng rng = hone_rng_at(23, run);
        struct hone_betting betting = {0};
        struct hone_gate_evidence evidence = {0};
        struct hone_gate_config config = {.min_pairs = 200};
        struct hone_gate_report report;
        needed[run] = 0;
        while (needed[run] < POWER_RECORDS &&
               (needed[run] < 200 || !hone_betting_rejects(&betting, ALPHA))) {
            double value = draw_pair(&rng, gain);
            if (!hone_betting_rejects(&betting, ALPHA)) {
                hone_betting_add(&betting, value, 0.0);
            }
            if (needed[run] < 200) {
                hone_gate_add(&evidence, 3.0, 3.0 - value, true, true);
            }
            needed[run]++;
        }
        needed[run] =
            hone_betting_rejects(&betting, ALPHA) ? (unsigned)betting.n : POWER_RECORDS;
        hone_gate_judge(&evidence, &config, &report);
        n_promoted += report.verdict == HONE_GATE_PROMOTED ? 1 : 0;
    }
    qsort(needed, POWER_RUNS, sizeof(needed[0]), compare);
    *promoted = (double)n_promoted / POWER_RUNS;
    print_message(
        "gain of %.1f points: %u records (median), %u (95 %%)%s; the fixed rule "
        "promotes %.2f at 200\n",
        100.0 * gain, needed[POWER_RUNS / 2], needed[POWER_RUNS * 95 / 100],
        needed[POWER_RUNS * 95 / 100] == POWER_RECORDS ? " or more" : "", *promoted);
    return needed[POWER_RUNS / 2];
}

static void the_power_grows_with_the_gain(void **state)
{
    (void)state;
    double promoted = 0.0;
    unsigned half = measure_power(0.005, &promoted);
    unsigned more = measure_power(0.015, &promoted);
    unsigned most = measure_power(0.05, &promoted);
    assert_true(half > more && more > most);
    assert_in_range(most, 20, 600);
    assert_in_range(more, 500, 6000);
    assert_true(promoted > 0.95);
}

static void harm_is_found_before_200_pairs(void **state)
{
    (void)state;
    unsigned n_found = 0;
    for (uint64_t run = 0; run < 200; run++) {
        struct hone_rng rng = hone_rng_at(29, run);
        struct hone_betting harm = {0};
        for (unsigned i = 0; i < 200; i++) {
            hone_betting_add(&harm, uniform(&rng) < 0.3 ? 2.0 : 0.0, MARGIN);
        }
        n_found += hone_betting_rejects(&harm, 0.01) ? 1 : 0;
    }
    assert_true(n_found >= 199);
}

static void values_are_clipped_and_states_are_checked(void **state)
{
    (void)state;
    struct hone_betting betting = {0}, clipped = {0};
    for (int i = 0; i < 50; i++) {
        hone_betting_add(&betting, i % 3 == 0 ? -1e300 : 1e300, 0.0);
        hone_betting_add(&clipped, i % 3 == 0 ? -2.0 : 2.0, 0.0);
    }
    assert_memory_equal(&betting, &clipped, sizeof(betting));
    assert_true(hone_betting_is_valid(&betting));
    betting.log_wealth[1] = (double)INFINITY;
    assert_false(hone_betting_is_valid(&betting));
    clipped.highest = (double)NAN;
    assert_false(hone_betting_is_valid(&clipped));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wealth_is_the_hand_worked_one),
        cmocka_unit_test(false_alarms_stay_within_alpha_however_often_one_looks),
        cmocka_unit_test(the_power_grows_with_the_gain),
        cmocka_unit_test(harm_is_found_before_200_pairs),
        cmocka_unit_test(values_are_clipped_and_states_are_checked),
    };
    return cmocka_run_group_tests_name("betting", tests, NULL, NULL);
}
