/* A regressor that learns one number at a time: an exact ridge on dense columns, a sparse
 * head on text, and an interval around their sum whose coverage is kept online.
 *
 *   prediction = x . theta + sum_f v_f W[f]
 *   spread     = sqrt(1 + min(x' (R'R + L)^-1 x, LEVERAGE_MAX))
 *   interval   = prediction +- q spread, clipped, as the prediction is, to [min, max]
 *
 * One example, in this order: the interval is judged by the prediction made before; the
 * text counts as a document; means and deviations move and the ridge with them; the ridge
 * learns y; the text learns what the ridge, as it is now, leaves over, y - x . theta. So the
 * ridge is at any moment what a batch solution on the dense columns alone would be, and
 * text explains only what columns cannot (fitting residuals: forward stagewise regression,
 * Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section 3.3.3).
 *
 * Two objects: the regressor, the training state, with one owner thread at a time; and the
 * view, an immutable, counted picture of all of it, which calls read on any thread and
 * which is at the same time the mark to go back to or to save. The dense part of a view is
 * copied (at 128 columns 132 KiB, at 20 columns 4 KiB), rows of text are shared.
 *
 * Determinism: the same operations with the same arguments give the same bytes, also
 * across save and load at any point. There is no randomness. */
#ifndef HONE_OPTIM_REGRESSOR_H
#define HONE_OPTIM_REGRESSOR_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "optim/dense.h"
#include "optim/encoder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_REGRESSOR_TARGET_MAX   1e15 /* of a target's magnitude */
#define HONE_REGRESSOR_WEIGHT_MAX   100.0
#define HONE_REGRESSOR_LEVERAGE_MAX 8.0
#define HONE_REGRESSOR_PENALTY      1.0
#define HONE_REGRESSOR_LOSS_MAX     100.0 /* nats; losses lie within +- this */

/* What learning follows. It is not part of the state but given with each operation. */
struct hone_regressor_target {
    double min, max;  /* -HONE_REGRESSOR_TARGET_MAX and + for none */
    double coverage;  /* of intervals, in (0, 1) */
    double half_life; /* examples after which one counts half; 0: never */
};

struct hone_regressor_input {
    const struct hone_dense_field
        *fields; /* the same for all of the regressor's life, but
                                              for adapt */
    const struct hone_dense_value *values; // (n_fields,)
    size_t n_fields;
    struct hone_encoder_input text; /* may have no field */
};

struct hone_regressor_prediction {
    double value;
    bool has_interval;
    double low, high; /* low <= value <= high */
    bool is_guess;    /* made before any example */
    double scale;     /* mean absolute error to be expected here; 0 when not known */
};

struct hone_regressor;
struct hone_regressor_view;
struct hone_regressor_save;

/* HONE_E_LIMIT for too many fields. */
int hone_regressor_create(struct hone_regressor **out,
                          const struct hone_dense_field *fields, size_t n_fields,
                          double coverage, struct hone_error *err) HONE_MUST_USE;
/* Accepts NULL. Views may outlive the regressor. */
void hone_regressor_destroy(struct hone_regressor *regressor);

/* Goes over to other fields or another coverage. Columns of fields that stay keep what
 * they have learnt. 1 changed, 0 nothing to do, HONE_E_LIMIT. */
int hone_regressor_adapt(struct hone_regressor *regressor,
                         const struct hone_dense_field *fields, size_t n_fields,
                         double coverage, struct hone_error *err) HONE_MUST_USE;
bool hone_regressor_fits(const struct hone_regressor *regressor,
                         const struct hone_dense_field *fields, size_t n_fields,
                         double coverage);

/* One example; weight in (0, HONE_REGRESSOR_WEIGHT_MAX]. HONE_E_INVALID when the value is
 * outside of the target's bounds or a step is not finite: the state is then as before. */
int hone_regressor_learn(struct hone_regressor *regressor,
                         const struct hone_regressor_input *input,
                         const struct hone_regressor_target *target, double value,
                         double weight, struct hone_error *err) HONE_MUST_USE;

/* A view of the state as it is now. New reference. */
struct hone_regressor_view *
hone_regressor_freeze(struct hone_regressor *regressor) HONE_MUST_USE;
/* The state as it is now, to be read by its owner until the regressor next changes; never
 * referenced. */
const struct hone_regressor_view *hone_regressor_peek(struct hone_regressor *regressor);
struct hone_regressor_view *hone_regressor_view_ref(struct hone_regressor_view *view);
void hone_regressor_view_unref(struct hone_regressor_view *view); /* accepts NULL */
/* Makes the state that of a view of any regressor, byte for byte. */
void hone_regressor_restore(struct hone_regressor *regressor,
                            const struct hone_regressor_view *view);

/* Working memory of predictions, one thread at a time. */
struct hone_regressor_scratch;
struct hone_regressor_scratch *hone_regressor_scratch_create(void) HONE_MUST_USE;
void hone_regressor_scratch_destroy(struct hone_regressor_scratch *scratch);

/* HONE_E_LIMIT for too many text fields. Before any example the value is the middle of the
 * bounds, or 0 clipped to them. */
int hone_regressor_view_predict(const struct hone_regressor_view *view,
                                const struct hone_regressor_input *input,
                                const struct hone_regressor_target *target,
                                struct hone_regressor_scratch *scratch,
                                struct hone_regressor_prediction *out,
                                struct hone_error *err) HONE_MUST_USE;

/* Evidence: -ln of the density that the state gives to the value, a Laplace distribution
 * around the prediction, whose spread is the state's own mean absolute error; nats, within
 * +- HONE_REGRESSOR_LOSS_MAX. A state that has learnt nothing has the largest loss. */
double hone_regressor_loss(const struct hone_regressor_prediction *prediction,
                           double value);

struct hone_regressor_stats {
    uint64_t n_examples;
    uint64_t n_judged, n_covered; /* examples that met an interval; that it covered */
    size_t n_columns;
    uint64_t n_rows, table_bytes, n_live_views;
};
void hone_regressor_stats(struct hone_regressor *regressor,
                          struct hone_regressor_stats *out);

/* Saving in slices, as hone_classifier_save_create says; regressor_file.h has the format. */
int hone_regressor_save_create(struct hone_regressor_save **out,
                               const struct hone_regressor_view *view, const char *path,
                               struct hone_span extra,
                               struct hone_error *err) HONE_MUST_USE;
int hone_regressor_save_step(struct hone_regressor_save *save, size_t max_bytes,
                             struct hone_error *err) HONE_MUST_USE;
void hone_regressor_save_result(const struct hone_regressor_save *save,
                                struct hone_digest *digest, uint64_t *size_bytes);
void hone_regressor_save_destroy(struct hone_regressor_save *save);
int hone_regressor_load(struct hone_regressor **out, const char *path, char **extra,
                        struct hone_error *err) HONE_MUST_USE;

#endif
