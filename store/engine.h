/* What an engine of the store implements; store.c is its only caller.
 *
 * store/store.h is the contract of each function that has the same name here; this
 * header says only what an engine has to know besides. The rules below keep engines
 * interchangeable, and tests/unit/store/test_contract.c, _history.c and _tasks.c run
 * over each of them:
 *   - A position comes from a counter column of the skill's row, raised in the
 *     transaction that inserts the event; never from a sequence or a clock. So the order
 *     of positions is the order of commits, and a reader never misses a late one.
 *   - A write function that fails undoes what it did and leaves the transaction open.
 *     After HONE_E_FULL or HONE_E_IO the whole transaction is lost: every further write
 *     and the commit fail with the same code.
 *   - After a transaction has ended, however it ended, the next begin must be worth
 *     trying.
 *   - An engine never touches tensors files; it says which ones are named.
 *
 * Arguments were checked by store.c: required spans are not empty, numbers are finite,
 * kinds and states are known, writes come inside a transaction. Thread: one at a time. */
#ifndef HONE_STORE_ENGINE_H
#define HONE_STORE_ENGINE_H

#include "store/store.h"
#include "store/store_internal.h"

struct hone_store_engine {
    const char *name;

    int (*open)(void **state, const char *location, int64_t now_unix_ms,
                struct hone_error *err);
    void (*close)(void *state);
    /* A local folder for tensors files that only this store uses while it is open. */
    const char *(*blob_folder)(const void *state);

    int (*begin)(void *state, struct hone_error *err);
    int (*commit)(void *state, struct hone_error *err);
    void (*rollback)(void *state);

    int (*open_skill)(void *state, struct hone_span name, struct hone_digest package,
                      struct hone_digest interface, int64_t now_unix_ms,
                      struct hone_store_skill *out, struct hone_error *err);
    int (*read_skill)(void *state, int64_t skill_id, struct hone_store_skill *out,
                      struct hone_error *err);
    int (*list_skills)(void *state, int64_t after_id, size_t max,
                       struct hone_arena *arena, struct hone_store_skill_name **out,
                       size_t *n_skills, struct hone_error *err);

    int (*append_calls)(void *state, struct hone_span block, struct hone_error *err);
    int (*find_call)(void *state, struct hone_uuid call_id, struct hone_call_record *out,
                     struct hone_arena *arena, struct hone_error *err);
    int (*read_calls)(void *state, int64_t skill_id, int64_t *block,
                      struct hone_arena *arena, struct hone_call_record **out,
                      size_t *n_calls, struct hone_error *err);

    int (*prune_calls)(void *state, struct hone_store_prune *prune,
                       struct hone_error *err);
    int (*read_sizes)(void *state, struct hone_store_sizes *out, struct hone_error *err);
    int (*shrink)(void *state, bool *more, struct hone_error *err);

    int (*append_feedback)(void *state, const struct hone_store_feedback *feedback,
                           size_t n_feedback, struct hone_store_feedback_result *results,
                           struct hone_error *err);
    int (*find_feedback)(void *state, struct hone_uuid call_id, struct hone_span source,
                         uint64_t *position, struct hone_error *err);
    int (*read_log)(void *state, int64_t skill_id, uint64_t after, size_t max,
                    struct hone_arena *arena, struct hone_store_event **events,
                    size_t *n_events, struct hone_error *err);
    int (*list_feedback)(void *state, struct hone_uuid call_id, size_t max,
                         struct hone_arena *arena, struct hone_store_event **events,
                         size_t *n_events, struct hone_error *err);
    int (*count_feedback)(void *state, int64_t skill_id, uint64_t after, uint64_t through,
                          size_t max, struct hone_arena *arena,
                          struct hone_store_feedback_count **out, size_t *n_counts,
                          struct hone_error *err);
    int (*count_values)(void *state, int64_t skill_id, uint64_t after, uint64_t through,
                        size_t max, struct hone_arena *arena,
                        struct hone_store_value_count **out, size_t *n_counts,
                        struct hone_error *err);
    int (*find_event)(void *state, int64_t skill_id, enum hone_store_event_kind kind,
                      uint64_t through, struct hone_arena *arena,
                      struct hone_store_event *out, struct hone_error *err);

    int (*read_version)(void *state, int64_t skill_id, uint32_t number,
                        struct hone_arena *arena, struct hone_store_version *out,
                        struct hone_error *err);
    int (*list_versions)(void *state, int64_t skill_id, struct hone_arena *arena,
                         struct hone_store_version **out, size_t *n_versions,
                         struct hone_error *err);
    int (*apply_transition)(void *state, const struct hone_store_transition *transition,
                            uint32_t *new_version, uint64_t *event_position,
                            struct hone_error *err);
    /* Removes the tensors of old versions from their rows, inside a transaction; the
     * digests that were removed are copied to arena. */
    int (*forget_tensors)(void *state, int64_t skill_id, uint32_t keep,
                          struct hone_arena *arena, struct hone_digest **forgotten,
                          size_t *n_forgotten, struct hone_error *err);

    int (*take_lease)(void *state, int64_t skill_id, struct hone_span holder,
                      int64_t now_unix_ms, int64_t ttl_ms, uint64_t *token,
                      struct hone_error *err);
    int (*set_checkpoint)(void *state, int64_t skill_id, uint64_t lease_token,
                          const struct hone_store_checkpoint *checkpoint,
                          int64_t now_unix_ms, struct hone_error *err);
    int (*read_checkpoint)(void *state, int64_t skill_id,
                           struct hone_store_checkpoint *out, struct hone_error *err);

    int (*add_task)(void *state, const struct hone_store_task *task,
                    struct hone_error *err);
    int (*end_task)(void *state, const struct hone_store_task *task,
                    struct hone_error *err);
    int (*end_open_tasks)(void *state, const struct hone_store_task *end,
                          struct hone_error *err);
    int (*read_task)(void *state, struct hone_uuid id, struct hone_arena *arena,
                     struct hone_store_task *out, struct hone_error *err);
    int (*list_tasks)(void *state, int64_t after_unix_ms, size_t max,
                      struct hone_arena *arena, struct hone_store_task **out,
                      size_t *n_tasks, struct hone_error *err);
    int (*remove_tasks)(void *state, int64_t expires_unix_ms, size_t max,
                        struct hone_error *err);

    /* Does a version or a checkpoint name these tensors? */
    int (*is_named)(void *state, struct hone_digest tensors, bool *named,
                    struct hone_error *err);

    /* How many audit rows the skill has, by its own counter. */
    int (*count_audit)(void *state, int64_t skill_id, uint64_t *n_rows,
                       struct hone_error *err);
    int (*read_audit)(void *state, int64_t skill_id, uint64_t after, size_t max,
                      struct hone_arena *arena, struct hone_store_audit **out,
                      size_t *n_rows, struct hone_error *err);

    /* As store_internal.h says. */
    int (*read_positions)(void *state, int64_t skill_id, uint64_t after, size_t max,
                          uint64_t *positions, size_t *n_positions,
                          struct hone_error *err);
    int (*check_calls)(void *state, int64_t after, size_t max,
                       struct hone_store_blocks *out, struct hone_error *err);
    int (*check_part)(void *state, size_t part, bool *more, struct hone_error *err);
    int (*start_copy)(void *state, const char *path, struct hone_error *err);
    int (*step_copy)(void *state, bool *more, struct hone_error *err);
    void (*end_copy)(void *state);
    int (*read_copy)(const char *path, struct hone_arena *arena,
                     struct hone_store_copy *out, struct hone_error *err);
};

#endif
