/* The file of a classifier: a safetensors file with all of its state, in canonical order,
 * so that equal states give equal bytes.
 *
 * K labels, R rows, P priors and E - P others in the replay window, M features in their
 * vectors.
 *
 *   counters        U64 (10,)   see enum hone_classifier_file_counter
 *   drift           U64 (8,)    see enum hone_classifier_file_drift; since version 2
 *   calibration     U64 (2,)    see enum hone_classifier_file_calibration; since version 2
 *   calibration.losses  F64 (10, 16)  since version 2
 *   replay.ends     U64 (E,)    where each example's features end in replay.ids and
 *                               replay.values
 *   replay.set_ends U64 (E,)    where each example's set ends in replay.sets; of sets only
 *   scalars         F32 (6,)    see enum hone_classifier_file_scalar
 *   calibration.limits  F32 (2,)  value of the aim, limit; since version 2
 *   bias, totals    F32 (K,)
 *   rows.ids        U32 (R,)    strictly ascending
 *   rows.df         U32 (R,)
 *   rows.g          F32 (R,)
 *   rows.weights    F32 (R, K)
 *   rows.counts     F32 (R, K)
 *   replay.labels   U32 (E,)    priors first, then the ring by place
 *   replay.weights  F32 (E,)
 *   replay.rewards  F32 (E,)    -1 for a labelled example
 *   replay.ids      U32 (M,)    of each example distinct
 *   replay.values   F32 (M,)    of each example a vector of length 1 at most
 *   replay.sets     U32 (S,)    of each example distinct labels, of one with a reward the rewarded
 *                               ones unless it is one; of sets only
 *   thresholds      F32 (K,)    of sets only
 *   thresholds.counts  U32 (K, 40)  see threshold.h; of sets only
 *   calibration.outputs  U16 (C,)  the window's, C = min(n, 3000); since version 2
 *   labels.enabled  U8 (K,)     0 or 1
 *   labels.names    U8 (n,)     each followed by a NUL
 *
 * Metadata: "format" and "version" as below, "hone" what the caller of save gave; choosers
 * and multi-label classifiers ("of sets") have "rewards" (their totals are sums of weights; a chooser's
 * counts are those of reward_head.h, the first beta of sets is their scale). What
 * follows from these (logarithms, column capacity) is computed anew. A file of version 1 is
 * one of version 2 whose detectors have seen nothing. */
#ifndef HONE_OPTIM_CLASSIFIER_FILE_H
#define HONE_OPTIM_CLASSIFIER_FILE_H

#include "optim/drift.h"

#include <stdbool.h>
#include <stddef.h>

#define HONE_CLASSIFIER_FILE_FORMAT  "hone-classifier"
#define HONE_CLASSIFIER_FILE_VERSION 2

enum hone_classifier_file_tensor {
    HONE_CLASSIFIER_FILE_COUNTERS,
    HONE_CLASSIFIER_FILE_DRIFT,
    HONE_CLASSIFIER_FILE_CALIBRATION,
    HONE_CLASSIFIER_FILE_CALIBRATION_LOSSES,
    HONE_CLASSIFIER_FILE_REPLAY_ENDS,
    HONE_CLASSIFIER_FILE_REPLAY_SET_ENDS,
    HONE_CLASSIFIER_FILE_SCALARS,
    HONE_CLASSIFIER_FILE_CALIBRATION_LIMITS,
    HONE_CLASSIFIER_FILE_BIAS,
    HONE_CLASSIFIER_FILE_TOTALS,
    HONE_CLASSIFIER_FILE_ROW_IDS,
    HONE_CLASSIFIER_FILE_ROW_DF,
    HONE_CLASSIFIER_FILE_ROW_G,
    HONE_CLASSIFIER_FILE_ROW_WEIGHTS,
    HONE_CLASSIFIER_FILE_ROW_COUNTS,
    HONE_CLASSIFIER_FILE_REPLAY_LABELS,
    HONE_CLASSIFIER_FILE_REPLAY_WEIGHTS,
    HONE_CLASSIFIER_FILE_REPLAY_REWARDS,
    HONE_CLASSIFIER_FILE_REPLAY_IDS,
    HONE_CLASSIFIER_FILE_REPLAY_VALUES,
    HONE_CLASSIFIER_FILE_REPLAY_SETS,
    HONE_CLASSIFIER_FILE_THRESHOLDS,
    HONE_CLASSIFIER_FILE_THRESHOLD_COUNTS,
    HONE_CLASSIFIER_FILE_CALIBRATION_OUTPUTS,
    HONE_CLASSIFIER_FILE_LABELS_ENABLED,
    HONE_CLASSIFIER_FILE_LABELS_NAMES,
    HONE_CLASSIFIER_FILE_N_TENSORS,
};

enum hone_classifier_file_counter {
    HONE_CLASSIFIER_FILE_SEED,
    HONE_CLASSIFIER_FILE_DIM_BITS,
    HONE_CLASSIFIER_FILE_N_REPLAYS,
    HONE_CLASSIFIER_FILE_REPLAY_CAPACITY,
    HONE_CLASSIFIER_FILE_REPLAY_HEAD,
    HONE_CLASSIFIER_FILE_N_PRIORS,
    HONE_CLASSIFIER_FILE_N_DOCUMENTS,
    HONE_CLASSIFIER_FILE_N_LABELLED,
    HONE_CLASSIFIER_FILE_N_REWARDS,
    HONE_CLASSIFIER_FILE_N_STACK_UPDATES,
    HONE_CLASSIFIER_FILE_N_COUNTERS,
};

enum hone_classifier_file_drift {
    HONE_CLASSIFIER_FILE_WATCHES_DRIFT, /* 0 or 1 */
    HONE_CLASSIFIER_FILE_DRIFT_N,
    HONE_CLASSIFIER_FILE_DRIFT_ERRORS, /* HONE_DRIFT_WORDS of them */
    HONE_CLASSIFIER_FILE_N_DRIFT = HONE_CLASSIFIER_FILE_DRIFT_ERRORS + HONE_DRIFT_WORDS,
};

enum hone_classifier_file_calibration {
    HONE_CLASSIFIER_FILE_CALIBRATION_N,
    HONE_CLASSIFIER_FILE_CALIBRATION_AIM, /* enum hone_calibration_aim_kind */
    HONE_CLASSIFIER_FILE_N_CALIBRATION,
};

enum hone_classifier_file_limit {
    HONE_CLASSIFIER_FILE_AIM_VALUE,
    HONE_CLASSIFIER_FILE_LIMIT,
    HONE_CLASSIFIER_FILE_N_LIMITS,
};

enum hone_classifier_file_scalar {
    HONE_CLASSIFIER_FILE_SMOOTHING,
    HONE_CLASSIFIER_FILE_BIAS_G,
    HONE_CLASSIFIER_FILE_BETA_FIRST,
    HONE_CLASSIFIER_FILE_BETA_SECOND,
    HONE_CLASSIFIER_FILE_BETA_G_FIRST,
    HONE_CLASSIFIER_FILE_BETA_G_SECOND,
    HONE_CLASSIFIER_FILE_N_SCALARS,
};

/* Numbers of these limits and beyond are not learnt by any stream of examples; scores of
 * smaller ones are finite. */
#define HONE_CLASSIFIER_FILE_VALUE_MAX 1e12F

/* By enum hone_classifier_rewards; NULL: not written. */
static const char *const hone_classifier_file_rewards[] = {NULL, "exclusive",
                                                           "independent", "sets"};

/* Is this tensor in files of multi-label classifiers only? */
static inline bool hone_classifier_file_is_of_sets(size_t tensor)
{
    return tensor == HONE_CLASSIFIER_FILE_REPLAY_SET_ENDS ||
           tensor == HONE_CLASSIFIER_FILE_REPLAY_SETS ||
           tensor == HONE_CLASSIFIER_FILE_THRESHOLDS ||
           tensor == HONE_CLASSIFIER_FILE_THRESHOLD_COUNTS;
}

#endif
