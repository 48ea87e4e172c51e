#include "server/retention.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/app_internal.h"

#include <stdlib.h>
#include <string.h>

#define PERIOD_MS   (60U * 60 * 1000)
#define DAY_MS      (INT64_C(24) * 60 * 60 * 1000)
#define TEXT_BYTES  160
#define NEVER_TRIED (-1)

/* Calls that are younger stay however much room they take: feedback on them may yet come. */
#define OPEN_MS DAY_MS

enum state {
    RESTING,
    MEASURING,
    PRUNING,
    SHRINKING,
};

struct hone_retention {
    struct hone_app *app;
    uv_timer_t timer;
    struct hone_job job; /* one at a time */
    enum state state;
    struct hone_store_sizes measured; /* the job's */
    struct hone_store_sizes sizes;
    struct hone_store_prune prune; /* the job's while PRUNING */
    char reason[TEXT_BYTES];
    bool shrinks_on;
    /* Days of the Unix time: on which the limits of age were gone through, which move by
     * days; and on which nothing that may go was left beyond the limit of size. */
    int64_t aged_on, sized_on;
    uint64_t n_dropped, dropped_bytes; /* since the start */
};

/* ---- beginning and end ---- */

static void on_timer(uv_timer_t *timer);

int hone_retention_create(struct hone_retention **out, struct hone_app *app,
                          struct hone_error *err)
{
    struct hone_retention *retention = hone_alloc_zeroed(1, sizeof(*retention));
    retention->app = app;
    retention->aged_on = retention->sized_on = NEVER_TRIED;
    (void)uv_timer_init(&app->loop.uv, &retention->timer);
    uv_unref((uv_handle_t *)&retention->timer);
    retention->timer.data = retention;
    *out = retention; /* the caller's also when measuring fails, for the timer's sake */
    return hone_store_read_sizes(app->store, &retention->sizes, err);
}

void hone_retention_start(struct hone_retention *retention)
{
    (void)uv_timer_start(&retention->timer, on_timer, 0, PERIOD_MS);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void hone_retention_destroy(struct hone_retention *retention)
{
    if (retention != NULL) {
        uv_close((uv_handle_t *)&retention->timer, on_timer_closed);
    }
}

/* ---- what is to go ---- */

static int64_t days_before(int64_t today, int64_t n_days)
{
    return n_days > 0 && today > n_days ? (today - n_days) * DAY_MS : 0;
}

static void explain(struct hone_retention *retention, const char *why)
{
    char calls[HONE_CLOCK_TEXT_SIZE];
    char feedback[HONE_CLOCK_TEXT_SIZE];
    const struct hone_store_prune *prune = &retention->prune;
    hone_clock_format_unix_ms(calls, prune->calls_before_unix_ms);
    hone_clock_format_unix_ms(feedback, prune->feedback_before_unix_ms);
    if (prune->feedback_before_unix_ms == 0) {
        (void)snprintf(retention->reason, TEXT_BYTES,
                       "calls without feedback before %s are dropped: %s", calls, why);
    } else {
        (void)snprintf(retention->reason, TEXT_BYTES,
                       "calls without feedback before %s and with it before %s are "
                       "dropped: %s",
                       calls, feedback, why);
    }
    retention->prune.reason = hone_span_text(retention->reason);
}

static bool plan_by_age(struct hone_retention *retention, int64_t now_ms)
{
    const struct hone_config *config = retention->app->config;
    int64_t today = now_ms / DAY_MS;
    struct hone_store_prune prune = {
        .calls_before_unix_ms = days_before(today, config->retention_calls_days),
        .feedback_before_unix_ms = days_before(today, config->retention_feedback_days),
        .now_unix_ms = now_ms,
    };
    int64_t oldest = retention->sizes.oldest_call_unix_ms;
    bool may_go = oldest > 0 && (oldest < prune.calls_before_unix_ms ||
                                 oldest < prune.feedback_before_unix_ms);
    if (retention->aged_on == today || !may_go) {
        return false;
    }
    retention->aged_on = today;
    retention->prune = prune;
    explain(retention, "their age");
    return true;
}

static bool plan_by_size(struct hone_retention *retention, int64_t now_ms)
{
    int64_t limit = retention->app->config->retention_calls_bytes;
    int64_t today = now_ms / DAY_MS;
    uint64_t used = retention->sizes.database_bytes - retention->sizes.unused_bytes;
    if (limit == 0 || used <= (uint64_t)limit || retention->sized_on == today) {
        return false;
    }
    retention->prune = (struct hone_store_prune){
        .calls_before_unix_ms = now_ms - OPEN_MS,
        .target_bytes =
            (uint64_t)limit / 10 * 9, /* so that it does not begin at once again */
        .now_unix_ms = now_ms,
    };
    explain(retention, "the database is too large");
    return true;
}

/* ---- the steps ---- */

static struct hone_retention *owner_of(struct hone_job *job)
{
    return HONE_LIST_OWNER(job, struct hone_retention, job);
}

static void run_measure(struct hone_job *job)
{
    struct hone_retention *retention = owner_of(job);
    job->status =
        hone_store_read_sizes(retention->app->store, &retention->measured, &job->error);
}

static void run_prune(struct hone_job *job)
{
    struct hone_retention *retention = owner_of(job);
    job->status =
        hone_store_prune_calls(retention->app->store, &retention->prune, &job->error);
}

static void run_shrink(struct hone_job *job)
{
    struct hone_retention *retention = owner_of(job);
    job->status =
        hone_store_shrink(retention->app->store, &retention->shrinks_on, &job->error);
}

static void done_step(struct hone_job *job);

static void submit(struct hone_retention *retention, enum state state)
{
    static void (*const runs[])(struct hone_job *) = {
        [MEASURING] = run_measure, [PRUNING] = run_prune, [SHRINKING] = run_shrink};
    retention->state = state;
    retention->job = (struct hone_job){.run = runs[state],
                                       .done = done_step,
                                       .writes = state != MEASURING,
                                       .bounded_elsewhere = true};
    if (hone_worker_submit(retention->app->worker, HONE_LANE_STORE, HONE_PRIORITY_IDLE,
                           &retention->job) != 0) {
        retention->state = RESTING; /* the server is stopping */
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct hone_retention *retention = timer->data;
    if (retention->state == RESTING) {
        submit(retention, MEASURING);
    }
}

static void done_measuring(struct hone_retention *retention)
{
    int64_t now_ms = hone_clock_unix_ms();
    retention->sizes = retention->measured;
    if (plan_by_age(retention, now_ms) || plan_by_size(retention, now_ms)) {
        submit(retention, PRUNING);
    } else {
        retention->state = RESTING;
    }
}

/* A limit of size that cannot be reached, as nothing may go, is tried again the next day. */
static void done_pruning(struct hone_retention *retention)
{
    const struct hone_store_prune *prune = &retention->prune;
    if (prune->more) {
        submit(retention, PRUNING);
        return;
    }
    if (prune->target_bytes > 0 && prune->n_dropped == 0) {
        retention->sized_on = prune->now_unix_ms / DAY_MS;
    }
    retention->n_dropped += prune->n_dropped;
    retention->dropped_bytes += prune->dropped_bytes;
    if (prune->n_dropped > 0) {
        hone_log_info("store", "%s calls=%llu bytes=%llu", retention->reason,
                      (unsigned long long)prune->n_dropped,
                      (unsigned long long)prune->dropped_bytes);
    }
    submit(retention, SHRINKING);
}

static void done_step(struct hone_job *job)
{
    struct hone_retention *retention = owner_of(job);
    if (job->status != 0) {
        retention->state = RESTING;
        retention->aged_on = NEVER_TRIED;
        if (job->status != HONE_E_CANCELLED) {
            hone_log_warn("store", "old calls stay until the next try cause=\"%s\"",
                          job->error.message);
        }
        return;
    }
    switch (retention->state) {
    case MEASURING:
        done_measuring(retention);
        return;
    case PRUNING:
        done_pruning(retention);
        return;
    default:
        submit(retention, retention->shrinks_on ? SHRINKING : MEASURING);
    }
}

/* ---- status ---- */

json_t *hone_retention_status(const struct hone_retention *retention)
{
    char oldest[HONE_CLOCK_TEXT_SIZE];
    const struct hone_store_sizes *sizes = &retention->sizes;
    hone_clock_format_unix_ms(oldest, sizes->oldest_call_unix_ms);
    return json_pack("{s:I,s:I,s:s?,s:I,s:I}", "database_bytes",
                     (json_int_t)sizes->database_bytes, "unused_bytes",
                     (json_int_t)sizes->unused_bytes, "oldest_call",
                     sizes->oldest_call_unix_ms > 0 ? oldest : NULL, "dropped_calls",
                     (json_int_t)retention->n_dropped, "dropped_bytes",
                     (json_int_t)retention->dropped_bytes);
}
