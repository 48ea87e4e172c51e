/* One thread per lane, one mutex per lane, one for the way back.
 *
 * A lane's thread takes all normal jobs that wait (at most HONE_WORKER_BATCH_JOBS), or
 * else one idle job, runs them without the lock and puts them on the way back.
 * uv_async_send merges wake-ups, so on_wake drains everything. No thread ever holds two
 * locks. */
#include "server/worker.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/log.h"
#include "server/worker_internal.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Added to the nice value of the TRAIN lane's thread. */
#define TRAIN_NICE 10
/* After so many batches of normal jobs in a row, one idle job has its turn. */
#define NORMAL_RUNS_MAX 16

struct lane {
    struct hone_worker *worker;
    enum hone_lane name;
    uv_thread_t thread;
    uv_mutex_t mutex; /* guards the fields below */
    uv_cond_t wake;
    struct hone_list queues[2]; /* by priority */
    size_t n_jobs, n_bytes;
    unsigned n_normal_runs; /* in a row; so that idle jobs do not wait for ever */
    bool stopping;
};

struct hone_worker {
    struct hone_loop *loop;
    struct hone_worker_batch store_batch;
    struct lane lanes[HONE_LANE_N];
    uv_async_t wake;
    uv_mutex_t done_mutex; /* guards done_jobs */
    struct hone_list done_jobs;
    size_t n_pending; /* loop only */
    bool stopped;
};

static void give_back(struct hone_worker *worker, struct hone_list *jobs)
{
    uv_mutex_lock(&worker->done_mutex);
    HONE_LIST_EACH(jobs, link)
    {
        hone_list_remove(link);
        hone_list_append(&worker->done_jobs, link);
    }
    uv_mutex_unlock(&worker->done_mutex);
    uv_async_send(&worker->wake);
}

/* Moves jobs of one priority to *batch, at most max; returns how many. */
static size_t take_jobs(struct lane *lane, enum hone_priority priority, size_t max,
                        struct hone_list *batch)
{
    size_t n = 0;
    HONE_LIST_EACH(&lane->queues[priority], link)
    {
        if (n == max) {
            break;
        }
        struct hone_job *job = HONE_LIST_OWNER(link, struct hone_job, link);
        hone_list_remove(link);
        hone_list_append(batch, link);
        lane->n_jobs -= 1;
        lane->n_bytes -= job->size_bytes;
        n += 1;
    }
    return n;
}

/* Moves what should run next to *batch; false when the lane ends. */
static bool take_batch(struct lane *lane, struct hone_list *batch)
{
    size_t n = 0;
    uv_mutex_lock(&lane->mutex);
    while (lane->n_jobs == 0 && !lane->stopping) {
        uv_cond_wait(&lane->wake, &lane->mutex);
    }
    if (lane->n_normal_runs < NORMAL_RUNS_MAX) {
        n = take_jobs(lane, HONE_PRIORITY_NORMAL, HONE_WORKER_BATCH_JOBS, batch);
        lane->n_normal_runs += 1;
    }
    if (n == 0) {
        lane->n_normal_runs = 0;
        n = take_jobs(lane, HONE_PRIORITY_IDLE, 1, batch);
    }
    if (n == 0) {
        n = take_jobs(lane, HONE_PRIORITY_NORMAL, HONE_WORKER_BATCH_JOBS, batch);
    }
    uv_mutex_unlock(&lane->mutex);
    return n > 0;
}

static void run_job(struct hone_job *job)
{
    job->status = 0;
    job->error.code = 0;
    job->error.message[0] = job->error.hint[0] = '\0';
    job->run(job);
}

/* Jobs that come a second time still have what became of them the first. */
static void clear_status(struct hone_list *batch)
{
    HONE_LIST_EACH(batch, link)
    {
        HONE_LIST_OWNER(link, struct hone_job, link)->status = 0;
    }
}

static bool batch_writes(struct hone_list *batch)
{
    HONE_LIST_EACH(batch, link)
    {
        if (HONE_LIST_OWNER(link, struct hone_job, link)->writes) {
            return true;
        }
    }
    return false;
}

static void run_jobs(struct hone_list *batch, bool writes)
{
    HONE_LIST_EACH(batch, link)
    {
        struct hone_job *job = HONE_LIST_OWNER(link, struct hone_job, link);
        if (job->writes == writes) {
            run_job(job);
        }
    }
}

static void fail_writers(struct hone_list *batch, int status,
                         const struct hone_error *error)
{
    HONE_LIST_EACH(batch, link)
    {
        struct hone_job *job = HONE_LIST_OWNER(link, struct hone_job, link);
        if (job->writes && job->status == 0) {
            job->status = status;
            job->error = *error;
        }
    }
}

/* Writers run inside one transaction; readers run after it has ended, so that none of them sees
 * what may not come to be. A reader was always submitted after the writers that it depends on. */
static void run_transaction(struct hone_worker *worker, struct hone_list *batch)
{
    struct hone_error err = {0};
    int status = worker->store_batch.begin(worker->store_batch.user, &err);
    if (status == 0) {
        run_jobs(batch, true);
        status = worker->store_batch.end(worker->store_batch.user, &err);
    } else {
        clear_status(batch);
    }
    if (status != 0) {
        fail_writers(batch, status, &err);
    }
    run_jobs(batch, false);
}

static void run_batch(struct lane *lane, struct hone_list *batch)
{
    if (lane->name == HONE_LANE_STORE && lane->worker->store_batch.begin != NULL &&
        batch_writes(batch)) {
        run_transaction(lane->worker, batch);
        return;
    }
    HONE_LIST_EACH(batch, link)
    {
        run_job(HONE_LIST_OWNER(link, struct hone_job, link));
    }
}

static void lane_main(void *arg)
{
    struct lane *lane = arg;
    if (lane->name == HONE_LANE_TRAIN) {
        id_t self = (id_t)syscall(SYS_gettid);
        (void)setpriority(PRIO_PROCESS, self,
                          getpriority(PRIO_PROCESS, self) + TRAIN_NICE);
    }
    struct hone_list batch;
    hone_list_init(&batch);
    while (take_batch(lane, &batch)) {
        run_batch(lane, &batch);
        give_back(lane->worker, &batch);
    }
}

static void finish_done_jobs(struct hone_worker *worker)
{
    struct hone_list jobs;
    hone_list_init(&jobs);
    uv_mutex_lock(&worker->done_mutex);
    HONE_LIST_EACH(&worker->done_jobs, link)
    {
        hone_list_remove(link);
        hone_list_append(&jobs, link);
    }
    uv_mutex_unlock(&worker->done_mutex);
    while (!hone_list_is_empty(&jobs)) {
        struct hone_job *job = HONE_LIST_OWNER(jobs.next, struct hone_job, link);
        hone_list_remove(&job->link);
        worker->n_pending -= 1;
        job->done(job);
    }
}

static void on_wake(uv_async_t *wake)
{
    finish_done_jobs(wake->data);
}

static int lane_start(struct hone_worker *worker, enum hone_lane name)
{
    struct lane *lane = &worker->lanes[name];
    lane->worker = worker;
    lane->name = name;
    hone_list_init(&lane->queues[HONE_PRIORITY_NORMAL]);
    hone_list_init(&lane->queues[HONE_PRIORITY_IDLE]);
    HONE_INVARIANT(uv_mutex_init(&lane->mutex) == 0);
    HONE_INVARIANT(uv_cond_init(&lane->wake) == 0);
    return uv_thread_create(&lane->thread, lane_main, lane) == 0 ? 0 : HONE_E_NOMEM;
}

static void lane_stop(struct lane *lane)
{
    struct hone_list cancelled;
    hone_list_init(&cancelled);
    uv_mutex_lock(&lane->mutex);
    lane->stopping = true;
    HONE_LIST_EACH(&lane->queues[HONE_PRIORITY_IDLE], link)
    {
        struct hone_job *job = HONE_LIST_OWNER(link, struct hone_job, link);
        hone_list_remove(link);
        lane->n_jobs -= 1;
        lane->n_bytes -= job->size_bytes;
        job->status = HONE_E_CANCELLED;
        hone_list_append(&cancelled, link);
    }
    uv_cond_signal(&lane->wake);
    uv_mutex_unlock(&lane->mutex);
    give_back(lane->worker, &cancelled);
    uv_thread_join(&lane->thread);
}

int hone_worker_create(struct hone_worker **out, struct hone_loop *loop,
                       const struct hone_worker_batch *store_batch)
{
    struct hone_worker *worker = hone_alloc_zeroed(1, sizeof(*worker));
    worker->loop = loop;
    worker->store_batch = *store_batch;
    hone_list_init(&worker->done_jobs);
    HONE_INVARIANT(uv_mutex_init(&worker->done_mutex) == 0);
    HONE_INVARIANT(uv_async_init(&loop->uv, &worker->wake, on_wake) == 0);
    worker->wake.data = worker;
    for (enum hone_lane name = 0; name < HONE_LANE_N; name++) {
        HONE_INVARIANT(lane_start(worker, name) == 0);
    }
    *out = worker;
    return 0;
}

static bool is_full(const struct lane *lane, size_t size_bytes)
{
    return lane->n_jobs >= HONE_WORKER_QUEUE_JOBS ||
           lane->n_bytes + size_bytes > HONE_WORKER_QUEUE_BYTES;
}

int hone_worker_submit(struct hone_worker *worker, enum hone_lane name,
                       enum hone_priority priority, struct hone_job *job)
{
    hone_loop_assert(worker->loop);
    HONE_REQUIRE(name < HONE_LANE_N);
    struct lane *lane = &worker->lanes[name];
    int status = 0;
    uv_mutex_lock(&lane->mutex);
    if (lane->stopping || (!job->bounded_elsewhere && is_full(lane, job->size_bytes))) {
        status = HONE_E_AGAIN;
    } else {
        hone_list_append(&lane->queues[priority], &job->link);
        lane->n_jobs += 1;
        lane->n_bytes += job->size_bytes;
        uv_cond_signal(&lane->wake);
    }
    uv_mutex_unlock(&lane->mutex);
    worker->n_pending += status == 0 ? 1 : 0;
    return status;
}

size_t hone_worker_n_pending(const struct hone_worker *worker)
{
    return worker->n_pending;
}

void hone_worker_stop(struct hone_worker *worker)
{
    hone_loop_assert(worker->loop);
    if (worker->stopped) {
        return;
    }
    worker->stopped = true;
    /* CALL and TRAIN may have handed nothing to STORE that is not queued there already,
     * because only the loop submits; so any order would do. STORE is last so that what
     * their callbacks submitted before the stop is written. */
    lane_stop(&worker->lanes[HONE_LANE_CALL]);
    lane_stop(&worker->lanes[HONE_LANE_TRAIN]);
    lane_stop(&worker->lanes[HONE_LANE_STORE]);
    finish_done_jobs(worker);
    HONE_INVARIANT(worker->n_pending == 0);
}

static void on_wake_closed(uv_handle_t *handle)
{
    struct hone_worker *worker = handle->data;
    for (enum hone_lane name = 0; name < HONE_LANE_N; name++) {
        uv_cond_destroy(&worker->lanes[name].wake);
        uv_mutex_destroy(&worker->lanes[name].mutex);
    }
    uv_mutex_destroy(&worker->done_mutex);
    free(worker);
}

void hone_worker_destroy(struct hone_worker *worker)
{
    if (worker == NULL) {
        return;
    }
    HONE_REQUIRE(worker->stopped);
    uv_close((uv_handle_t *)&worker->wake, on_wake_closed);
}
