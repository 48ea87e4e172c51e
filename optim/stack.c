#include "optim/stack.h"

#include <math.h>

#define FEW_LABELS 5
#define RATE       0.05F
#define CLIP       5.0F
#define START_G    1e-2F

void hone_stack_init(struct hone_stack *stack, size_t n_labels)
{
    float first = n_labels <= FEW_LABELS ? 0.1F : 1.5F;
    float second = n_labels <= FEW_LABELS ? 1.0F : 0.3F;
    *stack = (struct hone_stack){.beta = {first, second}, .beta_g = {START_G, START_G}};
}

void hone_stack_mix(float *z, const struct hone_stack *stack, const float *first,
                    const float *second, size_t n_labels, float nb_share)
{
    float weight_second = stack->beta[1] * nb_share;
    float weight_first = stack->beta[0] + (stack->beta[1] - weight_second);
    for (size_t k = 0; k < n_labels; k++) {
        z[k] = weight_first * first[k] + weight_second * second[k];
    }
}

static void update_beta(float *beta, float *beta_g, const float *p, const float *log_p,
                        size_t n_labels, uint32_t label)
{
    float q = -log_p[label];
    for (size_t k = 0; k < n_labels; k++) {
        q += p[k] * log_p[k];
    }
    q = fminf(fmaxf(q, -CLIP), CLIP);
    *beta_g += q * q;
    *beta = fmaxf(0.0F, *beta - RATE * q / sqrtf(*beta_g));
}

void hone_stack_update(struct hone_stack *stack, const float *p, const float *first,
                       const float *second, size_t n_labels, uint32_t label)
{
    update_beta(&stack->beta[0], &stack->beta_g[0], p, first, n_labels, label);
    update_beta(&stack->beta[1], &stack->beta_g[1], p, second, n_labels, label);
    stack->n_updates += 1;
}
