/* How two states of a classify skill differ, for people: see compare in kind.h.
 * Thread: any that may read the views. */
#ifndef HONE_SKILLS_CLASSIFY_COMPARE_H
#define HONE_SKILLS_CLASSIFY_COMPARE_H

#include "skills/package.h"

#include <jansson.h>

#define HONE_CLASSIFY_COMPARE_FEATURES 5 /* of each label that are told */

json_t *hone_classify_compare(const struct hone_package *package, void *before,
                              void *after, const json_t *inputs);

#endif
