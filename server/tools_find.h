/* find_skill: which skills fit a task, and run_skill's schema. Thread: loop. */
#ifndef HONE_SERVER_TOOLS_FIND_H
#define HONE_SERVER_TOOLS_FIND_H

#include "base/buf.h"
#include "skills/registry.h"

#include <jansson.h>

struct hone_tools_find;

/* Over the skills that are served. */
struct hone_tools_find *hone_tools_find_create(const struct hone_registry *registry);
void hone_tools_find_destroy(struct hone_tools_find *find); /* accepts NULL */

/* arguments: {query, limit?}, checked. The answer as text for a model, and as a new
 * reference {"skills": [{name, title, description, input_schema}]}, best first. */
json_t *hone_tools_find_run(const struct hone_tools_find *find, const json_t *arguments,
                            struct hone_buf *text);
/* {}; borrowed. */
const json_t *hone_tools_find_no_arguments(const struct hone_tools_find *find);

/* Schemas as JSON text. Static. */
const char *hone_tools_find_input_schema(void);
const char *hone_tools_find_output_schema(void);
const char *hone_tools_find_run_schema(void);

#endif
