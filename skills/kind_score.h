/* score: predicts a number with an interval and learns from true values.
 *
 * The answer's structured form is {value, low, high, coverage, unit}; low and high are null
 * while too little is known for an interval. The learner is a regressor of optim/; its file
 * is the regressor's. Thread: as skills/kind.h says of each function. */
#ifndef HONE_SKILLS_KIND_SCORE_H
#define HONE_SKILLS_KIND_SCORE_H

#include "skills/kind.h"

extern const struct hone_kind hone_kind_score;

#endif
