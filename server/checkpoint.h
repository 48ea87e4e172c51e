/* Saves the served state now and then, so that a restart replays little. A checkpoint is
 * not a version and nobody sees it. Thread: loop. */
#ifndef HONE_SERVER_CHECKPOINT_H
#define HONE_SERVER_CHECKPOINT_H

#include "server/training.h"

/* No verdict may be due and no checkpoint under way. */
void hone_checkpoint_start(struct hone_training *training);

#endif
