/* What store/store.h promises, run over each engine. */
#include "tests/unit/store/contract_support.h"

#include <math.h>

/* ---- skills ---- */

static void opens_a_skill_once_and_then_finds_it(void **state)
{
    struct world *world = *state;
    struct hone_store_skill again;
    world_begin(world);
    world_ok(world, hone_store_open_skill(world->store, hone_span_text("triage"),
                                          digest_of("other"), digest_of("other"),
                                          world->now_ms + 5, &again, &world->err));
    world_commit(world);
    assert_int_equal(world->skill.id, again.id);
    assert_true(hone_digest_equal(digest_of("package"), again.package));
    assert_true(hone_digest_equal(digest_of("interface"), again.interface));
    assert_true(again.created_unix_ms == START_MS);
    assert_int_equal(0, again.live_version);
    assert_int_equal(0, again.log_end);
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_read_skill(world->store, 99, &again, &world->err));
}

static void rolled_back_transaction_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct hone_call_record call = make_call(world, world->skill.id);
    struct hone_call_record found;
    world_begin(world);
    world_ok(world, append_records(world, &call, 1));
    world_ok(world, hone_store_find_call(world->store, call.call_id, &found,
                                         &world->arena, &world->err));
    hone_store_rollback(world->store);
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_find_call(world->store, call.call_id, &found,
                                          &world->arena, &world->err));
    world_refresh(world);
    assert_int_equal(0, world->skill.n_calls);
}

/* ---- calls ---- */

static void finds_a_call_before_and_after_reopening(void **state)
{
    struct world *world = *state;
    struct hone_uuid id = add_call(world);
    for (int round = 0; round < 2; round++) {
        struct hone_call_record call;
        world_ok(world, hone_store_find_call(world->store, id, &call, &world->arena,
                                             &world->err));
        assert_int_equal(0, hone_uuid_compare(id, call.call_id));
        assert_true(hone_span_is(call.output, "greeting"));
        assert_true(hone_span_is(call.episode, "task-1"));
        assert_int_equal(7, call.learned_through);
        world_close(world);
        world_open(world);
    }
}

static void skips_calls_that_are_stored_already(void **state)
{
    struct world *world = *state;
    struct hone_call_record calls[3];
    for (size_t i = 0; i < 3; i++) {
        calls[i] = make_call(world, world->skill.id);
    }
    world_begin(world);
    world_ok(world, append_records(world, calls, 2));
    world_ok(world, append_records(world, calls, 3));
    world_commit(world);
    world_begin(world);
    world_ok(world, append_records(world, calls, 3));
    world_commit(world);
    world_refresh(world);
    assert_int_equal(3, world->skill.n_calls);
}

/* Ids 0..n-1 are made in order and recorded in an order in which some finish very late.
 */
static void finds_calls_that_finish_out_of_order(void **state)
{
    struct world *world = *state;
    enum { N = 600, BLOCK = 25 };
    struct hone_call_record *calls = hone_alloc_zeroed(N, sizeof(calls[0]));
    struct hone_call_record *order = hone_alloc_zeroed(N, sizeof(order[0]));
    for (size_t i = 0; i < N; i++) {
        calls[i] = make_call(world, world->skill.id);
    }
    /* Multiplying by a number prime to N permutes; the first hundred keep their order. */
    for (size_t i = 0; i < N; i++) {
        order[i] = calls[i < 100 ? i : 100 + ((i - 100) * 7) % (N - 100)];
    }
    for (size_t i = 0; i < N; i += BLOCK) {
        world_begin(world);
        world_ok(world, append_records(world, order + i, BLOCK));
        world_commit(world);
    }
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < N; i++) {
            struct hone_call_record found;
            world_ok(world, hone_store_find_call(world->store, calls[i].call_id, &found,
                                                 &world->arena, &world->err));
            assert_true(found.time_unix_ms == calls[i].time_unix_ms);
        }
        world_close(world);
        world_open(world);
    }
    /* Again, in another partition: every one must be known. */
    for (size_t i = 0; i < N; i += 100) {
        world_begin(world);
        world_ok(world, append_records(world, calls + i, 100));
        world_commit(world);
    }
    world_refresh(world);
    assert_int_equal(N, world->skill.n_calls);
    free(calls);
    free(order);
}

static void refuses_a_damaged_block_and_keeps_the_rest_of_the_transaction(void **state)
{
    struct world *world = *state;
    struct hone_call_record good = make_call(world, world->skill.id);
    struct hone_call_record stranger = make_call(world, 4711);
    struct hone_call_record found;
    world_begin(world);
    world_ok(world, append_records(world, &good, 1));
    assert_int_equal(
        HONE_E_INVALID,
        hone_store_append_calls(world->store, hone_span_text("no block"), &world->err));
    assert_int_equal(HONE_E_INVALID, append_records(world, &stranger, 1));
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_find_call(world->store, stranger.call_id, &found,
                                          &world->arena, &world->err));
    world_commit(world);
    world_ok(world, hone_store_find_call(world->store, good.call_id, &found,
                                         &world->arena, &world->err));
    world_refresh(world);
    assert_int_equal(1, world->skill.n_calls);
}

static void takes_an_empty_block(void **state)
{
    struct world *world = *state;
    world_begin(world);
    world_ok(world, append_records(world, NULL, 0));
    world_commit(world);
}

static void counts_calls_of_each_skill(void **state)
{
    struct world *world = *state;
    int64_t other = world_add_skill(world, "other");
    struct hone_call_record calls[3];
    calls[0] = make_call(world, world->skill.id);
    calls[1] = make_call(world, other);
    calls[2] = make_call(world, world->skill.id);
    world_begin(world);
    world_ok(world, append_records(world, calls, 3));
    world_commit(world);
    struct hone_store_skill skill;
    world_ok(world, hone_store_read_skill(world->store, other, &skill, &world->err));
    assert_int_equal(1, skill.n_calls);
    world_refresh(world);
    assert_int_equal(2, world->skill.n_calls);
}

/* ---- feedback ---- */

static void answers_a_repeated_key_with_the_first_position(void **state)
{
    struct world *world = *state;
    struct hone_uuid call = add_call(world);
    struct hone_store_feedback first = make_feedback(world, call, "bug", "key-1");
    struct hone_store_feedback second = make_feedback(world, call, "feature", "key-2");
    struct hone_store_feedback again = make_feedback(world, call, "bug", "key-1");
    struct hone_store_feedback_result result = add_feedback(world, &first);
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, result.status);
    assert_int_equal(1, result.position);
    result = add_feedback(world, &second);
    assert_int_equal(2, result.position);
    world_close(world);
    world_open(world);
    result = add_feedback(world, &again);
    assert_int_equal(HONE_STORE_FEEDBACK_DUPLICATE, result.status);
    assert_int_equal(1, result.position);
    assert_int_equal(0, hone_uuid_compare(first.feedback_id, result.feedback_id));
    world_refresh(world);
    assert_int_equal(2, world->skill.log_end);
    assert_int_equal(2, world->skill.n_feedback);
}

static void refuses_a_key_that_was_used_for_other_content(void **state)
{
    struct world *world = *state;
    struct hone_uuid call = add_call(world);
    struct hone_store_feedback first = make_feedback(world, call, "bug", "key-1");
    add_feedback(world, &first);
    struct hone_store_feedback other = first;
    other.value = hone_span_text("feature");
    assert_int_equal(HONE_STORE_FEEDBACK_CONFLICT, add_feedback(world, &other).status);
    other = first;
    other.kind = HONE_STORE_FEEDBACK_CORRECTION;
    assert_int_equal(HONE_STORE_FEEDBACK_CONFLICT, add_feedback(world, &other).status);
    other = first;
    other.comment = hone_span_text("because");
    assert_int_equal(HONE_STORE_FEEDBACK_CONFLICT, add_feedback(world, &other).status);
    other = first;
    other.weight = 2;
    assert_int_equal(HONE_STORE_FEEDBACK_CONFLICT, add_feedback(world, &other).status);
    other = first;
    other.reward = 0.5;
    assert_int_equal(HONE_STORE_FEEDBACK_CONFLICT, add_feedback(world, &other).status);
    world_refresh(world);
    assert_int_equal(1, world->skill.log_end);
}

static void one_key_serves_each_source_and_each_call(void **state)
{
    struct world *world = *state;
    struct hone_uuid calls[2] = {add_call(world), add_call(world)};
    struct hone_store_feedback feedback = make_feedback(world, calls[0], "bug", "key");
    assert_int_equal(1, add_feedback(world, &feedback).position);
    feedback.source = hone_span_text("reviewer");
    feedback.value = hone_span_text("feature");
    assert_int_equal(2, add_feedback(world, &feedback).position);
    feedback.call_id = calls[1];
    assert_int_equal(3, add_feedback(world, &feedback).position);
}

static void without_a_key_only_the_sources_latest_counts_as_duplicate(void **state)
{
    struct world *world = *state;
    struct hone_uuid call = add_call(world);
    struct hone_store_feedback a = make_feedback(world, call, "a", NULL);
    struct hone_store_feedback b = make_feedback(world, call, "b", NULL);
    struct hone_store_feedback other = a;
    other.source = hone_span_text("reviewer");
    assert_int_equal(1, add_feedback(world, &a).position);
    assert_int_equal(HONE_STORE_FEEDBACK_DUPLICATE, add_feedback(world, &a).status);
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, add_feedback(world, &other).status);
    assert_int_equal(1, add_feedback(world, &a).position);
    assert_int_equal(3, add_feedback(world, &b).position);
    struct hone_store_feedback_result result = add_feedback(world, &a);
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, result.status);
    assert_int_equal(4, result.position);
}

static void one_bad_feedback_does_not_harm_the_others(void **state)
{
    struct world *world = *state;
    int64_t other_skill = world_add_skill(world, "other");
    struct hone_uuid call = add_call(world);
    struct hone_store_feedback batch[5];
    struct hone_store_feedback_result results[5];
    batch[0] = make_feedback(world, call, "a", NULL);
    batch[1] =
        make_feedback(world, hone_uuid_next(&world->ids, world->now_ms), "b", NULL);
    batch[2] = make_feedback(world, call, "c", NULL);
    batch[2].skill_id = other_skill;
    batch[3] = make_feedback(world, call, "a", NULL);
    batch[4] = make_feedback(world, call, "d", NULL);
    world_begin(world);
    world_ok(world,
             hone_store_append_feedback(world->store, batch, 5, results, &world->err));
    world_commit(world);
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, results[0].status);
    assert_int_equal(HONE_STORE_FEEDBACK_UNKNOWN_CALL, results[1].status);
    assert_int_equal(HONE_STORE_FEEDBACK_OTHER_SKILL, results[2].status);
    assert_int_equal(HONE_STORE_FEEDBACK_DUPLICATE, results[3].status);
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, results[4].status);
    assert_int_equal(1, results[0].position);
    assert_int_equal(2, results[4].position);
}

static void refuses_a_batch_with_numbers_that_are_none(void **state)
{
    struct world *world = *state;
    struct hone_uuid call = add_call(world);
    struct hone_store_feedback batch[2];
    struct hone_store_feedback_result results[2];
    batch[0] = make_feedback(world, call, "a", NULL);
    batch[1] = make_feedback(world, call, "b", NULL);
    batch[1].reward = (double)NAN;
    world_begin(world);
    assert_int_equal(HONE_E_INVALID, hone_store_append_feedback(world->store, batch, 2,
                                                                results, &world->err));
    batch[1].reward = 0;
    batch[1].source = hone_span_text("");
    assert_int_equal(HONE_E_INVALID, hone_store_append_feedback(world->store, batch, 2,
                                                                results, &world->err));
    world_commit(world);
    world_refresh(world);
    assert_int_equal(0, world->skill.log_end);
}

static void a_call_and_its_feedback_fit_in_one_transaction(void **state)
{
    struct world *world = *state;
    struct hone_call_record call = make_call(world, world->skill.id);
    struct hone_store_feedback feedback = make_feedback(world, call.call_id, "a", NULL);
    struct hone_store_feedback_result result;
    world_begin(world);
    world_ok(world, append_records(world, &call, 1));
    world_ok(world, hone_store_append_feedback(world->store, &feedback, 1, &result,
                                               &world->err));
    world_commit(world);
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, result.status);
}

/* ---- the log ---- */

static void positions_of_each_skill_count_from_one_without_gaps(void **state)
{
    struct world *world = *state;
    int64_t first = world->skill.id;
    int64_t second = world_add_skill(world, "second");
    for (uint64_t n = 1; n <= 5; n++) {
        world->skill.id = first;
        struct hone_uuid call = add_call(world);
        struct hone_store_feedback feedback = make_feedback(world, call, "a", NULL);
        assert_int_equal(n, add_feedback(world, &feedback).position);
        world->skill.id = second;
        call = add_call(world);
        feedback = make_feedback(world, call, "a", NULL);
        assert_int_equal(n, add_feedback(world, &feedback).position);
    }
}

static void reads_the_log_in_pages_with_each_feedbacks_call(void **state)
{
    struct world *world = *state;
    uint64_t after = 0;
    for (int i = 0; i < 7; i++) {
        struct hone_store_feedback feedback =
            make_feedback(world, add_call(world), "label", "k");
        feedback.comment = hone_span_text("why");
        feedback.reward = -0.5;
        add_feedback(world, &feedback);
    }
    promote(world, "w1");
    for (;;) {
        struct hone_store_event *events = NULL;
        size_t n_events = 0;
        world_ok(world,
                 hone_store_read_log(world->store, world->skill.id, after, 3,
                                     &world->arena, &events, &n_events, &world->err));
        if (n_events == 0) {
            break;
        }
        for (size_t i = 0; i < n_events; i++) {
            after += 1;
            assert_int_equal(after, events[i].position);
            if (after == 8) {
                assert_int_equal(HONE_STORE_EVENT_GATE, events[i].kind);
                assert_true(hone_span_is(events[i].body, "{\"verdict\":\"promoted\"}"));
                continue;
            }
            assert_int_equal(HONE_STORE_EVENT_FEEDBACK, events[i].kind);
            assert_true(hone_span_is(events[i].feedback.value, "label"));
            assert_true(hone_span_is(events[i].feedback.comment, "why"));
            assert_true(hone_span_is(events[i].feedback.source, "user"));
            assert_true(hone_span_is(events[i].feedback.idempotency_key, "k"));
            assert_true(events[i].feedback.reward == -0.5);
            assert_true(events[i].feedback.weight == 1.0);
            assert_int_equal(world->skill.id, events[i].feedback.skill_id);
            assert_int_equal(
                0, hone_uuid_compare(events[i].feedback.call_id, events[i].call.call_id));
            assert_true(hone_span_is(events[i].call.output, "greeting"));
        }
    }
    assert_int_equal(8, after);
}

static void a_small_arena_shortens_the_page(void **state)
{
    struct world *world = *state;
    char large[2000];
    memset(large, 'x', sizeof(large));
    for (int i = 0; i < 20; i++) {
        struct hone_store_feedback feedback =
            make_feedback(world, add_call(world), "", NULL);
        feedback.value = hone_span_of(large, sizeof(large));
        add_feedback(world, &feedback);
    }
    struct hone_arena small;
    struct hone_store_event *events = NULL;
    size_t n_events = 0;
    hone_arena_init(&small, 32 * 1024);
    world_ok(world, hone_store_read_log(world->store, world->skill.id, 0, 20, &small,
                                        &events, &n_events, &world->err));
    assert_in_range(n_events, 1, 19);
    hone_arena_finish(&small);
    hone_arena_init(&small, 64);
    assert_int_equal(HONE_E_LIMIT,
                     hone_store_read_log(world->store, world->skill.id, 0, 20, &small,
                                         &events, &n_events, &world->err));
    hone_arena_finish(&small);
}

static void tells_which_feedback_repeats_a_verdict_on_its_call(void **state)
{
    struct world *world = *state;
    static const bool repeated[] = {false, false, true, true, false};
    struct hone_uuid call_id = add_call(world);
    struct hone_store_feedback feedback = make_feedback(world, call_id, "", "k0");
    feedback.kind = HONE_STORE_FEEDBACK_COMMENT; /* says nothing of the answer */
    add_feedback(world, &feedback);
    static const char *const keys[] = {"k1", "k2", "k3"};
    for (size_t i = 0; i < 3; i++) {
        feedback = make_feedback(world, call_id, "label", keys[i]);
        add_feedback(world, &feedback);
    }
    feedback = make_feedback(world, add_call(world), "label", "k1");
    add_feedback(world, &feedback);
    struct hone_store_event *events = NULL;
    size_t n_events = 0;
    world_ok(world, hone_store_read_log(world->store, world->skill.id, 0, 9,
                                        &world->arena, &events, &n_events, &world->err));
    assert_int_equal(5, n_events);
    for (size_t i = 0; i < n_events; i++) {
        assert_int_equal(repeated[i], events[i].is_repeated);
    }
}

static void a_demonstration_needs_no_call(void **state)
{
    struct world *world = *state;
    struct hone_uuid id = {{7}}, other = {{8}};
    struct hone_store_feedback feedback = make_feedback(world, id, "{\"input\":{}}", "k");
    feedback.kind = HONE_STORE_FEEDBACK_DEMONSTRATION;
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, add_feedback(world, &feedback).status);
    assert_int_equal(HONE_STORE_FEEDBACK_DUPLICATE,
                     add_feedback(world, &feedback).status);
    feedback.value = hone_span_text("{}");
    assert_int_equal(HONE_STORE_FEEDBACK_CONFLICT, add_feedback(world, &feedback).status);
    feedback.call_id = other;
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, add_feedback(world, &feedback).status);
    feedback.idempotency_key = hone_span_text("later");
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, add_feedback(world, &feedback).status);
    struct hone_store_event *events = NULL;
    size_t n_events = 0;
    world_ok(world, hone_store_read_log(world->store, world->skill.id, 0, 9,
                                        &world->arena, &events, &n_events, &world->err));
    assert_int_equal(3, n_events);
    assert_int_equal(HONE_STORE_FEEDBACK_DEMONSTRATION, events[0].feedback.kind);
    assert_true(hone_span_is(events[0].feedback.value, "{\"input\":{}}"));
    assert_int_equal(0, events[0].call.input.len);
    assert_false(events[0].is_repeated || events[1].is_repeated);
    assert_true(events[2].is_repeated);
    uint64_t position = 0;
    world_ok(world, hone_store_find_feedback(world->store, other, hone_span_text("user"),
                                             &position, &world->err));
    assert_int_equal(2, position);
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_find_feedback(world->store, other, hone_span_text("else"),
                                              &position, &world->err));
}

/* ---- versions and transitions ---- */

static void promotes_a_version_with_all_that_belongs_to_it(void **state)
{
    struct world *world = *state;
    struct hone_store_version version;
    assert_int_equal(1, promote(world, "w1"));
    assert_int_equal(2, promote(world, "w2"));
    assert_int_equal(2, world->skill.live_version);
    assert_int_equal(2, world->skill.last_version);
    assert_int_equal(2, world->skill.log_end); /* two verdicts */
    assert_int_equal(1, world->skill.position);
    world_ok(world, hone_store_read_version(world->store, world->skill.id, 1,
                                            &world->arena, &version, &world->err));
    assert_int_equal(HONE_STORE_RETIRED, version.status);
    world_ok(world, hone_store_read_version(world->store, world->skill.id, 2,
                                            &world->arena, &version, &world->err));
    assert_int_equal(HONE_STORE_LIVE, version.status);
    assert_int_equal(1, version.parent);
    assert_int_equal(2, version.tensors_bytes);
    assert_int_equal(1, version.position);
    assert_true(hone_digest_equal(digest_of("w2"), version.tensors));
    assert_true(hone_digest_equal(digest_of("package"), version.package));
    assert_true(hone_span_is(version.evidence, "{\"wins\":40}"));
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_read_version(world->store, world->skill.id, 3,
                                             &world->arena, &version, &world->err));
}

static void records_a_candidate_of_every_state_without_changing_what_is_live(void **state)
{
    struct world *world = *state;
    promote(world, "w1");
    for (int status = HONE_STORE_CANDIDATE; status <= HONE_STORE_ROLLED_BACK; status++) {
        struct hone_store_version version = {
            .parent = 1,
            .status = (enum hone_store_status)status,
            .package = digest_of("package"),
        };
        struct hone_store_transition transition = make_transition(world, "record");
        struct hone_store_version read;
        uint32_t number = 0;
        transition.new_version = &version;
        world_begin(world);
        int rc = hone_store_apply_transition(world->store, &transition, &number, NULL,
                                             &world->err);
        if (status == HONE_STORE_LIVE) { /* two cannot be live */
            assert_int_equal(HONE_E_INVALID, rc);
            world_commit(world);
            continue;
        }
        world_ok(world, rc);
        world_commit(world);
        world_ok(world, hone_store_read_version(world->store, world->skill.id, number,
                                                &world->arena, &read, &world->err));
        assert_int_equal(status, read.status);
    }
    world_refresh(world);
    assert_int_equal(1, world->skill.live_version);
    assert_int_equal(9, world->skill.last_version);
    struct hone_store_version *list = NULL;
    size_t n = 0;
    world_ok(world, hone_store_list_versions(world->store, world->skill.id, &world->arena,
                                             &list, &n, &world->err));
    assert_int_equal(9, n);
    assert_int_equal(9, list[0].number);
    assert_int_equal(1, list[8].number);
}

static void rolls_back_and_starts_from_the_rollbacks_own_event(void **state)
{
    struct world *world = *state;
    struct hone_store_version version;
    uint64_t event = 0;
    uint32_t number = 9;
    promote(world, "w1");
    promote(world, "w2");
    struct hone_store_transition transition = make_transition(world, "rollback");
    transition.live = 1;
    transition.former_live = HONE_STORE_ROLLED_BACK;
    transition.event = HONE_STORE_EVENT_ROLLBACK;
    transition.event_body = hone_span_text("{}");
    transition.position = UINT64_MAX;
    world_begin(world);
    world_ok(world, hone_store_apply_transition(world->store, &transition, &number,
                                                &event, &world->err));
    world_commit(world);
    world_refresh(world);
    assert_int_equal(0, number);
    assert_int_equal(3, event);
    assert_int_equal(1, world->skill.live_version);
    assert_int_equal(3, world->skill.position);
    assert_int_equal(3, world->skill.log_end);
    world_ok(world, hone_store_read_version(world->store, world->skill.id, 2,
                                            &world->arena, &version, &world->err));
    assert_int_equal(HONE_STORE_ROLLED_BACK, version.status);
    world_ok(world, hone_store_read_version(world->store, world->skill.id, 1,
                                            &world->arena, &version, &world->err));
    assert_int_equal(HONE_STORE_LIVE, version.status);
}

static void package_change_moves_the_digests(void **state)
{
    struct world *world = *state;
    promote(world, "w1");
    struct hone_store_transition transition = make_transition(world, "package");
    transition.package = digest_of("package 2");
    transition.interface = digest_of("interface 2");
    transition.event = HONE_STORE_EVENT_PACKAGE;
    transition.event_body = hone_span_text("{}");
    world_begin(world);
    world_ok(world, hone_store_apply_transition(world->store, &transition, NULL, NULL,
                                                &world->err));
    world_commit(world);
    world_refresh(world);
    assert_true(hone_digest_equal(digest_of("package 2"), world->skill.package));
    assert_true(hone_digest_equal(digest_of("interface 2"), world->skill.interface));
    assert_int_equal(1, world->skill.live_version);
}

static void stale_transitions_change_nothing(void **state)
{
    struct world *world = *state;
    promote(world, "w1");
    uint64_t former_token = world->token;
    world->now_ms += 20000;
    world_take_lease(world); /* the former one has expired */
    assert_true(world->token > former_token);
    struct hone_store_transition transition = make_transition(world, "package");
    transition.event = HONE_STORE_EVENT_PACKAGE;
    transition.lease_token = former_token;
    world_begin(world);
    assert_int_equal(HONE_E_STALE, hone_store_apply_transition(world->store, &transition,
                                                               NULL, NULL, &world->err));
    transition.lease_token = world->token;
    transition.expected_live = 0;
    assert_int_equal(HONE_E_STALE, hone_store_apply_transition(world->store, &transition,
                                                               NULL, NULL, &world->err));
    struct hone_store_version version = {.number = 7, .status = HONE_STORE_REJECTED};
    transition.expected_live = 1;
    transition.new_version = &version;
    assert_int_equal(HONE_E_STALE, hone_store_apply_transition(world->store, &transition,
                                                               NULL, NULL, &world->err));
    world_commit(world);
    struct hone_store_skill before = world->skill;
    world_refresh(world);
    assert_int_equal(before.log_end, world->skill.log_end);
    assert_int_equal(before.last_version, world->skill.last_version);
}

static void refuses_positions_beyond_the_log_and_unknown_versions(void **state)
{
    struct world *world = *state;
    promote(world, "w1");
    struct hone_store_transition transition = make_transition(world, "rollback");
    transition.position = world->skill.log_end + 1;
    world_begin(world);
    assert_int_equal(
        HONE_E_INVALID,
        hone_store_apply_transition(world->store, &transition, NULL, NULL, &world->err));
    transition.position = UINT64_MAX; /* of an event, but there is none */
    assert_int_equal(
        HONE_E_INVALID,
        hone_store_apply_transition(world->store, &transition, NULL, NULL, &world->err));
    transition.position = 0;
    transition.live = 5;
    assert_int_equal(
        HONE_E_NOT_FOUND,
        hone_store_apply_transition(world->store, &transition, NULL, NULL, &world->err));
    world_commit(world);
    world_refresh(world);
    assert_int_equal(1, world->skill.live_version);
}

static void a_version_needs_its_tensors_file(void **state)
{
    struct world *world = *state;
    struct hone_store_version version = {.status = HONE_STORE_CANDIDATE,
                                         .tensors = digest_of("nowhere")};
    struct hone_store_transition transition = make_transition(world, "record");
    transition.new_version = &version;
    world_begin(world);
    assert_int_equal(
        HONE_E_NOT_FOUND,
        hone_store_apply_transition(world->store, &transition, NULL, NULL, &world->err));
    hone_store_rollback(world->store);
}

/* ---- leases ---- */

static void one_holder_at_a_time_with_tokens_that_grow(void **state)
{
    struct world *world = *state;
    uint64_t token = 0;
    world_begin(world);
    assert_int_equal(HONE_E_BUSY,
                     hone_store_take_lease(world->store, world->skill.id,
                                           hone_span_text("other"), world->now_ms, 1000,
                                           &token, &world->err));
    world_ok(world, hone_store_take_lease(world->store, world->skill.id,
                                          hone_span_text("trainer"), world->now_ms, 1000,
                                          &token, &world->err));
    assert_true(token == world->token); /* renewed */
    world_ok(world,
             hone_store_take_lease(world->store, world->skill.id, hone_span_text("other"),
                                   world->now_ms + 1000, 1000, &token, &world->err));
    assert_true(token == world->token + 1);
    assert_int_equal(HONE_E_BUSY, hone_store_take_lease(world->store, world->skill.id,
                                                        hone_span_text("trainer"),
                                                        world->now_ms + 1500, 1000,
                                                        &token, &world->err));
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_take_lease(world->store, 4711, hone_span_text("trainer"),
                                           world->now_ms, 1000, &token, &world->err));
    world_commit(world);
}

/* ---- checkpoints ---- */

static int set_checkpoint(struct world *world, const char *tensors, uint32_t version)
{
    struct hone_store_checkpoint checkpoint = {
        .version = version,
        .position = world->skill.log_end,
        .tensors = add_blob(world, tensors),
        .tensors_bytes = strlen(tensors),
    };
    world_begin(world);
    int rc = hone_store_set_checkpoint(world->store, world->skill.id, world->token,
                                       &checkpoint, world->now_ms, &world->err);
    world_commit(world);
    return rc;
}

static void a_new_checkpoint_replaces_the_old_one_and_its_file(void **state)
{
    struct world *world = *state;
    struct hone_store_checkpoint checkpoint;
    promote(world, "w1");
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_read_checkpoint(world->store, world->skill.id,
                                                &checkpoint, &world->err));
    world_ok(world, set_checkpoint(world, "c1", 1));
    world_ok(world, set_checkpoint(world, "c2", 1));
    world_ok(world, set_checkpoint(world, "c2", 1)); /* the same again keeps its file */
    world_ok(world, hone_store_read_checkpoint(world->store, world->skill.id, &checkpoint,
                                               &world->err));
    assert_int_equal(1, checkpoint.version);
    assert_int_equal(1, checkpoint.position);
    assert_int_equal(2, checkpoint.tensors_bytes);
    assert_true(hone_digest_equal(digest_of("c2"), checkpoint.tensors));
    assert_false(has_blob(world, digest_of("c1")));
    assert_true(has_blob(world, digest_of("c2")));
}

static void a_transition_drops_the_checkpoint_but_keeps_shared_tensors(void **state)
{
    struct world *world = *state;
    struct hone_store_checkpoint checkpoint;
    promote(world, "w1");
    world_ok(world, set_checkpoint(world, "w2", 1));
    promote(world, "w2"); /* the checkpoint becomes a version */
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_read_checkpoint(world->store, world->skill.id,
                                                &checkpoint, &world->err));
    assert_true(has_blob(world, digest_of("w2")));
    world_ok(world, set_checkpoint(world, "c3", 2));
    promote(world, "w3");
    assert_false(has_blob(world, digest_of("c3")));
}

static void refuses_a_checkpoint_on_a_version_that_is_not_live(void **state)
{
    struct world *world = *state;
    promote(world, "w1");
    promote(world, "w2");
    assert_int_equal(HONE_E_STALE, set_checkpoint(world, "c1", 1));
    world->token += 1;
    assert_int_equal(HONE_E_STALE, set_checkpoint(world, "c1", 2));
}

static void a_lost_transaction_keeps_the_file_of_the_old_checkpoint(void **state)
{
    struct world *world = *state;
    promote(world, "w1");
    world_ok(world, set_checkpoint(world, "c1", 1));
    struct hone_store_checkpoint checkpoint = {.version = 1,
                                               .tensors = add_blob(world, "c2")};
    world_begin(world);
    world_ok(world, hone_store_set_checkpoint(world->store, world->skill.id, world->token,
                                              &checkpoint, world->now_ms, &world->err));
    hone_store_rollback(world->store);
    world_begin(world);
    world_commit(world);
    assert_true(has_blob(world, digest_of("c1")));
}

/* ---- tensors files ---- */

/* A verdict that promotes nothing: a version without tensors. */
static void record_inconclusive(struct world *world)
{
    struct hone_store_version version = {
        .parent = world->skill.live_version,
        .status = HONE_STORE_INCONCLUSIVE,
        .package = digest_of("package"),
    };
    struct hone_store_transition transition = make_transition(world, "inconclusive");
    transition.new_version = &version;
    world_begin(world);
    world_ok(world, hone_store_apply_transition(world->store, &transition, NULL, NULL,
                                                &world->err));
    world_commit(world);
    world_refresh(world);
}

static void pruning_counts_only_versions_with_tensors(void **state)
{
    struct world *world = *state;
    promote(world, "w1");
    promote(world, "w2");
    for (int i = 0; i < 11; i++) {
        record_inconclusive(world);
    }
    world_ok(world,
             hone_store_prune_versions(world->store, world->skill.id, 10, &world->err));
    assert_true(has_blob(world, digest_of("w1")));
    assert_true(has_blob(world, digest_of("w2")));
}

static void roll_back_to(struct world *world, uint32_t version)
{
    struct hone_store_transition transition = make_transition(world, "rollback");
    transition.live = version;
    world_begin(world);
    world_ok(world, hone_store_apply_transition(world->store, &transition, NULL, NULL,
                                                &world->err));
    world_commit(world);
    world_refresh(world);
}

static void pruning_keeps_what_the_live_version_would_go_back_to(void **state)
{
    struct world *world = *state;
    static const char *const tensors[] = {"w1", "w2", "w3", "w4"};
    for (size_t i = 0; i < 4; i++) {
        promote(world, tensors[i]);
    }
    roll_back_to(world, 2);
    promote(world, "w5"); /* its parent is 2 */
    world_ok(world,
             hone_store_prune_versions(world->store, world->skill.id, 2, &world->err));
    assert_false(has_blob(world, digest_of("w1")));
    assert_true(has_blob(world, digest_of("w2")));
    assert_false(has_blob(world, digest_of("w3")));
    assert_true(has_blob(world, digest_of("w4")));
    assert_true(has_blob(world, digest_of("w5")));
}

static void pruning_keeps_the_newest_and_the_live_one(void **state)
{
    struct world *world = *state;
    static const char *const tensors[] = {"w1", "w2", "w3", "w4", "w5"};
    for (size_t i = 0; i < 5; i++) {
        promote(world, tensors[i]);
    }
    roll_back_to(world, 2);
    world_ok(world,
             hone_store_prune_versions(world->store, world->skill.id, 2, &world->err));
    /* The newest two, the live one and its parent. */
    static const bool kept[] = {true, true, false, true, true};
    for (size_t i = 0; i < 5; i++) {
        struct hone_store_version version;
        struct hone_digest none = {{0}};
        world_ok(world,
                 hone_store_read_version(world->store, world->skill.id, (uint32_t)i + 1,
                                         &world->arena, &version, &world->err));
        assert_int_equal(kept[i], has_blob(world, digest_of(tensors[i])));
        assert_int_equal(kept[i], !hone_digest_equal(none, version.tensors));
    }
}

static void pruning_keeps_a_file_that_another_skill_names(void **state)
{
    struct world *world = *state;
    int64_t first = world->skill.id;
    promote(world, "shared");
    promote(world, "w2");
    world->skill.id = world_add_skill(world, "second");
    world_refresh(world);
    world_take_lease(world);
    promote(world, "shared");
    world_ok(world, hone_store_prune_versions(world->store, first, 0, &world->err));
    assert_true(has_blob(world, digest_of("shared")));
}

static void opening_sweeps_what_nothing_names(void **state)
{
    struct world *world = *state;
    promote(world, "w1");
    world_ok(world, set_checkpoint(world, "c1", 1));
    add_blob(world, "orphan");
    char *temp = hone_store_temp_path(world->store);
    world_ok(world, hone_file_write(temp, hone_span_text("half"), 0644, &world->err));
    world_close(world);
    world_open(world);
    assert_true(has_blob(world, digest_of("w1")));
    assert_true(has_blob(world, digest_of("c1")));
    assert_false(has_blob(world, digest_of("orphan")));
    assert_false(hone_file_exists(temp));
    free(temp);
}

static void verifying_finds_a_damaged_and_a_missing_file(void **state)
{
    struct world *world = *state;
    struct hone_digest digest = add_blob(world, "w1");
    world_ok(world, hone_store_verify_blob(world->store, digest, &world->err));
    char *path = hone_store_blob_path(world->store, digest);
    world_ok(world, hone_file_write(path, hone_span_text("w?"), 0444, &world->err));
    assert_int_equal(HONE_E_CORRUPT,
                     hone_store_verify_blob(world->store, digest, &world->err));
    add_blob(world, "w1"); /* keeping it again heals it */
    world_ok(world, hone_store_verify_blob(world->store, digest, &world->err));
    assert_int_equal(0, unlink(path));
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_verify_blob(world->store, digest, &world->err));
    free(path);
}

static void temporary_paths_are_unique(void **state)
{
    struct world *world = *state;
    char *a = hone_store_temp_path(world->store);
    char *b = hone_store_temp_path(world->store);
    assert_string_not_equal(a, b);
    free(a);
    free(b);
}

/* ---- audit ---- */

static void audit_tells_each_transition_and_verifies(void **state)
{
    struct world *world = *state;
    struct hone_store_audit *rows = NULL;
    size_t n_rows = 0;
    uint64_t n_verified = 99;
    world_ok(world, hone_store_verify_audit(world->store, world->skill.id, &n_verified,
                                            &world->err));
    assert_int_equal(0, n_verified);
    promote(world, "w1");
    promote(world, "w2");
    promote(world, "w3");
    world_ok(world, hone_store_verify_audit(world->store, world->skill.id, &n_verified,
                                            &world->err));
    assert_int_equal(3, n_verified);
    world_ok(world, hone_store_read_audit(world->store, world->skill.id, 1, 10,
                                          &world->arena, &rows, &n_rows, &world->err));
    assert_int_equal(2, n_rows);
    assert_int_equal(2, rows[0].number);
    assert_true(hone_span_is(rows[0].actor, "gate"));
    assert_true(hone_span_is(rows[0].action, "promote"));
    char *detail = hone_arena_text(&world->arena, rows[0].detail);
    assert_non_null(strstr(detail, "\"reason\":\"better on 40 examples\""));
    assert_non_null(strstr(detail, "\"former_live\":1"));
    assert_non_null(strstr(detail, "\"live\":2"));
    assert_false(hone_digest_equal(rows[0].hash, rows[1].hash));
}

static void audit_refuses_text_that_is_no_utf8(void **state)
{
    struct world *world = *state;
    struct hone_store_transition transition = make_transition(world, "freeze");
    transition.reason = hone_span_text("\xff");
    world_begin(world);
    assert_int_equal(
        HONE_E_INVALID,
        hone_store_apply_transition(world->store, &transition, NULL, NULL, &world->err));
    transition.reason = hone_span_of("nul \0 inside", 12);
    transition.actor = hone_span_of("a\0b", 3);
    world_ok(world, hone_store_apply_transition(world->store, &transition, NULL, NULL,
                                                &world->err));
    world_commit(world);
    uint64_t n_rows = 0;
    world_ok(world, hone_store_verify_audit(world->store, world->skill.id, &n_rows,
                                            &world->err));
    assert_int_equal(1, n_rows);
}

static const struct CMUnitTest promises[] = {
    CONTRACT(opens_a_skill_once_and_then_finds_it),
    CONTRACT(rolled_back_transaction_leaves_nothing),
    CONTRACT(finds_a_call_before_and_after_reopening),
    CONTRACT(skips_calls_that_are_stored_already),
    CONTRACT(finds_calls_that_finish_out_of_order),
    CONTRACT(refuses_a_damaged_block_and_keeps_the_rest_of_the_transaction),
    CONTRACT(takes_an_empty_block),
    CONTRACT(counts_calls_of_each_skill),
    CONTRACT(answers_a_repeated_key_with_the_first_position),
    CONTRACT(refuses_a_key_that_was_used_for_other_content),
    CONTRACT(one_key_serves_each_source_and_each_call),
    CONTRACT(without_a_key_only_the_sources_latest_counts_as_duplicate),
    CONTRACT(one_bad_feedback_does_not_harm_the_others),
    CONTRACT(refuses_a_batch_with_numbers_that_are_none),
    CONTRACT(a_call_and_its_feedback_fit_in_one_transaction),
    CONTRACT(positions_of_each_skill_count_from_one_without_gaps),
    CONTRACT(reads_the_log_in_pages_with_each_feedbacks_call),
    CONTRACT(a_small_arena_shortens_the_page),
    CONTRACT(tells_which_feedback_repeats_a_verdict_on_its_call),
    CONTRACT(a_demonstration_needs_no_call),
    CONTRACT(promotes_a_version_with_all_that_belongs_to_it),
    CONTRACT(records_a_candidate_of_every_state_without_changing_what_is_live),
    CONTRACT(rolls_back_and_starts_from_the_rollbacks_own_event),
    CONTRACT(package_change_moves_the_digests),
    CONTRACT(stale_transitions_change_nothing),
    CONTRACT(refuses_positions_beyond_the_log_and_unknown_versions),
    CONTRACT(a_version_needs_its_tensors_file),
    CONTRACT(one_holder_at_a_time_with_tokens_that_grow),
    CONTRACT(a_new_checkpoint_replaces_the_old_one_and_its_file),
    CONTRACT(a_transition_drops_the_checkpoint_but_keeps_shared_tensors),
    CONTRACT(refuses_a_checkpoint_on_a_version_that_is_not_live),
    CONTRACT(a_lost_transaction_keeps_the_file_of_the_old_checkpoint),
    CONTRACT(pruning_keeps_the_newest_and_the_live_one),
    CONTRACT(pruning_counts_only_versions_with_tensors),
    CONTRACT(pruning_keeps_what_the_live_version_would_go_back_to),
    CONTRACT(pruning_keeps_a_file_that_another_skill_names),
    CONTRACT(opening_sweeps_what_nothing_names),
    CONTRACT(verifying_finds_a_damaged_and_a_missing_file),
    CONTRACT(temporary_paths_are_unique),
    CONTRACT(audit_tells_each_transition_and_verifies),
    CONTRACT(audit_refuses_text_that_is_no_utf8),
};

int main(void)
{
    return contract_run(promises, sizeof(promises) / sizeof(promises[0]));
}
