/* The cycle: start_read -> (STORE) run_read -> done_read -> (TRAIN) run_fold -> done_fold
 * -> start_read ... until the log's end, then housekeeping. One cycle object per skill,
 * reused. */
#include "server/training.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "schema/json.h"
#include "server/action.h"
#include "server/app_internal.h"
#include "server/checkpoint.h"
#include "server/demonstration.h"
#include "server/feedback.h"
#include "server/holds.h"
#include "server/skill_resources.h"
#include "server/verdict.h"
#include "skills/package_event.h"

#include <stdlib.h>

/* Events of one read. Small enough that a correction behind it is served soon. */
#define READ_EVENTS 32
/* So far behind its log a skill is in a hurry. */
#define BACKLOG_EVENTS 256
#define ARENA_BYTES    (64U * 1024 * 1024)
#define BODY_BYTES_MAX (8U * 1024 * 1024)

struct cycle {
    struct hone_job job;
    struct hone_training *training;
    struct hone_arena arena;
    uint64_t after;
    struct hone_store_event *events;
    size_t n_events;
    /* results of the fold */
    struct hone_snapshot *snapshot;
    uint64_t position, anchor_position, candidate_position;
    struct hone_trainer_progress progress;
    json_t *measured;
    struct hone_gate_evidence evidence;
    struct hone_gate_report report;
    uint64_t memory_bytes;
    bool due, fits, rolled_back, withholds;
    double change;
};

static void start_read(struct cycle *cycle);

static void cycle_destroy(struct cycle *cycle)
{
    hone_arena_finish(&cycle->arena);
    json_decref(cycle->measured);
    free(cycle);
}

/* ---- fold, on the TRAIN lane ---- */

static int fold_feedback(struct cycle *cycle, const struct hone_store_event *stored,
                         struct hone_error *err)
{
    json_t *input = NULL;
    bool is_demonstration = stored->feedback.kind == HONE_STORE_FEEDBACK_DEMONSTRATION;
    if (!is_demonstration && hone_json_parse(&input, stored->call.input, err) != 0) {
        return HONE_E_CORRUPT;
    }
    struct hone_event event = {
        .position = stored->position,
        .kind = HONE_EVENT_FEEDBACK,
        .feedback = {.kind = hone_feedback_kind_of(stored->feedback.kind),
                     .value = stored->feedback.value,
                     .comment = stored->feedback.comment,
                     .reward = stored->feedback.reward,
                     .weight = stored->feedback.weight},
        .input = input,
        .output = stored->call.output,
        .source = stored->feedback.source,
        .is_repeated = stored->is_repeated,
    };
    const char *ignored = NULL;
    int status = is_demonstration ? hone_demonstration_read(&event, &input,
                                                            stored->feedback.value, err)
                                  : 0;
    if (status == 0) {
        status = hone_trainer_fold(cycle->training->trainer, &event, &ignored, err);
    }
    if (ignored != NULL) {
        hone_log_debug("training", "nothing learnt skill=%s position=%llu why=\"%s\"",
                       cycle->training->skill->package->name,
                       (unsigned long long)stored->position, ignored);
    }
    json_decref(input);
    return status;
}

static int fold_body(struct cycle *cycle, const struct hone_store_event *stored,
                     enum hone_event_kind kind, struct hone_error *err)
{
    json_t *body = NULL;
    if (hone_json_parse(&body, stored->body, err) != 0) {
        return HONE_E_CORRUPT;
    }
    struct hone_event event = {.position = stored->position, .kind = kind, .body = body};
    int status = hone_trainer_fold(cycle->training->trainer, &event, NULL, err);
    json_decref(body);
    return status;
}

static int fold_hold(struct cycle *cycle, const struct hone_store_event *stored,
                     struct hone_error *err)
{
    json_t *body = NULL;
    struct hone_hold hold;
    if (hone_json_parse(&body, stored->body, err) != 0) {
        return HONE_E_CORRUPT;
    }
    int status = hone_hold_read(&hold, body, err);
    if (status == 0) {
        char *path = hone_holds_pinned_path(cycle->training, &hold);
        struct hone_event event = {.position = stored->position,
                                   .kind = HONE_EVENT_HOLD,
                                   .body = body,
                                   .pinned_path = path};
        status = hone_trainer_fold(cycle->training->trainer, &event, NULL, err);
        free(path);
    }
    json_decref(body);
    return status;
}

static int fold_rollback(struct cycle *cycle, const struct hone_store_event *stored,
                         struct hone_error *err)
{
    json_t *body = NULL;
    char *path = NULL;
    struct hone_digest tensors;
    if (hone_json_parse(&body, stored->body, err) != 0) {
        return HONE_E_CORRUPT;
    }
    int status = hone_digest_parse(&tensors, hone_json_text(body, "tensors"));
    if (status != 0) {
        status =
            hone_error_set(err, HONE_E_CORRUPT, "rollback event %llu names no tensors",
                           (unsigned long long)stored->position);
        goto out;
    }
    status = hone_store_verify_blob(cycle->training->app->store, tensors, err);
    if (status != 0) {
        goto out;
    }
    path = hone_store_blob_path(cycle->training->app->store, tensors);
    status =
        hone_trainer_rollback(cycle->training->trainer,
                              (uint32_t)json_integer_value(json_object_get(body, "to")),
                              path, stored->position, err);
    cycle->rolled_back = status == 0;
out:
    free(path);
    json_decref(body);
    return status;
}

static int fold_event(struct cycle *cycle, const struct hone_store_event *event,
                      struct hone_error *err)
{
    switch (event->kind) {
    case HONE_STORE_EVENT_FEEDBACK:
        return fold_feedback(cycle, event, err);
    case HONE_STORE_EVENT_GATE:
        return fold_body(cycle, event, HONE_EVENT_GATE, err);
    case HONE_STORE_EVENT_PACKAGE:
        return fold_body(cycle, event, HONE_EVENT_PACKAGE, err);
    case HONE_STORE_EVENT_HOLD:
        return fold_hold(cycle, event, err);
    case HONE_STORE_EVENT_ROLLBACK:
        return fold_rollback(cycle, event, err);
    default:
        return hone_error_set(err, HONE_E_VERSION,
                              "event %llu is of a kind (%d) that this build "
                              "does not know",
                              (unsigned long long)event->position, (int)event->kind);
    }
}

/* A feedback that cannot be folded is passed over, the same way each time; any other
 * event that cannot be folded ends this skill's learning, because what comes after
 * depends on it. */
static void run_fold(struct hone_job *job)
{
    struct cycle *cycle = HONE_LIST_OWNER(job, struct cycle, job);
    struct hone_trainer *trainer = cycle->training->trainer;
    for (size_t i = 0; i < cycle->n_events; i++) {
        struct hone_error err = {0};
        int status = fold_event(cycle, &cycle->events[i], &err);
        if (status != 0 && cycle->events[i].kind != HONE_STORE_EVENT_FEEDBACK) {
            job->status = status;
            job->error = err;
            break;
        }
        if (status != 0) {
            hone_log_error("training",
                           "feedback not learnt skill=%s position=%llu cause=\"%s\"",
                           cycle->training->skill->package->name,
                           (unsigned long long)cycle->events[i].position, err.message);
        }
        cycle->position = cycle->events[i].position;
    }
    cycle->snapshot = hone_trainer_snapshot(trainer);
    cycle->progress = hone_trainer_progress(trainer);
    json_decref(cycle->measured);
    cycle->measured = hone_trainer_measure(trainer);
    cycle->evidence = *hone_trainer_evidence(trainer);
    cycle->anchor_position = hone_trainer_anchor_position(trainer);
    cycle->withholds = hone_trainer_withholds(trainer);
    cycle->change = hone_trainer_change(trainer);
    cycle->due = hone_trainer_due(trainer, &cycle->report, &cycle->candidate_position);
    cycle->fits = hone_trainer_fits_package(trainer);
    cycle->memory_bytes = hone_trainer_memory_bytes(trainer);
}

/* ---- the cycle, on the loop ---- */

static void end_waiters(struct hone_list *waiters, int status)
{
    while (!hone_list_is_empty(waiters)) {
        struct hone_training_waiter *waiter =
            HONE_LIST_OWNER(waiters->next, struct hone_training_waiter, link);
        hone_list_remove(&waiter->link);
        waiter->done(waiter, status);
    }
}

/* Who is woken may wait anew, and so come here again: all that are to be woken leave the list
 * before the first of them is. */
static void wake_waiters(struct hone_training *training)
{
    struct hone_list woken;
    hone_list_init(&woken);
    HONE_LIST_EACH(&training->waiters, link)
    {
        struct hone_training_waiter *waiter =
            HONE_LIST_OWNER(link, struct hone_training_waiter, link);
        if (training->failure.code != 0 || waiter->position <= training->trained) {
            hone_list_remove(link);
            hone_list_append(&woken, link);
        }
    }
    end_waiters(&woken, training->failure.code);
}

static const char *why_no_rest(const struct hone_training *training, int status)
{
    if (training->failure.code != 0) {
        return training->failure.message;
    }
    return status == HONE_E_CANCELLED ? "the server is stopping"
           : status == HONE_E_AGAIN   ? "a verdict cannot be stored"
                                      : hone_error_name(status);
}

static void end_rests(struct hone_training *training, int status)
{
    struct hone_error err = {0};
    if (status != 0) {
        (void)hone_error_set(&err, status, "%s does not come to rest: %s",
                             training->skill->package->name,
                             why_no_rest(training, status));
    }
    struct hone_list woken;
    hone_list_init(&woken);
    hone_list_move(&woken, &training->resting);
    while (!hone_list_is_empty(&woken)) {
        struct hone_training_rest *rest =
            HONE_LIST_OWNER(woken.next, struct hone_training_rest, link);
        hone_list_remove(&rest->link);
        rest->done(rest, status, &err);
    }
}

void hone_training_end_waits(struct hone_training *training, int status)
{
    struct hone_list ended;
    hone_list_init(&ended);
    hone_list_move(&ended, &training->waiters);
    end_rests(training, status);
    end_waiters(&ended, status);
}

static void fail(struct hone_training *training, int status, const struct hone_error *err)
{
    training->failure = *err;
    training->failure.code = status;
    hone_log_error("training", "skill no longer learns skill=%s cause=\"%s\"",
                   training->skill->package->name, err->message);
    wake_waiters(training);
    end_rests(training, status);
}

static void end_cycle(struct cycle *cycle)
{
    struct hone_training *training = cycle->training;
    training->cycle_running = false;
    cycle_destroy(cycle);
    hone_residence_rest(training);
}

/* Also told again when the log is folded again after a crash. */
static void tell_of_drift(const struct hone_training *training)
{
    hone_log_warn("training", "drift found skill=%s position=%llu alarms=%llu",
                  training->skill->package->name,
                  (unsigned long long)training->progress.drifted_at,
                  (unsigned long long)training->progress.n_drifts);
    hone_skill_resources_updated(training->app, training->skill);
}

static void take_results(struct hone_training *training, struct cycle *cycle)
{
    bool has_drifted = cycle->progress.n_drifts > training->progress.n_drifts;
    training->trained = cycle->position;
    training->progress = cycle->progress;
    json_decref(training->measured);
    training->measured = cycle->measured;
    cycle->measured = NULL;
    training->evidence = cycle->evidence;
    training->anchor_position = cycle->anchor_position;
    training->due = cycle->due;
    training->report = cycle->report;
    training->candidate_position = cycle->candidate_position;
    training->package_pending = !cycle->fits;
    hone_residence_measure(training, cycle->memory_bytes);
    training->change = cycle->change;
    if (!cycle->withholds) {
        cycle->snapshot->learned_through = cycle->position;
    }
    training->served = cycle->snapshot->learned_through;
    hone_registry_publish_take(training->skill, cycle->snapshot);
    cycle->snapshot = NULL;
    if (has_drifted) {
        tell_of_drift(training);
    }
}

static void done_fold(struct hone_job *job)
{
    struct cycle *cycle = HONE_LIST_OWNER(job, struct cycle, job);
    struct hone_training *training = cycle->training;
    if (job->status == HONE_E_CANCELLED) {
        end_cycle(cycle);
        return;
    }
    take_results(training, cycle);
    if (job->status != 0) {
        fail(training, job->status, &job->error);
        end_cycle(cycle);
        return;
    }
    wake_waiters(training);
    hone_training_housekeep(training);
    start_read(cycle);
}

static void submit(struct cycle *cycle, enum hone_lane lane)
{
    if (hone_worker_submit(cycle->training->app->worker, lane, HONE_PRIORITY_NORMAL,
                           &cycle->job) != 0) {
        /* The lanes are stopping; waits are cancelled by whoever stops them. */
        end_cycle(cycle);
    }
}

static void run_read(struct hone_job *job)
{
    struct cycle *cycle = HONE_LIST_OWNER(job, struct cycle, job);
    job->status = hone_store_read_log(
        cycle->training->app->store, cycle->training->store_id, cycle->after, READ_EVENTS,
        &cycle->arena, &cycle->events, &cycle->n_events, &job->error);
}

/* What is damaged stays so; anything else may have passed in a while. Nobody waits for that. */
static void read_failed(struct hone_training *training, int status,
                        const struct hone_error *err)
{
    if (status == HONE_E_CORRUPT || status == HONE_E_VERSION) {
        fail(training, status, err);
    } else if (status != HONE_E_CANCELLED) {
        hone_log_warn("training", "log not read skill=%s cause=\"%s\"",
                      training->skill->package->name, err->message);
        hone_training_end_waits(training, HONE_E_AGAIN);
        hone_residence_resume(training);
    }
}

static void done_read(struct hone_job *job)
{
    struct cycle *cycle = HONE_LIST_OWNER(job, struct cycle, job);
    struct hone_training *training = cycle->training;
    if (job->status != 0) {
        int job_status = job->status;
        struct hone_error read_error = job->error;
        end_cycle(cycle);
        read_failed(training, job_status, &read_error);
        return;
    }
    if (cycle->n_events == 0) {
        /* Everything up to log_end was committed before this read began. */
        (void)hone_error_set(&job->error, HONE_E_CORRUPT, "events after %llu are missing",
                             (unsigned long long)cycle->after);
        fail(training, HONE_E_CORRUPT, &job->error);
        end_cycle(cycle);
        return;
    }
    cycle->position = cycle->after;
    cycle->job.run = run_fold;
    cycle->job.done = done_fold;
    submit(cycle, HONE_LANE_TRAIN);
}

static void start_read(struct cycle *cycle)
{
    struct hone_training *training = cycle->training;
    if (training->trained >= training->log_end) {
        wake_waiters(training); /* a state that was loaded may hold what they wait for */
        end_cycle(cycle);
        hone_training_housekeep(training);
        return;
    }
    hone_arena_reset(&cycle->arena);
    cycle->after = training->trained;
    cycle->job =
        (struct hone_job){.run = run_read, .done = done_read, .bounded_elsewhere = true};
    submit(cycle, HONE_LANE_STORE);
}

void hone_training_start(struct hone_training *training)
{
    if (training->trainer == NULL || training->cycle_running ||
        training->failure.code != 0) {
        return;
    }
    struct cycle *cycle = hone_alloc_zeroed(1, sizeof(*cycle));
    cycle->training = training;
    hone_arena_init(&cycle->arena, ARENA_BYTES);
    training->cycle_running = true;
    start_read(cycle);
}

void hone_training_notify(struct hone_training *training, uint64_t log_end)
{
    if (log_end > training->log_end) {
        training->log_end = log_end;
    }
    hone_residence_want(training);
    hone_training_start(training);
}

void hone_training_wait(struct hone_training *training,
                        struct hone_training_waiter *waiter)
{
    hone_list_init(&waiter->link);
    if (!training->skill->package->kind->learns || training->failure.code != 0 ||
        waiter->position <= training->trained) {
        waiter->done(waiter, training->failure.code);
        return;
    }
    if (training->app->lanes_stopping) {
        waiter->done(waiter, HONE_E_CANCELLED);
        return;
    }
    hone_list_append(&training->waiters, &waiter->link);
}

/* Is there something under way, or about to be, that will end in an event of the log? */
static bool is_busy(const struct hone_training *training)
{
    return training->cycle_running || training->verdict_running ||
           training->package_running || training->action_pending ||
           training->trained < training->log_end;
}

void hone_training_wake_resting(struct hone_training *training, bool has_failed)
{
    if (!is_busy(training) && (has_failed || !training->due)) {
        end_rests(training, training->due ? HONE_E_AGAIN : 0);
    }
}

/* What follows a load wakes it: the cycle that then starts comes to its end. */
static void on_loaded(struct hone_residence_waiter *waiter, int status,
                      const struct hone_error *err)
{
    struct hone_training_rest *rest =
        HONE_LIST_OWNER(waiter, struct hone_training_rest, load);
    if (status != 0) {
        rest->done(rest, status, err);
        return;
    }
    hone_list_append(&rest->training->resting, &rest->link);
    if (rest->training->app->lanes_stopping) {
        end_rests(rest->training, HONE_E_CANCELLED);
    }
}

void hone_training_rest(struct hone_training *training, struct hone_training_rest *rest)
{
    hone_list_init(&rest->link);
    rest->training = training;
    rest->load.done = on_loaded;
    if (training->failure.code == 0 && !training->app->lanes_stopping &&
        !hone_residence_use(training)) {
        hone_residence_wait(training, &rest->load);
        return;
    }
    hone_list_append(&training->resting, &rest->link);
    if (training->failure.code != 0) {
        end_rests(training, training->failure.code);
    } else if (training->app->lanes_stopping) {
        end_rests(training, HONE_E_CANCELLED);
    } else {
        /* A read that failed, or a verdict, may have been left. */
        if (training->trained < training->log_end) {
            hone_training_start(training);
        }
        hone_training_housekeep(training);
    }
}

void hone_training_cancel_waits(struct hone_training *training)
{
    hone_training_end_waits(training, HONE_E_CANCELLED);
}

/* ---- housekeeping ---- */

struct package_job {
    struct hone_job job;
    struct hone_training *training;
    uint64_t position;
};

int hone_training_store_package(struct hone_training *training, uint64_t *position,
                                struct hone_error *err)
{
    const struct hone_package *package = training->skill->package;
    struct hone_buf body;
    uint32_t unused = 0;
    json_t *value = hone_package_event_body(package);
    hone_buf_init(&body, BODY_BYTES_MAX);
    (void)hone_json_append(&body, value);
    json_decref(value);
    struct hone_store_transition transition = {
        .skill_id = training->store_id,
        .lease_token = training->lease_token,
        .expected_live = training->live_version,
        .live = training->live_version,
        .package = package->digest,
        .interface = training->skill->interface.digest,
        .event = HONE_STORE_EVENT_PACKAGE,
        .event_body = hone_buf_span(&body),
        .time_unix_ms = hone_clock_unix_ms(),
        .actor = hone_span_text("hone"),
        .action = hone_span_text("package"),
        .reason = hone_span_text("the package folder has changed"),
    };
    int status = hone_store_apply_transition(training->app->store, &transition, &unused,
                                             position, err);
    hone_buf_finish(&body);
    return status;
}

static void run_package(struct hone_job *job)
{
    struct package_job *package = (struct package_job *)(void *)job;
    job->status =
        hone_training_store_package(package->training, &package->position, &job->error);
}

static void done_package(struct hone_job *job)
{
    struct package_job *package = (struct package_job *)(void *)job;
    struct hone_training *training = package->training;
    training->package_running = false;
    if (job->status == 0) {
        training->package_pending = false;
        training->settles = package->position;
        hone_residence_drop_checkpoint(training);
        hone_training_notify(training, package->position);
    } else if (job->status != HONE_E_CANCELLED) {
        hone_log_warn("training", "package change not stored skill=%s cause=\"%s\"",
                      training->skill->package->name, job->error.message);
        hone_training_wake_resting(training, true);
    }
    free(package);
}

static void start_package(struct hone_training *training)
{
    struct package_job *package = hone_alloc_zeroed(1, sizeof(*package));
    package->training = training;
    package->job = (struct hone_job){.run = run_package,
                                     .done = done_package,
                                     .writes = true,
                                     .bounded_elsewhere = true};
    training->package_running = true;
    if (hone_worker_submit(training->app->worker, HONE_LANE_STORE, HONE_PRIORITY_NORMAL,
                           &package->job) != 0) {
        training->package_running = false;
        free(package);
    }
}

/* With much of the log before it, learning does not stop for each verdict that is due, only as often as
 * for a checkpoint. The verdict's place in the log is where it is written, sooner or later. */
static bool is_hurried(const struct hone_training *training, uint64_t n_unsaved)
{
    return training->log_end > training->trained + BACKLOG_EVENTS &&
           n_unsaved < (uint64_t)training->app->config->checkpoint_events;
}

static void start_what_is_due(struct hone_training *training)
{
    if (training->app->state != HONE_APP_RUNNING || training->trainer == NULL ||
        training->failure.code != 0 || training->action_pending ||
        training->verdict_running || training->package_running ||
        training->trained < training->settles) {
        return;
    }
    uint64_t since = training->trained > training->checkpointed
                         ? training->trained - training->checkpointed
                         : 0;
    if (training->package_pending) {
        start_package(training);
    } else if (training->due && !is_hurried(training, since)) {
        hone_verdict_start(training);
    } else if (!training->due && !training->checkpoint_running &&
               since >= (uint64_t)training->app->config->checkpoint_events) {
        hone_checkpoint_start(training);
    }
}

void hone_training_housekeep(struct hone_training *training)
{
    start_what_is_due(training);
    hone_training_wake_resting(training, false);
}
