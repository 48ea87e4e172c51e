/* tally: chooses one of the package's labels by counting the words of what it was taught;
 * as small as a kind that learns can be. docs/how-to-add-a-kind.md goes through it. */
#ifndef HONE_EXAMPLES_TINY_KIND_KIND_TALLY_H
#define HONE_EXAMPLES_TINY_KIND_KIND_TALLY_H

#include "skills/kind.h"

extern const struct hone_kind hone_kind_tally;

#endif
