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

/* Those of any kind whose state is a classifier's: the functions of optim/ without their
 * types. Scratch and views: any thread. */
void *hone_classify_learner_make_scratch(void);
void hone_classify_learner_destroy_scratch(void *scratch);
void *hone_classify_learner_view_ref(void *view);
void hone_classify_learner_view_unref(void *view);
void hone_classify_learner_mark_destroy(void *mark);
void *hone_classify_learner_mark_view(void *mark);
int hone_classify_learner_save_create(void **save, void *mark, const char *path,
                                      struct hone_span extra,
                                      struct hone_error *err) HONE_MUST_USE;
int hone_classify_learner_save_step(void *save, size_t max_bytes,
                                    struct hone_error *err) HONE_MUST_USE;
void hone_classify_learner_save_result(const void *save, struct hone_digest *digest,
                                       uint64_t *size_bytes);
void hone_classify_learner_save_destroy(void *save);

/* The members of a kind's table that do not depend on what is answered and learnt. */
#define HONE_CLASSIFY_LEARNER_MEMBERS                                                    \
    .make_scratch = hone_classify_learner_make_scratch,                                  \
    .destroy_scratch = hone_classify_learner_destroy_scratch,                            \
    .create = hone_classify_learner_create, .load = hone_classify_learner_load,          \
    .destroy = hone_classify_learner_destroy, .drifted = hone_classify_learner_drifted,  \
    .memory_bytes = hone_classify_learner_memory_bytes,                                  \
    .adapt = hone_classify_learner_adapt, .fits = hone_classify_learner_fits,            \
    .freeze = hone_classify_learner_freeze, .peek = hone_classify_learner_peek,          \
    .view_ref = hone_classify_learner_view_ref,                                          \
    .view_unref = hone_classify_learner_view_unref,                                      \
    .mark_create = hone_classify_learner_mark_create,                                    \
    .mark_destroy = hone_classify_learner_mark_destroy,                                  \
    .mark_view = hone_classify_learner_mark_view,                                        \
    .restore = hone_classify_learner_restore,                                            \
    .save_create = hone_classify_learner_save_create,                                    \
    .save_step = hone_classify_learner_save_step,                                        \
    .save_result = hone_classify_learner_save_result,                                    \
    .save_destroy = hone_classify_learner_save_destroy

#endif
