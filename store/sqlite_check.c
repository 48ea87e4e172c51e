#include "store/sqlite_check.h"

#include "store/call_block.h"
#include "store/sqlite_query.h"

#include <errno.h>

static const char *const parts[] = {
    "PRAGMA quick_check(audit)", "PRAGMA quick_check(checkpoint)",
    "PRAGMA quick_check(lease)", "PRAGMA quick_check(skill)",
    "PRAGMA quick_check(task)",  "PRAGMA quick_check(version)",
};
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

int hone_sqlite_check_part(struct hone_sqlite_db *db, size_t part, bool *more,
                           struct hone_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int code = 0;
    *more = part + 1 < N_PARTS;
    if (db->handle == NULL) {
        return hone_error_set(err, HONE_E_IO, "hone.db is not open");
    }
    errno = 0;
    int rc = sqlite3_prepare_v2(db->handle, parts[part], -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc != SQLITE_ROW) {
        code = hone_sqlite_db_fail(db, rc, "cannot check hone.db", err);
    } else {
        struct hone_span answer =
            hone_span_text((const char *)sqlite3_column_text(stmt, 0));
        if (!hone_span_is(answer, "ok")) {
            code =
                hone_error_set(err, HONE_E_CORRUPT, "%.*s", (int)answer.len, answer.data);
        }
    }
    sqlite3_finalize(stmt);
    return code;
}

/* Do the records say what the block's row says of them? */
static bool is_whole(struct hone_sqlite_query *query, uint64_t *n_records)
{
    struct hone_span body = hone_sqlite_query_span(query, 4);
    struct hone_call_record record;
    struct hone_uuid last = {{0}};
    size_t offset = 0;
    uint64_t n = 0;
    int rc = 0;
    while ((rc = hone_call_block_next(body, &offset, &record)) == 1) {
        if (n == 0 &&
            hone_uuid_compare(record.call_id, hone_sqlite_query_uuid(query, 1)) != 0) {
            return false;
        }
        last = record.call_id;
        n += 1;
    }
    *n_records += n;
    return rc == 0 && n > 0 && n == hone_sqlite_query_u64(query, 3) &&
           hone_uuid_compare(last, hone_sqlite_query_uuid(query, 2)) == 0;
}

int hone_sqlite_check_calls(struct hone_sqlite_db *db, int64_t after, size_t max,
                            struct hone_store_blocks *out, struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_store_blocks blocks = {.last = after};
    int rc = 0;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_BLOCKS);
    hone_sqlite_query_bind_int(&query, after);
    hone_sqlite_query_bind_u64(&query, max);
    while (blocks.n_blocks < max && (rc = hone_sqlite_query_step(&query, err)) == 1) {
        blocks.last = hone_sqlite_query_int(&query, 0);
        blocks.n_blocks += 1;
        if (!is_whole(&query, &blocks.n_records) && blocks.damaged == 0) {
            blocks.damaged = blocks.last;
        }
    }
    hone_sqlite_query_finish(&query);
    if (rc < 0) {
        return rc;
    }
    *out = blocks;
    return 0;
}
