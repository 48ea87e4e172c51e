#include "store/sqlite_engine.h"

#include "base/alloc.h"
#include "store/sqlite_audit.h"
#include "store/sqlite_calls.h"
#include "store/sqlite_check.h"
#include "store/sqlite_copy.h"
#include "store/sqlite_db.h"
#include "store/sqlite_leases.h"
#include "store/sqlite_log.h"
#include "store/sqlite_prune.h"
#include "store/sqlite_skills.h"
#include "store/sqlite_tasks.h"
#include "store/sqlite_transition.h"
#include "store/sqlite_versions.h"

#include <stdlib.h>

#define COPY_PAGES 256 /* of 4 KiB a step: some milliseconds */

static void close_engine(void *state)
{
    hone_sqlite_db_close(state);
    free(state);
}

static int open_engine(void **state, const char *location, int64_t now_unix_ms,
                       struct hone_error *err)
{
    struct hone_sqlite_db *db = hone_alloc_zeroed(1, sizeof(*db));
    int rc = hone_sqlite_db_open(db, location, err);
    if (rc == 0) {
        rc = hone_sqlite_leases_end_all(db, now_unix_ms, err);
    }
    if (rc != 0) {
        close_engine(db);
        return rc;
    }
    *state = db;
    return 0;
}

static const char *blob_folder(const void *state)
{
    const struct hone_sqlite_db *db = state;
    return db->blob_folder;
}

static int begin(void *state, struct hone_error *err)
{
    return hone_sqlite_db_begin(state, err);
}

static int commit(void *state, struct hone_error *err)
{
    return hone_sqlite_db_commit(state, err);
}

static void rollback(void *state)
{
    hone_sqlite_db_rollback(state);
}

static int open_skill(void *state, struct hone_span name, struct hone_digest package,
                      struct hone_digest interface, int64_t now_unix_ms,
                      struct hone_store_skill *out, struct hone_error *err)
{
    return hone_sqlite_skills_open(state, name, package, interface, now_unix_ms, out,
                                   err);
}

static int read_skill(void *state, int64_t skill_id, struct hone_store_skill *out,
                      struct hone_error *err)
{
    return hone_sqlite_skills_read(state, skill_id, out, err);
}

static int list_skills(void *state, int64_t after_id, size_t max,
                       struct hone_arena *arena, struct hone_store_skill_name **out,
                       size_t *n_skills, struct hone_error *err)
{
    return hone_sqlite_skills_list(state, after_id, max, arena, out, n_skills, err);
}

static int append_calls(void *state, struct hone_span block, struct hone_error *err)
{
    return hone_sqlite_calls_append(state, block, err);
}

static int find_call(void *state, struct hone_uuid call_id, struct hone_call_record *out,
                     struct hone_arena *arena, struct hone_error *err)
{
    return hone_sqlite_calls_find(state, call_id, out, arena, err);
}

static int read_calls(void *state, int64_t skill_id, int64_t *block,
                      struct hone_arena *arena, struct hone_call_record **out,
                      size_t *n_calls, struct hone_error *err)
{
    return hone_sqlite_calls_read(state, skill_id, block, arena, out, n_calls, err);
}

static int prune_calls(void *state, struct hone_store_prune *prune,
                       struct hone_error *err)
{
    return hone_sqlite_prune_calls(state, prune, err);
}

static int read_sizes(void *state, struct hone_store_sizes *out, struct hone_error *err)
{
    return hone_sqlite_prune_sizes(state, out, err);
}

static int shrink(void *state, bool *more, struct hone_error *err)
{
    return hone_sqlite_prune_shrink(state, more, err);
}

static int append_feedback(void *state, const struct hone_store_feedback *feedback,
                           size_t n_feedback, struct hone_store_feedback_result *results,
                           struct hone_error *err)
{
    return hone_sqlite_log_append_feedback(state, feedback, n_feedback, results, err);
}

static int find_feedback(void *state, struct hone_uuid call_id, struct hone_span source,
                         uint64_t *position, struct hone_error *err)
{
    return hone_sqlite_log_find_feedback(state, call_id, source, position, err);
}

static int read_log(void *state, int64_t skill_id, uint64_t after, size_t max,
                    struct hone_arena *arena, struct hone_store_event **events,
                    size_t *n_events, struct hone_error *err)
{
    return hone_sqlite_log_read(state, skill_id, after, max, arena, events, n_events,
                                err);
}

static int list_feedback(void *state, struct hone_uuid call_id, size_t max,
                         struct hone_arena *arena, struct hone_store_event **events,
                         size_t *n_events, struct hone_error *err)
{
    return hone_sqlite_log_list_feedback(state, call_id, max, arena, events, n_events,
                                         err);
}

static int count_feedback(void *state, int64_t skill_id, uint64_t after, uint64_t through,
                          size_t max, struct hone_arena *arena,
                          struct hone_store_feedback_count **out, size_t *n_counts,
                          struct hone_error *err)
{
    return hone_sqlite_log_count_feedback(state, skill_id, after, through, max, arena,
                                          out, n_counts, err);
}

static int count_values(void *state, int64_t skill_id, uint64_t after, uint64_t through,
                        size_t max, struct hone_arena *arena,
                        struct hone_store_value_count **out, size_t *n_counts,
                        struct hone_error *err)
{
    return hone_sqlite_log_count_values(state, skill_id, after, through, max, arena, out,
                                        n_counts, err);
}

static int find_event(void *state, int64_t skill_id, enum hone_store_event_kind kind,
                      uint64_t through, struct hone_arena *arena,
                      struct hone_store_event *out, struct hone_error *err)
{
    return hone_sqlite_log_find_event(state, skill_id, kind, through, arena, out, err);
}

static int read_version(void *state, int64_t skill_id, uint32_t number,
                        struct hone_arena *arena, struct hone_store_version *out,
                        struct hone_error *err)
{
    return hone_sqlite_versions_read(state, skill_id, number, arena, out, err);
}

static int list_versions(void *state, int64_t skill_id, struct hone_arena *arena,
                         struct hone_store_version **out, size_t *n_versions,
                         struct hone_error *err)
{
    return hone_sqlite_versions_list(state, skill_id, arena, out, n_versions, err);
}

static int apply_transition(void *state, const struct hone_store_transition *transition,
                            uint32_t *new_version, uint64_t *event_position,
                            struct hone_error *err)
{
    return hone_sqlite_transition_apply(state, transition, new_version, event_position,
                                        err);
}

static int forget_tensors(void *state, int64_t skill_id, uint32_t keep,
                          struct hone_arena *arena, struct hone_digest **forgotten,
                          size_t *n_forgotten, struct hone_error *err)
{
    return hone_sqlite_versions_forget_tensors(state, skill_id, keep, arena, forgotten,
                                               n_forgotten, err);
}

static int take_lease(void *state, int64_t skill_id, struct hone_span holder,
                      int64_t now_unix_ms, int64_t ttl_ms, uint64_t *token,
                      struct hone_error *err)
{
    return hone_sqlite_leases_take(state, skill_id, holder, now_unix_ms, ttl_ms, token,
                                   err);
}

static int set_checkpoint(void *state, int64_t skill_id, uint64_t lease_token,
                          const struct hone_store_checkpoint *checkpoint,
                          int64_t now_unix_ms, struct hone_error *err)
{
    return hone_sqlite_leases_set_checkpoint(state, skill_id, lease_token, checkpoint,
                                             now_unix_ms, err);
}

static int read_checkpoint(void *state, int64_t skill_id,
                           struct hone_store_checkpoint *out, struct hone_error *err)
{
    return hone_sqlite_leases_read_checkpoint(state, skill_id, out, err);
}

static int add_task(void *state, const struct hone_store_task *task,
                    struct hone_error *err)
{
    return hone_sqlite_tasks_add(state, task, err);
}

static int end_task(void *state, const struct hone_store_task *task,
                    struct hone_error *err)
{
    return hone_sqlite_tasks_end(state, task, err);
}

static int end_open_tasks(void *state, const struct hone_store_task *end,
                          struct hone_error *err)
{
    return hone_sqlite_tasks_end_open(state, end, err);
}

static int read_task(void *state, struct hone_uuid id, struct hone_arena *arena,
                     struct hone_store_task *out, struct hone_error *err)
{
    return hone_sqlite_tasks_read(state, id, arena, out, err);
}

static int list_tasks(void *state, int64_t after_unix_ms, size_t max,
                      struct hone_arena *arena, struct hone_store_task **out,
                      size_t *n_tasks, struct hone_error *err)
{
    return hone_sqlite_tasks_list(state, after_unix_ms, max, arena, out, n_tasks, err);
}

static int remove_tasks(void *state, int64_t expires_unix_ms, size_t max,
                        struct hone_error *err)
{
    return hone_sqlite_tasks_remove(state, expires_unix_ms, max, err);
}

static int is_named(void *state, struct hone_digest tensors, bool *named,
                    struct hone_error *err)
{
    return hone_sqlite_versions_is_named(state, tensors, named, err);
}

static int count_audit(void *state, int64_t skill_id, uint64_t *n_rows,
                       struct hone_error *err)
{
    return hone_sqlite_audit_count(state, skill_id, n_rows, err);
}

static int read_audit(void *state, int64_t skill_id, uint64_t after, size_t max,
                      struct hone_arena *arena, struct hone_store_audit **out,
                      size_t *n_rows, struct hone_error *err)
{
    return hone_sqlite_audit_read(state, skill_id, after, max, arena, out, n_rows, err);
}

static int read_positions(void *state, int64_t skill_id, uint64_t after, size_t max,
                          uint64_t *positions, size_t *n_positions,
                          struct hone_error *err)
{
    return hone_sqlite_log_read_positions(state, skill_id, after, max, positions,
                                          n_positions, err);
}

static int check_calls(void *state, int64_t after, size_t max,
                       struct hone_store_blocks *out, struct hone_error *err)
{
    return hone_sqlite_check_calls(state, after, max, out, err);
}

static int check_part(void *state, size_t part, bool *more, struct hone_error *err)
{
    return hone_sqlite_check_part(state, part, more, err);
}

static int start_copy(void *state, const char *path, struct hone_error *err)
{
    return hone_sqlite_copy_start(state, path, err);
}

static int step_copy(void *state, bool *more, struct hone_error *err)
{
    return hone_sqlite_copy_step(state, COPY_PAGES, more, err);
}

static void end_copy(void *state)
{
    hone_sqlite_copy_end(state);
}

const struct hone_store_engine hone_sqlite_engine = {
    .name = "sqlite",
    .open = open_engine,
    .close = close_engine,
    .blob_folder = blob_folder,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .open_skill = open_skill,
    .read_skill = read_skill,
    .list_skills = list_skills,
    .append_calls = append_calls,
    .find_call = find_call,
    .read_calls = read_calls,
    .prune_calls = prune_calls,
    .read_sizes = read_sizes,
    .shrink = shrink,
    .append_feedback = append_feedback,
    .find_feedback = find_feedback,
    .read_log = read_log,
    .list_feedback = list_feedback,
    .count_feedback = count_feedback,
    .count_values = count_values,
    .find_event = find_event,
    .read_version = read_version,
    .list_versions = list_versions,
    .apply_transition = apply_transition,
    .forget_tensors = forget_tensors,
    .take_lease = take_lease,
    .set_checkpoint = set_checkpoint,
    .read_checkpoint = read_checkpoint,
    .add_task = add_task,
    .end_task = end_task,
    .end_open_tasks = end_open_tasks,
    .read_task = read_task,
    .list_tasks = list_tasks,
    .remove_tasks = remove_tasks,
    .is_named = is_named,
    .count_audit = count_audit,
    .read_audit = read_audit,
    .read_positions = read_positions,
    .check_calls = check_calls,
    .check_part = check_part,
    .start_copy = start_copy,
    .step_copy = step_copy,
    .end_copy = end_copy,
    .read_copy = hone_sqlite_copy_read,
};
