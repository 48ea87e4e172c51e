#include "tests/support/support.h"

#include "optim/region.h"

#include <math.h>

static void distance_is_half_of_what_moved(void **state)
{
    (void)state;
    const float p[] = {0.5F, 0.3F, 0.2F}, q[] = {0.2F, 0.3F, 0.1F, 0.4F};
    const float one[] = {1.0F, 0.0F}, other[] = {0.0F, 1.0F};
    support_near((double)hone_region_distance(p, 3, p, 3), 0.0, 0.0);
    support_near((double)hone_region_distance(one, 2, other, 2), 1.0, 0.0);
    support_near((double)hone_region_distance(p, 3, q, 4), 0.4, 1e-6);
    support_near((double)hone_region_distance(q, 4, p, 3), 0.4, 1e-6);
}

/* The newest 64 count, and no fewer decide. */
static void is_left_by_the_mean_of_the_newest(void **state)
{
    (void)state;
    struct hone_region region = {0};
    support_near(hone_region_mean(&region), 0.0, 0.0);
    for (int i = 0; i < HONE_REGION_PROBES; i++) {
        assert_false(hone_region_is_left(&region, 0.5));
        hone_region_add(&region, 0.75F);
        assert_true(hone_region_is_valid(&region));
    }
    assert_true(hone_region_is_left(&region, 0.5));
    assert_false(hone_region_is_left(&region, 0.75));
    for (int i = 0; i < 32; i++) {
        assert_true(hone_region_is_left(&region, 0.375));
        hone_region_add(&region, 0.0F);
    }
    support_near(hone_region_mean(&region), 0.375, 1e-12);
    assert_false(hone_region_is_left(&region, 0.375));
    for (int i = 0; i < 32; i++) {
        hone_region_add(&region, 0.0F);
    }
    support_near(hone_region_mean(&region), 0.0, 0.0);
}

/* A file holds the distances oldest first, wherever the ring stood. */
static void the_mean_has_the_same_bits_after_being_read(void **state)
{
    (void)state;
    struct hone_region region = {0};
    float kept[HONE_REGION_PROBES * 3];
    for (int i = 0; i < HONE_REGION_PROBES * 3; i++) {
        kept[i] = 1.0F / (3.0F + (float)((i * i) % 29)) * powf(0.05F, (float)(i % 9));
        hone_region_add(&region, kept[i]);
        struct hone_region read = {0};
        for (int k = i < HONE_REGION_PROBES ? 0 : i - HONE_REGION_PROBES + 1; k <= i;
             k++) {
            hone_region_add(&read, kept[k]);
        }
        assert_true(hone_region_mean(&region) == hone_region_mean(&read));
    }
}

static void knows_what_add_cannot_have_made(void **state)
{
    (void)state;
    struct hone_region region = {0};
    hone_region_add(&region, 0.5F);
    assert_true(hone_region_is_valid(&region));
    struct hone_region bad = region;
    bad.distances[0] = 1.5F;
    assert_false(hone_region_is_valid(&bad));
    bad.distances[0] = NAN;
    assert_false(hone_region_is_valid(&bad));
    bad = region;
    bad.next = 3;
    assert_false(hone_region_is_valid(&bad));
    bad = region;
    bad.n = HONE_REGION_PROBES + 1;
    assert_false(hone_region_is_valid(&bad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_is_half_of_what_moved),
        cmocka_unit_test(is_left_by_the_mean_of_the_newest),
        cmocka_unit_test(the_mean_has_the_same_bits_after_being_read),
        cmocka_unit_test(knows_what_add_cannot_have_made),
    };
    return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
