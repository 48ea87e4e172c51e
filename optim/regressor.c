#include "optim/regressor.h"

#include "base/alloc.h"
#include "base/check.h"
#include "optim/regression_head.h"
#include "optim/regressor_internal.h"

#include <math.h>
#include <stdlib.h>

/* Least error that is believed in, relative to the prediction: a target that never changes
 * is predicted without any. */
#define SCALE_MIN 1e-6

static struct hone_row_table *make_table(void)
{
    return hone_row_table_create(HONE_REGRESSOR_DIM_BITS, 1, 0.0F);
}

int hone_regressor_create(struct hone_regressor **out,
                          const struct hone_dense_field *fields, size_t n_fields,
                          double coverage, struct hone_error *err)
{
    struct hone_dense dense;
    int code = hone_dense_init(&dense, fields, n_fields, err);
    if (code != 0) {
        return code;
    }
    struct hone_regressor *regressor = hone_alloc_zeroed(1, sizeof(*regressor));
    regressor->state.dense = dense;
    hone_ridge_init(&regressor->state.ridge, dense.n, HONE_REGRESSOR_PENALTY);
    hone_conformal_init(&regressor->state.conformal, coverage);
    regressor->table = make_table();
    hone_scorer_init(&regressor->scorer);
    *out = regressor;
    return 0;
}

void hone_regressor_destroy(struct hone_regressor *regressor)
{
    if (regressor == NULL) {
        return;
    }
    hone_regressor_state_finish(&regressor->state);
    hone_row_table_destroy(regressor->table);
    hone_scorer_finish(&regressor->scorer);
    free(regressor->edited);
    free(regressor);
}

bool hone_regressor_fits(const struct hone_regressor *regressor,
                         const struct hone_dense_field *fields, size_t n_fields,
                         double coverage)
{
    return regressor->state.conformal.coverage == coverage &&
           hone_dense_fits(&regressor->state.dense, fields, n_fields);
}

int hone_regressor_adapt(struct hone_regressor *regressor,
                         const struct hone_dense_field *fields, size_t n_fields,
                         double coverage, struct hone_error *err)
{
    struct hone_regressor_state *state = &regressor->state;
    size_t from[HONE_RIDGE_DIM_MAX];
    struct hone_dense dense;
    if (hone_regressor_fits(regressor, fields, n_fields, coverage)) {
        return 0;
    }
    int code = hone_dense_adapt(&dense, &state->dense, fields, n_fields, from, err);
    if (code != 0) {
        return code;
    }
    struct hone_ridge ridge;
    hone_ridge_select(&ridge, &state->ridge, from, dense.n);
    hone_ridge_finish(&state->ridge);
    state->ridge = ridge;
    state->dense = dense;
    hone_conformal_set_coverage(&state->conformal, coverage);
    return 1;
}

/* Learning. */

static int check_example(const struct hone_regressor_target *target, double value,
                         double weight, struct hone_error *err)
{
    if (!(value >= target->min && value <= target->max &&
          fabs(value) <= HONE_REGRESSOR_TARGET_MAX)) {
        return hone_error_set(err, HONE_E_INVALID, "the value %g is not from %g to %g",
                              value, target->min, target->max);
    }
    if (!(weight > 0.0 && weight <= HONE_REGRESSOR_WEIGHT_MAX)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "the weight must be above 0 and at most %g",
                              HONE_REGRESSOR_WEIGHT_MAX);
    }
    return 0;
}

static double clip(const struct hone_regressor_target *target, double value)
{
    return fmin(fmax(value, target->min), target->max);
}

static double spread_at(const struct hone_ridge *ridge, const double *x)
{
    double leverage = hone_ridge_leverage(ridge, x);
    return sqrt(1.0 + fmin(leverage, HONE_REGRESSOR_LEVERAGE_MAX));
}

static int encode_text(struct hone_scorer *scorer,
                       const struct hone_regressor_input *input,
                       struct hone_row_index index, uint64_t n_documents,
                       struct hone_error *err)
{
    return hone_scorer_encode(scorer, &input->text, index, HONE_REGRESSOR_DIM_BITS,
                              n_documents, err);
}

/* Rows of the text, ready to be written to. */
static struct hone_row **edit_rows(struct hone_regressor *regressor)
{
    struct hone_encoder_vector x = regressor->scorer.x;
    if (x.n > regressor->edited_capacity) {
        regressor->edited_capacity = x.n + x.n / 2;
        regressor->edited = hone_alloc_resize(
            regressor->edited, regressor->edited_capacity, sizeof(*regressor->edited));
    }
    for (size_t i = 0; i < x.n; i++) {
        regressor->edited[i] = hone_row_table_edit(regressor->table, x.ids[i]);
    }
    return regressor->edited;
}

/* The ridge's part of an example, on a copy: it is taken over when it is finite. Gives
 * what the ridge then leaves over. */
static int learn_dense(struct hone_regressor *regressor,
                       const struct hone_regressor_input *input,
                       const struct hone_regressor_target *target, double value,
                       double weight, double *left, struct hone_error *err)
{
    struct hone_regressor_state *state = &regressor->state;
    struct hone_dense dense = state->dense;
    struct hone_ridge ridge;
    double x[HONE_RIDGE_DIM_MAX];
    double keep = target->half_life > 0.0 ? exp2(-1.0 / target->half_life) : 1.0;
    hone_ridge_copy(&ridge, &state->ridge);
    hone_ridge_forget(&ridge, keep);
    hone_dense_learn(&dense, &ridge, input->fields, input->values, input->n_fields,
                     weight, keep);
    hone_dense_encode(&dense, input->fields, input->values, input->n_fields, x);
    hone_ridge_add(&ridge, x, value, weight);
    hone_ridge_solve(&ridge);
    *left = value - hone_ridge_predict(&ridge, x);
    if (!hone_ridge_is_finite(&ridge) || !isfinite(*left)) {
        hone_ridge_finish(&ridge);
        return hone_error_set(err, HONE_E_INVALID, "the step is not finite");
    }
    hone_ridge_finish(&state->ridge);
    state->ridge = ridge;
    state->dense = dense;
    return 0;
}

static void learn_text(struct hone_regressor *regressor, double left, double weight)
{
    struct hone_encoder_vector x = regressor->scorer.x;
    if (x.n == 0) {
        return;
    }
    struct hone_row **rows = edit_rows(regressor);
    double error =
        left - hone_regression_head_score((const struct hone_row *const *)rows, x);
    double scale = regressor->state.conformal.mean;
    if (!(scale > 0.0)) {
        scale = fabs(error);
    }
    if (scale > 0.0) {
        hone_regression_head_step(rows, x, error, scale, weight);
    }
    for (size_t i = 0; i < x.n; i++) {
        rows[i]->df += rows[i]->df < UINT32_MAX ? 1 : 0;
    }
    regressor->state.n_documents += 1;
}

int hone_regressor_learn(struct hone_regressor *regressor,
                         const struct hone_regressor_input *input,
                         const struct hone_regressor_target *target, double value,
                         double weight, struct hone_error *err)
{
    struct hone_regressor_state *state = &regressor->state;
    double x[HONE_RIDGE_DIM_MAX], left = 0.0;
    int code = check_example(target, value, weight, err);
    if (code != 0) {
        return code;
    }
    hone_row_table_reap(regressor->table);
    code = encode_text(&regressor->scorer, input, hone_row_table_index(regressor->table),
                       state->n_documents, err);
    if (code != 0) {
        return code;
    }
    hone_dense_encode(&state->dense, input->fields, input->values, input->n_fields, x);
    double before =
        hone_ridge_predict(&state->ridge, x) +
        hone_regression_head_score(regressor->scorer.rows, regressor->scorer.x);
    double score = fabs(value - clip(target, before)) / spread_at(&state->ridge, x);
    code = learn_dense(regressor, input, target, value, weight, &left, err);
    if (code != 0) {
        return code;
    }
    /* The first example has met no model: how far off 0 is says nothing. */
    if (state->n_examples > 0) {
        hone_conformal_add(&state->conformal, score);
    }
    learn_text(regressor, left, weight);
    state->n_examples += 1;
    return 0;
}

/* Views. */

void hone_regressor_state_copy(struct hone_regressor_state *dst,
                               const struct hone_regressor_state *src)
{
    *dst = *src;
    hone_ridge_copy(&dst->ridge, &src->ridge);
}

void hone_regressor_state_finish(struct hone_regressor_state *state)
{
    hone_ridge_finish(&state->ridge);
}

struct hone_regressor_view *hone_regressor_freeze(struct hone_regressor *regressor)
{
    struct hone_regressor_view *view = hone_alloc_zeroed(1, sizeof(*view));
    atomic_init(&view->n_refs, 1);
    view->snapshot = hone_row_table_freeze(regressor->table);
    view->index = hone_row_table_snapshot_index(view->snapshot);
    hone_regressor_state_copy(&view->state, &regressor->state);
    return view;
}

const struct hone_regressor_view *hone_regressor_peek(struct hone_regressor *regressor)
{
    regressor->now.index = hone_row_table_index(regressor->table);
    regressor->now.state = regressor->state;
    return &regressor->now;
}

struct hone_regressor_view *hone_regressor_view_ref(struct hone_regressor_view *view)
{
    atomic_fetch_add_explicit(&view->n_refs, 1, memory_order_relaxed);
    return view;
}

void hone_regressor_view_unref(struct hone_regressor_view *view)
{
    if (view == NULL ||
        atomic_fetch_sub_explicit(&view->n_refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    hone_row_table_snapshot_unref(view->snapshot);
    hone_regressor_state_finish(&view->state);
    free(view);
}

void hone_regressor_restore(struct hone_regressor *regressor,
                            const struct hone_regressor_view *view)
{
    if (hone_row_table_snapshot_table(view->snapshot) == regressor->table) {
        hone_row_table_restore(regressor->table, view->snapshot);
    } else {
        hone_row_table_destroy(regressor->table);
        regressor->table =
            hone_row_table_create_from(hone_row_table_snapshot_index(view->snapshot),
                                       HONE_REGRESSOR_DIM_BITS, 1, 1, 0.0F);
    }
    hone_regressor_state_finish(&regressor->state);
    hone_regressor_state_copy(&regressor->state, &view->state);
}

struct hone_regressor_scratch *hone_regressor_scratch_create(void)
{
    struct hone_regressor_scratch *scratch = hone_alloc_zeroed(1, sizeof(*scratch));
    hone_scorer_init(&scratch->scorer);
    return scratch;
}

void hone_regressor_scratch_destroy(struct hone_regressor_scratch *scratch)
{
    if (scratch != NULL) {
        hone_scorer_finish(&scratch->scorer);
        free(scratch);
    }
}

/* Predicting. */

static bool is_bounded(const struct hone_regressor_target *target)
{
    return target->min > -HONE_REGRESSOR_TARGET_MAX &&
           target->max < HONE_REGRESSOR_TARGET_MAX;
}

/* What is known of a target before any example: nothing but its bounds. */
static struct hone_regressor_prediction
predict_nothing(const struct hone_regressor_target *target)
{
    if (!is_bounded(target)) {
        return (struct hone_regressor_prediction){.value = clip(target, 0.0),
                                                  .is_guess = true};
    }
    return (struct hone_regressor_prediction){
        .value = target->min + (target->max - target->min) / 2.0,
        .has_interval = true,
        .low = target->min,
        .high = target->max,
        .is_guess = true,
    };
}

int hone_regressor_view_predict(const struct hone_regressor_view *view,
                                const struct hone_regressor_input *input,
                                const struct hone_regressor_target *target,
                                struct hone_regressor_scratch *scratch,
                                struct hone_regressor_prediction *out,
                                struct hone_error *err)
{
    const struct hone_regressor_state *state = &view->state;
    struct hone_scorer *scorer = &scratch->scorer;
    double x[HONE_RIDGE_DIM_MAX];
    int code = encode_text(scorer, input, view->index, state->n_documents, err);
    if (code != 0) {
        return code;
    }
    if (state->n_examples == 0) {
        *out = predict_nothing(target);
        return 0;
    }
    hone_dense_encode(&state->dense, input->fields, input->values, input->n_fields, x);
    double centre = hone_ridge_predict(&state->ridge, x) +
                    hone_regression_head_score(scorer->rows, scorer->x);
    centre = clip(target, fmin(fmax(centre, -HONE_REGRESSOR_TARGET_MAX),
                               HONE_REGRESSOR_TARGET_MAX));
    double spread = spread_at(&state->ridge, x);
    double reach = state->conformal.quantile * spread;
    bool ready = hone_conformal_is_ready(&state->conformal);
    *out = (struct hone_regressor_prediction){
        .value = centre,
        .has_interval = ready || is_bounded(target),
        .low = ready ? clip(target, centre - reach) : target->min,
        .high = ready ? clip(target, centre + reach) : target->max,
        .scale =
            ready ? fmax(state->conformal.mean * spread, SCALE_MIN * (1.0 + fabs(centre)))
                  : 0.0,
    };
    return 0;
}

double hone_regressor_loss(const struct hone_regressor_prediction *prediction,
                           double value)
{
    double scale = prediction->scale, error = fabs(value - prediction->value);
    double loss = HONE_REGRESSOR_LOSS_MAX;
    if (scale > 0.0) {
        loss = log(2.0 * scale) + error / scale;
    } else if (prediction->has_interval && prediction->high > prediction->low) {
        loss = log(prediction->high - prediction->low); /* any value alike */
    }
    return fmin(fmax(loss, -HONE_REGRESSOR_LOSS_MAX), HONE_REGRESSOR_LOSS_MAX);
}

void hone_regressor_stats(struct hone_regressor *regressor,
                          struct hone_regressor_stats *out)
{
    struct hone_row_table_stats table;
    hone_row_table_stats(regressor->table, &table);
    *out = (struct hone_regressor_stats){
        .n_examples = regressor->state.n_examples,
        .n_judged = regressor->state.conformal.n_judged,
        .n_covered = regressor->state.conformal.n_covered,
        .n_columns = regressor->state.dense.n,
        .n_rows = table.n_rows,
        .table_bytes = table.bytes,
        .n_live_views = table.n_snapshots,
    };
}
