/* (what is held back there (STORE) ->) load (CALL) -> done; or, when the live version's file is damaged: find the parent
 * (STORE) -> load ... until one is whole or there are no more. */
#include "server/loading.h"

#include "base/alloc.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/holds.h"

#include <stdlib.h>

#define ARENA_BYTES (4U * 1024 * 1024)

struct loading {
    struct hone_job job;
    struct hone_training *training;
    enum hone_priority priority;
    uint32_t live; /* version that the state counts as */
    struct hone_residence_source source;
    bool has_hold;                    /* something is, or was, held back */
    struct hone_hold hold;            /* where the version stands in the log */
    struct hone_hold checkpoint_hold; /* where the checkpoint does */
    uint32_t parent;                  /* found: the next to try; 0: none */
    struct hone_error
        cause; /* why the live version could not be loaded; code 0: it could */
    struct hone_loading_result result;
    hone_loading_cb done;
};

static struct loading *loading_of(struct hone_job *job)
{
    return HONE_LIST_OWNER(job, struct loading, job);
}

static const char *name_of(const struct loading *loading)
{
    return loading->training->skill->package->name;
}

/* ---- what is held back ---- */

static int read_holds(struct loading *loading, struct hone_error *err)
{
    const struct hone_residence_source *source = &loading->source;
    if (!loading->has_hold) {
        return 0;
    }
    int status =
        hone_holds_read(&loading->hold, loading->training, source->position, err);
    if (status == 0 && source->checkpoint_position != 0) {
        status = hone_holds_read(&loading->checkpoint_hold, loading->training,
                                 source->checkpoint_position, err);
    }
    return status;
}

static void run_holds(struct hone_job *job)
{
    job->status = read_holds(loading_of(job), &job->error);
}

/* ---- load ---- */

/* NULL when there is none, or none that is whole. */
static char *checkpoint_path(const struct loading *loading)
{
    struct hone_store *store = loading->training->app->store;
    struct hone_error err;
    if (loading->source.checkpoint_position == 0) {
        return NULL;
    }
    if (hone_store_verify_blob(store, loading->source.checkpoint, &err) != 0) {
        hone_log_warn("training", "checkpoint passed over skill=%s cause=\"%s\"",
                      name_of(loading), err.message);
        return NULL;
    }
    return hone_store_blob_path(store, loading->source.checkpoint);
}

/* Without the file of what is pinned the live version answers. */
static void set_hold(struct loading *loading, const struct hone_hold *hold)
{
    struct hone_error err;
    char *path = hone_holds_pinned_path(loading->training, hold);
    if (hone_trainer_set_hold(loading->result.trainer, hold, path, &err) != 0) {
        hone_log_error("training", "pinned version not loaded skill=%s cause=\"%s\"",
                       name_of(loading), err.message);
    }
    free(path);
}

static int load_files(struct loading *loading, struct hone_error *err)
{
    const struct hone_residence_source *source = &loading->source;
    const struct hone_package *package = loading->training->skill->package;
    struct hone_store *store = loading->training->app->store;
    int status = hone_store_verify_blob(store, source->tensors, err);
    if (status != 0) {
        return status;
    }
    char *path = hone_store_blob_path(store, source->tensors);
    char *checkpoint = checkpoint_path(loading);
    struct hone_trainer **trainer = &loading->result.trainer;
    const struct hone_hold *hold =
        checkpoint != NULL ? &loading->checkpoint_hold : &loading->hold;
    status = hone_trainer_load(trainer, package, source->version, source->position, path,
                               checkpoint, err);
    if (status != 0 && checkpoint != NULL) {
        hone_log_warn("training", "checkpoint passed over skill=%s cause=\"%s\"",
                      name_of(loading), err->message);
        hold = &loading->hold;
        status = hone_trainer_load(trainer, package, source->version, source->position,
                                   path, NULL, err);
    }
    if (status == 0) {
        set_hold(loading, hold);
    }
    free(checkpoint);
    free(path);
    return status;
}

static void take_picture(struct loading *loading)
{
    struct hone_loading_result *result = &loading->result;
    struct hone_trainer *trainer = result->trainer;
    result->position = hone_trainer_position(trainer);
    result->progress = hone_trainer_progress(trainer);
    result->measured = hone_trainer_measure(trainer);
    result->evidence = *hone_trainer_evidence(trainer);
    result->anchor_position = hone_trainer_anchor_position(trainer);
    result->fits = hone_trainer_fits_package(trainer);
    result->snapshot = hone_trainer_snapshot(trainer);
    if (hone_trainer_pinned(trainer) == 0) {
        result->snapshot->version = loading->live;
    }
    result->change = hone_trainer_change(trainer);
    result->memory_bytes = hone_trainer_memory_bytes(trainer);
}

static void run_load(struct hone_job *job)
{
    struct loading *loading = loading_of(job);
    job->status = load_files(loading, &job->error);
    if (job->status == 0) {
        take_picture(loading);
    }
}

/* ---- the nearest ancestor ---- */

static void run_find(struct hone_job *job)
{
    static const struct hone_digest none;
    struct loading *loading = loading_of(job);
    struct hone_training *training = loading->training;
    struct hone_arena arena;
    struct hone_store_version version;
    uint32_t number = loading->source.version;
    hone_arena_init(&arena, ARENA_BYTES);
    loading->parent = 0;
    do {
        job->status = hone_store_read_version(training->app->store, training->store_id,
                                              number, &arena, &version, &job->error);
        if (job->status == 0 && loading->parent != 0 &&
            !hone_digest_equal(version.tensors, none)) {
            break;
        }
        number = job->status == 0 ? version.parent : 0;
        loading->parent = number;
    } while (number != 0);
    if (loading->parent != 0) {
        loading->source = (struct hone_residence_source){
            .version = version.number,
            .tensors = version.tensors,
            .tensors_bytes = version.tensors_bytes,
            .position = version.position,
            .version_position = version.position,
        };
        job->status = read_holds(loading, &job->error);
    }
    hone_arena_finish(&arena);
}

/* ---- on the loop ---- */

static void finish(struct loading *loading, int status, const struct hone_error *err)
{
    loading->result.status = status;
    if (status != 0) {
        loading->result.error = *err;
        loading->result.error.code = status;
    }
    loading->done(loading->training, &loading->result);
    free(loading);
}

static void submit(struct loading *loading, enum hone_lane lane,
                   void (*run)(struct hone_job *job), void (*done)(struct hone_job *job))
{
    loading->job = (struct hone_job){.run = run, .done = done, .bounded_elsewhere = true};
    if (hone_worker_submit(loading->training->app->worker, lane, loading->priority,
                           &loading->job) != 0) {
        struct hone_error err = {0};
        finish(loading, hone_error_set(&err, HONE_E_CANCELLED, "the server is stopping"),
               &err);
    }
}

static void done_load(struct hone_job *job);

static void done_find(struct hone_job *job)
{
    struct loading *loading = loading_of(job);
    if (job->status == HONE_E_CANCELLED) {
        finish(loading, HONE_E_CANCELLED, &job->error);
    } else if (job->status != 0 || loading->parent == 0) {
        finish(loading, loading->cause.code, &loading->cause);
    } else {
        submit(loading, HONE_LANE_CALL, run_load, done_load);
    }
}

/* The log from an ancestor on leads to the same state. Not so after a rollback, for which the
 * log would need the damaged file itself. */
static bool has_ancestors(const struct loading *loading, int status)
{
    return (status == HONE_E_CORRUPT || status == HONE_E_NOT_FOUND) &&
           loading->source.position == loading->source.version_position;
}

static void done_load(struct hone_job *job)
{
    struct loading *loading = loading_of(job);
    if (job->status == 0 && loading->cause.code != 0) {
        hone_log_error(
            "training",
            "live tensors damaged, learning again from an older version skill=%s "
            "live=%u from=%u cause=\"%s\"",
            name_of(loading), loading->live, loading->source.version,
            loading->cause.message);
    }
    if (job->status == 0 || !has_ancestors(loading, job->status)) {
        finish(loading, job->status, &job->error);
        return;
    }
    if (loading->cause.code == 0) {
        loading->cause = job->error;
        loading->cause.code = job->status;
    }
    submit(loading, HONE_LANE_STORE, run_find, done_find);
}

static void done_holds(struct hone_job *job)
{
    struct loading *loading = loading_of(job);
    if (job->status != 0) {
        finish(loading, job->status, &job->error);
    } else {
        submit(loading, HONE_LANE_CALL, run_load, done_load);
    }
}

void hone_loading_start(struct hone_training *training, enum hone_priority priority,
                        hone_loading_cb done)
{
    struct loading *loading = hone_alloc_zeroed(1, sizeof(*loading));
    loading->training = training;
    loading->priority = priority;
    loading->live = training->live_version;
    loading->source = training->residence.source;
    loading->done = done;
    loading->has_hold = training->hold != NULL;
    if (loading->has_hold) {
        submit(loading, HONE_LANE_STORE, run_holds, done_holds);
    } else {
        submit(loading, HONE_LANE_CALL, run_load, done_load);
    }
}
