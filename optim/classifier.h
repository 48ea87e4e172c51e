/* A classifier that learns one labelled example at a time: encoder, softmax head with
 * row-AdaGrad, naive-Bayes head, calibrated stack, description prior and replay, on a
 * persistent copy-on-write row table.
 *
 * Three objects:
 *   classifier  the training state. One owner thread at a time.
 *   view        an immutable, counted picture of it that calls read. Any thread may read
 *               a view that it holds and give its reference back; only the owner of the
 *               classifier makes views, and memory of dead views is reclaimed by the
 *               owner's next operation.
 *   mark        the complete training state at one moment (view, optimizer state, replay
 *               window), cheap to take, to go back to or to save while learning goes on.
 *               Owner thread only; see hone_classifier_save_create for the one exception.
 *
 * Determinism: the same sequence of operations with the same arguments gives the same
 * bytes, also across save and load at any point. Randomness is drawn from (seed,
 * position) only. */
#ifndef HONE_OPTIM_CLASSIFIER_H
#define HONE_OPTIM_CLASSIFIER_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "optim/calibration.h"
#include "optim/encoder.h" /* struct hone_encoder_input: the fields of an input */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_CLASSIFIER_LABELS_MAX      4096
#define HONE_CLASSIFIER_LABEL_BYTES_MAX 256 /* of a label's name */
#define HONE_CLASSIFIER_REPLAYS_MAX     64
#define HONE_CLASSIFIER_WEIGHT_MAX      100.0F /* of an example */

/* What rewards teach. */
enum hone_classifier_rewards {
    /* Of a classifier: labels and rewards teach the same softmax; stack of both heads. */
    HONE_CLASSIFIER_REWARDS_BESIDE_LABELS,
    /* Of a chooser: at most one option is right for an input (softmax head alone). */
    HONE_CLASSIFIER_REWARDS_EXCLUSIVE,
    /* Of a chooser: each option has its own expected reward (reward_head.h). */
    HONE_CLASSIFIER_REWARDS_INDEPENDENT,
    /* Of a multi-label classifier: any set of labels may be right (sigmoid_head.h), and a reward
     * is about one label of the answer. Neither naive Bayes nor stack. */
    HONE_CLASSIFIER_REWARDS_OF_SETS,
    HONE_CLASSIFIER_N_REWARDS,
};

struct hone_classifier_config {
    uint32_t dim_bits;  /* features are hashed to 2^dim_bits rows; 10 to 20, default 15 */
    uint32_t n_replays; /* replayed examples per labelled one, 0 to 64, default 4 */
    /* Window to draw from, 0 to 262144 examples, default 16384. */
    uint32_t replay_capacity;
    /* Of labels in the softmax head, in [0, 1), default 0.1; a classifier's begins at 0 and
     * comes to this at ten examples a label. */
    float smoothing;
    uint64_t seed;
    enum hone_classifier_rewards rewards; /* default BESIDE_LABELS */
};

struct hone_classifier;
struct hone_classifier_view;
struct hone_classifier_mark;
struct hone_classifier_save;

/* What one example looks like to a model before it learns from it. */
struct hone_classifier_score {
    uint32_t best; /* label with the highest probability */
    float best_probability;
    float loss; /* -ln p(label), nats, capped at HONE_CLASSIFIER_LOSS_MAX */
    const float *probabilities; // (n_labels,) inside scratch, valid until its next use
};
#define HONE_CLASSIFIER_LOSS_MAX 20.0F

void hone_classifier_config_default(struct hone_classifier_config *config);

/* HONE_E_INVALID for a value out of range. */
int hone_classifier_create(struct hone_classifier **out,
                           const struct hone_classifier_config *config,
                           struct hone_error *err) HONE_MUST_USE;
/* Accepts NULL. All marks must be destroyed before; views may outlive the classifier. */
void hone_classifier_destroy(struct hone_classifier *classifier);

/* A label to be added. */
struct hone_classifier_label {
    struct hone_span name; /* UTF-8, 1 to HONE_CLASSIFIER_LABEL_BYTES_MAX bytes, no NUL */
    struct hone_span description; /* UTF-8; empty for none */
};

/* Appends a column for each and learns their priors: for each label one pseudo-example of
 * the name with '_' as space and the description, kept in replay for good. A description
 * that begins with the name stands alone. All are counted as documents before any is
 * learnt, so labels that belong together should come together. Texts are copied.
 * HONE_E_EXISTS for a name that is there or comes twice, HONE_E_LIMIT above LABELS_MAX,
 * HONE_E_INVALID for a name that is not as above; then nothing has changed. */
int hone_classifier_add_labels(struct hone_classifier *classifier,
                               const struct hone_classifier_label *labels,
                               size_t n_labels, uint64_t position,
                               struct hone_error *err) HONE_MUST_USE;
/* The label keeps its column, and what was learnt with it. name as above; where a label that
 * is switched off has it, the two change names. HONE_E_EXISTS when the other is switched on. */
int hone_classifier_rename_label(struct hone_classifier *classifier, uint32_t label,
                                 struct hone_span name,
                                 struct hone_error *err) HONE_MUST_USE;
/* A label that is switched off keeps its column but is neither predicted nor learnt. */
void hone_classifier_enable_label(struct hone_classifier *classifier, uint32_t label,
                                  bool enabled);

/* One labelled example: scores it (stack update on prequential outputs), learns it in
 * both heads, counts its document frequencies, replays n_replays others. weight in
 * (0, 100], 1 for ordinary. HONE_E_INVALID when a step is not finite: the state is
 * then as before. */
int hone_classifier_learn(struct hone_classifier *classifier,
                          const struct hone_encoder_input *input, uint32_t label,
                          float weight, uint64_t position,
                          struct hone_error *err) HONE_MUST_USE;

/* The same for an example that was learnt from before (a second opinion): what is said of
 * it now is no prequential output, so neither drift detector nor calibration look at it. */
int hone_classifier_learn_again(struct hone_classifier *classifier,
                                const struct hone_encoder_input *input, uint32_t label,
                                float weight, uint64_t position,
                                struct hone_error *err) HONE_MUST_USE;

/* Drift (drift.h): on an alarm of hone_classifier_learn the classifier forgets what holds
 * it back: the replay window but for its priors and newest 50 examples; nine tenths of
 * the AdaGrad accumulators, so that steps are large again, and of the naive-Bayes counts;
 * the outputs that calibration has seen.
 * Watched from the start; switching it off resets the detector. */
void hone_classifier_drift_watch(struct hone_classifier *classifier, bool watch);
bool hone_classifier_drift_is_watched(const struct hone_classifier *classifier);
/* Did the last example learnt raise an alarm? Not part of the saved state. */
bool hone_classifier_drift_found(const struct hone_classifier *classifier);

/* Calibration (calibration.h) of the outputs before each example of hone_classifier_learn.
 * aim says what the limit of views is for; it is found anew at once, and after every 25
 * outputs. At first there is no aim. */
void hone_classifier_calibration_aim(struct hone_classifier *classifier,
                                     struct hone_calibration_aim aim);
struct hone_calibration_aim
hone_classifier_calibration_aimed(const struct hone_classifier *classifier);
void hone_classifier_calibration_report(const struct hone_classifier *classifier,
                                        struct hone_calibration_report *out);

/* Only "was the answer right": reward in [0, 1] for having answered `label`; 1 is a
 * positive step of the softmax head, 0 pushes the label down (bandit update). The
 * naive-Bayes head does not learn from rewards. */
int hone_classifier_learn_reward(struct hone_classifier *classifier,
                                 const struct hone_encoder_input *input, uint32_t label,
                                 float reward, float weight, uint64_t position,
                                 struct hone_error *err) HONE_MUST_USE;

/* One example of a multi-label classifier (others: HONE_E_INVALID) with all labels that are right,
 * (n_labels,), each once; none is a set too. Otherwise as hone_classifier_learn, or, unless
 * is_first, as hone_classifier_learn_again. */
int hone_classifier_sets_learn(struct hone_classifier *classifier,
                               const struct hone_encoder_input *input,
                               const uint32_t *labels, size_t n_labels, float weight,
                               uint64_t position, bool is_first,
                               struct hone_error *err) HONE_MUST_USE;
/* A reward for each of several labels of a multi-label classifier (others: HONE_E_INVALID), at
 * least one, each once and switched on: one example, whose other labels are untouched. Of one label
 * as hone_classifier_learn_reward. */
int hone_classifier_sets_reward(struct hone_classifier *classifier,
                                const struct hone_encoder_input *input,
                                const uint32_t *labels, size_t n_labels, float reward,
                                float weight, uint64_t position,
                                struct hone_error *err) HONE_MUST_USE;
/* How thresholds (threshold.h) would have done on the outputs before examples. */
struct hone_threshold_report;
void hone_classifier_sets_report(const struct hone_classifier *classifier,
                                 struct hone_threshold_report *out);

/* A view of the state as it is now. New reference for the caller. */
struct hone_classifier_view *
hone_classifier_freeze(struct hone_classifier *classifier) HONE_MUST_USE;
/* The state as it is now, to be read by its owner until the classifier next changes; never
 * referenced. Costs nothing, where learning after a freeze copies each row it touches. */
const struct hone_classifier_view *
hone_classifier_peek(struct hone_classifier *classifier);
struct hone_classifier_view *hone_classifier_view_ref(struct hone_classifier_view *view);
void hone_classifier_view_unref(struct hone_classifier_view *view); /* accepts NULL */

size_t hone_classifier_view_n_labels(const struct hone_classifier_view *view);
/* Borrowed, lives as long as the view; NUL-terminated. */
struct hone_span hone_classifier_view_label(const struct hone_classifier_view *view,
                                            uint32_t label);
bool hone_classifier_view_label_enabled(const struct hone_classifier_view *view,
                                        uint32_t label);
/* Index of a label by exact name: 0 or HONE_E_NOT_FOUND. */
int hone_classifier_view_find_label(const struct hone_classifier_view *view,
                                    struct hone_span name, uint32_t *label) HONE_MUST_USE;

/* Weights of a feature in the linear head, (n_labels,), as long as the view lives; NULL when
 * it has none. Features are numbered below 2^dim_bits, as hone_encoder_name gives them. */
const float *hone_classifier_view_weights(const struct hone_classifier_view *view,
                                          uint32_t id);
uint32_t hone_classifier_view_dim_bits(const struct hone_classifier_view *view);

/* Confidence from which to answer, as the aim wants it; 0 without one. */
float hone_classifier_view_limit(const struct hone_classifier_view *view);

/* Memory for predictions, reused over calls so that a prediction allocates nothing once
 * it has seen inputs of that size. One thread at a time. Grows to what the largest input
 * so far needed. */
struct hone_classifier_scratch;
struct hone_classifier_scratch *hone_classifier_scratch_create(void) HONE_MUST_USE;
void hone_classifier_scratch_destroy(struct hone_classifier_scratch *scratch);

/* Probabilities of all labels: *probabilities is (n_labels,) inside scratch, valid until
 * its next use; disabled labels have 0; the rest sums to 1. HONE_E_INVALID when the view
 * has no enabled label. Text without any feature gets the prior of an empty input. */
int hone_classifier_view_predict(const struct hone_classifier_view *view,
                                 const struct hone_encoder_input *input,
                                 struct hone_classifier_scratch *scratch,
                                 const float **probabilities,
                                 struct hone_error *err) HONE_MUST_USE;

/* Of a multi-label classifier (others: HONE_E_INVALID): the probability of each label for itself,
 * and the one from which it is given; (n_labels,) inside scratch and view. Those of disabled
 * labels are 0 and mean nothing. */
int hone_classifier_view_sets_predict(const struct hone_classifier_view *view,
                                      const struct hone_encoder_input *input,
                                      struct hone_classifier_scratch *scratch,
                                      const float **probabilities,
                                      const float **thresholds,
                                      struct hone_error *err) HONE_MUST_USE;
/* The log loss of a set (the sum over labels), and whether exactly it would have been given. */
int hone_classifier_view_sets_score(const struct hone_classifier_view *view,
                                    const struct hone_encoder_input *input,
                                    struct hone_classifier_scratch *scratch,
                                    const uint32_t *labels, size_t n_labels, double *loss,
                                    bool *right, struct hone_error *err) HONE_MUST_USE;
bool hone_classifier_view_is_of_sets(const struct hone_classifier_view *view);

/* Expected rewards of all labels in [0, 1] and their standard deviations, for choosers
 * (other classifiers: HONE_E_INVALID): (n_labels,) inside scratch, valid until its next
 * use; those of disabled labels mean nothing. */
int hone_classifier_view_estimate(const struct hone_classifier_view *view,
                                  const struct hone_encoder_input *input,
                                  struct hone_classifier_scratch *scratch,
                                  const float **estimates, const float **deviations,
                                  struct hone_error *err) HONE_MUST_USE;
bool hone_classifier_view_is_chooser(const struct hone_classifier_view *view);
/* Rewards learnt: of all labels, and of one (the sum of their weights). */
uint64_t hone_classifier_view_n_rewards(const struct hone_classifier_view *view);
float hone_classifier_view_label_weight(const struct hone_classifier_view *view,
                                        uint32_t label);

/* Complete state, to return to. */
struct hone_classifier_mark *
hone_classifier_mark_create(struct hone_classifier *classifier) HONE_MUST_USE;
void hone_classifier_mark_destroy(struct hone_classifier_mark *mark); /* accepts NULL */
/* Borrowed: the view of a mark. */
struct hone_classifier_view *
hone_classifier_mark_view(const struct hone_classifier_mark *mark);
/* Makes the classifier's state that of the mark, byte for byte. The mark stays valid. */
void hone_classifier_restore(struct hone_classifier *classifier,
                             const struct hone_classifier_mark *mark);

/* Saving in slices. The file is a safetensors file with all of the state (names and
 * shapes in classifier_file.h); extra is a JSON object's text that is kept in its
 * metadata under "hone" and handed back by load. create and step may run on another
 * thread than the owner's, as long as the mark lives; they only read. step writes about
 * max_bytes, returns 1 when there is more, 0 when the file is complete and durable (fsync
 * done, not renamed), or an error. With HONE_TENSOR_SAVE_ALL it is one step, and the
 * file is complete but not durable (optim/tensor_save.h). */
int hone_classifier_save_create(struct hone_classifier_save **out,
                                const struct hone_classifier_mark *mark, const char *path,
                                struct hone_span extra,
                                struct hone_error *err) HONE_MUST_USE;
int hone_classifier_save_step(struct hone_classifier_save *save, size_t max_bytes,
                              struct hone_error *err) HONE_MUST_USE;
/* After step returned 0: digest and size of the file. */
void hone_classifier_save_result(const struct hone_classifier_save *save,
                                 struct hone_digest *digest, uint64_t *size_bytes);
/* Closes; accepts NULL. */
void hone_classifier_save_destroy(struct hone_classifier_save *save);

/* A classifier with the state of the file; *extra (to free()) is the text given to save.
 * HONE_E_CORRUPT for anything that is not exactly what save writes, HONE_E_VERSION for a
 * newer format, HONE_E_NOT_FOUND, HONE_E_IO. Never trusts a size in the file. */
int hone_classifier_load(struct hone_classifier **out, const char *path, char **extra,
                         struct hone_error *err) HONE_MUST_USE;

/* Sizes, for status and benchmarks. */
struct hone_classifier_stats {
    uint64_t n_examples;   /* labelled examples and rewards learnt, without the prior's */
    uint64_t n_replay;     /* examples in the window */
    uint64_t n_rows;       /* rows that exist */
    uint64_t table_bytes;  /* memory of rows, chunks and free lists */
    uint64_t replay_bytes; /* memory of the window, about: by some of its examples */
    uint64_t n_live_views; /* views and marks not yet given back */
};
void hone_classifier_stats(struct hone_classifier *classifier,
                           struct hone_classifier_stats *out);

/* Score of one label under a view, as evidence for a gate: nothing is learnt. */
int hone_classifier_view_score(const struct hone_classifier_view *view,
                               const struct hone_encoder_input *input,
                               struct hone_classifier_scratch *scratch, uint32_t label,
                               struct hone_classifier_score *out,
                               struct hone_error *err) HONE_MUST_USE;

#endif
