/* Dropping old calls, and what the file takes. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_PRUNE_H
#define HONE_STORE_SQLITE_PRUNE_H

#include "store/sqlite_db.h"
#include "store/store.h"

int hone_sqlite_prune_calls(struct hone_sqlite_db *db, struct hone_store_prune *prune,
                            struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_prune_sizes(struct hone_sqlite_db *db, struct hone_store_sizes *out,
                            struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_prune_shrink(struct hone_sqlite_db *db, bool *more,
                             struct hone_error *err) HONE_MUST_USE;

#endif
