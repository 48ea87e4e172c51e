/* Multi-label: what a classifier of sets does otherwise than one of single labels. Its scale is kept
 * in the stack's first weight. */
#include "base/alloc.h"
#include "base/check.h"
#include "optim/classifier_internal.h"
#include "optim/sigmoid_head.h"
#include "optim/softmax_head.h"
#include "optim/threshold.h"
#include "tensor/kernels.h"

#include <stdlib.h>
#include <string.h>

#define AIM_EVERY 25 /* outputs */
/* The scale keeps its start until there were so many examples. */
#define SCALE_EXAMPLES 25

static bool is_of_sets(const struct hone_classifier *classifier)
{
    return classifier->config.rewards == HONE_CLASSIFIER_REWARDS_OF_SETS;
}

uint32_t *hone_classifier_sets_copy(const uint32_t *counts, size_t n_labels)
{
    size_t n = n_labels * HONE_THRESHOLD_COUNTS;
    if (counts == NULL || n == 0) {
        return NULL;
    }
    uint32_t *copy = hone_alloc_zeroed(n, sizeof(*copy));
    memcpy(copy, counts, n * sizeof(*copy));
    return copy;
}

void hone_classifier_sets_aim(struct hone_classifier *classifier)
{
    struct hone_model_state *state = &classifier->state;
    if (is_of_sets(classifier) && state->n_labels > 0) {
        hone_threshold_find(state->thresholds, classifier->counts, state->n_labels,
                            classifier->aim);
    }
}

void hone_classifier_sets_grow(struct hone_classifier *classifier, size_t first)
{
    struct hone_model_state *state = &classifier->state;
    size_t n = state->n_labels;
    if (!is_of_sets(classifier) || n == first) {
        return;
    }
    classifier->counts = hone_alloc_resize(classifier->counts, n,
                                           HONE_THRESHOLD_COUNTS * sizeof(uint32_t));
    memset(classifier->counts + first * HONE_THRESHOLD_COUNTS, 0,
           (n - first) * HONE_THRESHOLD_COUNTS * sizeof(uint32_t));
    for (size_t k = first; k < n; k++) {
        state->bias[k] = hone_sigmoid_head_first_bias(state->n_enabled);
    }
    if (state->stack.n_updates == 0) {
        state->stack.beta[0] = 1.0F;
    }
    hone_classifier_sets_aim(classifier);
}

void hone_classifier_sets_forget(struct hone_classifier *classifier)
{
    if (is_of_sets(classifier) && classifier->counts != NULL) {
        memset(classifier->counts, 0,
               classifier->state.n_labels * HONE_THRESHOLD_COUNTS * sizeof(uint32_t));
        hone_classifier_sets_aim(classifier);
    }
}

void hone_classifier_sets_report(const struct hone_classifier *classifier,
                                 struct hone_threshold_report *out)
{
    const struct hone_model_state *state = &classifier->state;
    hone_threshold_report(classifier->counts, state->thresholds,
                          classifier->counts != NULL ? state->n_labels : 0, out);
}

int hone_classifier_sets_score(struct hone_scorer *scorer,
                               const struct hone_model_state *state,
                               struct hone_error *err)
{
    size_t n = state->n_labels;
    hone_scorer_reserve(scorer, n);
    hone_softmax_head_score(scorer->first, state->bias, scorer->rows, scorer->x, n);
    if (!hone_all_finite(scorer->first, n)) {
        return hone_error_set(err, HONE_E_INVALID, "a score is not finite");
    }
    hone_softmax_head_mask(scorer->first, state->enabled, n);
    hone_sigmoid_head_probabilities(scorer->probabilities, scorer->first, n,
                                    state->stack.beta[0]);
    return 0;
}

int hone_classifier_sets_fill(float *y, const struct hone_model_state *state,
                              const uint32_t *labels, size_t n, struct hone_error *err)
{
    memset(y, 0, state->n_labels * sizeof(*y));
    for (size_t i = 0; i < n; i++) {
        if (labels[i] >= state->n_labels || y[labels[i]] > 0.0F) {
            return hone_error_set(err, HONE_E_INVALID, "label %u %s", labels[i],
                                  labels[i] >= state->n_labels ? "does not exist"
                                                               : "is there twice");
        }
        y[labels[i]] = state->enabled[labels[i]] != 0 ? 1.0F : 0.0F;
    }
    return 0;
}

bool hone_classifier_sets_given(const float *p, const float *y,
                                const struct hone_model_state *state)
{
    bool same = true;
    for (size_t k = 0; k < state->n_labels; k++) {
        bool given = state->enabled[k] != 0 && p[k] >= state->thresholds[k];
        same = same && given == (y[k] > 0.0F);
    }
    return same;
}

/* Shows scale, thresholds and drift detector what the scorer holds, a prequential output; y is
 * the scorer's second. */
static void observe_set(struct hone_classifier *classifier)
{
    struct hone_model_state *state = &classifier->state;
    const struct hone_scorer *scorer = &classifier->scorer;
    const float *p = scorer->probabilities, *y = scorer->second;
    if (state->watches_drift) {
        classifier->drifted =
            hone_drift_add(&state->drift, !hone_classifier_sets_given(p, y, state));
    }
    for (size_t k = 0; k < state->n_labels; k++) {
        if (state->enabled[k] != 0) {
            hone_threshold_count(classifier->counts + k * HONE_THRESHOLD_COUNTS, p[k],
                                 y[k] > 0.0F);
        }
    }
    if (state->n_labelled >= SCALE_EXAMPLES) {
        hone_sigmoid_head_update_scale(&state->stack.beta[0], &state->stack.beta_g[0],
                                       scorer->first, p, y, state->enabled,
                                       state->n_labels);
        state->stack.n_updates += 1;
    }
    if (state->n_labelled % AIM_EVERY == AIM_EVERY - 1) {
        hone_classifier_sets_aim(classifier);
    }
}

/* Everything that can be wrong with an example, before anything changes; scores it, with the labels
 * in the scorer's second. */
static int prepare_set(struct hone_classifier *classifier,
                       const struct hone_encoder_input *input, const uint32_t *labels,
                       size_t n_labels, float weight, struct hone_error *err)
{
    struct hone_scorer *scorer = &classifier->scorer;
    classifier->drifted = false;
    if (!is_of_sets(classifier) || classifier->state.n_enabled == 0) {
        return hone_error_set(err, HONE_E_INVALID, "%s",
                              is_of_sets(classifier)
                                  ? "no label is switched on"
                                  : "this is not a classifier of sets");
    }
    int rc = hone_classifier_prepare(classifier, input, weight, err);
    if (rc == 0) {
        rc = hone_classifier_sets_score(scorer, &classifier->state, err);
    }
    return rc != 0 ? rc
                   : hone_classifier_sets_fill(scorer->second, &classifier->state, labels,
                                               n_labels, err);
}

int hone_classifier_sets_learn(struct hone_classifier *classifier,
                               const struct hone_encoder_input *input,
                               const uint32_t *labels, size_t n_labels, float weight,
                               uint64_t position, bool is_first, struct hone_error *err)
{
    int rc = prepare_set(classifier, input, labels, n_labels, weight, err);
    if (rc != 0) {
        return rc;
    }
    if (is_first) {
        observe_set(classifier);
    }
    struct hone_replay_target target = {.label = n_labels > 0 ? labels[0] : 0,
                                        .weight = weight,
                                        .reward = HONE_REPLAY_LABELLED,
                                        .set = labels,
                                        .n_set = n_labels};
    hone_classifier_apply(classifier, target, position);
    return 0;
}

static bool are_on(const struct hone_model_state *state, const uint32_t *labels, size_t n)
{
    bool on = n > 0;
    for (size_t i = 0; i < n && on; i++) {
        on = state->enabled[labels[i]] != 0;
    }
    return on;
}

int hone_classifier_sets_reward(struct hone_classifier *classifier,
                                const struct hone_encoder_input *input,
                                const uint32_t *labels, size_t n_labels, float reward,
                                float weight, uint64_t position, struct hone_error *err)
{
    if (!(reward >= 0.0F && reward <= 1.0F)) {
        return hone_error_set(err, HONE_E_INVALID, "the reward must be in [0, 1]");
    }
    int rc = prepare_set(classifier, input, labels, n_labels, weight, err);
    if (rc != 0) {
        return rc;
    }
    if (!are_on(&classifier->state, labels, n_labels)) {
        return hone_error_set(err, HONE_E_INVALID, "a rewarded label is %s",
                              n_labels == 0 ? "missing" : "switched off");
    }
    struct hone_replay_target target = {
        .label = labels[0], .weight = weight, .reward = reward};
    if (n_labels > 1) {
        target.set = labels;
        target.n_set = n_labels;
    }
    hone_classifier_apply(classifier, target, position);
    return 0;
}
