/* Reads values out of JSON text that is known to be valid (schema/json_scan.h), without
 * parsing it. Allocates only what decoding needs, in an arena. Thread: any. */
#ifndef HONE_SCHEMA_JSON_WALK_H
#define HONE_SCHEMA_JSON_WALK_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/span.h"

#include <stdbool.h>

/* Where the walk through an object's members, or an array's items, has come. */
struct hone_json_walk {
    const char *at, *end;
};

/* Before the first member of an object; of anything else there is none. White space may
 * stand before it. */
void hone_json_walk_begin(struct hone_json_walk *out, struct hone_span object);
/* False at the end. key: the text between the quotes, escapes and all; value: its text.
 * Both borrowed. */
bool hone_json_walk_next(struct hone_json_walk *walk, struct hone_span *key,
                         struct hone_span *value);
/* The same for an array's items. */
void hone_json_walk_begin_items(struct hone_json_walk *out, struct hone_span array);
bool hone_json_walk_next_item(struct hone_json_walk *walk, struct hone_span *value);
/* Does a key's text, escapes and all, say this? */
bool hone_json_walk_key_is(struct hone_span key, const char *text);
/* The value of a member; empty when the object has none of that key or is not an
 * object. */
struct hone_span hone_json_walk_member(struct hone_span object, const char *key);

static inline bool hone_json_walk_is_string(struct hone_span value)
{
    return value.len > 0 && value.data[0] == '"';
}

static inline bool hone_json_walk_is_object(struct hone_span value)
{
    return value.len > 0 && value.data[0] == '{';
}

static inline bool hone_json_walk_is_null(struct hone_span value)
{
    return value.len > 0 && value.data[0] == 'n';
}

/* What a string's text says: borrowed from it when it has no escapes, else in the arena.
 * A value that is no string gives the span of NULL; a string's data never is NULL.
 * HONE_E_NOMEM when the arena is full. */
int hone_json_walk_text(struct hone_span *out, struct hone_span value,
                        struct hone_arena *arena) HONE_MUST_USE;

/* Value of a hexadecimal digit; -1 for another byte. */
int hone_json_walk_hex(char digit);

#endif
