#include "server/rollback.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/skill_resources.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES (1024U * 1024)
#define BODY_BYTES  160

struct hone_rollback {
    struct hone_job job;
    struct hone_training *training;
    struct hone_training_waiter waiter;
    struct hone_rollback_result result;
    uint32_t to, asked,
        live; /* asked, live: what was live when it was asked for, when it starts */
    struct hone_digest tensors;
    uint64_t tensors_bytes, version_position; /* of the version to go to */
    int64_t created_unix_ms;                  /* of the version to go to */
    char *actor, *reason;
    hone_rollback_cb done;
    void *user;
};

static void finish(struct hone_rollback *rollback, int status)
{
    struct hone_training *training = rollback->training;
    training->rollback_pending = false;
    rollback->result.status = status;
    rollback->done(rollback->user, &rollback->result);
    free(rollback->actor);
    free(rollback->reason);
    free(rollback);
    hone_training_housekeep(training); /* what had to wait */
}

/* ---- find -> verify -> apply -> served ---- */

static void submit(struct hone_rollback *rollback, enum hone_lane lane,
                   void (*run)(struct hone_job *job), void (*done)(struct hone_job *job));

/* The number of the version to go to: the one asked for, or the live one's parent. */
static int find_number(struct hone_rollback *rollback, struct hone_arena *arena,
                       struct hone_error *err)
{
    struct hone_training *training = rollback->training;
    struct hone_store_version live;
    if (rollback->to != 0) {
        return 0;
    }
    int status = hone_store_read_version(training->app->store, training->store_id,
                                         rollback->asked, arena, &live, err);
    if (status == 0 && live.parent == 0) {
        status = hone_error_set(err, HONE_E_NOT_FOUND,
                                "version %u is the first: it has no parent", live.number);
    }
    rollback->to = status == 0 ? live.parent : 0;
    return status;
}

static int find_target(struct hone_rollback *rollback, struct hone_arena *arena,
                       struct hone_error *err)
{
    static const struct hone_digest none;
    struct hone_training *training = rollback->training;
    struct hone_store_version target;
    int status = find_number(rollback, arena, err);
    if (status == 0) {
        status = hone_store_read_version(training->app->store, training->store_id,
                                         rollback->to, arena, &target, err);
    }
    if (status == 0 && hone_digest_equal(target.tensors, none)) {
        status = hone_error_set(err, HONE_E_NOT_FOUND,
                                "the tensors of version %u are not kept", rollback->to);
        (void)hone_error_hint(err,
                              "`hone versions %s` shows which versions can be served",
                              training->skill->package->name);
    }
    if (status == 0) {
        rollback->tensors = target.tensors;
        rollback->tensors_bytes = target.tensors_bytes;
        rollback->version_position = target.position;
        rollback->created_unix_ms = target.created_unix_ms;
    }
    return status;
}

static void run_find(struct hone_job *job)
{
    struct hone_rollback *rollback = HONE_LIST_OWNER(job, struct hone_rollback, job);
    struct hone_arena arena;
    hone_arena_init(&arena, ARENA_BYTES);
    job->status = find_target(rollback, &arena, &job->error);
    hone_arena_finish(&arena);
}

/* Hashing a large file takes a while; nobody waits for this lane. */
static void run_verify(struct hone_job *job)
{
    struct hone_rollback *rollback = HONE_LIST_OWNER(job, struct hone_rollback, job);
    job->status = hone_store_verify_blob(rollback->training->app->store,
                                         rollback->tensors, &job->error);
}

/* Its tensors may have been forgotten since they were found. */
static int check_target(struct hone_rollback *rollback, struct hone_error *err)
{
    struct hone_training *training = rollback->training;
    struct hone_store_version target;
    struct hone_arena arena;
    hone_arena_init(&arena, ARENA_BYTES);
    int status = hone_store_read_version(training->app->store, training->store_id,
                                         rollback->to, &arena, &target, err);
    if (status == 0 && !hone_digest_equal(target.tensors, rollback->tensors)) {
        status =
            hone_error_set(err, HONE_E_STALE,
                           "the tensors of version %u were just removed", rollback->to);
    }
    hone_arena_finish(&arena);
    return status;
}

static void run_apply(struct hone_job *job)
{
    struct hone_rollback *rollback = HONE_LIST_OWNER(job, struct hone_rollback, job);
    struct hone_training *training = rollback->training;
    char digest[HONE_DIGEST_TEXT_LEN + 1], body[BODY_BYTES];
    job->status = check_target(rollback, &job->error);
    if (job->status != 0) {
        return;
    }
    hone_digest_format(rollback->tensors, digest);
    (void)snprintf(body, sizeof(body), "{\"to\":%u,\"from\":%u,\"tensors\":\"%s\"}",
                   rollback->to, rollback->live, digest);
    struct hone_store_transition transition = {
        .skill_id = training->store_id,
        .lease_token = training->lease_token,
        .expected_live = rollback->live,
        .live = rollback->to,
        .former_live = HONE_STORE_ROLLED_BACK,
        .position = UINT64_MAX,
        .event = HONE_STORE_EVENT_ROLLBACK,
        .event_body = hone_span_text(body),
        .time_unix_ms = hone_clock_unix_ms(),
        .actor = hone_span_text(rollback->actor),
        .action = hone_span_text("rollback"),
        .reason = hone_span_text(rollback->reason),
    };
    job->status = hone_store_apply_transition(training->app->store, &transition, NULL,
                                              &rollback->result.position, &job->error);
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

/* Ends the rollback when its job has failed. */
static bool has_failed(struct hone_rollback *rollback)
{
    if (rollback->job.status == 0) {
        return false;
    }
    rollback->result.error = rollback->job.error;
    finish(rollback, rollback->job.status);
    return true;
}

static void done_apply(struct hone_job *job)
{
    struct hone_rollback *rollback = HONE_LIST_OWNER(job, struct hone_rollback, job);
    struct hone_training *training = rollback->training;
    if (has_failed(rollback)) {
        return;
    }
    rollback->result.from = rollback->live;
    rollback->result.live = rollback->to;
    training->live_version = rollback->to;
    training->live_created_unix_ms = rollback->created_unix_ms;
    training->tensors_bytes = rollback->tensors_bytes;
    training->checkpointed = rollback->result.position;
    hone_residence_set_live(
        training,
        &(struct hone_residence_source){.version = rollback->to,
                                        .tensors = rollback->tensors,
                                        .tensors_bytes = rollback->tensors_bytes,
                                        .position = rollback->result.position,
                                        .version_position = rollback->version_position});
    hone_skill_resources_updated(training->app, training->skill);
    hone_log_info("training", "rolled back skill=%s from=%u to=%u reason=\"%s\"",
                  training->skill->package->name, rollback->live, rollback->to,
                  rollback->reason);
    rollback->waiter.position = rollback->result.position;
    rollback->waiter.done = on_served;
    hone_training_notify(training, rollback->result.position);
    hone_training_wait(training, &rollback->waiter); /* may end the rollback at once */
}

static void done_verify(struct hone_job *job)
{
    struct hone_rollback *rollback = HONE_LIST_OWNER(job, struct hone_rollback, job);
    if (!has_failed(rollback)) {
        submit(rollback, HONE_LANE_STORE, run_apply, done_apply);
    }
}

static void done_find(struct hone_job *job)
{
    struct hone_rollback *rollback = HONE_LIST_OWNER(job, struct hone_rollback, job);
    if (!has_failed(rollback)) {
        submit(rollback, HONE_LANE_CALL, run_verify, done_verify);
    }
}

static void submit(struct hone_rollback *rollback, enum hone_lane lane,
                   void (*run)(struct hone_job *job), void (*done)(struct hone_job *job))
{
    rollback->job = (struct hone_job){
        .run = run, .done = done, .writes = run == run_apply, .bounded_elsewhere = true};
    if (hone_worker_submit(rollback->training->app->worker, lane, HONE_PRIORITY_NORMAL,
                           &rollback->job) != 0) {
        (void)hone_error_set(&rollback->result.error, HONE_E_CANCELLED,
                             "the server is stopping");
        finish(rollback, HONE_E_CANCELLED);
    }
}

static void start(struct hone_rollback *rollback)
{
    rollback->live = rollback->training->live_version;
    submit(rollback, HONE_LANE_STORE, run_find, done_find);
}

void hone_rollback_start(struct hone_training *training, uint32_t to,
                         struct hone_span actor, struct hone_span reason,
                         hone_rollback_cb done, void *user)
{
    struct hone_rollback *rollback = hone_alloc_zeroed(1, sizeof(*rollback));
    rollback->training = training;
    rollback->to = to;
    rollback->asked = training->live_version;
    rollback->actor = hone_alloc_bytes(actor.data, actor.len);
    rollback->reason = hone_alloc_bytes(reason.data, reason.len);
    rollback->done = done;
    rollback->user = user;
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
    training->rollback_pending = true;
    if (training->verdict_running) {
        training->queued_rollback = rollback;
    } else {
        start(rollback);
    }
}

void hone_rollback_resume(struct hone_training *training)
{
    struct hone_rollback *rollback = training->queued_rollback;
    if (rollback != NULL && !training->verdict_running) {
        training->queued_rollback = NULL;
        start(rollback);
    }
}
