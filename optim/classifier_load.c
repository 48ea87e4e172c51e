#include "base/alloc.h"
#include "optim/classifier_file.h"
#include "optim/classifier_internal.h"
#include "optim/nb_head.h"
#include "optim/sigmoid_head.h"
#include "optim/tensor_load.h"
#include "optim/threshold.h"
#include "tensor/safetensors.h"

#include <stdlib.h>
#include <string.h>

#define N_TENSORS  HONE_CLASSIFIER_FILE_N_TENSORS
#define LENGTH_MAX 1.001 /* of a vector: 1 but for rounding */

/* Sizes that the tensors agree on. */
enum size_name {
    SIZE_COUNTERS,
    SIZE_DRIFT,
    SIZE_CALIBRATION,
    SIZE_BLOCKS,
    SIZE_GRID,
    SIZE_LIMITS,
    SIZE_OUTPUTS,
    SIZE_SCALARS,
    SIZE_COUNTS,
    SIZE_K,
    SIZE_R,
    SIZE_E,
    SIZE_M,
    SIZE_S,
    SIZE_NAMES,
    N_SIZES
};
#define UNKNOWN UINT64_MAX

static const struct {
    const char *name;
    enum hone_safetensors_type type;
    size_t n_dims;
    enum size_name shape[2];
} layout[N_TENSORS] = {
    [HONE_CLASSIFIER_FILE_COUNTERS] = {"counters",
                                       HONE_SAFETENSORS_U64,
                                       1,
                                       {SIZE_COUNTERS}},
    [HONE_CLASSIFIER_FILE_DRIFT] = {"drift", HONE_SAFETENSORS_U64, 1, {SIZE_DRIFT}},
    [HONE_CLASSIFIER_FILE_CALIBRATION] = {"calibration",
                                          HONE_SAFETENSORS_U64,
                                          1,
                                          {SIZE_CALIBRATION}},
    [HONE_CLASSIFIER_FILE_CALIBRATION_LOSSES] = {"calibration.losses",
                                                 HONE_SAFETENSORS_F64,
                                                 2,
                                                 {SIZE_BLOCKS, SIZE_GRID}},
    [HONE_CLASSIFIER_FILE_CALIBRATION_LIMITS] = {"calibration.limits",
                                                 HONE_SAFETENSORS_F32,
                                                 1,
                                                 {SIZE_LIMITS}},
    [HONE_CLASSIFIER_FILE_CALIBRATION_OUTPUTS] = {"calibration.outputs",
                                                  HONE_SAFETENSORS_U16,
                                                  1,
                                                  {SIZE_OUTPUTS}},
    [HONE_CLASSIFIER_FILE_REPLAY_ENDS] = {"replay.ends",
                                          HONE_SAFETENSORS_U64,
                                          1,
                                          {SIZE_E}},
    [HONE_CLASSIFIER_FILE_REPLAY_SET_ENDS] = {"replay.set_ends",
                                              HONE_SAFETENSORS_U64,
                                              1,
                                              {SIZE_E}},
    [HONE_CLASSIFIER_FILE_REPLAY_SETS] = {"replay.sets",
                                          HONE_SAFETENSORS_U32,
                                          1,
                                          {SIZE_S}},
    [HONE_CLASSIFIER_FILE_THRESHOLDS] = {"thresholds", HONE_SAFETENSORS_F32, 1, {SIZE_K}},
    [HONE_CLASSIFIER_FILE_THRESHOLD_COUNTS] = {"thresholds.counts",
                                               HONE_SAFETENSORS_U32,
                                               2,
                                               {SIZE_K, SIZE_COUNTS}},
    [HONE_CLASSIFIER_FILE_SCALARS] = {"scalars", HONE_SAFETENSORS_F32, 1, {SIZE_SCALARS}},
    [HONE_CLASSIFIER_FILE_BIAS] = {"bias", HONE_SAFETENSORS_F32, 1, {SIZE_K}},
    [HONE_CLASSIFIER_FILE_TOTALS] = {"totals", HONE_SAFETENSORS_F32, 1, {SIZE_K}},
    [HONE_CLASSIFIER_FILE_ROW_IDS] = {"rows.ids", HONE_SAFETENSORS_U32, 1, {SIZE_R}},
    [HONE_CLASSIFIER_FILE_ROW_DF] = {"rows.df", HONE_SAFETENSORS_U32, 1, {SIZE_R}},
    [HONE_CLASSIFIER_FILE_ROW_G] = {"rows.g", HONE_SAFETENSORS_F32, 1, {SIZE_R}},
    [HONE_CLASSIFIER_FILE_ROW_WEIGHTS] = {"rows.weights",
                                          HONE_SAFETENSORS_F32,
                                          2,
                                          {SIZE_R, SIZE_K}},
    [HONE_CLASSIFIER_FILE_ROW_COUNTS] = {"rows.counts",
                                         HONE_SAFETENSORS_F32,
                                         2,
                                         {SIZE_R, SIZE_K}},
    [HONE_CLASSIFIER_FILE_REPLAY_LABELS] = {"replay.labels",
                                            HONE_SAFETENSORS_U32,
                                            1,
                                            {SIZE_E}},
    [HONE_CLASSIFIER_FILE_REPLAY_WEIGHTS] = {"replay.weights",
                                             HONE_SAFETENSORS_F32,
                                             1,
                                             {SIZE_E}},
    [HONE_CLASSIFIER_FILE_REPLAY_REWARDS] = {"replay.rewards",
                                             HONE_SAFETENSORS_F32,
                                             1,
                                             {SIZE_E}},
    [HONE_CLASSIFIER_FILE_REPLAY_IDS] = {"replay.ids", HONE_SAFETENSORS_U32, 1, {SIZE_M}},
    [HONE_CLASSIFIER_FILE_REPLAY_VALUES] = {"replay.values",
                                            HONE_SAFETENSORS_F32,
                                            1,
                                            {SIZE_M}},
    [HONE_CLASSIFIER_FILE_LABELS_ENABLED] = {"labels.enabled",
                                             HONE_SAFETENSORS_U8,
                                             1,
                                             {SIZE_K}},
    [HONE_CLASSIFIER_FILE_LABELS_NAMES] = {"labels.names",
                                           HONE_SAFETENSORS_U8,
                                           1,
                                           {SIZE_NAMES}},
};

/* The version that brought a tensor. */
static unsigned long since(size_t tensor)
{
    switch (tensor) {
    case HONE_CLASSIFIER_FILE_DRIFT:
    case HONE_CLASSIFIER_FILE_CALIBRATION:
    case HONE_CLASSIFIER_FILE_CALIBRATION_LOSSES:
    case HONE_CLASSIFIER_FILE_CALIBRATION_LIMITS:
    case HONE_CLASSIFIER_FILE_CALIBRATION_OUTPUTS:
        return 2;
    default:
        return 1;
    }
}

struct loader {
    struct hone_safetensors *file;
    unsigned long version;
    enum hone_classifier_rewards rewards;
    struct hone_span data[N_TENSORS];
    uint64_t sizes[N_SIZES];
    struct hone_classifier *classifier;
};

static const uint32_t *u32s(const struct loader *loader, size_t tensor)
{
    return (const void *)loader->data[tensor].data;
}

static const float *floats(const struct loader *loader, size_t tensor)
{
    return (const void *)loader->data[tensor].data;
}

static uint64_t counter(const struct loader *loader,
                        enum hone_classifier_file_counter which)
{
    const uint64_t *counters =
        (const void *)loader->data[HONE_CLASSIFIER_FILE_COUNTERS].data;
    return counters[which];
}

static int corrupt(struct hone_error *err, const char *what)
{
    return hone_error_set(err, HONE_E_CORRUPT, "%s", what);
}

static int check_format(struct loader *loader, struct hone_error *err)
{
    return hone_tensor_load_check(loader->file, HONE_CLASSIFIER_FILE_FORMAT,
                                  HONE_CLASSIFIER_FILE_VERSION, &loader->version, err);
}

/* What the file is of; HONE_E_CORRUPT for a name that is none of the file's. */
static int read_rewards(struct loader *loader, struct hone_error *err)
{
    const char *text = hone_safetensors_metadata(loader->file, "rewards");
    loader->rewards = HONE_CLASSIFIER_REWARDS_BESIDE_LABELS;
    if (text == NULL) {
        return 0;
    }
    for (int i = HONE_CLASSIFIER_REWARDS_EXCLUSIVE; i < HONE_CLASSIFIER_N_REWARDS; i++) {
        if (strcmp(text, hone_classifier_file_rewards[i]) == 0) {
            loader->rewards = (enum hone_classifier_rewards)i;
            return 0;
        }
    }
    return corrupt(err, "what rewards teach is unknown");
}

/* Is a tensor of the type and shape that the layout says? Learns sizes on the way. */
static bool fits_layout(struct loader *loader,
                        const struct hone_safetensors_tensor *tensor, size_t which)
{
    if (tensor == NULL || tensor->type != layout[which].type ||
        tensor->n_dims != layout[which].n_dims) {
        return false;
    }
    for (size_t d = 0; d < tensor->n_dims; d++) {
        uint64_t *size = &loader->sizes[layout[which].shape[d]];
        if (*size == UNKNOWN) {
            *size = tensor->shape[d];
        }
        if (*size != tensor->shape[d]) {
            return false;
        }
    }
    return true;
}

static int find_tensors(struct loader *loader, struct hone_error *err)
{
    for (size_t i = 0; i < N_SIZES; i++) {
        loader->sizes[i] = UNKNOWN;
    }
    loader->sizes[SIZE_COUNTERS] = HONE_CLASSIFIER_FILE_N_COUNTERS;
    loader->sizes[SIZE_DRIFT] = HONE_CLASSIFIER_FILE_N_DRIFT;
    loader->sizes[SIZE_CALIBRATION] = HONE_CLASSIFIER_FILE_N_CALIBRATION;
    loader->sizes[SIZE_BLOCKS] = HONE_CALIBRATION_BLOCKS;
    loader->sizes[SIZE_GRID] = HONE_CALIBRATION_GRID;
    loader->sizes[SIZE_LIMITS] = HONE_CLASSIFIER_FILE_N_LIMITS;
    loader->sizes[SIZE_SCALARS] = HONE_CLASSIFIER_FILE_N_SCALARS;
    loader->sizes[SIZE_COUNTS] = HONE_THRESHOLD_COUNTS;
    size_t n = 0;
    bool of_sets = loader->rewards == HONE_CLASSIFIER_REWARDS_OF_SETS;
    for (size_t i = 0; i < N_TENSORS; i++) {
        if (since(i) > loader->version ||
            (!of_sets && hone_classifier_file_is_of_sets(i))) {
            continue;
        }
        n++;
        const struct hone_safetensors_tensor *tensor =
            hone_safetensors_find(loader->file, layout[i].name);
        if (!fits_layout(loader, tensor, i)) {
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "tensor \"%s\" is missing or has another type or shape",
                                  layout[i].name);
        }
        loader->data[i] = tensor->data;
    }
    if (hone_safetensors_n(loader->file) != n) {
        return corrupt(err, "there are tensors that do not belong to a classifier");
    }
    if (loader->sizes[SIZE_K] > HONE_CLASSIFIER_LABELS_MAX) {
        return corrupt(err, "there are more labels than the limit");
    }
    return 0;
}

static bool all_in_range(const float *values, uint64_t n, float min, float max)
{
    bool good = true;
    for (uint64_t i = 0; i < n; i++) {
        good = good && values[i] >= min && values[i] <= max;
    }
    return good;
}

static int check_values(struct loader *loader, struct hone_error *err)
{
    const float max = HONE_CLASSIFIER_FILE_VALUE_MAX;
    uint64_t k = loader->sizes[SIZE_K], r = loader->sizes[SIZE_R],
             e = loader->sizes[SIZE_E];
    const struct {
        enum hone_classifier_file_tensor tensor;
        uint64_t n;
        float min, max;
    } ranges[] = {
        {HONE_CLASSIFIER_FILE_SCALARS, HONE_CLASSIFIER_FILE_N_SCALARS, 0.0F, max},
        {HONE_CLASSIFIER_FILE_BIAS, k, -max, max},
        {HONE_CLASSIFIER_FILE_TOTALS, k, 0.0F, max},
        {HONE_CLASSIFIER_FILE_ROW_G, r, 0.0F, max},
        {HONE_CLASSIFIER_FILE_ROW_WEIGHTS, r * k, -max, max},
        {HONE_CLASSIFIER_FILE_ROW_COUNTS, r * k, 0.0F, max},
        {HONE_CLASSIFIER_FILE_REPLAY_REWARDS, e, HONE_REPLAY_LABELLED, 1.0F},
        {HONE_CLASSIFIER_FILE_REPLAY_WEIGHTS, e, 0.0F, HONE_CLASSIFIER_WEIGHT_MAX},
        {HONE_CLASSIFIER_FILE_REPLAY_VALUES, loader->sizes[SIZE_M], -1.001F, 1.001F},
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (!all_in_range(floats(loader, ranges[i].tensor), ranges[i].n, ranges[i].min,
                          ranges[i].max)) {
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "tensor \"%s\" has a value out of range",
                                  layout[ranges[i].tensor].name);
        }
    }
    return 0;
}

/* Makes the classifier with the file's configuration. */
static int load_config(struct loader *loader, struct hone_error *err)
{
    uint64_t dim_bits = counter(loader, HONE_CLASSIFIER_FILE_DIM_BITS);
    uint64_t n_replays = counter(loader, HONE_CLASSIFIER_FILE_N_REPLAYS);
    uint64_t capacity = counter(loader, HONE_CLASSIFIER_FILE_REPLAY_CAPACITY);
    if (dim_bits > UINT32_MAX || n_replays > UINT32_MAX || capacity > UINT32_MAX) {
        return corrupt(err, "a setting is out of range");
    }
    struct hone_classifier_config config = {
        .dim_bits = (uint32_t)dim_bits,
        .n_replays = (uint32_t)n_replays,
        .replay_capacity = (uint32_t)capacity,
        .smoothing =
            floats(loader, HONE_CLASSIFIER_FILE_SCALARS)[HONE_CLASSIFIER_FILE_SMOOTHING],
        .seed = counter(loader, HONE_CLASSIFIER_FILE_SEED),
        .rewards = loader->rewards,
    };
    if (hone_classifier_check_config(&config, NULL) != 0) {
        return corrupt(err, "a setting is out of range");
    }
    return hone_classifier_create(&loader->classifier, &config, err);
}

static int load_labels(struct loader *loader, struct hone_error *err)
{
    struct hone_classifier *classifier = loader->classifier;
    size_t n = loader->sizes[SIZE_K];
    struct hone_label_set *labels = NULL;
    int rc =
        hone_label_set_parse(&labels, loader->data[HONE_CLASSIFIER_FILE_LABELS_NAMES], n,
                             HONE_CLASSIFIER_LABEL_BYTES_MAX, err);
    if (rc != 0) {
        return rc;
    }
    hone_label_set_unref(classifier->labels);
    classifier->labels = labels;
    hone_classifier_reserve_labels(classifier, n);
    const char *enabled = loader->data[HONE_CLASSIFIER_FILE_LABELS_ENABLED].data;
    for (size_t i = 0; i < n; i++) {
        hone_model_state_add_label(&classifier->state);
        if (enabled[i] != 0 && enabled[i] != 1) {
            return corrupt(err, "a label is neither on nor off");
        }
        hone_classifier_enable_label(classifier, (uint32_t)i, enabled[i] == 1);
    }
    return 0;
}

static int load_state(struct loader *loader, struct hone_error *err)
{
    struct hone_model_state *state = &loader->classifier->state;
    const float *scalars = floats(loader, HONE_CLASSIFIER_FILE_SCALARS);
    const float *bias = floats(loader, HONE_CLASSIFIER_FILE_BIAS);
    const float *totals = floats(loader, HONE_CLASSIFIER_FILE_TOTALS);
    for (size_t k = 0; k < state->n_labels; k++) {
        state->bias[k] = bias[k];
        state->totals[k] = totals[k];
        state->log_totals[k] = hone_nb_head_log_total(totals[k]);
    }
    state->bias_g = scalars[HONE_CLASSIFIER_FILE_BIAS_G];
    state->stack = (struct hone_stack){
        .beta = {scalars[HONE_CLASSIFIER_FILE_BETA_FIRST],
                 scalars[HONE_CLASSIFIER_FILE_BETA_SECOND]},
        .beta_g = {scalars[HONE_CLASSIFIER_FILE_BETA_G_FIRST],
                   scalars[HONE_CLASSIFIER_FILE_BETA_G_SECOND]},
        .n_updates = counter(loader, HONE_CLASSIFIER_FILE_N_STACK_UPDATES),
    };
    state->n_documents = counter(loader, HONE_CLASSIFIER_FILE_N_DOCUMENTS);
    state->n_labelled = counter(loader, HONE_CLASSIFIER_FILE_N_LABELLED);
    state->n_rewards = counter(loader, HONE_CLASSIFIER_FILE_N_REWARDS);
    uint64_t n_learnt = 0;
    if (__builtin_add_overflow(state->n_labelled, state->n_rewards, &n_learnt) ||
        __builtin_add_overflow(n_learnt, state->n_labels, &n_learnt) ||
        n_learnt != state->n_documents || state->stack.n_updates > state->n_labelled ||
        !(state->stack.beta_g[0] > 0.0F) || !(state->stack.beta_g[1] > 0.0F)) {
        return corrupt(err, "the counters contradict each other");
    }
    return 0;
}

/* Thresholds, their counts and the scale of a multi-label classifier. */
static int load_sets(struct loader *loader, struct hone_error *err)
{
    struct hone_classifier *classifier = loader->classifier;
    struct hone_model_state *state = &classifier->state;
    if (loader->rewards != HONE_CLASSIFIER_REWARDS_OF_SETS || state->n_labels == 0) {
        return 0;
    }
    const float *thresholds = floats(loader, HONE_CLASSIFIER_FILE_THRESHOLDS);
    const uint32_t *counts = u32s(loader, HONE_CLASSIFIER_FILE_THRESHOLD_COUNTS);
    classifier->counts = hone_classifier_sets_copy(counts, state->n_labels);
    bool good = state->stack.beta[0] >= HONE_SIGMOID_HEAD_SCALE_MIN &&
                state->stack.beta[0] <= HONE_SIGMOID_HEAD_SCALE_MAX &&
                all_in_range(thresholds, state->n_labels, 0.0F, HONE_THRESHOLD_NEVER);
    for (size_t k = 0; k < state->n_labels; k++) {
        state->thresholds[k] = thresholds[k];
        good = good &&
               hone_threshold_total(counts + k * HONE_THRESHOLD_COUNTS,
                                    HONE_THRESHOLD_COUNTS) < HONE_THRESHOLD_COUNTS_MAX;
    }
    return good ? 0 : corrupt(err, "the thresholds are out of range");
}

static int load_drift(struct loader *loader, struct hone_error *err)
{
    struct hone_model_state *state = &loader->classifier->state;
    const uint64_t *words = (const void *)loader->data[HONE_CLASSIFIER_FILE_DRIFT].data;
    if (words == NULL) {
        return 0;
    }
    state->watches_drift = words[HONE_CLASSIFIER_FILE_WATCHES_DRIFT] == 1;
    state->drift.n = words[HONE_CLASSIFIER_FILE_DRIFT_N];
    memcpy(state->drift.errors, &words[HONE_CLASSIFIER_FILE_DRIFT_ERRORS],
           sizeof(state->drift.errors));
    if (words[HONE_CLASSIFIER_FILE_WATCHES_DRIFT] > 1 ||
        state->drift.n > state->n_labelled ||
        (!state->watches_drift && state->drift.n > 0) ||
        !hone_drift_is_valid(&state->drift)) {
        return corrupt(err, "the drift detector contradicts itself");
    }
    return 0;
}

static bool is_aim(struct hone_calibration_aim aim)
{
    return aim.kind == HONE_CALIBRATION_NO_AIM ? aim.value == 0.0F
                                               : aim.value > 0.0F && aim.value < 1.0F;
}

static int load_calibration(struct loader *loader, struct hone_error *err)
{
    struct hone_classifier *classifier = loader->classifier;
    struct hone_calibration *calibration = &classifier->calibration;
    const uint64_t *numbers =
        (const void *)loader->data[HONE_CLASSIFIER_FILE_CALIBRATION].data;
    if (numbers == NULL) {
        return 0;
    }
    const float *limits = floats(loader, HONE_CLASSIFIER_FILE_CALIBRATION_LIMITS);
    uint64_t kind = numbers[HONE_CLASSIFIER_FILE_CALIBRATION_AIM];
    calibration->n = numbers[HONE_CLASSIFIER_FILE_CALIBRATION_N];
    size_t n_kept = hone_calibration_n_kept(calibration);
    if (kind >= HONE_CALIBRATION_N_AIMS || n_kept != loader->sizes[SIZE_OUTPUTS] ||
        calibration->n > classifier->state.n_labelled) {
        return corrupt(err, "the calibration is out of range");
    }
    if (n_kept > 0) {
        memcpy(calibration->outputs,
               loader->data[HONE_CLASSIFIER_FILE_CALIBRATION_OUTPUTS].data,
               n_kept * sizeof(uint16_t));
    }
    memcpy(calibration->losses,
           loader->data[HONE_CLASSIFIER_FILE_CALIBRATION_LOSSES].data,
           sizeof(calibration->losses));
    classifier->aim = (struct hone_calibration_aim){
        (enum hone_calibration_aim_kind)kind, limits[HONE_CLASSIFIER_FILE_AIM_VALUE]};
    classifier->state.limit = limits[HONE_CLASSIFIER_FILE_LIMIT];
    if (!is_aim(classifier->aim) || !hone_calibration_is_valid(calibration) ||
        !(classifier->state.limit >= 0.0F &&
          classifier->state.limit <= HONE_CALIBRATION_LIMIT_MAX)) {
        return corrupt(err, "the calibration is out of range");
    }
    return 0;
}

static bool all_zero(const float *values, size_t n)
{
    bool zero = true;
    for (size_t i = 0; i < n && zero; i++) {
        zero = values[i] == 0.0F;
    }
    return zero;
}

static int load_rows(struct loader *loader, struct hone_error *err)
{
    struct hone_classifier *classifier = loader->classifier;
    const uint32_t *ids = u32s(loader, HONE_CLASSIFIER_FILE_ROW_IDS);
    const uint32_t *df = u32s(loader, HONE_CLASSIFIER_FILE_ROW_DF);
    const float *g = floats(loader, HONE_CLASSIFIER_FILE_ROW_G);
    const float *weights = floats(loader, HONE_CLASSIFIER_FILE_ROW_WEIGHTS);
    const float *counts = floats(loader, HONE_CLASSIFIER_FILE_ROW_COUNTS);
    size_t n_labels = classifier->state.n_labels;
    uint32_t capacity = hone_row_table_index(classifier->table).capacity;
    if (n_labels == 0 && loader->sizes[SIZE_R] > 0) {
        return corrupt(err, "there are rows without labels");
    }
    for (size_t i = 0; i < loader->sizes[SIZE_R]; i++) {
        if (ids[i] >> classifier->config.dim_bits != 0 ||
            (i > 0 && ids[i] <= ids[i - 1]) || df[i] > classifier->state.n_documents) {
            return corrupt(err, "a row is out of order or out of range");
        }
        struct hone_row *row = hone_row_table_edit(classifier->table, ids[i]);
        row->g = g[i];
        row->df = df[i];
        size_t row_bytes = n_labels * sizeof(float);
        memcpy(row->values, weights + i * n_labels, row_bytes);
        if (!all_zero(counts + i * n_labels, n_labels)) {
            hone_row_table_edit_counts(classifier->table, &row, 1);
            memcpy(row->counts->values + capacity, counts + i * n_labels, row_bytes);
            hone_nb_head_logs(row->counts->values, counts + i * n_labels, n_labels);
        }
    }
    return 0;
}

/* Is this a vector as the encoder makes it: ids in range and distinct, length at most 1?
 * The bound on a step rests on it. seen (2^dim_bits,) holds what no vector before this
 * one has marked with `mark`. */
static bool is_encoded(struct hone_encoder_vector x, uint32_t dim_bits, uint32_t *seen,
                       uint32_t mark)
{
    double squares = 0.0;
    for (size_t i = 0; i < x.n; i++) {
        if (x.ids[i] >> dim_bits != 0 || seen[x.ids[i]] == mark) {
            return false;
        }
        seen[x.ids[i]] = mark;
        squares += (double)x.values[i] * (double)x.values[i];
    }
    return squares <= LENGTH_MAX * LENGTH_MAX;
}

/* Example i of the window; HONE_E_CORRUPT when it cannot have been learnt. */
static int read_example(const struct loader *loader, size_t i,
                        struct hone_encoder_vector *x, struct hone_replay_target *target,
                        struct hone_error *err)
{
    const uint64_t *ends =
        (const void *)loader->data[HONE_CLASSIFIER_FILE_REPLAY_ENDS].data;
    uint64_t begin = i > 0 ? ends[i - 1] : 0;
    if (ends[i] < begin || ends[i] > loader->sizes[SIZE_M]) {
        return corrupt(err, "an example's features lie outside their tensor");
    }
    *x = (struct hone_encoder_vector){
        u32s(loader, HONE_CLASSIFIER_FILE_REPLAY_IDS) + begin,
        floats(loader, HONE_CLASSIFIER_FILE_REPLAY_VALUES) + begin,
        (size_t)(ends[i] - begin)};
    *target = (struct hone_replay_target){
        .label = u32s(loader, HONE_CLASSIFIER_FILE_REPLAY_LABELS)[i],
        .weight = floats(loader, HONE_CLASSIFIER_FILE_REPLAY_WEIGHTS)[i],
        .reward = floats(loader, HONE_CLASSIFIER_FILE_REPLAY_REWARDS)[i],
    };
    bool good = target->label < loader->sizes[SIZE_K] && target->weight > 0.0F &&
                (target->reward >= 0.0F || target->reward <= HONE_REPLAY_LABELLED);
    return good ? 0 : corrupt(err, "an example is out of range");
}

/* The set of example i. seen (n_labels,) holds marks of earlier examples only. */
static int read_set(const struct loader *loader, size_t i, uint32_t *seen,
                    struct hone_replay_target *target, struct hone_error *err)
{
    if (loader->rewards != HONE_CLASSIFIER_REWARDS_OF_SETS) {
        return 0;
    }
    const uint64_t *ends =
        (const void *)loader->data[HONE_CLASSIFIER_FILE_REPLAY_SET_ENDS].data;
    uint64_t begin = i > 0 ? ends[i - 1] : 0, n = ends[i] - begin;
    if (ends[i] < begin || ends[i] > loader->sizes[SIZE_S] || n > loader->sizes[SIZE_K] ||
        (n == 1 && target->reward >= 0.0F)) {
        return corrupt(err, "an example's labels lie outside their tensor");
    }
    target->set = u32s(loader, HONE_CLASSIFIER_FILE_REPLAY_SETS) + begin;
    target->n_set = (size_t)n;
    for (size_t k = 0; k < n; k++) {
        uint32_t label = target->set[k];
        if (label >= loader->sizes[SIZE_K] || seen[label] == i + 1) {
            return corrupt(err, "an example's labels are not those of a set");
        }
        seen[label] = (uint32_t)i + 1;
    }
    return 0;
}

/* Checks that the counters and the number of examples go together. */
static int check_window(const struct loader *loader, struct hone_error *err)
{
    const struct hone_replay *replay = &loader->classifier->replay;
    uint64_t n = loader->sizes[SIZE_E],
             n_priors = counter(loader, HONE_CLASSIFIER_FILE_N_PRIORS);
    uint64_t head = counter(loader, HONE_CLASSIFIER_FILE_REPLAY_HEAD);
    if (n_priors != loader->sizes[SIZE_K] || n < n_priors ||
        n - n_priors > replay->capacity) {
        return corrupt(err, "the replay window has a size that it cannot have");
    }
    uint64_t n_ring = n - n_priors;
    if (n_ring < replay->capacity ? head != n_ring
                                  : head >= replay->capacity && head != 0) {
        return corrupt(err, "the replay window's place is out of range");
    }
    return 0;
}

static int load_replay(struct loader *loader, struct hone_error *err)
{
    struct hone_replay *replay = &loader->classifier->replay;
    uint32_t dim_bits = loader->classifier->config.dim_bits;
    uint64_t n_priors = counter(loader, HONE_CLASSIFIER_FILE_N_PRIORS), n_features = 0;
    uint64_t n_in_sets = 0;
    bool of_sets = loader->rewards == HONE_CLASSIFIER_REWARDS_OF_SETS;
    int rc = check_window(loader, err);
    if (rc != 0) {
        return rc;
    }
    uint32_t *seen = hone_alloc_zeroed((size_t)1 << dim_bits, sizeof(*seen));
    uint32_t *seen_labels = hone_alloc_zeroed(loader->sizes[SIZE_K] + 1, sizeof(*seen));
    for (size_t i = 0; i < loader->sizes[SIZE_E] && rc == 0; i++) {
        struct hone_encoder_vector x = {0};
        struct hone_replay_target target = {0};
        rc = read_example(loader, i, &x, &target, err);
        if (rc == 0 && !is_encoded(x, dim_bits, seen, (uint32_t)i + 1)) {
            rc = corrupt(err, "an example's features are not those of a text");
        }
        if (rc == 0) {
            rc = read_set(loader, i, seen_labels, &target, err);
        }
        if (rc == 0 && i < n_priors) {
            hone_replay_push_prior(replay, x, target);
        } else if (rc == 0) {
            hone_replay_push(replay, x, target);
        }
        n_features += x.n;
        n_in_sets += target.n_set;
    }
    free(seen);
    free(seen_labels);
    if (rc == 0 && n_features != loader->sizes[SIZE_M]) {
        rc = corrupt(err, "there are features that belong to no example");
    }
    if (rc == 0 && of_sets && n_in_sets != loader->sizes[SIZE_S]) {
        rc = corrupt(err, "there are labels that belong to no example");
    }
    replay->head = (size_t)counter(loader, HONE_CLASSIFIER_FILE_REPLAY_HEAD);
    return rc;
}

int hone_classifier_load(struct hone_classifier **out, const char *path, char **extra,
                         struct hone_error *err)
{
    static int (*const steps[])(struct loader *, struct hone_error *) = {
        check_format, read_rewards,     find_tensors, check_values,
        load_config,  load_labels,      load_state,   load_sets,
        load_drift,   load_calibration, load_rows,    load_replay};
    struct loader loader = {0};
    int rc = hone_safetensors_open_file(&loader.file, path, err);
    if (rc != 0) {
        return rc;
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == 0; i++) {
        rc = steps[i](&loader, err);
    }
    if (rc != 0) {
        hone_error_prefix(err, "%s", path);
        goto out;
    }
    *extra = hone_alloc_text(hone_safetensors_metadata(loader.file, "hone"));
    *out = loader.classifier;
    loader.classifier = NULL;
out:
    hone_classifier_destroy(loader.classifier);
    hone_safetensors_close(loader.file);
    return rc;
}
