/* Scores one input with both heads and the stack: the part that predicting and learning
 * share.
 *
 * Working memory that grows to the largest input and label set so far; allocates nothing
 * after that. One thread at a time. */
#ifndef HONE_OPTIM_SCORER_H
#define HONE_OPTIM_SCORER_H

#include "base/attr.h"
#include "base/error.h"
#include "optim/encoder.h"
#include "optim/model_state.h"
#include "optim/row_table.h"

#include <stddef.h>
#include <stdint.h>

struct hone_scorer {
    struct hone_encoder *encoder;
    struct hone_encoder_vector x; /* the input, scaled */
    const struct hone_row **rows; // (x.n,) NULL for a missing row
    uint32_t *df;                 // (x.n,)
    size_t row_capacity;
    float *first, *second; // (n_labels,) log-probabilities of the two heads
    float *probabilities;  // (n_labels,) of the stack
    size_t label_capacity;
};

void hone_scorer_init(struct hone_scorer *scorer);
void hone_scorer_finish(struct hone_scorer *scorer);

/* Room for n_labels. hone_scorer_score does it by itself. */
void hone_scorer_reserve(struct hone_scorer *scorer, size_t n_labels);

/* Fills x, rows and df with the document frequencies of `index`. HONE_E_LIMIT. */
int hone_scorer_encode(struct hone_scorer *scorer, const struct hone_encoder_input *input,
                       struct hone_row_index index, uint32_t dim_bits,
                       uint64_t n_documents, struct hone_error *err) HONE_MUST_USE;

/* After encode: fills first, second and probabilities. state->n_enabled >= 1.
 * HONE_E_INVALID when a score is not finite. */
int hone_scorer_score(struct hone_scorer *scorer, const struct hone_model_state *state,
                      struct hone_error *err) HONE_MUST_USE;

#endif
