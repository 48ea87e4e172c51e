#include "server/checkpoint.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/app_internal.h"
#include "server/saving.h"

#include <stdlib.h>
#include <unistd.h>

struct checkpoint {
    struct hone_job job;
    struct hone_training *training;
    uint32_t version; /* on which it builds */
    struct hone_saving_result saved;
};

static void finish(struct checkpoint *checkpoint, int status, const char *cause)
{
    struct hone_training *training = checkpoint->training;
    training->checkpoint_running = false;
    if (status == 0) {
        training->checkpointed = checkpoint->saved.position;
        hone_residence_set_checkpoint(training, checkpoint->version,
                                      checkpoint->saved.digest,
                                      checkpoint->saved.position);
    } else if (status != HONE_E_STALE && status != HONE_E_CANCELLED) {
        training->checkpointed = training->trained; /* tried again as many events later */
        hone_log_warn("training", "no checkpoint skill=%s cause=\"%s\"",
                      training->skill->package->name, cause);
    }
    if (checkpoint->saved.temp_path != NULL) {
        (void)unlink(checkpoint->saved.temp_path);
        free(checkpoint->saved.temp_path);
    }
    free(checkpoint);
    hone_residence_checkpointed(training, status);
}

static void run_store(struct hone_job *job)
{
    struct checkpoint *checkpoint = (struct checkpoint *)(void *)job;
    struct hone_training *training = checkpoint->training;
    struct hone_store *store = training->app->store;
    struct hone_store_checkpoint row = {
        .version = checkpoint->version,
        .position = checkpoint->saved.position,
        .tensors = checkpoint->saved.digest,
        .tensors_bytes = checkpoint->saved.size_bytes,
    };
    job->status = hone_store_keep_blob(store, checkpoint->saved.temp_path, row.tensors,
                                       &job->error);
    if (job->status == 0) {
        job->status =
            hone_store_set_checkpoint(store, training->store_id, training->lease_token,
                                      &row, hone_clock_unix_ms(), &job->error);
    }
}

static void done_store(struct hone_job *job)
{
    finish((struct checkpoint *)(void *)job, job->status, job->error.message);
}

static void on_saved(struct hone_training *training, void *user,
                     struct hone_saving_result *result)
{
    struct checkpoint *checkpoint = user;
    checkpoint->saved = *result;
    if (result->status != 0) {
        finish(checkpoint, result->status, result->error.message);
        return;
    }
    checkpoint->job = (struct hone_job){
        .run = run_store, .done = done_store, .writes = true, .bounded_elsewhere = true};
    if (hone_worker_submit(training->app->worker, HONE_LANE_STORE, HONE_PRIORITY_NORMAL,
                           &checkpoint->job) != 0) {
        finish(checkpoint, HONE_E_CANCELLED, "");
    }
}

void hone_checkpoint_start(struct hone_training *training)
{
    struct checkpoint *checkpoint = hone_alloc_zeroed(1, sizeof(*checkpoint));
    checkpoint->training = training;
    checkpoint->version = training->live_version;
    training->checkpoint_running = true;
    hone_saving_start(training, HONE_TRAINER_SERVED, on_saved, checkpoint);
}
