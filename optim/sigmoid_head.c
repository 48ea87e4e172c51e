#include "optim/sigmoid_head.h"

#include "tensor/kernels.h"

#include <math.h>
#include <string.h>

#define RATE_OF_ROOT 0.2F
#define SCALE_RATE   0.05F
#define CLIP         5.0F

void hone_sigmoid_head_probabilities(float *q, const float *scores, size_t n_labels,
                                     float scale)
{
    for (size_t k = 0; k < n_labels; k++) {
        q[k] = -scale * scores[k];
    }
    hone_exp(q, q, n_labels);
    for (size_t k = 0; k < n_labels; k++) {
        q[k] = 1.0F / (1.0F + q[k]);
    }
}

void hone_sigmoid_head_gradient(float *g, const float *q, const uint8_t *enabled,
                                size_t n_labels, const uint32_t *right, size_t n_right)
{
    for (size_t k = 0; k < n_labels; k++) {
        g[k] = enabled[k] != 0 ? q[k] : 0.0F;
    }
    for (size_t i = 0; i < n_right; i++) {
        g[right[i]] -= enabled[right[i]] != 0 ? 1.0F : 0.0F;
    }
}

/* Probabilities are not negative, so until the end a sign can say which labels are judged. */
void hone_sigmoid_head_reward_gradient(float *g, const float *q, const uint8_t *enabled,
                                       size_t n_labels, const uint32_t *judged,
                                       size_t n_judged, float reward)
{
    memmove(g, q, n_labels * sizeof(*g));
    for (size_t i = 0; i < n_judged; i++) {
        g[judged[i]] = -g[judged[i]];
    }
    for (size_t k = 0; k < n_labels; k++) {
        g[k] = signbit(g[k]) && enabled[k] != 0 ? -g[k] - reward : 0.0F;
    }
}

float hone_sigmoid_head_rate(size_t n_enabled)
{
    return RATE_OF_ROOT * sqrtf((float)n_enabled);
}

float hone_sigmoid_head_first_bias(size_t n_labels)
{
    float log_n = (float)n_labels;
    hone_log(&log_n, &log_n, 1);
    return n_labels > 1 ? -log_n : 0.0F;
}

void hone_sigmoid_head_update_scale(float *scale, float *scale_g, const float *scores,
                                    const float *p, const float *y,
                                    const uint8_t *enabled, size_t n_labels)
{
    float q = 0.0F;
    for (size_t k = 0; k < n_labels; k++) {
        q += enabled[k] != 0 ? scores[k] * (p[k] - y[k]) : 0.0F;
    }
    q = fminf(fmaxf(q, -CLIP), CLIP);
    *scale_g += q * q;
    *scale = fminf(
        fmaxf(*scale - SCALE_RATE * q / sqrtf(*scale_g), HONE_SIGMOID_HEAD_SCALE_MIN),
        HONE_SIGMOID_HEAD_SCALE_MAX);
}

double hone_sigmoid_head_loss(const float *p, const float *y, const uint8_t *enabled,
                              size_t n_labels)
{
    double loss = 0.0;
    for (size_t k = 0; k < n_labels; k++) {
        double of_right = (double)(y[k] > 0.5F ? p[k] : 1.0F - p[k]);
        double one = of_right > 0.0 ? -log(of_right) : HONE_SIGMOID_HEAD_LOSS_MAX;
        loss += enabled[k] != 0 ? fmin(one, HONE_SIGMOID_HEAD_LOSS_MAX) : 0.0;
    }
    return loss;
}
