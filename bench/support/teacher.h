/* Keeps a server learning: batches of feedback over its HTTP API, four of them always under
 * way, so that the TRAIN lane never runs out of work.
 *
 * Blocks; gives up (bench/support/fail.h) when the server is not as it should be. Thread:
 * any, one at a time. */
#ifndef HONE_BENCH_SUPPORT_TEACHER_H
#define HONE_BENCH_SUPPORT_TEACHER_H

#include "base/attr.h"
#include "bench/mcpload/exchange.h"
#include "bench/support/dataset.h"
#include "bench/support/peer.h"

#define HONE_TEACHER_WAYS  4
#define HONE_TEACHER_BATCH 32 /* labels */

struct hone_teacher {
    struct hone_dataset rows;
    char (*call_ids)[HONE_PEER_CALL_ID_MAX]; /* of a call with each row's text */
    size_t n_sent;
    int sockets[HONE_TEACHER_WAYS];
    struct hone_exchange exchanges[HONE_TEACHER_WAYS];
    struct hone_options address;
};

/* texts: JSON lines with text and label. */
void hone_teacher_init(struct hone_teacher *out, const char *texts);
void hone_teacher_finish(struct hone_teacher *teacher);

/* Calls the skill with every text, on a server of its own, so that later there is something
 * that feedback can be about. Nobody may serve the data folder. */
void hone_teacher_prepare(struct hone_teacher *teacher, const char *program,
                          const char *data, const char *skills, const char *skill);

/* url: what hone/status says of HTTP. */
void hone_teacher_connect(struct hone_teacher *teacher, const char *url);
void hone_teacher_disconnect(struct hone_teacher *teacher);
void hone_teacher_send(struct hone_teacher *teacher, size_t way);
/* Waits for the answer to the batch that was sent this way; how many labels of it were
 * learned, 0 when the server has closed the connection. */
size_t hone_teacher_receive(struct hone_teacher *teacher, size_t way) HONE_MUST_USE;

#endif
