/* Every statement of the SQLite engine stands in sqlite_query.c, is prepared once, and is
 * used like this:
 *
 *     struct hone_sqlite_query query;
 *     hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_SKILL);
 *     hone_sqlite_query_bind_int(&query, skill_id);          parameters in their order
 *     int rc = hone_sqlite_query_step(&query, err);          1 = row, 0 = end, else an
 * error
 *     ... hone_sqlite_query_int(&query, column) ...
 *     hone_sqlite_query_finish(&query);                      always
 *
 * Errors of start and bind are kept and come out of step. Bound bytes are borrowed until
 * finish, column bytes until the next step or finish. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_QUERY_H
#define HONE_STORE_SQLITE_QUERY_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "base/uuid.h"
#include "store/sqlite_db.h"

#include <stdint.h>

enum hone_sqlite_query_id {
    HONE_SQLITE_ADD_SKILL,
    HONE_SQLITE_FIND_SKILL,
    HONE_SQLITE_READ_SKILL,
    HONE_SQLITE_LIST_SKILLS,
    HONE_SQLITE_COUNT_CALLS,
    HONE_SQLITE_NEXT_POSITION,
    HONE_SQLITE_NEXT_VERSION,
    HONE_SQLITE_SET_LIVE,

    HONE_SQLITE_ADD_BLOCK,
    HONE_SQLITE_LAST_BLOCK,
    HONE_SQLITE_FIND_BLOCK,
    HONE_SQLITE_READ_BLOCKS,
    HONE_SQLITE_READ_BLOCK_BEFORE,
    HONE_SQLITE_FIRST_BLOCK,
    HONE_SQLITE_NEXT_BLOCK,
    HONE_SQLITE_READ_BLOCK,
    HONE_SQLITE_CUT_BLOCK,
    HONE_SQLITE_DROP_BLOCK,
    HONE_SQLITE_LAST_FEEDBACK,
    HONE_SQLITE_OLDEST_KEPT,
    HONE_SQLITE_READ_SIZES,
    HONE_SQLITE_SHRINK,

    HONE_SQLITE_ADD_FEEDBACK,
    HONE_SQLITE_ADD_EVENT,
    HONE_SQLITE_FIND_FEEDBACK_BY_KEY,
    HONE_SQLITE_FIND_LATEST_FEEDBACK,
    HONE_SQLITE_FIND_FIRST_FEEDBACK,
    HONE_SQLITE_READ_LOG,
    HONE_SQLITE_READ_POSITIONS,
    HONE_SQLITE_LIST_FEEDBACK,
    HONE_SQLITE_COUNT_FEEDBACK,
    HONE_SQLITE_COUNT_VALUES,
    HONE_SQLITE_FIND_EVENT,

    HONE_SQLITE_ADD_VERSION,
    HONE_SQLITE_READ_VERSION,
    HONE_SQLITE_LIST_VERSIONS,
    HONE_SQLITE_SET_STATUS,
    HONE_SQLITE_FORGET_TENSORS,
    HONE_SQLITE_IS_NAMED,

    HONE_SQLITE_READ_LEASE,
    HONE_SQLITE_WRITE_LEASE,
    HONE_SQLITE_END_LEASES,
    HONE_SQLITE_WRITE_CHECKPOINT,
    HONE_SQLITE_READ_CHECKPOINT,
    HONE_SQLITE_DROP_CHECKPOINT,

    HONE_SQLITE_ADD_TASK,
    HONE_SQLITE_END_TASK,
    HONE_SQLITE_END_OPEN_TASKS,
    HONE_SQLITE_READ_TASK,
    HONE_SQLITE_LIST_TASKS,
    HONE_SQLITE_REMOVE_TASKS,

    HONE_SQLITE_NEXT_AUDIT,
    HONE_SQLITE_ADD_AUDIT,
    HONE_SQLITE_COUNT_AUDIT,
    HONE_SQLITE_READ_AUDIT_HASH,
    HONE_SQLITE_READ_AUDIT,

    HONE_SQLITE_N_QUERIES
};

struct hone_sqlite_query {
    struct hone_sqlite_db *db;
    sqlite3_stmt *stmt; /* NULL: the connection is lost */
    int n_bound;
    int sqlite_rc; /* first that failed */
};

void hone_sqlite_query_start(struct hone_sqlite_query *query, struct hone_sqlite_db *db,
                             enum hone_sqlite_query_id id);
void hone_sqlite_query_finish(struct hone_sqlite_query *query);

void hone_sqlite_query_bind_int(struct hone_sqlite_query *query, int64_t value);
/* Beyond the range of SQLite's integers it becomes the greatest of them. */
void hone_sqlite_query_bind_u64(struct hone_sqlite_query *query, uint64_t value);
void hone_sqlite_query_bind_real(struct hone_sqlite_query *query, double value);
void hone_sqlite_query_bind_text(struct hone_sqlite_query *query, struct hone_span value);
/* NULL when empty. */
void hone_sqlite_query_bind_optional(struct hone_sqlite_query *query,
                                     struct hone_span value);
void hone_sqlite_query_bind_blob(struct hone_sqlite_query *query, struct hone_span value);
/* These two borrow what they are given a pointer to. */
void hone_sqlite_query_bind_uuid(struct hone_sqlite_query *query,
                                 const struct hone_uuid *value);
/* NULL when zero. */
void hone_sqlite_query_bind_digest(struct hone_sqlite_query *query,
                                   const struct hone_digest *value);

int hone_sqlite_query_step(struct hone_sqlite_query *query,
                           struct hone_error *err) HONE_MUST_USE;
/* Steps a statement that answers nothing, and finishes: 0 or an error. */
int hone_sqlite_query_run(struct hone_sqlite_query *query,
                          struct hone_error *err) HONE_MUST_USE;

int64_t hone_sqlite_query_int(struct hone_sqlite_query *query, int column);
uint64_t hone_sqlite_query_u64(struct hone_sqlite_query *query, int column);
uint32_t hone_sqlite_query_u32(struct hone_sqlite_query *query, int column);
double hone_sqlite_query_real(struct hone_sqlite_query *query, int column);
struct hone_span hone_sqlite_query_span(struct hone_sqlite_query *query, int column);
/* Zero when the column is NULL or has another size. */
struct hone_uuid hone_sqlite_query_uuid(struct hone_sqlite_query *query, int column);
struct hone_digest hone_sqlite_query_digest(struct hone_sqlite_query *query, int column);
/* Copies the column's bytes; HONE_E_LIMIT when the arena has no room. */
int hone_sqlite_query_copy(struct hone_sqlite_query *query, int column,
                           struct hone_arena *arena, struct hone_span *out) HONE_MUST_USE;

#endif
