#include "server/quarantine.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "schema/json.h"

#include <string.h>

#define PAGE_ROWS      256
#define PAGE_BYTES_MAX (16U * 1024 * 1024)

struct listing {
    const struct hone_store_version *versions;
    size_t n_versions;
    json_t *entries; /* oldest first */
};

static const struct hone_store_version *find_version(const struct listing *listing,
                                                     json_int_t number)
{
    for (size_t i = 0; i < listing->n_versions; i++) {
        if ((json_int_t)listing->versions[i].number == number) {
            return &listing->versions[i];
        }
    }
    return NULL;
}

static json_int_t integer_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* "rejected" and "error" are the gate's own words. */
static const char *verdict_of(struct hone_span action)
{
    if (hone_span_is(action, "rollback") || hone_span_is(action, "promote")) {
        return "rolled_back";
    }
    if (hone_span_is(action, "rejected")) {
        return "rejected";
    }
    return hone_span_is(action, "error") ? "error" : NULL;
}

/* A rejection goes back to where the live version stands in the log. So does a rollback, to
 * where its target was made: it has its own position from then on. */
static json_int_t last_kept(const json_t *detail, bool is_rollback,
                            const struct hone_store_version *instead)
{
    if (is_rollback && instead != NULL) {
        return (json_int_t)instead->position;
    }
    return integer_of(detail, "position");
}

static void add_entry(struct listing *listing, const struct hone_store_audit *row,
                      const json_t *detail, const char *verdict)
{
    static const struct hone_digest none;
    char created[HONE_CLOCK_TEXT_SIZE];
    bool is_rollback = strcmp(verdict, "rolled_back") == 0;
    json_int_t live = integer_of(detail, "live");
    json_int_t event = integer_of(json_object_get(detail, "event"), "position");
    const struct hone_store_version *instead = find_version(listing, live);
    json_int_t after = last_kept(detail, is_rollback, instead);
    if (after >= event - 1) {
        return; /* nothing had been learnt in between */
    }
    json_int_t version =
        is_rollback ? integer_of(detail, "former_live")
                    : integer_of(json_object_get(detail, "new_version"), "number");
    hone_clock_format_unix_ms(created, row->time_unix_ms);
    (void)json_array_append_new(
        listing->entries,
        json_pack("{s:I,s:s,s:O,s:s%,s:s,s:I,s:I,s:I,s:I,s:b}", "position", event,
                  "verdict", verdict, "reason", json_object_get(detail, "reason"),
                  "actor", row->actor.data, row->actor.len, "created", created, "after",
                  after, "through", event - 1, "version", version, "instead", live,
                  "can_be_folded",
                  (int)(instead != NULL && !hone_digest_equal(instead->tensors, none))));
    if (json_array_size(listing->entries) > HONE_QUARANTINE_LISTED_MAX) {
        (void)json_array_remove(listing->entries, 0);
    }
}

static int add_row(struct listing *listing, const struct hone_store_audit *row,
                   struct hone_error *err)
{
    json_t *detail = NULL;
    const char *verdict = verdict_of(row->action);
    if (verdict == NULL) {
        return 0;
    }
    if (hone_json_parse(&detail, row->detail, err) != 0) {
        return hone_error_set(err, HONE_E_CORRUPT, "audit row %llu is not JSON",
                              (unsigned long long)row->number);
    }
    add_entry(listing, row, detail, verdict);
    json_decref(detail);
    return 0;
}

static json_t *reversed_take(json_t *entries)
{
    json_t *out = json_array();
    for (size_t i = json_array_size(entries); i > 0; i--) {
        (void)json_array_append(out, json_array_get(entries, i - 1));
    }
    json_decref(entries);
    return out;
}

int hone_quarantine_list(json_t **out, struct hone_store *store, int64_t skill_id,
                         const struct hone_store_version *versions, size_t n_versions,
                         struct hone_error *err)
{
    struct listing listing = {versions, n_versions, json_array()};
    struct hone_arena arena;
    hone_arena_init(&arena, PAGE_BYTES_MAX);
    uint64_t after = 0;
    size_t n = PAGE_ROWS;
    int status = 0;
    while (status == 0 && n == PAGE_ROWS) {
        struct hone_store_audit *rows = NULL;
        hone_arena_reset(&arena);
        status = hone_store_read_audit(store, skill_id, after, PAGE_ROWS, &arena, &rows,
                                       &n, err);
        for (size_t i = 0; status == 0 && i < n; i++) {
            status = add_row(&listing, &rows[i], err);
            after = rows[i].number;
        }
    }
    hone_arena_finish(&arena);
    if (status != 0) {
        json_decref(listing.entries);
        return status;
    }
    *out = reversed_take(listing.entries);
    return 0;
}
