/* hone/log on the control socket: the transitions of skills as their audit rows tell them,
 * or which version of each was live at a moment and why. Reads a skill a step; also
 * skills whose packages are gone. Thread: loop. */
#ifndef HONE_SERVER_HISTORY_H
#define HONE_SERVER_HISTORY_H

#include "server/exchange.h"
#include "store/store.h"

#include <jansson.h>

#define HONE_HISTORY_ENTRIES_MAX 1000 /* that are told at once; the newest */

/* Answers and ends the exchange. */
void hone_history_start(struct hone_exchange *exchange);
/* An audit row as docs/control.md says. New reference. */
json_t *hone_history_entry_json(struct hone_span skill,
                                const struct hone_store_audit *row) HONE_MUST_USE;

#endif
