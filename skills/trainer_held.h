/* What a trainer's states are made of. Marks belong to the learner that made them, so
 * learners are counted: the last mark of one, or the trainer that learns with it, ends it.
 * Thread: TRAIN lane (one owner at a time). */
#ifndef HONE_SKILLS_TRAINER_HELD_H
#define HONE_SKILLS_TRAINER_HELD_H

#include "skills/kind.h"
#include "skills/trainer_file.h"

#include <jansson.h>

/* A learner with its owners counted: the served state and the marks made of it. */
struct hone_trainer_source {
    unsigned n_refs;
    const struct hone_kind *kind;
    void *learner;
};

/* A mark with what was known when it was made. */
struct hone_trainer_held {
    unsigned n_refs;
    struct hone_trainer_source *source;
    void *mark;
    struct hone_trainer_file known;
    json_t *definition; /* of the package, when it was made */
};

struct hone_trainer_source *hone_trainer_held_source_take(const struct hone_kind *kind,
                                                          void *learner);
/* New reference. */
struct hone_trainer_source *
hone_trainer_held_source_ref(struct hone_trainer_source *source);
void hone_trainer_held_source_unref(
    struct hone_trainer_source *source); /* accepts NULL */

/* A mark of the learner as it is now. */
struct hone_trainer_held *hone_trainer_held_create(struct hone_trainer_source *source,
                                                   const struct hone_trainer_file *known,
                                                   json_t *definition);
/* New reference. */
struct hone_trainer_held *hone_trainer_held_ref(struct hone_trainer_held *held);
void hone_trainer_held_unref(struct hone_trainer_held *held); /* accepts NULL */

#endif
