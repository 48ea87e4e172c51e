#include "store/sqlite_query.h"

#include "base/check.h"

#include <errno.h>
#include <string.h>

#define SKILL_COLUMNS                                                                    \
    "skill_id, package, interface, live_version, last_version, position, log_end,"       \
    " n_calls, n_feedback, created_ms,"                                                  \
    " (SELECT max(position) FROM log INDEXED BY log_changes"                             \
    "  WHERE log.skill_id = skill.skill_id AND log.kind <> 1)"
#define VERSION_COLUMNS                                                                  \
    "number, parent, status, package, tensors, tensors_bytes, position, created_ms,"     \
    " evidence"
#define FEEDBACK_COLUMNS                                                                 \
    "feedback_id, call_id, feedback_kind, value, comment, reward, weight, source,"       \
    " idempotency_key"
/* The last says whether the call had feedback before, other than a comment (4). */
#define EVENT_COLUMNS                                                                    \
    "position, " FEEDBACK_COLUMNS ", kind, time_ms, body,"                               \
    " call_id IS NOT NULL AND EXISTS(SELECT 1 FROM log AS earlier"                       \
    "  WHERE earlier.call_id = log.call_id AND earlier.skill_id = log.skill_id"          \
    "  AND earlier.position < log.position AND earlier.feedback_kind <> 4)"
#define TASK_COLUMNS                                                                     \
    "task_id, principal, status, message, created_ms, updated_ms, expires_ms"

static const char *const statements[HONE_SQLITE_N_QUERIES] = {
    [HONE_SQLITE_ADD_SKILL] = "INSERT INTO skill(name, package, interface, created_ms)"
                              " VALUES(?, ?, ?, ?)",
    [HONE_SQLITE_FIND_SKILL] = "SELECT " SKILL_COLUMNS " FROM skill WHERE name = ?",
    [HONE_SQLITE_READ_SKILL] = "SELECT " SKILL_COLUMNS " FROM skill WHERE skill_id = ?",
    [HONE_SQLITE_LIST_SKILLS] = "SELECT skill_id, name FROM skill WHERE skill_id > ?"
                                " ORDER BY skill_id LIMIT ?",
    [HONE_SQLITE_COUNT_CALLS] =
        "UPDATE skill SET n_calls = n_calls + ? WHERE skill_id = ? RETURNING n_calls",
    [HONE_SQLITE_NEXT_POSITION] = "UPDATE skill SET log_end = log_end + 1,"
                                  " n_feedback = n_feedback + ? WHERE skill_id = ?"
                                  " RETURNING log_end",
    [HONE_SQLITE_NEXT_VERSION] = "UPDATE skill SET last_version = last_version + 1"
                                 " WHERE skill_id = ? RETURNING last_version",
    [HONE_SQLITE_SET_LIVE] =
        "UPDATE skill SET live_version = ?, position = ?, package = ?, interface = ?"
        " WHERE skill_id = ?",

    [HONE_SQLITE_ADD_BLOCK] =
        "INSERT INTO call_block(stream, first_id, last_id, n_records, body)"
        " VALUES(?, ?, ?, ?, ?)",
    [HONE_SQLITE_LAST_BLOCK] = "SELECT last_id FROM call_block WHERE stream = ?"
                               " ORDER BY first_id DESC LIMIT 1",
    [HONE_SQLITE_FIND_BLOCK] = "SELECT block_id, last_id, body FROM call_block"
                               " WHERE stream = ? AND first_id <= ?"
                               " ORDER BY first_id DESC LIMIT 1",
    [HONE_SQLITE_READ_BLOCKS] =
        "SELECT block_id, first_id, last_id, n_records, body FROM call_block"
        " WHERE block_id > ? ORDER BY block_id LIMIT ?",
    [HONE_SQLITE_READ_BLOCK_BEFORE] =
        "SELECT block_id, body FROM call_block WHERE block_id < ?"
        " ORDER BY block_id DESC LIMIT 1",
    [HONE_SQLITE_FIRST_BLOCK] = "SELECT first_id FROM call_block WHERE stream = ?"
                                " ORDER BY first_id LIMIT 1",
    [HONE_SQLITE_NEXT_BLOCK] = "SELECT block_id, first_id, last_id FROM call_block"
                               " WHERE stream = ? AND first_id > ?"
                               " ORDER BY first_id LIMIT 1",
    [HONE_SQLITE_READ_BLOCK] = "SELECT body FROM call_block WHERE block_id = ?",
    [HONE_SQLITE_CUT_BLOCK] = "UPDATE call_block SET first_id = ?, last_id = ?,"
                              " n_records = ?, body = ? WHERE block_id = ?",
    [HONE_SQLITE_DROP_BLOCK] = "DELETE FROM call_block WHERE block_id = ?",
    [HONE_SQLITE_LAST_FEEDBACK] = "SELECT max(position) FROM log WHERE call_id = ?",
    [HONE_SQLITE_OLDEST_KEPT] = "SELECT min(position) FROM version WHERE skill_id = ?"
                                " AND tensors IS NOT NULL",
    [HONE_SQLITE_READ_SIZES] =
        "SELECT page_count, freelist_count, page_size FROM pragma_page_count,"
        " pragma_freelist_count, pragma_page_size",
    [HONE_SQLITE_SHRINK] = "PRAGMA incremental_vacuum(256)",

    [HONE_SQLITE_ADD_FEEDBACK] = "INSERT INTO log(skill_id, position, kind, time_ms,"
                                 " " FEEDBACK_COLUMNS ")"
                                 " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [HONE_SQLITE_ADD_EVENT] = "INSERT INTO log(skill_id, position, kind, time_ms, body)"
                              " VALUES(?, ?, ?, ?, ?)",
    [HONE_SQLITE_FIND_FEEDBACK_BY_KEY] =
        "SELECT position, " FEEDBACK_COLUMNS " FROM log"
        " WHERE call_id = ? AND source = ? AND idempotency_key = ?",
    [HONE_SQLITE_FIND_LATEST_FEEDBACK] = "SELECT position, " FEEDBACK_COLUMNS " FROM log"
                                         " WHERE call_id = ? AND source = ?"
                                         " ORDER BY position DESC LIMIT 1",
    [HONE_SQLITE_FIND_FIRST_FEEDBACK] = "SELECT position FROM log"
                                        " WHERE call_id = ? AND source = ?"
                                        " ORDER BY position LIMIT 1",
    [HONE_SQLITE_READ_LOG] = "SELECT " EVENT_COLUMNS " FROM log WHERE skill_id = ?"
                             " AND position > ? ORDER BY position LIMIT ?",
    [HONE_SQLITE_LIST_FEEDBACK] = "SELECT " EVENT_COLUMNS " FROM log WHERE call_id = ?"
                                  " ORDER BY position LIMIT ?",
    [HONE_SQLITE_COUNT_FEEDBACK] =
        "SELECT feedback_kind, source, count(*) FROM log WHERE skill_id = ?"
        " AND position > ? AND position <= ? AND kind = 1 GROUP BY feedback_kind, source"
        " ORDER BY count(*) DESC, feedback_kind, source LIMIT ?",
    /* Kinds: label, correction, choice. */
    [HONE_SQLITE_COUNT_VALUES] = "SELECT value, count(*) FROM log WHERE skill_id = ?"
                                 " AND position > ? AND position <= ? AND kind = 1 AND "
                                 "feedback_kind IN (1, 3, 5)"
                                 " GROUP BY value ORDER BY count(*) DESC, value LIMIT ?",
    [HONE_SQLITE_READ_POSITIONS] = "SELECT position FROM log WHERE skill_id = ?"
                                   " AND position > ? ORDER BY position LIMIT ?",

    [HONE_SQLITE_FIND_EVENT] = "SELECT position, time_ms, body FROM log"
                               " INDEXED BY log_changes"
                               " WHERE skill_id = ? AND kind = ? AND kind <> 1"
                               " AND position <= ? ORDER BY position DESC LIMIT 1",

    [HONE_SQLITE_ADD_VERSION] = "INSERT INTO version(skill_id, " VERSION_COLUMNS ")"
                                " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [HONE_SQLITE_READ_VERSION] = "SELECT " VERSION_COLUMNS " FROM version"
                                 " WHERE skill_id = ? AND number = ?",
    [HONE_SQLITE_LIST_VERSIONS] = "SELECT " VERSION_COLUMNS " FROM version"
                                  " WHERE skill_id = ? ORDER BY number DESC",
    [HONE_SQLITE_SET_STATUS] = "UPDATE version SET status = ? WHERE skill_id = ?"
                               " AND number = ? RETURNING number",
    [HONE_SQLITE_FORGET_TENSORS] = "UPDATE version SET tensors = NULL, tensors_bytes = 0"
                                   " WHERE skill_id = ? AND number = ?",
    [HONE_SQLITE_IS_NAMED] = "SELECT 1 FROM version WHERE tensors = ?1 UNION ALL"
                             " SELECT 1 FROM checkpoint WHERE tensors = ?1 LIMIT 1",

    [HONE_SQLITE_READ_LEASE] = "SELECT holder, token, expires_ms FROM lease"
                               " WHERE skill_id = ?",
    [HONE_SQLITE_WRITE_LEASE] = "INSERT INTO lease(skill_id, holder, token, expires_ms)"
                                " VALUES(?, ?, ?, ?) ON CONFLICT(skill_id) DO UPDATE SET"
                                " holder = excluded.holder, token = excluded.token,"
                                " expires_ms = excluded.expires_ms",
    [HONE_SQLITE_END_LEASES] = "UPDATE lease SET expires_ms = ?1 WHERE expires_ms > ?1",
    [HONE_SQLITE_WRITE_CHECKPOINT] =
        "INSERT INTO checkpoint(skill_id, version, position, tensors, tensors_bytes,"
        " created_ms) VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(skill_id) DO UPDATE SET"
        " version = excluded.version, position = excluded.position,"
        " tensors = excluded.tensors, tensors_bytes = excluded.tensors_bytes,"
        " created_ms = excluded.created_ms",
    [HONE_SQLITE_READ_CHECKPOINT] = "SELECT version, position, tensors, tensors_bytes"
                                    " FROM checkpoint WHERE skill_id = ?",
    [HONE_SQLITE_DROP_CHECKPOINT] = "DELETE FROM checkpoint WHERE skill_id = ?",

    [HONE_SQLITE_ADD_TASK] = "INSERT INTO task(task_id, principal, status, message,"
                             " created_ms, updated_ms, expires_ms)"
                             " VALUES(?, ?, 'working', ?, ?, ?, ?)"
                             " ON CONFLICT(task_id) DO NOTHING RETURNING 1",
    [HONE_SQLITE_END_TASK] = "UPDATE task SET status = ?, message = ?, body = ?,"
                             " updated_ms = ? WHERE task_id = ? AND status = 'working'"
                             " RETURNING 1",
    [HONE_SQLITE_END_OPEN_TASKS] = "UPDATE task SET status = ?, message = ?, body = ?,"
                                   " updated_ms = ? WHERE status = 'working'",
    [HONE_SQLITE_READ_TASK] = "SELECT " TASK_COLUMNS ", body FROM task WHERE task_id = ?",
    [HONE_SQLITE_LIST_TASKS] = "SELECT " TASK_COLUMNS " FROM task WHERE expires_ms > ?"
                               " ORDER BY expires_ms, task_id LIMIT ?",
    [HONE_SQLITE_REMOVE_TASKS] = "DELETE FROM task WHERE task_id IN (SELECT task_id"
                                 " FROM task WHERE expires_ms <= ? ORDER BY expires_ms"
                                 " LIMIT ?)",

    [HONE_SQLITE_NEXT_AUDIT] = "UPDATE skill SET n_audit = n_audit + 1 WHERE skill_id = ?"
                               " RETURNING n_audit",
    [HONE_SQLITE_ADD_AUDIT] = "INSERT INTO audit(skill_id, number, at_ms, actor, action,"
                              " detail, hash) VALUES(?, ?, ?, ?, ?, ?, ?)",
    [HONE_SQLITE_COUNT_AUDIT] = "SELECT n_audit FROM skill WHERE skill_id = ?",
    [HONE_SQLITE_READ_AUDIT_HASH] = "SELECT hash FROM audit WHERE skill_id = ?"
                                    " AND number = ?",
    [HONE_SQLITE_READ_AUDIT] =
        "SELECT number, at_ms, actor, action, detail, hash FROM audit"
        " WHERE skill_id = ? AND number > ? ORDER BY number LIMIT ?",
};

_Static_assert(HONE_SQLITE_N_QUERIES <= HONE_SQLITE_DB_MAX_QUERIES,
               "room for each statement");

void hone_sqlite_query_start(struct hone_sqlite_query *query, struct hone_sqlite_db *db,
                             enum hone_sqlite_query_id id)
{
    *query = (struct hone_sqlite_query){.db = db, .sqlite_rc = SQLITE_OK};
    if (db->handle == NULL) {
        query->sqlite_rc = SQLITE_IOERR;
        return;
    }
    if (db->statements[id] == NULL) {
        query->sqlite_rc =
            sqlite3_prepare_v3(db->handle, statements[id], -1, SQLITE_PREPARE_PERSISTENT,
                               &db->statements[id], NULL);
    }
    query->stmt = db->statements[id];
    /* Nested use of one statement would lose the outer one's place. */
    HONE_INVARIANT(query->stmt == NULL || sqlite3_stmt_busy(query->stmt) == 0);
}

void hone_sqlite_query_finish(struct hone_sqlite_query *query)
{
    if (query->stmt != NULL) {
        sqlite3_reset(query->stmt);
        sqlite3_clear_bindings(query->stmt);
        query->stmt = NULL;
    }
}

/* ---- parameters ---- */

static bool may_bind(struct hone_sqlite_query *query)
{
    query->n_bound += 1;
    return query->sqlite_rc == SQLITE_OK;
}

void hone_sqlite_query_bind_int(struct hone_sqlite_query *query, int64_t value)
{
    if (may_bind(query)) {
        query->sqlite_rc = sqlite3_bind_int64(query->stmt, query->n_bound, value);
    }
}

void hone_sqlite_query_bind_u64(struct hone_sqlite_query *query, uint64_t value)
{
    hone_sqlite_query_bind_int(query, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void hone_sqlite_query_bind_real(struct hone_sqlite_query *query, double value)
{
    if (may_bind(query)) {
        query->sqlite_rc = sqlite3_bind_double(query->stmt, query->n_bound, value);
    }
}

void hone_sqlite_query_bind_text(struct hone_sqlite_query *query, struct hone_span value)
{
    if (may_bind(query)) {
        const char *data = value.len > 0 ? value.data : ""; /* NULL would bind NULL */
        query->sqlite_rc = sqlite3_bind_text64(query->stmt, query->n_bound, data,
                                               value.len, SQLITE_STATIC, SQLITE_UTF8);
    }
}

void hone_sqlite_query_bind_optional(struct hone_sqlite_query *query,
                                     struct hone_span value)
{
    if (value.len > 0) {
        hone_sqlite_query_bind_text(query, value);
    } else {
        query->n_bound += 1; /* bindings were cleared, so it is NULL */
    }
}

void hone_sqlite_query_bind_blob(struct hone_sqlite_query *query, struct hone_span value)
{
    if (may_bind(query)) {
        query->sqlite_rc = sqlite3_bind_blob64(query->stmt, query->n_bound,
                                               value.len > 0 ? value.data : "", value.len,
                                               SQLITE_STATIC);
    }
}

void hone_sqlite_query_bind_uuid(struct hone_sqlite_query *query,
                                 const struct hone_uuid *value)
{
    hone_sqlite_query_bind_blob(
        query, hone_span_of((const char *)value->bytes, sizeof(value->bytes)));
}

void hone_sqlite_query_bind_digest(struct hone_sqlite_query *query,
                                   const struct hone_digest *value)
{
    static const struct hone_digest zero = {{0}};
    if (hone_digest_equal(*value, zero)) {
        query->n_bound += 1;
        return;
    }
    hone_sqlite_query_bind_blob(
        query, hone_span_of((const char *)value->bytes, sizeof(value->bytes)));
}

/* ---- steps ---- */

int hone_sqlite_query_step(struct hone_sqlite_query *query, struct hone_error *err)
{
    if (query->db->handle == NULL) {
        return hone_error_set(err, HONE_E_IO,
                              "hone.db could not be opened again after an error");
    }
    if (query->sqlite_rc == SQLITE_OK) {
        errno = 0; /* for the cause of a failure, as in sqlite_db.c */
        int rc = sqlite3_step(query->stmt);
        if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
            return rc == SQLITE_ROW ? 1 : 0;
        }
        query->sqlite_rc = rc;
    }
    return hone_sqlite_db_fail(query->db, query->sqlite_rc, "hone.db", err);
}

int hone_sqlite_query_run(struct hone_sqlite_query *query, struct hone_error *err)
{
    int rc = hone_sqlite_query_step(query, err);
    HONE_INVARIANT(rc <= 0);
    hone_sqlite_query_finish(query);
    return rc;
}

/* ---- columns ---- */

int64_t hone_sqlite_query_int(struct hone_sqlite_query *query, int column)
{
    return sqlite3_column_int64(query->stmt, column);
}

uint64_t hone_sqlite_query_u64(struct hone_sqlite_query *query, int column)
{
    int64_t value = sqlite3_column_int64(query->stmt, column);
    return value > 0 ? (uint64_t)value : 0;
}

uint32_t hone_sqlite_query_u32(struct hone_sqlite_query *query, int column)
{
    uint64_t value = hone_sqlite_query_u64(query, column);
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

double hone_sqlite_query_real(struct hone_sqlite_query *query, int column)
{
    return sqlite3_column_double(query->stmt, column);
}

struct hone_span hone_sqlite_query_span(struct hone_sqlite_query *query, int column)
{
    const char *data = sqlite3_column_blob(query->stmt, column);
    int len = sqlite3_column_bytes(query->stmt, column);
    return hone_span_of(data, data != NULL ? (size_t)len : 0);
}

struct hone_uuid hone_sqlite_query_uuid(struct hone_sqlite_query *query, int column)
{
    struct hone_uuid value = {{0}};
    struct hone_span span = hone_sqlite_query_span(query, column);
    if (span.len == sizeof(value.bytes)) {
        memcpy(value.bytes, span.data, span.len);
    }
    return value;
}

struct hone_digest hone_sqlite_query_digest(struct hone_sqlite_query *query, int column)
{
    struct hone_digest value = {{0}};
    struct hone_span span = hone_sqlite_query_span(query, column);
    if (span.len == sizeof(value.bytes)) {
        memcpy(value.bytes, span.data, span.len);
    }
    return value;
}

int hone_sqlite_query_copy(struct hone_sqlite_query *query, int column,
                           struct hone_arena *arena, struct hone_span *out)
{
    return hone_arena_span(arena, hone_sqlite_query_span(query, column), out) == 0
               ? 0
               : HONE_E_LIMIT;
}
