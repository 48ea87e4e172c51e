/* Batches that pass through a relay: what is remembered of their messages. Thread: any. */
#ifndef HONE_SERVER_RELAY_BATCH_H
#define HONE_SERVER_RELAY_BATCH_H

#include "server/relay_memory.h"

#include <stdbool.h>

/* Is the line an array? */
bool hone_relay_batch_is(struct hone_span line);
/* As hone_relay_memory_note_sent and _note_answer, for each message of the array. None of
 * them is sent again by the relay. */
void hone_relay_batch_note_sent(struct hone_relay_memory *memory, struct hone_span line);
void hone_relay_batch_note_answer(struct hone_relay_memory *memory,
                                  struct hone_span line);

#endif
