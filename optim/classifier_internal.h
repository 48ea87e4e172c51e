/* The structs behind classifier.h, shared by the files that implement it and
 * by nobody else. */
#ifndef HONE_OPTIM_CLASSIFIER_INTERNAL_H
#define HONE_OPTIM_CLASSIFIER_INTERNAL_H

#include "optim/calibration.h"
#include "optim/classifier.h"
#include "optim/label_set.h"
#include "optim/model_state.h"
#include "optim/replay.h"
#include "optim/row_table.h"
#include "optim/scorer.h"

#include <stdatomic.h>

/* A table that was replaced by a wider one; kept until its last snapshot
 * is given back. */
struct hone_classifier_old_table {
    struct hone_classifier_old_table *next;
    struct hone_row_table *table;
};

struct hone_classifier_view {
    atomic_uint n_refs;
    uint32_t dim_bits;
    enum hone_classifier_rewards rewards;
    struct hone_row_index index;
    struct hone_row_table_snapshot *snapshot; /* whose index that is; NULL in a peek */
    struct hone_label_set *labels;
    struct hone_model_state state;
};

struct hone_classifier {
    struct hone_classifier_config config;
    struct hone_row_table *table;
    struct hone_classifier_old_table *old_tables;
    struct hone_label_set *labels;
    struct hone_model_state state;
    struct hone_replay replay;
    struct hone_calibration calibration;
    struct hone_calibration_aim aim;
    uint32_t *counts; // (n_labels, 2, bins) of a multi-label classifier: threshold.h
    struct hone_scorer scorer;
    struct hone_classifier_view now; /* the last peek; owns nothing */
    bool drifted;                    /* by the last example learnt */
    struct hone_row **edited; // (edited_capacity,) rows of the example being learnt
    size_t edited_capacity;
    float *gradient; // (gradient_capacity,)
    size_t gradient_capacity;
};

struct hone_classifier_mark {
    struct hone_classifier_view *view;
    struct hone_classifier_config config;
    struct hone_replay replay;
    struct hone_calibration calibration;
    struct hone_calibration_aim aim;
    uint32_t *counts; // as the classifier's; NULL unless it has labels of sets
};

struct hone_classifier_scratch {
    struct hone_scorer scorer;
};

/* 0 or HONE_E_INVALID. */
int hone_classifier_check_config(const struct hone_classifier_config *config,
                                 struct hone_error *err) HONE_MUST_USE;
/* Columns that rows get for n_labels. */
uint32_t hone_classifier_row_capacity(size_t n_labels);
/* Makes rows wide enough for n_labels, and room to learn with so many. */
void hone_classifier_reserve_labels(struct hone_classifier *classifier, size_t n_labels);

/* Takes in what the scorer holds, a prequential output. */
void hone_classifier_calibration_observe(struct hone_classifier *classifier,
                                         uint32_t label);
void hone_classifier_calibration_forget(struct hone_classifier *classifier);

/* Encodes an example into the scorer, after looking at its weight. */
int hone_classifier_prepare(struct hone_classifier *classifier,
                            const struct hone_encoder_input *input, float weight,
                            struct hone_error *err) HONE_MUST_USE;
/* Learns what the scorer holds and goes over others: nothing can fail from here on. */
void hone_classifier_apply(struct hone_classifier *classifier,
                           struct hone_replay_target target, uint64_t position);

/* Of a multi-label classifier: zeroes counts for labels from `first` on and gives them their first
 * bias. Nothing for others. */
void hone_classifier_sets_grow(struct hone_classifier *classifier, size_t first);
/* Finds thresholds anew. */
void hone_classifier_sets_aim(struct hone_classifier *classifier);
void hone_classifier_sets_forget(struct hone_classifier *classifier);
/* A copy of counts for n labels; NULL stays so. */
uint32_t *hone_classifier_sets_copy(const uint32_t *counts, size_t n_labels);

/* After encode: scores in the scorer's first, calibrated probabilities in probabilities; those of
 * labels that are off are 0. HONE_E_INVALID when a score is not finite. */
int hone_classifier_sets_score(struct hone_scorer *scorer,
                               const struct hone_model_state *state,
                               struct hone_error *err) HONE_MUST_USE;
/* Writes a set as y (n_labels,) in {0, 1}, 0 for labels that are off. HONE_E_INVALID for a label
 * that does not exist or comes twice. */
int hone_classifier_sets_fill(float *y, const struct hone_model_state *state,
                              const uint32_t *labels, size_t n,
                              struct hone_error *err) HONE_MUST_USE;
/* Would exactly the labels of y be given? */
bool hone_classifier_sets_given(const float *p, const float *y,
                                const struct hone_model_state *state);

/* What an alarm of the drift detector does. */
void hone_classifier_drift_forget(struct hone_classifier *classifier);

#endif
