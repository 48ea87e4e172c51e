/* Rows of the audit chain (store/audit.h). Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_AUDIT_H
#define HONE_STORE_SQLITE_AUDIT_H

#include "store/audit.h"
#include "store/sqlite_db.h"
#include "store/store.h"

/* Sets entry->number and appends. Several statements, no savepoint of its own. */
int hone_sqlite_audit_append(struct hone_sqlite_db *db, struct hone_audit_entry *entry,
                             struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND. */
int hone_sqlite_audit_count(struct hone_sqlite_db *db, int64_t skill_id, uint64_t *n_rows,
                            struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_audit_read(struct hone_sqlite_db *db, int64_t skill_id, uint64_t after,
                           size_t max, struct hone_arena *arena,
                           struct hone_store_audit **out, size_t *n_rows,
                           struct hone_error *err) HONE_MUST_USE;

#endif
