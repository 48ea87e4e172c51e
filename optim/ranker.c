#include "optim/ranker.h"

#include "base/alloc.h"
#include "base/check.h"
#include "optim/match_head.h"
#include "optim/ranker_internal.h"

#include <stdlib.h>

/* So many memories go at once when there are too many: a sweep of the table is not for every
 * new candidate. */
#define FORGOTTEN_AT_ONCE (HONE_RANKER_MEMORIES_MAX / 4)

void hone_ranker_state_copy(struct hone_ranker_state *dst,
                            const struct hone_ranker_state *src)
{
    dst->corpus = hone_match_corpus_ref(src->corpus);
    dst->memory = hone_memory_table_copy(src->memory);
    hone_memory_slots_copy(&dst->slots, &src->slots);
    dst->n_queries = src->n_queries;
}

void hone_ranker_state_finish(struct hone_ranker_state *state)
{
    hone_match_corpus_unref(state->corpus);
    hone_memory_table_destroy(state->memory);
    hone_memory_slots_finish(&state->slots);
}

struct hone_ranker *hone_ranker_create(void)
{
    struct hone_ranker *ranker = hone_alloc_zeroed(1, sizeof(*ranker));
    ranker->state.corpus = hone_match_corpus_create(NULL, 0, HONE_RANKER_DIM_BITS);
    ranker->state.memory = hone_memory_table_create(HONE_RANKER_DIM_BITS);
    ranker->scratch = hone_ranker_scratch_create();
    return ranker;
}

void hone_ranker_destroy(struct hone_ranker *ranker)
{
    if (ranker != NULL) {
        hone_ranker_state_finish(&ranker->state);
        hone_ranker_scratch_destroy(ranker->scratch);
        free(ranker);
    }
}

void hone_ranker_hold(struct hone_ranker *ranker,
                      const struct hone_match_candidate *candidates, size_t n)
{
    HONE_REQUIRE(n <= HONE_RANKER_CANDIDATES_MAX);
    hone_match_corpus_unref(ranker->state.corpus);
    ranker->state.corpus = hone_match_corpus_create(candidates, n, HONE_RANKER_DIM_BITS);
}

/* Views. */

struct hone_ranker_view *hone_ranker_freeze(struct hone_ranker *ranker)
{
    struct hone_ranker_view *view = hone_alloc_zeroed(1, sizeof(*view));
    atomic_init(&view->n_refs, 1);
    hone_ranker_state_copy(&view->state, &ranker->state);
    return view;
}

const struct hone_ranker_view *hone_ranker_peek(struct hone_ranker *ranker)
{
    ranker->now.state = ranker->state;
    return &ranker->now;
}

struct hone_ranker_view *hone_ranker_view_ref(struct hone_ranker_view *view)
{
    atomic_fetch_add_explicit(&view->n_refs, 1, memory_order_relaxed);
    return view;
}

void hone_ranker_view_unref(struct hone_ranker_view *view)
{
    if (view != NULL &&
        atomic_fetch_sub_explicit(&view->n_refs, 1, memory_order_acq_rel) == 1) {
        hone_ranker_state_finish(&view->state);
        free(view);
    }
}

void hone_ranker_restore(struct hone_ranker *ranker, const struct hone_ranker_view *view)
{
    hone_ranker_state_finish(&ranker->state);
    hone_ranker_state_copy(&ranker->state, &view->state);
}

const struct hone_match_corpus *
hone_ranker_view_corpus(const struct hone_ranker_view *view)
{
    return view->state.corpus;
}

/* Ranking. */

int hone_ranker_view_rank(const struct hone_ranker_view *view,
                          const struct hone_ranker_query *query,
                          struct hone_ranker_scratch *scratch,
                          struct hone_ranker_scores *out, struct hone_error *err)
{
    return hone_ranker_state_rank(&view->state, query, scratch, out, err);
}

size_t hone_ranker_best(const struct hone_ranker_scores *scores, uint32_t *out,
                        size_t max)
{
    size_t n = 0;
    for (uint32_t c = 0; c < scores->n && max > 0; c++) {
        float score = scores->scores[c];
        if (n == max && scores->scores[out[n - 1]] >= score) {
            continue;
        }
        size_t at = n < max ? n++ : n - 1;
        for (; at > 0 && scores->scores[out[at - 1]] < score; at--) {
            out[at] = out[at - 1];
        }
        out[at] = c;
    }
    return n;
}

/* Learning. */

static void forget_oldest(struct hone_ranker_state *state, size_t n_needed)
{
    size_t n = state->slots.n;
    size_t n_gone = n_needed > FORGOTTEN_AT_ONCE ? n_needed : FORGOTTEN_AT_ONCE;
    n_gone = n_gone < n ? n_gone : n;
    uint32_t *renumbered = hone_alloc_zeroed(n, sizeof(*renumbered));
    hone_memory_slots_forget(&state->slots, n_gone, renumbered);
    hone_memory_table_renumber(state->memory, renumbered, n);
    free(renumbered);
}

static uint32_t slot_of(struct hone_ranker_state *state, uint64_t key, uint64_t position)
{
    uint32_t slot = hone_memory_slots_find(&state->slots, key);
    if (slot == HONE_MEMORY_SLOTS_NONE) {
        slot = hone_memory_slots_add(&state->slots, key);
    }
    state->slots.touched[slot] = position;
    return slot;
}

static int compare_entries(const void *a, const void *b)
{
    const struct hone_memory_entry *x = a, *y = b;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* The steps that are large enough to be kept, by slot; how many. entries (n,). */
static size_t collect_steps(struct hone_ranker *ranker,
                            const struct hone_ranker_query *query, size_t n, float weight,
                            uint64_t position, struct hone_memory_entry *entries)
{
    struct hone_ranker_state *state = &ranker->state;
    size_t n_entries = 0, n_new = 0;
    for (size_t c = 0; c < n; c++) {
        uint64_t key = hone_ranker_state_key(state, query, c);
        if (hone_match_head_step(ranker->scratch->gradient[c], weight) != 0.0F &&
            hone_memory_slots_find(&state->slots, key) == HONE_MEMORY_SLOTS_NONE) {
            n_new++;
        }
    }
    if (state->slots.n + n_new > HONE_RANKER_MEMORIES_MAX) {
        forget_oldest(state, n_new);
    }
    for (size_t c = 0; c < n; c++) {
        float step = hone_match_head_step(ranker->scratch->gradient[c], weight);
        if (step != 0.0F) {
            uint64_t key = hone_ranker_state_key(state, query, c);
            entries[n_entries++] =
                (struct hone_memory_entry){slot_of(state, key, position), step};
        }
    }
    qsort(entries, n_entries, sizeof(*entries), compare_entries);
    return n_entries;
}

/* Applies the gradient in scratch, and counts the query. */
static void apply(struct hone_ranker *ranker, const struct hone_ranker_query *query,
                  size_t n, float weight, uint64_t position)
{
    struct hone_ranker_state *state = &ranker->state;
    struct hone_encoder_vector x = ranker->scratch->x;
    struct hone_memory_entry *entries = hone_alloc_zeroed(n, sizeof(*entries));
    size_t n_entries = collect_steps(ranker, query, n, weight, position, entries);
    for (size_t i = 0; i < x.n; i++) {
        hone_memory_table_add(state->memory, x.ids[i], 1, entries, n_entries,
                              x.values[i]);
    }
    state->n_queries += 1;
    free(entries);
}

int hone_ranker_learn_order(struct hone_ranker *ranker,
                            const struct hone_ranker_query *query, const uint32_t *order,
                            size_t n_order, float weight, uint64_t position,
                            struct hone_error *err)
{
    struct hone_ranker_scores scores;
    struct hone_ranker_scratch *scratch = ranker->scratch;
    HONE_REQUIRE(n_order >= 1 && n_order <= HONE_RANKER_ORDER_MAX);
    int code = hone_ranker_state_rank(&ranker->state, query, scratch, &scores, err);
    if (code != 0) {
        return code;
    }
    if (scores.n == 1 || scores.n_features == 0) {
        return 0;
    }
    hone_match_head_order_gradient(scratch->gradient, scores.scores, scores.n, order,
                                   n_order, HONE_MATCH_HEAD_SMOOTHING, scratch->work);
    apply(ranker, query, scores.n, weight, position);
    return 1;
}

int hone_ranker_learn_reward(struct hone_ranker *ranker,
                             const struct hone_ranker_query *query, uint32_t candidate,
                             float reward, float weight, uint64_t position,
                             struct hone_error *err)
{
    struct hone_ranker_scores scores;
    struct hone_ranker_scratch *scratch = ranker->scratch;
    int code = hone_ranker_state_rank(&ranker->state, query, scratch, &scores, err);
    if (code != 0) {
        return code;
    }
    HONE_REQUIRE(candidate < scores.n);
    if (scores.n == 1 || scores.n_features == 0) {
        return 0;
    }
    hone_match_head_reward_gradient(scratch->gradient, scores.probabilities, scores.n,
                                    candidate, HONE_MATCH_HEAD_SMOOTHING, reward);
    apply(ranker, query, scores.n, weight, position);
    return 1;
}
