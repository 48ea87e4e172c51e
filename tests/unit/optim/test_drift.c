#include "tests/support/support.h"

#include "base/rng.h"
#include "optim/drift.h"
#include "optim/drift_internal.h"

#include <math.h>

/* n outcomes with this error rate; returns the number of alarms, each followed by a
 * reset. *first is how many outcomes the first alarm took. */
static unsigned feed(struct hone_drift *drift, struct hone_rng *rng, unsigned n,
                     double rate, unsigned *first)
{
    unsigned n_alarms = 0;
    for (unsigned i = 0; i < n; i++) {
        if (hone_drift_add(drift, hone_rng_below(rng, 1000) < (uint64_t)(rate * 1000))) {
            *first = n_alarms == 0 ? i + 1 : *first;
            n_alarms++;
            hone_drift_reset(drift);
        }
    }
    return n_alarms;
}

/* 60 errors in 300, then 35 in 50: (0.7 - 0.2) / sqrt(0.16 (1/50 + 1/300)). */
static void the_statistic_is_the_hand_worked_one(void **state)
{
    (void)state;
    struct hone_drift drift = {0};
    for (unsigned i = 0; i < 349; i++) {
        assert_false(hone_drift_add(&drift, i < 300 ? i % 5 == 0 : i < 335));
        assert_true(hone_drift_z(&drift) == 0.0);
    }
    assert_false(hone_drift_add(&drift, false));
    support_near(hone_drift_z(&drift), 0.5 / sqrt(0.16 * (1.0 / 50 + 1.0 / 300)), 1e-12);
    /* The window goes on: the reference loses outcome 0, an error, and gains one. */
    assert_false(hone_drift_add(&drift, true));
    support_near(hone_drift_z(&drift),
                 (35.0 / 50 - 60.0 / 300) / sqrt(0.16 * (1.0 / 50 + 1.0 / 300)), 1e-12);
}

/* With no error in 300 the variance is .02, so 5 errors in 50 are z = 4.6 and 4 are 3.7. The
 * second look, 25 outcomes later, has lost the 25 in which the first errors were. */
static void two_looks_in_a_row_must_agree(void **state)
{
    (void)state;
    static const struct {
        unsigned first, second; /* errors from outcomes 300 and 350 on */
        bool alarm;
    } cases[] = {
        {5, 0, false}, {4, 6, false}, {5, 4, false}, {5, 6, true}, {25, 25, true}};
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        struct hone_drift drift = {0};
        bool alarm = false;
        for (unsigned i = 0; i < 375; i++) {
            bool is_error = (i >= 300 && i < 300 + cases[c].first) ||
                            (i >= 350 && i < 350 + cases[c].second);
            alarm = hone_drift_add(&drift, is_error);
            assert_true(!alarm || i == 374);
        }
        assert_int_equal(alarm, cases[c].alarm);
    }
}

/* A run in which chance alarmed shortly before has too few outcomes to be judged. */
static void a_change_is_found_within_100_outcomes(void **state)
{
    (void)state;
    unsigned n_judged = 0;
    for (unsigned run = 0; run < 100; run++) {
        struct hone_rng rng = hone_rng_at(7, run);
        struct hone_drift drift = {0};
        unsigned first = 0;
        if (feed(&drift, &rng, 425 + run, 0.15, &first) > 0) {
            continue;
        }
        assert_true(feed(&drift, &rng, 100, 0.65, &first) == 1);
        n_judged++;
    }
    assert_in_range(n_judged, 99, 100);
}

/* At a level rate an alarm is rare, and far rarer than one in 5,000. */
static void a_level_stream_rarely_alarms(void **state)
{
    (void)state;
    static const double rates[] = {0.02, 0.1, 0.2, 0.5};
    for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
        struct hone_rng rng = hone_rng_at(11, r);
        struct hone_drift drift = {0};
        unsigned first = 0, n_alarms = feed(&drift, &rng, 200000, rates[r], &first);
        print_message("error rate %.2f: %u alarms in 200000\n", rates[r], n_alarms);
        assert_in_range(n_alarms, 0, 2);
    }
}

static void a_learner_that_gets_better_never_alarms(void **state)
{
    (void)state;
    struct hone_rng rng = hone_rng_at(13, 0);
    struct hone_drift drift = {0};
    unsigned first = 0, n_alarms = 0;
    for (unsigned rate = 95; rate > 5; rate--) {
        n_alarms += feed(&drift, &rng, 100, rate / 100.0, &first);
    }
    assert_int_equal(n_alarms, 0);
}

static void only_what_add_makes_is_valid(void **state)
{
    (void)state;
    struct hone_drift drift = {0};
    assert_true(hone_drift_is_valid(&drift));
    for (unsigned i = 0; i < 800; i++) {
        assert_false(hone_drift_add(&drift, i % 3 == 0));
        assert_true(hone_drift_is_valid(&drift));
    }
    drift.errors[HONE_DRIFT_WORDS - 1] |= UINT64_C(1) << 63;
    assert_false(hone_drift_is_valid(&drift));
    drift = (struct hone_drift){.n = 2, .errors = {4}};
    assert_false(hone_drift_is_valid(&drift));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_statistic_is_the_hand_worked_one),
        cmocka_unit_test(two_looks_in_a_row_must_agree),
        cmocka_unit_test(a_change_is_found_within_100_outcomes),
        cmocka_unit_test(a_level_stream_rarely_alarms),
        cmocka_unit_test(a_learner_that_gets_better_never_alarms),
        cmocka_unit_test(only_what_add_makes_is_valid),
    };
    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
