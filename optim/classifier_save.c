#include "base/alloc.h"
#include "base/check.h"
#include "optim/classifier_file.h"
#include "optim/classifier_internal.h"
#include "optim/tensor_save.h"
#include "optim/threshold.h"

#include <stdlib.h>
#include <string.h>

#define N_TENSORS HONE_CLASSIFIER_FILE_N_TENSORS

struct hone_classifier_save {
    const struct hone_classifier_mark *mark;
    struct hone_tensor_save file;
    uint64_t counters[HONE_CLASSIFIER_FILE_N_COUNTERS];
    uint64_t drift[HONE_CLASSIFIER_FILE_N_DRIFT];
    uint64_t calibration[HONE_CLASSIFIER_FILE_N_CALIBRATION];
    float limits[HONE_CLASSIFIER_FILE_N_LIMITS];
    float scalars[HONE_CLASSIFIER_FILE_N_SCALARS];
    size_t n_labels, n_rows, n_examples;
    uint32_t *row_ids;            // (n_rows,)
    const struct hone_row **rows; // (n_rows,)
    uint32_t row_capacity;
    uint64_t *ends, *set_ends;          // (n_examples,)
    struct hone_replay_target *targets; // (n_examples,)
};

static struct hone_span bytes_of(const void *data, size_t n_bytes)
{
    return hone_span_of(data, n_bytes);
}

static bool is_written(const struct hone_classifier_save *save, size_t tensor)
{
    return save->mark->config.rewards == HONE_CLASSIFIER_REWARDS_OF_SETS ||
           !hone_classifier_file_is_of_sets(tensor);
}

static size_t n_items(const void *owner, size_t tensor)
{
    const struct hone_classifier_save *save = owner;
    if (!is_written(save, tensor)) {
        return 0;
    }
    switch (tensor) {
    case HONE_CLASSIFIER_FILE_ROW_DF:
    case HONE_CLASSIFIER_FILE_ROW_G:
    case HONE_CLASSIFIER_FILE_ROW_WEIGHTS:
    case HONE_CLASSIFIER_FILE_ROW_COUNTS:
        return save->n_rows;
    case HONE_CLASSIFIER_FILE_REPLAY_LABELS:
    case HONE_CLASSIFIER_FILE_REPLAY_WEIGHTS:
    case HONE_CLASSIFIER_FILE_REPLAY_REWARDS:
    case HONE_CLASSIFIER_FILE_REPLAY_IDS:
    case HONE_CLASSIFIER_FILE_REPLAY_VALUES:
    case HONE_CLASSIFIER_FILE_REPLAY_SETS:
        return save->n_examples;
    default:
        return 1;
    }
}

static struct hone_span row_item(const struct hone_classifier_save *save, size_t tensor,
                                 size_t item)
{
    const struct hone_row *row = save->rows[item];
    size_t columns_bytes = save->n_labels * sizeof(float);
    switch (tensor) {
    case HONE_CLASSIFIER_FILE_ROW_DF:
        return bytes_of(&row->df, sizeof(row->df));
    case HONE_CLASSIFIER_FILE_ROW_G:
        return bytes_of(&row->g, sizeof(row->g));
    case HONE_CLASSIFIER_FILE_ROW_WEIGHTS:
        return bytes_of(hone_row_weights(row), columns_bytes);
    default:
        return bytes_of(hone_row_counts(row, save->row_capacity), columns_bytes);
    }
}

static struct hone_span replay_item(const struct hone_classifier_save *save,
                                    size_t tensor, size_t item)
{
    const struct hone_replay_target *target = &save->targets[item];
    struct hone_encoder_vector x = hone_replay_vector(&save->mark->replay, item);
    switch (tensor) {
    case HONE_CLASSIFIER_FILE_REPLAY_LABELS:
        return bytes_of(&target->label, sizeof(target->label));
    case HONE_CLASSIFIER_FILE_REPLAY_WEIGHTS:
        return bytes_of(&target->weight, sizeof(target->weight));
    case HONE_CLASSIFIER_FILE_REPLAY_REWARDS:
        return bytes_of(&target->reward, sizeof(target->reward));
    case HONE_CLASSIFIER_FILE_REPLAY_SETS:
        return bytes_of(target->set, target->n_set * sizeof(*target->set));
    case HONE_CLASSIFIER_FILE_REPLAY_IDS:
        return bytes_of(x.ids, x.n * sizeof(*x.ids));
    default:
        return bytes_of(x.values, x.n * sizeof(*x.values));
    }
}

static struct hone_span item_at(const void *owner, size_t tensor, size_t item)
{
    const struct hone_classifier_save *save = owner;
    const struct hone_model_state *state = &save->mark->view->state;
    switch (tensor) {
    case HONE_CLASSIFIER_FILE_COUNTERS:
        return bytes_of(save->counters, sizeof(save->counters));
    case HONE_CLASSIFIER_FILE_DRIFT:
        return bytes_of(save->drift, sizeof(save->drift));
    case HONE_CLASSIFIER_FILE_CALIBRATION:
        return bytes_of(save->calibration, sizeof(save->calibration));
    case HONE_CLASSIFIER_FILE_CALIBRATION_LOSSES:
        return bytes_of(save->mark->calibration.losses,
                        sizeof(save->mark->calibration.losses));
    case HONE_CLASSIFIER_FILE_CALIBRATION_LIMITS:
        return bytes_of(save->limits, sizeof(save->limits));
    case HONE_CLASSIFIER_FILE_CALIBRATION_OUTPUTS:
        return bytes_of(save->mark->calibration.outputs,
                        hone_calibration_n_kept(&save->mark->calibration) *
                            sizeof(uint16_t));
    case HONE_CLASSIFIER_FILE_REPLAY_ENDS:
        return bytes_of(save->ends, save->n_examples * sizeof(*save->ends));
    case HONE_CLASSIFIER_FILE_REPLAY_SET_ENDS:
        return bytes_of(save->set_ends, save->n_examples * sizeof(*save->set_ends));
    case HONE_CLASSIFIER_FILE_THRESHOLDS:
        return bytes_of(state->thresholds, state->n_labels * sizeof(float));
    case HONE_CLASSIFIER_FILE_THRESHOLD_COUNTS:
        return bytes_of(save->mark->counts,
                        state->n_labels * HONE_THRESHOLD_COUNTS * sizeof(uint32_t));
    case HONE_CLASSIFIER_FILE_SCALARS:
        return bytes_of(save->scalars, sizeof(save->scalars));
    case HONE_CLASSIFIER_FILE_BIAS:
        return bytes_of(state->bias, state->n_labels * sizeof(float));
    case HONE_CLASSIFIER_FILE_TOTALS:
        return bytes_of(state->totals, state->n_labels * sizeof(float));
    case HONE_CLASSIFIER_FILE_ROW_IDS:
        return bytes_of(save->row_ids, save->n_rows * sizeof(*save->row_ids));
    case HONE_CLASSIFIER_FILE_LABELS_ENABLED:
        return bytes_of(state->enabled, state->n_labels);
    case HONE_CLASSIFIER_FILE_LABELS_NAMES:
        return hone_label_set_text(save->mark->view->labels);
    case HONE_CLASSIFIER_FILE_ROW_DF:
    case HONE_CLASSIFIER_FILE_ROW_G:
    case HONE_CLASSIFIER_FILE_ROW_WEIGHTS:
    case HONE_CLASSIFIER_FILE_ROW_COUNTS:
        return row_item(save, tensor, item);
    default:
        return replay_item(save, tensor, item);
    }
}

static const struct hone_tensor_source source = {
    .n_tensors = N_TENSORS,
    .n_items = n_items,
    .item = item_at,
};

static void fill_numbers(struct hone_classifier_save *save)
{
    const struct hone_classifier_mark *mark = save->mark;
    const struct hone_model_state *state = &mark->view->state;
    uint64_t *counters = save->counters;
    counters[HONE_CLASSIFIER_FILE_SEED] = mark->config.seed;
    counters[HONE_CLASSIFIER_FILE_DIM_BITS] = mark->config.dim_bits;
    counters[HONE_CLASSIFIER_FILE_N_REPLAYS] = mark->config.n_replays;
    counters[HONE_CLASSIFIER_FILE_REPLAY_CAPACITY] = mark->config.replay_capacity;
    counters[HONE_CLASSIFIER_FILE_REPLAY_HEAD] = mark->replay.head;
    counters[HONE_CLASSIFIER_FILE_N_PRIORS] = mark->replay.priors.n;
    counters[HONE_CLASSIFIER_FILE_N_DOCUMENTS] = state->n_documents;
    counters[HONE_CLASSIFIER_FILE_N_LABELLED] = state->n_labelled;
    counters[HONE_CLASSIFIER_FILE_N_REWARDS] = state->n_rewards;
    counters[HONE_CLASSIFIER_FILE_N_STACK_UPDATES] = state->stack.n_updates;
    save->drift[HONE_CLASSIFIER_FILE_WATCHES_DRIFT] = state->watches_drift ? 1 : 0;
    save->drift[HONE_CLASSIFIER_FILE_DRIFT_N] = state->drift.n;
    memcpy(&save->drift[HONE_CLASSIFIER_FILE_DRIFT_ERRORS], state->drift.errors,
           sizeof(state->drift.errors));
    save->calibration[HONE_CLASSIFIER_FILE_CALIBRATION_N] = mark->calibration.n;
    save->calibration[HONE_CLASSIFIER_FILE_CALIBRATION_AIM] = mark->aim.kind;
    save->limits[HONE_CLASSIFIER_FILE_AIM_VALUE] = mark->aim.value;
    save->limits[HONE_CLASSIFIER_FILE_LIMIT] = state->limit;
    save->scalars[HONE_CLASSIFIER_FILE_SMOOTHING] = mark->config.smoothing;
    save->scalars[HONE_CLASSIFIER_FILE_BIAS_G] = state->bias_g;
    save->scalars[HONE_CLASSIFIER_FILE_BETA_FIRST] = state->stack.beta[0];
    save->scalars[HONE_CLASSIFIER_FILE_BETA_SECOND] = state->stack.beta[1];
    save->scalars[HONE_CLASSIFIER_FILE_BETA_G_FIRST] = state->stack.beta_g[0];
    save->scalars[HONE_CLASSIFIER_FILE_BETA_G_SECOND] = state->stack.beta_g[1];
}

static void collect_rows(struct hone_classifier_save *save)
{
    const struct hone_classifier_view *view = save->mark->view;
    struct hone_row_index index = hone_row_table_snapshot_index(view->snapshot);
    size_t n = hone_row_table_snapshot_n_rows(view->snapshot);
    save->row_capacity = index.capacity;
    save->row_ids = hone_alloc_zeroed(n + 1, sizeof(*save->row_ids));
    save->rows = hone_alloc_zeroed(n + 1, sizeof(*save->rows));
    for (uint32_t id = 0; id >> view->dim_bits == 0; id++) {
        const struct hone_row *row = hone_row_index_find(index, id);
        if (row != NULL) {
            HONE_INVARIANT(save->n_rows < n);
            save->row_ids[save->n_rows] = id;
            save->rows[save->n_rows++] = row;
        }
    }
    HONE_INVARIANT(save->n_rows == n);
}

static void collect_examples(struct hone_classifier_save *save)
{
    const struct hone_replay *replay = &save->mark->replay;
    uint64_t end = 0, set_end = 0;
    save->n_examples = hone_replay_n(replay);
    save->ends = hone_alloc_zeroed(save->n_examples + 1, sizeof(*save->ends));
    save->set_ends = hone_alloc_zeroed(save->n_examples + 1, sizeof(*save->set_ends));
    save->targets = hone_alloc_zeroed(save->n_examples + 1, sizeof(*save->targets));
    for (size_t i = 0; i < save->n_examples; i++) {
        end += hone_replay_vector(replay, i).n;
        save->ends[i] = end;
        save->targets[i] = hone_replay_target(replay, i);
        set_end += save->targets[i].n_set;
        save->set_ends[i] = set_end;
    }
}

static void declare(struct hone_classifier_save *save)
{
    uint64_t k = save->n_labels, r = save->n_rows, e = save->n_examples;
    uint64_t m = e > 0 ? save->ends[e - 1] : 0, s = e > 0 ? save->set_ends[e - 1] : 0;
    uint64_t c = hone_calibration_n_kept(&save->mark->calibration);
    uint64_t names = hone_label_set_text(save->mark->view->labels).len;
    const enum hone_safetensors_type u64 = HONE_SAFETENSORS_U64,
                                     u32 = HONE_SAFETENSORS_U32,
                                     f32 = HONE_SAFETENSORS_F32, u8 = HONE_SAFETENSORS_U8;
    const struct {
        const char *name;
        enum hone_safetensors_type type;
        size_t n_dims;
        uint64_t shape[2];
    } tensors[N_TENSORS] = {
        [HONE_CLASSIFIER_FILE_COUNTERS] = {"counters",
                                           u64,
                                           1,
                                           {HONE_CLASSIFIER_FILE_N_COUNTERS}},
        [HONE_CLASSIFIER_FILE_DRIFT] = {"drift", u64, 1, {HONE_CLASSIFIER_FILE_N_DRIFT}},
        [HONE_CLASSIFIER_FILE_CALIBRATION] = {"calibration",
                                              u64,
                                              1,
                                              {HONE_CLASSIFIER_FILE_N_CALIBRATION}},
        [HONE_CLASSIFIER_FILE_CALIBRATION_LOSSES] = {"calibration.losses",
                                                     HONE_SAFETENSORS_F64,
                                                     2,
                                                     {HONE_CALIBRATION_BLOCKS,
                                                      HONE_CALIBRATION_GRID}},
        [HONE_CLASSIFIER_FILE_CALIBRATION_LIMITS] = {"calibration.limits",
                                                     f32,
                                                     1,
                                                     {HONE_CLASSIFIER_FILE_N_LIMITS}},
        [HONE_CLASSIFIER_FILE_CALIBRATION_OUTPUTS] = {"calibration.outputs",
                                                      HONE_SAFETENSORS_U16,
                                                      1,
                                                      {c}},
        [HONE_CLASSIFIER_FILE_REPLAY_ENDS] = {"replay.ends", u64, 1, {e}},
        [HONE_CLASSIFIER_FILE_REPLAY_SET_ENDS] = {"replay.set_ends", u64, 1, {e}},
        [HONE_CLASSIFIER_FILE_REPLAY_SETS] = {"replay.sets", u32, 1, {s}},
        [HONE_CLASSIFIER_FILE_THRESHOLDS] = {"thresholds", f32, 1, {k}},
        [HONE_CLASSIFIER_FILE_THRESHOLD_COUNTS] = {"thresholds.counts",
                                                   u32,
                                                   2,
                                                   {k, HONE_THRESHOLD_COUNTS}},
        [HONE_CLASSIFIER_FILE_SCALARS] = {"scalars",
                                          f32,
                                          1,
                                          {HONE_CLASSIFIER_FILE_N_SCALARS}},
        [HONE_CLASSIFIER_FILE_BIAS] = {"bias", f32, 1, {k}},
        [HONE_CLASSIFIER_FILE_TOTALS] = {"totals", f32, 1, {k}},
        [HONE_CLASSIFIER_FILE_ROW_IDS] = {"rows.ids", u32, 1, {r}},
        [HONE_CLASSIFIER_FILE_ROW_DF] = {"rows.df", u32, 1, {r}},
        [HONE_CLASSIFIER_FILE_ROW_G] = {"rows.g", f32, 1, {r}},
        [HONE_CLASSIFIER_FILE_ROW_WEIGHTS] = {"rows.weights", f32, 2, {r, k}},
        [HONE_CLASSIFIER_FILE_ROW_COUNTS] = {"rows.counts", f32, 2, {r, k}},
        [HONE_CLASSIFIER_FILE_REPLAY_LABELS] = {"replay.labels", u32, 1, {e}},
        [HONE_CLASSIFIER_FILE_REPLAY_WEIGHTS] = {"replay.weights", f32, 1, {e}},
        [HONE_CLASSIFIER_FILE_REPLAY_REWARDS] = {"replay.rewards", f32, 1, {e}},
        [HONE_CLASSIFIER_FILE_REPLAY_IDS] = {"replay.ids", u32, 1, {m}},
        [HONE_CLASSIFIER_FILE_REPLAY_VALUES] = {"replay.values", f32, 1, {m}},
        [HONE_CLASSIFIER_FILE_LABELS_ENABLED] = {"labels.enabled", u8, 1, {k}},
        [HONE_CLASSIFIER_FILE_LABELS_NAMES] = {"labels.names", u8, 1, {names}},
    };
    for (size_t i = 0; i < N_TENSORS; i++) {
        if (is_written(save, i)) {
            hone_safetensors_writer_add(save->file.writer, tensors[i].name,
                                        tensors[i].type, tensors[i].shape,
                                        tensors[i].n_dims);
        }
    }
}

static int declare_rewards(struct hone_classifier_save *save, struct hone_error *err)
{
    const char *rewards = hone_classifier_file_rewards[save->mark->config.rewards];
    return rewards == NULL
               ? 0
               : hone_safetensors_writer_add_metadata(save->file.writer, "rewards",
                                                      hone_span_text(rewards), err);
}

int hone_classifier_save_create(struct hone_classifier_save **out,
                                const struct hone_classifier_mark *mark, const char *path,
                                struct hone_span extra, struct hone_error *err)
{
    struct hone_classifier_save *save = hone_alloc_zeroed(1, sizeof(*save));
    save->mark = mark;
    save->n_labels = mark->view->state.n_labels;
    fill_numbers(save);
    collect_rows(save);
    collect_examples(save);
    int rc = hone_tensor_save_init(&save->file, &source, save, path,
                                   HONE_CLASSIFIER_FILE_FORMAT,
                                   HONE_CLASSIFIER_FILE_VERSION, extra, err);
    if (rc == 0) {
        declare(save);
        rc = declare_rewards(save, err);
    }
    if (rc == 0) {
        rc = hone_safetensors_writer_begin(save->file.writer, err);
    }
    if (rc != 0) {
        hone_classifier_save_destroy(save);
        return rc;
    }
    *out = save;
    return 0;
}

int hone_classifier_save_step(struct hone_classifier_save *save, size_t max_bytes,
                              struct hone_error *err)
{
    return hone_tensor_save_step(&save->file, max_bytes, err);
}

void hone_classifier_save_result(const struct hone_classifier_save *save,
                                 struct hone_digest *digest, uint64_t *size_bytes)
{
    hone_tensor_save_result(&save->file, digest, size_bytes);
}

void hone_classifier_save_destroy(struct hone_classifier_save *save)
{
    if (save == NULL) {
        return;
    }
    hone_tensor_save_finish(&save->file);
    free(save->row_ids);
    free(save->rows);
    free(save->ends);
    free(save->set_ends);
    free(save->targets);
    free(save);
}
