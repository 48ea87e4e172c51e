/* guide: answers with the instructions of SKILL.md. Learns nothing. Thread: any. */
#ifndef HONE_SKILLS_KIND_GUIDE_H
#define HONE_SKILLS_KIND_GUIDE_H

#include "skills/kind.h"

extern const struct hone_kind hone_kind_guide;

#endif
