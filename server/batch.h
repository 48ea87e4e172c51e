/* Batches of JSON-RPC messages, which only revision 2025-03-26 has. Thread: loop. */
#ifndef HONE_SERVER_BATCH_H
#define HONE_SERVER_BATCH_H

#include "base/span.h"
#include "server/session.h"

#include <jansson.h>
#include <stdbool.h>

#define HONE_BATCH_VERSION      "2025-03-26"
#define HONE_BATCH_MESSAGES_MAX 1000

/* Is it an array, from a client that may send batches? */
bool hone_batch_is(const struct hone_session *session, struct hone_span bytes);
/* Why these messages are refused as a whole, or NULL. Static. */
const char *hone_batch_fault(const json_t *messages);
/* Answers all messages of the array, in one array, once the last is answered. */
void hone_batch_run(struct hone_session *session, struct hone_channel *channel,
                    struct hone_span bytes);

#endif
