/* The kind choose: a context to one of the package's options, by a contextual bandit
 * whose propensity is recorded; learns from rewards, which may come late. See
 * docs/learning.md. */
#ifndef HONE_SKILLS_KIND_CHOOSE_H
#define HONE_SKILLS_KIND_CHOOSE_H

#include "skills/kind.h"

extern const struct hone_kind hone_kind_choose;

#endif
