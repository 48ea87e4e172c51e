/* What the tests of trainers need besides. Thread: worker, no shared state. */
#ifndef HONE_SKILLS_TRAINER_INTERNAL_H
#define HONE_SKILLS_TRAINER_INTERNAL_H

#include <stdint.h>

struct hone_trainer;

uint32_t hone_trainer_anchor_version(const struct hone_trainer *trainer);

#endif
