/* References inside one schema: "#", "#/json/pointer", "#anchor", each also after the
 * schema's own $id. Thread: any. */
#ifndef HONE_SCHEMA_REFERENCE_H
#define HONE_SCHEMA_REFERENCE_H

#include <jansson.h>

/* What follows '#'; borrowed from reference. NULL when the reference
 * leaves the schema. */
const char *hone_reference_fragment(const json_t *root, const char *reference);
/* The value that a JSON Pointer in a fragment ("" or "/a/b") names, or NULL. Borrowed. */
const json_t *hone_reference_find(const json_t *root, const char *pointer);

#endif
