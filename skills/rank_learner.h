/* The learner of the rank kind: a ranker of optim/ and what a package and an event mean to it.
 * The void pointers are those of struct hone_kind's table, whose comments are the contract of
 * each function here. Thread: TRAIN lane. */
#ifndef HONE_SKILLS_RANK_LEARNER_H
#define HONE_SKILLS_RANK_LEARNER_H

#include "skills/kind.h"
#include "skills/rank_input.h"

int hone_rank_learner_create(void **learner, const struct hone_package *package,
                             struct hone_error *err) HONE_MUST_USE;
int hone_rank_learner_load(void **learner, const struct hone_package *package,
                           const char *path, char **extra,
                           struct hone_error *err) HONE_MUST_USE;
void hone_rank_learner_destroy(void *learner);
int hone_rank_learner_learn(void *learner, const struct hone_package *package,
                            const struct hone_event *event,
                            struct hone_error *err) HONE_MUST_USE;
int hone_rank_learner_adapt(void *learner, const struct hone_package *package,
                            uint64_t position, struct hone_error *err) HONE_MUST_USE;
bool hone_rank_learner_fits(void *learner, const struct hone_package *package);
void *hone_rank_learner_freeze(void *learner);
void *hone_rank_learner_peek(void *learner);
void hone_rank_learner_restore(void *learner, void *mark);

/* The order that a feedback means, as indices of the query's candidates, without ids that are
 * not there or come again; empty for a reward or comment. order has room for
 * HONE_RANKER_ORDER_MAX. */
size_t hone_rank_learner_order(const struct hone_rank_input *input,
                               const struct hone_ranker_view *view,
                               const struct hone_feedback *feedback, uint32_t *order);

#endif
