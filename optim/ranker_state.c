#include "base/alloc.h"
#include "base/check.h"
#include "optim/match_head.h"
#include "optim/match_text.h"
#include "optim/ranker_internal.h"
#include "tensor/kernels.h"

#include <stdlib.h>
#include <string.h>

#define DIM_BITS HONE_RANKER_DIM_BITS
#define N_IDS    ((size_t)1 << DIM_BITS)

static void reserve(struct hone_ranker_scratch *scratch, size_t n)
{
    if (n <= scratch->capacity) {
        return;
    }
    scratch->capacity = n;
    float **arrays[] = {&scratch->scores, &scratch->probabilities, &scratch->gradient,
                        &scratch->work};
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        *arrays[i] = hone_alloc_resize(*arrays[i], n, sizeof(float));
    }
    scratch->texts =
        hone_alloc_resize((void *)(uintptr_t)scratch->texts, n, sizeof(*scratch->texts));
}

static void reserve_given(struct hone_ranker_scratch *scratch)
{
    if (scratch->cache == NULL) {
        scratch->cache = hone_match_cache_create(HONE_MATCH_CACHE_BYTES_MAX);
        scratch->given = hone_alloc_zeroed(N_IDS, sizeof(*scratch->given));
        scratch->weights = hone_alloc_zeroed(N_IDS, sizeof(*scratch->weights));
        scratch->given_ids = hone_alloc_zeroed(N_IDS, sizeof(*scratch->given_ids));
        scratch->given_df = hone_alloc_zeroed(N_IDS, sizeof(*scratch->given_df));
        scratch->given_idf = hone_alloc_zeroed(N_IDS, sizeof(*scratch->given_idf));
    }
}

/* Counts the features of candidate c as those of one more document. */
static void count_given(struct hone_ranker_scratch *scratch,
                        const struct hone_match_text *text, uint32_t c)
{
    for (size_t i = 0; i < hone_match_text_n(text); i++) {
        uint32_t id = hone_match_feature_id(text->features[i]);
        struct hone_ranker_given *given = &scratch->given[id];
        if (given->df == 0) {
            scratch->given_ids[scratch->n_given_ids++] = id;
        }
        given->df += given->last != c + 1 ? 1 : 0;
        given->last = c + 1;
    }
}

/* The texts of candidates that are given, and how many of them have each feature. */
static void encode_given(struct hone_ranker_scratch *scratch,
                         const struct hone_ranker_query *query)
{
    reserve_given(scratch);
    hone_match_cache_begin(scratch->cache);
    for (size_t c = 0; c < query->n_candidates; c++) {
        char *composed =
            hone_match_text_compose(query->candidates[c].name, query->candidates[c].text);
        scratch->texts[c] = hone_match_cache_get(scratch->cache, scratch->encoder,
                                                 hone_span_text(composed), DIM_BITS);
        free(composed);
        count_given(scratch, scratch->texts[c], (uint32_t)c);
    }
}

/* Zeroes what encode_given counted. */
static void forget_given(struct hone_ranker_scratch *scratch)
{
    for (size_t i = 0; i < scratch->n_given_ids; i++) {
        scratch->given[scratch->given_ids[i]] = (struct hone_ranker_given){0};
        scratch->weights[scratch->given_ids[i]] = (struct hone_match_weight){0};
    }
    scratch->n_given_ids = 0;
}

static void match_given(struct hone_ranker_scratch *scratch, size_t n, float tau)
{
    struct hone_encoder_vector x = scratch->x;
    size_t n_ids = scratch->n_given_ids;
    for (size_t i = 0; i < n_ids; i++) {
        scratch->given_df[i] = scratch->given[scratch->given_ids[i]].df;
    }
    hone_match_text_idf(scratch->given_idf, scratch->given_df, n_ids, n);
    for (size_t i = 0; i < n_ids; i++) {
        scratch->weights[scratch->given_ids[i]].idf = scratch->given_idf[i];
    }
    for (size_t i = 0; i < x.n; i++) {
        scratch->weights[x.ids[i]].query = x.values[i];
    }
    for (size_t c = 0; c < n; c++) {
        scratch->scores[c] =
            tau * hone_match_text_dot(scratch->texts[c], scratch->weights);
    }
    for (size_t i = 0; i < x.n; i++) {
        scratch->weights[x.ids[i]].query = 0.0F;
    }
}

/* Encodes the query with the frequencies of candidates and of queries learnt. */
static int encode_query(const struct hone_ranker_state *state,
                        const struct hone_ranker_query *query, size_t n,
                        struct hone_ranker_scratch *scratch, struct hone_error *err)
{
    const uint32_t *ids = NULL;
    size_t n_ids = 0;
    int code =
        hone_encoder_encode(scratch->encoder, &query->input, DIM_BITS, &ids, &n_ids, err);
    if (code != 0) {
        return code;
    }
    if (n_ids > scratch->df_capacity) {
        scratch->df_capacity = n_ids + n_ids / 2;
        scratch->df =
            hone_alloc_resize(scratch->df, scratch->df_capacity, sizeof(*scratch->df));
    }
    for (size_t i = 0; i < n_ids; i++) {
        const struct hone_memory_row *row = hone_memory_table_find(state->memory, ids[i]);
        scratch->df[i] =
            (row != NULL ? row->df : 0) +
            (query->candidates != NULL ? scratch->given[ids[i]].df
                                       : hone_match_corpus_df(state->corpus, ids[i]));
    }
    scratch->x = hone_encoder_scale(scratch->encoder, scratch->df, n + state->n_queries);
    return 0;
}

uint64_t hone_ranker_state_key(const struct hone_ranker_state *state,
                               const struct hone_ranker_query *query, size_t index)
{
    return query->candidates != NULL
               ? hone_match_corpus_key_of(query->candidates[index].name)
               : hone_match_corpus_key(state->corpus, index);
}

/* Adds <x, M_c>. */
static void add_memories(const struct hone_ranker_state *state,
                         const struct hone_ranker_query *query, size_t n,
                         struct hone_ranker_scratch *scratch)
{
    size_t n_slots = state->slots.n;
    if (n_slots == 0) {
        return;
    }
    if (n_slots > scratch->slot_capacity) {
        scratch->slot_capacity = n_slots + n_slots / 2;
        scratch->by_slot =
            hone_alloc_resize(scratch->by_slot, scratch->slot_capacity, sizeof(float));
    }
    memset(scratch->by_slot, 0, n_slots * sizeof(float));
    for (size_t i = 0; i < scratch->x.n; i++) {
        const struct hone_memory_row *row =
            hone_memory_table_find(state->memory, scratch->x.ids[i]);
        for (size_t e = 0; row != NULL && e < row->n; e++) {
            scratch->by_slot[row->entries[e].slot] +=
                scratch->x.values[i] * row->entries[e].weight;
        }
    }
    for (size_t c = 0; c < n; c++) {
        uint32_t slot =
            hone_memory_slots_find(&state->slots, hone_ranker_state_key(state, query, c));
        if (slot != HONE_MEMORY_SLOTS_NONE) {
            scratch->scores[c] += scratch->by_slot[slot];
        }
    }
}

static int check_count(size_t n, struct hone_error *err)
{
    if (n == 0) {
        return hone_error_set(err, HONE_E_INVALID, "there is no candidate");
    }
    if (n > HONE_RANKER_CANDIDATES_MAX) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "there are %zu candidates, the limit is %d", n,
                              HONE_RANKER_CANDIDATES_MAX);
    }
    return 0;
}

int hone_ranker_state_rank(const struct hone_ranker_state *state,
                           const struct hone_ranker_query *query,
                           struct hone_ranker_scratch *scratch,
                           struct hone_ranker_scores *out, struct hone_error *err)
{
    bool given = query->candidates != NULL;
    size_t n = given ? query->n_candidates : hone_match_corpus_n(state->corpus);
    int code = check_count(n, err);
    if (code != 0) {
        return code;
    }
    reserve(scratch, n);
    if (given) {
        encode_given(scratch, query);
    }
    code = encode_query(state, query, n, scratch, err);
    if (code == 0 && given) {
        match_given(scratch, n,
                    hone_match_head_tau(query->n_ranked > n ? query->n_ranked : n));
    } else if (code == 0) {
        memset(scratch->scores, 0, n * sizeof(float));
        hone_match_corpus_dot(state->corpus, scratch->x, hone_match_head_tau(n),
                              scratch->scores);
    }
    if (given) {
        forget_given(scratch);
    }
    if (code != 0) {
        return code;
    }
    add_memories(state, query, n, scratch);
    if (!hone_all_finite(scratch->scores, n)) {
        return hone_error_set(err, HONE_E_INVALID, "a score is not finite");
    }
    hone_softmax(scratch->probabilities, scratch->scores, n);
    *out = (struct hone_ranker_scores){n, scratch->scores, scratch->probabilities,
                                       scratch->x.n};
    return 0;
}
