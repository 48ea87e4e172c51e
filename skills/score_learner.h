/* The learner of the score kind: a regressor of optim/ and what a package and an event mean
 * to it. The void pointers are those of struct hone_kind's table, whose comments are the
 * contract of each function here; views and marks are both the regressor's views. Thread:
 * TRAIN lane. */
#ifndef HONE_SKILLS_SCORE_LEARNER_H
#define HONE_SKILLS_SCORE_LEARNER_H

#include "skills/kind.h"

int hone_score_learner_create(void **learner, const struct hone_package *package,
                              struct hone_error *err) HONE_MUST_USE;
int hone_score_learner_load(void **learner, const struct hone_package *package,
                            const char *path, char **extra,
                            struct hone_error *err) HONE_MUST_USE;
void hone_score_learner_destroy(void *learner);
int hone_score_learner_learn(void *learner, const struct hone_package *package,
                             const struct hone_event *event,
                             struct hone_error *err) HONE_MUST_USE;
int hone_score_learner_adapt(void *learner, const struct hone_package *package,
                             uint64_t position, struct hone_error *err) HONE_MUST_USE;
bool hone_score_learner_fits(void *learner, const struct hone_package *package);
void *hone_score_learner_freeze(void *learner);
void *hone_score_learner_peek(void *learner);
void hone_score_learner_restore(void *learner, void *mark);

/* The true value that an event names; false when it names none that the package takes. */
bool hone_score_learner_value(const struct hone_package *package,
                              const struct hone_event *event, double *value);

#endif
