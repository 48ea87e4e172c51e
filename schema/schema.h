/* A JSON Schema 2020-12 validator for tool arguments, manifests and configuration.
 * docs/schema.md lists the keywords; a keyword of an older dialect that would change the
 * verdict is refused when the schema is compiled, unknown annotations are ignored. No network, local $ref only, bounded depth and steps. A compiled schema is
 * immutable: thread any. */
#ifndef HONE_SCHEMA_SCHEMA_H
#define HONE_SCHEMA_SCHEMA_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>

#define HONE_SCHEMA_POINTER_MAX 256

struct hone_schema;

/* Takes its own deep copy of the schema. HONE_E_INVALID, HONE_E_UNSUPPORTED (dialect
 * or keyword), HONE_E_LIMIT. */
int hone_schema_compile(struct hone_schema **out, const json_t *schema,
                        struct hone_error *err) HONE_MUST_USE;
void hone_schema_destroy(struct hone_schema *schema); /* accepts NULL */

/* Where a value fails: pointer is a JSON Pointer into the value, keyword
 * the rule broken. */
struct hone_schema_fault {
    char pointer[HONE_SCHEMA_POINTER_MAX];
    char keyword[32];
};

/* 0 or HONE_E_INVALID with a sentence that a model or a person can act on, e.g.
 * "/text: expected a string, got 5" (and the nearest known key for a key that is not
 * allowed); HONE_E_LIMIT, with an empty fault, when the check would take too many steps
 * or levels. fault may be NULL and is filled only on failure. */
int hone_schema_check(const struct hone_schema *schema, const json_t *value,
                      struct hone_schema_fault *fault,
                      struct hone_error *err) HONE_MUST_USE;

/* True: the value of this JSON text passes hone_schema_check. False says nothing, that has
 * to be asked. Quick for what is small and simple, and makes no values. text: known to be
 * valid (schema/json_scan.h), without white space around it. */
bool hone_schema_accepts(const struct hone_schema *schema, struct hone_span text);

#endif
