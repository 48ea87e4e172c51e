/* One change of what is live, with all that belongs to it. Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_TRANSITION_H
#define HONE_STORE_SQLITE_TRANSITION_H

#include "store/sqlite_db.h"
#include "store/store.h"

int hone_sqlite_transition_apply(struct hone_sqlite_db *db,
                                 const struct hone_store_transition *transition,
                                 uint32_t *new_version, uint64_t *event_position,
                                 struct hone_error *err) HONE_MUST_USE;

#endif
