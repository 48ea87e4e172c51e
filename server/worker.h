/* Lanes: our own threads, one per lane, that take jobs from the loop and give them back.
 *
 * A job is handed over by submit and comes back to the loop through its done callback,
 * always, also when it was cancelled. `run` sees only its job. The STORE lane runs many
 * jobs in one transaction: see struct hone_worker_batch. Locks exist in worker.c only.
 * Thread: loop, except where a callback says otherwise. */
#ifndef HONE_SERVER_WORKER_H
#define HONE_SERVER_WORKER_H

#include "base/attr.h"
#include "base/error.h"
#include "base/list.h"
#include "server/loop.h"

#include <stdbool.h>
#include <stddef.h>

enum hone_lane {
    HONE_LANE_CALL,  /* calls that are too long for the loop */
    HONE_LANE_STORE, /* the store and nothing else */
    HONE_LANE_TRAIN, /* learning, at low priority */
    HONE_LANE_N,
};

enum hone_priority {
    HONE_PRIORITY_NORMAL,
    HONE_PRIORITY_IDLE, /* runs when no normal job waits, and now and then when one does; must
                           be a short slice */
};

#define HONE_WORKER_QUEUE_JOBS  8192
#define HONE_WORKER_QUEUE_BYTES (64U * 1024 * 1024)
#define HONE_WORKER_BATCH_JOBS  256

struct hone_job {
    void (*run)(struct hone_job *job); /* on the lane; sets status and error */
    void (*done)(
        struct hone_job *job); /* on the loop; may free or submit the job again */
    bool writes; /* STORE: runs inside the batch's transaction; other jobs run after it */
    bool
        bounded_elsewhere; /* at most a few per skill: taken even when the queue is full */
    size_t size_bytes;     /* of what it holds, for the bound on a queue */
    int status;            /* 0 or HONE_E_*; HONE_E_CANCELLED when it never ran */
    struct hone_error error;
    struct hone_list link; /* private */
};

/* Wraps the jobs with `writes` of one batch. Both run on the lane; when end fails, every
 * such job of the batch that had succeeded gets its code. */
struct hone_worker_batch {
    int (*begin)(void *user, struct hone_error *err);
    int (*end)(void *user, struct hone_error *err);
    void *user;
};

struct hone_worker;

int hone_worker_create(struct hone_worker **out, struct hone_loop *loop,
                       const struct hone_worker_batch *store_batch) HONE_MUST_USE;
/* HONE_E_AGAIN: the lane's queue is full, the job was not taken and done will not be
 * called. */
int hone_worker_submit(struct hone_worker *worker, enum hone_lane lane,
                       enum hone_priority priority, struct hone_job *job) HONE_MUST_USE;
/* Ends the threads: queued idle jobs are cancelled, normal ones run. All done callbacks
 * are called before this returns. Submitting afterwards gives HONE_E_AGAIN. */
void hone_worker_stop(struct hone_worker *worker);
/* After stop. Memory goes when the loop has closed the wake-up handle; accepts NULL. */
void hone_worker_destroy(struct hone_worker *worker);

#endif
