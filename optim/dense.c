#include "optim/dense.h"

#include "base/check.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

/* A deviation below this part of the mean is rounding: the number is constant so far. */
#define CONSTANT_BELOW 1e-9

#define NO_VALUE 0 /* of a free column */

/* FNV-1a with a finaliser; never NO_VALUE. */
static uint64_t hash(struct hone_span text)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++) {
        value = (value ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    }
    value = hone_rng_mix(value);
    return value != NO_VALUE ? value : 1;
}

static bool has_absent(const struct hone_dense_field *field)
{
    return field->optional && field->type != HONE_DENSE_CATEGORY;
}

/* Columns of each category: as many as there is room for. */
static size_t category_width(const struct hone_dense_field *fields, size_t n_fields)
{
    size_t n_categories = 0, n_others = 1;
    for (size_t i = 0; i < n_fields; i++) {
        n_categories += fields[i].type == HONE_DENSE_CATEGORY ? 1 : 0;
        n_others += fields[i].type == HONE_DENSE_CATEGORY ? 0 : 1;
        n_others += has_absent(&fields[i]) ? 1 : 0;
    }
    if (n_categories == 0) {
        return 0;
    }
    size_t width = (HONE_RIDGE_DIM_MAX - n_others) / n_categories;
    return width < HONE_DENSE_VALUES_MAX + 1 ? width : HONE_DENSE_VALUES_MAX + 1;
}

static void add_column(struct hone_dense *dense, uint64_t field,
                       enum hone_dense_role role)
{
    HONE_INVARIANT(dense->n < HONE_RIDGE_DIM_MAX);
    dense->columns[dense->n++] = (struct hone_dense_column){.field = field, .role = role};
}

int hone_dense_init(struct hone_dense *dense, const struct hone_dense_field *fields,
                    size_t n_fields, struct hone_error *err)
{
    if (n_fields > HONE_DENSE_FIELDS_MAX) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "%zu fields that are no text; at most %d are taken",
                              n_fields, HONE_DENSE_FIELDS_MAX);
    }
    memset(dense, 0, sizeof(*dense));
    add_column(dense, 0, HONE_DENSE_INTERCEPT);
    size_t width = category_width(fields, n_fields);
    for (size_t i = 0; i < n_fields; i++) {
        uint64_t name = hash(fields[i].name);
        if (fields[i].type == HONE_DENSE_CATEGORY) {
            for (size_t k = 0; k + 1 < width; k++) {
                add_column(dense, name, HONE_DENSE_VALUE);
            }
            add_column(dense, name, HONE_DENSE_REST);
        } else {
            add_column(dense, name,
                       fields[i].type == HONE_DENSE_NUMBER ? HONE_DENSE_STANDARDISED
                                                           : HONE_DENSE_FLAG);
        }
        if (has_absent(&fields[i])) {
            add_column(dense, name, HONE_DENSE_ABSENT);
        }
    }
    return 0;
}

static bool same_place(const struct hone_dense_column *a,
                       const struct hone_dense_column *b)
{
    return a->field == b->field && a->role == b->role;
}

bool hone_dense_fits(const struct hone_dense *dense,
                     const struct hone_dense_field *fields, size_t n_fields)
{
    struct hone_dense today;
    if (hone_dense_init(&today, fields, n_fields, NULL) != 0 || today.n != dense->n) {
        return false;
    }
    bool fits = true;
    for (size_t i = 0; i < today.n; i++) {
        fits = fits && same_place(&today.columns[i], &dense->columns[i]);
    }
    return fits;
}

int hone_dense_adapt(struct hone_dense *dst, const struct hone_dense *src,
                     const struct hone_dense_field *fields, size_t n_fields, size_t *from,
                     struct hone_error *err)
{
    bool used[HONE_RIDGE_DIM_MAX] = {false};
    struct hone_dense made = {0};
    int code = hone_dense_init(&made, fields, n_fields, err);
    if (code != 0) {
        return code;
    }
    for (size_t i = 0; i < made.n; i++) {
        from[i] = SIZE_MAX;
        for (size_t k = 0; k < src->n && from[i] == SIZE_MAX; k++) {
            if (!used[k] && same_place(&made.columns[i], &src->columns[k])) {
                used[k] = true;
                from[i] = k;
                made.columns[i] = src->columns[k];
            }
        }
    }
    *dst = made;
    return 0;
}

static double deviation(const struct hone_dense_column *column)
{
    if (!(column->weight > 0.0)) {
        return 1.0;
    }
    double found = sqrt(column->squares / column->weight);
    return found > CONSTANT_BELOW * (1.0 + fabs(column->mean)) ? found : 1.0;
}

static double clamped(double number)
{
    return fmin(fmax(number, -HONE_DENSE_NUMBER_MAX), HONE_DENSE_NUMBER_MAX);
}

/* The first column of a field with this role; n when it has none, as when the columns are
 * those of other fields. */
static size_t find_column(const struct hone_dense *dense,
                          const struct hone_dense_field *field, enum hone_dense_role role)
{
    const struct hone_dense_column wanted = {.field = hash(field->name), .role = role};
    size_t at = 1;
    while (at < dense->n && !same_place(&dense->columns[at], &wanted)) {
        at++;
    }
    return at;
}

/* Columns of a category: those of values and then that of the rest. */
struct category {
    size_t first, rest;
};

static bool find_category(const struct hone_dense *dense,
                          const struct hone_dense_field *field, struct category *out)
{
    out->rest = find_column(dense, field, HONE_DENSE_REST);
    out->first = find_column(dense, field, HONE_DENSE_VALUE);
    out->first = out->first < out->rest ? out->first : out->rest;
    return out->rest < dense->n;
}

/* The column that has the value, else the first free one, else that of the rest. */
static size_t value_column(const struct hone_dense *dense, struct category category,
                           uint64_t value)
{
    size_t at = category.first;
    while (at < category.rest && dense->columns[at].value != value &&
           dense->columns[at].value != NO_VALUE) {
        at++;
    }
    return at;
}

static void encode_category(const struct hone_dense *dense,
                            const struct hone_dense_field *field,
                            const struct hone_dense_value *value, double *x)
{
    struct category category;
    if (!value->present || !find_category(dense, field, &category)) {
        return;
    }
    size_t at = value_column(dense, category, hash(value->text));
    /* While columns are free, a value without one has not been met: it says nothing. */
    if (at == category.rest || dense->columns[at].value != NO_VALUE) {
        x[at] = 1.0;
    }
}

static void encode_field(const struct hone_dense *dense,
                         const struct hone_dense_field *field,
                         const struct hone_dense_value *value, double *x)
{
    if (field->type == HONE_DENSE_CATEGORY) {
        encode_category(dense, field, value, x);
        return;
    }
    bool is_number = field->type == HONE_DENSE_NUMBER;
    size_t at =
        find_column(dense, field, is_number ? HONE_DENSE_STANDARDISED : HONE_DENSE_FLAG);
    size_t absent = find_column(dense, field, HONE_DENSE_ABSENT);
    if (at < dense->n && value->present) {
        const struct hone_dense_column *column = &dense->columns[at];
        x[at] = is_number ? (clamped(value->number) - column->mean) / deviation(column)
                          : value->number;
    }
    if (absent < dense->n) {
        x[absent] = value->present ? 0.0 : 1.0;
    }
}

void hone_dense_encode(const struct hone_dense *dense,
                       const struct hone_dense_field *fields,
                       const struct hone_dense_value *values, size_t n_fields, double *x)
{
    memset(x, 0, dense->n * sizeof(double));
    x[0] = 1.0;
    for (size_t i = 0; i < n_fields; i++) {
        encode_field(dense, &fields[i], &values[i], x);
    }
}

/* Moves mean and deviation by one number, and the ridge with them. */
static void learn_number(struct hone_dense *dense, struct hone_ridge *ridge, size_t at,
                         double number, double weight)
{
    struct hone_dense_column *column = &dense->columns[at];
    double mean = column->mean, spread = deviation(column);
    double away = clamped(number) - mean;
    column->weight += weight;
    column->mean += away * weight / column->weight;
    column->squares += weight * away * (clamped(number) - column->mean);
    double now = deviation(column);
    hone_ridge_rebase(ridge, at, spread / now, (mean - column->mean) / now);
}

static void learn_field(struct hone_dense *dense, struct hone_ridge *ridge,
                        const struct hone_dense_field *field,
                        const struct hone_dense_value *value, double weight)
{
    struct category category;
    if (!value->present) {
        return;
    }
    if (field->type == HONE_DENSE_NUMBER) {
        size_t at = find_column(dense, field, HONE_DENSE_STANDARDISED);
        if (at < dense->n) {
            learn_number(dense, ridge, at, value->number, weight);
        }
    } else if (field->type == HONE_DENSE_CATEGORY &&
               find_category(dense, field, &category)) {
        size_t at = value_column(dense, category, hash(value->text));
        if (at < category.rest) {
            dense->columns[at].value = hash(value->text);
        }
    }
}

void hone_dense_learn(struct hone_dense *dense, struct hone_ridge *ridge,
                      const struct hone_dense_field *fields,
                      const struct hone_dense_value *values, size_t n_fields,
                      double weight, double keep)
{
    for (size_t i = 0; i < dense->n; i++) {
        dense->columns[i].weight *= keep;
        dense->columns[i].squares *= keep;
    }
    for (size_t i = 0; i < n_fields; i++) {
        learn_field(dense, ridge, &fields[i], &values[i], weight);
    }
}
