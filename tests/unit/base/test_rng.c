#include "tests/support/support.h"

#include "base/rng.h"

/* The first outputs of the reference SplitMix64 for seed 0. */
static void mixes_like_the_reference(void **state)
{
    (void)state;
    uint64_t gamma = UINT64_C(0x9e3779b97f4a7c15);
    assert_true(hone_rng_mix(gamma) == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(hone_rng_mix(2 * gamma) == UINT64_C(0x6e789e6aa1b965f4));
    assert_true(hone_rng_mix(3 * gamma) == UINT64_C(0x06c45d188009454f));
}

static void depends_on_key_counter_and_draw_only(void **state)
{
    (void)state;
    struct hone_rng a = hone_rng_at(7, 9);
    uint64_t first = hone_rng_next(&a), second = hone_rng_next(&a);
    struct hone_rng b = {.key = 7, .counter = 9, .draw = 1};
    assert_true(hone_rng_next(&b) == second);
    assert_true(first != second);
    struct hone_rng other_key = hone_rng_at(8, 9), other_counter = hone_rng_at(7, 10);
    assert_true(hone_rng_next(&other_key) != first);
    assert_true(hone_rng_next(&other_counter) != first);
    struct hone_rng swapped = hone_rng_at(9, 7);
    assert_true(hone_rng_next(&swapped) != first);
}

/* Stored values: a change of them would change what an old log replays to. */
static void draws_the_same_for_ever(void **state)
{
    (void)state;
    struct hone_rng rng = hone_rng_at(1, 2);
    assert_true(hone_rng_next(&rng) == UINT64_C(0x3e12204644234bb0));
    assert_true(hone_rng_next(&rng) == UINT64_C(0xfeab9a052c034d9f));
    rng = hone_rng_at(UINT64_MAX, UINT64_MAX);
    assert_true(hone_rng_next(&rng) == UINT64_C(0x695058899520ca9d));
}

static void stays_below_and_reaches_all(void **state)
{
    (void)state;
    struct hone_rng rng = hone_rng_at(3, 4);
    assert_true(hone_rng_below(&rng, 1) == 0);
    int counts[6] = {0};
    for (int i = 0; i < 60000; i++) {
        uint64_t value = hone_rng_below(&rng, 6);
        assert_true(value < 6);
        counts[value] += 1;
    }
    for (int i = 0; i < 6; i++) {
        support_near(counts[i], 10000, 500); /* five standard deviations */
    }
    for (int i = 0; i < 1000; i++) {
        assert_true(hone_rng_below(&rng, UINT64_MAX) < UINT64_MAX);
        /* Nearly half of all draws are rejected for this n. */
        assert_true(hone_rng_below(&rng, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixes_like_the_reference),
        cmocka_unit_test(depends_on_key_counter_and_draw_only),
        cmocka_unit_test(draws_the_same_for_ever),
        cmocka_unit_test(stays_below_and_reaches_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
