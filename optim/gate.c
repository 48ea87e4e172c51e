#include "optim/gate.h"

#include <float.h>
#include <math.h>

#define MIN_PAIRS_DEFAULT   200
#define GAIN_SE_TOLERATED   0.5
#define ACCURACY_SE_ALLOWED 2.0
/* So many standard errors below zero are harm beyond doubt. */
#define HARM_SE 3.0
/* Of the strict rule, over all proposals; the sum of 1 / j^2 is pi^2 / 6. */
#define STRICT_ALPHA        0.05
#define SUM_INVERSE_SQUARES 1.6449340668482264
#define STRICT_PAIRS_FACTOR 10
/* Of the harm test. The margin leaves room for learning, which begins by stumbling. */
#define HARM_ALPHA  0.01
#define HARM_MARGIN 0.01 /* nats */

/* Mark in the sum of squares that a loss was not finite: no gain added later brings it
 * back above 0, and unlike a NaN it survives being written as JSON. */
#define NOT_FINITE (-DBL_MAX)

void hone_gate_config_default(struct hone_gate_config *config)
{
    *config = (struct hone_gate_config){.min_pairs = MIN_PAIRS_DEFAULT};
}

void hone_gate_reset(struct hone_gate_evidence *evidence)
{
    *evidence = (struct hone_gate_evidence){0};
}

void hone_gate_renew(struct hone_gate_evidence *evidence)
{
    struct hone_betting gain = evidence->gain, harm = evidence->harm;
    *evidence = (struct hone_gate_evidence){.gain = gain, .harm = harm};
}

double hone_gate_alpha(uint64_t proposal)
{
    double j = (double)proposal;
    return STRICT_ALPHA / (SUM_INVERSE_SQUARES * j * j);
}

void hone_gate_add(struct hone_gate_evidence *evidence, double loss_anchor,
                   double loss_served, bool anchor_right, bool served_right)
{
    evidence->n_pairs += 1;
    evidence->n_anchor_right += anchor_right ? 1 : 0;
    evidence->n_served_right += served_right ? 1 : 0;
    evidence->n_only_anchor += anchor_right && !served_right ? 1 : 0;
    evidence->n_only_served += served_right && !anchor_right ? 1 : 0;
    if (!isfinite(loss_anchor) || !isfinite(loss_served)) {
        evidence->sum_gain_squared = NOT_FINITE;
        return;
    }
    double gain =
        fmin(fmax(loss_anchor - loss_served, -HONE_GATE_GAIN_CLIP), HONE_GATE_GAIN_CLIP);
    evidence->sum_gain += gain;
    evidence->sum_gain_squared += gain * gain;
    hone_betting_add(&evidence->gain, gain, 0.0);
    hone_betting_add(&evidence->harm, -gain, HARM_MARGIN);
}

static void fill_report(struct hone_gate_report *report,
                        const struct hone_gate_evidence *evidence)
{
    double n = (double)evidence->n_pairs;
    report->mean_gain = evidence->sum_gain / n;
    report->anchor_accuracy = (double)evidence->n_anchor_right / n;
    report->served_accuracy = (double)evidence->n_served_right / n;
    double only_anchor = (double)evidence->n_only_anchor;
    double only_served = (double)evidence->n_only_served;
    report->accuracy_difference = (only_served - only_anchor) / n;
    if (evidence->n_pairs < 2) {
        return;
    }
    double variance =
        (evidence->sum_gain_squared - n * report->mean_gain * report->mean_gain) /
        (n - 1.0);
    report->se_gain = sqrt(fmax(variance, 0.0) / n);
    /* The paired difference is +1, -1 or 0. */
    double difference = report->accuracy_difference;
    double difference_variance =
        ((only_served + only_anchor) - n * difference * difference) / (n - 1.0);
    report->se_accuracy_difference = sqrt(fmax(difference_variance, 0.0) / n);
}

static void set_verdict(struct hone_gate_report *report, enum hone_gate_verdict verdict,
                        const char *reason)
{
    report->verdict = verdict;
    report->reason = reason;
}

/* Identical sides have gain 0 and error 0: "not worse" holds with equality. */
static bool is_not_worse(const struct hone_gate_report *report)
{
    return report->mean_gain >= -GAIN_SE_TOLERATED * report->se_gain &&
           report->accuracy_difference >=
               -ACCURACY_SE_ALLOWED * report->se_accuracy_difference;
}

void hone_gate_judge(const struct hone_gate_evidence *evidence,
                     const struct hone_gate_config *config,
                     struct hone_gate_report *report)
{
    *report = (struct hone_gate_report){.n_pairs = evidence->n_pairs,
                                        .log_wealth_gain = evidence->gain.highest,
                                        .log_wealth_harm = evidence->harm.highest};
    if (!isfinite(evidence->sum_gain) || !(evidence->sum_gain_squared >= 0.0)) {
        set_verdict(report, HONE_GATE_ERROR, "a loss was not finite");
        report->decides = true;
        return;
    }
    if (evidence->n_pairs > 0) {
        fill_report(report, evidence);
    }
    bool gain_is_proven =
        hone_betting_rejects(&evidence->gain, hone_gate_alpha(config->n_proposals + 1));
    if (hone_betting_rejects(&evidence->harm, HARM_ALPHA)) {
        set_verdict(report, HONE_GATE_REJECTED, "the harm test has found harm");
    } else if (gain_is_proven && config->rule != HONE_GATE_FIXED) {
        set_verdict(report, HONE_GATE_PROMOTED, "the gain in log loss is proven");
    } else if (config->rule == HONE_GATE_STRICT) {
        set_verdict(report, HONE_GATE_INCONCLUSIVE, "no gain is proven yet");
    } else if (evidence->n_pairs == 0 || evidence->n_pairs < config->min_pairs) {
        set_verdict(report, HONE_GATE_INCONCLUSIVE, "too few pairs yet");
    } else if (report->mean_gain < -HARM_SE * report->se_gain) {
        set_verdict(report, HONE_GATE_REJECTED, "log loss is worse");
    } else if (report->accuracy_difference < -HARM_SE * report->se_accuracy_difference) {
        set_verdict(report, HONE_GATE_REJECTED, "accuracy is worse");
    } else if (is_not_worse(report)) {
        set_verdict(report, HONE_GATE_PROMOTED, "log loss and accuracy are not worse");
    } else {
        set_verdict(report, HONE_GATE_INCONCLUSIVE,
                    "perhaps worse; the next pairs will tell");
    }
    uint64_t enough = (uint64_t)config->min_pairs *
                      (config->rule == HONE_GATE_STRICT ? STRICT_PAIRS_FACTOR : 1);
    report->decides =
        report->verdict != HONE_GATE_INCONCLUSIVE || evidence->n_pairs >= enough;
}

const char *hone_gate_verdict_name(enum hone_gate_verdict verdict)
{
    static const char *const names[] = {"inconclusive", "promoted", "rejected", "error"};
    return (unsigned)verdict < sizeof(names) / sizeof(names[0]) ? names[verdict]
                                                                : "unknown";
}
