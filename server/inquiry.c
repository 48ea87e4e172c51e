#include "server/inquiry.h"

#include "base/alloc.h"
#include "server/app_internal.h"

#include <stdlib.h>

struct inquiry {
    struct hone_job job;
    struct hone_exchange *exchange;
    const struct hone_inquiry_type *type;
    void *self;
    enum hone_lane lane;
    json_t *answer;
};

void hone_inquiry_refuse(struct hone_exchange *exchange, int code,
                         const struct hone_error *err)
{
    struct hone_jsonrpc_problem problem = {0};
    bool callers_fault = code == HONE_E_INVALID || code == HONE_E_NOT_FOUND;
    hone_jsonrpc_problem_set(&problem,
                             callers_fault ? HONE_RPC_INVALID_PARAMS : HONE_RPC_INTERNAL,
                             200, "%s", err->message);
    problem.data =
        json_pack("{s:s,s:s}", "code", hone_error_name(code), "hint", err->hint);
    hone_exchange_refuse_take(exchange, &problem);
}

static void finish(struct inquiry *inquiry, int status)
{
    inquiry->type->destroy(inquiry->self);
    if (status == 0) {
        hone_exchange_reply_take(inquiry->exchange, inquiry->answer);
    } else {
        hone_inquiry_refuse(inquiry->exchange, status, &inquiry->job.error);
    }
    free(inquiry);
}

static void run_step(struct hone_job *job)
{
    struct inquiry *inquiry = HONE_LIST_OWNER(job, struct inquiry, job);
    job->status =
        inquiry->type->step(inquiry->self, &inquiry->lane, &inquiry->answer, &job->error);
}

static int say_stopping(struct inquiry *inquiry)
{
    return hone_error_set(&inquiry->job.error, HONE_E_CANCELLED,
                          "the server is stopping");
}

static void go_on(struct inquiry *inquiry);

static void done_step(struct hone_job *job)
{
    struct inquiry *inquiry = HONE_LIST_OWNER(job, struct inquiry, job);
    if (job->status == 1) {
        go_on(inquiry);
    } else {
        finish(inquiry,
               job->status == HONE_E_CANCELLED ? say_stopping(inquiry) : job->status);
    }
}

static void go_on(struct inquiry *inquiry)
{
    inquiry->job =
        (struct hone_job){.run = run_step, .done = done_step, .bounded_elsewhere = true};
    if (hone_worker_submit(inquiry->exchange->app->worker, inquiry->lane,
                           HONE_PRIORITY_IDLE, &inquiry->job) != 0) {
        finish(inquiry, say_stopping(inquiry));
    }
}

void hone_inquiry_start_take(struct hone_exchange *exchange,
                             const struct hone_inquiry_type *type, void *self)
{
    struct inquiry *inquiry = hone_alloc_zeroed(1, sizeof(*inquiry));
    inquiry->exchange = exchange;
    inquiry->type = type;
    inquiry->self = self;
    inquiry->lane = HONE_LANE_STORE;
    go_on(inquiry);
}
