/* The file of a regressor: a safetensors file with all of its state, in canonical order,
 * so that equal states give equal bytes.
 *
 * D dense columns, S scores in the conformal window, R rows of text.
 *
 *   counters           U64 (7,)     see enum hone_regressor_file_counter
 *   columns.fields     U64 (D,)     hash of the field's name
 *   columns.values     U64 (D,)     hash of a category's value
 *   columns.weights    F64 (D,)     of a standardised column: sum of weights,
 *   columns.means      F64 (D,)       mean,
 *   columns.squares    F64 (D,)       weighted squares around it
 *   ridge.factor       F64 (D (D + 1) / 2,)   R by rows, from the diagonal on
 *   ridge.rotated      F64 (D,)
 *   scalars            F64 (3,)     see enum hone_regressor_file_scalar
 *   conformal.scores   F64 (S,)     by place in the ring
 *   rows.ids           U32 (R,)     strictly ascending
 *   rows.df            U32 (R,)
 *   rows.g             F32 (R,)
 *   rows.weights       F32 (R,)
 *   columns.roles      U8 (D,)      enum hone_dense_role
 *
 * Metadata: "format" and "version" as below, "hone" what the caller of save gave. What
 * follows from these (the penalised factor, theta, the interval's quantile) is computed
 * anew. */
#ifndef HONE_OPTIM_REGRESSOR_FILE_H
#define HONE_OPTIM_REGRESSOR_FILE_H

#include "tensor/safetensors.h"

#define HONE_REGRESSOR_FILE_FORMAT  "hone-regressor"
#define HONE_REGRESSOR_FILE_VERSION 1
/* No number of a sound state is larger. */
#define HONE_REGRESSOR_FILE_VALUE_MAX 1e40

enum hone_regressor_file_tensor {
    HONE_REGRESSOR_FILE_COUNTERS,
    HONE_REGRESSOR_FILE_COLUMN_FIELDS,
    HONE_REGRESSOR_FILE_COLUMN_VALUES,
    HONE_REGRESSOR_FILE_COLUMN_WEIGHTS,
    HONE_REGRESSOR_FILE_COLUMN_MEANS,
    HONE_REGRESSOR_FILE_COLUMN_SQUARES,
    HONE_REGRESSOR_FILE_RIDGE_FACTOR,
    HONE_REGRESSOR_FILE_RIDGE_ROTATED,
    HONE_REGRESSOR_FILE_SCALARS,
    HONE_REGRESSOR_FILE_CONFORMAL_SCORES,
    HONE_REGRESSOR_FILE_ROW_IDS,
    HONE_REGRESSOR_FILE_ROW_DF,
    HONE_REGRESSOR_FILE_ROW_G,
    HONE_REGRESSOR_FILE_ROW_WEIGHTS,
    HONE_REGRESSOR_FILE_COLUMN_ROLES,
    HONE_REGRESSOR_FILE_N_TENSORS,
};

enum hone_regressor_file_counter {
    HONE_REGRESSOR_FILE_DIM_BITS,
    HONE_REGRESSOR_FILE_N_EXAMPLES,
    HONE_REGRESSOR_FILE_N_DOCUMENTS,
    HONE_REGRESSOR_FILE_CONFORMAL_HEAD,
    HONE_REGRESSOR_FILE_CONFORMAL_WINDOW,
    HONE_REGRESSOR_FILE_N_JUDGED,
    HONE_REGRESSOR_FILE_N_COVERED,
    HONE_REGRESSOR_FILE_N_COUNTERS,
};

enum hone_regressor_file_scalar {
    HONE_REGRESSOR_FILE_PENALTY,
    HONE_REGRESSOR_FILE_COVERAGE,
    HONE_REGRESSOR_FILE_LEVEL,
    HONE_REGRESSOR_FILE_N_SCALARS,
};

/* Sizes that the tensors agree on. */
enum hone_regressor_file_size {
    HONE_REGRESSOR_FILE_SIZE_COUNTERS,
    HONE_REGRESSOR_FILE_SIZE_SCALARS,
    HONE_REGRESSOR_FILE_SIZE_D,
    HONE_REGRESSOR_FILE_SIZE_TRIANGLE,
    HONE_REGRESSOR_FILE_SIZE_S,
    HONE_REGRESSOR_FILE_SIZE_R,
    HONE_REGRESSOR_FILE_N_SIZES,
};

struct hone_regressor_file_layout {
    const char *name;
    enum hone_safetensors_type type;
    enum hone_regressor_file_size size; /* all have one dimension */
};

/* By enum hone_regressor_file_tensor. */
const struct hone_regressor_file_layout *hone_regressor_file_layout(size_t tensor);

#endif
