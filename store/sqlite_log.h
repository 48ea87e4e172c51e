/* The log: feedback and other events of a skill, in the order of their positions.
 * Thread: one at a time. */
#ifndef HONE_STORE_SQLITE_LOG_H
#define HONE_STORE_SQLITE_LOG_H

#include "store/sqlite_db.h"
#include "store/store.h"

int hone_sqlite_log_append_feedback(struct hone_sqlite_db *db,
                                    const struct hone_store_feedback *feedback,
                                    size_t n_feedback,
                                    struct hone_store_feedback_result *results,
                                    struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_log_find_feedback(struct hone_sqlite_db *db, struct hone_uuid call_id,
                                  struct hone_span source, uint64_t *position,
                                  struct hone_error *err) HONE_MUST_USE;
/* Any event but feedback. Several statements, no savepoint of
 * its own. HONE_E_NOT_FOUND. */
int hone_sqlite_log_append_event(struct hone_sqlite_db *db, int64_t skill_id,
                                 enum hone_store_event_kind kind, int64_t time_unix_ms,
                                 struct hone_span body, uint64_t *position,
                                 struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_log_read(struct hone_sqlite_db *db, int64_t skill_id, uint64_t after,
                         size_t max, struct hone_arena *arena,
                         struct hone_store_event **events, size_t *n_events,
                         struct hone_error *err) HONE_MUST_USE;
/* As hone_store_list_feedback and hone_store_count_feedback say. */
int hone_sqlite_log_list_feedback(struct hone_sqlite_db *db, struct hone_uuid call_id,
                                  size_t max, struct hone_arena *arena,
                                  struct hone_store_event **events, size_t *n_events,
                                  struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_log_count_feedback(struct hone_sqlite_db *db, int64_t skill_id,
                                   uint64_t after, uint64_t through, size_t max,
                                   struct hone_arena *arena,
                                   struct hone_store_feedback_count **out,
                                   size_t *n_counts,
                                   struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_log_count_values(struct hone_sqlite_db *db, int64_t skill_id,
                                 uint64_t after, uint64_t through, size_t max,
                                 struct hone_arena *arena,
                                 struct hone_store_value_count **out, size_t *n_counts,
                                 struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_log_read_positions(struct hone_sqlite_db *db, int64_t skill_id,
                                   uint64_t after, size_t max, uint64_t *positions,
                                   size_t *n_positions,
                                   struct hone_error *err) HONE_MUST_USE;
int hone_sqlite_log_find_event(struct hone_sqlite_db *db, int64_t skill_id,
                               enum hone_store_event_kind kind, uint64_t through,
                               struct hone_arena *arena, struct hone_store_event *out,
                               struct hone_error *err) HONE_MUST_USE;

#endif
