/* The learner of the classify kind: a classifier of optim/ and what a package and an
 * event mean to it. The void pointers are those of struct hone_kind's table, whose
 * comments are the contract of each function here. Thread: TRAIN lane. */
#ifndef HONE_SKILLS_CLASSIFY_LEARNER_H
#define HONE_SKILLS_CLASSIFY_LEARNER_H

#include "skills/kind.h"

uint64_t hone_classify_learner_seed(const struct hone_package *package);
int hone_classify_learner_create(void **learner, const struct hone_package *package,
                                 struct hone_error *err) HONE_MUST_USE;
int hone_classify_learner_load(void **learner, const struct hone_package *package,
                               const char *path, char **extra,
                               struct hone_error *err) HONE_MUST_USE;
void hone_classify_learner_destroy(void *learner);
int hone_classify_learner_learn(void *learner, const struct hone_package *package,
                                const struct hone_event *event,
                                struct hone_error *err) HONE_MUST_USE;
bool hone_classify_learner_drifted(void *learner);
json_t *hone_classify_learner_measure(void *learner);
size_t hone_classify_learner_memory_bytes(void *learner);
int hone_classify_learner_adapt(void *learner, const struct hone_package *package,
                                uint64_t position, struct hone_error *err) HONE_MUST_USE;
bool hone_classify_learner_fits(void *learner, const struct hone_package *package);
void *hone_classify_learner_freeze(void *learner);
void *hone_classify_learner_peek(void *learner);
void *hone_classify_learner_mark_create(void *learner);
void hone_classify_learner_restore(void *learner, void *mark);

#endif
