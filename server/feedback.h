/* Feedback: one code path for the MCP tool, the HTTP API and the command line.
 *
 * An item names a call, or brings skill and input of its own: a demonstration.
 *
 * parse -> look up the calls (STORE) -> check against the skills' kinds (loop) -> append
 * and commit (STORE) -> tell training -> answer, or wait until it is served. Thread:
 * loop. */
#ifndef HONE_SERVER_FEEDBACK_H
#define HONE_SERVER_FEEDBACK_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "base/uuid.h"
#include "skills/event.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_app;
struct hone_feedback_batch;

#define HONE_FEEDBACK_ITEMS_MAX       1000
#define HONE_FEEDBACK_COMMENT_MAX     16384 /* bytes */
#define HONE_FEEDBACK_VALUE_MAX       4096
#define HONE_FEEDBACK_ORDER_MAX       100 /* ids of an order, labels of a set */
#define HONE_FEEDBACK_ORDER_BYTES_MAX (32 * 1024)
#define HONE_FEEDBACK_KEY_MAX         200
#define HONE_FEEDBACK_SOURCE_MAX      64

/* What became of one item. */
struct hone_feedback_outcome {
    int status; /* 0, or HONE_E_INVALID, _NOT_FOUND (call), _EXISTS (key conflict),
                   _AGAIN, _FULL ... */
    struct hone_error error;
    bool duplicate;
    bool learned;    /* what is learnt includes it */
    bool withheld;   /* ... but calls do not see it yet */
    uint32_t pinned; /* the version that answers calls, as it is pinned; 0: none */
    bool frozen;     /* it is not learnt, as the skill is frozen */
    struct hone_uuid feedback_id, call_id;
    bool is_demonstration; /* there is no call */
    const char *skill;     /* name; borrowed from the registry */
    uint64_t position;
    uint32_t version; /* live version when answered */
};

/* outcomes: one per item, in order; borrowed for the call. Called once. */
typedef void (*hone_feedback_cb)(void *user, const struct hone_feedback_outcome *outcomes,
                                 size_t n_outcomes);

/* What learning calls a kind of feedback in the store. Thread: any. */
enum hone_feedback_kind hone_feedback_kind_of(enum hone_store_feedback_kind kind);

/* Who gives feedback. */
struct hone_feedback_sender {
    struct hone_span source;
    bool is_proven; /* by a token: an item cannot name another source */
    /* Rows of a file: an item may also say "weight", "barred" (taught, never evidence) and
     * "text_key": of rows with the same one the first alone can be evidence. */
    bool is_file;
};

/* items: JSON objects with the keys of the `feedback` tool, at most
 * HONE_FEEDBACK_ITEMS_MAX; read before this returns. The source and idempotency_key (may
 * be empty) are used where an item names none. */
void hone_feedback_submit(struct hone_app *app, const json_t *const *items,
                          size_t n_items, struct hone_feedback_sender sender,
                          struct hone_span idempotency_key, hone_feedback_cb done,
                          void *user);

#endif
