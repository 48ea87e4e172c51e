#include "server/rollback.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/app_internal.h"

#include <stdlib.h>

#define ARENA_BYTES (1024U * 1024)

struct hone_rollback {
    struct hone_job job;
    struct hone_training *training;
    struct hone_training_waiter waiter;
    struct hone_rollback_result result;
    uint32_t to;
    uint64_t tensors_bytes;
    char *actor, *reason;
    hone_rollback_cb done;
    void *user;
};

static void finish(struct hone_rollback *rollback, int status)
{
    rollback->training->rollback_pending = false;
    rollback->result.status = status;
    rollback->done(rollback->user, &rollback->result);
    free(rollback->actor);
    free(rollback->reason);
    free(rollback);
}

/* Finds the version to go to; fills *target. */
static int find_target(struct hone_rollback *rollback, struct hone_arena *arena,
                       struct hone_store_version *target, struct hone_error *err)
{
    struct hone_training *training = rollback->training;
    struct hone_store_version live;
    int status = hone_store_read_version(training->app->store, training->store_id,
                                         training->live_version, arena, &live, err);
    if (status != 0) {
        return status;
    }
    uint32_t to = rollback->to != 0 ? rollback->to : live.parent;
    if (to == 0) {
        (void)hone_error_set(err, HONE_E_NOT_FOUND,
                             "version %u is the first: it has no parent", live.number);
        return HONE_E_NOT_FOUND;
    }
    status = hone_store_read_version(training->app->store, training->store_id, to, arena,
                                     target, err);
    if (status != 0) {
        return status;
    }
    static const struct hone_digest none;
    if (hone_digest_equal(target->tensors, none)) {
        (void)hone_error_set(err, HONE_E_NOT_FOUND,
                             "the tensors of version %u are not kept", to);
        (void)hone_error_hint(err,
                              "`hone versions %s` shows which versions can be served",
                              training->skill->package->name);
        return HONE_E_NOT_FOUND;
    }
    return hone_store_verify_blob(training->app->store, target->tensors, err);
}

static int apply(struct hone_rollback *rollback, const struct hone_store_version *target,
                 struct hone_arena *arena, struct hone_error *err)
{
    struct hone_training *training = rollback->training;
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(target->tensors, digest);
    const char *body =
        hone_arena_format(arena, "{\"to\":%u,\"from\":%u,\"tensors\":\"%s\"}",
                          target->number, training->live_version, digest);
    struct hone_store_transition transition = {
        .skill_id = training->store_id,
        .lease_token = training->lease_token,
        .expected_live = training->live_version,
        .live = target->number,
        .former_live = HONE_STORE_ROLLED_BACK,
        .position = UINT64_MAX,
        .event = HONE_STORE_EVENT_ROLLBACK,
        .event_body = hone_span_text(body),
        .time_unix_ms = hone_clock_unix_ms(),
        .actor = hone_span_text(rollback->actor),
        .action = hone_span_text("rollback"),
        .reason = hone_span_text(rollback->reason),
    };
    uint32_t unused = 0;
    rollback->tensors_bytes = target->tensors_bytes;
    rollback->result.from = training->live_version;
    rollback->result.live = target->number;
    return hone_store_apply_transition(training->app->store, &transition, &unused,
                                       &rollback->result.position, err);
}

static void run_rollback(struct hone_job *job)
{
    struct hone_rollback *rollback = HONE_LIST_OWNER(job, struct hone_rollback, job);
    struct hone_arena arena;
    struct hone_store_version target;
    hone_arena_init(&arena, ARENA_BYTES);
    job->status = find_target(rollback, &arena, &target, &job->error);
    if (job->status == 0) {
        job->status = apply(rollback, &target, &arena, &job->error);
    }
    hone_arena_finish(&arena);
}

static void on_served(struct hone_training_waiter *waiter, int status)
{
    struct hone_rollback *rollback =
        HONE_LIST_OWNER(waiter, struct hone_rollback, waiter);
    if (status != 0) {
        (void)hone_error_set(&rollback->result.error, status,
                             "the rollback is stored but not served yet: %s",
                             rollback->training->failure.code != 0
                                 ? rollback->training->failure.message
                                 : hone_error_name(status));
    }
    finish(rollback, status);
}

static void done_rollback(struct hone_job *job)
{
    struct hone_rollback *rollback = HONE_LIST_OWNER(job, struct hone_rollback, job);
    struct hone_training *training = rollback->training;
    if (job->status != 0) {
        rollback->result.error = job->error;
        finish(rollback, job->status);
        return;
    }
    training->live_version = rollback->result.live;
    training->tensors_bytes = rollback->tensors_bytes;
    training->checkpointed = rollback->result.position;
    hone_log_info("training", "rolled back skill=%s from=%u to=%u reason=\"%s\"",
                  training->skill->package->name, rollback->result.from,
                  rollback->result.live, rollback->reason);
    rollback->waiter.position = rollback->result.position;
    rollback->waiter.done = on_served;
    hone_training_wait(training, &rollback->waiter);
    hone_training_notify(training, rollback->result.position);
}

static void submit(struct hone_rollback *rollback)
{
    if (hone_worker_submit(rollback->training->app->worker, HONE_LANE_STORE,
                           HONE_PRIORITY_NORMAL, &rollback->job) != 0) {
        (void)hone_error_set(&rollback->result.error, HONE_E_AGAIN,
                             "the store's queue is full; try again");
        finish(rollback, HONE_E_AGAIN);
    }
}

void hone_rollback_start(struct hone_training *training, uint32_t to,
                         struct hone_span actor, struct hone_span reason,
                         hone_rollback_cb done, void *user)
{
    struct hone_rollback *rollback = hone_alloc_zeroed(1, sizeof(*rollback));
    rollback->training = training;
    rollback->to = to;
    rollback->actor = hone_alloc_bytes(actor.data, actor.len);
    rollback->reason = hone_alloc_bytes(reason.data, reason.len);
    rollback->done = done;
    rollback->user = user;
    rollback->job =
        (struct hone_job){.run = run_rollback, .done = done_rollback, .writes = true};
    if (training->rollback_pending) {
        (void)hone_error_set(&rollback->result.error, HONE_E_AGAIN,
                             "another rollback of this skill is under way");
        rollback->result.status = HONE_E_AGAIN;
        done(user, &rollback->result);
        free(rollback->actor);
        free(rollback->reason);
        free(rollback);
        return;
    }
    training->generation += 1; /* voids a verdict whose candidate is being saved */
    training->rollback_pending = true;
    if (training->verdict_running) {
        training->queued_rollback = rollback;
    } else {
        submit(rollback);
    }
}

void hone_rollback_resume(struct hone_training *training)
{
    struct hone_rollback *rollback = training->queued_rollback;
    if (rollback != NULL && !training->verdict_running) {
        training->queued_rollback = NULL;
        submit(rollback);
    }
}
