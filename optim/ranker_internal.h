/* The structs behind ranker.h, shared by the files that implement it and by nobody
 * else. */
#ifndef HONE_OPTIM_RANKER_INTERNAL_H
#define HONE_OPTIM_RANKER_INTERNAL_H

#include "optim/match_cache.h"
#include "optim/match_text.h"
#include "optim/memory_slots.h"
#include "optim/memory_table.h"
#include "optim/ranker.h"

#include <stdatomic.h>

/* All that learning changes, and the candidates held. */
struct hone_ranker_state {
    struct hone_match_corpus *corpus; /* counted */
    struct hone_memory_table *memory;
    struct hone_memory_slots slots;
    uint64_t n_queries; /* learnt; documents of the memory's frequencies */
};

struct hone_ranker_view {
    atomic_uint n_refs;
    struct hone_ranker_state state;
};

struct hone_ranker {
    struct hone_ranker_state state;
    struct hone_ranker_scratch *scratch;
    struct hone_ranker_view now; /* the last peek; owns nothing */
};

/* Of a feature: how many of the candidates given have it, and which one was seen last. */
struct hone_ranker_given {
    uint32_t df, last;
};

struct hone_ranker_scratch {
    struct hone_encoder *encoder;
    struct hone_match_cache *cache;
    struct hone_encoder_vector x; /* the query, scaled */
    uint32_t *df;                 // (df_capacity,)
    size_t df_capacity;
    const struct hone_match_text **texts;            // (n,) of the candidates given
    float *scores, *probabilities, *gradient, *work; // (n,)
    size_t capacity;                                 /* of the arrays (n,) */
    float *by_slot;                                  // (slot_capacity,)
    size_t slot_capacity;
    /* By feature, for candidates that are given; all zero between calls. */
    struct hone_ranker_given *given;   // (2^dim_bits,)
    struct hone_match_weight *weights; // (2^dim_bits,)
    uint32_t *given_ids;               // (n_given_ids,) features with df > 0
    uint32_t *given_df;                // (n_given_ids,)
    float *given_idf;                  // (n_given_ids,)
    size_t n_given_ids;
};

void hone_ranker_state_copy(struct hone_ranker_state *dst,
                            const struct hone_ranker_state *src);
void hone_ranker_state_finish(struct hone_ranker_state *state);

/* Fills x, scores and probabilities of scratch. */
int hone_ranker_state_rank(const struct hone_ranker_state *state,
                           const struct hone_ranker_query *query,
                           struct hone_ranker_scratch *scratch,
                           struct hone_ranker_scores *out,
                           struct hone_error *err) HONE_MUST_USE;
/* Key of a candidate of the query. */
uint64_t hone_ranker_state_key(const struct hone_ranker_state *state,
                               const struct hone_ranker_query *query, size_t index);

#endif
