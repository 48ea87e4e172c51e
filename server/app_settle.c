/* Waiting until the skills have learnt what their logs hold. */
#include "base/alloc.h"
#include "server/app_internal.h"
#include "server/training.h"

#include <stdlib.h>

struct settling {
    size_t n_left; /* skills that are behind their log */
    bool done, late;
};

/* All waiters share one count, which the first of them leads to. */
struct settling_waiter {
    struct hone_training_waiter waiter;
    struct settling *settling;
};

static void on_settled(struct hone_training_waiter *waiter, int status)
{
    struct settling *settling =
        HONE_LIST_OWNER(waiter, struct settling_waiter, waiter)->settling;
    (void)status; /* a skill that cannot learn any more has nothing to wait for */
    settling->n_left -= 1;
    settling->done = settling->n_left == 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    *(bool *)handle->data = true;
}

static void on_late(uv_timer_t *timer)
{
    struct settling *settling = timer->data;
    settling->late = settling->done = true;
}

static void wait_for_skills(struct hone_app *app, struct settling *settling,
                            struct settling_waiter *waiters)
{
    size_t n = hone_registry_n(app->registry);
    settling->n_left = n + 1; /* one is ours, so that it ends here at the earliest */
    for (size_t i = 0; i < n; i++) {
        struct hone_training *training = hone_registry_at(app->registry, i)->owner_data;
        waiters[i].settling = settling;
        waiters[i].waiter.done = on_settled;
        hone_list_init(&waiters[i].waiter.link);
        if (training == NULL) {
            settling->n_left -= 1;
            continue;
        }
        waiters[i].waiter.position = training->log_end;
        hone_training_wait(training, &waiters[i].waiter);
    }
    settling->n_left -= 1;
    settling->done = settling->n_left == 0;
}

int hone_app_settle(struct hone_app *app, uint64_t timeout_ms, struct hone_error *err)
{
    struct settling settling = {0};
    struct settling_waiter *waiters =
        hone_alloc_zeroed(hone_registry_n(app->registry) + 1, sizeof(*waiters));
    uv_timer_t timer;
    bool closed = false;
    (void)uv_timer_init(&app->loop.uv, &timer);
    timer.data = &settling;
    (void)uv_timer_start(&timer, on_late, timeout_ms, 0);
    wait_for_skills(app, &settling, waiters);
    hone_loop_run_until(&app->loop, &settling.done);
    for (size_t i = 0; settling.late && i < hone_registry_n(app->registry); i++) {
        hone_list_remove(&waiters[i].waiter.link);
    }
    timer.data = &closed;
    uv_close((uv_handle_t *)&timer, on_timer_closed);
    hone_loop_run_until(&app->loop, &closed);
    free(waiters);
    return settling.late ? hone_error_set(err, HONE_E_AGAIN,
                                          "the log was not learnt within %llu ms",
                                          (unsigned long long)timeout_ms)
                         : 0;
}
