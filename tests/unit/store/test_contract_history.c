/* What store/store.h promises of questions about what happened, run over each engine. */
#include "tests/unit/store/contract_support.h"

static void finds_and_counts_feedback(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[2] = {add_call(world), add_call(world)};
    struct hone_store_event *events = NULL;
    struct hone_store_feedback_count *counts = NULL;
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        static const char *const keys[] = {"a", "b", "c"};
        struct hone_store_feedback feedback =
            make_feedback(world, ids[i % 2], "label", keys[i]);
        feedback.kind = i == 2 ? HONE_STORE_FEEDBACK_COMMENT : HONE_STORE_FEEDBACK_LABEL;
        (void)add_feedback(world, &feedback);
    }
    world_ok(world, hone_store_list_feedback(world->store, ids[0], 10, &world->arena,
                                             &events, &n, &world->err));
    assert_int_equal(2, n);
    assert_int_equal(1, events[0].position);
    assert_false(events[0].is_repeated);
    assert_int_equal(3, events[1].position);
    assert_true(events[1].is_repeated);
    assert_true(hone_span_is(events[1].feedback.idempotency_key, "c"));
    world_ok(world, hone_store_count_feedback(world->store, world->skill.id, 0, 2, 10,
                                              &world->arena, &counts, &n, &world->err));
    assert_int_equal(1, n);
    assert_int_equal(2, counts[0].n);
    assert_true(hone_span_is(counts[0].source, "user"));
    world_ok(world, hone_store_count_feedback(world->store, world->skill.id, 1, 9, 10,
                                              &world->arena, &counts, &n, &world->err));
    assert_int_equal(2, n);
    assert_int_equal(HONE_STORE_FEEDBACK_LABEL, counts[0].kind);
    assert_int_equal(HONE_STORE_FEEDBACK_COMMENT, counts[1].kind);
}

static void lists_skills_in_order_of_their_ids(void **state)
{
    struct world *world = *state;
    struct hone_store_skill_name *names = NULL;
    size_t n = 0;
    int64_t id = world_add_skill(world, "another");
    world_ok(world, hone_store_list_skills(world->store, 0, 10, &world->arena, &names, &n,
                                           &world->err));
    assert_int_equal(2, n);
    assert_int_equal(world->skill.id, names[0].id);
    assert_true(hone_span_is(names[0].name, "triage"));
    world_ok(world, hone_store_list_skills(world->store, world->skill.id, 10,
                                           &world->arena, &names, &n, &world->err));
    assert_int_equal(1, n);
    assert_int_equal(id, names[0].id);
}

static void reads_the_calls_of_a_skill_newest_first(void **state)
{
    struct world *world = *state;
    int64_t other = world_add_skill(world, "another");
    struct hone_uuid first = add_call(world);
    struct hone_call_record records[3] = {make_call(world, world->skill.id),
                                          make_call(world, other),
                                          make_call(world, world->skill.id)};
    struct hone_call_record *calls = NULL;
    size_t n = 0;
    int64_t block = 0;
    world_begin(world);
    world_ok(world, append_records(world, records, 3));
    world_commit(world);
    world_ok(world, hone_store_read_calls(world->store, world->skill.id, &block,
                                          &world->arena, &calls, &n, &world->err));
    assert_int_equal(2, n);
    assert_int_equal(0, hone_uuid_compare(records[2].call_id, calls[0].call_id));
    assert_int_equal(0, hone_uuid_compare(records[0].call_id, calls[1].call_id));
    assert_true(hone_span_is(calls[0].output, "greeting"));
    world_ok(world, hone_store_read_calls(world->store, world->skill.id, &block,
                                          &world->arena, &calls, &n, &world->err));
    assert_int_equal(1, n);
    assert_int_equal(0, hone_uuid_compare(first, calls[0].call_id));
    assert_true(block > 0);
    world_ok(world, hone_store_read_calls(world->store, world->skill.id, &block,
                                          &world->arena, &calls, &n, &world->err));
    assert_int_equal(0, n);
    assert_int_equal(0, block);
}

static void counts_what_feedback_said(void **state)
{
    struct world *world = *state;
    static const char *const labels[] = {"b", "a", "b", "b"};
    struct hone_store_value_count *counts = NULL;
    size_t n = 0;
    for (int i = 0; i < 4; i++) {
        struct hone_store_feedback feedback =
            make_feedback(world, add_call(world), labels[i], "key");
        feedback.kind = i == 3 ? HONE_STORE_FEEDBACK_COMMENT : HONE_STORE_FEEDBACK_LABEL;
        (void)add_feedback(world, &feedback);
    }
    world_ok(world, hone_store_count_values(world->store, world->skill.id, 0, 4, 10,
                                            &world->arena, &counts, &n, &world->err));
    assert_int_equal(2, n);
    assert_true(hone_span_is(counts[0].value, "b"));
    assert_int_equal(2, counts[0].n);
    assert_int_equal(1, counts[1].n);
    world_ok(world, hone_store_count_values(world->store, world->skill.id, 1, 2, 10,
                                            &world->arena, &counts, &n, &world->err));
    assert_int_equal(1, n);
    assert_true(hone_span_is(counts[0].value, "a"));
}

static const struct CMUnitTest promises[] = {
    CONTRACT(finds_and_counts_feedback),
    CONTRACT(lists_skills_in_order_of_their_ids),
    CONTRACT(reads_the_calls_of_a_skill_newest_first),
    CONTRACT(counts_what_feedback_said),
};

int main(void)
{
    return contract_run(promises, sizeof(promises) / sizeof(promises[0]));
}
