#include "server/demonstration.h"

#include "base/buf.h"
#include "base/digest.h"
#include "schema/json.h"
#include "server/feedback.h"

#include <string.h>

#define VERSION_AT 6 /* bytes of a UUID that are not free */
#define VARIANT_AT 8

static const struct {
    const char *name;
    enum hone_store_feedback_kind kind;
} kinds[] = {
    {"choice", HONE_STORE_FEEDBACK_CHOICE},
    {"comment", HONE_STORE_FEEDBACK_COMMENT},
    {"correction", HONE_STORE_FEEDBACK_CORRECTION},
    {"label", HONE_STORE_FEEDBACK_LABEL},
    {"order", HONE_STORE_FEEDBACK_ORDER},
    {"reward", HONE_STORE_FEEDBACK_REWARD},
    {"value", HONE_STORE_FEEDBACK_VALUE},
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

int hone_demonstration_write(struct hone_span *out, struct hone_arena *arena,
                             const struct hone_demonstration *demonstration,
                             struct hone_error *err)
{
    struct hone_buf text;
    size_t i = 0;
    while (i + 1 < N_KINDS && kinds[i].kind != demonstration->kind) {
        i++;
    }
    hone_buf_init(&text, SIZE_MAX / 2);
    (void)hone_buf_append_text(&text, "{\"input\":");
    (void)hone_buf_append_span(&text, demonstration->input);
    (void)hone_buf_append_format(&text, ",\"kind\":\"%s\",\"value\":", kinds[i].name);
    (void)hone_json_append_string(&text, demonstration->value);
    if (demonstration->output.len > 0) {
        (void)hone_buf_append_text(&text, ",\"output\":");
        (void)hone_json_append_string(&text, demonstration->output);
    }
    (void)hone_buf_append_text(&text,
                               demonstration->is_barred ? ",\"barred\":true}" : "}");
    int status =
        text.error == 0 ? hone_arena_span(arena, hone_buf_span(&text), out) : text.error;
    hone_buf_finish(&text);
    return status == 0 ? 0
                       : hone_error_set(err, HONE_E_LIMIT,
                                        "no memory is left for the demonstration");
}

int hone_demonstration_read(struct hone_event *event, json_t **parsed,
                            struct hone_span value, struct hone_error *err)
{
    json_t *root = NULL;
    if (hone_json_parse(&root, value, err) != 0) {
        return HONE_E_CORRUPT;
    }
    struct hone_span kind = hone_json_text(root, "kind");
    const json_t *input = json_object_get(root, "input");
    size_t i = 0;
    while (i < N_KINDS && !hone_span_is(kind, kinds[i].name)) {
        i++;
    }
    if (i == N_KINDS || !json_is_object(input)) {
        json_decref(root);
        return hone_error_set(err, HONE_E_CORRUPT,
                              "log position %llu: the demonstration is damaged",
                              (unsigned long long)event->position);
    }
    event->feedback.kind = hone_feedback_kind_of(kinds[i].kind);
    event->feedback.value = hone_json_text(root, "value");
    event->input = input;
    event->output = hone_json_text(root, "output");
    event->is_demonstration = true;
    event->is_barred = json_is_true(json_object_get(root, "barred"));
    *parsed = root;
    return 0;
}

/* A version 8 UUID: as many bits of the digest as it has room for. */
struct hone_uuid hone_demonstration_id(int64_t skill_id, struct hone_span source,
                                       struct hone_span name)
{
    struct hone_digest_stream stream;
    struct hone_uuid id;
    hone_digest_stream_init(&stream);
    hone_digest_stream_update(&stream, &skill_id, sizeof(skill_id));
    hone_digest_stream_update(&stream, &source.len, sizeof(source.len));
    hone_digest_stream_update(&stream, source.data, source.len);
    hone_digest_stream_update(&stream, name.data, name.len);
    struct hone_digest digest = hone_digest_stream_final(&stream);
    memcpy(id.bytes, digest.bytes, sizeof(id.bytes));
    id.bytes[VERSION_AT] = (uint8_t)(0x80U | (id.bytes[VERSION_AT] & 0x0fU));
    id.bytes[VARIANT_AT] = (uint8_t)(0x80U | (id.bytes[VARIANT_AT] & 0x3fU));
    return id;
}
