/* Gives back the text that it is given. Not a kind for packages: it measures the path of a
 * call, and stands in for a skill where none is wanted. Thread: any. */
#ifndef HONE_SKILLS_KIND_ECHO_H
#define HONE_SKILLS_KIND_ECHO_H

#include "skills/kind.h"

extern const struct hone_kind hone_kind_echo;

#endif
