#include "optim/classifier_internal.h"
#include "optim/nb_head.h"
#include "tensor/kernels.h"

#define KEPT_EXAMPLES 50
#define KEPT_SHARE    0.1F

void hone_classifier_drift_watch(struct hone_classifier *classifier, bool watch)
{
    struct hone_model_state *state = &classifier->state;
    state->watches_drift = watch;
    if (!watch) {
        hone_drift_reset(&state->drift);
    }
}

bool hone_classifier_drift_is_watched(const struct hone_classifier *classifier)
{
    return classifier->state.watches_drift;
}

bool hone_classifier_drift_found(const struct hone_classifier *classifier)
{
    return classifier->drifted;
}

static void forget_counts(struct hone_row_counts *row_counts, uint32_t capacity,
                          size_t n_labels)
{
    float *logs = row_counts->values, *counts = logs + capacity;
    for (size_t k = 0; k < n_labels; k++) {
        if (counts[k] > 0.0F) {
            counts[k] *= KEPT_SHARE;
            logs[k] = hone_nb_head_log(counts[k]);
        }
    }
}

void hone_classifier_drift_forget(struct hone_classifier *classifier)
{
    struct hone_model_state *state = &classifier->state;
    struct hone_row_index index = hone_row_table_index(classifier->table);
    for (uint32_t id = 0; id >> classifier->config.dim_bits == 0; id++) {
        if (hone_row_index_find(index, id) != NULL) {
            struct hone_row *row = hone_row_table_edit(classifier->table, id);
            row->g *= KEPT_SHARE;
            if (hone_row_has_counts(row)) {
                hone_row_table_edit_counts(classifier->table, &row, 1);
                forget_counts(row->counts, index.capacity, state->n_labels);
            }
        }
    }
    state->bias_g *= KEPT_SHARE;
    for (size_t k = 0; k < state->n_labels; k++) {
        state->totals[k] *= KEPT_SHARE;
        state->log_totals[k] = hone_nb_head_log_total(state->totals[k]);
    }
    hone_replay_keep_newest(&classifier->replay, KEPT_EXAMPLES);
    hone_classifier_calibration_forget(classifier);
    hone_drift_reset(&state->drift);
}
