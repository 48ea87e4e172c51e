#include "base/alloc.h"
#include "base/check.h"
#include "optim/classifier_internal.h"
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

int hone_classifier_view_predict(const struct hone_classifier_view *view,
                                 const struct hone_encoder_input *input,
                                 struct hone_classifier_scratch *scratch,
                                 const float **probabilities, struct hone_error *err)
{
    struct hone_scorer *scorer = &scratch->scorer;
    if (view->state.n_enabled == 0) {
        return hone_error_set(err, HONE_E_INVALID, "no label is switched on");
    }
    struct hone_row_index index = hone_row_table_snapshot_index(view->snapshot);
    int rc = hone_scorer_encode(scorer, input, index, view->dim_bits,
                                view->state.n_documents, err);
    if (rc != 0) {
        return rc;
    }
    rc = hone_scorer_score(scorer, &view->state, index.capacity, err);
    if (rc == 0) {
        *probabilities = scorer->probabilities;
    }
    return rc;
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
    float loss = p[label] > 0.0F ? -logf(p[label]) : HONE_CLASSIFIER_LOSS_MAX;
    *out = (struct hone_classifier_score){
        .best = (uint32_t)best,
        .best_probability = p[best],
        .loss = fminf(fmaxf(loss, 0.0F), HONE_CLASSIFIER_LOSS_MAX),
    };
    return 0;
}
