#include "base/alloc.h"
#include "base/check.h"
#include "optim/regressor_file.h"
#include "optim/regressor_internal.h"
#include "optim/tensor_save.h"

#include <stdlib.h>

#define N_TENSORS HONE_REGRESSOR_FILE_N_TENSORS

/* Each tensor is one piece of memory, written in slices. */
struct hone_regressor_save {
    struct hone_tensor_save file;
    void *data[N_TENSORS]; /* owned */
    uint64_t sizes[HONE_REGRESSOR_FILE_N_SIZES];
};

static size_t n_bytes_of(const struct hone_regressor_save *save, size_t tensor)
{
    const struct hone_regressor_file_layout *layout = hone_regressor_file_layout(tensor);
    return (size_t)save->sizes[layout->size] * hone_safetensors_type_bytes(layout->type);
}

static void fill_sizes(struct hone_regressor_save *save,
                       const struct hone_regressor_view *view)
{
    uint64_t *sizes = save->sizes;
    sizes[HONE_REGRESSOR_FILE_SIZE_COUNTERS] = HONE_REGRESSOR_FILE_N_COUNTERS;
    sizes[HONE_REGRESSOR_FILE_SIZE_SCALARS] = HONE_REGRESSOR_FILE_N_SCALARS;
    sizes[HONE_REGRESSOR_FILE_SIZE_D] = view->state.dense.n;
    sizes[HONE_REGRESSOR_FILE_SIZE_TRIANGLE] = hone_ridge_triangle(view->state.dense.n);
    sizes[HONE_REGRESSOR_FILE_SIZE_S] = view->state.conformal.n;
    sizes[HONE_REGRESSOR_FILE_SIZE_R] = hone_row_table_snapshot_n_rows(view->snapshot);
    for (size_t i = 0; i < N_TENSORS; i++) {
        save->data[i] = hone_alloc_zeroed(n_bytes_of(save, i) + 1, 1);
    }
}

static void fill_numbers(struct hone_regressor_save *save,
                         const struct hone_regressor_state *state)
{
    uint64_t *counters = save->data[HONE_REGRESSOR_FILE_COUNTERS];
    double *scalars = save->data[HONE_REGRESSOR_FILE_SCALARS];
    const struct hone_conformal *conformal = &state->conformal;
    counters[HONE_REGRESSOR_FILE_DIM_BITS] = HONE_REGRESSOR_DIM_BITS;
    counters[HONE_REGRESSOR_FILE_N_EXAMPLES] = state->n_examples;
    counters[HONE_REGRESSOR_FILE_N_DOCUMENTS] = state->n_documents;
    counters[HONE_REGRESSOR_FILE_CONFORMAL_HEAD] = conformal->head;
    counters[HONE_REGRESSOR_FILE_CONFORMAL_WINDOW] = HONE_CONFORMAL_WINDOW;
    counters[HONE_REGRESSOR_FILE_N_JUDGED] = conformal->n_judged;
    counters[HONE_REGRESSOR_FILE_N_COVERED] = conformal->n_covered;
    scalars[HONE_REGRESSOR_FILE_PENALTY] = state->ridge.penalty;
    scalars[HONE_REGRESSOR_FILE_COVERAGE] = conformal->coverage;
    scalars[HONE_REGRESSOR_FILE_LEVEL] = conformal->level;
    memcpy(save->data[HONE_REGRESSOR_FILE_CONFORMAL_SCORES], conformal->scores,
           conformal->n * sizeof(double));
}

static void fill_dense(struct hone_regressor_save *save,
                       const struct hone_regressor_state *state)
{
    uint64_t *fields = save->data[HONE_REGRESSOR_FILE_COLUMN_FIELDS];
    uint64_t *values = save->data[HONE_REGRESSOR_FILE_COLUMN_VALUES];
    double *weights = save->data[HONE_REGRESSOR_FILE_COLUMN_WEIGHTS];
    double *means = save->data[HONE_REGRESSOR_FILE_COLUMN_MEANS];
    double *squares = save->data[HONE_REGRESSOR_FILE_COLUMN_SQUARES];
    uint8_t *roles = save->data[HONE_REGRESSOR_FILE_COLUMN_ROLES];
    for (size_t i = 0; i < state->dense.n; i++) {
        const struct hone_dense_column *column = &state->dense.columns[i];
        fields[i] = column->field;
        values[i] = column->value;
        weights[i] = column->weight;
        means[i] = column->mean;
        squares[i] = column->squares;
        roles[i] = (uint8_t)column->role;
    }
    memcpy(save->data[HONE_REGRESSOR_FILE_RIDGE_FACTOR], state->ridge.factor,
           n_bytes_of(save, HONE_REGRESSOR_FILE_RIDGE_FACTOR));
    memcpy(save->data[HONE_REGRESSOR_FILE_RIDGE_ROTATED], state->ridge.rotated,
           n_bytes_of(save, HONE_REGRESSOR_FILE_RIDGE_ROTATED));
}

static void fill_rows(struct hone_regressor_save *save,
                      const struct hone_regressor_view *view)
{
    uint32_t *ids = save->data[HONE_REGRESSOR_FILE_ROW_IDS];
    uint32_t *df = save->data[HONE_REGRESSOR_FILE_ROW_DF];
    float *g = save->data[HONE_REGRESSOR_FILE_ROW_G];
    float *weights = save->data[HONE_REGRESSOR_FILE_ROW_WEIGHTS];
    struct hone_row_index index = hone_row_table_snapshot_index(view->snapshot);
    size_t n = 0;
    for (uint32_t id = 0; id >> HONE_REGRESSOR_DIM_BITS == 0; id++) {
        const struct hone_row *row = hone_row_index_find(index, id);
        if (row != NULL) {
            HONE_INVARIANT(n < save->sizes[HONE_REGRESSOR_FILE_SIZE_R]);
            ids[n] = id;
            df[n] = row->df;
            g[n] = row->g;
            weights[n++] = hone_row_weights(row)[0];
        }
    }
    HONE_INVARIANT(n == save->sizes[HONE_REGRESSOR_FILE_SIZE_R]);
}

static void declare(struct hone_regressor_save *save)
{
    for (size_t i = 0; i < N_TENSORS; i++) {
        const struct hone_regressor_file_layout *layout = hone_regressor_file_layout(i);
        hone_safetensors_writer_add(save->file.writer, layout->name, layout->type,
                                    &save->sizes[layout->size], 1);
    }
}

static struct hone_span data_of(const void *state, size_t tensor, size_t item)
{
    const struct hone_regressor_save *save = state;
    (void)item;
    return hone_span_of(save->data[tensor], n_bytes_of(save, tensor));
}

static const struct hone_tensor_source source = {.n_tensors = N_TENSORS, .item = data_of};

int hone_regressor_save_create(struct hone_regressor_save **out,
                               const struct hone_regressor_view *view, const char *path,
                               struct hone_span extra, struct hone_error *err)
{
    struct hone_regressor_save *save = hone_alloc_zeroed(1, sizeof(*save));
    fill_sizes(save, view);
    fill_numbers(save, &view->state);
    fill_dense(save, &view->state);
    fill_rows(save, view);
    int code = hone_tensor_save_init(&save->file, &source, save, path,
                                     HONE_REGRESSOR_FILE_FORMAT,
                                     HONE_REGRESSOR_FILE_VERSION, extra, err);
    if (code == 0) {
        declare(save);
        code = hone_safetensors_writer_begin(save->file.writer, err);
    }
    if (code != 0) {
        hone_regressor_save_destroy(save);
        return code;
    }
    *out = save;
    return 0;
}

int hone_regressor_save_step(struct hone_regressor_save *save, size_t max_bytes,
                             struct hone_error *err)
{
    return hone_tensor_save_step(&save->file, max_bytes, err);
}

void hone_regressor_save_result(const struct hone_regressor_save *save,
                                struct hone_digest *digest, uint64_t *size_bytes)
{
    hone_tensor_save_result(&save->file, digest, size_bytes);
}

void hone_regressor_save_destroy(struct hone_regressor_save *save)
{
    if (save == NULL) {
        return;
    }
    hone_tensor_save_finish(&save->file);
    for (size_t i = 0; i < N_TENSORS; i++) {
        free(save->data[i]);
    }
    free(save);
}
