/* The stack: weighs the heads' log-probabilities into calibrated ones.
 *
 *   L_m = log_softmax(scores of head m)    z = sum_m beta_m L_m    P = softmax(z)
 * Learnt online, on prequential outputs only (what the heads said before they learnt the
 * example):
 *   d = P - onehot(y)    q_m = clip(sum_k L_m,k d_k, +-5)
 *   gb_m += q_m^2 (from 1e-2)    beta_m = max(0, beta_m - 0.05 q_m / sqrt(gb_m))
 * beta is both weight and temperature. Source: Wolpert 1992 (stacking); the update is
 * AdaGrad on the log loss of P. Pure; thread: any. */
#ifndef HONE_OPTIM_STACK_H
#define HONE_OPTIM_STACK_H

#include <stddef.h>
#include <stdint.h>

#define HONE_STACK_HEADS 2

struct hone_stack {
    float beta[HONE_STACK_HEADS];
    float beta_g[HONE_STACK_HEADS];
    uint64_t n_updates;
};

/* The start for n_labels: (1.5, 0.3), or (0.1, 1) for five and fewer. Measured. */
void hone_stack_init(struct hone_stack *stack, size_t n_labels);

/* z (n_labels,) = beta_0 first + beta_1 second. nb_share in [0, 1] moves weight off the
 * second head: it keeps nb_share of its beta, and the first head gets the rest. 1 for
 * the formula above. */
void hone_stack_mix(float *z, const struct hone_stack *stack, const float *first,
                    const float *second, size_t n_labels, float nb_share);

/* p (n_labels,) is the softmax of the mix; first and second are what it
 * was mixed from. */
void hone_stack_update(struct hone_stack *stack, const float *p, const float *first,
                       const float *second, size_t n_labels, uint32_t label);

#endif
