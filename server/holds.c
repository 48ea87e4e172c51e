#include "server/holds.h"

#include "base/clock.h"
#include "base/log.h"
#include "schema/json.h"
#include "server/action.h"
#include "server/app_internal.h"

#define ARENA_BYTES (1024U * 1024)

static const char *const parts[] = {"frozen", "pinned"};
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

/* The newest event at or before a position; *out NULL: there is none. */
static int read_body(json_t **out, uint64_t *found, struct hone_training *training,
                     uint64_t position, struct hone_error *err)
{
    struct hone_arena arena;
    struct hone_store_event event = {0};
    hone_arena_init(&arena, ARENA_BYTES);
    *out = NULL;
    int status =
        hone_store_find_event(training->app->store, training->store_id,
                              HONE_STORE_EVENT_HOLD, position, &arena, &event, err);
    if (status == 0 && hone_json_parse(out, event.body, err) != 0) {
        status = hone_error_set(err, HONE_E_CORRUPT, "event %llu is not JSON",
                                (unsigned long long)event.position);
    }
    *found = status == 0 ? event.position : 0;
    hone_arena_finish(&arena);
    return status == HONE_E_NOT_FOUND ? 0 : status;
}

/* A freeze does not know its position when it is written; what is written later says it. */
static void note_position(struct hone_training *training)
{
    json_t *frozen = json_object_get(training->hold, "frozen");
    if (json_is_object(frozen) && json_object_get(frozen, "after") == NULL) {
        (void)json_object_set_new(frozen, "after",
                                  json_integer((json_int_t)training->hold_position));
    }
}

int hone_holds_open(struct hone_training *training, struct hone_error *err)
{
    int status =
        read_body(&training->hold, &training->hold_position, training, UINT64_MAX, err);
    note_position(training);
    return status;
}

void hone_holds_close(struct hone_training *training)
{
    json_decref(training->hold);
    training->hold = NULL;
}

void hone_holds_set_take(struct hone_training *training, json_t *body, uint64_t position)
{
    json_decref(training->hold);
    training->hold = body;
    training->hold_position = position;
    note_position(training);
}

int hone_holds_read(struct hone_hold *out, struct hone_training *training,
                    uint64_t position, struct hone_error *err)
{
    json_t *body = NULL;
    uint64_t unused = 0;
    int status = read_body(&body, &unused, training, position, err);
    if (status == 0) {
        status = hone_hold_read(out, body, err);
    }
    json_decref(body);
    return status;
}

static const json_t *part_of(const struct hone_training *training, const char *name)
{
    const json_t *part = json_object_get(training->hold, name);
    return json_is_object(part) ? part : NULL;
}

bool hone_holds_frozen(const struct hone_training *training)
{
    return part_of(training, "frozen") != NULL;
}

uint32_t hone_holds_pinned(const struct hone_training *training)
{
    return (uint32_t)json_integer_value(
        json_object_get(part_of(training, "pinned"), "version"));
}

uint64_t hone_holds_pinned_position(const struct hone_training *training)
{
    return (uint64_t)json_integer_value(
        json_object_get(part_of(training, "pinned"), "position"));
}

bool hone_holds_passed_over(const struct hone_training *training, uint64_t position)
{
    json_int_t after =
        json_integer_value(json_object_get(part_of(training, "frozen"), "after"));
    return hone_holds_frozen(training) && position > (uint64_t)after;
}

json_t *hone_holds_json(const struct hone_training *training)
{
    json_t *out = json_object();
    for (size_t i = 0; i < N_PARTS; i++) {
        json_t *part = json_copy(json_object_get(training->hold, parts[i]));
        (void)json_object_set_new(out, parts[i], part != NULL ? part : json_null());
    }
    return out;
}

char *hone_holds_pinned_path(const struct hone_training *training,
                             const struct hone_hold *hold)
{
    struct hone_store *store = training->app->store;
    struct hone_error err;
    if (hold->pinned == 0) {
        return NULL;
    }
    if (hone_store_verify_blob(store, hold->pinned_tensors, &err) != 0) {
        hone_log_error("training",
                       "pinned version not served, but the live one skill=%s version=%u "
                       "cause=\"%s\"",
                       training->skill->package->name, (unsigned)hold->pinned,
                       err.message);
        return NULL;
    }
    return hone_store_blob_path(store, hold->pinned_tensors);
}

/* ---- changes ---- */

static json_t *make_part(const struct hone_holds_change *change)
{
    char since[HONE_CLOCK_TEXT_SIZE];
    hone_clock_format_unix_ms(since, hone_clock_unix_ms());
    return json_pack("{s:s%,s:s%,s:s}", "actor", change->actor.data, change->actor.len,
                     "reason", change->reason.data, change->reason.len, "since", since);
}

static json_t *make_pin(const struct hone_holds_change *change)
{
    char tensors[HONE_DIGEST_TEXT_LEN + 1];
    json_t *pin = make_part(change);
    hone_digest_format(change->tensors, tensors);
    (void)json_object_set_new(pin, "version", json_integer(change->version));
    (void)json_object_set_new(pin, "position",
                              json_integer((json_int_t)change->position));
    (void)json_object_set_new(pin, "tensors", json_string(tensors));
    return pin;
}

static bool changes_anything(const struct hone_training *training,
                             const struct hone_holds_change *change)
{
    switch (change->kind) {
    case HONE_ACTION_FREEZE:
        return !hone_holds_frozen(training);
    case HONE_ACTION_THAW:
        return hone_holds_frozen(training);
    case HONE_ACTION_PIN:
        return hone_holds_pinned(training) != change->version;
    case HONE_ACTION_UNPIN:
    default:
        return hone_holds_pinned(training) != 0;
    }
}

json_t *hone_holds_change(const struct hone_training *training,
                          const struct hone_holds_change *change)
{
    enum hone_action_kind kind = change->kind;
    if (!changes_anything(training, change)) {
        return NULL;
    }
    json_t *body = hone_holds_json(training);
    (void)json_object_set_new(body, "action", json_string(hone_action_name(kind)));
    if (kind == HONE_ACTION_FREEZE || kind == HONE_ACTION_THAW) {
        (void)json_object_set_new(
            body, "frozen", kind == HONE_ACTION_FREEZE ? make_part(change) : json_null());
    } else {
        (void)json_object_set_new(
            body, "pinned", kind == HONE_ACTION_PIN ? make_pin(change) : json_null());
    }
    return body;
}
