/* step (STORE or CALL) -> step ... -> report. */
#include "server/verification.h"

#include "base/alloc.h"
#include "server/app_internal.h"
#include "store/verify.h"

#include <stdlib.h>

struct verification {
    struct hone_job job;
    struct hone_app *app;
    struct hone_verify *verify;
    hone_verification_cb done;
    void *user;
};

static void finish(struct verification *verification, int status)
{
    json_t *report = status == 0 ? hone_verify_report(verification->verify) : NULL;
    verification->app->verification_running = false;
    verification->done(verification->user, status, report, &verification->job.error);
    json_decref(report);
    hone_verify_destroy(verification->verify);
    free(verification);
}

static void run_step(struct hone_job *job)
{
    struct verification *verification = HONE_LIST_OWNER(job, struct verification, job);
    job->status = hone_verify_step(verification->verify, &job->error);
}

static void go_on(struct verification *verification);

static void done_step(struct hone_job *job)
{
    struct verification *verification = HONE_LIST_OWNER(job, struct verification, job);
    if (job->status == HONE_E_CANCELLED) {
        (void)hone_error_set(&job->error, HONE_E_CANCELLED, "the server is stopping");
    }
    if (job->status != 0) {
        finish(verification, job->status);
    } else {
        go_on(verification);
    }
}

static void go_on(struct verification *verification)
{
    enum hone_verify_work work = hone_verify_next(verification->verify);
    if (work == HONE_VERIFY_DONE) {
        finish(verification, 0);
        return;
    }
    verification->job =
        (struct hone_job){.run = run_step, .done = done_step, .bounded_elsewhere = true};
    if (hone_worker_submit(verification->app->worker,
                           work == HONE_VERIFY_ROWS ? HONE_LANE_STORE : HONE_LANE_CALL,
                           HONE_PRIORITY_IDLE, &verification->job) != 0) {
        finish(verification, hone_error_set(&verification->job.error, HONE_E_CANCELLED,
                                            "the server is stopping"));
    }
}

int hone_verification_start(struct hone_app *app, struct hone_span skill,
                            hone_verification_cb done, void *user, struct hone_error *err)
{
    if (app->verification_running) {
        return hone_error_set(err, HONE_E_BUSY,
                              "the data folder is being checked already");
    }
    struct verification *verification = hone_alloc_zeroed(1, sizeof(*verification));
    verification->app = app;
    verification->verify = hone_verify_create(app->store, skill);
    verification->done = done;
    verification->user = user;
    app->verification_running = true;
    go_on(verification);
    return 0;
}
