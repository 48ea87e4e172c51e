/* Reward of options as the softmax head's rows learn it when only the chosen option's
 * reward is seen, each option for itself (several may be good for one input).
 *
 *   s_k = b_k + sum_f v_f W[f,k]         q_k = sigmoid(s_k), the expected reward in [0, 1]
 *   g_a = q_a - r for the chosen option a, 0 for others: the gradient of the cross-entropy
 *   of q_a and r. The step is that of softmax_head.h (row-AdaGrad).
 *
 * How sure an estimate is: the diagonal of the Laplace approximation of logistic
 * regression (Chapelle and Li 2011), kept in the rows' counts:
 *   C[f,a] += w v_f^2 / 4            var(s_k) = sum_f v_f^2 / (1 + C[f,k])
 *   deviation of q_k = q_k (1 - q_k) sqrt(var(s_k))
 * 1/4 bounds the information q (1 - q) of a reward; the prior variance of a weight is 1,
 * so an option never tried has var = |v|^2 = 1.
 *
 * Pure; thread: any. */
#ifndef HONE_OPTIM_REWARD_HEAD_H
#define HONE_OPTIM_REWARD_HEAD_H

#include "optim/encoder.h"
#include "optim/row_table.h"

#include <stddef.h>
#include <stdint.h>

/* q (n_options,) from scores; both may be the same array. */
void hone_reward_head_estimate(float *q, const float *scores, size_t n_options);
/* g from q (n_options,); both may be the same array. */
void hone_reward_head_gradient(float *g, const float *q, size_t n_options,
                               uint32_t option, float reward);
float hone_reward_head_rate(void);

/* variances (n_options,) of the scores; rows (x.n,) may have NULL. */
void hone_reward_head_variance(float *variances, const struct hone_row *const *rows,
                               uint32_t capacity, struct hone_encoder_vector x,
                               size_t n_options);
/* Counts one reward of an option in the rows (x.n,), whose counts are ready for it, and keeps their logarithms true. */
void hone_reward_head_count(struct hone_row *const *rows, uint32_t capacity,
                            struct hone_encoder_vector x, uint32_t option, float weight);

#endif
