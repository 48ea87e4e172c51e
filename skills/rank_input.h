/* The arguments of a rank call as the ranker wants them: the query of the declared fields, all
 * of which share one namespace with the candidates' texts, and the candidates, held by the
 * package or given in the call. Thread: any. */
#ifndef HONE_SKILLS_RANK_INPUT_H
#define HONE_SKILLS_RANK_INPUT_H

#include "base/attr.h"
#include "base/error.h"
#include "optim/ranker.h"
#include "skills/classify_input.h"
#include "skills/package.h"

#include <jansson.h>
#include <stdbool.h>

#define HONE_RANK_INPUT_CANDIDATES                                                       \
    "candidates" /* argument, when the package holds none */
/* In a record whose candidates are the best of more: how many there were. */
#define HONE_RANK_INPUT_RANKED "n_candidates"
#define HONE_RANK_INPUT_N      "n" /* argument: how many places are wanted */

struct hone_rank_input {
    struct hone_classify_input fields;
    struct hone_ranker_query query;     /* its fields are the ones above */
    struct hone_match_candidate *given; /* owned; NULL when the package holds them */
};

/* Does the package hold its candidates? */
bool hone_rank_input_is_held(const struct hone_package *package);

/* HONE_E_INVALID for candidates that are missing, without an id that may be one
 * (hone_label_check), or with ids that are the same word; HONE_E_LIMIT for more than
 * HONE_RANKER_CANDIDATES_MAX. *out borrows from both for its life, must not be moved, and on
 * success is finished by the caller. */
int hone_rank_input_fill(struct hone_rank_input *out, const struct hone_package *package,
                         const json_t *arguments, struct hone_error *err) HONE_MUST_USE;
void hone_rank_input_finish(struct hone_rank_input *input);

/* Candidates of a query, of the view's package when it gives none. */
size_t hone_rank_input_n(const struct hone_rank_input *input,
                         const struct hone_ranker_view *view);
struct hone_match_candidate hone_rank_input_candidate(const struct hone_rank_input *input,
                                                      const struct hone_ranker_view *view,
                                                      size_t index);
/* The candidate of exactly this id, else the only one that is the same word. 0 or
 * HONE_E_NOT_FOUND. */
int hone_rank_input_find(const struct hone_rank_input *input,
                         const struct hone_ranker_view *view, struct hone_span id,
                         uint32_t *index) HONE_MUST_USE;

/* An order as feedback has it: ids, best first, each on a line of its own. Takes the first one
 * off; false when there is none left. */
bool hone_rank_input_next_id(struct hone_span *order, struct hone_span *id);

#endif
