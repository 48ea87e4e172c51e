/* read (STORE) -> go through in slices (TRAIN, idle) -> read on ... -> report. */
#include "server/evaluation.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/feedback.h"
#include "server/training.h"
#include "skills/choose_eval.h"

#include <stdlib.h>

#define READ_EVENTS 256
#define ARENA_BYTES (64U * 1024 * 1024)
#define SLICE_US    20000U

struct evaluation {
    struct hone_job job;
    struct hone_training *training;
    struct hone_choose_eval *eval;
    uint64_t after; /* position that was read last */
    struct hone_arena arena;
    struct hone_store_event *events;
    size_t n_events, next;
    hone_evaluation_cb done;
    void *user;
};

static void finish(struct evaluation *evaluation, int status)
{
    json_t *report = NULL;
    if (status == 0) {
        report = hone_choose_eval_report(evaluation->eval);
    }
    evaluation->training->evaluation_pending = false;
    evaluation->done(evaluation->user, status, report, &evaluation->job.error);
    json_decref(report);
    hone_choose_eval_destroy(evaluation->eval);
    hone_arena_finish(&evaluation->arena);
    free(evaluation);
}

static void submit_read(struct evaluation *evaluation);
static void submit_slice(struct evaluation *evaluation);

static void submit(struct evaluation *evaluation, enum hone_lane lane,
                   void (*run)(struct hone_job *job), void (*done)(struct hone_job *job))
{
    evaluation->job = (struct hone_job){.run = run, .done = done};
    if (hone_worker_submit(evaluation->training->app->worker, lane, HONE_PRIORITY_IDLE,
                           &evaluation->job) != 0) {
        finish(evaluation, hone_error_set(&evaluation->job.error, HONE_E_AGAIN,
                                          "the server has too much to do"));
    }
}

static void run_read(struct hone_job *job)
{
    struct evaluation *evaluation = HONE_LIST_OWNER(job, struct evaluation, job);
    const struct hone_training *training = evaluation->training;
    job->status = hone_store_read_log(
        training->app->store, training->store_id, evaluation->after, READ_EVENTS,
        &evaluation->arena, &evaluation->events, &evaluation->n_events, &job->error);
}

static void done_read(struct hone_job *job)
{
    struct evaluation *evaluation = HONE_LIST_OWNER(job, struct evaluation, job);
    if (job->status != 0 || evaluation->n_events == 0) {
        finish(evaluation, job->status);
    } else {
        evaluation->next = 0;
        submit_slice(evaluation);
    }
}

static void submit_read(struct evaluation *evaluation)
{
    hone_arena_finish(&evaluation->arena);
    hone_arena_init(&evaluation->arena, ARENA_BYTES);
    submit(evaluation, HONE_LANE_STORE, run_read, done_read);
}

static int add_event(struct evaluation *evaluation, const struct hone_store_event *stored,
                     struct hone_error *err)
{
    json_t *input = NULL;
    if (stored->kind != HONE_STORE_EVENT_FEEDBACK) {
        return 0;
    }
    if (stored->call.input.len > 0 &&
        hone_json_parse(&input, stored->call.input, err) != 0) {
        input = NULL; /* counted as passed over */
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
        .is_repeated = stored->is_repeated,
    };
    int status = hone_choose_eval_add(evaluation->eval, &event,
                                      (double)stored->call.propensity, err);
    json_decref(input);
    return status;
}

static void run_slice(struct hone_job *job)
{
    struct evaluation *evaluation = HONE_LIST_OWNER(job, struct evaluation, job);
    uint64_t began_us = hone_clock_monotonic_us();
    while (evaluation->next < evaluation->n_events && job->status == 0 &&
           hone_clock_monotonic_us() - began_us < SLICE_US) {
        const struct hone_store_event *event = &evaluation->events[evaluation->next++];
        evaluation->after = event->position;
        job->status = add_event(evaluation, event, &job->error);
    }
}

static void done_slice(struct hone_job *job)
{
    struct evaluation *evaluation = HONE_LIST_OWNER(job, struct evaluation, job);
    if (job->status != 0) {
        finish(evaluation, job->status);
    } else if (evaluation->next < evaluation->n_events) {
        submit_slice(evaluation);
    } else {
        submit_read(evaluation);
    }
}

static void submit_slice(struct evaluation *evaluation)
{
    submit(evaluation, HONE_LANE_TRAIN, run_slice, done_slice);
}

static int read_interval(enum hone_off_policy_interval *out, struct hone_span text,
                         struct hone_error *err)
{
    *out = hone_span_is(text, "bernstein") ? HONE_OFF_POLICY_BERNSTEIN
                                           : HONE_OFF_POLICY_NORMAL;
    return text.len == 0 || *out == HONE_OFF_POLICY_BERNSTEIN ||
                   hone_span_is(text, "normal")
               ? 0
               : hone_error_set(err, HONE_E_INVALID,
                                "interval must be normal or bernstein");
}

int hone_evaluation_start(struct hone_training *training, struct hone_span policy,
                          struct hone_span interval, hone_evaluation_cb done, void *user,
                          struct hone_error *err)
{
    enum hone_off_policy_interval kind = HONE_OFF_POLICY_NORMAL;
    struct hone_choose_eval *eval = NULL;
    int status = read_interval(&kind, interval, err);
    if (status == 0 && training->evaluation_pending) {
        status = hone_error_set(err, HONE_E_BUSY, "%s is being evaluated already",
                                training->skill->package->name);
    }
    if (status == 0) {
        status =
            hone_choose_eval_create(&eval, training->skill->package, policy, kind, err);
    }
    if (status != 0) {
        return status;
    }
    struct evaluation *evaluation = hone_alloc_zeroed(1, sizeof(*evaluation));
    evaluation->training = training;
    evaluation->eval = eval;
    evaluation->done = done;
    evaluation->user = user;
    if (training->log_end > HONE_EVALUATION_EVENTS_MAX) {
        evaluation->after = training->log_end - HONE_EVALUATION_EVENTS_MAX;
    }
    hone_arena_init(&evaluation->arena, ARENA_BYTES);
    training->evaluation_pending = true;
    submit_read(evaluation);
    return 0;
}
