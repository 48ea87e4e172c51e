#include "server/saving.h"

#include "base/alloc.h"
#include "server/app_internal.h"

#include <stdlib.h>
#include <unistd.h>

struct saving {
    struct hone_job job;
    struct hone_training *training;
    enum hone_trainer_state state;
    struct hone_trainer_save *save;
    bool more;
    struct hone_saving_result result;
    hone_saving_cb done;
    void *user;
};

static void run_slice(struct hone_job *job)
{
    struct saving *saving = (struct saving *)(void *)job;
    if (saving->save == NULL) {
        job->status = hone_trainer_save_create(&saving->save, saving->training->trainer,
                                               saving->state, saving->result.temp_path,
                                               &job->error);
        if (job->status != 0) {
            return;
        }
    }
    int step = hone_trainer_save_step(saving->save, HONE_SAVING_SLICE_BYTES, &job->error);
    saving->more = step == 1;
    job->status = step < 0 ? step : 0;
    if (step == 0) {
        hone_trainer_save_result(saving->save, &saving->result.digest,
                                 &saving->result.size_bytes, &saving->result.position);
        saving->result.version = hone_trainer_save_version(saving->save);
    }
    if (step <= 0) {
        hone_trainer_save_destroy(saving->save);
        saving->save = NULL;
    }
}

static void finish(struct saving *saving)
{
    saving->result.status = saving->job.status;
    saving->result.error = saving->job.error;
    if (saving->job.status != 0) {
        /* Cancelled at the stop: the TRAIN lane has ended, so the save is ours to end. */
        hone_trainer_save_destroy(saving->save);
        (void)unlink(saving->result.temp_path);
    }
    saving->done(saving->training, saving->user, &saving->result);
    free(saving);
}

static void submit_slice(struct saving *saving)
{
    if (hone_worker_submit(saving->training->app->worker, HONE_LANE_TRAIN,
                           HONE_PRIORITY_IDLE, &saving->job) != 0) {
        saving->job.status = HONE_E_CANCELLED;
        finish(saving);
    }
}

static void done_slice(struct hone_job *job)
{
    struct saving *saving = (struct saving *)(void *)job;
    if (job->status == 0 && saving->more) {
        submit_slice(saving);
        return;
    }
    finish(saving);
}

void hone_saving_start(struct hone_training *training, enum hone_trainer_state state,
                       hone_saving_cb done, void *user)
{
    struct saving *saving = hone_alloc_zeroed(1, sizeof(*saving));
    saving->training = training;
    saving->state = state;
    saving->done = done;
    saving->user = user;
    saving->result.temp_path = hone_store_temp_path(training->app->store);
    saving->job = (struct hone_job){
        .run = run_slice, .done = done_slice, .bounded_elsewhere = true};
    submit_slice(saving);
}
