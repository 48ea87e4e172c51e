/* The dense part of an input: a row of at most HONE_RIDGE_DIM_MAX numbers made of declared
 * fields, for a ridge.
 *
 *   column 0             1, the intercept
 *   a number             (x - mean) / deviation of the examples so far; 0 when absent
 *   a boolean            1 for true
 *   a category           one column for each of the first values met, 1 for the one that
 *                        it is; the last of its columns is for all values after these
 *   an optional field    one column more (not for a category): 1 when it is absent
 *
 * Which columns a field has follows from the list of fields; which value has which column
 * of a category is learnt, in order of appearance (by 64-bit hash of the value), at most
 * HONE_DENSE_VALUES_MAX each and fewer when the columns would not suffice. Means and
 * deviations are weighted and forgotten as the ridge's examples are, and when they move the
 * ridge is rebased to them: what it has learnt is always in today's units (West 1979,
 * "Updating mean and variance estimates"). Numbers beyond +-HONE_DENSE_NUMBER_MAX count as
 * that.
 *
 * Plain values; one thread at a time may change them, any may read. */
#ifndef HONE_OPTIM_DENSE_H
#define HONE_OPTIM_DENSE_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "optim/ridge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_DENSE_FIELDS_MAX 63
#define HONE_DENSE_VALUES_MAX 16
#define HONE_DENSE_NUMBER_MAX 1e15

enum hone_dense_type {
    HONE_DENSE_NUMBER,
    HONE_DENSE_BOOLEAN,
    HONE_DENSE_CATEGORY,
};

struct hone_dense_field {
    struct hone_span name;
    enum hone_dense_type type;
    bool optional;
};

/* The value of one field, parallel to the list of fields. */
struct hone_dense_value {
    bool present;
    double number;         /* finite; 0 or 1 for a boolean */
    struct hone_span text; /* of a category */
};

enum hone_dense_role {
    HONE_DENSE_INTERCEPT,
    HONE_DENSE_STANDARDISED,
    HONE_DENSE_FLAG,
    HONE_DENSE_VALUE, /* of a category */
    HONE_DENSE_REST,
    HONE_DENSE_ABSENT,
    HONE_DENSE_N_ROLES,
};

struct hone_dense_column {
    uint64_t field; /* hash of the field's name */
    uint64_t value; /* of a category's value; 0: not yet given away */
    enum hone_dense_role role;
    /* Of a standardised column: */
    double weight, mean, squares; /* sum of weights; mean; weighted squares around it */
};

struct hone_dense {
    size_t n; /* columns */
    struct hone_dense_column columns[HONE_RIDGE_DIM_MAX];
};

/* HONE_E_LIMIT when there are more than FIELDS_MAX fields. */
int hone_dense_init(struct hone_dense *dense, const struct hone_dense_field *fields,
                    size_t n_fields, struct hone_error *err) HONE_MUST_USE;

/* Would init make the same columns? */
bool hone_dense_fits(const struct hone_dense *dense,
                     const struct hone_dense_field *fields, size_t n_fields);
/* Goes over to other fields: fills *dst, and from (dst->n,) with the column of src that
 * each of its columns was, SIZE_MAX for a new one. HONE_E_LIMIT as above. */
int hone_dense_adapt(struct hone_dense *dst, const struct hone_dense *src,
                     const struct hone_dense_field *fields, size_t n_fields, size_t *from,
                     struct hone_error *err) HONE_MUST_USE;

/* x is (dense->n,). A field that has no column is passed over, a column whose field is not
 * given stays 0: the columns may be those of an earlier definition. */
void hone_dense_encode(const struct hone_dense *dense,
                       const struct hone_dense_field *fields,
                       const struct hone_dense_value *values, size_t n_fields, double *x);

/* Takes an example into means, deviations and categories; the ridge, whose examples keep
 * `keep` of their weight, follows. Then encode gives the row to add. */
void hone_dense_learn(struct hone_dense *dense, struct hone_ridge *ridge,
                      const struct hone_dense_field *fields,
                      const struct hone_dense_value *values, size_t n_fields,
                      double weight, double keep);

#endif
