/* Off-policy evaluation: what a policy pi would have earned on calls that another policy
 * mu answered. Per record i: reward r, logged propensity mu(a|x), pi(a|x), and a reward
 * model's q(x, a) and v(x) = sum_b pi(b|x) q(x, b), made without this record's reward.
 *
 *   w = min(pi(a|x) / mu(a|x), CLIP)
 *   IPS    mean of w r                       (Horvitz and Thompson 1952)
 *   SNIPS  sum w r / sum w                   (Swaminathan and Joachims 2015)
 *   DR     mean of v + w (r - q)             (Dudik, Langford and Li 2011)
 *
 * Rewards and q are utilities brought to [0, 1] by the caller, which makes the ranges
 * below known. Intervals hold the value with 95 %:
 *   normal     value +- 1.96 se; for SNIPS by the delta method,
 *              se^2 = sum w^2 (r - SNIPS)^2 / (sum w)^2. Short, and right for some
 *              hundred records whose weights are not too uneven (see n_effective).
 *   bernstein  value +- sqrt(2 V ln(3/0.05) / n) + 3 R ln(3/0.05) / n, with V the sample
 *              variance (over n) and R the range of a term: Audibert, Munos and
 *              Szepesvari 2009. Holds for any n and is wide.
 *              R = CLIP for IPS and 1 + 2 CLIP for DR; SNIPS has no such bound and keeps
 *              the normal one.
 * Clipping biases towards the logged policy's side, downwards for rewards that are not
 * negative; how often it happened is told. Records of propensity 0 (or none, as old logs
 * may have) say nothing of any policy but by the model: they are counted and passed over.
 *
 * Pure; thread: any. */
#ifndef HONE_OPTIM_OFF_POLICY_H
#define HONE_OPTIM_OFF_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#define HONE_OFF_POLICY_CLIP 100.0

struct hone_off_policy_record {
    double reward;      /* in [0, 1] */
    double propensity;  /* mu(a|x), in (0, 1] */
    double target;      /* pi(a|x), in [0, 1] */
    double model;       /* q(x, a), in [0, 1] */
    double model_value; /* v(x), in [0, 1] */
};

/* Zeroed memory is no record. */
struct hone_off_policy {
    uint64_t n, n_passed_over, n_clipped;
    double sum_w, sum_w2, sum_wr, sum_w2r, sum_w2r2; /* w2: w squared */
    double sum_dr, sum_dr2, sum_r, sum_r2;
};

enum hone_off_policy_interval {
    HONE_OFF_POLICY_NORMAL,
    HONE_OFF_POLICY_BERNSTEIN,
};

/* An estimate with its interval. */
struct hone_off_policy_value {
    double value, low, high;
};

struct hone_off_policy_report {
    uint64_t n, n_passed_over, n_clipped;
    double n_effective;                  /* (sum w)^2 / sum w^2, Kish 1965 */
    struct hone_off_policy_value logged; /* what the calls did earn */
    struct hone_off_policy_value ips, snips, dr;
};

/* False, and counted as passed over, for a record with a value out of its range. */
bool hone_off_policy_add(struct hone_off_policy *sums,
                         const struct hone_off_policy_record *record);
/* Estimates without any record are 0 with the interval [0, 1]; with one record the
 * intervals are [0, 1]. */
void hone_off_policy_judge(const struct hone_off_policy *sums,
                           enum hone_off_policy_interval interval,
                           struct hone_off_policy_report *out);

#endif
