/* names of the skills -> one skill a step -> answer. */
#include "server/history.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/moment.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/inquiry.h"

#include <stdlib.h>

#define SKILLS_MAX      100000
#define ENTRIES_DEFAULT 50
#define PAGE_ROWS       64
#define ARENA_BYTES     (64U * 1024 * 1024)

struct entry {
    int64_t time_unix_ms;
    uint64_t number;
    json_t *json;
};

struct history {
    struct hone_store *store;
    char *only, *nearest; /* NULL: all skills; a hint when it is not there, or NULL */
    bool has_moment;
    int64_t moment_unix_ms;
    size_t limit;
    struct hone_arena names_arena, arena;
    struct hone_store_skill_name *names; /* NULL before the first step */
    size_t n_names, at;
    struct entry *entries; /* room for the limit and one skill's */
    size_t n_entries;
    json_t *states; /* with a moment */
};

/* ---- a row ---- */

static uint64_t number_of(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void copy(json_t *out, const char *key, const json_t *from, const char *name)
{
    json_t *value = json_object_get(from, name);
    (void)json_object_set_new(out, key, value != NULL ? json_incref(value) : json_null());
}

json_t *hone_history_entry_json(struct hone_span skill,
                                const struct hone_store_audit *row)
{
    char when[HONE_CLOCK_TEXT_SIZE], hash[HONE_DIGEST_TEXT_LEN + 1];
    struct hone_error err;
    json_t *detail = NULL;
    if (hone_json_parse(&detail, row->detail, &err) != 0) {
        detail = json_object(); /* hone verify says so */
    }
    const json_t *made = json_object_get(detail, "new_version");
    hone_clock_format_unix_ms(when, row->time_unix_ms);
    hone_digest_format(row->hash, hash);
    json_t *out = json_pack("{s:o,s:I,s:s}", "skill", json_stringn(skill.data, skill.len),
                            "number", (json_int_t)row->number, "time", when);
    copy(out, "actor", detail, "actor");
    copy(out, "action", detail, "action");
    copy(out, "reason", detail, "reason");
    copy(out, "former_live", detail, "former_live");
    copy(out, "live", detail, "live");
    copy(out, "version", made != NULL ? made : detail, made != NULL ? "number" : "live");
    copy(out, "parent", made, "parent");
    copy(out, "package", detail, "package");
    copy(out, "tensors", made, "tensors");
    copy(out, "evidence", made, "evidence_sha256");
    copy(out, "position", detail, "position");
    copy(out, "event", json_object_get(detail, "event"), "position");
    (void)json_object_set_new(out, "hash", json_string(hash));
    json_decref(detail);
    return out;
}

static bool changes_live(const json_t *entry)
{
    return number_of(entry, "former_live") != number_of(entry, "live");
}

/* ---- the newest rows ---- */

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    if (left->time_unix_ms != right->time_unix_ms) {
        return left->time_unix_ms < right->time_unix_ms ? 1 : -1;
    }
    return (left->number < right->number) - (left->number > right->number);
}

static void keep_newest(struct history *history)
{
    qsort(history->entries, history->n_entries, sizeof(history->entries[0]),
          compare_entries);
    while (history->n_entries > history->limit) {
        json_decref(history->entries[--history->n_entries].json);
    }
}

static int add_rows(struct history *history, const struct hone_store_skill_name *skill,
                    uint64_t n_audit, struct hone_error *err)
{
    uint64_t after = n_audit > history->limit ? n_audit - history->limit : 0;
    while (after < n_audit) {
        struct hone_store_audit *rows = NULL;
        size_t n_rows = 0;
        int status = hone_store_read_audit(history->store, skill->id, after, PAGE_ROWS,
                                           &history->arena, &rows, &n_rows, err);
        if (status != 0 || n_rows == 0) {
            return status;
        }
        for (size_t i = 0; i < n_rows && history->n_entries < 2 * history->limit; i++) {
            after = rows[i].number;
            history->entries[history->n_entries++] =
                (struct entry){rows[i].time_unix_ms, rows[i].number,
                               hone_history_entry_json(skill->name, &rows[i])};
        }
        hone_arena_reset(&history->arena);
    }
    return 0;
}

/* ---- what was live ---- */

/* live: the version of the newest row until the moment; why: the row that made it live.
 * Goes back from the newest row, page by page. */
static int find_live(struct history *history, const struct hone_store_skill_name *skill,
                     uint64_t n_audit, json_t **live, json_t **why,
                     struct hone_error *err)
{
    for (uint64_t end = n_audit; end > 0 && *why == NULL;) {
        uint64_t after = end > PAGE_ROWS ? end - PAGE_ROWS : 0;
        struct hone_store_audit *rows = NULL;
        size_t n_rows = 0;
        int status =
            hone_store_read_audit(history->store, skill->id, after, (size_t)(end - after),
                                  &history->arena, &rows, &n_rows, err);
        if (status != 0) {
            return status;
        }
        for (size_t i = n_rows; i > 0 && *why == NULL; i--) {
            if (rows[i - 1].time_unix_ms > history->moment_unix_ms) {
                continue;
            }
            json_t *entry = hone_history_entry_json(skill->name, &rows[i - 1]);
            if (*live == NULL) {
                *live = json_incref(json_object_get(entry, "live"));
            }
            if (changes_live(entry)) {
                *why = json_incref(entry);
            }
            json_decref(entry);
        }
        hone_arena_reset(&history->arena);
        end = after;
    }
    return 0;
}

static int add_state(struct history *history, const struct hone_store_skill_name *skill,
                     uint64_t n_audit, struct hone_error *err)
{
    json_t *live = NULL;
    json_t *why = NULL;
    int status = find_live(history, skill, n_audit, &live, &why, err);
    if (status == 0) {
        bool was_there = live != NULL;
        json_t *state = json_pack("{s:o,s:o,s:o}", "skill",
                                  json_stringn(skill->name.data, skill->name.len), "live",
                                  was_there ? json_incref(live) : json_null(), "why",
                                  why != NULL ? json_incref(why) : json_null());
        (void)json_array_append_new(history->states, state);
    }
    json_decref(live);
    json_decref(why);
    return status;
}

/* ---- the steps ---- */

static int list_names(struct history *history, struct hone_error *err)
{
    int status =
        hone_store_list_skills(history->store, 0, SKILLS_MAX, &history->names_arena,
                               &history->names, &history->n_names, err);
    if (status != 0 || history->only == NULL) {
        return status;
    }
    while (history->at < history->n_names &&
           !hone_span_is(history->names[history->at].name, history->only)) {
        history->at += 1;
    }
    if (history->at == history->n_names) {
        status = hone_error_set(err, HONE_E_NOT_FOUND, "the data folder has no skill %s",
                                history->only);
        if (history->nearest != NULL) {
            (void)hone_error_hint(err, "did you mean %s?", history->nearest);
        }
        return status;
    }
    history->n_names = history->at + 1;
    return 0;
}

static json_t *make_answer(struct history *history)
{
    if (history->has_moment) {
        char when[HONE_CLOCK_TEXT_SIZE];
        hone_clock_format_unix_ms(when, history->moment_unix_ms);
        return json_pack("{s:s,s:O}", "at", when, "skills", history->states);
    }
    json_t *entries = json_array();
    for (size_t i = 0; i < history->n_entries; i++) {
        (void)json_array_append(entries, history->entries[i].json);
    }
    return json_pack("{s:o}", "entries", entries);
}

static int step(void *self, enum hone_lane *lane, json_t **answer, struct hone_error *err)
{
    struct history *history = self;
    uint64_t n_audit = 0;
    int status = 0;
    (void)lane; /* all is read */
    if (history->names == NULL) {
        status = list_names(history, err);
    } else if (history->at < history->n_names) {
        const struct hone_store_skill_name *skill = &history->names[history->at++];
        status = hone_store_count_audit(history->store, skill->id, &n_audit, err);
        if (status == 0 && history->has_moment) {
            status = add_state(history, skill, n_audit, err);
        } else if (status == 0) {
            status = add_rows(history, skill, n_audit, err);
            keep_newest(history);
        }
    }
    if (status != 0 || history->at < history->n_names) {
        return status != 0 ? status : 1;
    }
    *answer = make_answer(history);
    return 0;
}

static void destroy(void *self)
{
    struct history *history = self;
    for (size_t i = 0; i < history->n_entries; i++) {
        json_decref(history->entries[i].json);
    }
    hone_arena_finish(&history->names_arena);
    hone_arena_finish(&history->arena);
    json_decref(history->states);
    free(history->entries);
    free(history->only);
    free(history->nearest);
    free(history);
}

/* ---- the request ---- */

static int read_params(struct history *history, const json_t *params,
                       struct hone_error *err)
{
    struct hone_span moment = hone_json_text(params, "at");
    const json_t *limit = json_object_get(params, "limit");
    history->limit = ENTRIES_DEFAULT;
    if (limit != NULL) {
        if (!json_is_integer(limit) || json_integer_value(limit) < 1 ||
            json_integer_value(limit) > HONE_HISTORY_ENTRIES_MAX) {
            return hone_error_set(err, HONE_E_INVALID,
                                  "limit must be a whole number from 1 to %d",
                                  HONE_HISTORY_ENTRIES_MAX);
        }
        history->limit = (size_t)json_integer_value(limit);
    }
    history->has_moment = json_object_get(params, "at") != NULL;
    return history->has_moment ? hone_moment_parse(&history->moment_unix_ms, moment,
                                                   hone_clock_unix_ms(), err)
                               : 0;
}

void hone_history_start(struct hone_exchange *exchange)
{
    static const struct hone_inquiry_type type = {step, NULL, destroy};
    const json_t *params = hone_jsonrpc_params(&exchange->message);
    struct hone_span only = hone_json_text(params, "skill");
    struct hone_error err = {0};
    struct history *history = hone_alloc_zeroed(1, sizeof(*history));
    hone_arena_init(&history->names_arena, ARENA_BYTES);
    hone_arena_init(&history->arena, ARENA_BYTES);
    history->store = exchange->app->store;
    history->states = json_array();
    int status = read_params(history, params, &err);
    if (status != 0) {
        destroy(history);
        hone_inquiry_refuse(exchange, status, &err);
        return;
    }
    if (only.len > 0) {
        history->only = hone_alloc_bytes(only.data, only.len);
        const char *nearest =
            hone_registry_nearest(exchange->app->registry, history->only);
        history->nearest = nearest != NULL ? hone_alloc_text(nearest) : NULL;
    }
    history->entries = hone_alloc_zeroed(2 * history->limit, sizeof(history->entries[0]));
    hone_inquiry_start_take(exchange, &type, history);
}
