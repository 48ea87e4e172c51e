/* Going through what the database holds (store_internal.h). Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_CHECK_H
#define HONE_STORE_SQLITE_CHECK_H

#include "store/sqlite_db.h"
#include "store/store_internal.h"

/* One table of those that stay small; the log and the calls are gone through by row. */
int hone_sqlite_check_part(struct hone_sqlite_db *db, size_t part, bool *more,
                           struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_check_calls(struct hone_sqlite_db *db, int64_t after, size_t max,
                            struct hone_store_blocks *out,
                            struct hone_error *err) HONE_MUST_USE;

#endif
