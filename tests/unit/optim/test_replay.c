#include "tests/support/support.h"

#include "optim/replay.h"

static void push(struct hone_replay *replay, uint32_t number)
{
    const uint32_t ids[2] = {number, number + 1};
    const float values[2] = {0.5F, -0.25F};
    hone_replay_push(replay, (struct hone_encoder_vector){ids, values, 2},
                     (struct hone_replay_target){.label = number,
                                                 .weight = 1.0F,
                                                 .reward = HONE_REPLAY_LABELLED});
}

static void check(const struct hone_replay *replay, size_t index, uint32_t number)
{
    struct hone_encoder_vector x = hone_replay_vector(replay, index);
    assert_int_equal(x.n, 2);
    assert_int_equal(x.ids[1], number + 1);
    assert_true(x.values[1] == -0.25F);
    assert_int_equal(hone_replay_target(replay, index).label, number);
}

static void the_ring_keeps_the_newest_and_priors_stay(void **state)
{
    (void)state;
    struct hone_replay replay;
    const uint32_t id = 7;
    const float value = 1.0F;
    hone_replay_init(&replay, 200);
    hone_replay_push_prior(&replay, (struct hone_encoder_vector){&id, &value, 1},
                           (struct hone_replay_target){.label = 9999,
                                                       .weight = 1.0F,
                                                       .reward = HONE_REPLAY_LABELLED});
    for (uint32_t i = 0; i < 450; i++) {
        push(&replay, i);
    }
    assert_int_equal(hone_replay_n(&replay), 201);
    assert_int_equal(hone_replay_target(&replay, 0).label, 9999);
    for (size_t place = 0; place < 200; place++) {
        check(&replay, 1 + place, (uint32_t)(place < 50 ? 400 + place : 200 + place));
    }
    hone_replay_finish(&replay);
}

/* Before the ring is full, when it has wrapped, and when there are not so many. */
static void only_the_newest_are_kept(void **state)
{
    (void)state;
    static const uint32_t pushed[] = {20, 150, 200, 450};
    for (size_t p = 0; p < sizeof(pushed) / sizeof(pushed[0]); p++) {
        struct hone_replay replay, copy;
        uint32_t n = pushed[p], kept = n < 50 ? n : 50;
        hone_replay_init(&replay, 200);
        for (uint32_t i = 0; i < n; i++) {
            push(&replay, i);
        }
        hone_replay_copy(&copy, &replay);
        hone_replay_keep_newest(&replay, 50);
        assert_int_equal(hone_replay_n(&replay), kept);
        for (uint32_t i = 0; i < kept; i++) {
            check(&replay, i, n - kept + i);
        }
        assert_int_equal(hone_replay_n(&copy), n < 200 ? n : 200);
        for (uint32_t i = 0; i < 200; i++) {
            push(&replay, 1000 + i);
        }
        assert_int_equal(hone_replay_n(&replay), 200);
        check(&replay, 0, 1000 + 200 - kept);
        hone_replay_finish(&replay);
        hone_replay_finish(&copy);
    }
}

static void a_copy_does_not_change_with_its_original(void **state)
{
    (void)state;
    struct hone_replay replay, copy;
    hone_replay_init(&replay, 300);
    for (uint32_t i = 0; i < 290; i++) {
        push(&replay, i);
    }
    hone_replay_copy(&copy, &replay);
    for (uint32_t i = 290; i < 700; i++) {
        push(&replay, i);
    }
    assert_int_equal(hone_replay_n(&copy), 290);
    for (uint32_t i = 0; i < 290; i++) {
        check(&copy, i, i);
    }
    hone_replay_finish(&replay);
    check(&copy, 289, 289);
    hone_replay_finish(&copy);
}

static void a_window_of_0_keeps_nothing(void **state)
{
    (void)state;
    struct hone_replay replay;
    hone_replay_init(&replay, 0);
    push(&replay, 1);
    assert_int_equal(hone_replay_n(&replay), 0);
    hone_replay_finish(&replay);
}

static void the_labels_of_sets_take_memory_too(void **state)
{
    (void)state;
    struct hone_replay plain, of_sets;
    const uint32_t id = 7, set[40] = {0};
    const float value = 1.0F;
    struct hone_encoder_vector x = {&id, &value, 1};
    struct hone_replay_target target = {.weight = 1.0F, .reward = HONE_REPLAY_LABELLED};
    hone_replay_init(&plain, 200);
    hone_replay_init(&of_sets, 200);
    for (int i = 0; i < 100; i++) {
        hone_replay_push(&plain, x, target);
        struct hone_replay_target with_set = target;
        with_set.set = set;
        with_set.n_set = 40;
        hone_replay_push(&of_sets, x, with_set);
    }
    assert_int_equal(hone_replay_bytes(&plain) + 100 * sizeof(set),
                     hone_replay_bytes(&of_sets));
    hone_replay_finish(&plain);
    hone_replay_finish(&of_sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ring_keeps_the_newest_and_priors_stay),
        cmocka_unit_test(only_the_newest_are_kept),
        cmocka_unit_test(a_copy_does_not_change_with_its_original),
        cmocka_unit_test(a_window_of_0_keeps_nothing),
        cmocka_unit_test(the_labels_of_sets_take_memory_too),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
