#include "optim/softmax_head.h"

#include "optim/row_sum.h"
#include "tensor/kernels.h"

#include <math.h>
#include <string.h>

#define STABILISER   1e-8F
#define BIAS_RATE    0.1F
#define REWARD_DAMP  0.05F
#define RATE_OF_ROOT 0.1F
#define BATCH        32 /* rows that are changed in one go */

void hone_softmax_head_score(float *scores, const float *bias,
                             const struct hone_row *const *rows,
                             struct hone_encoder_vector x, size_t n_labels)
{
    memcpy(scores, bias, n_labels * sizeof(*scores));
    hone_row_sum_weights(scores, rows, x.values, x.n, n_labels);
}

void hone_softmax_head_mask(float *scores, const uint8_t *enabled, size_t n_labels)
{
    for (size_t k = 0; k < n_labels; k++) {
        scores[k] = enabled[k] != 0 ? scores[k] : HONE_SOFTMAX_HEAD_MASKED;
    }
}

void hone_softmax_head_gradient(float *g, const float *p, const uint8_t *enabled,
                                size_t n_labels, size_t n_enabled, uint32_t label,
                                float smoothing)
{
    float share = smoothing / (float)n_enabled;
    for (size_t k = 0; k < n_labels; k++) {
        float target = (k == label ? 1.0F - smoothing : 0.0F) + share;
        g[k] = enabled[k] != 0 ? p[k] - target : 0.0F;
    }
}

void hone_softmax_head_reward_gradient(float *g, const float *p, const uint8_t *enabled,
                                       size_t n_labels, size_t n_enabled, uint32_t label,
                                       float smoothing, float reward, float away)
{
    float share = smoothing / (float)n_enabled;
    float p_a = p[label], q = p_a / (1.0F - p_a + REWARD_DAMP);
    for (size_t k = 0; k < n_labels; k++) {
        float target = (k == label ? 1.0F - smoothing : 0.0F) + share;
        float towards = p[k] - target, back = away * (k == label ? p_a : -q * p[k]);
        g[k] = enabled[k] != 0 ? reward * towards + (1.0F - reward) * back : 0.0F;
    }
}

float hone_softmax_head_rate(size_t n_enabled)
{
    return RATE_OF_ROOT * sqrtf((float)n_enabled);
}

void hone_softmax_head_step(struct hone_row *const *rows, float *bias, float *bias_g,
                            struct hone_encoder_vector x, const float *g, size_t n_labels,
                            float rate)
{
    float gg = hone_dot(g, g, n_labels);
    float *weights[BATCH], steps[BATCH];
    for (size_t first = 0; first < x.n; first += BATCH) {
        size_t n = x.n - first < BATCH ? x.n - first : BATCH;
        for (size_t i = 0; i < n; i++) {
            struct hone_row *row = rows[first + i];
            float v = x.values[first + i];
            row->g += v * v * gg;
            weights[i] = row->values;
            steps[i] = -rate * v / sqrtf(row->g + STABILISER);
        }
        hone_add_outer(weights, steps, g, n, n_labels);
    }
    *bias_g += gg;
    hone_axpy(bias, -BIAS_RATE * rate / sqrtf(*bias_g + STABILISER), g, n_labels);
}
