/* Values of JSON text that is known to be valid (schema/json_scan.h): what hone_json_parse
 * gives, without looking at each byte of a string again. Thread: any. */
#ifndef HONE_SCHEMA_JSON_BUILD_H
#define HONE_SCHEMA_JSON_BUILD_H

#include "base/arena.h"
#include "base/span.h"

#include <jansson.h>

/* A new reference; NULL when memory or the arena, in which escapes are decoded, is full. */
json_t *hone_json_build(struct hone_span value, struct hone_arena *arena);

#endif
