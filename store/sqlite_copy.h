/* A copy of hone.db, made page by page while the store goes on writing: what is written
 * meanwhile is in the copy, so it shows the store as it was at its last step. Between
 * steps the connection is free. Thread: one at a time, with the other functions of the
 * connection; hone_sqlite_copy_read is pure. */
#ifndef HONE_STORE_SQLITE_COPY_H
#define HONE_STORE_SQLITE_COPY_H

#include "store/sqlite_db.h"
#include "store/store_internal.h"

/* Begins the only copy under way, into a new file. */
int hone_sqlite_copy_start(struct hone_sqlite_db *db, const char *path,
                           struct hone_error *err) HONE_MUST_USE;
/* Copies up to n_pages, outside of a transaction; *more is false when the copy is
 * complete, but not yet durable. HONE_E_IO: the connection was replaced meanwhile. */
int hone_sqlite_copy_step(struct hone_sqlite_db *db, int n_pages, bool *more,
                          struct hone_error *err) HONE_MUST_USE;
/* Closes the copy, or gives it up; fine when there is none. */
void hone_sqlite_copy_end(struct hone_sqlite_db *db);
/* What a complete copy holds. HONE_E_LIMIT: the arena has no room for it. */
int hone_sqlite_copy_read(const char *path, struct hone_arena *arena,
                          struct hone_store_copy *out,
                          struct hone_error *err) HONE_MUST_USE;

#endif
