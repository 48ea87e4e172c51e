/* Writes a skill of kind classify from a set of labels: SKILL.md and skill.yaml.
 *
 * Blocks; gives up (bench/support/fail.h) when it cannot. Thread: any. */
#ifndef HONE_BENCH_SUPPORT_MAKE_SKILL_H
#define HONE_BENCH_SUPPORT_MAKE_SKILL_H

#include "bench/support/dataset.h"

/* Makes PARENT/NAME. A row of labels is a label and, as its text, its description. */
void hone_make_skill(const char *parent, const char *name,
                     const struct hone_dataset *labels);

#endif
