/* classify: chooses one label for an input and learns from labels, corrections and
 * rewards.
 *
 * The answer's structured form is {label, confidence, abstained, alternatives}. Labels
 * are plain strings in the interface, so that a label set may grow without moving it. The
 * learner is a classifier of optim/; its file is the classifier's. Thread: as
 * skills/kind.h says of each function. */
#ifndef HONE_SKILLS_KIND_CLASSIFY_H
#define HONE_SKILLS_KIND_CLASSIFY_H

#include "skills/kind.h"

extern const struct hone_kind hone_kind_classify;

#endif
