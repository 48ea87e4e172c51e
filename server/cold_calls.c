#include "server/cold_calls.h"

#include "base/alloc.h"
#include "server/app_internal.h"
#include "server/calls.h"

#include <stdlib.h>

struct cold_call {
    struct hone_residence_waiter waiter;
    struct hone_exchange *exchange;
};

/* The exchange is the caller's again. */
static struct hone_exchange *let_go(struct cold_call *call)
{
    struct hone_exchange *exchange = call->exchange;
    exchange->on_cancel = NULL;
    exchange->work = NULL;
    free(call);
    return exchange;
}

static void on_cancel(struct hone_exchange *exchange)
{
    struct cold_call *call = exchange->work;
    hone_residence_leave(&call->waiter);
    hone_exchange_drop(let_go(call));
}

static void on_loaded(struct hone_residence_waiter *waiter, int status,
                      const struct hone_error *err)
{
    struct hone_exchange *exchange =
        let_go(HONE_LIST_OWNER(waiter, struct cold_call, waiter));
    if (status != 0) {
        hone_calls_refuse(exchange, err);
    } else if (exchange->app->lanes_stopping) {
        struct hone_error stopping = {0};
        (void)hone_error_set(&stopping, HONE_E_CANCELLED, "the server is stopping");
        hone_calls_refuse(exchange, &stopping);
    } else {
        exchange->answer(exchange);
    }
}

void hone_cold_calls_wait(struct hone_exchange *exchange, struct hone_training *training)
{
    struct cold_call *call = hone_alloc_zeroed(1, sizeof(*call));
    hone_exchange_keep_message(exchange);
    call->exchange = exchange;
    call->waiter.done = on_loaded;
    exchange->work = call;
    exchange->on_cancel = on_cancel;
    hone_residence_wait(training, &call->waiter);
}
