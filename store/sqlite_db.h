/* The one connection of the SQLite engine: opening, pragmas, transactions, what errors
 * mean.
 *
 * Settings that durability hangs on: exactly one connection, locking_mode=EXCLUSIVE
 * before WAL (the WAL index is in memory; SQLite before 3.51.3 can lose a WAL with
 * several connections), and synchronous=FULL (a commit is on disk when it returns).
 *
 * States of a transaction: NONE -> OPEN -> NONE; OPEN -> BROKEN -> NONE when the disk is
 * full or fails in its middle: SQLite has lost all of it, so nothing more may be written
 * until it ends. After an I/O error the connection is replaced by a new one when the
 * transaction has ended: an fsync that failed is never tried again on the same
 * descriptor. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_DB_H
#define HONE_STORE_SQLITE_DB_H

#include "base/attr.h"
#include "base/error.h"
#include "store/call_cache.h"
#include "store/folder_lock.h"

#include <sqlite3.h>
#include <stdbool.h>

#define HONE_SQLITE_DB_MAX_QUERIES 64

enum hone_sqlite_transaction {
    HONE_SQLITE_TRANSACTION_NONE,
    HONE_SQLITE_TRANSACTION_OPEN,
    HONE_SQLITE_TRANSACTION_BROKEN,
};

struct hone_sqlite_db {
    sqlite3 *handle; /* NULL: lost, begin tries again */
    /* By query id; prepared when used. */
    sqlite3_stmt *statements[HONE_SQLITE_DB_MAX_QUERIES];
    char *path;
    char *blob_folder;
    struct hone_folder_lock lock;
    struct hone_call_cache calls;
    enum hone_sqlite_transaction transaction;
    int broken_code;      /* why the transaction is broken */
    bool is_suspect;      /* an I/O error was seen on this connection */
    sqlite3_backup *copy; /* under way, see sqlite_copy.h */
    sqlite3 *copy_to;
};

/* Locks the folder, opens or creates hone.db in it, migrates it. db must be zeroed
 * memory; on failure call hone_sqlite_db_close as well. Errors as hone_store_open. */
int hone_sqlite_db_open(struct hone_sqlite_db *db, const char *folder,
                        struct hone_error *err) HONE_MUST_USE;
void hone_sqlite_db_close(struct hone_sqlite_db *db);

int hone_sqlite_db_begin(struct hone_sqlite_db *db, struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_db_commit(struct hone_sqlite_db *db,
                          struct hone_error *err) HONE_MUST_USE;
void hone_sqlite_db_rollback(struct hone_sqlite_db *db);

/* Around a write of several statements: enter sets a savepoint; leave keeps what was done
 * when rc is 0, undoes it otherwise, and returns rc or its own error. After a failed
 * enter do not leave. */
int hone_sqlite_db_enter(struct hone_sqlite_db *db, struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_db_leave(struct hone_sqlite_db *db, int rc,
                         struct hone_error *err) HONE_MUST_USE;
/* For a write of one statement: fails in a broken transaction. */
int hone_sqlite_db_check(struct hone_sqlite_db *db, struct hone_error *err) HONE_MUST_USE;

/* Our code for SQLite's; handle may be NULL. errno as it was after the call. */
int hone_sqlite_db_code(sqlite3 *handle, int sqlite_rc);

/* Turns SQLite's result into our code and a message "what: why", and breaks the open
 * transaction if it is lost. Returns the code. */
int hone_sqlite_db_fail(struct hone_sqlite_db *db, int sqlite_rc, const char *what,
                        struct hone_error *err);

#endif
