#include "store/sqlite_db.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "store/sqlite_copy.h"
#include "store/sqlite_schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MIN_SQLITE_VERSION 3037000 /* STRICT tables */
#define MAX_VALUE_BYTES    (64 * 1024 * 1024)
#define CACHE_BYTES        ((size_t)16 * 1024 * 1024)

/* ---- errors ---- */

static bool is_no_space(int error_number)
{
    return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

static bool is_no_access(int error_number)
{
    return error_number == EACCES || error_number == EPERM || error_number == EROFS;
}

int hone_sqlite_db_code(sqlite3 *handle, int sqlite_rc)
{
    /* SQLite does not note the cause of a failed COMMIT, so errno is cleared
     * before each call. */
    int system_error = handle != NULL ? sqlite3_system_errno(handle) : 0;
    system_error = system_error != 0 ? system_error : errno;
    switch (sqlite_rc & 0xff) {
    case SQLITE_FULL:
        return HONE_E_FULL;
    case SQLITE_IOERR:
        if (sqlite_rc == SQLITE_IOERR_NOMEM) {
            return HONE_E_NOMEM;
        }
        /* A quota and a limit of file size arrive as write errors; a failed fsync never
         * counts as "full", because what it left behind is not known. */
        return sqlite_rc == SQLITE_IOERR_WRITE && is_no_space(system_error) ? HONE_E_FULL
                                                                            : HONE_E_IO;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return HONE_E_READ_ONLY;
    case SQLITE_CANTOPEN:
        return is_no_access(system_error) ? HONE_E_READ_ONLY : HONE_E_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return HONE_E_CORRUPT;
    case SQLITE_NOMEM:
        return HONE_E_NOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return HONE_E_BUSY;
    case SQLITE_TOOBIG:
        return HONE_E_LIMIT;
    case SQLITE_CONSTRAINT:
        /* The only foreign key is the skill's. */
        return sqlite_rc == SQLITE_CONSTRAINT_FOREIGNKEY ? HONE_E_NOT_FOUND
                                                         : HONE_E_INVALID;
    default:
        return HONE_E_IO;
    }
}

static void hint_of(int code, struct hone_error *err)
{
    switch (code) {
    case HONE_E_FULL:
        hone_error_hint(err, "free space on the disk that holds the data folder");
        break;
    case HONE_E_READ_ONLY:
        hone_error_hint(err, "give this user write access to the data folder");
        break;
    case HONE_E_CORRUPT:
        hone_error_hint(err, "restore the data folder from a backup, or name another");
        break;
    case HONE_E_BUSY:
        hone_error_hint(err, "another program has hone.db open; close it");
        break;
    default:
        break;
    }
}

/* SQLite has given up, or must give up, all of the open transaction. */
static bool loses_transaction(int code)
{
    return code == HONE_E_FULL || code == HONE_E_IO || code == HONE_E_NOMEM ||
           code == HONE_E_CORRUPT || code == HONE_E_READ_ONLY;
}

int hone_sqlite_db_fail(struct hone_sqlite_db *db, int sqlite_rc, const char *what,
                        struct hone_error *err)
{
    int code = hone_sqlite_db_code(db->handle, sqlite_rc);
    hone_error_set(err, code, "%s: %s", what,
                   db->handle != NULL ? sqlite3_errmsg(db->handle)
                                      : sqlite3_errstr(sqlite_rc));
    hint_of(code, err);
    if (code == HONE_E_IO || code == HONE_E_CORRUPT) {
        db->is_suspect = true;
    }
    if (db->transaction == HONE_SQLITE_TRANSACTION_OPEN && loses_transaction(code)) {
        db->transaction = HONE_SQLITE_TRANSACTION_BROKEN;
        db->broken_code = code;
    }
    return code;
}

static int run(struct hone_sqlite_db *db, const char *sql, const char *what,
               struct hone_error *err)
{
    errno = 0;
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : hone_sqlite_db_fail(db, rc, what, err);
}

/* ---- the connection ---- */

static void disconnect(struct hone_sqlite_db *db)
{
    hone_sqlite_copy_end(db); /* whoever makes it learns of it at the next step */
    for (size_t i = 0; i < HONE_SQLITE_DB_MAX_QUERIES; i++) {
        sqlite3_finalize(db->statements[i]);
        db->statements[i] = NULL;
    }
    if (db->handle != NULL) {
        int rc = sqlite3_close(db->handle);
        HONE_INVARIANT(rc == SQLITE_OK); /* otherwise a statement was forgotten */
        db->handle = NULL;
    }
}

/* What holds for the connection before anything in the file is looked at. */
static int limit_connection(struct hone_sqlite_db *db, struct hone_error *err)
{
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES);
    int rc = sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc != SQLITE_OK) {
        return hone_sqlite_db_fail(db, rc, "cannot protect the connection", err);
    }
    return run(db,
               "PRAGMA locking_mode=EXCLUSIVE; PRAGMA trusted_schema=OFF;"
               "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;",
               "cannot configure hone.db", err);
}

/* The value must come back as it was asked for: WAL silently stays off where
 * it cannot work. */
static int require_pragma(struct hone_sqlite_db *db, const char *sql,
                          const char *expected, struct hone_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int code = 0;
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc != SQLITE_ROW) {
        code = hone_sqlite_db_fail(db, rc, sql, err);
    } else if (strcmp((const char *)sqlite3_column_text(stmt, 0), expected) != 0) {
        code =
            hone_error_set(err, HONE_E_UNSUPPORTED, "%s answers \"%s\" instead of \"%s\"",
                           sql, (const char *)sqlite3_column_text(stmt, 0), expected);
        hone_error_hint(err, "put the data folder on a local disk");
    }
    sqlite3_finalize(stmt);
    return code;
}

static int configure(struct hone_sqlite_db *db, bool is_new, struct hone_error *err)
{
    int rc = 0;
    if (is_new) {
        rc = run(db, "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA page_size=4096;",
                 "cannot configure hone.db", err);
    }
    if (rc == 0) {
        rc = require_pragma(db, "PRAGMA locking_mode", "exclusive", err);
    }
    if (rc == 0) {
        rc = require_pragma(db, "PRAGMA journal_mode=WAL", "wal", err);
    }
    if (rc == 0) {
        rc = run(db,
                 "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;"
                 "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-65536;"
                 "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON;",
                 "cannot configure hone.db", err);
    }
    return rc == 0 ? require_pragma(db, "PRAGMA synchronous", "2", err) : rc;
}

static int connect_file(struct hone_sqlite_db *db, struct hone_error *err)
{
    int rc = sqlite3_open_v2(
        db->path, &db->handle,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) {
        return hone_sqlite_db_fail(db, rc, "cannot open hone.db", err);
    }
    if (sqlite3_db_readonly(db->handle, "main") != 0) {
        rc = hone_error_set(err, HONE_E_READ_ONLY, "%s cannot be written", db->path);
        hint_of(rc, err);
        return rc;
    }
    int version = 0;
    rc = limit_connection(db, err);
    if (rc == 0) {
        rc = hone_sqlite_schema_identify(db, &version, err);
    }
    if (rc == 0) {
        rc = configure(db, version == 0, err);
    }
    return rc == 0 ? hone_sqlite_schema_migrate(db, version, err) : rc;
}

/* A fresh connection instead of one that saw an I/O error. */
static int reconnect(struct hone_sqlite_db *db, struct hone_error *err)
{
    hone_call_cache_finish(&db->calls);
    disconnect(db);
    int rc = connect_file(db, err);
    if (rc != 0) {
        disconnect(db);
        return rc;
    }
    db->is_suspect = false;
    return 0;
}

static int make_folder(const char *folder, struct hone_error *err)
{
    int rc = hone_file_make_folder(folder, 0700, err);
    if (rc == HONE_E_DENIED) {
        rc = HONE_E_READ_ONLY;
        if (err != NULL) {
            err->code = rc;
        }
    }
    return rc;
}

int hone_sqlite_db_open(struct hone_sqlite_db *db, const char *folder,
                        struct hone_error *err)
{
    db->lock.fd = -1;
    hone_call_cache_init(&db->calls, CACHE_BYTES);
    if (sqlite3_libversion_number() < MIN_SQLITE_VERSION) {
        return hone_error_set(err, HONE_E_UNSUPPORTED,
                              "SQLite %s is too old; 3.37 is needed",
                              sqlite3_libversion());
    }
    db->path = hone_alloc_format("%s/hone.db", folder);
    db->blob_folder = hone_alloc_format("%s/blobs", folder);
    int rc = make_folder(folder, err);
    if (rc == 0) {
        rc = hone_folder_lock_take(&db->lock, folder, err);
    }
    if (rc == 0) {
        rc = connect_file(db, err);
    }
    /* The names of files that SQLite has just made. */
    return rc == 0 ? hone_file_sync_folder(folder, err) : rc;
}

void hone_sqlite_db_close(struct hone_sqlite_db *db)
{
    disconnect(db);
    hone_call_cache_finish(&db->calls);
    if (db->path != NULL) { /* it was opened, so lock.fd means something */
        hone_folder_lock_release(&db->lock);
    }
    free(db->path);
    free(db->blob_folder);
    db->path = NULL;
    db->blob_folder = NULL;
}

/* ---- transactions ---- */

int hone_sqlite_db_begin(struct hone_sqlite_db *db, struct hone_error *err)
{
    if (db->handle == NULL || db->is_suspect) {
        int rc = reconnect(db, err);
        if (rc != 0) {
            return rc;
        }
    }
    int rc = run(db, "BEGIN IMMEDIATE", "cannot begin", err);
    if (rc == 0) {
        db->transaction = HONE_SQLITE_TRANSACTION_OPEN;
    }
    return rc;
}

/* Whatever is left of the transaction goes; the connection is usable
 * afterwards, or replaced. */
static void abandon(struct hone_sqlite_db *db)
{
    db->transaction = HONE_SQLITE_TRANSACTION_NONE;
    hone_call_cache_settle(&db->calls, false);
    if (db->handle != NULL && sqlite3_get_autocommit(db->handle) == 0 &&
        run(db, "ROLLBACK", "cannot roll back", NULL) != 0) {
        db->is_suspect = true;
    }
    if (db->is_suspect) {
        /* When this fails the store has no connection until a begin succeeds. */
        int ignored = reconnect(db, NULL);
        (void)ignored;
    }
}

int hone_sqlite_db_commit(struct hone_sqlite_db *db, struct hone_error *err)
{
    int rc = hone_sqlite_db_check(db, err);
    if (rc == 0) {
        rc = run(db, "COMMIT", "cannot commit", err);
    }
    if (rc != 0) {
        abandon(db);
        return rc;
    }
    db->transaction = HONE_SQLITE_TRANSACTION_NONE;
    hone_call_cache_settle(&db->calls, true);
    return 0;
}

void hone_sqlite_db_rollback(struct hone_sqlite_db *db)
{
    abandon(db);
}

int hone_sqlite_db_check(struct hone_sqlite_db *db, struct hone_error *err)
{
    if (db->transaction == HONE_SQLITE_TRANSACTION_BROKEN) {
        return hone_error_set(
            err, db->broken_code,
            "nothing of this transaction can be kept after an earlier error");
    }
    return 0;
}

int hone_sqlite_db_enter(struct hone_sqlite_db *db, struct hone_error *err)
{
    int rc = hone_sqlite_db_check(db, err);
    return rc == 0 ? run(db, "SAVEPOINT step", "cannot set a savepoint", err) : rc;
}

int hone_sqlite_db_leave(struct hone_sqlite_db *db, int rc, struct hone_error *err)
{
    if (rc == 0) {
        rc = run(db, "RELEASE step", "cannot release a savepoint", err);
    }
    if (rc != 0 && db->transaction == HONE_SQLITE_TRANSACTION_OPEN) {
        int undone = run(db, "ROLLBACK TO step; RELEASE step", "cannot undo", NULL);
        if (undone != 0 && db->transaction == HONE_SQLITE_TRANSACTION_OPEN) {
            db->transaction = HONE_SQLITE_TRANSACTION_BROKEN;
            db->broken_code = undone;
        }
    }
    return rc;
}
