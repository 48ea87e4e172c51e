#include "skills/call_input.h"

#include "schema/json.h"
#include "schema/json_walk.h"

int hone_call_input_text(struct hone_span *out, const struct hone_call_input *arguments,
                         const char *key, struct hone_arena *arena)
{
    if (arguments->value != NULL) {
        *out = hone_json_text(arguments->value, key);
        return 0;
    }
    return hone_json_walk_text(out, hone_json_walk_member(arguments->text, key), arena);
}
