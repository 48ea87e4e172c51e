/* What another policy would have earned on the recorded calls of a choose skill
 * (off_policy.h), in units of the reward: utility = reward - cost_weight * cost.
 *
 * Progressive: a learner of its own begins as the package does and goes through the log;
 * each first reward of a call is judged by policy and model before it is learnt. So
 * neither is judged on what it has learnt from, and a policy that learns is judged as it
 * would have been on its way, not as it is at the end.
 *
 * Thread: any, one at a time. */
#ifndef HONE_SKILLS_CHOOSE_EVAL_H
#define HONE_SKILLS_CHOOSE_EVAL_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "optim/off_policy.h"
#include "skills/event.h"
#include "skills/package.h"

#include <jansson.h>

struct hone_choose_eval;

/* policy: what hone_bandit_config_parse reads, or "always:OPTION". package must outlive
 * the evaluation. HONE_E_INVALID: not a choose skill, or not a policy. */
int hone_choose_eval_create(struct hone_choose_eval **out,
                            const struct hone_package *package, struct hone_span policy,
                            enum hone_off_policy_interval interval,
                            struct hone_error *err) HONE_MUST_USE;
void hone_choose_eval_destroy(struct hone_choose_eval *eval); /* accepts NULL */

/* The next feedback event, and the propensity that its call recorded. Feedback that says
 * nothing of an option that there is today, and calls that are no longer kept (input
 * NULL), are counted and passed over. */
int hone_choose_eval_add(struct hone_choose_eval *eval, const struct hone_event *event,
                         double propensity, struct hone_error *err) HONE_MUST_USE;

/* {policy, interval, records, passed_over, clipped, effective, logged, ips, snips, dr}:
 * the last four {value, low, high}. New reference. */
json_t *hone_choose_eval_report(const struct hone_choose_eval *eval);

#endif
