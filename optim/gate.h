/* The gate's arithmetic: paired evidence of anchor against served state, and a verdict.
 *
 * A pair is one record that neither side has learnt from, scored by both. The rule is
 * fixed; with at least min_pairs pairs:
 *   rejected      the mean gain in log loss, or accuracy, is more than 3 standard errors
 *                 below zero
 *   promoted      the mean gain is not below -0.5 standard errors AND accuracy is not
 *                 worse by more than 2
 *   inconclusive  neither: evidence starts anew and learning goes on. A skill with many
 *                 labels may predict a little worse after its first few; that is no
 *                 reason to take them back.
 *
 * Beside the rule a harm test runs all the time (betting.h, H0: the served state's losses
 * are higher by at most 0.01 nats in the mean): once its wealth has reached 100 the
 * verdict is rejected, however few pairs there are. A served state that does no harm is
 * rejected by it with a probability of at most 0.01 per anchor, however long it is looked
 * at. The gain's own test (H0: no gain) is stricter than the rule, and only reported by it.
 *
 * The strict rule is that test alone, for what is not served before it is proven: promoted
 * once its wealth has reached 1 / alpha_j, rejected by the harm test only, inconclusive when
 * 10 min_pairs pairs have not proven anything. The j-th proposal has alpha_j = 0.05 * 6 /
 * (pi^2 j^2), which adds up to 0.05 over all: that is the probability with which anything
 * that is no better is ever promoted. The rule of either promotes when one of the two does.
 *
 * `struct hone_gate_evidence` is part of a skill's saved state and is only changed by the
 * functions here. Pure; thread: any. */
#ifndef HONE_OPTIM_GATE_H
#define HONE_OPTIM_GATE_H

#include "optim/betting.h"

#include <stdbool.h>
#include <stdint.h>

#define HONE_GATE_GAIN_CLIP 2.0 /* nats; a pair's gain is clipped to +- this */

enum hone_gate_verdict {
    HONE_GATE_INCONCLUSIVE,
    HONE_GATE_PROMOTED,
    HONE_GATE_REJECTED,
    HONE_GATE_ERROR,
};

enum hone_gate_rule {
    HONE_GATE_FIXED, /* the default */
    HONE_GATE_STRICT,
    HONE_GATE_EITHER,
};

struct hone_gate_config {
    uint32_t min_pairs; /* default 200 */
    enum hone_gate_rule rule;
    uint64_t n_proposals; /* judged by the strict test before this one */
};

struct hone_gate_evidence {
    uint64_t n_pairs;
    /* gain = loss of anchor - loss of served, clipped */
    double sum_gain, sum_gain_squared;
    uint64_t n_anchor_right, n_served_right; /* of n_pairs */
    uint64_t n_only_anchor, n_only_served;   /* right where the other was wrong */
    /* Since the anchor: an inconclusive verdict does not begin them anew. */
    struct hone_betting gain, harm;
};

struct hone_gate_report {
    enum hone_gate_verdict verdict;
    const char *reason; /* static text: why this verdict */
    bool decides;       /* is it time to act on it? */
    uint64_t n_pairs;
    double mean_gain, se_gain; /* nats */
    double anchor_accuracy, served_accuracy;
    double accuracy_difference, se_accuracy_difference;
    /* Of the tests by betting, in nats: at their highest. */
    double log_wealth_gain, log_wealth_harm;
    uint32_t n_sources; /* who gave the pairs; filled by whoever counts them */
};

void hone_gate_config_default(struct hone_gate_config *config);
void hone_gate_reset(struct hone_gate_evidence *evidence);
/* The same but for the tests by betting: the anchor stays. */
void hone_gate_renew(struct hone_gate_evidence *evidence);
/* Of the strict rule's j-th proposal, j = 1, 2, 3 ... */
double hone_gate_alpha(uint64_t proposal);
/* Losses in nats; one that is not finite makes the verdict HONE_GATE_ERROR for good. */
void hone_gate_add(struct hone_gate_evidence *evidence, double loss_anchor,
                   double loss_served, bool anchor_right, bool served_right);
void hone_gate_judge(const struct hone_gate_evidence *evidence,
                     const struct hone_gate_config *config,
                     struct hone_gate_report *report);
const char *hone_gate_verdict_name(enum hone_gate_verdict verdict);

#endif
