/* The structs behind regressor.h, shared by the files that implement it and by nobody
 * else. */
#ifndef HONE_OPTIM_REGRESSOR_INTERNAL_H
#define HONE_OPTIM_REGRESSOR_INTERNAL_H

#include "optim/conformal.h"
#include "optim/regressor.h"
#include "optim/row_table.h"
#include "optim/scorer.h"

#include <stdatomic.h>

#define HONE_REGRESSOR_DIM_BITS 15 /* text is hashed to 2^15 rows of one column */

/* All of the state but the rows of text. */
struct hone_regressor_state {
    struct hone_dense dense;
    struct hone_ridge ridge;
    struct hone_conformal conformal;
    uint64_t n_examples;
    uint64_t n_documents; /* examples that had text */
};

struct hone_regressor_view {
    atomic_uint n_refs;
    struct hone_row_index index;
    struct hone_row_table_snapshot *snapshot; /* whose index that is; NULL in a peek */
    struct hone_regressor_state state;
};

struct hone_regressor {
    struct hone_regressor_state state;
    struct hone_row_table *table;
    struct hone_scorer scorer; /* its encoder and rows */
    struct hone_row **edited;  // (edited_capacity,)
    size_t edited_capacity;
    struct hone_regressor_view now; /* the last peek; owns nothing */
};

struct hone_regressor_scratch {
    struct hone_scorer scorer;
};

/* dst is uninitialised memory. */
void hone_regressor_state_copy(struct hone_regressor_state *dst,
                               const struct hone_regressor_state *src);
void hone_regressor_state_finish(struct hone_regressor_state *state);

#endif
