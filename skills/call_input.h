/* The arguments of a call as a kind reads them: the JSON text that was sent, or the value
 * made of it. Both say the same. Borrows both. Thread: any. */
#ifndef HONE_SKILLS_CALL_INPUT_H
#define HONE_SKILLS_CALL_INPUT_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/span.h"

#include <jansson.h>

struct hone_call_input {
    /* Of an object that hone_json_parse accepts; empty: no arguments. Not read where the
     * value is there. */
    struct hone_span text;
    const json_t *value; /* NULL: there is the text alone */
};

/* What a string among them says: borrowed, or in the arena. The span of NULL when it is
 * absent or no string. HONE_E_NOMEM when the arena is full. */
int hone_call_input_text(struct hone_span *out, const struct hone_call_input *arguments,
                         const char *key, struct hone_arena *arena) HONE_MUST_USE;

#endif
