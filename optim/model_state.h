/* The dense part of a classifier: everything but rows, label names and the replay window.
 * Plain values in one struct, copied as a whole for views and marks.
 * Owned by one thread at a time; a copy inside a view is read-only. */
#ifndef HONE_OPTIM_MODEL_STATE_H
#define HONE_OPTIM_MODEL_STATE_H

#include "optim/drift.h"
#include "optim/stack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_model_state {
    size_t n_labels, capacity;
    size_t n_enabled;
    float *bias;       // (n_labels,) softmax head
    float *totals;     // (n_labels,) naive-Bayes head: T
    float *log_totals; // (n_labels,) ln(T + a V)
    uint8_t *enabled;  // (n_labels,)
    float *thresholds; // (n_labels,) of a multi-label classifier: when to give a label
    float bias_g;      /* AdaGrad accumulator of the bias */
    struct hone_stack stack;
    uint64_t n_documents; /* N of the document frequencies, priors included */
    uint64_t n_labelled;  /* labelled examples learnt */
    uint64_t n_rewards;   /* rewards learnt */
    float limit;          /* confidence from which to answer (calibration.h) */
    bool watches_drift;
    struct hone_drift drift; /* nothing seen unless watches_drift */
};

/* Zeroed memory is an empty state. */
void hone_model_state_finish(struct hone_model_state *state);
/* dst is uninitialised memory. */
void hone_model_state_copy(struct hone_model_state *dst,
                           const struct hone_model_state *src);
/* One enabled label more; the stack starts anew while it has learnt nothing. */
void hone_model_state_add_label(struct hone_model_state *state);

#endif
