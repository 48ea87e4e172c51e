/* The replay window: past examples, as scaled when they were learnt, to draw from again.
 *
 * Two lists: priors (one per described label, kept for good) and a ring of the newest
 * `capacity` others. An index counts the priors first, then the ring's places. Lists are
 * persistent in blocks of 128 entries, so that a copy of a window costs a pointer per
 * block.
 *
 * Reference counts are plain: one thread at a time may change a window and its copies.
 * What a copy shows never changes, and may be read by another thread meanwhile. */
#ifndef HONE_OPTIM_REPLAY_H
#define HONE_OPTIM_REPLAY_H

#include "base/attr.h"
#include "optim/encoder.h"

#include <stddef.h>
#include <stdint.h>

#define HONE_REPLAY_CAPACITY_MAX 262144

/* What was learnt of an example. */
struct hone_replay_target {
    uint32_t label;
    float weight;
    float reward; /* in [0, 1], or HONE_REPLAY_LABELLED: the label is right */
    /* Of a labelled example of a multi-label classifier: all that are right, distinct, (n_set,);
     * label is then one of them or 0. With a reward the rewarded ones, if they are several. Copied by push; of an example in the window it lives as long
     * as the vector. */
    const uint32_t *set;
    size_t n_set;
};
#define HONE_REPLAY_LABELLED (-1.0F)

struct hone_replay_example; /* immutable, counted */
struct hone_replay_block;

struct hone_replay_list {
    struct hone_replay_block **blocks; // (n_blocks,)
    size_t n_blocks;
    size_t n;
};

struct hone_replay {
    struct hone_replay_list priors, ring;
    size_t capacity; /* of the ring */
    size_t head;     /* place in the ring that is overwritten next once it is full */
};

void hone_replay_init(struct hone_replay *replay, size_t capacity);
void hone_replay_finish(struct hone_replay *replay);
/* dst is uninitialised memory. */
void hone_replay_copy(struct hone_replay *dst, const struct hone_replay *src);

void hone_replay_push(struct hone_replay *replay, struct hone_encoder_vector x,
                      struct hone_replay_target target);
void hone_replay_push_prior(struct hone_replay *replay, struct hone_encoder_vector x,
                            struct hone_replay_target target);

/* Forgets all but the priors and the newest n of the others. */
void hone_replay_keep_newest(struct hone_replay *replay, size_t n);

size_t hone_replay_n(const struct hone_replay *replay);
/* Memory that the examples take, about: some of them stand for all. */
size_t hone_replay_bytes(const struct hone_replay *replay);
/* index < hone_replay_n. The vector lives as long as a window that holds the example. */
struct hone_encoder_vector hone_replay_vector(const struct hone_replay *replay,
                                              size_t index);
struct hone_replay_target hone_replay_target(const struct hone_replay *replay,
                                             size_t index);

#endif
