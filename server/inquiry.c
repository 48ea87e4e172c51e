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
    if (status == 0 && inquiry->type->complete != NULL) {
        inquiry->type->complete(inquiry->self, inquiry->exchange->app, inquiry->answer);
    }
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

static void submit(struct inquiry *inquiry, enum hone_priority priority);

static void done_step(struct hone_job *job)
{
    struct inquiry *inquiry = HONE_LIST_OWNER(job, struct inquiry, job);
    if (job->status == 1) {
        submit(inquiry, HONE_PRIORITY_IDLE);
    } else {
        finish(inquiry,
               job->status == HONE_E_CANCELLED ? say_stopping(inquiry) : job->status);
    }
}

static void submit(struct inquiry *inquiry, enum hone_priority priority)
{
    inquiry->job =
        (struct hone_job){.run = run_step, .done = done_step, .bounded_elsewhere = true};
    if (hone_worker_submit(inquiry->exchange->app->worker, inquiry->lane, priority,
                           &inquiry->job) != 0) {
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
    submit(inquiry, HONE_PRIORITY_NORMAL);
}
