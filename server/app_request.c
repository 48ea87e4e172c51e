/* One request of this process to itself, through the code that serves sockets. */
#include "base/buf.h"
#include "server/app_internal.h"
#include "server/dispatch.h"
#include "server/session.h"

struct loopback {
    bool answered;
    json_t *answer; /* the whole message */
};

static void reply_loopback(struct hone_channel *channel, struct hone_exchange *exchange,
                           int http_status, struct hone_span body)
{
    struct loopback *loopback = channel->owner;
    json_error_t ignored;
    (void)exchange;
    (void)http_status;
    loopback->answer = json_loadb(body.data, body.len, 0, &ignored);
    loopback->answered = true;
}

static int take_answer(struct loopback *loopback, json_t **result, struct hone_error *err)
{
    json_t *failed = json_object_get(loopback->answer, "error");
    int status = 0;
    if (failed != NULL) {
        const char *message = json_string_value(json_object_get(failed, "message"));
        *result = json_incref(failed);
        status = hone_error_set(err, HONE_E_INVALID, "%s",
                                message != NULL ? message : "refused");
    } else {
        *result = json_incref(json_object_get(loopback->answer, "result"));
    }
    json_decref(loopback->answer);
    return status;
}

int hone_app_request(struct hone_app *app, const char *method, const json_t *params,
                     json_t **result, struct hone_error *err)
{
    static const struct hone_channel_carrier carrier = {.name = "cli",
                                                        .reply = reply_loopback};
    struct loopback loopback = {0};
    struct hone_session *session = hone_session_create(app, carrier.name, true, true);
    struct hone_channel *channel = hone_channel_create(&carrier, &loopback, false);
    struct hone_buf message;
    hone_buf_init(&message, (size_t)app->config->message_bytes_max + 65536);
    (void)hone_jsonrpc_write_request(&message, hone_span_text("1"), method, params);
    hone_dispatch_message(session, channel, hone_buf_span(&message), NULL);
    hone_loop_run_until(&app->loop, &loopback.answered);
    hone_session_close(session);
    hone_channel_close(channel);
    hone_buf_finish(&message);
    return take_answer(&loopback, result, err);
}
