/* A ranker that learns from choices, orders and rewards: encoder, match head, and a sparse
 * memory of each candidate that was learnt from, on a persistent copy-on-write table.
 *
 * Candidates are held (hone_ranker_hold) or given with each query. A candidate is its name:
 * what was learnt of it is kept under the name's 64-bit hash, whatever its text is and
 * whether it is there at the moment. Document frequencies are those of the candidates held or
 * given; for the query those of the queries learnt are added, which count as documents.
 *
 *   ranker   the training state. One owner thread at a time.
 *   view     an immutable, counted picture of all of it, which is also what is gone back to
 *            and what is saved. Any thread may read a view that it holds and give its
 *            reference back.
 *
 * Determinism: the same sequence of operations with the same arguments gives the same
 * bytes, also across save and load at any point. Nothing is drawn at random. */
#ifndef HONE_OPTIM_RANKER_H
#define HONE_OPTIM_RANKER_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "optim/encoder.h"
#include "optim/match_corpus.h" /* struct hone_match_candidate */

#include <stddef.h>
#include <stdint.h>

#define HONE_RANKER_CANDIDATES_MAX 10000
#define HONE_RANKER_ORDER_MAX      100   /* places of an order that is learnt */
#define HONE_RANKER_MEMORIES_MAX   16384 /* candidates remembered; then the oldest go */
#define HONE_RANKER_DIM_BITS       15
#define HONE_RANKER_HELD_BYTES_MAX (16U * 1024 * 1024) /* names and texts held */

struct hone_ranker;
struct hone_ranker_view;
struct hone_ranker_scratch;
struct hone_ranker_save;

/* The candidates given with a query; NULL items: those that are held. Names are
 * distinct. */
struct hone_ranker_query {
    struct hone_encoder_input input;
    const struct hone_match_candidate *candidates; // (n_candidates,)
    size_t n_candidates;
    size_t
        n_ranked; /* how many there were when these are the best of more, else 0: tau is
                        that of then */
};

struct hone_ranker *hone_ranker_create(void) HONE_MUST_USE;
void hone_ranker_destroy(struct hone_ranker *ranker); /* accepts NULL */

/* From now on these candidates are held, at most HONE_RANKER_CANDIDATES_MAX of distinct
 * names. Texts are copied. */
void hone_ranker_hold(struct hone_ranker *ranker,
                      const struct hone_match_candidate *candidates, size_t n);

/* An order of some candidates (indices into the query's), best first, distinct, 1 to
 * HONE_RANKER_ORDER_MAX of them; a choice is an order of one. weight > 0, 1 for ordinary. 1
 * learnt, 0 nothing to learn from: no candidate but one, or a query without
 * features. HONE_E_INVALID when a score is not finite: the state is then as before. */
int hone_ranker_learn_order(struct hone_ranker *ranker,
                            const struct hone_ranker_query *query, const uint32_t *order,
                            size_t n_order, float weight, uint64_t position,
                            struct hone_error *err) HONE_MUST_USE;
/* The reward in [0, 1] for having put the candidate first. */
int hone_ranker_learn_reward(struct hone_ranker *ranker,
                             const struct hone_ranker_query *query, uint32_t candidate,
                             float reward, float weight, uint64_t position,
                             struct hone_error *err) HONE_MUST_USE;

/* New reference. */
struct hone_ranker_view *hone_ranker_freeze(struct hone_ranker *ranker) HONE_MUST_USE;
/* The state as it is now, to be read by its owner until the ranker next changes; never
 * referenced. */
const struct hone_ranker_view *hone_ranker_peek(struct hone_ranker *ranker);
struct hone_ranker_view *hone_ranker_view_ref(struct hone_ranker_view *view);
void hone_ranker_view_unref(struct hone_ranker_view *view); /* accepts NULL */
/* Makes the ranker's state that of the view, byte for byte. */
void hone_ranker_restore(struct hone_ranker *ranker, const struct hone_ranker_view *view);

/* Candidates held. */
const struct hone_match_corpus *
hone_ranker_view_corpus(const struct hone_ranker_view *view);

/* Memory for ranking, reused over calls; one thread at a time. */
struct hone_ranker_scratch *hone_ranker_scratch_create(void) HONE_MUST_USE;
void hone_ranker_scratch_destroy(struct hone_ranker_scratch *scratch); /* accepts NULL */

/* One entry for each candidate, inside scratch, valid until its next use. */
struct hone_ranker_scores {
    size_t n;
    const float *scores;        // (n,)
    const float *probabilities; // (n,) of being the best; they sum to 1
    size_t n_features; /* of the query; without any, only order of place is left */
};

/* HONE_E_INVALID when there is no candidate or a score is not finite, HONE_E_LIMIT above
 * HONE_RANKER_CANDIDATES_MAX. */
int hone_ranker_view_rank(const struct hone_ranker_view *view,
                          const struct hone_ranker_query *query,
                          struct hone_ranker_scratch *scratch,
                          struct hone_ranker_scores *out,
                          struct hone_error *err) HONE_MUST_USE;
/* The best candidates, best first, of equals the earlier: indices into out (max,); how
 * many. */
size_t hone_ranker_best(const struct hone_ranker_scores *scores, uint32_t *out,
                        size_t max);

/* Saving in slices, as of a classifier: see optim/classifier.h. The view must outlive the
 * save. Names and shapes are in ranker_file.h. */
int hone_ranker_save_create(struct hone_ranker_save **out,
                            const struct hone_ranker_view *view, const char *path,
                            struct hone_span extra, struct hone_error *err) HONE_MUST_USE;
int hone_ranker_save_step(struct hone_ranker_save *save, size_t max_bytes,
                          struct hone_error *err) HONE_MUST_USE;
void hone_ranker_save_result(const struct hone_ranker_save *save,
                             struct hone_digest *digest, uint64_t *size_bytes);
void hone_ranker_save_destroy(struct hone_ranker_save *save); /* accepts NULL */
/* HONE_E_CORRUPT for anything that is not exactly what save writes, HONE_E_VERSION for a
 * newer format, HONE_E_NOT_FOUND, HONE_E_IO. Never trusts a size in the file. */
int hone_ranker_load(struct hone_ranker **out, const char *path, char **extra,
                     struct hone_error *err) HONE_MUST_USE;

#endif
