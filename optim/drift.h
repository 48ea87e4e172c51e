/* Drift detector: has what is right changed under a learner?
 *
 * Compares the errors of the newest 50 outcomes with those of the 300 before, each time
 * 25 more have come:
 *   z = (e - r) / sqrt(max(r (1 - r), 0.02) (1/50 + 1/300)),    alarm when z > 4, twice
 * in a row. e and r are the two error rates: the two-sample test of proportions, with the
 * variance kept away from 0 so that a learner that hardly errs is not alarmed by two
 * errors. Half of what the second look sees is new, so a run of bad luck rarely passes
 * both, and a change costs 25 examples more to find. An outcome is prequential: what the
 * learner said of an example before it learnt it. A learner that gets better never
 * alarms; only abrupt changes are found. Source of the method: Gama, Medas, Castillo and
 * Rodrigues 2004 (drift detection by the error rate). Pure; thread: any. */
#ifndef HONE_OPTIM_DRIFT_H
#define HONE_OPTIM_DRIFT_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

#define HONE_DRIFT_CURRENT   50
#define HONE_DRIFT_REFERENCE 300
#define HONE_DRIFT_EVERY     25
#define HONE_DRIFT_COMPARED  (HONE_DRIFT_CURRENT + HONE_DRIFT_REFERENCE)
#define HONE_DRIFT_OUTCOMES  (HONE_DRIFT_COMPARED + HONE_DRIFT_EVERY)
#define HONE_DRIFT_WORDS     ((HONE_DRIFT_OUTCOMES + 63) / 64)

/* The complete state; zeroed memory is a detector that has seen nothing. */
struct hone_drift {
    uint64_t n; /* outcomes since the last reset */
    /* Bit i % 375: was outcome i an error? 0 for those that have not come. */
    uint64_t errors[HONE_DRIFT_WORDS]; // (6,)
};

void hone_drift_reset(struct hone_drift *drift);
/* True on alarm. The detector goes on as it is; whoever acts on the alarm resets it. */
bool hone_drift_add(struct hone_drift *drift, bool is_error) HONE_MUST_USE;
/* Can add have made this state? */
bool hone_drift_is_valid(const struct hone_drift *drift);

#endif
