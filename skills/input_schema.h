/* The input schema of a skill whose arguments are its package's fields. Thread: any. */
#ifndef HONE_SKILLS_INPUT_SCHEMA_H
#define HONE_SKILLS_INPUT_SCHEMA_H

#include "base/attr.h"
#include "skills/package.h"

#include <jansson.h>

/* New reference; NULL when memory is out. */
json_t *hone_input_schema_make(const struct hone_package *package) HONE_MUST_USE;

#endif
