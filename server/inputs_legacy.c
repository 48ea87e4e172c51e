/* A round: ASKING -> (all have answered) the handler runs again; or -> (one was refused,
 * the exchange was cancelled, the session ended) the round is given up as a whole. */
#include "server/inputs_legacy.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/uuid.h"
#include "protocol/mcp_result.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/inputs_check.h"
#include "server/session.h"

#include <stdlib.h>

struct legacy_ask {
    struct hone_session_ask ask;
    struct round *round;
    const char *key; /* borrowed from the requests */
    bool waits;
};

struct round {
    struct hone_exchange *exchange;
    json_t *requests, *answers, *state;
    size_t n_asks, n_waiting;
    bool asking, gone; /* gone: the client, which was found out by asking it */
    struct legacy_ask asks[];
};

void hone_inputs_legacy_refuse(struct hone_exchange *exchange, const char *why)
{
    if (hone_span_is(exchange->message.method, "tools/call")) {
        hone_exchange_reply_take(
            exchange, hone_mcp_tool_result(exchange->request.era, hone_span_text(why),
                                           NULL, NULL, true, &exchange->app->identity));
    } else {
        hone_exchange_refuse(exchange, HONE_RPC_INTERNAL, "%s", why);
    }
}

/* ---- the end of a round ---- */

/* What is not answered is withdrawn, after the round is nobody's any more. */
static void free_round(struct round *round)
{
    struct hone_exchange *exchange = round->exchange;
    for (size_t i = 0; i < round->n_asks; i++) {
        if (round->asks[i].waits) {
            hone_session_forget_ask(exchange->session, &round->asks[i].ask);
        }
    }
    exchange->work = NULL;
    exchange->on_cancel = NULL;
    for (size_t i = 0; i < round->n_asks; i++) {
        if (round->asks[i].waits) {
            hone_session_withdraw_ask(exchange, &round->asks[i].ask);
        }
    }
    json_decref(round->requests);
    json_decref(round->answers);
    json_decref(round->state);
    free(round);
}

static void refuse_round(struct round *round, const char *why)
{
    struct hone_exchange *exchange = round->exchange;
    free_round(round);
    hone_inputs_legacy_refuse(exchange, why);
}

static void give_up(struct round *round)
{
    struct hone_exchange *exchange = round->exchange;
    if (round->asking) {
        round->gone = true;
        return;
    }
    free_round(round);
    hone_exchange_drop(exchange);
}

static void on_cancel(struct hone_exchange *exchange)
{
    give_up(exchange->work);
}

static void go_on(struct round *round)
{
    struct hone_exchange *exchange = round->exchange;
    if (exchange->inputs == NULL) {
        exchange->inputs = json_object();
    }
    HONE_INVARIANT(json_object_update(exchange->inputs, round->answers) == 0);
    json_decref(exchange->state);
    exchange->state = round->state;
    round->state = NULL;
    free_round(round);
    exchange->answer(exchange);
}

/* ---- answers ---- */

static void take_error(struct round *round, const char *method, const json_t *error)
{
    struct hone_span said = hone_json_text(error, "message");
    char *why = hone_alloc_format("the client refused %s: %.*s", method, (int)said.len,
                                  said.len > 0 ? said.data : "");
    refuse_round(round, why);
    free(why);
}

static void take_result(struct round *round, const char *key, const json_t *request,
                        const json_t *result)
{
    struct hone_error err;
    if (hone_inputs_check(request, result, &err) != 0) {
        char *why =
            hone_alloc_format("the client's answer to %s is not good: %s",
                              hone_json_text(request, "method").data, err.message);
        refuse_round(round, why);
        free(why);
        return;
    }
    hone_mcp_result_set_take(round->answers, key, hone_mcp_result_share(result));
    if (round->n_waiting == 0) {
        go_on(round);
    }
}

static void on_answer(struct hone_session_ask *session_ask, const json_t *result,
                      const json_t *error)
{
    struct legacy_ask *ask = (struct legacy_ask *)(void *)session_ask;
    struct round *round = ask->round;
    const json_t *request = json_object_get(round->requests, ask->key);
    ask->waits = false;
    round->n_waiting -= 1;
    if (result != NULL) {
        take_result(round, ask->key, request, result);
    } else if (error != NULL) {
        take_error(round, hone_json_text(request, "method").data, error);
    } else {
        give_up(round);
    }
}

/* ---- asking ---- */

/* Old clients know one form of elicitation and no word for it; a URL has an id there. */
static json_t *make_params(const json_t *request)
{
    json_t *params = json_copy(json_object_get(request, "params")); /* NULL stays NULL */
    struct hone_span mode = hone_json_text(params, "mode");
    if (hone_span_is(mode, "form")) {
        (void)json_object_del(params, "mode");
    } else if (hone_span_is(mode, "url") &&
               json_object_get(params, "elicitationId") == NULL) {
        char id[HONE_UUID_TEXT_LEN + 1];
        hone_uuid_format(hone_uuid_random(), id);
        (void)json_object_set_new(params, "elicitationId", json_string(id));
    }
    return params;
}

static int ask_one(struct round *round, const char *key, const json_t *request)
{
    struct legacy_ask *ask = &round->asks[round->n_asks];
    json_t *params = make_params(request);
    *ask = (struct legacy_ask){.round = round, .key = key, .waits = true};
    ask->ask.done = on_answer;
    round->n_asks += 1;
    round->n_waiting += 1;
    int status = hone_session_ask(round->exchange, &ask->ask,
                                  hone_json_text(request, "method").data, params);
    json_decref(params);
    if (status != 0) {
        ask->waits = false;
        round->n_waiting -= 1;
    }
    return status;
}

static int ask_all(struct round *round)
{
    const char *key;
    const json_t *request;
    int status = 0;
    round->asking = true;
    json_object_foreach(round->requests, key, request)
    {
        if (status == 0 && !round->gone) {
            status = ask_one(round, key, request);
        }
    }
    round->asking = false;
    return status;
}

void hone_inputs_legacy_ask_take(struct hone_exchange *exchange, json_t *requests,
                                 json_t *state)
{
    size_t n_requests = json_object_size(requests);
    struct round *round =
        hone_alloc_zeroed(1, sizeof(*round) + n_requests * sizeof(round->asks[0]));
    round->exchange = exchange;
    round->requests = requests;
    round->answers = json_object();
    round->state = state;
    if (exchange->channel->carrier->send == NULL) {
        refuse_round(round, "the client cannot be asked on this connection");
        return;
    }
    hone_exchange_keep_message(exchange);
    exchange->work = round;
    exchange->on_cancel = on_cancel;
    int status = ask_all(round);
    if (round->gone) {
        give_up(round);
    } else if (status != 0) {
        refuse_round(round, "too many questions to the client are unanswered");
    }
}
