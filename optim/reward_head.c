#include "optim/reward_head.h"

#include "optim/nb_head.h"
#include "tensor/kernels.h"

#include <string.h>

#define RATE        0.75F
#define INFORMATION 0.25F
#define PRECISION   1.0F /* of a weight before any reward */

void hone_reward_head_estimate(float *q, const float *scores, size_t n_options)
{
    for (size_t k = 0; k < n_options; k++) {
        q[k] = -scores[k];
    }
    hone_exp(q, q, n_options);
    for (size_t k = 0; k < n_options; k++) {
        q[k] = 1.0F / (1.0F + q[k]);
    }
}

void hone_reward_head_gradient(float *g, const float *q, size_t n_options,
                               uint32_t option, float reward)
{
    float difference = q[option] - reward;
    memset(g, 0, n_options * sizeof(*g));
    g[option] = difference;
}

float hone_reward_head_rate(void)
{
    return RATE;
}

void hone_reward_head_variance(float *variances, const struct hone_row *const *rows,
                               uint32_t capacity, struct hone_encoder_vector x,
                               size_t n_options)
{
    float missing = 0.0F;
    memset(variances, 0, n_options * sizeof(*variances));
    for (size_t i = 0; i < x.n; i++) {
        float square = x.values[i] * x.values[i];
        if (rows[i] != NULL) {
            hone_add_quotients(variances, square, PRECISION,
                               hone_row_counts(rows[i], capacity), n_options);
        } else {
            missing += square;
        }
    }
    for (size_t k = 0; k < n_options; k++) {
        variances[k] += missing / PRECISION;
    }
}

void hone_reward_head_count(struct hone_row *const *rows, uint32_t capacity,
                            struct hone_encoder_vector x, uint32_t option, float weight)
{
    for (size_t i = 0; i < x.n; i++) {
        float *logs = rows[i]->counts->values, *counts = logs + capacity;
        counts[option] += weight * INFORMATION * x.values[i] * x.values[i];
        logs[option] = hone_nb_head_log(counts[option]);
    }
}
