/* Evidence of one record: what the anchor and the served state make of it before either has
 * learnt from it.
 *
 * The anchor that is compared with is fitted to the package in force (the base, trainer.c), so that
 * a pair speaks of what was learnt and not of labels that came or went with the package. It may
 * still not know the right answer, such as a label of an open set that was learnt since. It
 * cannot be right then, but its loss would be infinite whatever the served state does. So the
 * served state gains the most that a pair can say (HONE_GATE_GAIN_CLIP) where it is right, and
 * nothing where it is not.
 *
 * Thread: TRAIN lane. */
#ifndef HONE_SKILLS_TRAINER_PAIR_H
#define HONE_SKILLS_TRAINER_PAIR_H

#include "base/attr.h"
#include "base/error.h"
#include "skills/event.h"
#include "skills/kind.h"
#include "skills/package.h"

#include <stdbool.h>
#include <stddef.h>

/* Room for what the anchor gave a record; zeroed memory is empty. */
struct hone_trainer_pair_shares {
    float *shares; // (n,), with room for capacity
    size_t n, capacity;
};

struct hone_trainer_pair_sides {
    const struct hone_package *package; /* by the definition in force */
    void *scratch;
    void *anchor, *served; /* views */
    bool is_fitted; /* was the anchor fitted to a package that has changed since? */
};

struct hone_trainer_pair {
    bool is_evidence; /* both could be scored */
    struct hone_kind_score anchor, served;
    bool has_distance;
    float distance; /* between what the two predict (optim/region.h) */
};

/* Does it say what would have been right? Rewards and comments do not. */
bool hone_trainer_pair_names_answer(const struct hone_feedback *feedback);
/* *out is zeroed memory. */
int hone_trainer_pair_score(struct hone_trainer_pair *out,
                            struct hone_trainer_pair_shares *room,
                            const struct hone_trainer_pair_sides *sides,
                            const struct hone_event *event,
                            struct hone_error *err) HONE_MUST_USE;
void hone_trainer_pair_shares_finish(struct hone_trainer_pair_shares *room);

#endif
