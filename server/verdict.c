/* start -> (promoted: saving) -> transaction -> the event is in the log -> training folds
 * it.
 *
 * Whatever fails leaves the verdict due; it is tried again after the next event. An
 * action that is asked for meanwhile waits for its end. */
#include "server/verdict.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "schema/json.h"
#include "server/action.h"
#include "server/app_internal.h"
#include "server/holds.h"
#include "server/saving.h"
#include "server/skill_resources.h"

#include <stdlib.h>
#include <unistd.h>

#define EVIDENCE_BYTES_MAX 65536

struct verdict {
    struct hone_job job;
    struct hone_training *training;
    /* Versions when it starts; nothing else changes them meanwhile. */
    uint32_t live, last;
    struct hone_gate_report report;
    uint64_t candidate_position;
    struct hone_saving_result saved; /* for promoted */
    struct hone_buf body;            /* the event's JSON */
    struct hone_buf evidence;        /* the version row's JSON */
    uint32_t version;                /* out */
    int64_t created_unix_ms;         /* out: of that version */
    uint64_t event_position;         /* out */
};

static void verdict_destroy(struct verdict *verdict)
{
    if (verdict->saved.temp_path != NULL) {
        (void)unlink(verdict->saved.temp_path);
        free(verdict->saved.temp_path);
    }
    hone_buf_finish(&verdict->body);
    hone_buf_finish(&verdict->evidence);
    free(verdict);
}

static void run_prune(struct hone_job *job)
{
    struct verdict *verdict = (struct verdict *)(void *)job;
    struct hone_hold hold;
    job->status = hone_holds_read(&hold, verdict->training, UINT64_MAX, &job->error);
    if (job->status != 0 || hold.pinned != 0) {
        return; /* what is pinned is kept, however old it is; the next verdict prunes */
    }
    job->status = hone_store_prune_versions(
        verdict->training->app->store, verdict->training->store_id,
        (uint32_t)verdict->training->app->config->keep_versions, &job->error);
}

static void done_prune(struct hone_job *job)
{
    struct verdict *verdict = (struct verdict *)(void *)job;
    if (job->status != 0 && job->status != HONE_E_CANCELLED) {
        hone_log_warn("training", "old tensors not removed skill=%s cause=\"%s\"",
                      verdict->training->skill->package->name, job->error.message);
    }
    verdict_destroy(verdict);
}

static enum hone_store_status version_status(enum hone_gate_verdict verdict)
{
    switch (verdict) {
    case HONE_GATE_PROMOTED:
        return HONE_STORE_LIVE;
    case HONE_GATE_REJECTED:
        return HONE_STORE_REJECTED;
    case HONE_GATE_INCONCLUSIVE:
        return HONE_STORE_INCONCLUSIVE;
    default:
        return HONE_STORE_ERROR;
    }
}

static void run_transition(struct hone_job *job)
{
    struct verdict *verdict = (struct verdict *)(void *)job;
    struct hone_training *training = verdict->training;
    struct hone_store *store = training->app->store;
    bool promoted = verdict->report.verdict == HONE_GATE_PROMOTED;
    int64_t now_unix_ms = hone_clock_unix_ms();
    verdict->created_unix_ms = now_unix_ms;
    if (promoted) {
        job->status = hone_store_keep_blob(store, verdict->saved.temp_path,
                                           verdict->saved.digest, &job->error);
        if (job->status != 0) {
            return;
        }
    }
    struct hone_store_version version = {
        .parent = verdict->live,
        .status = version_status(verdict->report.verdict),
        .package = training->skill->package->digest,
        .tensors = verdict->saved.digest,
        .tensors_bytes = verdict->saved.size_bytes,
        .position = verdict->candidate_position,
        .created_unix_ms = now_unix_ms,
        .evidence = hone_buf_span(&verdict->evidence),
    };
    struct hone_store_transition transition = {
        .skill_id = training->store_id,
        .lease_token = training->lease_token,
        .expected_live = verdict->live,
        .new_version = &version,
        .live = promoted ? verdict->last + 1 : verdict->live,
        .former_live = HONE_STORE_RETIRED,
        .position = promoted ? verdict->candidate_position : 0,
        .event = HONE_STORE_EVENT_GATE,
        .event_body = hone_buf_span(&verdict->body),
        .time_unix_ms = now_unix_ms,
        .actor = hone_span_text("gate"),
        .action = hone_span_text(hone_gate_verdict_name(verdict->report.verdict)),
        .reason = hone_span_text(verdict->report.reason),
    };
    job->status = hone_store_apply_transition(store, &transition, &verdict->version,
                                              &verdict->event_position, &job->error);
}

static void note_success(struct verdict *verdict)
{
    struct hone_training *training = verdict->training;
    training->last_version = verdict->version;
    training->settles = verdict->event_position;
    training->due = false;
    hone_residence_drop_checkpoint(training);
    if (verdict->report.verdict == HONE_GATE_PROMOTED) {
        training->live_version = verdict->version;
        training->live_created_unix_ms = verdict->created_unix_ms;
        training->tensors_bytes = verdict->saved.size_bytes;
        training->checkpointed = verdict->candidate_position;
        hone_residence_set_live(training,
                                &(struct hone_residence_source){
                                    .version = verdict->version,
                                    .tensors = verdict->saved.digest,
                                    .tensors_bytes = verdict->saved.size_bytes,
                                    .position = verdict->candidate_position,
                                    .version_position = verdict->candidate_position});
        hone_skill_resources_updated(training->app, training->skill);
    }
    hone_log_info(
        "training",
        "verdict skill=%s verdict=%s version=%u pairs=%llu gain=%.4f reason=\"%s\"",
        training->skill->package->name, hone_gate_verdict_name(verdict->report.verdict),
        verdict->version, (unsigned long long)verdict->report.n_pairs,
        verdict->report.mean_gain, verdict->report.reason);
}

static void done_transition(struct hone_job *job)
{
    struct verdict *verdict = (struct verdict *)(void *)job;
    struct hone_training *training = verdict->training;
    training->verdict_running = false;
    if (job->status != 0) {
        hone_log_warn("training", "verdict not stored skill=%s cause=\"%s\"",
                      training->skill->package->name, job->error.message);
        verdict_destroy(verdict);
        hone_action_resume(training);
        hone_training_wake_resting(training, true);
        return;
    }
    note_success(verdict);
    hone_action_resume(training);
    hone_training_notify(training, verdict->event_position);
    verdict->job = (struct hone_job){
        .run = run_prune, .done = done_prune, .bounded_elsewhere = true};
    if (hone_worker_submit(training->app->worker, HONE_LANE_STORE, HONE_PRIORITY_IDLE,
                           &verdict->job) != 0) {
        verdict_destroy(verdict);
    }
}

static void abandon(struct verdict *verdict, const char *cause)
{
    struct hone_training *training = verdict->training;
    training->verdict_running = false;
    hone_log_warn("training", "verdict put off skill=%s cause=\"%s\"",
                  training->skill->package->name, cause);
    verdict_destroy(verdict);
    hone_action_resume(training);
    hone_training_wake_resting(training, true);
}

static void submit_transition(struct verdict *verdict)
{
    struct hone_training *training = verdict->training;
    verdict->job = (struct hone_job){.run = run_transition,
                                     .done = done_transition,
                                     .writes = true,
                                     .bounded_elsewhere = true};
    if (hone_worker_submit(training->app->worker, HONE_LANE_STORE, HONE_PRIORITY_NORMAL,
                           &verdict->job) != 0) {
        abandon(verdict, "the store's queue is full");
    }
}

static void on_saved(struct hone_training *training, void *user,
                     struct hone_saving_result *result)
{
    struct verdict *verdict = user;
    (void)training;
    verdict->saved = *result;
    if (result->status != 0) {
        abandon(verdict,
                result->status == HONE_E_CANCELLED ? "stopping" : result->error.message);
        return;
    }
    submit_transition(verdict);
}

static void write_body(struct verdict *verdict, uint32_t version)
{
    json_t *body =
        hone_trainer_verdict_body(&verdict->report, verdict->candidate_position, version);
    hone_buf_init(&verdict->body, EVIDENCE_BYTES_MAX);
    hone_buf_init(&verdict->evidence, EVIDENCE_BYTES_MAX);
    (void)hone_json_append(&verdict->body, body);
    (void)hone_json_append(&verdict->evidence, json_object_get(body, "report"));
    json_decref(body);
}

void hone_verdict_start(struct hone_training *training)
{
    struct verdict *verdict = hone_alloc_zeroed(1, sizeof(*verdict));
    bool promoted = training->report.verdict == HONE_GATE_PROMOTED;
    verdict->training = training;
    verdict->live = training->live_version;
    verdict->last = training->last_version;
    verdict->report = training->report;
    verdict->candidate_position = training->candidate_position;
    training->verdict_running = true;
    write_body(verdict, promoted ? training->last_version + 1 : 0);
    if (promoted) {
        hone_saving_start(training, HONE_TRAINER_CANDIDATE, on_saved, verdict);
    } else {
        submit_transition(verdict);
    }
}
