/* The kind `rank`: a query and candidates -> the candidates in order, best first, with
 * scores and probabilities. */
#ifndef HONE_SKILLS_KIND_RANK_H
#define HONE_SKILLS_KIND_RANK_H

#include "skills/kind.h"

extern const struct hone_kind hone_kind_rank;

#endif
