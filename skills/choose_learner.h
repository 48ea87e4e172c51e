/* The learner of the choose kind: that of classify (options are its labels, and it learns
 * from rewards alone), with the gain of choose_gain.h beside it. The void pointers are
 * those of struct hone_kind's table, whose comments are the contract of each function
 * here; views are struct hone_choose_view. Thread: TRAIN lane.
 *
 * In a file, the learner's own state is in the metadata, around what the caller of save
 * gave: {"gain":{...},"extra":{...}}. */
#ifndef HONE_SKILLS_CHOOSE_LEARNER_H
#define HONE_SKILLS_CHOOSE_LEARNER_H

#include "skills/kind.h"

int hone_choose_learner_create(void **learner, const struct hone_package *package,
                               struct hone_error *err) HONE_MUST_USE;
int hone_choose_learner_load(void **learner, const struct hone_package *package,
                             const char *path, char **extra,
                             struct hone_error *err) HONE_MUST_USE;
void hone_choose_learner_destroy(void *learner);
int hone_choose_learner_learn(void *learner, const struct hone_package *package,
                              const struct hone_event *event,
                              struct hone_error *err) HONE_MUST_USE;
int hone_choose_learner_adapt(void *learner, const struct hone_package *package,
                              uint64_t position, struct hone_error *err) HONE_MUST_USE;
size_t hone_choose_learner_memory_bytes(void *learner);
bool hone_choose_learner_fits(void *learner, const struct hone_package *package);
void *hone_choose_learner_freeze(void *learner);
void *hone_choose_learner_peek(void *learner);
void *hone_choose_learner_mark_create(void *learner);
void hone_choose_learner_mark_destroy(void *mark);
void *hone_choose_learner_mark_view(void *mark);
void hone_choose_learner_restore(void *learner, void *mark);
int hone_choose_learner_save_create(void **save, void *mark, const char *path,
                                    struct hone_span extra,
                                    struct hone_error *err) HONE_MUST_USE;

/* The option that a feedback is about and what it says of it, as a share of the reward's
 * range. A reward is about the call's answer; a label or correction names an option that
 * would have earned the best reward. False: it is about none. */
bool hone_choose_learner_judged(const struct hone_package *package,
                                const struct hone_event *event, size_t *option,
                                double *share);

#endif
