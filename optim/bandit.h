/* Exploration: from estimated utilities of n options to the probabilities with which they
 * are drawn, and the draw.
 *
 *   none      the first of the best
 *   greedy    the best; equals share evenly
 *   epsilon   (1 - e) greedy + e / n
 *   squarecb  inverse gap weighting: p_a = 1 / (n + gamma sqrt(t + 1) (u_best - u_a)) for
 *             all but the first of the best, which has what is left; t counts the rewards
 *             learnt (Foster and Rakhlin 2020, with a rate that grows as the model's error
 *             falls)
 *   thompson  p_a = P(U_a is the largest), U_a normal with mean u_a and deviation
 *             scale * s_a, all independent: the integral over t of
 *             phi_a(t) prod_{b != a} Phi_b(t), by a sum over CELLS cells (Thompson 1933; as
 *             a probability and not as one sample, so that the propensity is known)
 *   uniform   1 / n
 *
 * Probabilities are whole multiples of 2^-24 that sum to exactly 1, and the draw is one of
 * 2^24 tickets: the propensity that is written down as a float is that of the draw itself,
 * not near it. An option that a formula gives any chance has one ticket at least.
 *
 * A utility that is not finite counts as below all others; when none is finite the options
 * are equals. Pure; thread: any. */
#ifndef HONE_OPTIM_BANDIT_H
#define HONE_OPTIM_BANDIT_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

#define HONE_BANDIT_OPTIONS_MAX     256
#define HONE_BANDIT_TICKETS         (1U << 24)
#define HONE_BANDIT_EPSILON_DEFAULT 0.05
#define HONE_BANDIT_GAMMA_DEFAULT   10.0
#define HONE_BANDIT_GAMMA_MAX       1e6
#define HONE_BANDIT_SCALE_DEFAULT   1.0
#define HONE_BANDIT_SCALE_MAX       100.0

enum hone_bandit_policy {
    HONE_BANDIT_SQUARECB,
    HONE_BANDIT_EPSILON,
    HONE_BANDIT_GREEDY,
    HONE_BANDIT_NONE,
    HONE_BANDIT_THOMPSON,
    HONE_BANDIT_UNIFORM,
};

struct hone_bandit_config {
    enum hone_bandit_policy policy;
    double epsilon; /* in [0, 1] */
    double gamma;   /* above 0, at most GAMMA_MAX; utilities are measured in rewards */
    double scale;   /* above 0, at most SCALE_MAX */
};

void hone_bandit_config_default(struct hone_bandit_config *config);
const char *hone_bandit_policy_name(enum hone_bandit_policy policy);
/* 0 or HONE_E_NOT_FOUND. */
int hone_bandit_policy_find(enum hone_bandit_policy *out,
                            struct hone_span name) HONE_MUST_USE;
/* Reads "squarecb", "squarecb:20", "epsilon:0.1", "thompson:0.5", "greedy", "none" or
 * "uniform". HONE_E_INVALID says what is wrong. */
int hone_bandit_config_parse(struct hone_bandit_config *out, struct hone_span text,
                             struct hone_error *err) HONE_MUST_USE;

/* Fills p (n,) from utilities (n,). deviations (n,) is read by thompson only and may be
 * NULL for others. 1 <= n <= HONE_BANDIT_OPTIONS_MAX. */
void hone_bandit_probabilities(double *p, const struct hone_bandit_config *config,
                               const double *utilities, const double *deviations,
                               size_t n, uint64_t n_rewards);

/* Index of the option that (key, counter) draws. The same pair draws the same. */
size_t hone_bandit_draw(const double *p, size_t n, uint64_t key, uint64_t counter);

#endif
