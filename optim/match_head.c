#include "optim/match_head.h"

#include "tensor/kernels.h"

#include <math.h>
#include <string.h>

#define TAU_MIN     8.0F
#define TAU_OF_LOG  4.0F
#define PLACED      (-1e30F) /* score of what an earlier stage has taken */
#define REWARD_DAMP 0.05F
#define LN_2        0.693147181F

static float log_of(float x)
{
    hone_log(&x, &x, 1);
    return x;
}

float hone_match_head_tau(size_t n_candidates)
{
    return fmaxf(TAU_MIN, TAU_OF_LOG * log_of((float)n_candidates));
}

/* 1 / log2(stage + 2) */
static float stage_weight(size_t stage)
{
    return LN_2 / log_of((float)stage + 2.0F);
}

/* Stages that say something: the last of all candidates has no choice left. */
static size_t n_stages(size_t n, size_t n_order)
{
    return n_order < n ? n_order : n - 1;
}

/* work becomes the probabilities of what is left at a stage: places before it have 0. */
static void stage_probabilities(float *restrict work, const float *restrict scores,
                                size_t n, const uint32_t *order, size_t stage)
{
    memcpy(work, scores, n * sizeof(*work));
    for (size_t j = 0; j < stage; j++) {
        work[order[j]] = PLACED;
    }
    hone_softmax(work, work, n);
    for (size_t j = 0; j < stage; j++) {
        work[order[j]] = 0.0F;
    }
}

void hone_match_head_order_gradient(float *restrict g, const float *restrict scores,
                                    size_t n, const uint32_t *order, size_t n_order,
                                    float smoothing, float *restrict work)
{
    memset(g, 0, n * sizeof(*g));
    for (size_t stage = 0; stage < n_stages(n, n_order); stage++) {
        float weight = stage_weight(stage), share = smoothing / (float)(n - stage);
        stage_probabilities(work, scores, n, order, stage);
        for (size_t j = 0; j < stage; j++) {
            g[order[j]] += weight * share; /* taken back below */
        }
        for (size_t c = 0; c < n; c++) {
            g[c] += weight * (work[c] - share);
        }
        g[order[stage]] -= weight * (1.0F - smoothing);
    }
}

void hone_match_head_reward_gradient(float *restrict g, const float *restrict p, size_t n,
                                     uint32_t candidate, float smoothing, float reward)
{
    float share = smoothing / (float)n;
    float p_a = p[candidate], q = p_a / (1.0F - p_a + REWARD_DAMP);
    for (size_t c = 0; c < n; c++) {
        float target = (c == candidate ? 1.0F - smoothing : 0.0F) + share;
        float towards = p[c] - target, away = c == candidate ? p_a : -q * p[c];
        g[c] = reward * towards + (1.0F - reward) * away;
    }
}

float hone_match_head_step(float gradient, float weight)
{
    if (fabsf(gradient) < HONE_MATCH_HEAD_GRADIENT_MIN) {
        return 0.0F;
    }
    return -HONE_MATCH_HEAD_RATE * fminf(weight, HONE_MATCH_HEAD_WEIGHT_MAX) * gradient;
}
