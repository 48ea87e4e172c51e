/* Head of a multi-label classifier: any set of labels may be right for an input, so that each
 * label has a logistic regression of its own, all on the rows of the softmax head.
 *
 *   s_k = b_k + sum_f v_f W[f,k]         q_k = sigmoid(s_k)
 *   g_k = q_k - [k in the right set]     the gradient of the log loss of the set,
 *                                        -sum_k ([k right] ln q_k + [k not] ln(1 - q_k))
 * The step is that of softmax_head.h (row-AdaGrad). A new label begins with b_k = -ln K, K
 * labels: a right set has about one of them, and the first steps are not all spent on
 * learning that most labels are wrong.
 *
 * Calibrated: P_k = sigmoid(a s_k). The scale a is learnt on prequential outputs only (what
 * was said before an example was learnt), from 1:
 *   q = clip(sum_k s_k (P_k - [k right]), +-5)     ga += q^2 (from 1e-2)
 *   a = min(max(1/4, a - 0.05 q / sqrt(ga)), 4)
 * Sources: binary relevance (Tsoumakas and Katakis 2007); Platt 1999 for the scale; Duchi,
 * Hazan and Singer 2011. Pure; thread: any. */
#ifndef HONE_OPTIM_SIGMOID_HEAD_H
#define HONE_OPTIM_SIGMOID_HEAD_H

#include <stddef.h>
#include <stdint.h>

#define HONE_SIGMOID_HEAD_SCALE_MIN 0.25F
#define HONE_SIGMOID_HEAD_SCALE_MAX 4.0F

/* q (n_labels,) = sigmoid(scale * scores); both may be the same array. A score of
 * HONE_SOFTMAX_HEAD_MASKED gives 0. */
void hone_sigmoid_head_probabilities(float *q, const float *scores, size_t n_labels,
                                     float scale);

/* g (n_labels,) from q at scale 1, both may be the same array; right (n_right,) are distinct
 * labels. Labels that are not enabled (n_labels,) have 0. */
void hone_sigmoid_head_gradient(float *g, const float *q, const uint8_t *enabled,
                                size_t n_labels, const uint32_t *right, size_t n_right);

/* The same of rewards: g_k = q_k - reward for the judged labels (n_judged,), distinct, and 0 for all
 * others. */
void hone_sigmoid_head_reward_gradient(float *g, const float *q, const uint8_t *enabled,
                                       size_t n_labels, const uint32_t *judged,
                                       size_t n_judged, float reward);

float hone_sigmoid_head_rate(size_t n_enabled);
/* Of a label that is one of n_labels. */
float hone_sigmoid_head_first_bias(size_t n_labels);

/* One step of the scale and its accumulator, given the scores, the probabilities at that scale
 * and y (n_labels,) in {0, 1}. */
void hone_sigmoid_head_update_scale(float *scale, float *scale_g, const float *scores,
                                    const float *p, const float *y,
                                    const uint8_t *enabled, size_t n_labels);

/* -sum_k ln of the probability of y_k, over enabled labels, each at most
 * HONE_SIGMOID_HEAD_LOSS_MAX nats. */
#define HONE_SIGMOID_HEAD_LOSS_MAX 14.0
double hone_sigmoid_head_loss(const float *p, const float *y, const uint8_t *enabled,
                              size_t n_labels);

#endif
