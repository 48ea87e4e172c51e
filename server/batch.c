/* A channel of its own collects the answers; an exchange of the client's channel stands
 * for the batch as a whole until they are complete. */
#include "server/batch.h"

#include "base/alloc.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/dispatch.h"

#include <stdlib.h>

#define ANSWERS_BYTES_MAX (64U * 1024 * 1024)
#define HTTP_BAD_REQUEST  400

struct batch {
    struct hone_exchange *whole;
    struct hone_channel *channel;
    struct hone_buf answers; /* "[", answers, commas between them */
    bool dispatched;         /* all messages; what is left are answers */
};

bool hone_batch_is(const struct hone_session *session, struct hone_span bytes)
{
    size_t at = 0;
    while (at < bytes.len && (bytes.data[at] == ' ' || bytes.data[at] == '\t' ||
                              bytes.data[at] == '\r' || bytes.data[at] == '\n')) {
        at++;
    }
    return at < bytes.len && bytes.data[at] == '[' && session->version != NULL &&
           strcmp(session->version, HONE_BATCH_VERSION) == 0;
}

static void reply(struct hone_channel *channel, struct hone_exchange *exchange,
                  int http_status, struct hone_span body)
{
    struct batch *batch = channel->owner;
    (void)exchange;
    (void)http_status;
    if (body.len > 0) {
        (void)hone_buf_append_char(&batch->answers, batch->answers.len == 0 ? '[' : ',');
        (void)hone_buf_append_span(&batch->answers, body);
    }
}

static void send_message(struct hone_channel *channel, struct hone_exchange *exchange,
                         struct hone_span body)
{
    (void)exchange;
    hone_exchange_send(((struct batch *)channel->owner)->whole, body);
}

/* Whatever can be stopped is; the last answer, dropped, is the end of the batch. */
static void on_cancel(struct hone_exchange *whole)
{
    struct batch *batch = whole->work;
    struct hone_channel *channel = hone_channel_ref(batch->channel);
    struct hone_list *link = channel->exchanges.next;
    while (link != &channel->exchanges) {
        struct hone_exchange *exchange =
            HONE_LIST_OWNER(link, struct hone_exchange, in_channel);
        bool known = exchange->cancelled;
        if (!known) {
            hone_exchange_cancel(exchange);
        }
        link = known ? link->next : channel->exchanges.next;
    }
    hone_channel_unref(channel);
}

/* Batches of notifications alone have no answer. */
static void finish(struct batch *batch)
{
    struct hone_exchange *whole = batch->whole;
    struct hone_buf answers = batch->answers;
    hone_channel_close(batch->channel);
    free(batch);
    if (answers.len == 0) {
        hone_exchange_drop(whole);
    } else if (hone_buf_append_char(&answers, ']') == 0) {
        hone_exchange_reply_bytes(whole, 200, hone_buf_span(&answers));
    } else {
        hone_exchange_refuse(whole, HONE_RPC_INTERNAL,
                             "the answers are larger than this server sends");
    }
    hone_buf_finish(&answers);
}

static void relax(struct hone_channel *channel)
{
    struct batch *batch = channel->owner;
    if (batch->dispatched && channel->n_in_flight == 0) {
        finish(batch);
    }
}

/* Modern messages come one at a time. */
static bool has_modern(const json_t *messages)
{
    size_t i;
    const json_t *message;
    json_array_foreach(messages, i, message)
    {
        const json_t *meta = json_object_get(json_object_get(message, "params"), "_meta");
        if (json_object_get(meta, HONE_MCP_KEY_VERSION) != NULL) {
            return true;
        }
    }
    return false;
}

const char *hone_batch_fault(const json_t *messages)
{
    if (json_array_size(messages) == 0) {
        return "the batch is empty";
    }
    if (json_array_size(messages) > HONE_BATCH_MESSAGES_MAX) {
        return "the batch has more than 1000 messages";
    }
    return has_modern(messages) ? "messages of " HONE_MCP_MODERN " come one at a time"
                                : NULL;
}

static void refuse(struct hone_exchange *whole, const char *why)
{
    struct hone_jsonrpc_problem problem = {0};
    hone_jsonrpc_problem_set(&problem, HONE_RPC_INVALID_REQUEST, HTTP_BAD_REQUEST,
                             "invalid request: %s", why);
    hone_exchange_refuse_take(whole, &problem);
}

/* Not by hone_dispatch_message: a batch within a batch is refused. */
static void dispatch_one(struct hone_session *session, struct hone_channel *channel,
                         struct hone_span text)
{
    struct hone_exchange *exchange = hone_dispatch_open(session, channel, text, NULL);
    if (exchange != NULL) {
        hone_dispatch_run(exchange);
    }
}

static void dispatch_all(struct batch *batch, const json_t *messages)
{
    struct hone_session *session = batch->whole->session;
    for (size_t i = 0; i < json_array_size(messages); i++) {
        struct hone_buf text;
        hone_buf_init(&text, ANSWERS_BYTES_MAX);
        if (hone_json_append(&text, json_array_get(messages, i)) == 0) {
            dispatch_one(session, batch->channel, hone_buf_span(&text));
        }
        hone_buf_finish(&text);
    }
    batch->dispatched = true;
    if (batch->channel->n_in_flight == 0) {
        finish(batch);
    }
}

void hone_batch_run(struct hone_session *session, struct hone_channel *channel,
                    struct hone_span bytes)
{
    static const struct hone_channel_carrier carrier = {
        .name = "batch", .reply = reply, .send = send_message, .relax = relax};
    struct hone_exchange *whole = hone_exchange_begin(session, channel);
    struct hone_error err;
    json_t *messages = NULL;
    if (hone_json_parse(&messages, bytes, &err) != 0) {
        struct hone_jsonrpc_problem problem = {0};
        hone_jsonrpc_problem_set(&problem, HONE_RPC_PARSE_ERROR, HTTP_BAD_REQUEST,
                                 "parse error: %s", err.message);
        hone_exchange_refuse_take(whole, &problem);
        return;
    }
    const char *fault = hone_batch_fault(messages);
    if (fault != NULL) {
        refuse(whole, fault);
    } else {
        struct batch *batch = hone_alloc_zeroed(1, sizeof(*batch));
        batch->whole = whole;
        whole->work = batch;
        whole->on_cancel = on_cancel;
        batch->channel = hone_channel_create(&carrier, batch, false);
        hone_buf_init(&batch->answers, ANSWERS_BYTES_MAX);
        dispatch_all(batch, messages);
    }
    json_decref(messages);
}
