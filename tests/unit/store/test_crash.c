/* kill -9 of a writer at random moments: what it had acknowledged is there, exactly once,
 * and the chain of versions, files and audit rows is whole. */
#include "tests/unit/store/store_support.h"

#include "base/rng.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { ROUNDS = 20, BATCH = 4, PROMOTE_EVERY = 8 };

/* Feedback number n of a round, with its call, as one of a batch. */
static void write_batch(struct world *world, unsigned round, unsigned first)
{
    char keys[BATCH][32];
    struct hone_call_record calls[BATCH];
    struct hone_store_feedback batch[BATCH];
    struct hone_store_feedback_result results[BATCH];
    for (unsigned i = 0; i < BATCH; i++) {
        snprintf(keys[i], sizeof(keys[i]), "%u/%u", round, first + i);
        calls[i] = make_call(world, world->skill.id);
        batch[i] = make_feedback(world, calls[i].call_id, keys[i], keys[i]);
    }
    world_begin(world);
    world_ok(world, append_records(world, calls, BATCH));
    world_ok(world, hone_store_append_feedback(world->store, batch, BATCH, results,
                                               &world->err));
    world_commit(world);
}

/* The child: never returns. Each finished batch is told through the pipe. */
static void write_until_killed(struct world *world, unsigned round, int pipe_end)
{
    world->now_ms = START_MS + (int64_t)round * 1000000;
    world_open(world);
    world_take_lease(world);
    world_refresh(world);
    for (unsigned n = 0;; n += BATCH) {
        write_batch(world, round, n);
        unsigned acknowledged = n + BATCH;
        if (write(pipe_end, &acknowledged, sizeof(acknowledged)) !=
            (ssize_t)sizeof(acknowledged)) {
            _exit(1);
        }
        if (n % (BATCH * PROMOTE_EVERY) == 0) {
            char tensors[32];
            snprintf(tensors, sizeof(tensors), "weights %u/%u", round, n);
            world_refresh(world);
            promote(world, tensors);
        }
    }
}

/* Kills a writer after some milliseconds; returns how many feedbacks it acknowledged. */
static unsigned run_round(struct world *world, unsigned round, uint64_t life_us)
{
    int ends[2];
    assert_int_equal(0, pipe(ends));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        write_until_killed(world, round, ends[1]);
    }
    close(ends[1]);
    unsigned acknowledged = 0;
    unsigned value = 0;
    /* Its time starts with the first acknowledgement, however slow its start was. */
    if (read(ends[0], &value, sizeof(value)) == (ssize_t)sizeof(value)) {
        acknowledged = value;
    }
    struct timespec life = {.tv_nsec = (long)(life_us * 1000)};
    nanosleep(&life, NULL);
    assert_int_equal(0, kill(child, SIGKILL));
    while (read(ends[0], &value, sizeof(value)) == (ssize_t)sizeof(value)) {
        acknowledged = value;
    }
    close(ends[0]);
    assert_int_equal(child, waitpid(child, NULL, 0));
    return acknowledged;
}

/* Counts the round's feedbacks in the log; each value is there once, in order, from 0. */
static unsigned count_round(struct world *world, unsigned round, uint64_t *after)
{
    unsigned n = 0;
    size_t n_events = 1;
    while (n_events > 0) {
        struct hone_store_event *events = NULL;
        world_ok(world,
                 hone_store_read_log(world->store, world->skill.id, *after, 500,
                                     &world->arena, &events, &n_events, &world->err));
        for (size_t i = 0; i < n_events; i++) {
            *after += 1;
            assert_int_equal(*after, events[i].position);
            if (events[i].kind != HONE_STORE_EVENT_FEEDBACK) {
                continue;
            }
            char expected[32];
            snprintf(expected, sizeof(expected), "%u/%u", round, n++);
            assert_true(hone_span_is(events[i].feedback.value, expected));
            assert_true(hone_span_is(events[i].call.output, "greeting"));
        }
        hone_arena_reset(&world->arena);
    }
    return n;
}

static void check_versions(struct world *world)
{
    uint64_t n_rows = 0;
    struct hone_store_version version;
    world_refresh(world);
    world_ok(world, hone_store_verify_audit(world->store, world->skill.id, &n_rows,
                                            &world->err));
    assert_int_equal(world->skill.last_version, n_rows);
    assert_int_equal(world->skill.last_version, world->skill.live_version);
    if (world->skill.live_version > 0) {
        world_ok(world, hone_store_read_version(world->store, world->skill.id,
                                                world->skill.live_version, &world->arena,
                                                &version, &world->err));
        assert_int_equal(HONE_STORE_LIVE, version.status);
        world_ok(world,
                 hone_store_verify_blob(world->store, version.tensors, &world->err));
    }
}

static void a_killed_writer_loses_nothing_that_it_acknowledged(void **state)
{
    (void)state;
    struct world *world = world_make(&hone_sqlite_engine);
    struct hone_rng rng = hone_rng_at(42, 0);
    uint64_t after = 0;
    world_close(world);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned acknowledged = run_round(world, round, hone_rng_below(&rng, 40000));
        world_open(world);
        unsigned found = count_round(world, round, &after);
        /* The last batch may be durable although its acknowledgement was cut off. */
        assert_true(found == acknowledged || found == acknowledged + BATCH);
        assert_true(acknowledged > 0);
        check_versions(world);
        world_close(world);
    }
    world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_writer_loses_nothing_that_it_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
