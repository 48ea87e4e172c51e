/* Blocks of calls and how a call is found in them by its id.
 *
 * Ids grow with time, but a long call is recorded after many younger ones. So that each
 * look-up stays one seek, blocks are kept in a few streams, within each of which spans of
 * ids never overlap: a record goes to the first stream whose newest id is older than its
 * own. The last stream takes what fits nowhere, one record a block; points cannot
 * overlap. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_CALLS_H
#define HONE_STORE_SQLITE_CALLS_H

#include "store/sqlite_db.h"
#include "store/store.h"

#define HONE_SQLITE_CALLS_STREAMS 4

int hone_sqlite_calls_append(struct hone_sqlite_db *db, struct hone_span block,
                             struct hone_error *err) HONE_MUST_USE;
/* 1 = found, 0 = not; HONE_E_CORRUPT: its block cannot be decoded. Spans of *out are
 * borrowed until the next call of this module or the end of the transaction. */
int hone_sqlite_calls_look_up(struct hone_sqlite_db *db, struct hone_uuid call_id,
                              struct hone_call_record *out,
                              struct hone_error *err) HONE_MUST_USE;
/* The same, but a call whose block cannot be decoded counts as not there: one damaged row
 * does not stop what can do without it. */
int hone_sqlite_calls_look_up_readable(struct hone_sqlite_db *db,
                                       struct hone_uuid call_id,
                                       struct hone_call_record *out,
                                       struct hone_error *err) HONE_MUST_USE;
/* HONE_E_LIMIT when the arena has no room. */
int hone_sqlite_calls_copy(const struct hone_call_record *record,
                           struct hone_arena *arena, struct hone_call_record *out,
                           struct hone_error *err) HONE_MUST_USE;
/* look_up and copy; HONE_E_NOT_FOUND. */
int hone_sqlite_calls_find(struct hone_sqlite_db *db, struct hone_uuid call_id,
                           struct hone_call_record *out, struct hone_arena *arena,
                           struct hone_error *err) HONE_MUST_USE;
/* As hone_store_read_calls says. */
int hone_sqlite_calls_read(struct hone_sqlite_db *db, int64_t skill_id, int64_t *block,
                           struct hone_arena *arena, struct hone_call_record **out,
                           size_t *n_calls, struct hone_error *err) HONE_MUST_USE;

#endif
