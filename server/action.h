/* What somebody does to a skill: going back to an earlier version, holding something back
 * (skills/hold.h). Each is one transaction: an event of the log, a row of the audit chain,
 * and what is live. The trainer then folds the event; until it has, no other action and no
 * verdict begins. Thread: loop. */
#ifndef HONE_SERVER_ACTION_H
#define HONE_SERVER_ACTION_H

#include "server/training.h"

struct hone_action;

enum hone_action_kind {
    HONE_ACTION_FREEZE,
    HONE_ACTION_PIN,
    HONE_ACTION_PROMOTE,
    HONE_ACTION_ROLLBACK,
    HONE_ACTION_THAW,
    HONE_ACTION_UNPIN,
};

struct hone_action_order {
    enum hone_action_kind kind;
    uint32_t to; /* a version; 0: none named */
    struct hone_span actor, reason;
};

/* What became of it. */
struct hone_action_result {
    int status; /* 0, HONE_E_NOT_FOUND (no such version, or its tensors are gone), ... */
    struct hone_error error;
    bool is_done_before; /* it was so already: nothing was written */
    uint32_t from, live; /* of an action that moves what is live */
    uint64_t position;   /* of the event; served once the trainer is there */
};

typedef void (*hone_action_cb)(void *user, const struct hone_action_result *result);

/* "freeze"; as the audit row says it. */
const char *hone_action_name(enum hone_action_kind kind);
/* -1: no action has this name. */
int hone_action_find(struct hone_span name);
bool hone_action_needs_reason(enum hone_action_kind kind);
bool hone_action_takes_version(enum hone_action_kind kind);
/* Does it make another version live? */
bool hone_action_moves(enum hone_action_kind kind);

/* Texts are copied. done is called once, when calls see what it changes or the attempt has
 * failed. A rollback that names no version goes to the parent of the live one, a pin stays with
 * that one. */
void hone_action_start(struct hone_training *training,
                       const struct hone_action_order *order, hone_action_cb done,
                       void *user);

/* Starts an action that waited for a verdict to end. */
void hone_action_resume(struct hone_training *training);

#endif
