/* Refusals of requests that need what their client did not declare. Thread: loop. */
#ifndef HONE_SERVER_CAPABILITY_H
#define HONE_SERVER_CAPABILITY_H

#include "server/exchange.h"

#include <jansson.h>

/* -32021, HTTP 400; required: the shape of a client's capabilities, which it takes. Ends
 * the exchange. */
void hone_capability_refuse_take(struct hone_exchange *exchange, json_t *required);
/* The same for the tasks extension. */
void hone_capability_refuse_tasks(struct hone_exchange *exchange);

#endif
