#include "optim/scorer.h"

#include "base/alloc.h"
#include "base/attr.h"
#include "optim/nb_head.h"
#include "optim/softmax_head.h"
#include "tensor/kernels.h"

#include <stdlib.h>

void hone_scorer_init(struct hone_scorer *scorer)
{
    *scorer = (struct hone_scorer){.encoder = hone_encoder_create()};
}

void hone_scorer_finish(struct hone_scorer *scorer)
{
    hone_encoder_destroy(scorer->encoder);
    free(scorer->rows);
    free(scorer->df);
    free(scorer->first);
    free(scorer->second);
    free(scorer->probabilities);
    *scorer = (struct hone_scorer){0};
}

void hone_scorer_reserve(struct hone_scorer *scorer, size_t n_labels)
{
    if (n_labels > scorer->label_capacity) {
        scorer->label_capacity = n_labels;
        scorer->first = hone_alloc_resize(scorer->first, n_labels, sizeof(float));
        scorer->second = hone_alloc_resize(scorer->second, n_labels, sizeof(float));
        scorer->probabilities =
            hone_alloc_resize(scorer->probabilities, n_labels, sizeof(float));
    }
}

static void reserve_rows(struct hone_scorer *scorer, size_t n)
{
    if (n > scorer->row_capacity) {
        scorer->row_capacity = n + n / 2;
        scorer->rows =
            hone_alloc_resize(scorer->rows, scorer->row_capacity, sizeof(*scorer->rows));
        scorer->df =
            hone_alloc_resize(scorer->df, scorer->row_capacity, sizeof(*scorer->df));
    }
}

int hone_scorer_encode(struct hone_scorer *scorer, const struct hone_encoder_input *input,
                       struct hone_row_index index, uint32_t dim_bits,
                       uint64_t n_documents, struct hone_error *err)
{
    const uint32_t *ids = NULL;
    size_t n = 0;
    int rc = hone_encoder_encode(scorer->encoder, input, dim_bits, &ids, &n, err);
    if (rc != 0) {
        return rc;
    }
    reserve_rows(scorer, n);
    for (size_t i = 0; i < n; i++) {
        scorer->rows[i] = hone_row_index_find(index, ids[i]);
        HONE_PREFETCH(scorer->rows[i]);
    }
    for (size_t i = 0; i < n; i++) {
        scorer->df[i] = scorer->rows[i] != NULL ? scorer->rows[i]->df : 0;
    }
    scorer->x = hone_encoder_scale(scorer->encoder, scorer->df, n_documents);
    return 0;
}

/* The naive-Bayes head learns from labels only. A skill that mostly gets rewards outgrows
 * it, so its say shrinks to the share of labels in what was learnt. */
static float nb_share(const struct hone_model_state *state)
{
    uint64_t n = state->n_labelled + state->n_rewards;
    return n == 0 ? 1.0F : (float)state->n_labelled / (float)n;
}

int hone_scorer_score(struct hone_scorer *scorer, const struct hone_model_state *state,
                      struct hone_error *err)
{
    size_t n = state->n_labels;
    hone_scorer_reserve(scorer, n);
    hone_softmax_head_score(scorer->first, state->bias, scorer->rows, scorer->x, n);
    hone_nb_head_score(scorer->second, state->log_totals, scorer->rows, scorer->x, n);
    if (!hone_all_finite(scorer->first, n) || !hone_all_finite(scorer->second, n)) {
        return hone_error_set(err, HONE_E_INVALID, "a score is not finite");
    }
    bool masked = state->n_enabled < n;
    if (masked) {
        hone_softmax_head_mask(scorer->first, state->enabled, n);
        hone_softmax_head_mask(scorer->second, state->enabled, n);
    }
    hone_log_softmax(scorer->first, scorer->first, n);
    hone_log_softmax(scorer->second, scorer->second, n);
    hone_stack_mix(scorer->probabilities, &state->stack, scorer->first, scorer->second, n,
                   nb_share(state));
    if (masked) {
        /* Again: a beta of 0 would have made the masked scores ordinary ones. */
        hone_softmax_head_mask(scorer->probabilities, state->enabled, n);
    }
    hone_softmax(scorer->probabilities, scorer->probabilities, n);
    return 0;
}
