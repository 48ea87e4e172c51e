#include "store/sqlite_calls.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "store/sqlite_query.h"
#include "store/sqlite_skills.h"

#include <stdlib.h>

#define LAST_STREAM     (HONE_SQLITE_CALLS_STREAMS - 1)
#define MAX_BLOCK_BYTES ((size_t)32 * 1024 * 1024)

/* ---- look-up ---- */

/* The stream's only block that may hold the id is put into the cache: 1 = there is
 * a new one. */
static int load_block(struct hone_sqlite_db *db, int stream, struct hone_uuid call_id,
                      struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_FIND_BLOCK);
    hone_sqlite_query_bind_int(&query, stream);
    hone_sqlite_query_bind_uuid(&query, &call_id);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        int64_t block_id = hone_sqlite_query_int(&query, 0);
        struct hone_uuid last = hone_sqlite_query_uuid(&query, 1);
        if (hone_uuid_compare(call_id, last) > 0 ||
            hone_call_cache_has(&db->calls, block_id)) {
            rc = 0;
        } else {
            /* A block read inside a transaction may belong to it. */
            bool settled = db->transaction == HONE_SQLITE_TRANSACTION_NONE;
            int added = hone_call_cache_add(&db->calls, block_id,
                                            hone_sqlite_query_span(&query, 2), settled);
            if (added != 0) {
                rc = hone_error_set(err, added, "block %lld of calls cannot be read",
                                    (long long)block_id);
            }
        }
    }
    hone_sqlite_query_finish(&query);
    return rc;
}

int hone_sqlite_calls_look_up(struct hone_sqlite_db *db, struct hone_uuid call_id,
                              struct hone_call_record *out, struct hone_error *err)
{
    if (hone_call_cache_find(&db->calls, call_id, out)) {
        return 1;
    }
    bool is_damaged = false;
    for (int stream = 0; stream < HONE_SQLITE_CALLS_STREAMS; stream++) {
        int rc = load_block(db, stream, call_id, err);
        if (rc == HONE_E_CORRUPT && !db->is_suspect) {
            is_damaged = true; /* this row; another stream may have the call */
        } else if (rc < 0) {
            return rc;
        }
        if (rc == 1 && hone_call_cache_find(&db->calls, call_id, out)) {
            return 1;
        }
    }
    return is_damaged ? HONE_E_CORRUPT : 0;
}

int hone_sqlite_calls_look_up_readable(struct hone_sqlite_db *db,
                                       struct hone_uuid call_id,
                                       struct hone_call_record *out,
                                       struct hone_error *err)
{
    int rc = hone_sqlite_calls_look_up(db, call_id, out, err);
    return rc == HONE_E_CORRUPT && !db->is_suspect ? 0 : rc;
}

int hone_sqlite_calls_copy(const struct hone_call_record *record,
                           struct hone_arena *arena, struct hone_call_record *out,
                           struct hone_error *err)
{
    struct hone_call_record copy = *record;
    if (hone_arena_span(arena, record->episode, &copy.episode) != 0 ||
        hone_arena_span(arena, record->source, &copy.source) != 0 ||
        hone_arena_span(arena, record->input, &copy.input) != 0 ||
        hone_arena_span(arena, record->output, &copy.output) != 0) {
        return hone_error_set(err, HONE_E_LIMIT, "no room for a call's record");
    }
    *out = copy;
    return 0;
}

int hone_sqlite_calls_find(struct hone_sqlite_db *db, struct hone_uuid call_id,
                           struct hone_call_record *out, struct hone_arena *arena,
                           struct hone_error *err)
{
    struct hone_call_record record;
    int rc = hone_sqlite_calls_look_up(db, call_id, &record, err);
    if (rc == 0) {
        char text[HONE_UUID_TEXT_LEN + 1];
        hone_uuid_format(call_id, text);
        return hone_error_set(err, HONE_E_NOT_FOUND,
                              "call %s is unknown or no longer kept", text);
    }
    return rc == 1 ? hone_sqlite_calls_copy(&record, arena, out, err) : rc;
}

/* ---- block by block ---- */

static void reverse(struct hone_call_record *records, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct hone_call_record record = records[i];
        records[i] = records[n - 1 - i];
        records[n - 1 - i] = record;
    }
}

/* The skill's records of a block, up to the first that cannot be decoded. */
static int copy_records(struct hone_span body, int64_t skill_id, struct hone_arena *arena,
                        struct hone_call_record **out, size_t *n_out,
                        struct hone_error *err)
{
    struct hone_call_record record;
    size_t offset = 0;
    size_t n = 0;
    int rc = 0;
    while (hone_call_block_next(body, &offset, &record) == 1) {
        n += record.skill_id == skill_id ? 1 : 0;
    }
    struct hone_call_record *list = hone_arena_alloc(arena, n + 1, sizeof(list[0]));
    if (list == NULL) {
        return hone_error_set(err, HONE_E_LIMIT, "no room for a block of calls");
    }
    offset = 0;
    for (size_t i = 0; rc == 0 && i < n;) {
        (void)!hone_call_block_next(body, &offset, &record);
        if (record.skill_id == skill_id) {
            rc = hone_sqlite_calls_copy(&record, arena, &list[i], err);
            i += 1;
        }
    }
    reverse(list, n);
    *out = list;
    *n_out = n;
    return rc;
}

int hone_sqlite_calls_read(struct hone_sqlite_db *db, int64_t skill_id, int64_t *block,
                           struct hone_arena *arena, struct hone_call_record **out,
                           size_t *n_calls, struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_call_record *records = NULL;
    size_t n = 0;
    int64_t found = 0;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_BLOCK_BEFORE);
    hone_sqlite_query_bind_int(&query, *block > 0 ? *block : INT64_MAX);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        found = hone_sqlite_query_int(&query, 0);
        rc = copy_records(hone_sqlite_query_span(&query, 1), skill_id, arena, &records,
                          &n, err);
    }
    hone_sqlite_query_finish(&query);
    if (rc == 0) {
        *block = found;
        *out = records;
        *n_calls = n;
    }
    return rc;
}

/* ---- append ---- */

struct item {
    struct hone_uuid call_id;
    int64_t skill_id;
    struct hone_span bytes; /* the encoded record */
};

struct items {
    struct item *items; /* sorted by id, each id once */
    size_t n;
};

static int compare_ids(const void *a, const void *b)
{
    const struct item *left = a;
    const struct item *right = b;
    return hone_uuid_compare(left->call_id, right->call_id);
}

static int compare_skills(const void *a, const void *b)
{
    const struct item *left = a;
    const struct item *right = b;
    return (left->skill_id > right->skill_id) - (left->skill_id < right->skill_id);
}

/* Mostly they are in order: then qsort, which takes memory for many, is not called. */
static void sort(const struct items *items, int (*compare)(const void *, const void *))
{
    for (size_t i = 1; i < items->n; i++) {
        if (compare(&items->items[i - 1], &items->items[i]) > 0) {
            qsort(items->items, items->n, sizeof(items->items[0]), compare);
            return;
        }
    }
}

/* HONE_E_INVALID for bytes that are no block. */
static int read_items(struct items *out, struct hone_span block, struct hone_error *err)
{
    size_t capacity = 0;
    size_t offset = 0;
    for (;;) {
        struct hone_call_record record;
        size_t start = offset;
        int rc = hone_call_block_next(block, &offset, &record);
        if (rc == 0) {
            break;
        }
        if (rc < 0) {
            return hone_error_set(err, HONE_E_INVALID,
                                  "a block of calls is damaged at byte %zu", start);
        }
        if (out->n == capacity) {
            capacity = capacity == 0 ? HONE_CALL_BLOCK_RECORDS : capacity * 2;
            struct item *grown =
                hone_alloc_try_resize(out->items, capacity, sizeof(out->items[0]));
            if (grown == NULL) {
                return hone_error_set(err, HONE_E_NOMEM,
                                      "no memory for a block of calls");
            }
            out->items = grown;
        }
        out->items[out->n++] =
            (struct item){record.call_id, record.skill_id,
                          hone_span_of(block.data + start, offset - start)};
    }
    return 0;
}

static void sort_items(struct items *items)
{
    size_t n = 0;
    if (items->n == 0) {
        return;
    }
    sort(items, compare_ids);
    for (size_t i = 0; i < items->n; i++) {
        if (n == 0 || hone_uuid_compare(items->items[n - 1].call_id,
                                        items->items[i].call_id) != 0) {
            items->items[n++] = items->items[i];
        }
    }
    items->n = n;
}

/* The newest id of a stream; zero when it is empty. */
static int read_newest(struct hone_sqlite_db *db, int stream, struct hone_uuid *newest,
                       struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_LAST_BLOCK);
    hone_sqlite_query_bind_int(&query, stream);
    int rc = hone_sqlite_query_step(&query, err);
    *newest = (struct hone_uuid){{0}};
    if (rc == 1) {
        *newest = hone_sqlite_query_uuid(&query, 0);
    }
    hone_sqlite_query_finish(&query);
    return rc < 0 ? rc : 0;
}

/* Number of leading items whose ids are not newer than the given one. */
static size_t count_until(const struct items *items, struct hone_uuid newest)
{
    size_t n = 0;
    while (n < items->n && hone_uuid_compare(items->items[n].call_id, newest) <= 0) {
        n++;
    }
    return n;
}

/* Only an item that is not newer than all of stream 0 can be stored already. */
static int drop_known(struct hone_sqlite_db *db, struct items *items,
                      struct hone_error *err)
{
    struct hone_uuid newest;
    int rc = read_newest(db, 0, &newest, err);
    size_t n_old = rc == 0 ? count_until(items, newest) : 0;
    size_t n = 0;
    for (size_t i = 0; rc == 0 && i < items->n; i++) {
        struct hone_call_record ignored;
        int found = 0;
        if (i < n_old) {
            found = hone_sqlite_calls_look_up_readable(db, items->items[i].call_id,
                                                       &ignored, err);
        }
        if (found < 0) {
            rc = found;
        } else if (found == 0) {
            items->items[n++] = items->items[i];
        }
    }
    items->n = rc == 0 ? n : items->n;
    return rc;
}

/* The records of items one behind the other: as they stand in the block that they came in,
 * which is mostly so, or copied to buf. */
static int join_items(struct hone_span *out, struct hone_buf *buf,
                      const struct item *items, size_t n_items)
{
    struct hone_span joined = items[0].bytes;
    size_t n = 1;
    while (n < n_items && items[n].bytes.data == joined.data + joined.len) {
        joined.len += items[n++].bytes.len;
    }
    if (n == n_items && joined.len <= MAX_BLOCK_BYTES) {
        *out = joined;
        return 0;
    }
    for (size_t i = 0; i < n_items; i++) {
        (void)hone_buf_append_span(buf, items[i].bytes);
    }
    *out = hone_buf_span(buf);
    return buf->error;
}

static int insert_block(struct hone_sqlite_db *db, int stream, const struct item *items,
                        size_t n_items, struct hone_error *err)
{
    struct hone_buf buf;
    struct hone_span body;
    struct hone_sqlite_query query;
    hone_buf_init(&buf, MAX_BLOCK_BYTES);
    int rc = join_items(&body, &buf, items, n_items);
    if (rc != 0) {
        hone_error_set(err, rc, "a block of calls is too large");
        goto out;
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_ADD_BLOCK);
    hone_sqlite_query_bind_int(&query, stream);
    hone_sqlite_query_bind_uuid(&query, &items[0].call_id);
    hone_sqlite_query_bind_uuid(&query, &items[n_items - 1].call_id);
    hone_sqlite_query_bind_u64(&query, n_items);
    hone_sqlite_query_bind_blob(&query, body);
    rc = hone_sqlite_query_run(&query, err);
    if (rc == 0) {
        rc = hone_call_cache_add(&db->calls, sqlite3_last_insert_rowid(db->handle), body,
                                 false);
    }
out:
    hone_buf_finish(&buf);
    return rc;
}

/* Each stream takes from the new end what is newer than all it has. */
static int insert_items(struct hone_sqlite_db *db, struct items items,
                        struct hone_error *err)
{
    int rc = 0;
    for (int stream = 0; rc == 0 && items.n > 0 && stream < LAST_STREAM; stream++) {
        struct hone_uuid newest;
        rc = read_newest(db, stream, &newest, err);
        if (rc == 0) {
            size_t n_old = count_until(&items, newest);
            if (n_old < items.n) {
                rc = insert_block(db, stream, items.items + n_old, items.n - n_old, err);
            }
            items.n = n_old;
        }
    }
    for (size_t i = 0; rc == 0 && i < items.n; i++) {
        rc = insert_block(db, LAST_STREAM, &items.items[i], 1, err);
    }
    return rc;
}

static int count_items(struct hone_sqlite_db *db, struct items *items,
                       struct hone_error *err)
{
    int rc = 0;
    sort(items, compare_skills);
    for (size_t start = 0, end = 0; rc == 0 && start < items->n; start = end) {
        while (end < items->n &&
               items->items[end].skill_id == items->items[start].skill_id) {
            end++;
        }
        rc = hone_sqlite_skills_count_calls(db, items->items[start].skill_id, end - start,
                                            err);
        if (rc == HONE_E_NOT_FOUND) {
            rc = hone_error_set(err, HONE_E_INVALID,
                                "a block of calls names skill %lld, which does not exist",
                                (long long)items->items[start].skill_id);
        }
    }
    return rc;
}

int hone_sqlite_calls_append(struct hone_sqlite_db *db, struct hone_span block,
                             struct hone_error *err)
{
    struct items items = {0};
    int rc = read_items(&items, block, err);
    if (rc == 0) {
        rc = hone_sqlite_db_enter(db, err);
    }
    if (rc != 0) {
        goto out;
    }
    sort_items(&items);
    rc = drop_known(db, &items, err);
    if (rc == 0) {
        rc = insert_items(db, items, err);
    }
    if (rc == 0) {
        rc = count_items(db, &items, err);
    }
    rc = hone_sqlite_db_leave(db, rc, err);
    if (rc != 0) {
        /* Blocks of this call are gone; others of the transaction can be read again. */
        hone_call_cache_settle(&db->calls, false);
    }
out:
    free(items.items);
    return rc;
}
