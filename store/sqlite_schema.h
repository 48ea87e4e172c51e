/* The tables of hone.db and how an older file becomes a current one.
 *
 * application_id says that a file is ours, user_version which format it has. Each step
 * from one format to the next is one transaction. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_SCHEMA_H
#define HONE_STORE_SQLITE_SCHEMA_H

#include "base/attr.h"
#include "base/error.h"
#include "store/sqlite_db.h"

/* Reads, and writes nothing: *version 0 for an empty file. HONE_E_CORRUPT: not ours or
 * damaged; HONE_E_VERSION: of a newer build. */
int hone_sqlite_schema_identify(struct hone_sqlite_db *db, int *version,
                                struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_schema_migrate(struct hone_sqlite_db *db, int version,
                               struct hone_error *err) HONE_MUST_USE;

#endif
