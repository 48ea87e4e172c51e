/* classify with multi_label: gives each label that is probable enough for an input, none or
 * several, and learns from sets of labels, single labels and rewards (classify_sets.h).
 *
 * The answer's structured form is {labels: [{label, confidence}], confidence, abstained,
 * alternatives}. In packages its name is that of kind_classify.h; manifest.c puts it in place.
 * Thread: as skills/kind.h says of each function. */
#ifndef HONE_SKILLS_KIND_CLASSIFY_SETS_H
#define HONE_SKILLS_KIND_CLASSIFY_SETS_H

#include "skills/kind.h"

extern const struct hone_kind hone_kind_classify_sets;

#endif
