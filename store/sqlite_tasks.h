/* Tasks: calls that go on by themselves. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_TASKS_H
#define HONE_STORE_SQLITE_TASKS_H

#include "store/sqlite_db.h"
#include "store/store.h"

int hone_sqlite_tasks_add(struct hone_sqlite_db *db, const struct hone_store_task *task,
                          struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_tasks_end(struct hone_sqlite_db *db, const struct hone_store_task *task,
                          struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_tasks_end_open(struct hone_sqlite_db *db,
                               const struct hone_store_task *end,
                               struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_tasks_read(struct hone_sqlite_db *db, struct hone_uuid id,
                           struct hone_arena *arena, struct hone_store_task *out,
                           struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_tasks_list(struct hone_sqlite_db *db, int64_t after_unix_ms, size_t max,
                           struct hone_arena *arena, struct hone_store_task **out,
                           size_t *n_tasks, struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_tasks_remove(struct hone_sqlite_db *db, int64_t expires_unix_ms,
                             size_t max, struct hone_error *err) HONE_MUST_USE;

#endif
