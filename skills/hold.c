#include "skills/hold.h"

#include "schema/json.h"

/* An object, or null. */
static bool is_part(const json_t *body, const char *name)
{
    const json_t *part = json_object_get(body, name);
    return json_is_object(part) || json_is_null(part);
}

static bool read_pinned(struct hone_hold *out, const json_t *pinned)
{
    json_int_t version = json_integer_value(json_object_get(pinned, "version"));
    json_int_t position = json_integer_value(json_object_get(pinned, "position"));
    if (pinned == NULL || json_is_null(pinned)) {
        return true;
    }
    out->pinned = (uint32_t)version;
    out->pinned_position = (uint64_t)position;
    return version >= 1 && version <= UINT32_MAX && position >= 0 &&
           hone_digest_parse(&out->pinned_tensors, hone_json_text(pinned, "tensors")) ==
               0;
}

int hone_hold_read(struct hone_hold *out, const json_t *body, struct hone_error *err)
{
    *out = (struct hone_hold){0};
    if (body == NULL) {
        return 0;
    }
    if (!is_part(body, "frozen") || !read_pinned(out, json_object_get(body, "pinned"))) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "what is held back of the skill is damaged");
    }
    out->is_frozen = json_is_object(json_object_get(body, "frozen"));
    return 0;
}
