/* What every engine shares: checks of arguments, tensors files, the walk along the audit
 * chain.
 *
 * Tensors files and rows: a file exists before a row names it, and goes only after the
 * transaction that took away its last name is durable. Digests that a transaction may
 * have left without a name are collected until it ends. */
#include "store/store.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "base/log.h"
#include "store/audit.h"
#include "store/blobs.h"
#include "store/engine.h"
#include "store/sqlite_engine.h"
#include "store/store_internal.h"

#include <math.h>
#include <stdlib.h>

#define AUDIT_PAGE        256
#define AUDIT_ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define PRUNE_ARENA_BYTES ((size_t)256 * 1024 * 1024)

struct hone_store {
    const struct hone_store_engine *engine;
    void *state;
    struct hone_blobs blobs;
    bool in_transaction;
    bool has_placed; /* the open transaction has files that are not durable yet */
    bool has_copy;   /* is being made, or the files that it names are being read */
    /* By the open transaction, and before it while there is a copy; perhaps nameless
     * now. */
    struct hone_digest *dropped;
    size_t n_dropped, dropped_capacity;
    size_t n_kept; /* of them: dropped before the open transaction */
};

static const struct hone_digest no_digest = {{0}};

const char *hone_store_status_name(enum hone_store_status status)
{
    static const char *const names[] = {
        [HONE_STORE_CANDIDATE] = "candidate",
        [HONE_STORE_REJECTED] = "rejected",
        [HONE_STORE_INCONCLUSIVE] = "inconclusive",
        [HONE_STORE_ERROR] = "error",
        [HONE_STORE_SHADOW] = "shadow",
        [HONE_STORE_CANARY] = "canary",
        [HONE_STORE_LIVE] = "live",
        [HONE_STORE_RETIRED] = "retired",
        [HONE_STORE_ROLLED_BACK] = "rolled_back",
    };
    HONE_REQUIRE(status >= HONE_STORE_CANDIDATE && status <= HONE_STORE_ROLLED_BACK);
    return names[status];
}

/* ---- opening and closing ---- */

static int ask_engine(void *context, struct hone_digest digest, bool *named,
                      struct hone_error *err)
{
    struct hone_store *store = context;
    return store->engine->is_named(store->state, digest, named, err);
}

static int open_blobs(struct hone_store *store, bool sweeps, struct hone_error *err)
{
    size_t n_removed = 0;
    int rc =
        hone_blobs_init(&store->blobs, store->engine->blob_folder(store->state), err);
    if (rc == 0 && sweeps) {
        rc = hone_blobs_sweep(&store->blobs, ask_engine, store, &n_removed, err);
    }
    if (rc == 0 && n_removed > 0) {
        hone_log_debug("store", "removed tensors files that nothing names n=%zu",
                       n_removed);
    }
    return rc;
}

/* A sweep removes files that no row names, perhaps because the row was lost. */
static int open_with(struct hone_store **out, const struct hone_store_engine *engine,
                     const char *location, int64_t now_unix_ms, bool sweeps,
                     struct hone_error *err)
{
    struct hone_store *store = hone_alloc_zeroed(1, sizeof(*store));
    store->engine = engine;
    int rc = engine->open(&store->state, location, now_unix_ms, err);
    if (rc == 0) {
        rc = open_blobs(store, sweeps, err);
    }
    if (rc != 0) {
        hone_store_close(store);
        return rc;
    }
    *out = store;
    return 0;
}

int hone_store_open_engine(struct hone_store **out,
                           const struct hone_store_engine *engine, const char *location,
                           int64_t now_unix_ms, struct hone_error *err)
{
    return open_with(out, engine, location, now_unix_ms, true, err);
}

int hone_store_open_to_check(struct hone_store **out, const char *folder,
                             int64_t now_unix_ms, struct hone_error *err)
{
    char *path = hone_alloc_format("%s/hone.db", folder);
    bool exists = hone_file_exists(path);
    free(path);
    return exists ? open_with(out, &hone_sqlite_engine, folder, now_unix_ms, false, err)
                  : hone_error_set(err, HONE_E_NOT_FOUND, "there is no hone.db in %s",
                                   folder);
}

int hone_store_open(struct hone_store **out, const char *folder, int64_t now_unix_ms,
                    struct hone_error *err)
{
    return hone_store_open_engine(out, &hone_sqlite_engine, folder, now_unix_ms, err);
}

void hone_store_close(struct hone_store *store)
{
    if (store == NULL) {
        return;
    }
    if (store->state != NULL) {
        store->engine->close(store->state);
    }
    hone_blobs_finish(&store->blobs);
    free(store->dropped);
    free(store);
}

/* ---- transactions ---- */

static void note_dropped(struct hone_store *store, struct hone_digest digest)
{
    if (hone_digest_equal(digest, no_digest)) {
        return;
    }
    if (store->n_dropped == store->dropped_capacity) {
        store->dropped_capacity =
            store->dropped_capacity == 0 ? 8 : store->dropped_capacity * 2;
        store->dropped = hone_alloc_resize(store->dropped, store->dropped_capacity,
                                           sizeof(store->dropped[0]));
    }
    store->dropped[store->n_dropped++] = digest;
}

/* A file that cannot be removed now is swept at the next opening. */
static void remove_nameless(struct hone_store *store)
{
    if (store->has_copy) {
        store->n_kept = store->n_dropped;
        return;
    }
    for (size_t i = 0; i < store->n_dropped; i++) {
        struct hone_error err;
        bool named = true;
        int rc = store->engine->is_named(store->state, store->dropped[i], &named, &err);
        if (rc == 0 && !named) {
            rc = hone_blobs_remove(&store->blobs, store->dropped[i], &err);
        }
        if (rc != 0) {
            hone_log_debug("store", "a tensors file stays until the next start: %s",
                           err.message);
        }
    }
    store->n_dropped = store->n_kept = 0;
}

int hone_store_begin(struct hone_store *store, struct hone_error *err)
{
    HONE_REQUIRE(!store->in_transaction);
    int rc = store->engine->begin(store->state, err);
    store->in_transaction = rc == 0;
    store->has_placed = false;
    return rc;
}

int hone_store_commit(struct hone_store *store, struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    /* The files before the rows that name them. */
    int rc = store->has_placed ? hone_blobs_sync(&store->blobs, err) : 0;
    if (rc != 0) {
        hone_store_rollback(store);
        return rc;
    }
    store->in_transaction = false;
    rc = store->engine->commit(store->state, err);
    if (rc == 0) {
        remove_nameless(store);
    }
    store->n_dropped = store->n_kept;
    return rc;
}

void hone_store_rollback(struct hone_store *store)
{
    HONE_REQUIRE(store->in_transaction);
    store->in_transaction = false;
    store->n_dropped = store->n_kept;
    store->engine->rollback(store->state);
}

/* ---- skills and calls ---- */

int hone_store_open_skill(struct hone_store *store, struct hone_span name,
                          struct hone_digest package, struct hone_digest interface,
                          int64_t now_unix_ms, struct hone_store_skill *out,
                          struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    HONE_REQUIRE(name.len > 0);
    return store->engine->open_skill(store->state, name, package, interface, now_unix_ms,
                                     out, err);
}

int hone_store_read_skill(struct hone_store *store, int64_t skill_id,
                          struct hone_store_skill *out, struct hone_error *err)
{
    return store->engine->read_skill(store->state, skill_id, out, err);
}

int hone_store_list_skills(struct hone_store *store, int64_t after_id, size_t max,
                           struct hone_arena *arena, struct hone_store_skill_name **out,
                           size_t *n_skills, struct hone_error *err)
{
    HONE_REQUIRE(max > 0);
    return store->engine->list_skills(store->state, after_id, max, arena, out, n_skills,
                                      err);
}

int hone_store_append_calls(struct hone_store *store, struct hone_span block,
                            struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    return store->engine->append_calls(store->state, block, err);
}

int hone_store_find_call(struct hone_store *store, struct hone_uuid call_id,
                         struct hone_call_record *out, struct hone_arena *arena,
                         struct hone_error *err)
{
    return store->engine->find_call(store->state, call_id, out, arena, err);
}

int hone_store_read_calls(struct hone_store *store, int64_t skill_id, int64_t *block,
                          struct hone_arena *arena, struct hone_call_record **out,
                          size_t *n_calls, struct hone_error *err)
{
    return store->engine->read_calls(store->state, skill_id, block, arena, out, n_calls,
                                     err);
}

int hone_store_prune_calls(struct hone_store *store, struct hone_store_prune *prune,
                           struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    HONE_REQUIRE(prune->reason.len > 0);
    return store->engine->prune_calls(store->state, prune, err);
}

int hone_store_read_sizes(struct hone_store *store, struct hone_store_sizes *out,
                          struct hone_error *err)
{
    return store->engine->read_sizes(store->state, out, err);
}

int hone_store_shrink(struct hone_store *store, bool *more, struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    return store->engine->shrink(store->state, more, err);
}

/* ---- the log ---- */

static int check_feedback(const struct hone_store_feedback *feedback,
                          struct hone_error *err)
{
    bool known_kind = feedback->kind >= HONE_STORE_FEEDBACK_LABEL &&
                      feedback->kind <= HONE_STORE_FEEDBACK_ORDER;
    if (!known_kind || feedback->source.len == 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "a feedback needs a kind and a source");
    }
    if (!isfinite(feedback->reward) || !isfinite(feedback->weight)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "reward and weight of a feedback must be finite");
    }
    return 0;
}

int hone_store_append_feedback(struct hone_store *store,
                               const struct hone_store_feedback *feedback,
                               size_t n_feedback,
                               struct hone_store_feedback_result *results,
                               struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    for (size_t i = 0; i < n_feedback; i++) {
        int rc = check_feedback(&feedback[i], err);
        if (rc != 0) {
            return rc;
        }
    }
    return store->engine->append_feedback(store->state, feedback, n_feedback, results,
                                          err);
}

int hone_store_find_feedback(struct hone_store *store, struct hone_uuid call_id,
                             struct hone_span source, uint64_t *position,
                             struct hone_error *err)
{
    HONE_REQUIRE(source.len > 0);
    return store->engine->find_feedback(store->state, call_id, source, position, err);
}

int hone_store_read_log(struct hone_store *store, int64_t skill_id, uint64_t after,
                        size_t max, struct hone_arena *arena,
                        struct hone_store_event **events, size_t *n_events,
                        struct hone_error *err)
{
    return store->engine->read_log(store->state, skill_id, after, max, arena, events,
                                   n_events, err);
}

int hone_store_list_feedback(struct hone_store *store, struct hone_uuid call_id,
                             size_t max, struct hone_arena *arena,
                             struct hone_store_event **events, size_t *n_events,
                             struct hone_error *err)
{
    HONE_REQUIRE(max > 0);
    return store->engine->list_feedback(store->state, call_id, max, arena, events,
                                        n_events, err);
}

int hone_store_count_feedback(struct hone_store *store, int64_t skill_id, uint64_t after,
                              uint64_t through, size_t max, struct hone_arena *arena,
                              struct hone_store_feedback_count **out, size_t *n_counts,
                              struct hone_error *err)
{
    HONE_REQUIRE(max > 0);
    return store->engine->count_feedback(store->state, skill_id, after, through, max,
                                         arena, out, n_counts, err);
}

int hone_store_count_values(struct hone_store *store, int64_t skill_id, uint64_t after,
                            uint64_t through, size_t max, struct hone_arena *arena,
                            struct hone_store_value_count **out, size_t *n_counts,
                            struct hone_error *err)
{
    HONE_REQUIRE(max > 0);
    return store->engine->count_values(store->state, skill_id, after, through, max, arena,
                                       out, n_counts, err);
}

int hone_store_find_event(struct hone_store *store, int64_t skill_id,
                          enum hone_store_event_kind kind, uint64_t through,
                          struct hone_arena *arena, struct hone_store_event *out,
                          struct hone_error *err)
{
    HONE_REQUIRE(kind != HONE_STORE_EVENT_FEEDBACK);
    return store->engine->find_event(store->state, skill_id, kind, through, arena, out,
                                     err);
}

/* ---- versions ---- */

int hone_store_read_version(struct hone_store *store, int64_t skill_id, uint32_t number,
                            struct hone_arena *arena, struct hone_store_version *out,
                            struct hone_error *err)
{
    return store->engine->read_version(store->state, skill_id, number, arena, out, err);
}

int hone_store_list_versions(struct hone_store *store, int64_t skill_id,
                             struct hone_arena *arena, struct hone_store_version **out,
                             size_t *n_versions, struct hone_error *err)
{
    return store->engine->list_versions(store->state, skill_id, arena, out, n_versions,
                                        err);
}

static bool is_status(enum hone_store_status status)
{
    return status >= HONE_STORE_CANDIDATE && status <= HONE_STORE_ROLLED_BACK;
}

static void require_transition(const struct hone_store_transition *transition)
{
    HONE_REQUIRE(transition->actor.len > 0 && transition->action.len > 0);
    HONE_REQUIRE(transition->event != HONE_STORE_EVENT_FEEDBACK);
    HONE_REQUIRE((int)transition->event >= 0 &&
                 transition->event <= HONE_STORE_EVENT_TICK);
    HONE_REQUIRE(transition->new_version == NULL ||
                 is_status(transition->new_version->status));
    if (transition->expected_live != 0 && transition->expected_live != transition->live) {
        HONE_REQUIRE(is_status(transition->former_live) &&
                     transition->former_live != HONE_STORE_LIVE);
    }
}

/* A row must not name a file that is not there. */
static int require_blob(struct hone_store *store, struct hone_digest tensors,
                        struct hone_error *err)
{
    if (hone_digest_equal(tensors, no_digest) ||
        hone_blobs_exists(&store->blobs, tensors)) {
        return 0;
    }
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(tensors, text);
    return hone_error_set(err, HONE_E_NOT_FOUND, "there is no tensors file %s", text);
}

/* Notes the tensors of the checkpoint that the skill has now, if any. */
static int note_checkpoint(struct hone_store *store, int64_t skill_id,
                           struct hone_digest *out, struct hone_error *err)
{
    struct hone_store_checkpoint checkpoint;
    int rc = store->engine->read_checkpoint(store->state, skill_id, &checkpoint, err);
    *out = rc == 0 ? checkpoint.tensors : no_digest;
    return rc == HONE_E_NOT_FOUND ? 0 : rc;
}

int hone_store_apply_transition(struct hone_store *store,
                                const struct hone_store_transition *transition,
                                uint32_t *new_version, uint64_t *event_position,
                                struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    require_transition(transition);
    uint32_t number = 0;
    uint64_t position = 0;
    struct hone_digest former;
    int rc = 0;
    if (transition->new_version != NULL) {
        rc = require_blob(store, transition->new_version->tensors, err);
    }
    if (rc == 0) {
        rc = note_checkpoint(store, transition->skill_id, &former, err);
    }
    if (rc == 0) {
        rc = store->engine->apply_transition(store->state, transition, &number, &position,
                                             err);
    }
    if (rc != 0) {
        return rc;
    }
    note_dropped(store, former);
    if (new_version != NULL) {
        *new_version = number;
    }
    if (event_position != NULL) {
        *event_position = position;
    }
    return 0;
}

/* ---- leases and checkpoints ---- */

int hone_store_take_lease(struct hone_store *store, int64_t skill_id,
                          struct hone_span holder, int64_t now_unix_ms, int64_t ttl_ms,
                          uint64_t *token, struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    HONE_REQUIRE(holder.len > 0 && ttl_ms > 0);
    return store->engine->take_lease(store->state, skill_id, holder, now_unix_ms, ttl_ms,
                                     token, err);
}

int hone_store_set_checkpoint(struct hone_store *store, int64_t skill_id,
                              uint64_t lease_token,
                              const struct hone_store_checkpoint *checkpoint,
                              int64_t now_unix_ms, struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    struct hone_digest former;
    int rc = require_blob(store, checkpoint->tensors, err);
    if (rc == 0) {
        rc = note_checkpoint(store, skill_id, &former, err);
    }
    if (rc == 0) {
        rc = store->engine->set_checkpoint(store->state, skill_id, lease_token,
                                           checkpoint, now_unix_ms, err);
    }
    if (rc == 0) {
        note_dropped(store, former);
    }
    return rc;
}

int hone_store_read_checkpoint(struct hone_store *store, int64_t skill_id,
                               struct hone_store_checkpoint *out, struct hone_error *err)
{
    return store->engine->read_checkpoint(store->state, skill_id, out, err);
}

/* ---- tasks ---- */

static bool is_end(enum hone_store_task_status status)
{
    return status > HONE_STORE_TASK_WORKING && status <= HONE_STORE_TASK_CANCELLED;
}

int hone_store_add_task(struct hone_store *store, const struct hone_store_task *task,
                        struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    HONE_REQUIRE(task->principal.len > 0);
    return store->engine->add_task(store->state, task, err);
}

int hone_store_end_task(struct hone_store *store, const struct hone_store_task *task,
                        struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    HONE_REQUIRE(is_end(task->status));
    return store->engine->end_task(store->state, task, err);
}

int hone_store_end_open_tasks(struct hone_store *store, const struct hone_store_task *end,
                              struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    HONE_REQUIRE(is_end(end->status));
    return store->engine->end_open_tasks(store->state, end, err);
}

int hone_store_read_task(struct hone_store *store, struct hone_uuid id,
                         struct hone_arena *arena, struct hone_store_task *out,
                         struct hone_error *err)
{
    return store->engine->read_task(store->state, id, arena, out, err);
}

int hone_store_list_tasks(struct hone_store *store, int64_t after_unix_ms, size_t max,
                          struct hone_arena *arena, struct hone_store_task **out,
                          size_t *n_tasks, struct hone_error *err)
{
    HONE_REQUIRE(max > 0);
    return store->engine->list_tasks(store->state, after_unix_ms, max, arena, out,
                                     n_tasks, err);
}

int hone_store_remove_tasks(struct hone_store *store, int64_t expires_unix_ms, size_t max,
                            struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    return store->engine->remove_tasks(store->state, expires_unix_ms, max, err);
}

/* ---- tensors files ---- */

char *hone_store_temp_path(struct hone_store *store)
{
    return hone_blobs_temp_path(&store->blobs);
}

char *hone_store_blob_path(struct hone_store *store, struct hone_digest digest)
{
    return hone_blobs_path(&store->blobs, digest);
}

int hone_store_keep_blob(struct hone_store *store, const char *temp_path,
                         struct hone_digest digest, struct hone_error *err)
{
    return hone_blobs_keep(&store->blobs, temp_path, digest, err);
}

int hone_store_place_blob(struct hone_store *store, const char *temp_path,
                          struct hone_digest digest, struct hone_error *err)
{
    HONE_REQUIRE(store->in_transaction);
    store->has_placed = true;
    return hone_blobs_place(&store->blobs, temp_path, digest, err);
}

int hone_store_verify_blob(struct hone_store *store, struct hone_digest digest,
                           struct hone_error *err)
{
    return hone_blobs_verify(&store->blobs, digest, err);
}

int hone_store_prune_versions(struct hone_store *store, int64_t skill_id, uint32_t keep,
                              struct hone_error *err)
{
    struct hone_arena arena;
    struct hone_digest *forgotten = NULL;
    size_t n_forgotten = 0;
    int rc = hone_store_begin(store, err);
    if (rc != 0) {
        return rc;
    }
    hone_arena_init(&arena, PRUNE_ARENA_BYTES);
    rc = store->engine->forget_tensors(store->state, skill_id, keep, &arena, &forgotten,
                                       &n_forgotten, err);
    if (rc == 0) {
        for (size_t i = 0; i < n_forgotten; i++) {
            note_dropped(store, forgotten[i]);
        }
        rc = hone_store_commit(store, err);
    } else {
        hone_store_rollback(store);
    }
    hone_arena_finish(&arena);
    return rc;
}

/* ---- audit ---- */

int hone_store_read_audit(struct hone_store *store, int64_t skill_id, uint64_t after,
                          size_t max, struct hone_arena *arena,
                          struct hone_store_audit **out, size_t *n_rows,
                          struct hone_error *err)
{
    return store->engine->read_audit(store->state, skill_id, after, max, arena, out,
                                     n_rows, err);
}

/* Checks one page of rows; *n_rows 0 at the end. */
static int verify_page(struct hone_store *store, int64_t skill_id,
                       struct hone_audit_chain *chain, struct hone_arena *arena,
                       size_t *n_rows, struct hone_error *err)
{
    struct hone_store_audit *rows = NULL;
    int rc = store->engine->read_audit(store->state, skill_id, chain->n_rows, AUDIT_PAGE,
                                       arena, &rows, n_rows, err);
    for (size_t i = 0; rc == 0 && i < *n_rows; i++) {
        rc = hone_audit_check(chain, skill_id, &rows[i], err);
    }
    return rc;
}

int hone_store_verify_audit(struct hone_store *store, int64_t skill_id, uint64_t *n_rows,
                            struct hone_error *err)
{
    struct hone_audit_chain chain = {0};
    struct hone_arena arena;
    uint64_t n_expected = 0;
    size_t n_page = 1;
    int rc = store->engine->count_audit(store->state, skill_id, &n_expected, err);
    hone_arena_init(&arena, AUDIT_ARENA_BYTES);
    while (rc == 0 && n_page > 0) {
        rc = verify_page(store, skill_id, &chain, &arena, &n_page, err);
        hone_arena_reset(&arena);
    }
    hone_arena_finish(&arena);
    if (rc == 0 && chain.n_rows != n_expected) {
        rc = hone_error_set(err, HONE_E_CORRUPT, "audit row %llu is missing",
                            (unsigned long long)chain.n_rows + 1);
    }
    if (rc == 0) {
        *n_rows = chain.n_rows;
    }
    return rc;
}

/* ---- checking ---- */

int hone_store_count_audit(struct hone_store *store, int64_t skill_id, uint64_t *n_rows,
                           struct hone_error *err)
{
    return store->engine->count_audit(store->state, skill_id, n_rows, err);
}

int hone_store_read_positions(struct hone_store *store, int64_t skill_id, uint64_t after,
                              size_t max, uint64_t *positions, size_t *n_positions,
                              struct hone_error *err)
{
    return store->engine->read_positions(store->state, skill_id, after, max, positions,
                                         n_positions, err);
}

int hone_store_check_calls(struct hone_store *store, int64_t after, size_t max,
                           struct hone_store_blocks *out, struct hone_error *err)
{
    return store->engine->check_calls(store->state, after, max, out, err);
}

int hone_store_check_part(struct hone_store *store, size_t part, bool *more,
                          struct hone_error *err)
{
    return store->engine->check_part(store->state, part, more, err);
}

/* ---- backups ---- */

int hone_store_start_copy(struct hone_store *store, const char *path,
                          struct hone_error *err)
{
    if (store->has_copy) {
        return hone_error_set(err, HONE_E_BUSY,
                              "a backup of the data folder is being made already");
    }
    int rc = store->engine->start_copy(store->state, path, err);
    store->has_copy = rc == 0;
    return rc;
}

int hone_store_step_copy(struct hone_store *store, bool *more, struct hone_error *err)
{
    HONE_REQUIRE(store->has_copy && !store->in_transaction);
    int rc = store->engine->step_copy(store->state, more, err);
    if (rc != 0 || !*more) {
        store->engine->end_copy(store->state);
    }
    return rc;
}

void hone_store_end_copy(struct hone_store *store)
{
    if (!store->has_copy) {
        return;
    }
    store->engine->end_copy(store->state);
    store->has_copy = false;
    remove_nameless(store);
}

int hone_store_read_copy(const struct hone_store *store, const char *path,
                         struct hone_arena *arena, struct hone_store_copy *out,
                         struct hone_error *err)
{
    return store->engine->read_copy(path, arena, out, err);
}
