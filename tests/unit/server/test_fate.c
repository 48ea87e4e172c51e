#include "tests/support/support.h"

#include "server/fate.h"

#define N_POSITIONS 12

/* Positions 1 to 12, each of them feedback. */
struct story {
    struct hone_fate fates[N_POSITIONS];
    struct hone_fate_walk walk;
    int number;
};

static int set_up(void **state)
{
    static struct story story; /* one at a time */
    story = (struct story){0};
    for (size_t i = 0; i < N_POSITIONS; i++) {
        story.fates[i].position = i + 1;
    }
    hone_fate_walk_init(&story.walk, story.fates, N_POSITIONS);
    *state = &story;
    return 0;
}

static int tear_down(void **state)
{
    struct story *story = *state;
    hone_fate_walk_finish(&story->walk);
    return 0;
}

/* made: it makes the version, with the live one before as parent. */
static void tell(struct story *story, const char *action, int version, int former,
                 int live, int position, int event, bool made)
{
    json_t *entry = json_pack("{s:i,s:s,s:i,s:i,s:i,s:i,s:i}", "number", ++story->number,
                              "action", action, "version", version, "former_live", former,
                              "live", live, "position", position, "event", event);
    (void)json_object_set_new(entry, "parent", made ? json_integer(former) : json_null());
    hone_fate_walk_add(&story->walk, entry);
    json_decref(entry);
}

static void assert_fate(const struct story *story, size_t position,
                        enum hone_fate_state state, uint32_t version)
{
    const struct hone_fate *fate = &story->fates[position - 1];
    if (fate->state != state || fate->version != version) {
        fail_msg("position %zu: state %d of version %u", position, (int)fate->state,
                 fate->version);
    }
    assert_int_equal(state != HONE_FATE_INCREMENT, fate->entry != NULL);
}

static void a_promotion_keeps_what_its_candidate_had_learnt(void **state)
{
    struct story *story = *state;
    tell(story, "created", 1, 0, 1, 0, 0, true);
    tell(story, "promoted", 2, 1, 2, 5, 7, true);
    hone_fate_walk_end(&story->walk);
    assert_fate(story, 5, HONE_FATE_IN_VERSION, 2);
    assert_fate(story, 6, HONE_FATE_INCREMENT, 0);
    assert_fate(story, 8, HONE_FATE_INCREMENT, 0);
    assert_int_equal(2, story->walk.live);
}

static void a_rejection_takes_back_also_what_came_after_the_candidate(void **state)
{
    struct story *story = *state;
    tell(story, "created", 1, 0, 1, 0, 0, true);
    tell(story, "inconclusive", 2, 1, 1, 0, 3, true);
    tell(story, "rejected", 3, 1, 1, 0, 7, true);
    tell(story, "promoted", 4, 1, 4, 10, 11, true);
    hone_fate_walk_end(&story->walk);
    assert_fate(story, 1, HONE_FATE_WITHDRAWN, 3);
    assert_fate(story, 6, HONE_FATE_WITHDRAWN, 3);
    assert_fate(story, 8, HONE_FATE_IN_VERSION, 4);
    assert_fate(story, 12, HONE_FATE_INCREMENT, 0);
}

static void a_rollback_leaves_versions_and_increments(void **state)
{
    struct story *story = *state;
    tell(story, "created", 1, 0, 1, 0, 0, true);
    tell(story, "promoted", 2, 1, 2, 3, 4, true);
    tell(story, "promoted", 3, 2, 3, 6, 7, true);
    tell(story, "rollback", 2, 3, 2, 9, 9, false);
    hone_fate_walk_end(&story->walk);
    assert_fate(story, 2, HONE_FATE_IN_VERSION, 2);
    assert_fate(story, 5, HONE_FATE_ROLLED_BACK, 2);
    assert_fate(story, 8, HONE_FATE_ROLLED_BACK, 2);
    assert_fate(story, 10, HONE_FATE_INCREMENT, 0);
}

static void a_version_that_is_gone_back_to_again_has_what_it_had(void **state)
{
    struct story *story = *state;
    tell(story, "created", 1, 0, 1, 0, 0, true);
    tell(story, "promoted", 2, 1, 2, 3, 4, true);
    tell(story, "rollback", 1, 2, 1, 6, 6, false);
    tell(story, "rollback", 2, 1, 2, 8, 8, false);
    tell(story, "promoted", 3, 2, 3, 10, 11, true);
    hone_fate_walk_end(&story->walk);
    assert_fate(story, 3, HONE_FATE_IN_VERSION, 2);
    assert_fate(story, 5, HONE_FATE_ROLLED_BACK, 1);
    assert_fate(story, 7, HONE_FATE_ROLLED_BACK, 2);
    assert_fate(story, 9, HONE_FATE_IN_VERSION, 3);
}

static void what_comes_while_a_skill_is_frozen_is_passed_over(void **state)
{
    struct story *story = *state;
    tell(story, "created", 1, 0, 1, 0, 0, true);
    tell(story, "freeze", 1, 1, 1, 0, 3, false);
    tell(story, "rollback", 1, 1, 1, 6, 6, false);
    tell(story, "thaw", 1, 1, 1, 6, 8, false);
    tell(story, "freeze", 1, 1, 1, 6, 11, false);
    hone_fate_walk_end(&story->walk);
    assert_fate(story, 2, HONE_FATE_ROLLED_BACK, 1);
    assert_fate(story, 5, HONE_FATE_PASSED_OVER, 0);
    assert_fate(story, 7, HONE_FATE_PASSED_OVER, 0);
    assert_fate(story, 10, HONE_FATE_INCREMENT, 0);
    assert_fate(story, 12, HONE_FATE_PASSED_OVER, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_promotion_keeps_what_its_candidate_had_learnt),
        TEST(a_rejection_takes_back_also_what_came_after_the_candidate),
        TEST(a_rollback_leaves_versions_and_increments),
        TEST(a_version_that_is_gone_back_to_again_has_what_it_had),
        TEST(what_comes_while_a_skill_is_frozen_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
