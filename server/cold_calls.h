/* Calls of skills whose state is not in memory: they wait until it is, then run as if they
 * had just come. Thread: loop. */
#ifndef HONE_SERVER_COLD_CALLS_H
#define HONE_SERVER_COLD_CALLS_H

#include "server/session.h"
#include "server/training.h"

/* Answers and ends the exchange, later; at once when the state cannot be loaded. */
void hone_cold_calls_wait(struct hone_exchange *exchange, struct hone_training *training);

#endif
