#include "optim/classifier.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/rng.h"
#include "base/text.h"
#include "optim/classifier_internal.h"
#include "optim/nb_head.h"
#include "optim/reward_head.h"
#include "optim/sigmoid_head.h"
#include "optim/softmax_head.h"
#include "tensor/kernels.h"

#include <math.h>
#include <stdlib.h>

/* A reward's single bit says less than a label, so more of the past is gone
 * over with it. */
#define REWARD_REPLAYS_FACTOR 4
/* The priors of new labels are gone over a few times, so that each is learnt against
 * all the others. */
#define PRIOR_REPLAYS_FACTOR 2
/* The stack keeps its start until there were so many labelled examples per label. */
#define STACK_EXAMPLES_PER_LABEL 2
/* Labels are smoothed in full from so many learnt examples per label on. */
#define SMOOTHING_EXAMPLES_PER_LABEL 10
#define COLUMNS_STEP                 16
/* Of exclusive rewards: learnt faster than labels, and refusals count double, as most of
 * what is seen at first are refusals. */
#define EXCLUSIVE_RATE_FACTOR 1.5F
#define EXCLUSIVE_AWAY        2.0F
#define PRIOR_TEXT_MAX        (1U << 20)

void hone_classifier_config_default(struct hone_classifier_config *config)
{
    *config = (struct hone_classifier_config){.dim_bits = 15,
                                              .n_replays = 4,
                                              .replay_capacity = 16384,
                                              .smoothing = 0.1F,
                                              .seed = 0};
}

int hone_classifier_check_config(const struct hone_classifier_config *config,
                                 struct hone_error *err)
{
    if (config->dim_bits < HONE_ENCODER_DIM_BITS_MIN ||
        config->dim_bits > HONE_ENCODER_DIM_BITS_MAX) {
        return hone_error_set(err, HONE_E_INVALID, "dim_bits is %u, must be %d to %d",
                              config->dim_bits, HONE_ENCODER_DIM_BITS_MIN,
                              HONE_ENCODER_DIM_BITS_MAX);
    }
    if (config->n_replays > HONE_CLASSIFIER_REPLAYS_MAX) {
        return hone_error_set(err, HONE_E_INVALID, "n_replays is %u, must be at most %d",
                              config->n_replays, HONE_CLASSIFIER_REPLAYS_MAX);
    }
    if (config->replay_capacity > HONE_REPLAY_CAPACITY_MAX) {
        return hone_error_set(err, HONE_E_INVALID,
                              "replay_capacity is %u, must be at most %d",
                              config->replay_capacity, HONE_REPLAY_CAPACITY_MAX);
    }
    if ((unsigned)config->rewards >= HONE_CLASSIFIER_N_REWARDS) {
        return hone_error_set(err, HONE_E_INVALID, "rewards is %u, must be below %d",
                              (unsigned)config->rewards, HONE_CLASSIFIER_N_REWARDS);
    }
    if (!(config->smoothing >= 0.0F && config->smoothing < 1.0F)) {
        return hone_error_set(err, HONE_E_INVALID, "smoothing is %g, must be in [0, 1)",
                              (double)config->smoothing);
    }
    return 0;
}

/* Grows by a quarter in steps of 16, so that labels added one by one cause few rebuilds
 * and little is wasted. Depends on the number of labels only. */
uint32_t hone_classifier_row_capacity(size_t n_labels)
{
    uint32_t capacity = COLUMNS_STEP;
    while (capacity < n_labels) {
        uint32_t more = capacity / 4 / COLUMNS_STEP * COLUMNS_STEP;
        capacity += more > COLUMNS_STEP ? more : COLUMNS_STEP;
    }
    return capacity;
}

int hone_classifier_create(struct hone_classifier **out,
                           const struct hone_classifier_config *config,
                           struct hone_error *err)
{
    int rc = hone_classifier_check_config(config, err);
    if (rc != 0) {
        return rc;
    }
    struct hone_classifier *classifier = hone_alloc_zeroed(1, sizeof(*classifier));
    classifier->config = *config;
    classifier->table = hone_row_table_create(
        config->dim_bits, hone_classifier_row_capacity(0), hone_nb_head_log(0.0F));
    classifier->labels = hone_label_set_create();
    hone_stack_init(&classifier->state.stack, 0);
    classifier->state.watches_drift = true;
    hone_replay_init(&classifier->replay, config->replay_capacity);
    hone_scorer_init(&classifier->scorer);
    *out = classifier;
    return 0;
}

void hone_classifier_destroy(struct hone_classifier *classifier)
{
    if (classifier == NULL) {
        return;
    }
    while (classifier->old_tables != NULL) {
        struct hone_classifier_old_table *old = classifier->old_tables;
        classifier->old_tables = old->next;
        hone_row_table_destroy(old->table);
        free(old);
    }
    hone_row_table_destroy(classifier->table);
    hone_label_set_unref(classifier->labels);
    hone_model_state_finish(&classifier->state);
    hone_replay_finish(&classifier->replay);
    hone_scorer_finish(&classifier->scorer);
    free(classifier->edited);
    free(classifier->gradient);
    free(classifier->counts);
    free(classifier);
}

/* Lets go of tables that no view reads any more. */
static void reap(struct hone_classifier *classifier)
{
    hone_row_table_reap(classifier->table);
    struct hone_classifier_old_table **place = &classifier->old_tables;
    while (*place != NULL) {
        struct hone_classifier_old_table *old = *place;
        struct hone_row_table_stats stats;
        hone_row_table_stats(old->table, &stats);
        if (stats.n_snapshots > 0) {
            place = &old->next;
            continue;
        }
        *place = old->next;
        hone_row_table_destroy(old->table);
        free(old);
    }
}

static void replace_table(struct hone_classifier *classifier,
                          struct hone_row_table *table)
{
    struct hone_classifier_old_table *old = hone_alloc_zeroed(1, sizeof(*old));
    old->table = classifier->table;
    old->next = classifier->old_tables;
    classifier->old_tables = old;
    classifier->table = table;
    reap(classifier);
}

void hone_classifier_reserve_labels(struct hone_classifier *classifier, size_t n_labels)
{
    struct hone_row_index index = hone_row_table_index(classifier->table);
    if (n_labels > index.capacity) {
        replace_table(classifier,
                      hone_row_table_create_from(index, classifier->config.dim_bits,
                                                 hone_classifier_row_capacity(n_labels),
                                                 (uint32_t)classifier->state.n_labels,
                                                 hone_nb_head_log(0.0F)));
    }
    if (n_labels > classifier->gradient_capacity) {
        classifier->gradient_capacity = n_labels + n_labels / 2;
        classifier->gradient = hone_alloc_resize(
            classifier->gradient, classifier->gradient_capacity, sizeof(float));
    }
}

/* Rows of a vector, ready to be written to. */
static struct hone_row **edit_rows(struct hone_classifier *classifier,
                                   struct hone_encoder_vector x)
{
    if (x.n > classifier->edited_capacity) {
        classifier->edited_capacity = x.n + x.n / 2;
        classifier->edited = hone_alloc_resize(
            classifier->edited, classifier->edited_capacity, sizeof(*classifier->edited));
    }
    hone_row_table_edit_all(classifier->table, x.ids, x.n, classifier->edited);
    return classifier->edited;
}

/* The step of a multi-label classifier; the gradient's place holds the scores. */
static void step_set(struct hone_classifier *classifier, struct hone_row *const *rows,
                     struct hone_encoder_vector x, struct hone_replay_target target)
{
    struct hone_model_state *state = &classifier->state;
    size_t n = state->n_labels;
    float *g = classifier->gradient;
    hone_sigmoid_head_probabilities(g, g, n, 1.0F);
    if (target.reward < 0.0F) {
        hone_sigmoid_head_gradient(g, g, state->enabled, n, target.set, target.n_set);
    } else {
        bool is_one = target.n_set == 0;
        hone_sigmoid_head_reward_gradient(g, g, state->enabled, n,
                                          is_one ? &target.label : target.set,
                                          is_one ? 1 : target.n_set, target.reward);
    }
    hone_softmax_head_step(rows, state->bias, &state->bias_g, x, g, n,
                           target.weight * hone_sigmoid_head_rate(state->n_enabled));
}

/* Of a classifier's labels: from 0 to what is configured over its first examples. While few
 * are known, each must be learnt as far as it goes; what smoothing keeps from being overdone is
 * only there later. */
static float smoothing(const struct hone_classifier *classifier)
{
    const struct hone_model_state *state = &classifier->state;
    if (classifier->config.rewards != HONE_CLASSIFIER_REWARDS_BESIDE_LABELS) {
        return classifier->config.smoothing;
    }
    float n = (float)(state->n_labelled + state->n_rewards);
    float n_full = (float)(SMOOTHING_EXAMPLES_PER_LABEL * state->n_enabled);
    return classifier->config.smoothing * fminf(1.0F, n / n_full);
}

/* One step of the softmax head on an example, given its rows. Every value that enters is
 * bounded: weights by HONE_CLASSIFIER_WEIGHT_MAX, vectors by length 1, gradients by 1 (25
 * for rewards), and no weight moves by more than the rate, so a step on finite scores
 * cannot make anything non-finite. */
static void step(struct hone_classifier *classifier, struct hone_row *const *rows,
                 struct hone_encoder_vector x, struct hone_replay_target target)
{
    struct hone_model_state *state = &classifier->state;
    size_t n = state->n_labels;
    float *g = classifier->gradient;
    hone_softmax_head_score(g, state->bias, (const struct hone_row *const *)rows, x, n);
    if (state->n_enabled < n) {
        hone_softmax_head_mask(g, state->enabled, n);
    }
    if (classifier->config.rewards == HONE_CLASSIFIER_REWARDS_OF_SETS) {
        step_set(classifier, rows, x, target);
        return;
    }
    if (classifier->config.rewards == HONE_CLASSIFIER_REWARDS_INDEPENDENT) {
        hone_reward_head_estimate(g, g, n);
        hone_reward_head_gradient(g, g, n, target.label, fabsf(target.reward));
        hone_softmax_head_step(rows, state->bias, &state->bias_g, x, g, n,
                               target.weight * hone_reward_head_rate());
        return;
    }
    bool is_exclusive = classifier->config.rewards == HONE_CLASSIFIER_REWARDS_EXCLUSIVE;
    hone_softmax(g, g, n);
    if (target.reward < 0.0F) {
        hone_softmax_head_gradient(g, g, state->enabled, n, state->n_enabled,
                                   target.label, smoothing(classifier));
    } else {
        hone_softmax_head_reward_gradient(
            g, g, state->enabled, n, state->n_enabled, target.label,
            smoothing(classifier), target.reward, is_exclusive ? EXCLUSIVE_AWAY : 1.0F);
    }
    float rate = hone_softmax_head_rate(state->n_enabled) *
                 (is_exclusive ? EXCLUSIVE_RATE_FACTOR : 1.0F);
    hone_softmax_head_step(rows, state->bias, &state->bias_g, x, g, n,
                           target.weight * rate);
}

/* Is one of its labels switched on, or is it right that there is none? */
static bool teaches(const struct hone_classifier *classifier,
                    struct hone_replay_target target)
{
    const uint8_t *enabled = classifier->state.enabled;
    bool of_set = classifier->config.rewards == HONE_CLASSIFIER_REWARDS_OF_SETS &&
                  target.reward < 0.0F;
    bool any = target.n_set == 0 && (of_set || enabled[target.label] != 0);
    for (size_t i = 0; i < target.n_set && !any; i++) {
        any = enabled[target.set[i]] != 0;
    }
    return any;
}

/* Goes over examples of the window, drawn by (seed, position). Those of which all labels are
 * switched off are passed over. */
static void replay(struct hone_classifier *classifier, uint64_t position, size_t n_draws)
{
    size_t n = hone_replay_n(&classifier->replay);
    struct hone_rng rng = hone_rng_at(classifier->config.seed, position);
    for (size_t i = 0; i < n_draws && n > 0; i++) {
        size_t index = (size_t)hone_rng_below(&rng, n);
        struct hone_replay_target target = hone_replay_target(&classifier->replay, index);
        if (teaches(classifier, target)) {
            struct hone_encoder_vector x = hone_replay_vector(&classifier->replay, index);
            step(classifier, edit_rows(classifier, x), x, target);
        }
    }
}

/* Labels count in the naive-Bayes head, a chooser's rewards in the reward head, and sets of
 * labels in neither. */
static bool counts_rows(const struct hone_classifier *classifier,
                        struct hone_replay_target target)
{
    enum hone_classifier_rewards rewards = classifier->config.rewards;
    bool is_chooser = rewards != HONE_CLASSIFIER_REWARDS_BESIDE_LABELS;
    return rewards != HONE_CLASSIFIER_REWARDS_OF_SETS &&
           is_chooser == (target.reward >= 0.0F);
}

/* Learns what the scorer holds; nothing can fail from here on. */
static void apply(struct hone_classifier *classifier, struct hone_replay_target target)
{
    struct hone_model_state *state = &classifier->state;
    struct hone_encoder_vector x = classifier->scorer.x;
    struct hone_row **rows = edit_rows(classifier, x);
    step(classifier, rows, x, target);
    uint32_t capacity = hone_row_table_index(classifier->table).capacity;
    if (counts_rows(classifier, target)) {
        hone_row_table_edit_counts(classifier->table, rows, x.n);
    }
    if (classifier->config.rewards == HONE_CLASSIFIER_REWARDS_OF_SETS) {
        for (size_t i = 0; i < target.n_set && target.reward < 0.0F; i++) {
            state->totals[target.set[i]] += target.weight;
        }
    } else if (classifier->config.rewards != HONE_CLASSIFIER_REWARDS_BESIDE_LABELS) {
        if (target.reward >= 0.0F) {
            hone_reward_head_count(rows, capacity, x, target.label, target.weight);
            state->totals[target.label] += target.weight;
            state->log_totals[target.label] =
                hone_nb_head_log_total(state->totals[target.label]);
        }
    } else if (target.reward < 0.0F) {
        state->totals[target.label] +=
            hone_nb_head_learn(rows, capacity, x, target.label, target.weight);
        state->log_totals[target.label] =
            hone_nb_head_log_total(state->totals[target.label]);
    }
}

/* Counts what the scorer holds as one document. */
static void count_document(struct hone_classifier *classifier)
{
    struct hone_encoder_vector x = classifier->scorer.x;
    struct hone_row **rows = edit_rows(classifier, x);
    for (size_t i = 0; i < x.n; i++) {
        rows[i]->df += rows[i]->df < UINT32_MAX ? 1 : 0;
    }
    classifier->state.n_documents += 1;
}

static int encode(struct hone_classifier *classifier,
                  const struct hone_encoder_input *input, struct hone_error *err)
{
    return hone_scorer_encode(
        &classifier->scorer, input, hone_row_table_index(classifier->table),
        classifier->config.dim_bits, classifier->state.n_documents, err);
}

static int score(struct hone_classifier *classifier, struct hone_error *err)
{
    return hone_scorer_score(&classifier->scorer, &classifier->state, err);
}

/* Does the description begin with the name, as people often write it? */
static bool repeats_name(struct hone_span name, struct hone_span description)
{
    bool same = description.len >= name.len;
    for (size_t i = 0; i < name.len && same; i++) {
        same = description.data[i] == (name.data[i] == '_' ? ' ' : name.data[i]);
    }
    return same;
}

/* The text of a label's prior: its name with '_' as space, then its description;
 * the name once. */
static int prior_text(struct hone_buf *text, struct hone_span name,
                      struct hone_span description, struct hone_error *err)
{
    size_t n = repeats_name(name, description) ? 0 : name.len;
    for (size_t i = 0; i < n; i++) {
        (void)hone_buf_append_char(text, name.data[i] == '_' ? ' ' : name.data[i]);
    }
    (void)hone_buf_append_char(text, ' ');
    int rc = hone_buf_append_span(text, description);
    return rc == 0
               ? 0
               : hone_error_set(err, rc, "the label's description is over %u bytes long",
                                PRIOR_TEXT_MAX);
}

static int check_text_of_name(struct hone_span name, struct hone_error *err)
{
    if (name.len == 0 || name.len > HONE_CLASSIFIER_LABEL_BYTES_MAX ||
        !hone_text_is_utf8(name) || memchr(name.data, 0, name.len) != NULL) {
        return hone_error_set(err, HONE_E_INVALID,
                              "a label's name must be UTF-8 of 1 to %d bytes without NUL",
                              HONE_CLASSIFIER_LABEL_BYTES_MAX);
    }
    return 0;
}

static int refuse_present(struct hone_span name, struct hone_error *err)
{
    return hone_error_set(err, HONE_E_EXISTS, "the label \"%.*s\" is there already",
                          (int)name.len, name.data);
}

static int check_label_name(const struct hone_classifier *classifier,
                            struct hone_span name, struct hone_error *err)
{
    uint32_t present = 0;
    int rc = check_text_of_name(name, err);
    if (rc == 0 && hone_label_set_find(classifier->labels, name, &present) == 0) {
        rc = refuse_present(name, err);
    }
    return rc;
}

/* Refuses a batch before anything changes; writes the prior texts. */
static int check_labels(const struct hone_classifier *classifier,
                        const struct hone_classifier_label *labels, size_t n,
                        struct hone_buf *texts, struct hone_error *err)
{
    if (n > HONE_CLASSIFIER_LABELS_MAX - classifier->state.n_labels) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "there can be %d labels, which is the limit",
                              HONE_CLASSIFIER_LABELS_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        int rc = check_label_name(classifier, labels[i].name, err);
        for (size_t k = 0; k < i && rc == 0; k++) {
            if (hone_span_equal(labels[i].name, labels[k].name)) {
                rc = hone_error_set(err, HONE_E_EXISTS,
                                    "the label \"%.*s\" is given twice",
                                    (int)labels[i].name.len, labels[i].name.data);
            }
        }
        if (rc == 0) {
            rc = prior_text(&texts[i], labels[i].name, labels[i].description, err);
        }
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static void encode_prior(struct hone_classifier *classifier, const struct hone_buf *text)
{
    struct hone_error err;
    struct hone_encoder_field field = {.text = hone_buf_span(text)};
    HONE_INVARIANT(encode(classifier, &(struct hone_encoder_input){&field, 1}, &err) ==
                   0);
}

/* Columns and document counts first, so that each prior is scaled and learnt against
 * all the others. */
static void learn_priors(struct hone_classifier *classifier,
                         const struct hone_classifier_label *labels, size_t n,
                         const struct hone_buf *texts, uint64_t position)
{
    size_t first = classifier->state.n_labels;
    reap(classifier);
    hone_classifier_reserve_labels(classifier, first + n);
    for (size_t i = 0; i < n; i++) {
        struct hone_label_set *more =
            hone_label_set_with(classifier->labels, labels[i].name);
        hone_label_set_unref(classifier->labels);
        classifier->labels = more;
        hone_model_state_add_label(&classifier->state);
        encode_prior(classifier, &texts[i]);
        count_document(classifier);
    }
    hone_classifier_sets_grow(classifier, first);
    for (size_t i = 0; i < n; i++) {
        uint32_t label = (uint32_t)(first + i);
        struct hone_replay_target target = {
            .label = label, .weight = 1.0F, .reward = HONE_REPLAY_LABELLED};
        if (classifier->config.rewards == HONE_CLASSIFIER_REWARDS_OF_SETS) {
            target.set = &label;
            target.n_set = 1;
        }
        encode_prior(classifier, &texts[i]);
        apply(classifier, target);
        hone_replay_push_prior(&classifier->replay, classifier->scorer.x, target);
    }
    replay(classifier, position, n * PRIOR_REPLAYS_FACTOR * classifier->config.n_replays);
}

int hone_classifier_add_labels(struct hone_classifier *classifier,
                               const struct hone_classifier_label *labels,
                               size_t n_labels, uint64_t position, struct hone_error *err)
{
    struct hone_buf *texts =
        hone_alloc_zeroed(n_labels > 0 ? n_labels : 1, sizeof(*texts));
    for (size_t i = 0; i < n_labels; i++) {
        hone_buf_init(&texts[i], PRIOR_TEXT_MAX);
    }
    int rc = check_labels(classifier, labels, n_labels, texts, err);
    if (rc == 0) {
        learn_priors(classifier, labels, n_labels, texts, position);
    }
    for (size_t i = 0; i < n_labels; i++) {
        hone_buf_finish(&texts[i]);
    }
    free(texts);
    return rc;
}

int hone_classifier_rename_label(struct hone_classifier *classifier, uint32_t label,
                                 struct hone_span name, struct hone_error *err)
{
    HONE_REQUIRE(label < classifier->state.n_labels);
    uint32_t other = label;
    int rc = check_text_of_name(name, err);
    if (rc == 0 && hone_label_set_find(classifier->labels, name, &other) == 0 &&
        other != label && classifier->state.enabled[other] != 0) {
        rc = refuse_present(name, err);
    }
    if (rc == 0) {
        struct hone_label_set *labels =
            hone_label_set_renamed(classifier->labels, label, name);
        hone_label_set_unref(classifier->labels);
        classifier->labels = labels;
    }
    return rc;
}

void hone_classifier_enable_label(struct hone_classifier *classifier, uint32_t label,
                                  bool enabled)
{
    struct hone_model_state *state = &classifier->state;
    HONE_REQUIRE(label < state->n_labels);
    if ((state->enabled[label] != 0) != enabled) {
        state->enabled[label] = enabled ? 1 : 0;
        state->n_enabled = enabled ? state->n_enabled + 1 : state->n_enabled - 1;
    }
}

int hone_classifier_prepare(struct hone_classifier *classifier,
                            const struct hone_encoder_input *input, float weight,
                            struct hone_error *err)
{
    if (!(weight > 0.0F && weight <= HONE_CLASSIFIER_WEIGHT_MAX)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "the weight must be above 0 and at most %g",
                              (double)HONE_CLASSIFIER_WEIGHT_MAX);
    }
    reap(classifier);
    return encode(classifier, input, err);
}

/* Everything that can be wrong with an example, before anything changes; scores it. */
static int prepare(struct hone_classifier *classifier,
                   const struct hone_encoder_input *input, uint32_t label, float weight,
                   struct hone_error *err)
{
    const struct hone_model_state *state = &classifier->state;
    if (label >= state->n_labels || state->enabled[label] == 0) {
        return hone_error_set(err, HONE_E_INVALID, "label %u %s", label,
                              label >= state->n_labels ? "does not exist"
                                                       : "is switched off");
    }
    int rc = hone_classifier_prepare(classifier, input, weight, err);
    return rc != 0 ? rc : score(classifier, err);
}

/* Shows the detectors what the scorer holds, a prequential output. */
static void observe(struct hone_classifier *classifier, uint32_t label)
{
    struct hone_model_state *state = &classifier->state;
    const float *p = classifier->scorer.probabilities;
    hone_classifier_calibration_observe(classifier, label);
    if (state->watches_drift) {
        bool is_error = hone_argmax(p, state->n_labels) != label;
        classifier->drifted = hone_drift_add(&state->drift, is_error);
    }
}

void hone_classifier_apply(struct hone_classifier *classifier,
                           struct hone_replay_target target, uint64_t position)
{
    bool is_labelled = target.reward < 0.0F;
    size_t factor = is_labelled ? 1 : REWARD_REPLAYS_FACTOR;
    apply(classifier, target);
    count_document(classifier);
    classifier->state.n_labelled += is_labelled ? 1 : 0;
    classifier->state.n_rewards += is_labelled ? 0 : 1;
    hone_replay_push(&classifier->replay, classifier->scorer.x, target);
    if (classifier->drifted) {
        hone_classifier_drift_forget(classifier);
    }
    replay(classifier, position, factor * classifier->config.n_replays);
}

static int learn(struct hone_classifier *classifier,
                 const struct hone_encoder_input *input, uint32_t label, float weight,
                 uint64_t position, bool is_prequential, struct hone_error *err)
{
    classifier->drifted = false;
    int rc = prepare(classifier, input, label, weight, err);
    if (rc != 0) {
        return rc;
    }
    if (is_prequential) {
        observe(classifier, label);
    }
    struct hone_model_state *state = &classifier->state;
    const struct hone_scorer *scorer = &classifier->scorer;
    if (state->n_labelled >= STACK_EXAMPLES_PER_LABEL * state->n_enabled) {
        hone_stack_update(&state->stack, scorer->probabilities, scorer->first,
                          scorer->second, state->n_labels, label);
    }
    hone_classifier_apply(classifier,
                          (struct hone_replay_target){.label = label,
                                                      .weight = weight,
                                                      .reward = HONE_REPLAY_LABELLED},
                          position);
    return 0;
}

int hone_classifier_learn(struct hone_classifier *classifier,
                          const struct hone_encoder_input *input, uint32_t label,
                          float weight, uint64_t position, struct hone_error *err)
{
    return learn(classifier, input, label, weight, position, true, err);
}

int hone_classifier_learn_again(struct hone_classifier *classifier,
                                const struct hone_encoder_input *input, uint32_t label,
                                float weight, uint64_t position, struct hone_error *err)
{
    return learn(classifier, input, label, weight, position, false, err);
}

int hone_classifier_learn_reward(struct hone_classifier *classifier,
                                 const struct hone_encoder_input *input, uint32_t label,
                                 float reward, float weight, uint64_t position,
                                 struct hone_error *err)
{
    if (!(reward >= 0.0F && reward <= 1.0F)) {
        return hone_error_set(err, HONE_E_INVALID, "the reward must be in [0, 1]");
    }
    classifier->drifted = false;
    int rc = prepare(classifier, input, label, weight, err);
    if (rc != 0) {
        return rc;
    }
    hone_classifier_apply(
        classifier,
        (struct hone_replay_target){.label = label, .weight = weight, .reward = reward},
        position);
    return 0;
}

struct hone_classifier_view *hone_classifier_freeze(struct hone_classifier *classifier)
{
    reap(classifier);
    struct hone_classifier_view *view = hone_alloc_zeroed(1, sizeof(*view));
    atomic_init(&view->n_refs, 1);
    view->dim_bits = classifier->config.dim_bits;
    view->rewards = classifier->config.rewards;
    view->snapshot = hone_row_table_freeze(classifier->table);
    view->index = hone_row_table_snapshot_index(view->snapshot);
    view->labels = hone_label_set_ref(classifier->labels);
    hone_model_state_copy(&view->state, &classifier->state);
    return view;
}

const struct hone_classifier_view *
hone_classifier_peek(struct hone_classifier *classifier)
{
    struct hone_classifier_view *now = &classifier->now;
    now->dim_bits = classifier->config.dim_bits;
    now->rewards = classifier->config.rewards;
    now->index = hone_row_table_index(classifier->table);
    now->labels = classifier->labels;
    now->state = classifier->state;
    return now;
}

void hone_classifier_restore(struct hone_classifier *classifier,
                             const struct hone_classifier_mark *mark)
{
    const struct hone_classifier_view *view = mark->view;
    if (hone_row_table_snapshot_table(view->snapshot) == classifier->table) {
        hone_row_table_restore(classifier->table, view->snapshot);
    } else {
        replace_table(classifier,
                      hone_row_table_create_from(
                          hone_row_table_snapshot_index(view->snapshot),
                          classifier->config.dim_bits,
                          hone_classifier_row_capacity(view->state.n_labels),
                          (uint32_t)view->state.n_labels, hone_nb_head_log(0.0F)));
    }
    hone_model_state_finish(&classifier->state);
    hone_model_state_copy(&classifier->state, &view->state);
    struct hone_label_set *labels = hone_label_set_ref(view->labels);
    hone_label_set_unref(classifier->labels);
    classifier->labels = labels;
    classifier->calibration = mark->calibration;
    classifier->aim = mark->aim;
    free(classifier->counts);
    classifier->counts = hone_classifier_sets_copy(mark->counts, view->state.n_labels);
    hone_replay_finish(&classifier->replay);
    hone_replay_copy(&classifier->replay, &mark->replay);
}

void hone_classifier_stats(struct hone_classifier *classifier,
                           struct hone_classifier_stats *out)
{
    struct hone_row_table_stats table;
    reap(classifier);
    hone_row_table_stats(classifier->table, &table);
    *out = (struct hone_classifier_stats){
        .n_examples = classifier->state.n_labelled + classifier->state.n_rewards,
        .n_replay = hone_replay_n(&classifier->replay),
        .replay_bytes = hone_replay_bytes(&classifier->replay),
        .n_rows = table.n_rows,
        .table_bytes = table.bytes,
        .n_live_views = table.n_snapshots,
    };
    for (struct hone_classifier_old_table *old = classifier->old_tables; old != NULL;
         old = old->next) {
        hone_row_table_stats(old->table, &table);
        out->table_bytes += table.bytes;
        out->n_live_views += table.n_snapshots;
    }
}
