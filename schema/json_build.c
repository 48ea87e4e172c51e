/* Strings are what is long in messages, and objects are what holds them; anything else is
 * left to the parser. The depth is bounded, as the scan bounded it. */
#include "schema/json_build.h"

#include "schema/json.h"
#include "schema/json_walk.h"

static json_t *build_string(struct hone_span value, struct hone_arena *arena)
{
    struct hone_span text;
    return hone_json_walk_text(&text, value, arena) == 0
               ? json_stringn_nocheck(text.data, text.len)
               : NULL;
}

static int add_member(json_t *object, struct hone_span key, struct hone_span value,
                      struct hone_arena *arena)
{
    /* A key is walked over without its quotes. */
    struct hone_span name;
    if (hone_json_walk_text(&name, hone_span_of(key.data - 1, key.len + 2), arena) != 0) {
        return -1;
    }
    json_t *member = hone_json_build(value, arena);
    return member != NULL
               ? json_object_setn_new_nocheck(object, name.data, name.len, member)
               : -1;
}

static json_t *build_object(struct hone_span value, struct hone_arena *arena)
{
    struct hone_json_walk walk;
    struct hone_span key, member;
    json_t *object = json_object();
    hone_json_walk_begin(&walk, value);
    while (object != NULL && hone_json_walk_next(&walk, &key, &member)) {
        if (add_member(object, key, member, arena) != 0) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

json_t *hone_json_build(struct hone_span value, struct hone_arena *arena)
{
    json_t *built = NULL;
    if (hone_json_walk_is_string(value)) {
        return build_string(value, arena);
    }
    if (hone_json_walk_is_object(value)) {
        return build_object(value, arena);
    }
    return hone_json_parse(&built, value, NULL) == 0 ? built : NULL;
}
