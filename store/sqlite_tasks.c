#include "store/sqlite_tasks.h"

#include "store/sqlite_query.h"

#define N_COLUMNS 7 /* before the body */

static const char *const status_names[] = {
    [HONE_STORE_TASK_WORKING] = "working",
    [HONE_STORE_TASK_COMPLETED] = "completed",
    [HONE_STORE_TASK_FAILED] = "failed",
    [HONE_STORE_TASK_CANCELLED] = "cancelled",
};
#define N_STATUSES (sizeof(status_names) / sizeof(status_names[0]))

static int refuse_unknown(struct hone_uuid id, struct hone_error *err)
{
    char text[HONE_UUID_TEXT_LEN + 1];
    hone_uuid_format(id, text);
    return hone_error_set(err, HONE_E_NOT_FOUND, "there is no task %s", text);
}

int hone_sqlite_tasks_add(struct hone_sqlite_db *db, const struct hone_store_task *task,
                          struct hone_error *err)
{
    struct hone_sqlite_query query;
    int rc = hone_sqlite_db_check(db, err);
    if (rc != 0) {
        return rc;
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_ADD_TASK);
    hone_sqlite_query_bind_uuid(&query, &task->id);
    hone_sqlite_query_bind_text(&query, task->principal);
    hone_sqlite_query_bind_text(&query, task->message);
    hone_sqlite_query_bind_int(&query, task->created_unix_ms);
    hone_sqlite_query_bind_int(&query, task->updated_unix_ms);
    hone_sqlite_query_bind_int(&query, task->expires_unix_ms);
    rc = hone_sqlite_query_step(&query, err);
    hone_sqlite_query_finish(&query);
    if (rc == 0) {
        return hone_error_set(err, HONE_E_EXISTS, "the task is there already");
    }
    return rc == 1 ? 0 : rc;
}

/* ---- ends ---- */

static void bind_end(struct hone_sqlite_query *query, const struct hone_store_task *end)
{
    hone_sqlite_query_bind_text(query, hone_span_text(status_names[end->status]));
    hone_sqlite_query_bind_text(query, end->message);
    hone_sqlite_query_bind_optional(query, end->body);
    hone_sqlite_query_bind_int(query, end->updated_unix_ms);
}

/* Why no row was changed. */
static int explain(struct hone_sqlite_db *db, struct hone_uuid id, struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_TASK);
    hone_sqlite_query_bind_uuid(&query, &id);
    int rc = hone_sqlite_query_step(&query, err);
    hone_sqlite_query_finish(&query);
    if (rc == 1) {
        return hone_error_set(err, HONE_E_STALE, "the task has ended before");
    }
    return rc == 0 ? refuse_unknown(id, err) : rc;
}

int hone_sqlite_tasks_end(struct hone_sqlite_db *db, const struct hone_store_task *task,
                          struct hone_error *err)
{
    struct hone_sqlite_query query;
    int rc = hone_sqlite_db_check(db, err);
    if (rc != 0) {
        return rc;
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_END_TASK);
    bind_end(&query, task);
    hone_sqlite_query_bind_uuid(&query, &task->id);
    rc = hone_sqlite_query_step(&query, err);
    hone_sqlite_query_finish(&query);
    if (rc == 0) {
        return explain(db, task->id, err);
    }
    return rc == 1 ? 0 : rc;
}

int hone_sqlite_tasks_end_open(struct hone_sqlite_db *db,
                               const struct hone_store_task *end, struct hone_error *err)
{
    struct hone_sqlite_query query;
    int rc = hone_sqlite_db_check(db, err);
    if (rc != 0) {
        return rc;
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_END_OPEN_TASKS);
    bind_end(&query, end);
    return hone_sqlite_query_run(&query, err);
}

/* ---- reading ---- */

static int refuse_room(struct hone_error *err)
{
    return hone_error_set(err, HONE_E_LIMIT, "no room for a task");
}

static int parse_status(struct hone_span name, enum hone_store_task_status *out,
                        struct hone_error *err)
{
    for (size_t i = HONE_STORE_TASK_WORKING; i < N_STATUSES; i++) {
        if (hone_span_is(name, status_names[i])) {
            *out = (enum hone_store_task_status)i;
            return 0;
        }
    }
    return hone_error_set(err, HONE_E_CORRUPT, "a task has an unknown status");
}

static int read_row(struct hone_sqlite_query *query, struct hone_arena *arena,
                    struct hone_store_task *out, struct hone_error *err)
{
    *out = (struct hone_store_task){
        .id = hone_sqlite_query_uuid(query, 0),
        .created_unix_ms = hone_sqlite_query_int(query, 4),
        .updated_unix_ms = hone_sqlite_query_int(query, 5),
        .expires_unix_ms = hone_sqlite_query_int(query, 6),
    };
    if (hone_sqlite_query_copy(query, 1, arena, &out->principal) != 0 ||
        hone_sqlite_query_copy(query, 3, arena, &out->message) != 0) {
        return refuse_room(err);
    }
    return parse_status(hone_sqlite_query_span(query, 2), &out->status, err);
}

int hone_sqlite_tasks_read(struct hone_sqlite_db *db, struct hone_uuid id,
                           struct hone_arena *arena, struct hone_store_task *out,
                           struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_store_task task;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_TASK);
    hone_sqlite_query_bind_uuid(&query, &id);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        rc = read_row(&query, arena, &task, err);
        if (rc == 0 &&
            hone_sqlite_query_copy(&query, N_COLUMNS, arena, &task.body) != 0) {
            rc = refuse_room(err);
        }
        if (rc == 0) {
            *out = task;
        }
    } else if (rc == 0) {
        rc = refuse_unknown(id, err);
    }
    hone_sqlite_query_finish(&query);
    return rc;
}

int hone_sqlite_tasks_list(struct hone_sqlite_db *db, int64_t after_unix_ms, size_t max,
                           struct hone_arena *arena, struct hone_store_task **out,
                           size_t *n_tasks, struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_store_task *tasks = hone_arena_alloc(arena, max, sizeof(*tasks));
    size_t n = 0;
    if (tasks == NULL) {
        return refuse_room(err);
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_LIST_TASKS);
    hone_sqlite_query_bind_int(&query, after_unix_ms);
    hone_sqlite_query_bind_u64(&query, max);
    int rc = hone_sqlite_query_step(&query, err);
    while (rc == 1) {
        rc = read_row(&query, arena, &tasks[n], err);
        if (rc == 0) {
            n += 1;
            rc = hone_sqlite_query_step(&query, err);
        }
    }
    hone_sqlite_query_finish(&query);
    if (rc == 0) {
        *out = tasks;
        *n_tasks = n;
    }
    return rc;
}

int hone_sqlite_tasks_remove(struct hone_sqlite_db *db, int64_t expires_unix_ms,
                             size_t max, struct hone_error *err)
{
    struct hone_sqlite_query query;
    int rc = hone_sqlite_db_check(db, err);
    if (rc != 0) {
        return rc;
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_REMOVE_TASKS);
    hone_sqlite_query_bind_int(&query, expires_unix_ms);
    hone_sqlite_query_bind_u64(&query, max);
    return hone_sqlite_query_run(&query, err);
}
