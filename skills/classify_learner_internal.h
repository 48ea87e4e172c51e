/* What the learner of single labels shares with that of sets (classify_sets.h). Thread: as
 * classify_learner.h. */
#ifndef HONE_SKILLS_CLASSIFY_LEARNER_INTERNAL_H
#define HONE_SKILLS_CLASSIFY_LEARNER_INTERNAL_H

#include "base/attr.h"
#include "base/error.h"
#include "optim/classifier.h"
#include "skills/package.h"

#include <stdint.h>

/* Borrowed. */
struct hone_classifier *hone_classify_learner_model(void *learner);
/* Of the state as it is; lives until it changes. */
const struct hone_classifier_view *hone_classify_learner_view(void *learner);
/* The state has changed: views that were given are of the one before. */
void hone_classify_learner_changed(void *learner);
/* Adds a label that feedback brought, when the package allows it. 1 added, 0 not allowed. */
int hone_classify_learner_add_open(void *learner, const struct hone_package *package,
                                   struct hone_span name, uint64_t position,
                                   uint32_t *label, struct hone_error *err) HONE_MUST_USE;
/* What the feedback's weight becomes with that of the package's label. */
float hone_classify_learner_weigh(void *learner, const struct hone_package *package,
                                  uint32_t label, double weight);

#endif
