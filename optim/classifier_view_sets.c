#include "optim/classifier_internal.h"
#include "optim/sigmoid_head.h"

int hone_classifier_view_sets_predict(const struct hone_classifier_view *view,
                                      const struct hone_encoder_input *input,
                                      struct hone_classifier_scratch *scratch,
                                      const float **probabilities,
                                      const float **thresholds, struct hone_error *err)
{
    struct hone_scorer *scorer = &scratch->scorer;
    if (!hone_classifier_view_is_of_sets(view) || view->state.n_enabled == 0) {
        return hone_error_set(err, HONE_E_INVALID, "%s",
                              view->state.n_enabled == 0
                                  ? "no label is switched on"
                                  : "this is not a classifier of sets");
    }
    struct hone_row_index index = view->index;
    int rc = hone_scorer_encode(scorer, input, index, view->dim_bits,
                                view->state.n_documents, err);
    if (rc == 0) {
        rc = hone_classifier_sets_score(scorer, &view->state, err);
    }
    if (rc == 0) {
        *probabilities = scorer->probabilities;
        *thresholds = view->state.thresholds;
    }
    return rc;
}

int hone_classifier_view_sets_score(const struct hone_classifier_view *view,
                                    const struct hone_encoder_input *input,
                                    struct hone_classifier_scratch *scratch,
                                    const uint32_t *labels, size_t n_labels, double *loss,
                                    bool *right, struct hone_error *err)
{
    const float *p = NULL, *thresholds = NULL;
    float *y = NULL;
    int rc =
        hone_classifier_view_sets_predict(view, input, scratch, &p, &thresholds, err);
    if (rc == 0) {
        y = scratch->scorer.second;
        rc = hone_classifier_sets_fill(y, &view->state, labels, n_labels, err);
    }
    if (rc == 0) {
        *loss = hone_sigmoid_head_loss(p, y, view->state.enabled, view->state.n_labels);
        *right = hone_classifier_sets_given(p, y, &view->state);
    }
    return rc;
}
