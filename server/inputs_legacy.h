/* Inputs from legacy clients: requests of ours on the way that the exchange's answer will
 * take. Thread: loop. */
#ifndef HONE_SERVER_INPUTS_LEGACY_H
#define HONE_SERVER_INPUTS_LEGACY_H

#include "server/exchange.h"

#include <jansson.h>

/* Sends the requests; when all are answered the exchange is answered again. Takes both.
 * When the client cannot be asked, refuses, or answers badly, the exchange ends with
 * hone_inputs_legacy_refuse. */
void hone_inputs_legacy_ask_take(struct hone_exchange *exchange, json_t *requests,
                                 json_t *state);
/* Ends the exchange: a tool's error that says why, or -32603 where there is no tool. */
void hone_inputs_legacy_refuse(struct hone_exchange *exchange, const char *why);

#endif
