/* Rows of a file that `hone train` sends, a batch at a time, become demonstrations in the
 * skill's log.
 *
 * Before a batch is stored and before it is answered the skill comes to rest: everything
 * in its log is learnt and no verdict is due. So where a verdict stands in the log depends
 * on the batches alone, not on how fast anything was, and the same batches give the same
 * weights. Thread: loop. */
#ifndef HONE_SERVER_TRAIN_ROWS_H
#define HONE_SERVER_TRAIN_ROWS_H

#include "server/session.h"
#include "skills/registry.h"

/* Params: rows, an array of at most HONE_FEEDBACK_ITEMS_MAX demonstrations without their
 * skill, each with an idempotency_key. Answers {skill, stored, known, refused: [{row, code,
 * message, hint}], live, position} and ends the exchange. */
void hone_train_rows(struct hone_exchange *exchange, struct hone_skill *skill);

/* Which rows of a file are in the skill's log? Params: keys, at most
 * HONE_FEEDBACK_ITEMS_MAX. Answers {skill, positions: [position or 0]} and ends the
 * exchange. */
void hone_train_rows_known(struct hone_exchange *exchange, struct hone_skill *skill);

#endif
