/* Inputs that a handler wants from the client while it answers a request (tools/call,
 * prompts/get, resources/read), for both eras from one model.
 *
 * A handler that lacks an input asks for it and returns; later it is run again from the
 * start (exchange->answer) and finds it. How the answer travels is not its business: a
 * modern client gets an InputRequiredResult and repeats the request with inputResponses
 * and the authenticated requestState; a legacy client gets elicitation/create,
 * sampling/createMessage or roots/list as requests of ours; a task shows them to
 * tasks/get and gets them by tasks/update. Thread: loop. */
#ifndef HONE_SERVER_INPUTS_H
#define HONE_SERVER_INPUTS_H

#include "base/attr.h"
#include "server/exchange.h"

#include <jansson.h>

#define HONE_INPUTS_MAX    32 /* asked for at a time */
#define HONE_INPUTS_TTL_MS (30 * 60 * 1000)

/* Reads inputResponses and requestState of a modern request into the exchange; to be
 * called by what runs a handler, each time before it does; else does nothing. -1 with
 * *problem (-32602) when the state was not sealed by this server for this request and
 * this principal, or has expired; answers that do not fit what was asked likewise.
 * Without a requestState nobody knows what was asked: then any object is an answer. */
int hone_inputs_open(struct hone_exchange *exchange,
                     struct hone_jsonrpc_problem *problem) HONE_MUST_USE;

/* The client's answer, in this round or an earlier one, to the input asked for under this
 * key, or NULL: the result of the client's method, e.g. {"action":"accept",
 * "content":{...}}. It comes from outside: what a form wanted may be missing. Borrowed. */
const json_t *hone_inputs_find(const struct hone_exchange *exchange, const char *key);
/* What the handler gave hone_inputs_ask_take as state when it last asked, or NULL. */
const json_t *hone_inputs_state(const struct hone_exchange *exchange);

/* Asks for inputs: requests is {key: {"method", "params"}} with 1 to HONE_INPUTS_MAX
 * members, state any JSON value for the handler itself or NULL; takes both. The handler
 * returns after this; the exchange has ended, or will be answered again. A method that
 * the client did not declare refuses the exchange with -32021 (modern), or a tool error
 * (legacy). With a modern client, state, answers and schemas together have room for
 * HONE_REQUEST_STATE_PAYLOAD_MAX bytes of JSON; beyond it the exchange is refused. */
void hone_inputs_ask_take(struct hone_exchange *exchange, json_t *requests,
                          json_t *state);

#endif
