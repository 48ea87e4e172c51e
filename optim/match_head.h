/* Head of a ranker: what a query and a candidate have in common by their words, and what was
 * learnt of the candidate.
 *
 *   s(q, c) = tau <x_q, x_c> + <x_q, M_c>      tau = max(8, 4 ln n), M_c = 0 at first
 *   P(c) = softmax of s over the n candidates   (the chance of being the best)
 * tau grows with ln n because the margin does that one of n has to have to be probable; with a
 * flat P rewards would teach next to nothing, their gradient being in proportion to P.
 *
 * Orders: a (partial) order c_1 ... c_m, best first, is a sequence of choices among what is
 * left (Luce 1959; Plackett 1975). Its loss, with smoothed targets as of the softmax head,
 *   L = sum_j  w_j  CE( t_j, softmax of s over R_j )        R_j = C \ {c_1 ... c_(j-1)}
 *   t_j(c) = (1 - eps) [c = c_j] + eps / |R_j|              w_j = 1 / log2(1 + j)
 * is ListMLE (Xia, Liu, Wang, Zhang, Li 2008) of the top m with the position weights of
 * p-ListMLE (Lan, Zhu, Guo, Niu, Cheng 2014). A choice is an order of one. Stages with one
 * candidate left say nothing.
 *
 * Reward r for c_1 = a, as of the softmax head: the gradient of a choice of a, r times, and
 * of -ln(1 - p_a), damped where p_a is near 1, 1 - r times:
 *   q = p_a / (1 - p_a + 0.05)    g_a = p_a    g_c = -q p_c
 *
 * Step: M_c -= min(w, 10) 2 g_c x_q for candidates with |g_c| >= 0.002 (the others would only
 * make the memory dense). Pure; thread: any. */
#ifndef HONE_OPTIM_MATCH_HEAD_H
#define HONE_OPTIM_MATCH_HEAD_H

#include <stddef.h>
#include <stdint.h>

#define HONE_MATCH_HEAD_RATE         2.0F
#define HONE_MATCH_HEAD_SMOOTHING    0.1F
#define HONE_MATCH_HEAD_GRADIENT_MIN 0.002F
#define HONE_MATCH_HEAD_WEIGHT_MAX   10.0F

float hone_match_head_tau(size_t n_candidates);

/* g (n,): dL/ds of an order; order (n_order,) holds distinct indices below n. work (n,). */
void hone_match_head_order_gradient(float *restrict g, const float *restrict scores,
                                    size_t n, const uint32_t *order, size_t n_order,
                                    float smoothing, float *restrict work);

/* g (n,) from the probabilities p (n,). reward in [0, 1]. */
void hone_match_head_reward_gradient(float *restrict g, const float *restrict p, size_t n,
                                     uint32_t candidate, float smoothing, float reward);

/* What the input is multiplied by and added to the memory of a candidate; 0 when its
 * gradient is too small to be kept. */
float hone_match_head_step(float gradient, float weight);

#endif
