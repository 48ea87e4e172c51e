/* hone/diff on the control socket: how two versions of a skill differ, in their labels and
 * weights and in what they answer to the newest recorded calls. The states are loaded
 * beside the one that serves; the store is read a block of calls at a time, and calls are
 * answered on the CALL lane in short slices. One at a time. Thread: loop. */
#ifndef HONE_SERVER_DIFFERENCE_H
#define HONE_SERVER_DIFFERENCE_H

#include "server/exchange.h"
#include "skills/registry.h"

#define HONE_DIFFERENCE_CALLS_MAX 10000 /* that are answered again */
/* Of the log, the newest between the versions, among which demonstrations are looked for. */
#define HONE_DIFFERENCE_EVENTS_MAX 20000
#define HONE_DIFFERENCE_FLIPS_MAX  200 /* that are told one by one */

/* Answers and ends the exchange. */
void hone_difference_start(struct hone_exchange *exchange, struct hone_skill *skill);

#endif
