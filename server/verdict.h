/* Carries a gate verdict through the store: tensors file, then one transaction with the
 * version row, the position, the audit row and the verdict as the log's next event.
 * Thread: loop. */
#ifndef HONE_SERVER_VERDICT_H
#define HONE_SERVER_VERDICT_H

#include "server/training.h"

/* training->due must hold and no verdict be under way. */
void hone_verdict_start(struct hone_training *training);

#endif
