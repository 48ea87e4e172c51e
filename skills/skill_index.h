/* Finds skills by words: an index of names, titles, descriptions and labels, scored by
 * Okapi BM25. Skills are borrowed and must outlive it. Thread: any, one at a time. */
#ifndef HONE_SKILLS_SKILL_INDEX_H
#define HONE_SKILLS_SKILL_INDEX_H

#include "base/span.h"
#include "skills/registry.h"

#include <stddef.h>

struct hone_skill_index;

struct hone_skill_match {
    struct hone_skill *skill;
    double score;
};

struct hone_skill_index *hone_skill_index_create(void);
void hone_skill_index_destroy(struct hone_skill_index *index); /* accepts NULL */
void hone_skill_index_add(struct hone_skill_index *index, struct hone_skill *skill);

/* The best matches, best first, of equals the one that was added first; those without any
 * word of the query are left out. Returns how many, at most max. */
size_t hone_skill_index_find(const struct hone_skill_index *index, struct hone_span query,
                             struct hone_skill_match *out, size_t max);

#endif
