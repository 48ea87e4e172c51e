#include "skills/trainer_held.h"

#include "base/alloc.h"

#include <stdlib.h>

struct hone_trainer_source *hone_trainer_held_source_take(const struct hone_kind *kind,
                                                          void *learner)
{
    struct hone_trainer_source *source = hone_alloc_zeroed(1, sizeof(*source));
    *source = (struct hone_trainer_source){.n_refs = 1, .kind = kind, .learner = learner};
    return source;
}

struct hone_trainer_source *
hone_trainer_held_source_ref(struct hone_trainer_source *source)
{
    source->n_refs++;
    return source;
}

void hone_trainer_held_source_unref(struct hone_trainer_source *source)
{
    if (source == NULL || --source->n_refs > 0) {
        return;
    }
    source->kind->destroy(source->learner);
    free(source);
}

struct hone_trainer_held *hone_trainer_held_create(struct hone_trainer_source *source,
                                                   const struct hone_trainer_file *known,
                                                   json_t *definition)
{
    struct hone_trainer_held *held = hone_alloc_zeroed(1, sizeof(*held));
    held->n_refs = 1;
    held->source = hone_trainer_held_source_ref(source);
    held->mark = source->kind->mark_create(source->learner);
    held->known = *known;
    held->definition = json_incref(definition);
    return held;
}

struct hone_trainer_held *hone_trainer_held_ref(struct hone_trainer_held *held)
{
    held->n_refs++;
    return held;
}

void hone_trainer_held_unref(struct hone_trainer_held *held)
{
    if (held == NULL || --held->n_refs > 0) {
        return;
    }
    held->source->kind->mark_destroy(held->mark);
    json_decref(held->definition);
    hone_trainer_held_source_unref(held->source);
    free(held);
}
