#include "offline/curve.h"

#include "base/alloc.h"
#include "offline/predict.h"
#include "skills/kind.h"

#include <math.h>
#include <stdlib.h>

#define FIRST_POINT 100

struct hone_curve {
    const struct hone_package *package;
    void *learner, *scratch;
    uint64_t n, n_right, n_loss;
    uint64_t n_before, n_right_before; /* at the point before */
    double sum_loss;
    uint64_t next; /* point */
    json_t *points;
};

int hone_curve_create(struct hone_curve **out, const struct hone_package *package,
                      struct hone_error *err)
{
    void *learner = NULL;
    int code = package->kind->create(&learner, package, err);
    if (code != 0) {
        return code;
    }
    struct hone_curve *curve = hone_alloc_zeroed(1, sizeof(*curve));
    curve->package = package;
    curve->learner = learner;
    curve->scratch = package->kind->make_scratch();
    curve->next = FIRST_POINT;
    curve->points = json_array();
    *out = curve;
    return 0;
}

void hone_curve_destroy(struct hone_curve *curve)
{
    if (curve != NULL) {
        curve->package->kind->destroy(curve->learner);
        curve->package->kind->destroy_scratch(curve->scratch);
        json_decref(curve->points);
        free(curve);
    }
}

static void add_point(struct hone_curve *curve)
{
    uint64_t n = curve->n - curve->n_before;
    (void)json_array_append_new(
        curve->points,
        json_pack("{s:I,s:f,s:f,s:o}", "rows", (json_int_t)curve->n, "accuracy",
                  (double)curve->n_right / (double)curve->n, "recent",
                  (double)(curve->n_right - curve->n_right_before) / (double)n,
                  "log_loss",
                  curve->n_loss > 0 ? json_real(curve->sum_loss / (double)curve->n_loss)
                                    : json_null()));
    curve->n_before = curve->n;
    curve->n_right_before = curve->n_right;
}

/* 100, 200, 500, 1,000, ... */
static uint64_t point_after(uint64_t point)
{
    uint64_t lead = point;
    while (lead >= 10) {
        lead /= 10;
    }
    return lead == 2 ? point / 2 * 5 : point * 2;
}

int hone_curve_add(struct hone_curve *curve, const struct hone_row *row,
                   struct hone_error *err)
{
    const struct hone_kind *kind = curve->package->kind;
    struct hone_kind_score scored = {0};
    struct hone_event event = hone_predict_event(row, curve->n + 1);
    int code = kind->score(curve->package, kind->peek(curve->learner), curve->scratch,
                           &event, &scored, err);
    if (code < 0) {
        return code;
    }
    curve->n++;
    if (code == 1) {
        curve->n_right += scored.right ? 1 : 0;
        curve->n_loss += isfinite(scored.loss) ? 1 : 0;
        curve->sum_loss += isfinite(scored.loss) ? scored.loss : 0.0;
    }
    code = kind->learn(curve->learner, curve->package, &event, err);
    if (code < 0 && code != HONE_E_INVALID) {
        return code;
    }
    if (curve->n == curve->next) {
        add_point(curve);
        curve->next = point_after(curve->next);
    }
    return 0;
}

json_t *hone_curve_points(struct hone_curve *curve)
{
    if (curve->n > curve->n_before) {
        add_point(curve);
    }
    return json_incref(curve->points);
}
