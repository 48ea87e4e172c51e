#include "tests/support/support.h"

#include "base/alloc.h"
#include "server/worker.h"
#include "server/worker_internal.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { JOBS_MAX = 16 };

/* Marks of a transaction in the order of what ran. */
enum { BEGAN = 100, ENDED = 101 };

struct world;

struct test_job {
    struct hone_job job;
    struct world *world;
    int fails_with; /* 0: succeeds */
    bool ran, done;
    unsigned n_seen; /* what writers had written when it ran */
    uint64_t thread; /* that ran it */
};

struct world {
    struct hone_loop loop;
    struct hone_worker *worker;
    struct test_job jobs[JOBS_MAX];
    unsigned n_wanted, n_done;
    bool finished; /* n_wanted jobs are back */
    int begin_status, end_status;
    unsigned n_begun, n_ended;
    unsigned order[2 * JOBS_MAX];
    atomic_uint n_ran;     /* and transactions' marks */
    atomic_uint n_written; /* by writers; gone with a transaction whose end fails */
    uv_sem_t gate;         /* a job of kind `held` waits here */
    uv_sem_t entered;
};

static void note(struct world *world, unsigned what)
{
    world->order[atomic_fetch_add(&world->n_ran, 1)] = what;
}

static int begin_batch(void *user, struct hone_error *err)
{
    struct world *world = user;
    world->n_begun += 1;
    note(world, BEGAN);
    return world->begin_status != 0
               ? hone_error_set(err, world->begin_status, "cannot begin")
               : 0;
}

static int end_batch(void *user, struct hone_error *err)
{
    struct world *world = user;
    world->n_ended += 1;
    note(world, ENDED);
    if (world->end_status != 0) {
        atomic_store(&world->n_written, 0);
        return hone_error_set(err, world->end_status, "cannot commit");
    }
    return 0;
}

static struct test_job *owner_of(struct hone_job *job)
{
    return HONE_LIST_OWNER(job, struct test_job, job);
}

static void run(struct hone_job *job)
{
    struct test_job *test = owner_of(job);
    test->ran = true;
    test->thread = (uint64_t)uv_thread_self();
    if (test->fails_with != 0) {
        job->status = hone_error_set(&job->error, test->fails_with, "my own failure");
    }
    if (job->writes) {
        atomic_fetch_add(&test->world->n_written, 1);
    }
    test->n_seen = atomic_load(&test->world->n_written);
    note(test->world, (unsigned)(test - test->world->jobs));
}

/* Keeps its lane busy until the gate opens. */
static void run_held(struct hone_job *job)
{
    struct world *world = owner_of(job)->world;
    uv_sem_post(&world->entered);
    uv_sem_wait(&world->gate);
    run(job);
}

static void done(struct hone_job *job)
{
    struct test_job *test = owner_of(job);
    hone_loop_assert(&test->world->loop);
    test->done = true;
    test->world->n_done += 1;
    test->world->finished = test->world->n_done == test->world->n_wanted;
}

static int set_up(void **state)
{
    struct world *world = hone_alloc_zeroed(1, sizeof(*world));
    struct hone_worker_batch batch = {begin_batch, end_batch, world};
    assert_int_equal(0, hone_loop_init(&world->loop));
    assert_int_equal(0, uv_sem_init(&world->gate, 0));
    assert_int_equal(0, uv_sem_init(&world->entered, 0));
    assert_int_equal(0, hone_worker_create(&world->worker, &world->loop, &batch));
    for (unsigned i = 0; i < JOBS_MAX; i++) {
        world->jobs[i].world = world;
        world->jobs[i].job = (struct hone_job){.run = run, .done = done};
    }
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    hone_worker_stop(world->worker);
    hone_worker_destroy(world->worker);
    hone_loop_finish(&world->loop);
    uv_sem_destroy(&world->gate);
    uv_sem_destroy(&world->entered);
    free(world);
    return 0;
}

static void submit(struct world *world, unsigned index, enum hone_lane lane,
                   enum hone_priority priority)
{
    assert_int_equal(
        0, hone_worker_submit(world->worker, lane, priority, &world->jobs[index].job));
}

static void run_until_done(struct world *world, unsigned n_jobs)
{
    world->n_wanted = n_jobs;
    world->finished = world->n_done == n_jobs;
    hone_loop_run_until(&world->loop, &world->finished);
}

/* The lane runs job 0 and waits inside it. */
static void hold_lane(struct world *world, enum hone_lane lane)
{
    world->jobs[0].job.run = run_held;
    submit(world, 0, lane, HONE_PRIORITY_NORMAL);
    uv_sem_wait(&world->entered);
}

static void gives_every_job_back_to_the_loop(void **state)
{
    struct world *world = *state;
    submit(world, 0, HONE_LANE_CALL, HONE_PRIORITY_NORMAL);
    run_until_done(world, 1);
    submit(world, 1, HONE_LANE_TRAIN, HONE_PRIORITY_NORMAL);
    run_until_done(world, 2);
    assert_true(world->jobs[0].ran && world->jobs[1].ran);
    assert_true(world->jobs[0].thread != world->jobs[1].thread);
    assert_true(world->jobs[0].thread != (uint64_t)uv_thread_self());
    assert_int_equal(0, hone_worker_n_pending(world->worker));
}

static void runs_a_lanes_jobs_in_order(void **state)
{
    struct world *world = *state;
    hold_lane(world, HONE_LANE_CALL);
    for (unsigned i = 1; i < JOBS_MAX; i++) {
        submit(world, i, HONE_LANE_CALL, HONE_PRIORITY_NORMAL);
    }
    uv_sem_post(&world->gate);
    run_until_done(world, JOBS_MAX);
    for (unsigned i = 0; i < JOBS_MAX; i++) {
        assert_int_equal(i, world->order[i]);
    }
}

static void idle_jobs_wait_for_normal_ones(void **state)
{
    struct world *world = *state;
    hold_lane(world, HONE_LANE_TRAIN);
    submit(world, 1, HONE_LANE_TRAIN, HONE_PRIORITY_IDLE);
    submit(world, 2, HONE_LANE_TRAIN, HONE_PRIORITY_NORMAL);
    submit(world, 3, HONE_LANE_TRAIN, HONE_PRIORITY_IDLE);
    submit(world, 4, HONE_LANE_TRAIN, HONE_PRIORITY_NORMAL);
    uv_sem_post(&world->gate);
    run_until_done(world, 5);
    const unsigned wanted[] = {0, 2, 4, 1, 3};
    assert_memory_equal(wanted, world->order, sizeof(wanted));
}

static void writers_of_one_batch_share_a_transaction(void **state)
{
    struct world *world = *state;
    hold_lane(world, HONE_LANE_STORE);
    for (unsigned i = 1; i <= 4; i++) {
        world->jobs[i].job.writes = true;
        submit(world, i, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    }
    uv_sem_post(&world->gate);
    run_until_done(world, 5);
    assert_int_equal(1, world->n_begun);
    assert_int_equal(1, world->n_ended);
}

static void a_batch_that_only_reads_has_no_transaction(void **state)
{
    struct world *world = *state;
    submit(world, 0, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    run_until_done(world, 1);
    world->jobs[1].job.writes = true; /* but on another lane */
    submit(world, 1, HONE_LANE_CALL, HONE_PRIORITY_NORMAL);
    run_until_done(world, 2);
    assert_int_equal(0, world->n_begun);
}

static void a_failed_commit_reaches_every_writer_that_had_succeeded(void **state)
{
    struct world *world = *state;
    world->end_status = HONE_E_FULL;
    hold_lane(world, HONE_LANE_STORE);
    world->jobs[1].job.writes = true;
    world->jobs[2].job.writes = true;
    world->jobs[2].fails_with = HONE_E_NOT_FOUND;
    for (unsigned i = 1; i <= 3; i++) { /* the third only reads */
        submit(world, i, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    }
    uv_sem_post(&world->gate);
    run_until_done(world, 4);
    assert_int_equal(HONE_E_FULL, world->jobs[1].job.status);
    assert_string_equal("cannot commit", world->jobs[1].job.error.message);
    assert_int_equal(HONE_E_NOT_FOUND, world->jobs[2].job.status);
    assert_string_equal("my own failure", world->jobs[2].job.error.message);
    assert_int_equal(0, world->jobs[3].job.status);
}

static void readers_of_a_batch_run_after_its_transaction(void **state)
{
    struct world *world = *state;
    hold_lane(world, HONE_LANE_STORE);
    world->jobs[2].job.writes = true;
    world->jobs[4].job.writes = true;
    for (unsigned i = 1; i <= 4; i++) {
        submit(world, i, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    }
    uv_sem_post(&world->gate);
    run_until_done(world, 5);
    const unsigned wanted[] = {0, BEGAN, 2, 4, ENDED, 1, 3};
    assert_memory_equal(wanted, world->order, sizeof(wanted));
    assert_int_equal(2, world->jobs[1].n_seen);
    assert_int_equal(2, world->jobs[3].n_seen);
}

static void a_reader_sees_nothing_of_a_transaction_that_failed(void **state)
{
    struct world *world = *state;
    world->end_status = HONE_E_FULL;
    hold_lane(world, HONE_LANE_STORE);
    world->jobs[1].job.writes = true;
    submit(world, 1, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    submit(world, 2, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    uv_sem_post(&world->gate);
    run_until_done(world, 3);
    assert_int_equal(1, world->jobs[1].n_seen);
    assert_int_equal(HONE_E_FULL, world->jobs[1].job.status);
    assert_int_equal(0, world->jobs[2].job.status);
    assert_int_equal(0, world->jobs[2].n_seen);
}

static void without_a_transaction_writers_fail_and_readers_run(void **state)
{
    struct world *world = *state;
    world->begin_status = HONE_E_IO;
    hold_lane(world, HONE_LANE_STORE);
    world->jobs[1].job.writes = true;
    submit(world, 1, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    submit(world, 2, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    uv_sem_post(&world->gate);
    run_until_done(world, 3);
    assert_int_equal(HONE_E_IO, world->jobs[1].job.status);
    assert_false(world->jobs[1].ran);
    assert_true(world->jobs[2].ran);
    assert_int_equal(0, world->jobs[2].job.status);
    assert_int_equal(0, world->n_ended);
}

static void a_job_can_be_submitted_again_after_a_failure(void **state)
{
    struct world *world = *state;
    world->jobs[0].fails_with = HONE_E_IO;
    submit(world, 0, HONE_LANE_CALL, HONE_PRIORITY_NORMAL);
    run_until_done(world, 1);
    assert_int_equal(HONE_E_IO, world->jobs[0].job.status);
    world->jobs[0].fails_with = 0;
    submit(world, 0, HONE_LANE_CALL, HONE_PRIORITY_NORMAL);
    run_until_done(world, 2);
    assert_int_equal(0, world->jobs[0].job.status);
    assert_string_equal("", world->jobs[0].job.error.message);
}

static void stop_cancels_idle_jobs_and_runs_normal_ones(void **state)
{
    struct world *world = *state;
    hold_lane(world, HONE_LANE_TRAIN);
    submit(world, 1, HONE_LANE_TRAIN, HONE_PRIORITY_IDLE);
    submit(world, 2, HONE_LANE_TRAIN, HONE_PRIORITY_NORMAL);
    world->jobs[3].job.writes = true;
    submit(world, 3, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    uv_sem_post(&world->gate);
    hone_worker_stop(world->worker);
    assert_int_equal(4, world->n_done);
    assert_true(world->jobs[2].ran && world->jobs[3].ran);
    assert_int_equal(0, world->jobs[2].job.status);
    /* The idle one either ran before the stop came to its lane, or never will. */
    assert_int_equal(world->jobs[1].ran ? 0 : HONE_E_CANCELLED,
                     world->jobs[1].job.status);
    assert_int_equal(1, world->n_ended);
}

static void refuses_jobs_after_the_stop(void **state)
{
    struct world *world = *state;
    hone_worker_stop(world->worker);
    assert_int_equal(HONE_E_AGAIN,
                     hone_worker_submit(world->worker, HONE_LANE_CALL,
                                        HONE_PRIORITY_NORMAL, &world->jobs[0].job));
    assert_int_equal(0, hone_worker_n_pending(world->worker));
    assert_false(world->jobs[0].done);
}

static void bounds_the_bytes_that_wait(void **state)
{
    struct world *world = *state;
    hold_lane(world, HONE_LANE_STORE);
    world->jobs[1].job.size_bytes = HONE_WORKER_QUEUE_BYTES;
    world->jobs[2].job.size_bytes = 1;
    submit(world, 1, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    assert_int_equal(HONE_E_AGAIN,
                     hone_worker_submit(world->worker, HONE_LANE_STORE,
                                        HONE_PRIORITY_NORMAL, &world->jobs[2].job));
    submit(world, 3, HONE_LANE_CALL, HONE_PRIORITY_NORMAL); /* a lane of its own */
    uv_sem_post(&world->gate);
    run_until_done(world, 3);
    submit(world, 2, HONE_LANE_STORE, HONE_PRIORITY_NORMAL);
    run_until_done(world, 4);
    assert_true(world->jobs[2].ran);
}

static void count_back(struct hone_job *job)
{
    (void)job;
}

static void run_nothing(struct hone_job *job)
{
    (void)job;
}

static void bounds_the_jobs_that_wait(void **state)
{
    struct world *world = *state;
    struct hone_job *many = hone_alloc_zeroed(HONE_WORKER_QUEUE_JOBS, sizeof(*many));
    hold_lane(world, HONE_LANE_CALL);
    for (size_t i = 0; i < HONE_WORKER_QUEUE_JOBS; i++) {
        many[i] = (struct hone_job){.run = run_nothing, .done = count_back};
        assert_int_equal(0, hone_worker_submit(world->worker, HONE_LANE_CALL,
                                               HONE_PRIORITY_NORMAL, &many[i]));
    }
    assert_int_equal(HONE_E_AGAIN,
                     hone_worker_submit(world->worker, HONE_LANE_CALL,
                                        HONE_PRIORITY_NORMAL, &world->jobs[1].job));
    uv_sem_post(&world->gate);
    hone_worker_stop(world->worker);
    assert_int_equal(0, hone_worker_n_pending(world->worker));
    free(many);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_every_job_back_to_the_loop),
        TEST(runs_a_lanes_jobs_in_order),
        TEST(idle_jobs_wait_for_normal_ones),
        TEST(writers_of_one_batch_share_a_transaction),
        TEST(a_batch_that_only_reads_has_no_transaction),
        TEST(a_failed_commit_reaches_every_writer_that_had_succeeded),
        TEST(readers_of_a_batch_run_after_its_transaction),
        TEST(a_reader_sees_nothing_of_a_transaction_that_failed),
        TEST(without_a_transaction_writers_fail_and_readers_run),
        TEST(a_job_can_be_submitted_again_after_a_failure),
        TEST(stop_cancels_idle_jobs_and_runs_normal_ones),
        TEST(refuses_jobs_after_the_stop),
        TEST(bounds_the_bytes_that_wait),
        TEST(bounds_the_jobs_that_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
