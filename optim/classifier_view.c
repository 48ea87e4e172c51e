#include "base/alloc.h"
#include "base/check.h"
#include "optim/classifier_internal.h"
#include "optim/reward_head.h"
#include "optim/softmax_head.h"
#include "tensor/kernels.h"

#include <math.h>
#include <stdlib.h>

struct hone_classifier_view *hone_classifier_view_ref(struct hone_classifier_view *view)
{
    atomic_fetch_add_explicit(&view->n_refs, 1, memory_order_relaxed);
    return view;
}

void hone_classifier_view_unref(struct hone_classifier_view *view)
{
    if (view == NULL ||
        atomic_fetch_sub_explicit(&view->n_refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    hone_row_table_snapshot_unref(view->snapshot);
    hone_label_set_unref(view->labels);
    hone_model_state_finish(&view->state);
    free(view);
}

size_t hone_classifier_view_n_labels(const struct hone_classifier_view *view)
{
    return view->state.n_labels;
}

struct hone_span hone_classifier_view_label(const struct hone_classifier_view *view,
                                            uint32_t label)
{
    return hone_label_set_name(view->labels, label);
}

bool hone_classifier_view_label_enabled(const struct hone_classifier_view *view,
                                        uint32_t label)
{
    HONE_REQUIRE(label < view->state.n_labels);
    return view->state.enabled[label] != 0;
}

int hone_classifier_view_find_label(const struct hone_classifier_view *view,
                                    struct hone_span name, uint32_t *label)
{
    return hone_label_set_find(view->labels, name, label);
}

const float *hone_classifier_view_weights(const struct hone_classifier_view *view,
                                          uint32_t id)
{
    HONE_REQUIRE(id >> view->dim_bits == 0);
    const struct hone_row *row =
        hone_row_index_find(hone_row_table_snapshot_index(view->snapshot), id);
    return row != NULL ? hone_row_weights(row) : NULL;
}

uint32_t hone_classifier_view_dim_bits(const struct hone_classifier_view *view)
{
    return view->dim_bits;
}

int hone_classifier_view_predict(const struct hone_classifier_view *view,
                                 const struct hone_encoder_input *input,
                                 struct hone_classifier_scratch *scratch,
                                 const float **probabilities, struct hone_error *err)
{
    struct hone_scorer *scorer = &scratch->scorer;
    if (view->state.n_enabled == 0) {
        return hone_error_set(err, HONE_E_INVALID, "no label is switched on");
    }
    int rc = hone_scorer_encode(scorer, input, view->index, view->dim_bits,
                                view->state.n_documents, err);
    if (rc != 0) {
        return rc;
    }
    rc = hone_scorer_score(scorer, &view->state, err);
    if (rc == 0) {
        *probabilities = scorer->probabilities;
    }
    return rc;
}

/* After encode: estimates in scorer->probabilities, deviations in scorer->second. */
static int estimate(struct hone_scorer *scorer, const struct hone_classifier_view *view,
                    uint32_t capacity, struct hone_error *err)
{
    size_t n = view->state.n_labels;
    float *q = scorer->probabilities, *s = scorer->second;
    hone_softmax_head_score(q, view->state.bias, scorer->rows, scorer->x, n);
    hone_reward_head_variance(s, scorer->rows, capacity, scorer->x, n);
    if (!hone_all_finite(q, n) || !hone_all_finite(s, n)) {
        return hone_error_set(err, HONE_E_INVALID, "an estimate is not finite");
    }
    if (view->rewards == HONE_CLASSIFIER_REWARDS_EXCLUSIVE) {
        hone_softmax_head_mask(q, view->state.enabled, n);
        hone_softmax(q, q, n);
    } else {
        hone_reward_head_estimate(q, q, n);
    }
    for (size_t k = 0; k < n; k++) {
        s[k] = q[k] * (1.0F - q[k]) * sqrtf(s[k]);
    }
    return 0;
}

int hone_classifier_view_estimate(const struct hone_classifier_view *view,
                                  const struct hone_encoder_input *input,
                                  struct hone_classifier_scratch *scratch,
                                  const float **estimates, const float **deviations,
                                  struct hone_error *err)
{
    struct hone_scorer *scorer = &scratch->scorer;
    if (!hone_classifier_view_is_chooser(view) || view->state.n_enabled == 0) {
        return hone_error_set(err, HONE_E_INVALID, "%s",
                              view->state.n_enabled == 0 ? "no option is switched on"
                                                         : "this is not a chooser");
    }
    int rc = hone_scorer_encode(scorer, input, view->index, view->dim_bits,
                                view->state.n_documents, err);
    if (rc == 0) {
        hone_scorer_reserve(scorer, view->state.n_labels);
        rc = estimate(scorer, view, view->index.capacity, err);
    }
    if (rc == 0) {
        *estimates = scorer->probabilities;
        *deviations = scorer->second;
    }
    return rc;
}

bool hone_classifier_view_is_chooser(const struct hone_classifier_view *view)
{
    return view->rewards == HONE_CLASSIFIER_REWARDS_EXCLUSIVE ||
           view->rewards == HONE_CLASSIFIER_REWARDS_INDEPENDENT;
}

bool hone_classifier_view_is_of_sets(const struct hone_classifier_view *view)
{
    return view->rewards == HONE_CLASSIFIER_REWARDS_OF_SETS;
}

uint64_t hone_classifier_view_n_rewards(const struct hone_classifier_view *view)
{
    return view->state.n_rewards;
}

float hone_classifier_view_label_weight(const struct hone_classifier_view *view,
                                        uint32_t label)
{
    HONE_REQUIRE(label < view->state.n_labels);
    return view->state.totals[label];
}

float hone_classifier_view_limit(const struct hone_classifier_view *view)
{
    return view->state.limit;
}

int hone_classifier_view_score(const struct hone_classifier_view *view,
                               const struct hone_encoder_input *input,
                               struct hone_classifier_scratch *scratch, uint32_t label,
                               struct hone_classifier_score *out, struct hone_error *err)
{
    const float *p = NULL;
    if (label >= view->state.n_labels) {
        return hone_error_set(err, HONE_E_INVALID, "label %u does not exist", label);
    }
    int rc = hone_classifier_view_predict(view, input, scratch, &p, err);
    if (rc != 0 || p == NULL) {
        return rc;
    }
    size_t best = hone_argmax(p, view->state.n_labels);
    float log_p = p[label];
    hone_log(&log_p, &log_p, 1);
    *out = (struct hone_classifier_score){
        .best = (uint32_t)best,
        .best_probability = p[best],
        .loss = fminf(fmaxf(-log_p, 0.0F), HONE_CLASSIFIER_LOSS_MAX),
        .probabilities = p,
    };
    return 0;
}
