#include "base/alloc.h"
#include "optim/regressor_file.h"
#include "optim/regressor_internal.h"
#include "optim/tensor_load.h"
#include "tensor/safetensors.h"

#include <math.h>
#include <string.h>

#define N_TENSORS HONE_REGRESSOR_FILE_N_TENSORS

struct loader {
    struct hone_safetensors *file;
    struct hone_span data[N_TENSORS];
    uint64_t sizes[HONE_REGRESSOR_FILE_N_SIZES];
    struct hone_regressor *regressor;
};

static int corrupt(struct hone_error *err, const char *what)
{
    return hone_error_set(err, HONE_E_CORRUPT, "%s", what);
}

static const double *doubles(const struct loader *loader, size_t tensor)
{
    return (const void *)loader->data[tensor].data;
}

static const float *floats(const struct loader *loader, size_t tensor)
{
    return (const void *)loader->data[tensor].data;
}

static uint64_t u64_at(const struct loader *loader, size_t tensor, size_t index)
{
    const uint64_t *data = (const void *)loader->data[tensor].data;
    return data[index];
}

static uint64_t counter(const struct loader *loader,
                        enum hone_regressor_file_counter which)
{
    return u64_at(loader, HONE_REGRESSOR_FILE_COUNTERS, which);
}

static double scalar(const struct loader *loader, enum hone_regressor_file_scalar which)
{
    return doubles(loader, HONE_REGRESSOR_FILE_SCALARS)[which];
}

static int check_format(struct loader *loader, struct hone_error *err)
{
    return hone_tensor_load_check(loader->file, HONE_REGRESSOR_FILE_FORMAT,
                                  HONE_REGRESSOR_FILE_VERSION, NULL, err);
}

/* Is the tensor of the type and shape that the layout says? Learns sizes on the way. */
static bool fits_layout(struct loader *loader,
                        const struct hone_safetensors_tensor *tensor, size_t which)
{
    const struct hone_regressor_file_layout *layout = hone_regressor_file_layout(which);
    if (tensor == NULL || tensor->type != layout->type || tensor->n_dims != 1) {
        return false;
    }
    uint64_t *size = &loader->sizes[layout->size];
    *size = *size == UINT64_MAX ? tensor->shape[0] : *size;
    return *size == tensor->shape[0];
}

static int find_tensors(struct loader *loader, struct hone_error *err)
{
    memset(loader->sizes, 0xFF, sizeof(loader->sizes));
    loader->sizes[HONE_REGRESSOR_FILE_SIZE_COUNTERS] = HONE_REGRESSOR_FILE_N_COUNTERS;
    loader->sizes[HONE_REGRESSOR_FILE_SIZE_SCALARS] = HONE_REGRESSOR_FILE_N_SCALARS;
    for (size_t i = 0; i < N_TENSORS; i++) {
        const char *name = hone_regressor_file_layout(i)->name;
        const struct hone_safetensors_tensor *tensor =
            hone_safetensors_find(loader->file, name);
        if (!fits_layout(loader, tensor, i)) {
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "tensor \"%s\" is missing or has another type or shape",
                                  name);
        }
        loader->data[i] = tensor->data;
    }
    uint64_t d = loader->sizes[HONE_REGRESSOR_FILE_SIZE_D];
    if (hone_safetensors_n(loader->file) != N_TENSORS || d < 1 ||
        d > HONE_RIDGE_DIM_MAX ||
        loader->sizes[HONE_REGRESSOR_FILE_SIZE_TRIANGLE] != hone_ridge_triangle(d) ||
        loader->sizes[HONE_REGRESSOR_FILE_SIZE_S] > HONE_CONFORMAL_WINDOW) {
        return corrupt(err, "the tensors are not those of a regressor");
    }
    return 0;
}

static int check_values(struct loader *loader, struct hone_error *err)
{
    const double max = HONE_REGRESSOR_FILE_VALUE_MAX;
    static const struct {
        enum hone_regressor_file_tensor tensor;
        bool may_be_negative;
    } checked[] = {
        {HONE_REGRESSOR_FILE_COLUMN_WEIGHTS, false},
        {HONE_REGRESSOR_FILE_COLUMN_MEANS, true},
        {HONE_REGRESSOR_FILE_COLUMN_SQUARES, false},
        {HONE_REGRESSOR_FILE_RIDGE_FACTOR, true},
        {HONE_REGRESSOR_FILE_RIDGE_ROTATED, true},
        {HONE_REGRESSOR_FILE_SCALARS, true},
        {HONE_REGRESSOR_FILE_CONFORMAL_SCORES, false},
        {HONE_REGRESSOR_FILE_ROW_G, false},
        {HONE_REGRESSOR_FILE_ROW_WEIGHTS, true},
    };
    for (size_t i = 0; i < sizeof(checked) / sizeof(checked[0]); i++) {
        size_t tensor = checked[i].tensor;
        const struct hone_regressor_file_layout *layout =
            hone_regressor_file_layout(tensor);
        bool wide = layout->type == HONE_SAFETENSORS_F64, good = true;
        for (uint64_t k = 0; k < loader->sizes[layout->size] && good; k++) {
            double value =
                wide ? doubles(loader, tensor)[k] : (double)floats(loader, tensor)[k];
            good = value <= max && value >= (checked[i].may_be_negative ? -max : 0.0);
        }
        if (!good) {
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "tensor \"%s\" has a value out of range", layout->name);
        }
    }
    return 0;
}

static int load_conformal(struct loader *loader, struct hone_error *err)
{
    struct hone_conformal *conformal = &loader->regressor->state.conformal;
    double coverage = scalar(loader, HONE_REGRESSOR_FILE_COVERAGE);
    uint64_t n = loader->sizes[HONE_REGRESSOR_FILE_SIZE_S];
    uint64_t head = counter(loader, HONE_REGRESSOR_FILE_CONFORMAL_HEAD);
    uint64_t n_examples = counter(loader, HONE_REGRESSOR_FILE_N_EXAMPLES);
    bool full = n == HONE_CONFORMAL_WINDOW;
    if (!(coverage > 0.0 && coverage < 1.0) ||
        counter(loader, HONE_REGRESSOR_FILE_CONFORMAL_WINDOW) != HONE_CONFORMAL_WINDOW ||
        head >= HONE_CONFORMAL_WINDOW || (!full && head != 0) ||
        (full ? n >= n_examples : n != (n_examples > 0 ? n_examples - 1 : 0)) ||
        counter(loader, HONE_REGRESSOR_FILE_N_JUDGED) > n_examples ||
        counter(loader, HONE_REGRESSOR_FILE_N_COVERED) >
            counter(loader, HONE_REGRESSOR_FILE_N_JUDGED)) {
        return corrupt(err, "the window of scores contradicts the counters");
    }
    hone_conformal_init(conformal, coverage);
    conformal->level = scalar(loader, HONE_REGRESSOR_FILE_LEVEL);
    conformal->n = (uint32_t)n;
    conformal->head = (uint32_t)head;
    conformal->n_judged = counter(loader, HONE_REGRESSOR_FILE_N_JUDGED);
    conformal->n_covered = counter(loader, HONE_REGRESSOR_FILE_N_COVERED);
    memcpy(conformal->scores, doubles(loader, HONE_REGRESSOR_FILE_CONFORMAL_SCORES),
           n * sizeof(double));
    hone_conformal_refresh(conformal);
    return 0;
}

static int load_columns(struct loader *loader, struct hone_error *err)
{
    struct hone_dense *dense = &loader->regressor->state.dense;
    const char *roles = loader->data[HONE_REGRESSOR_FILE_COLUMN_ROLES].data;
    dense->n = (size_t)loader->sizes[HONE_REGRESSOR_FILE_SIZE_D];
    for (size_t i = 0; i < dense->n; i++) {
        unsigned role = (unsigned char)roles[i];
        if (role >= HONE_DENSE_N_ROLES || (role == HONE_DENSE_INTERCEPT) != (i == 0)) {
            return corrupt(err, "a column has a role that it cannot have");
        }
        dense->columns[i] = (struct hone_dense_column){
            .field = u64_at(loader, HONE_REGRESSOR_FILE_COLUMN_FIELDS, i),
            .value = u64_at(loader, HONE_REGRESSOR_FILE_COLUMN_VALUES, i),
            .role = (enum hone_dense_role)role,
            .weight = doubles(loader, HONE_REGRESSOR_FILE_COLUMN_WEIGHTS)[i],
            .mean = doubles(loader, HONE_REGRESSOR_FILE_COLUMN_MEANS)[i],
            .squares = doubles(loader, HONE_REGRESSOR_FILE_COLUMN_SQUARES)[i],
        };
    }
    return 0;
}

static int load_ridge(struct loader *loader, struct hone_error *err)
{
    struct hone_ridge *ridge = &loader->regressor->state.ridge;
    size_t n = loader->regressor->state.dense.n;
    if (scalar(loader, HONE_REGRESSOR_FILE_PENALTY) != HONE_REGRESSOR_PENALTY) {
        return corrupt(err, "the penalty of the ridge is not one that is in use");
    }
    hone_ridge_finish(ridge);
    hone_ridge_init(ridge, n, HONE_REGRESSOR_PENALTY);
    memcpy(ridge->factor, doubles(loader, HONE_REGRESSOR_FILE_RIDGE_FACTOR),
           hone_ridge_triangle(n) * sizeof(double));
    memcpy(ridge->rotated, doubles(loader, HONE_REGRESSOR_FILE_RIDGE_ROTATED),
           n * sizeof(double));
    hone_ridge_solve(ridge);
    return hone_ridge_is_finite(ridge) ? 0 : corrupt(err, "the ridge is not finite");
}

static int load_rows(struct loader *loader, struct hone_error *err)
{
    struct hone_regressor *regressor = loader->regressor;
    const uint32_t *ids = (const void *)loader->data[HONE_REGRESSOR_FILE_ROW_IDS].data;
    const uint32_t *df = (const void *)loader->data[HONE_REGRESSOR_FILE_ROW_DF].data;
    uint64_t n_documents = counter(loader, HONE_REGRESSOR_FILE_N_DOCUMENTS);
    uint64_t n_examples = counter(loader, HONE_REGRESSOR_FILE_N_EXAMPLES);
    if (counter(loader, HONE_REGRESSOR_FILE_DIM_BITS) != HONE_REGRESSOR_DIM_BITS ||
        n_documents > n_examples) {
        return corrupt(err, "the counters contradict each other");
    }
    for (size_t i = 0; i < loader->sizes[HONE_REGRESSOR_FILE_SIZE_R]; i++) {
        if (ids[i] >> HONE_REGRESSOR_DIM_BITS != 0 || (i > 0 && ids[i] <= ids[i - 1]) ||
            df[i] > n_documents) {
            return corrupt(err, "a row is out of order or out of range");
        }
        struct hone_row *row = hone_row_table_edit(regressor->table, ids[i]);
        row->df = df[i];
        row->g = floats(loader, HONE_REGRESSOR_FILE_ROW_G)[i];
        row->values[0] = floats(loader, HONE_REGRESSOR_FILE_ROW_WEIGHTS)[i];
    }
    regressor->state.n_examples = n_examples;
    regressor->state.n_documents = n_documents;
    return 0;
}

int hone_regressor_load(struct hone_regressor **out, const char *path, char **extra,
                        struct hone_error *err)
{
    static int (*const steps[])(struct loader *, struct hone_error *) = {
        check_format, find_tensors, check_values, load_conformal,
        load_columns, load_ridge,   load_rows};
    struct loader loader = {0};
    int code = hone_safetensors_open_file(&loader.file, path, err);
    if (code != 0) {
        return code;
    }
    code = hone_regressor_create(&loader.regressor, NULL, 0, 0.5, err);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && code == 0; i++) {
        code = steps[i](&loader, err);
    }
    if (code != 0) {
        hone_error_prefix(err, "%s", path);
        goto out;
    }
    *extra = hone_alloc_text(hone_safetensors_metadata(loader.file, "hone"));
    *out = loader.regressor;
    loader.regressor = NULL;
out:
    hone_regressor_destroy(loader.regressor);
    hone_safetensors_close(loader.file);
    return code;
}
