/* hone/explain on the control socket: why a call was answered as it was and what became of
 * the feedback on it, or where a version comes from. Reads the store in pages. Thread:
 * loop. */
#ifndef HONE_SERVER_EXPLANATION_H
#define HONE_SERVER_EXPLANATION_H

#include "server/exchange.h"

/* Answers and ends the exchange. */
void hone_explanation_start(struct hone_exchange *exchange);

#endif
