/* Old calls go; what was learnt from stays, so that it can be learnt from again. */
#include "tests/unit/store/store_support.h"

#include "store/verify.h"

#define DAY_MS     INT64_C(86400000)
#define LATER      (START_MS + 10 * DAY_MS)
#define N_BLOCK    40
#define STEPS_MAX  10000
#define STEP_MAX   250 /* calls, and those of one more block */
#define MANY       3000
#define TEXT_BYTES 4000

static int set_up(void **state)
{
    *state = world_make(&hone_sqlite_engine);
    return 0;
}

static int tear_down(void **state)
{
    world_destroy(*state);
    return 0;
}

/* ---- short ways ---- */

/* One block of calls, now; their ids go to ids. */
static void add_block(struct world *world, struct hone_uuid *ids, size_t n)
{
    struct hone_call_record records[N_BLOCK];
    assert_true(n <= N_BLOCK);
    for (size_t i = 0; i < n; i++) {
        records[i] = make_call(world, world->skill.id);
        ids[i] = records[i].call_id;
    }
    world_begin(world);
    world_ok(world, append_records(world, records, n));
    world_commit(world);
}

static uint64_t label(struct world *world, struct hone_uuid id)
{
    struct hone_store_feedback feedback = make_feedback(world, id, "label", "key");
    struct hone_store_feedback_result result = add_feedback(world, &feedback);
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, result.status);
    return result.position;
}

static bool is_kept(struct world *world, struct hone_uuid id)
{
    struct hone_call_record record;
    int rc = hone_store_find_call(world->store, id, &record, &world->arena, &world->err);
    assert_true(rc == 0 || rc == HONE_E_NOT_FOUND);
    return rc == 0;
}

static struct hone_store_prune make_prune(int64_t calls_before)
{
    return (struct hone_store_prune){.calls_before_unix_ms = calls_before,
                                     .reason = hone_span_text("calls are old"),
                                     .now_unix_ms = LATER};
}

/* Returns the number of steps. */
static int prune_all(struct world *world, struct hone_store_prune *prune)
{
    int n_steps = 0;
    do {
        assert_true(n_steps++ < STEPS_MAX);
        world_begin(world);
        world_ok(world, hone_store_prune_calls(world->store, prune, &world->err));
        world_commit(world);
    } while (prune->more);
    return n_steps;
}

static void assert_whole(struct world *world)
{
    struct hone_verify *verify = hone_verify_create(world->store, hone_span_of(NULL, 0));
    while (hone_verify_next(verify) != HONE_VERIFY_DONE) {
        world_ok(world, hone_verify_step(verify, &world->err));
    }
    json_t *report = hone_verify_report(verify);
    if (!json_is_true(json_object_get(report, "whole"))) {
        fail_msg("%s", json_dumps(report, 0));
    }
    json_decref(report);
    hone_verify_destroy(verify);
}

/* ---- what goes and what stays ---- */

static void old_calls_without_feedback_go_and_the_others_stay(void **state)
{
    struct world *world = *state;
    struct hone_uuid old[N_BLOCK];
    struct hone_uuid young[N_BLOCK];
    add_block(world, old, N_BLOCK);
    label(world, old[7]);
    label(world, old[30]);
    world->now_ms = LATER - DAY_MS;
    add_block(world, young, N_BLOCK);
    struct hone_store_prune prune = make_prune(LATER - 2 * DAY_MS);
    prune_all(world, &prune);
    assert_int_equal(N_BLOCK - 2, prune.n_dropped);
    assert_true(prune.dropped_bytes > 79 * prune.n_dropped);
    for (size_t i = 0; i < N_BLOCK; i++) {
        assert_int_equal(i == 7 || i == 30, is_kept(world, old[i]));
        assert_true(is_kept(world, young[i]));
    }
    assert_whole(world);
    world_close(world);
    world_open(world);
    assert_true(is_kept(world, old[30]));
    assert_false(is_kept(world, old[29]));
}

static void a_block_of_which_nothing_is_left_goes(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[N_BLOCK];
    struct hone_store_sizes sizes;
    add_block(world, ids, N_BLOCK);
    world_ok(world, hone_store_read_sizes(world->store, &sizes, &world->err));
    assert_int_equal(hone_uuid_unix_ms(ids[0]), sizes.oldest_call_unix_ms);
    struct hone_store_prune prune = make_prune(LATER);
    prune_all(world, &prune);
    world_ok(world, hone_store_read_sizes(world->store, &sizes, &world->err));
    assert_int_equal(0, sizes.oldest_call_unix_ms);
    assert_whole(world);
}

static void feedback_on_a_call_that_has_gone_is_refused(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[N_BLOCK];
    add_block(world, ids, N_BLOCK);
    label(world, ids[1]);
    struct hone_store_prune prune = make_prune(LATER);
    prune_all(world, &prune);
    struct hone_store_feedback feedback = make_feedback(world, ids[0], "label", "key");
    assert_int_equal(HONE_STORE_FEEDBACK_UNKNOWN_CALL,
                     add_feedback(world, &feedback).status);
    feedback = make_feedback(world, ids[1], "label", "key");
    assert_int_equal(HONE_STORE_FEEDBACK_DUPLICATE,
                     add_feedback(world, &feedback).status);
}

static void the_log_reads_as_before(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[N_BLOCK];
    struct hone_store_event *before = NULL;
    struct hone_store_event *after = NULL;
    size_t n_before = 0;
    size_t n_after = 0;
    add_block(world, ids, N_BLOCK);
    for (size_t i = 0; i < N_BLOCK; i += 3) {
        label(world, ids[i]);
    }
    world_ok(world, hone_store_read_log(world->store, world->skill.id, 0, 1000,
                                        &world->arena, &before, &n_before, &world->err));
    struct hone_store_prune prune = make_prune(LATER);
    prune_all(world, &prune);
    assert_true(prune.n_dropped > 0);
    world_ok(world, hone_store_read_log(world->store, world->skill.id, 0, 1000,
                                        &world->arena, &after, &n_after, &world->err));
    assert_int_equal(n_before, n_after);
    for (size_t i = 0; i < n_after; i++) {
        assert_true(hone_span_equal(before[i].call.input, after[i].call.input));
        assert_true(hone_span_equal(before[i].call.output, after[i].call.output));
        assert_true(after[i].call.input.len > 0);
        assert_int_equal(before[i].call.version, after[i].call.version);
        assert_memory_equal(&before[i].call.propensity, &after[i].call.propensity, 4);
    }
}

static void calls_with_feedback_go_once_every_kept_version_has_learnt_it(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[N_BLOCK];
    add_block(world, ids, 3);
    label(world, ids[0]);
    world_refresh(world);
    promote(world, "w1"); /* of position 1 */
    label(world, ids[1]);
    world_refresh(world);
    promote(world, "w2");
    label(world, ids[2]);
    struct hone_store_prune prune = make_prune(LATER);
    prune.feedback_before_unix_ms = LATER;
    prune_all(world, &prune);
    assert_false(is_kept(world, ids[0]));
    assert_true(is_kept(world, ids[1]));
    assert_true(is_kept(world, ids[2]));
    world_ok(world,
             hone_store_prune_versions(world->store, world->skill.id, 1, &world->err));
    prune = make_prune(LATER);
    prune.feedback_before_unix_ms = LATER;
    prune_all(world, &prune);
    assert_true(is_kept(world, ids[1])); /* the live version's parent is kept */
    assert_whole(world);
}

static void without_a_version_that_is_kept_feedback_keeps_its_call(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[N_BLOCK];
    add_block(world, ids, 2);
    label(world, ids[0]);
    struct hone_store_prune prune = make_prune(0);
    prune.feedback_before_unix_ms = LATER;
    prune_all(world, &prune);
    assert_true(is_kept(world, ids[0]));
    assert_true(is_kept(world, ids[1]));
    assert_int_equal(0, prune.n_dropped);
}

/* ---- beside other work ---- */

static void a_transaction_that_is_given_up_drops_nothing(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[N_BLOCK];
    add_block(world, ids, N_BLOCK);
    label(world, ids[3]);
    struct hone_store_prune prune = make_prune(LATER);
    world_begin(world);
    world_ok(world, hone_store_prune_calls(world->store, &prune, &world->err));
    assert_false(is_kept(world, ids[0]));
    assert_true(is_kept(world, ids[3])); /* read from the cut block */
    hone_store_rollback(world->store);
    for (size_t i = 0; i < N_BLOCK; i++) {
        assert_true(is_kept(world, ids[i]));
    }
    assert_whole(world);
}

static void late_calls_find_their_place_after_pruning(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[N_BLOCK];
    struct hone_call_record late[2];
    add_block(world, ids, 2);
    label(world, ids[0]);
    late[0] = make_call(world, world->skill.id);
    add_block(world, ids + 2, 2);
    label(world, ids[3]);
    late[1] = make_call(world, world->skill.id);
    struct hone_store_prune prune = make_prune(LATER);
    prune_all(world, &prune);
    assert_int_equal(2, prune.n_dropped);
    world_begin(world);
    world_ok(world, append_records(world, late, 2));
    world_ok(world, append_records(world, late, 2)); /* known by now */
    world_commit(world);
    assert_true(is_kept(world, late[0].call_id));
    assert_true(is_kept(world, late[1].call_id));
    assert_true(is_kept(world, ids[0]));
    assert_true(is_kept(world, ids[3]));
    assert_whole(world);
}

static void many_calls_go_in_steps(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[N_BLOCK];
    for (int n = 0; n < MANY; n += N_BLOCK) {
        add_block(world, ids, N_BLOCK);
    }
    struct hone_store_prune prune = make_prune(LATER);
    uint64_t seen = 0;
    do {
        world_begin(world);
        world_ok(world, hone_store_prune_calls(world->store, &prune, &world->err));
        world_commit(world);
        assert_true(prune.n_seen - seen <= STEP_MAX + N_BLOCK);
        seen = prune.n_seen;
    } while (prune.more);
    assert_int_equal(MANY, prune.n_dropped);
    assert_whole(world);
}

/* ---- sizes ---- */

static void add_large_block(struct world *world)
{
    char text[TEXT_BYTES];
    struct hone_call_record records[N_BLOCK];
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < N_BLOCK; i++) {
        records[i] = make_call(world, world->skill.id);
        records[i].input = hone_span_of(text, sizeof(text));
    }
    world_begin(world);
    world_ok(world, append_records(world, records, N_BLOCK));
    world_commit(world);
}

static uint64_t used_bytes(struct world *world)
{
    struct hone_store_sizes sizes;
    world_ok(world, hone_store_read_sizes(world->store, &sizes, &world->err));
    return sizes.database_bytes - sizes.unused_bytes;
}

#define N_LARGE 200 /* blocks of 160 kB: 32 MB */

static void only_so_much_goes_as_has_to_and_the_oldest_first(void **state)
{
    struct world *world = *state;
    struct hone_uuid oldest[N_BLOCK];
    struct hone_uuid newest[N_BLOCK];
    add_block(world, oldest, N_BLOCK);
    for (int i = 0; i < N_LARGE; i++) {
        add_large_block(world);
    }
    add_block(world, newest, N_BLOCK);
    struct hone_store_prune prune = make_prune(LATER);
    prune.target_bytes = used_bytes(world) / 2;
    prune_all(world, &prune);
    assert_true(used_bytes(world) <= prune.target_bytes);
    assert_true(used_bytes(world) > prune.target_bytes / 4 * 3);
    assert_false(is_kept(world, oldest[0]));
    assert_true(is_kept(world, newest[0]));
}

static void the_file_shrinks_but_for_a_reserve(void **state)
{
    struct world *world = *state;
    struct hone_store_sizes before;
    struct hone_store_sizes after;
    bool more = true;
    for (int i = 0; i < N_LARGE; i++) {
        add_large_block(world);
    }
    struct hone_store_prune prune = make_prune(LATER);
    prune_all(world, &prune);
    world_ok(world, hone_store_read_sizes(world->store, &before, &world->err));
    assert_true(before.unused_bytes > before.database_bytes / 2);
    for (int i = 0; more; i++) {
        assert_true(i < STEPS_MAX);
        world_begin(world);
        world_ok(world, hone_store_shrink(world->store, &more, &world->err));
        world_commit(world);
    }
    world_ok(world, hone_store_read_sizes(world->store, &after, &world->err));
    assert_true(after.database_bytes < before.database_bytes);
    assert_true(after.unused_bytes <= 16 * 1024 * 1024 && after.unused_bytes > 0);
    assert_whole(world);
}

/* ---- audit ---- */

static void each_skill_that_loses_calls_has_an_audit_row_for_each_reason(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[N_BLOCK];
    struct hone_store_audit *rows = NULL;
    size_t n = 0;
    promote(world, "w1");
    for (int i = 0; i < MANY; i += N_BLOCK) {
        add_block(world, ids, N_BLOCK);
    }
    int64_t other = world_add_skill(world, "other");
    struct hone_store_prune prune = make_prune(LATER);
    assert_true(prune_all(world, &prune) > 1);
    add_block(world, ids, N_BLOCK);
    prune = make_prune(LATER + DAY_MS);
    prune.reason = hone_span_text("another reason");
    prune_all(world, &prune);
    world_ok(world, hone_store_read_audit(world->store, world->skill.id, 0, 10,
                                          &world->arena, &rows, &n, &world->err));
    assert_int_equal(3, n);
    assert_true(hone_span_is(rows[1].action, "prune"));
    assert_true(hone_span_is(rows[1].actor, "retention"));
    assert_non_null(memmem(rows[1].detail.data, rows[1].detail.len, "calls are old", 13));
    assert_non_null(
        memmem(rows[2].detail.data, rows[2].detail.len, "another reason", 14));
    world_ok(world, hone_store_read_audit(world->store, other, 0, 10, &world->arena,
                                          &rows, &n, &world->err));
    assert_int_equal(0, n);
    assert_whole(world);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(old_calls_without_feedback_go_and_the_others_stay),
        TEST(a_block_of_which_nothing_is_left_goes),
        TEST(feedback_on_a_call_that_has_gone_is_refused),
        TEST(the_log_reads_as_before),
        TEST(calls_with_feedback_go_once_every_kept_version_has_learnt_it),
        TEST(without_a_version_that_is_kept_feedback_keeps_its_call),
        TEST(a_transaction_that_is_given_up_drops_nothing),
        TEST(late_calls_find_their_place_after_pruning),
        TEST(many_calls_go_in_steps),
        TEST(only_so_much_goes_as_has_to_and_the_oldest_first),
        TEST(the_file_shrinks_but_for_a_reserve),
        TEST(each_skill_that_loses_calls_has_an_audit_row_for_each_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
