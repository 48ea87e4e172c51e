/* Leases of trainers, and the checkpoints that only a lease's holder may write.
 * Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_LEASES_H
#define HONE_STORE_SQLITE_LEASES_H

#include "store/sqlite_db.h"
#include "store/store.h"

int hone_sqlite_leases_take(struct hone_sqlite_db *db, int64_t skill_id,
                            struct hone_span holder, int64_t now_unix_ms, int64_t ttl_ms,
                            uint64_t *token, struct hone_error *err) HONE_MUST_USE;
/* HONE_E_STALE unless token is the newest. Time plays no part: an expired lease that
 * nobody else took is as good as before. */
int hone_sqlite_leases_check(struct hone_sqlite_db *db, int64_t skill_id, uint64_t token,
                             struct hone_error *err) HONE_MUST_USE;
/* Ends all leases. Right at opening: who held one is dead, or the folder could
 * not be opened. */
int hone_sqlite_leases_end_all(struct hone_sqlite_db *db, int64_t now_unix_ms,
                               struct hone_error *err) HONE_MUST_USE;

int hone_sqlite_leases_set_checkpoint(struct hone_sqlite_db *db, int64_t skill_id,
                                      uint64_t lease_token,
                                      const struct hone_store_checkpoint *checkpoint,
                                      int64_t now_unix_ms,
                                      struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_leases_read_checkpoint(struct hone_sqlite_db *db, int64_t skill_id,
                                       struct hone_store_checkpoint *out,
                                       struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_leases_drop_checkpoint(struct hone_sqlite_db *db, int64_t skill_id,
                                       struct hone_error *err) HONE_MUST_USE;

#endif
