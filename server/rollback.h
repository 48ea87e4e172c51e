/* Going back to an earlier version: one transaction makes it live and puts the rollback
 * into the log; the trainer then loads that version's file when it comes to the event.
 * Thread: loop. */
#ifndef HONE_SERVER_ROLLBACK_H
#define HONE_SERVER_ROLLBACK_H

#include "server/training.h"

struct hone_rollback;

/* What became of it. */
struct hone_rollback_result {
    int status; /* 0, HONE_E_NOT_FOUND (no such version, or its tensors are gone), ... */
    struct hone_error error;
    uint32_t from, live;
    uint64_t position; /* of the event; served once the trainer is there */
};

typedef void (*hone_rollback_cb)(void *user, const struct hone_rollback_result *result);

/* to 0: the parent of the live version. Texts are copied. done is called once, when the
 * earlier version is served again or the attempt has failed. */
void hone_rollback_start(struct hone_training *training, uint32_t to,
                         struct hone_span actor, struct hone_span reason,
                         hone_rollback_cb done, void *user);

/* Starts a rollback that waited for a verdict to end. */
void hone_rollback_resume(struct hone_training *training);

#endif
