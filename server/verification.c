#include "server/verification.h"

#include "base/alloc.h"
#include "server/app_internal.h"
#include "server/inquiry.h"
#include "store/verify.h"

#include <stdlib.h>

struct verification {
    struct hone_app *app;
    struct hone_verify *verify;
};

static int step(void *self, enum hone_lane *lane, json_t **answer, struct hone_error *err)
{
    struct verification *verification = self;
    int status = hone_verify_step(verification->verify, err);
    if (status != 0) {
        return status;
    }
    switch (hone_verify_next(verification->verify)) {
    case HONE_VERIFY_ROWS:
        *lane = HONE_LANE_STORE;
        return 1;
    case HONE_VERIFY_BYTES:
        *lane = HONE_LANE_CALL;
        return 1;
    case HONE_VERIFY_DONE:
    default:
        *answer = hone_verify_report(verification->verify);
        return 0;
    }
}

static void destroy(void *self)
{
    struct verification *verification = self;
    verification->app->verification_running = false;
    hone_verify_destroy(verification->verify);
    free(verification);
}

void hone_verification_start(struct hone_exchange *exchange)
{
    static const struct hone_inquiry_type type = {step, NULL, destroy};
    struct hone_app *app = exchange->app;
    if (app->verification_running) {
        struct hone_error err;
        int code =
            hone_error_set(&err, HONE_E_BUSY, "the data folder is being checked already");
        hone_inquiry_refuse(exchange, code, &err);
        return;
    }
    struct verification *verification = hone_alloc_zeroed(1, sizeof(*verification));
    verification->app = app;
    verification->verify = hone_verify_create(
        app->store, hone_jsonrpc_param_text(&exchange->message, "skill"));
    app->verification_running = true;
    hone_inquiry_start_take(exchange, &type, verification);
}
