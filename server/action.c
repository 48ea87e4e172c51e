/* What names a version: find it (STORE) -> verify its tensors (CALL) -> apply (STORE). All else:
 * apply. Then, on the loop: the trainer folds the event -> served. */
#include "server/action.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/holds.h"
#include "server/skill_resources.h"

#include <stdlib.h>

#define ARENA_BYTES (1024U * 1024)

struct hone_action {
    struct hone_job job;
    struct hone_training *training;
    struct hone_training_waiter waiter;
    struct hone_action_result result;
    enum hone_action_kind kind;
    uint32_t to, asked,
        live; /* asked, live: what was live when it was asked for, when it starts */
    struct hone_digest tensors;
    uint64_t tensors_bytes, version_position; /* of the version to go to */
    int64_t created_unix_ms;                  /* of the version to go to */
    json_t *hold;                             /* the event's body; NULL for a rollback */
    char *text;                               /* of the event */
    char *actor, *reason;
    hone_action_cb done;
    void *user;
};

static const struct {
    const char *name;
    bool needs_reason, takes_version;
} kinds[] = {
    [HONE_ACTION_FREEZE] = {"freeze", true, false},
    [HONE_ACTION_PIN] = {"pin", true, true},
    [HONE_ACTION_PROMOTE] = {"promote", true, true},
    [HONE_ACTION_ROLLBACK] = {"rollback", false, true},
    [HONE_ACTION_THAW] = {"thaw", true, false},
    [HONE_ACTION_UNPIN] = {"unpin", true, false},
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *hone_action_name(enum hone_action_kind kind)
{
    return kinds[kind].name;
}

int hone_action_find(struct hone_span name)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        if (hone_span_is(name, kinds[i].name)) {
            return (int)i;
        }
    }
    return -1;
}

bool hone_action_needs_reason(enum hone_action_kind kind)
{
    return kinds[kind].needs_reason;
}

bool hone_action_takes_version(enum hone_action_kind kind)
{
    return kinds[kind].takes_version;
}

bool hone_action_moves(enum hone_action_kind kind)
{
    return kind == HONE_ACTION_PROMOTE || kind == HONE_ACTION_ROLLBACK;
}

static void destroy(struct hone_action *action)
{
    json_decref(action->hold);
    free(action->text);
    free(action->actor);
    free(action->reason);
    free(action);
}

static void finish(struct hone_action *action, int status)
{
    struct hone_training *training = action->training;
    training->action_pending = false;
    action->result.status = status;
    action->done(action->user, &action->result);
    destroy(action);
    hone_training_housekeep(training); /* what had to wait */
}

static void finish_unchanged(struct hone_action *action)
{
    action->result.is_done_before = true;
    action->result.from = action->live;
    action->result.live = action->live;
    finish(action, 0);
}

/* ---- find -> verify -> apply -> served ---- */

static void submit(struct hone_action *action, enum hone_lane lane,
                   void (*run)(struct hone_job *job), void (*done)(struct hone_job *job));

/* The number of the version: the one asked for, or the live one, or for a rollback its parent. */
static int find_number(struct hone_action *action, struct hone_arena *arena,
                       struct hone_error *err)
{
    struct hone_training *training = action->training;
    struct hone_store_version live;
    if (action->to == 0 && action->kind != HONE_ACTION_ROLLBACK) {
        action->to = action->asked;
    }
    if (action->to != 0) {
        return 0;
    }
    int status = hone_store_read_version(training->app->store, training->store_id,
                                         action->asked, arena, &live, err);
    if (status == 0 && live.parent == 0) {
        status = hone_error_set(err, HONE_E_NOT_FOUND,
                                "version %u is the first: it has no parent", live.number);
    }
    action->to = status == 0 ? live.parent : 0;
    return status;
}

static int find_target(struct hone_action *action, struct hone_arena *arena,
                       struct hone_error *err)
{
    static const struct hone_digest none;
    struct hone_training *training = action->training;
    struct hone_store_version target;
    int status = find_number(action, arena, err);
    if (status == 0) {
        status = hone_store_read_version(training->app->store, training->store_id,
                                         action->to, arena, &target, err);
    }
    if (status == 0 && hone_digest_equal(target.tensors, none)) {
        status = hone_error_set(err, HONE_E_NOT_FOUND,
                                "the tensors of version %u are not kept", action->to);
        (void)hone_error_hint(err,
                              "`hone versions %s` shows which versions can be served",
                              training->skill->package->name);
    }
    if (status == 0) {
        action->tensors = target.tensors;
        action->tensors_bytes = target.tensors_bytes;
        action->version_position = target.position;
        action->created_unix_ms = target.created_unix_ms;
    }
    return status;
}

static void run_find(struct hone_job *job)
{
    struct hone_action *action = HONE_LIST_OWNER(job, struct hone_action, job);
    struct hone_arena arena;
    hone_arena_init(&arena, ARENA_BYTES);
    job->status = find_target(action, &arena, &job->error);
    hone_arena_finish(&arena);
}

/* Hashing a large file takes a while; nobody waits for this lane. */
static void run_verify(struct hone_job *job)
{
    struct hone_action *action = HONE_LIST_OWNER(job, struct hone_action, job);
    job->status = hone_store_verify_blob(action->training->app->store, action->tensors,
                                         &job->error);
}

/* Its tensors may have been forgotten since they were found. */
static int check_target(struct hone_action *action, struct hone_error *err)
{
    struct hone_training *training = action->training;
    struct hone_store_version target;
    struct hone_arena arena;
    hone_arena_init(&arena, ARENA_BYTES);
    int status = hone_store_read_version(training->app->store, training->store_id,
                                         action->to, &arena, &target, err);
    if (status == 0 && !hone_digest_equal(target.tensors, action->tensors)) {
        status = hone_error_set(
            err, HONE_E_STALE, "the tensors of version %u were just removed", action->to);
    }
    hone_arena_finish(&arena);
    return status;
}

static char *move_body(const struct hone_action *action)
{
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(action->tensors, digest);
    return hone_alloc_format("{\"to\":%u,\"from\":%u,\"tensors\":\"%s\"}",
                             (unsigned)action->to, (unsigned)action->live, digest);
}

static void run_apply(struct hone_job *job)
{
    struct hone_action *action = HONE_LIST_OWNER(job, struct hone_action, job);
    struct hone_training *training = action->training;
    bool moves = action->hold == NULL;
    job->status = action->to != 0 ? check_target(action, &job->error) : 0;
    if (job->status != 0) {
        return;
    }
    action->text = moves ? move_body(action)
                         : json_dumps(action->hold, JSON_COMPACT | JSON_SORT_KEYS);
    struct hone_store_transition transition = {
        .skill_id = training->store_id,
        .lease_token = training->lease_token,
        .expected_live = action->live,
        .live = moves ? action->to : action->live,
        .former_live = action->kind == HONE_ACTION_PROMOTE ? HONE_STORE_RETIRED
                                                           : HONE_STORE_ROLLED_BACK,
        .position = moves ? UINT64_MAX : 0,
        .event = moves ? HONE_STORE_EVENT_ROLLBACK : HONE_STORE_EVENT_HOLD,
        .event_body = hone_span_text(action->text),
        .time_unix_ms = hone_clock_unix_ms(),
        .actor = hone_span_text(action->actor),
        .action = hone_span_text(hone_action_name(action->kind)),
        .reason = hone_span_text(action->reason),
    };
    job->status = hone_store_apply_transition(training->app->store, &transition, NULL,
                                              &action->result.position, &job->error);
}

static void on_served(struct hone_training_waiter *waiter, int status)
{
    struct hone_action *action = HONE_LIST_OWNER(waiter, struct hone_action, waiter);
    if (status != 0) {
        (void)hone_error_set(
            &action->result.error, status, "the %s is stored but not served yet: %s",
            hone_action_name(action->kind),
            action->training->failure.code != 0 ? action->training->failure.message
                                                : hone_error_name(status));
    }
    finish(action, status);
}

/* Ends the action when its job has failed. */
static bool has_failed(struct hone_action *action)
{
    if (action->job.status == 0) {
        return false;
    }
    action->result.error = action->job.error;
    finish(action, action->job.status);
    return true;
}

static void note_live(struct hone_action *action)
{
    struct hone_training *training = action->training;
    action->result.from = action->live;
    action->result.live = action->to;
    training->live_version = action->to;
    training->live_created_unix_ms = action->created_unix_ms;
    training->tensors_bytes = action->tensors_bytes;
    training->checkpointed = action->result.position;
    hone_residence_set_live(training, &(struct hone_residence_source){
                                          .version = action->to,
                                          .tensors = action->tensors,
                                          .tensors_bytes = action->tensors_bytes,
                                          .position = action->result.position,
                                          .version_position = action->version_position});
    hone_log_info("training", "%s skill=%s from=%u to=%u actor=%s reason=\"%s\"",
                  action->kind == HONE_ACTION_PROMOTE ? "promoted" : "rolled back",
                  training->skill->package->name, action->live, action->to, action->actor,
                  action->reason);
}

static void note_hold(struct hone_action *action)
{
    struct hone_training *training = action->training;
    hone_residence_drop_checkpoint(training);
    hone_holds_set_take(training, json_incref(action->hold), action->result.position);
    hone_log_info("training", "%s skill=%s actor=%s reason=\"%s\"",
                  hone_action_name(action->kind), training->skill->package->name,
                  action->actor, action->reason);
}

static void done_apply(struct hone_job *job)
{
    struct hone_action *action = HONE_LIST_OWNER(job, struct hone_action, job);
    struct hone_training *training = action->training;
    if (has_failed(action)) {
        return;
    }
    if (action->hold == NULL) {
        note_live(action);
    } else {
        note_hold(action);
    }
    training->settles = action->result.position;
    hone_skill_resources_updated(training->app, training->skill);
    action->waiter.position = action->result.position;
    action->waiter.done = on_served;
    hone_training_notify(training, action->result.position);
    hone_training_wait(training, &action->waiter); /* may end the action at once */
}

static void submit_apply(struct hone_action *action)
{
    submit(action, HONE_LANE_STORE, run_apply, done_apply);
}

/* Of an action that holds something back or lets it go. */
static void start_hold(struct hone_action *action)
{
    struct hone_training *training = action->training;
    const struct hone_holds_change change = {
        .kind = action->kind,
        .actor = hone_span_text(action->actor),
        .reason = hone_span_text(action->reason),
        .version = action->to,
        .tensors = action->tensors,
        .position = action->version_position,
    };
    action->hold = hone_holds_change(training, &change);
    if (action->hold == NULL) {
        action->result.position = training->hold_position;
        finish_unchanged(action);
        return;
    }
    submit_apply(action);
}

static void done_verify(struct hone_job *job)
{
    struct hone_action *action = HONE_LIST_OWNER(job, struct hone_action, job);
    if (has_failed(action)) {
        return;
    }
    if (action->kind == HONE_ACTION_PIN) {
        start_hold(action);
    } else {
        submit_apply(action);
    }
}

static void done_find(struct hone_job *job)
{
    struct hone_action *action = HONE_LIST_OWNER(job, struct hone_action, job);
    if (!has_failed(action)) {
        submit(action, HONE_LANE_CALL, run_verify, done_verify);
    }
}

static void submit(struct hone_action *action, enum hone_lane lane,
                   void (*run)(struct hone_job *job), void (*done)(struct hone_job *job))
{
    action->job = (struct hone_job){
        .run = run, .done = done, .writes = run == run_apply, .bounded_elsewhere = true};
    if (hone_worker_submit(action->training->app->worker, lane, HONE_PRIORITY_NORMAL,
                           &action->job) != 0) {
        (void)hone_error_set(&action->result.error, HONE_E_CANCELLED,
                             "the server is stopping");
        finish(action, HONE_E_CANCELLED);
    }
}

/* What cannot be done while a version is pinned, as calls would see nothing of it. */
static int check_pinned(const struct hone_action *action, struct hone_error *err)
{
    struct hone_training *training = action->training;
    uint32_t pinned = hone_holds_pinned(training);
    if (pinned == 0 || !hone_action_moves(action->kind)) {
        return 0;
    }
    const char *skill = training->skill->package->name;
    (void)hone_error_set(err, HONE_E_INVALID,
                         "%s is pinned to version %u, which answers whatever is live",
                         skill, (unsigned)pinned);
    return hone_error_hint(err, "hone pin %s --to N pins another; hone unpin %s ends it",
                           skill, skill);
}

static void start(struct hone_action *action)
{
    struct hone_training *training = action->training;
    action->live = training->live_version;
    int status = check_pinned(action, &action->result.error);
    if (status != 0) {
        finish(action, status);
    } else if (action->kind == HONE_ACTION_PROMOTE && action->to == action->live) {
        finish_unchanged(action);
    } else if (kinds[action->kind].takes_version) {
        submit(action, HONE_LANE_STORE, run_find, done_find);
    } else {
        start_hold(action);
    }
}

void hone_action_start(struct hone_training *training,
                       const struct hone_action_order *order, hone_action_cb done,
                       void *user)
{
    struct hone_action *action = hone_alloc_zeroed(1, sizeof(*action));
    action->training = training;
    action->kind = order->kind;
    action->to = order->to;
    action->asked = training->live_version;
    action->actor = hone_alloc_bytes(order->actor.data, order->actor.len);
    action->reason = hone_alloc_bytes(order->reason.data, order->reason.len);
    action->done = done;
    action->user = user;
    if (training->action_pending) {
        action->result.status = hone_error_set(
            &action->result.error, HONE_E_AGAIN,
            "another action on this skill is under way, such as a rollback");
        (void)hone_error_hint(&action->result.error, "try again when it has ended");
        done(user, &action->result);
        destroy(action);
        return;
    }
    training->action_pending = true;
    if (training->verdict_running) {
        training->queued_action = action;
    } else {
        start(action);
    }
}

void hone_action_resume(struct hone_training *training)
{
    struct hone_action *action = training->queued_action;
    if (action != NULL && !training->verdict_running) {
        training->queued_action = NULL;
        start(action);
    }
}
