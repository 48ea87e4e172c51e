#include "store/audit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_NAME "hone-audit-v1"

static json_t *make_text(struct hone_span text)
{
    return json_stringn(text.len > 0 ? text.data : "", text.len);
}

static json_t *make_number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *make_digest(struct hone_digest digest)
{
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(digest, text);
    return json_string(text);
}

/* Sets name to value, which is taken; remembers a failure in *failed. */
static void put(json_t *object, const char *name, json_t *value, bool *failed)
{
    if (json_object_set_new(object, name, value) != 0) {
        *failed = true;
    }
}

static json_t *make_version(const struct hone_store_version *version, bool *failed)
{
    static const struct hone_digest none = {{0}};
    json_t *object = json_object();
    const char *status = hone_store_status_name(version->status);
    bool has_tensors = !hone_digest_equal(version->tensors, none);
    put(object, "number", make_number(version->number), failed);
    put(object, "parent", make_number(version->parent), failed);
    put(object, "status", json_string(status), failed);
    put(object, "package", make_digest(version->package), failed);
    put(object, "tensors", has_tensors ? make_digest(version->tensors) : json_null(),
        failed);
    put(object, "position", make_number(version->position), failed);
    put(object, "evidence_sha256", make_digest(hone_digest_of(version->evidence)),
        failed);
    return object;
}

static json_t *make_event(const struct hone_audit_entry *entry, bool *failed)
{
    json_t *object = json_object();
    struct hone_digest body = hone_digest_of(entry->transition->event_body);
    put(object, "kind", make_number((uint64_t)entry->transition->event), failed);
    put(object, "position", make_number(entry->event_position), failed);
    put(object, "body_sha256", make_digest(body), failed);
    return object;
}

int hone_audit_format(char **out, const struct hone_audit_entry *entry,
                      struct hone_error *err)
{
    const struct hone_store_transition *transition = entry->transition;
    const struct hone_store_skill *skill = entry->skill;
    bool failed = false;
    json_t *object = json_object();
    put(object, "skill_id", json_integer((json_int_t)skill->id), &failed);
    put(object, "number", make_number(entry->number), &failed);
    put(object, "at_ms", json_integer((json_int_t)transition->time_unix_ms), &failed);
    put(object, "actor", make_text(transition->actor), &failed);
    put(object, "action", make_text(transition->action), &failed);
    put(object, "reason", make_text(transition->reason), &failed);
    put(object, "former_live", make_number(transition->expected_live), &failed);
    put(object, "live", make_number(skill->live_version), &failed);
    put(object, "position", make_number(skill->position), &failed);
    put(object, "package", make_digest(skill->package), &failed);
    put(object, "interface", make_digest(skill->interface), &failed);
    if (entry->new_version != NULL) {
        put(object, "new_version", make_version(entry->new_version, &failed), &failed);
    }
    if (entry->event_position > 0) {
        put(object, "event", make_event(entry, &failed), &failed);
    }
    char *text = failed ? NULL : json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(object);
    if (text == NULL) {
        return hone_error_set(err, HONE_E_INVALID,
                              "actor, action and reason must be valid UTF-8");
    }
    *out = text;
    return 0;
}

struct hone_digest hone_audit_hash(struct hone_digest previous, struct hone_span detail)
{
    struct hone_digest_stream stream;
    hone_digest_stream_init(&stream);
    hone_digest_stream_update(&stream, CHAIN_NAME, strlen(CHAIN_NAME));
    hone_digest_stream_update(&stream, previous.bytes, sizeof(previous.bytes));
    hone_digest_stream_update(&stream, detail.data, detail.len);
    return hone_digest_stream_final(&stream);
}

static bool is_text(const json_t *object, const char *name, struct hone_span expected)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) &&
           hone_span_equal(
               hone_span_of(json_string_value(value), json_string_length(value)),
               expected);
}

static bool is_number(const json_t *object, const char *name, int64_t expected)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) && json_integer_value(value) == expected;
}

/* The columns repeat what the hashed detail says; a changed column would
 * mislead a reader. */
static bool columns_agree(int64_t skill_id, const struct hone_store_audit *row)
{
    json_t *detail = json_loadb(row->detail.len > 0 ? row->detail.data : "",
                                row->detail.len, JSON_ALLOW_NUL, NULL);
    bool agree = is_number(detail, "skill_id", skill_id) &&
                 is_number(detail, "number", (int64_t)row->number) &&
                 is_number(detail, "at_ms", row->time_unix_ms) &&
                 is_text(detail, "actor", row->actor) &&
                 is_text(detail, "action", row->action);
    json_decref(detail);
    return agree;
}

int hone_audit_check(struct hone_audit_chain *chain, int64_t skill_id,
                     const struct hone_store_audit *row, struct hone_error *err)
{
    uint64_t expected = chain->n_rows + 1;
    if (row->number != expected) {
        return hone_error_set(err, HONE_E_CORRUPT, "audit row %llu is missing",
                              (unsigned long long)expected);
    }
    struct hone_digest hash = hone_audit_hash(chain->hash, row->detail);
    if (!hone_digest_equal(hash, row->hash) || !columns_agree(skill_id, row)) {
        return hone_error_set(err, HONE_E_CORRUPT, "audit row %llu was changed",
                              (unsigned long long)expected);
    }
    chain->n_rows = expected;
    chain->hash = hash;
    return 0;
}
