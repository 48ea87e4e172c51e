#include "optim/regression_head.h"

#include <math.h>

#define EPSILON 1e-8

double hone_regression_head_score(const struct hone_row *const *rows,
                                  struct hone_encoder_vector x)
{
    double sum = 0.0;
    for (size_t i = 0; i < x.n; i++) {
        if (rows[i] != NULL) {
            sum += (double)x.values[i] * (double)hone_row_weights(rows[i])[0];
        }
    }
    return sum;
}

void hone_regression_head_step(struct hone_row *const *rows, struct hone_encoder_vector x,
                               double error, double scale, double weight)
{
    double g =
        fmin(fmax(error / scale, -HONE_REGRESSION_HEAD_CLIP), HONE_REGRESSION_HEAD_CLIP);
    if (g == 0.0) {
        return;
    }
    double rate = weight * HONE_REGRESSION_HEAD_RATE * scale * g, moved = 0.0;
    for (size_t i = 0; i < x.n; i++) {
        double v = (double)x.values[i];
        rows[i]->g += (float)(v * v * g * g);
        moved += rate * v * v / sqrt((double)rows[i]->g + EPSILON);
    }
    double most = HONE_REGRESSION_HEAD_STEP * error;
    double part = fabs(moved) > fabs(most) ? most / moved : 1.0;
    for (size_t i = 0; i < x.n; i++) {
        double v = (double)x.values[i];
        rows[i]->values[0] +=
            (float)(part * rate * v / sqrt((double)rows[i]->g + EPSILON));
    }
}
