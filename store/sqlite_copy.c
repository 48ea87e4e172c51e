#include "store/sqlite_copy.h"

#include "base/buf.h"
#include "base/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define URI_BYTES_MAX (64U * 1024)

/* ---- making it ---- */

/* The copy's connection; the store's own is not to blame. */
static int fail(sqlite3 *copy, int sqlite_rc, struct hone_error *err)
{
    int code = hone_sqlite_db_code(copy, sqlite_rc);
    hone_error_set(err, code, "cannot copy hone.db: %s",
                   copy != NULL ? sqlite3_errmsg(copy) : sqlite3_errstr(sqlite_rc));
    if (code == HONE_E_FULL) {
        hone_error_hint(err, "free space on the disk that the copy goes to");
    }
    return code;
}

int hone_sqlite_copy_start(struct hone_sqlite_db *db, const char *path,
                           struct hone_error *err)
{
    HONE_REQUIRE(db->copy == NULL && db->copy_to == NULL);
    if (db->handle == NULL) {
        return hone_error_set(err, HONE_E_IO, "hone.db is not open");
    }
    errno = 0;
    int rc = sqlite3_open_v2(
        path, &db->copy_to,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    /* Nobody reads the file before it is complete and synced by the caller. */
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(db->copy_to,
                          "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF;"
                          "PRAGMA synchronous=OFF;",
                          NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK) {
        db->copy = sqlite3_backup_init(db->copy_to, "main", db->handle, "main");
        rc = db->copy != NULL ? SQLITE_OK : sqlite3_extended_errcode(db->copy_to);
    }
    if (rc != SQLITE_OK) {
        rc = fail(db->copy_to, rc, err);
        hone_sqlite_copy_end(db);
    }
    return rc;
}

int hone_sqlite_copy_step(struct hone_sqlite_db *db, int n_pages, bool *more,
                          struct hone_error *err)
{
    HONE_REQUIRE(db->transaction == HONE_SQLITE_TRANSACTION_NONE);
    if (db->copy == NULL) {
        return hone_error_set(err, HONE_E_IO,
                              "the copy of hone.db was lost with its connection");
    }
    errno = 0;
    int rc = sqlite3_backup_step(db->copy, n_pages);
    if (rc != SQLITE_OK && rc != SQLITE_DONE) {
        return fail(db->copy_to, rc, err);
    }
    *more = rc == SQLITE_OK;
    return 0;
}

void hone_sqlite_copy_end(struct hone_sqlite_db *db)
{
    if (db->copy != NULL) {
        (void)sqlite3_backup_finish(db->copy); /* says what a step has said */
        db->copy = NULL;
    }
    if (db->copy_to != NULL) {
        int rc = sqlite3_close(db->copy_to);
        HONE_INVARIANT(rc == SQLITE_OK);
        db->copy_to = NULL;
    }
}

/* ---- reading it ---- */

/* "file:PATH?immutable=1": nothing is locked, made or written beside the file. */
static char *format_uri(const char *path)
{
    struct hone_buf uri;
    hone_buf_init(&uri, URI_BYTES_MAX);
    (void)hone_buf_append_text(&uri, "file:");
    for (const char *c = path; *c != '\0'; c++) {
        if (strchr("%?#", *c) != NULL) {
            (void)hone_buf_append_format(&uri, "%%%02x", (unsigned)(unsigned char)*c);
        } else {
            (void)hone_buf_append(&uri, c, 1);
        }
    }
    (void)hone_buf_append_text(&uri, "?immutable=1");
    char *text = hone_buf_take(&uri, NULL);
    hone_buf_finish(&uri);
    return text;
}

static int open_copy(sqlite3 **out, const char *path, struct hone_error *err)
{
    char *uri = format_uri(path);
    if (uri == NULL) {
        return hone_error_set(err, HONE_E_LIMIT, "the path %s is too long", path);
    }
    errno = 0;
    int rc = sqlite3_open_v2(
        uri, out, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    free(uri);
    return rc == SQLITE_OK ? 0 : fail(*out, rc, err);
}

/* One row of a list into out[index]; HONE_E_LIMIT. */
typedef int (*read_row_cb)(sqlite3_stmt *row, size_t index, struct hone_arena *arena,
                           struct hone_store_copy *out);

static struct hone_digest digest_at(sqlite3_stmt *row, int column)
{
    struct hone_digest digest = {{0}};
    const void *data = sqlite3_column_blob(row, column);
    if (data != NULL && sqlite3_column_bytes(row, column) == sizeof(digest.bytes)) {
        memcpy(digest.bytes, data, sizeof(digest.bytes));
    }
    return digest;
}

static int read_skill(sqlite3_stmt *row, size_t index, struct hone_arena *arena,
                      struct hone_store_copy *out)
{
    struct hone_store_copy_skill *skill = &out->skills[index];
    struct hone_span name = hone_span_of((const char *)sqlite3_column_blob(row, 0),
                                         (size_t)sqlite3_column_bytes(row, 0));
    skill->live_version = (uint32_t)sqlite3_column_int64(row, 1);
    skill->log_end = (uint64_t)sqlite3_column_int64(row, 2);
    skill->n_calls = (uint64_t)sqlite3_column_int64(row, 3);
    skill->n_feedback = (uint64_t)sqlite3_column_int64(row, 4);
    skill->n_audit = (uint64_t)sqlite3_column_int64(row, 5);
    skill->audit_hash = digest_at(row, 6);
    return hone_arena_span(arena, name, &skill->name);
}

static int read_digest(sqlite3_stmt *row, size_t index, struct hone_arena *arena,
                       struct hone_store_copy *out)
{
    (void)arena;
    out->tensors[index] = digest_at(row, 0);
    return 0;
}

/* Reads all rows of a query, at most n. */
static int read_rows(sqlite3 *copy, const char *sql, size_t n, read_row_cb read_row,
                     struct hone_arena *arena, struct hone_store_copy *out,
                     struct hone_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int code = 0;
    errno = 0;
    int rc = sqlite3_prepare_v2(copy, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        rc = SQLITE_DONE;
    }
    for (size_t i = 0; code == 0 && i < n && (rc = sqlite3_step(stmt)) == SQLITE_ROW;
         i++) {
        code = read_row(stmt, i, arena, out);
    }
    if (code != 0) {
        code = hone_error_set(err, HONE_E_LIMIT, "no room for what the copy holds");
    } else if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        code = fail(copy, rc, err);
    }
    sqlite3_finalize(stmt);
    return code;
}

static int count_row(sqlite3_stmt *row, size_t index, struct hone_arena *arena,
                     struct hone_store_copy *out)
{
    (void)index;
    (void)arena;
    out->n_skills = (size_t)sqlite3_column_int64(row, 0);
    out->n_tensors = (size_t)sqlite3_column_int64(row, 1);
    return 0;
}

#define NAMED                                                                            \
    "SELECT tensors FROM version WHERE tensors IS NOT NULL"                              \
    " UNION SELECT tensors FROM checkpoint WHERE tensors IS NOT NULL"

static int read_contents(sqlite3 *copy, struct hone_arena *arena,
                         struct hone_store_copy *out, struct hone_error *err)
{
    int rc = read_rows(copy,
                       "SELECT (SELECT count(*) FROM skill),"
                       " (SELECT count(*) FROM (" NAMED "))",
                       1, count_row, arena, out, err);
    if (rc != 0) {
        return rc;
    }
    out->skills = hone_arena_alloc(arena, out->n_skills + 1, sizeof(out->skills[0]));
    out->tensors = hone_arena_alloc(arena, out->n_tensors + 1, sizeof(out->tensors[0]));
    if (out->skills == NULL || out->tensors == NULL) {
        return hone_error_set(err, HONE_E_LIMIT, "no room for what the copy holds");
    }
    rc = read_rows(copy,
                   "SELECT name, live_version, log_end, n_calls, n_feedback, n_audit,"
                   " (SELECT hash FROM audit WHERE audit.skill_id = skill.skill_id"
                   "  AND number = n_audit) FROM skill ORDER BY name",
                   out->n_skills, read_skill, arena, out, err);
    return rc == 0 ? read_rows(copy, NAMED " ORDER BY 1", out->n_tensors, read_digest,
                               arena, out, err)
                   : rc;
}

int hone_sqlite_copy_read(const char *path, struct hone_arena *arena,
                          struct hone_store_copy *out, struct hone_error *err)
{
    sqlite3 *copy = NULL;
    struct hone_store_copy contents = {0};
    int rc = open_copy(&copy, path, err);
    if (rc == 0) {
        rc = read_contents(copy, arena, &contents, err);
    }
    (void)sqlite3_close(copy);
    if (rc == 0) {
        *out = contents;
    }
    return rc;
}
