/* What is held back of a skill (skills/hold.h): in the log, and as the status tells it.
 * Thread: loop, but for hone_holds_read. */
#ifndef HONE_SERVER_HOLDS_H
#define HONE_SERVER_HOLDS_H

#include "server/action.h"
#include "server/training.h"
#include "skills/hold.h"

#include <jansson.h>

/* Notes what is held now; at the start, when no lane runs. */
int hone_holds_open(struct hone_training *training, struct hone_error *err) HONE_MUST_USE;
void hone_holds_close(struct hone_training *training);
/* A new event was written; takes body. */
void hone_holds_set_take(struct hone_training *training, json_t *body, uint64_t position);

/* What is held at a position of the log. STORE lane. */
int hone_holds_read(struct hone_hold *out, struct hone_training *training,
                    uint64_t position, struct hone_error *err) HONE_MUST_USE;

bool hone_holds_frozen(const struct hone_training *training);
/* The version that is pinned; 0: none. */
uint32_t hone_holds_pinned(const struct hone_training *training);
/* ... and what it has learnt through. */
uint64_t hone_holds_pinned_position(const struct hone_training *training);
/* Was feedback at this position passed over, as the skill is frozen? */
bool hone_holds_passed_over(const struct hone_training *training, uint64_t position);

struct hone_holds_change {
    enum hone_action_kind kind;
    struct hone_span actor, reason;
    uint32_t version; /* to pin, with its tensors and where it was made */
    struct hone_digest tensors;
    uint64_t position;
};

/* Body of the event that an action writes, or NULL when it would change nothing. New
 * reference. */
json_t *hone_holds_change(const struct hone_training *training,
                          const struct hone_holds_change *change) HONE_MUST_USE;
/* The verified tensors file of what is pinned, to free(); NULL: nothing is, or the file is not
 * whole, which is logged. Any lane. */
char *hone_holds_pinned_path(const struct hone_training *training,
                             const struct hone_hold *hold);
/* {"frozen", "pinned"}, each null or {"actor", "reason", "since", "after"}; a skill is frozen after a
 * position; what is pinned has "version", "position" and "tensors". New reference. */
json_t *hone_holds_json(const struct hone_training *training) HONE_MUST_USE;

#endif
