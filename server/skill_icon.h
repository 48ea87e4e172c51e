/* The icon of a skill, as clients see it. Thread: any. */
#ifndef HONE_SERVER_SKILL_ICON_H
#define HONE_SERVER_SKILL_ICON_H

#include "base/attr.h"
#include "skills/package.h"

#include <jansson.h>

/* A list of icons as MCP writes it; new reference, or NULL when the package has none. */
json_t *hone_skill_icon(const struct hone_package *package) HONE_MUST_USE;

#endif
