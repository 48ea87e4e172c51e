#include "store/sqlite_schema.h"

#include <errno.h>
#include <stdio.h>

#define APPLICATION_ID 0x686f6e65 /* "hone" */

/* Step i leads from format i to i + 1. Steps are never edited after a release; new ones
 * follow. One string per table, because C limits the length of a literal. */
static const char *const step_1[] = {
    "CREATE TABLE skill("
    "  skill_id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL UNIQUE,"
    "  package BLOB NOT NULL CHECK(length(package) = 32),"
    "  interface BLOB NOT NULL CHECK(length(interface) = 32),"
    "  live_version INTEGER NOT NULL DEFAULT 0,"
    "  last_version INTEGER NOT NULL DEFAULT 0,"
    "  position INTEGER NOT NULL DEFAULT 0," /* that the live state starts from */
    "  log_end INTEGER NOT NULL DEFAULT 0,"  /* position of the newest event */
    "  n_calls INTEGER NOT NULL DEFAULT 0,"
    "  n_feedback INTEGER NOT NULL DEFAULT 0,"
    "  n_audit INTEGER NOT NULL DEFAULT 0,"
    "  created_ms INTEGER NOT NULL) STRICT",

    /* Blocks of one stream do not overlap, so that a look-up is one seek per stream
     * (sqlite_calls.c). */
    "CREATE TABLE call_block("
    "  block_id INTEGER PRIMARY KEY,"
    "  stream INTEGER NOT NULL,"
    "  first_id BLOB NOT NULL CHECK(length(first_id) = 16),"
    "  last_id BLOB NOT NULL CHECK(length(last_id) = 16),"
    "  n_records INTEGER NOT NULL,"
    "  body BLOB NOT NULL,"
    "  UNIQUE(stream, first_id)) STRICT",

    "CREATE TABLE log("
    "  skill_id INTEGER NOT NULL REFERENCES skill,"
    "  position INTEGER NOT NULL,"
    /* of enum hone_store_event_kind */
    "  kind INTEGER NOT NULL CHECK(kind BETWEEN 1 AND 7),"
    "  time_ms INTEGER NOT NULL,"
    "  feedback_id BLOB, call_id BLOB,"
    "  feedback_kind INTEGER," /* enum hone_store_feedback_kind */
    "  value TEXT, comment TEXT, reward REAL, weight REAL, source TEXT, idempotency_key "
    "TEXT,"
    "  body TEXT," /* JSON, of all kinds but feedback */
    "  CHECK((kind = 1) = (feedback_id IS NOT NULL AND call_id IS NOT NULL"
    "    AND feedback_kind IS NOT NULL AND value IS NOT NULL AND comment IS NOT NULL"
    "    AND reward IS NOT NULL AND weight IS NOT NULL AND source IS NOT NULL)),"
    "  CHECK((kind = 1) = (body IS NULL)),"
    "  PRIMARY KEY(skill_id, position)) STRICT, WITHOUT ROWID",
    "CREATE UNIQUE INDEX log_once ON log(call_id, source, idempotency_key)"
    "  WHERE idempotency_key IS NOT NULL",
    "CREATE INDEX log_by_call ON log(call_id, source, position) WHERE call_id IS NOT "
    "NULL",
    "CREATE INDEX log_changes ON log(skill_id, position) WHERE kind <> 1",

    "CREATE TABLE version("
    "  skill_id INTEGER NOT NULL REFERENCES skill,"
    "  number INTEGER NOT NULL,"
    "  parent INTEGER NOT NULL,"
    "  status TEXT NOT NULL CHECK(status IN ('candidate', 'rejected', 'inconclusive', "
    "'error',"
    "    'shadow', 'canary', 'live', 'retired', 'rolled_back')),"
    "  package BLOB NOT NULL CHECK(length(package) = 32),"
    "  tensors BLOB CHECK(tensors IS NULL OR length(tensors) = 32),"
    "  tensors_bytes INTEGER NOT NULL,"
    "  position INTEGER NOT NULL,"
    "  created_ms INTEGER NOT NULL,"
    "  evidence TEXT NOT NULL,"
    "  PRIMARY KEY(skill_id, number)) STRICT, WITHOUT ROWID",
    "CREATE INDEX version_by_tensors ON version(tensors) WHERE tensors IS NOT NULL",

    "CREATE TABLE checkpoint("
    "  skill_id INTEGER PRIMARY KEY REFERENCES skill,"
    "  version INTEGER NOT NULL,"
    "  position INTEGER NOT NULL,"
    "  tensors BLOB CHECK(tensors IS NULL OR length(tensors) = 32),"
    "  tensors_bytes INTEGER NOT NULL,"
    "  created_ms INTEGER NOT NULL) STRICT",

    "CREATE TABLE lease("
    "  skill_id INTEGER PRIMARY KEY REFERENCES skill,"
    "  holder TEXT NOT NULL,"
    "  token INTEGER NOT NULL,"
    "  expires_ms INTEGER NOT NULL) STRICT",

    "CREATE TABLE audit("
    "  skill_id INTEGER NOT NULL REFERENCES skill,"
    "  number INTEGER NOT NULL,"
    "  at_ms INTEGER NOT NULL,"
    "  actor TEXT NOT NULL,"
    "  action TEXT NOT NULL,"
    "  detail TEXT NOT NULL," /* the exact bytes that were hashed */
    "  hash BLOB NOT NULL CHECK(length(hash) = 32),"
    "  PRIMARY KEY(skill_id, number)) STRICT, WITHOUT ROWID",
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
    "  BEGIN SELECT raise(ABORT, 'audit is append-only'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
    "  BEGIN SELECT raise(ABORT, 'audit is append-only'); END",
    NULL,
};

static const char *const step_2[] = {
    "CREATE TABLE task("
    "  task_id BLOB PRIMARY KEY NOT NULL CHECK(length(task_id) = 16),"
    "  principal TEXT NOT NULL,"
    "  status TEXT NOT NULL CHECK(status IN ('working', 'completed', 'failed', "
    "'cancelled')),"
    "  message TEXT NOT NULL,"
    "  body TEXT," /* JSON, of those that have ended */
    "  created_ms INTEGER NOT NULL,"
    "  updated_ms INTEGER NOT NULL,"
    "  expires_ms INTEGER NOT NULL) STRICT",
    "CREATE INDEX task_by_expiry ON task(expires_ms)",
    NULL,
};

static const char *const *const steps[] = {step_1, step_2};
#define CURRENT_VERSION ((int)(sizeof(steps) / sizeof(steps[0])))

static int read_int(struct hone_sqlite_db *db, const char *sql, int *out,
                    struct hone_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int code = 0;
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc == SQLITE_ROW) {
        *out = sqlite3_column_int(stmt, 0);
    } else {
        code = hone_sqlite_db_fail(db, rc, "cannot read hone.db", err);
    }
    sqlite3_finalize(stmt);
    return code;
}

int hone_sqlite_schema_identify(struct hone_sqlite_db *db, int *version,
                                struct hone_error *err)
{
    int application = 0;
    int format = 0;
    int n_tables = 0;
    int rc = read_int(db, "PRAGMA application_id", &application, err);
    if (rc == 0) {
        rc = read_int(db, "PRAGMA user_version", &format, err);
    }
    if (rc == 0) {
        rc = read_int(db, "SELECT count(*) FROM sqlite_schema", &n_tables, err);
    }
    if (rc != 0) {
        return rc;
    }
    bool is_empty = application == 0 && format == 0 && n_tables == 0;
    if (!is_empty && (application != APPLICATION_ID || format < 1)) {
        hone_error_set(err, HONE_E_CORRUPT, "%s is a database of another program",
                       db->path);
        hone_error_hint(err, "name another data folder");
        return HONE_E_CORRUPT;
    }
    if (format > CURRENT_VERSION) {
        hone_error_set(err, HONE_E_VERSION, "%s has format %d, this build reads up to %d",
                       db->path, format, CURRENT_VERSION);
        hone_error_hint(err,
                        "use the newer hone that wrote it, or name another data folder");
        return HONE_E_VERSION;
    }
    *version = format;
    return 0;
}

static int run(struct hone_sqlite_db *db, const char *sql, struct hone_error *err)
{
    errno = 0;
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0
                           : hone_sqlite_db_fail(db, rc, "cannot migrate hone.db", err);
}

static int apply_step(struct hone_sqlite_db *db, int version, struct hone_error *err)
{
    char stamp[96];
    snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             APPLICATION_ID, version + 1);
    int rc = run(db, "BEGIN IMMEDIATE", err);
    for (const char *const *sql = steps[version]; rc == 0 && *sql != NULL; sql++) {
        rc = run(db, *sql, err);
    }
    if (rc == 0) {
        rc = run(db, stamp, err);
    }
    if (rc == 0) {
        rc = run(db, "COMMIT", err);
    }
    if (rc != 0 && sqlite3_get_autocommit(db->handle) == 0) {
        int ignored = run(db, "ROLLBACK", NULL);
        (void)ignored;
    }
    return rc;
}

int hone_sqlite_schema_migrate(struct hone_sqlite_db *db, int version,
                               struct hone_error *err)
{
    int rc = 0;
    for (int step = version; rc == 0 && step < CURRENT_VERSION; step++) {
        rc = apply_step(db, step, err);
    }
    return rc;
}
