#include "tests/support/support.h"

#include "base/rng.h"
#include "optim/conformal.h"

#include <math.h>
#include <string.h>

#define N_EXAMPLES 5000

/* Exponentially distributed. */
static double make_score(uint64_t number, double scale)
{
    struct hone_rng rng = hone_rng_at(17, number);
    return -scale * log(((double)(hone_rng_next(&rng) >> 11) + 1.0) * 0x1p-53);
}

/* Share of the scores from `begin` to `end` that the quantile before them covered. */
static double cover(struct hone_conformal *conformal, uint64_t begin, uint64_t end,
                    double (*scale)(uint64_t number))
{
    uint64_t n_covered = 0;
    for (uint64_t i = begin; i < end; i++) {
        double score = make_score(i, scale(i));
        n_covered += score <= conformal->quantile ? 1 : 0;
        hone_conformal_add(conformal, score);
    }
    return (double)n_covered / (double)(end - begin);
}

static double steady(uint64_t number)
{
    (void)number;
    return 2.0;
}

static double shifted(uint64_t number)
{
    return number < N_EXAMPLES ? 1.0 : 8.0;
}

static double drifting(uint64_t number)
{
    return 1.0 + (double)number / 500.0;
}

static double swinging(uint64_t number)
{
    return 1.5 + sin((double)number / 100.0);
}

static void keeps_coverage_on_steady_drifting_and_swinging_streams(void **state)
{
    (void)state;
    double (*const scales[])(uint64_t) = {steady, drifting, swinging};
    const double wanted[] = {0.5, 0.8, 0.9, 0.95};
    for (size_t s = 0; s < 3; s++) {
        for (size_t w = 0; w < 4; w++) {
            struct hone_conformal conformal;
            hone_conformal_init(&conformal, wanted[w]);
            support_near(cover(&conformal, 0, N_EXAMPLES, scales[s]), wanted[w], 0.02);
        }
    }
}

static void keeps_coverage_after_a_shift(void **state)
{
    (void)state;
    struct hone_conformal conformal;
    hone_conformal_init(&conformal, 0.9);
    support_near(cover(&conformal, 0, N_EXAMPLES, shifted), 0.9, 0.02);
    /* Errors are eight times as large from one example to the next. */
    support_near(cover(&conformal, N_EXAMPLES, 2 * N_EXAMPLES, shifted), 0.9, 0.02);
    support_near(cover(&conformal, 2 * N_EXAMPLES, 3 * N_EXAMPLES, shifted), 0.9, 0.02);
}

/* Scores 1, 2, ..., 9 at coverage 0.8 that none of them moves the level of: the rank is
 * ceil(0.8 * 10) = 8. */
static void quantile_is_the_rank_worked_by_hand(void **state)
{
    (void)state;
    struct hone_conformal conformal;
    hone_conformal_init(&conformal, 0.8);
    for (uint32_t i = 0; i < 9; i++) {
        conformal.scores[i] = 9.0 - (double)i;
    }
    conformal.n = 9;
    hone_conformal_refresh(&conformal);
    support_near(conformal.quantile, 8.0, 0.0);
    support_near(conformal.mean, 5.0, 1e-12);
    /* One miss: level 0.2 + 0.02 (0.2 - 1) = 0.184, ten scores, rank ceil(0.816 * 11) = 9. */
    hone_conformal_add(&conformal, 8.5);
    support_near(conformal.level, 0.184, 1e-12);
    support_near(conformal.quantile, 8.5, 0.0);
}

static void a_level_out_of_reach_goes_beyond_the_largest_score(void **state)
{
    (void)state;
    struct hone_conformal conformal;
    hone_conformal_init(&conformal, 0.9);
    assert_false(hone_conformal_is_ready(&conformal));
    hone_conformal_add(&conformal, 3.0);
    assert_true(hone_conformal_is_ready(&conformal));
    support_near(conformal.quantile, HONE_CONFORMAL_BEYOND * 3.0, 0.0);
}

static void a_long_calm_is_soon_forgotten(void **state)
{
    (void)state;
    struct hone_conformal conformal;
    hone_conformal_init(&conformal, 0.9);
    for (int i = 0; i < 100000; i++) {
        hone_conformal_add(&conformal, 0.0);
    }
    for (uint64_t i = 0; i < 500; i++) {
        hone_conformal_add(&conformal, make_score(i, 1.0));
    }
    support_near(cover(&conformal, 500, 500 + N_EXAMPLES, steady), 0.9, 0.02);
}

static void another_coverage_takes_effect(void **state)
{
    (void)state;
    struct hone_conformal conformal;
    hone_conformal_init(&conformal, 0.9);
    (void)cover(&conformal, 0, 1000, steady);
    double wide = conformal.quantile;
    hone_conformal_set_coverage(&conformal, 0.5);
    assert_true(conformal.quantile < wide);
    support_near(cover(&conformal, 1000, 1000 + N_EXAMPLES, steady), 0.5, 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_coverage_on_steady_drifting_and_swinging_streams),
        cmocka_unit_test(keeps_coverage_after_a_shift),
        cmocka_unit_test(quantile_is_the_rank_worked_by_hand),
        cmocka_unit_test(a_level_out_of_reach_goes_beyond_the_largest_score),
        cmocka_unit_test(a_long_calm_is_soon_forgotten),
        cmocka_unit_test(another_coverage_takes_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
