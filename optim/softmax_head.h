/* Head 1: linear softmax classifier with label smoothing, learnt by row-AdaGrad.
 *
 *   s_k = b_k + sum_f v_f W[f,k]        p = softmax(s) over the enabled labels, K of them
 *   g_k = p_k - ((1 - eps) [k = y] + eps / K)
 *   gg = sum_k g_k^2    G[f] += v_f^2 gg   W[f,k] -= w lr v_f / sqrt(G[f] + 1e-8) g_k
 *   Gb += gg            b_k -= 0.1 w lr g_k / sqrt(Gb + 1e-8)           lr = 0.1 sqrt(K)
 * w is the example's weight. AdaGrad: Duchi, Hazan, Singer 2011, with one accumulator per
 * row.
 *
 * Reward (only "was label a right"): reward 1 is the step above with y = a; reward 0
 * minimises -ln(1 - p_a), damped where p_a is near 1:
 *   q = p_a / (1 - p_a + 0.05)    g_a = p_a    g_k = -q p_k for k != a
 * and a reward between mixes the two gradients, the second times `away`.
 *
 * One step moves no weight by more than w lr, since v_f^2 gg <= G[f] after the addition.
 * Disabled labels have p = 0 and g = 0. Pure; thread: any. */
#ifndef HONE_OPTIM_SOFTMAX_HEAD_H
#define HONE_OPTIM_SOFTMAX_HEAD_H

#include "optim/encoder.h"
#include "optim/row_table.h"

#include <stddef.h>
#include <stdint.h>

/* Score of a disabled label: far below any real one, and finite. */
#define HONE_SOFTMAX_HEAD_MASKED (-1e30F)

/* scores (n_labels,) = b + sum_f v_f W[f]; rows (x.n,) may have NULL for rows that
 * do not exist. */
void hone_softmax_head_score(float *scores, const float *bias,
                             const struct hone_row *const *rows,
                             struct hone_encoder_vector x, size_t n_labels);

/* Puts HONE_SOFTMAX_HEAD_MASKED where enabled (n_labels,) is 0. */
void hone_softmax_head_mask(float *scores, const uint8_t *enabled, size_t n_labels);

/* g from p (n_labels,), both may be the same array. n_enabled >= 1. */
void hone_softmax_head_gradient(float *g, const float *p, const uint8_t *enabled,
                                size_t n_labels, size_t n_enabled, uint32_t label,
                                float smoothing);
/* As above for a reward in [0, 1]. */
void hone_softmax_head_reward_gradient(float *g, const float *p, const uint8_t *enabled,
                                       size_t n_labels, size_t n_enabled, uint32_t label,
                                       float smoothing, float reward, float away);

float hone_softmax_head_rate(size_t n_enabled);

/* Applies the step: changes rows (x.n,), bias (n_labels,) and *bias_g. rate = w lr. */
void hone_softmax_head_step(struct hone_row *const *rows, float *bias, float *bias_g,
                            struct hone_encoder_vector x, const float *g, size_t n_labels,
                            float rate);

#endif
