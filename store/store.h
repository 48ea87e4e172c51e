/* The durable memory of a data folder: skills, calls, the log, versions, checkpoints,
 * audit.
 *
 * The store keeps bytes, ids and versions; it does not know what a skill is or how it
 * learns.
 *
 * Order and durability
 *   - Each skill has one log: a sequence of events numbered 1, 2, 3 ... in commit order.
 *     A position is such a number; "learned through p" means that events 1..p are in
 *     the weights.
 *   - Whatever was written before hone_store_commit returned 0 survives kill -9 and
 *     power loss.
 *   - A feedback's call is durable when the feedback is: calls are appended on the same
 *     queue before it.
 *   - A version's tensors file is durable before the row that names it; a file that no
 *     row names is an orphan and is swept at the next opening.
 *
 * Thread: one at a time (the server calls everything here on its STORE lane). Borrowed
 * pointers in results live in the arena that was passed. Expected errors besides the
 * ones named: HONE_E_FULL (disk full: nothing of the transaction is kept, the same call
 * may succeed later), HONE_E_IO, HONE_E_READ_ONLY. */
#ifndef HONE_STORE_STORE_H
#define HONE_STORE_STORE_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "base/uuid.h"
#include "store/call_block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_store;
struct hone_store_engine; /* store/engine.h: what an engine implements */

/* Opens or creates the data folder with the built-in engine (SQLite, hone.db) and takes
 * its lock until closed. HONE_E_BUSY: another process owns the folder (its pid is in the
 * message). HONE_E_VERSION: written by a newer build. HONE_E_CORRUPT: not a hone
 * database, or damaged. HONE_E_READ_ONLY: the folder or file cannot be written. Migrates
 * older formats. */
int hone_store_open(struct hone_store **out, const char *folder, int64_t now_unix_ms,
                    struct hone_error *err) HONE_MUST_USE;
/* The same through a given engine (contract tests, other engines). */
int hone_store_open_engine(struct hone_store **out,
                           const struct hone_store_engine *engine, const char *location,
                           int64_t now_unix_ms, struct hone_error *err) HONE_MUST_USE;
/* Opens the folder to look at it: what is wrong with it stays as it is, and a folder
 * without a database is HONE_E_NOT_FOUND. */
int hone_store_open_to_check(struct hone_store **out, const char *folder,
                             int64_t now_unix_ms, struct hone_error *err) HONE_MUST_USE;
/* Accepts NULL; an open transaction is lost. */
void hone_store_close(struct hone_store *store);

/* All writes happen between begin and commit. A function that fails inside leaves the
 * transaction as before its call, so others in the same batch are unaffected. commit that
 * fails keeps nothing and ends the transaction. */
int hone_store_begin(struct hone_store *store, struct hone_error *err) HONE_MUST_USE;
int hone_store_commit(struct hone_store *store, struct hone_error *err) HONE_MUST_USE;
void hone_store_rollback(struct hone_store *store);

/* ---- skills ---- */

struct hone_store_skill {
    int64_t id;
    struct hone_digest package;   /* that the live version belongs to */
    struct hone_digest interface; /* of that package */
    uint32_t live_version;        /* 0: none yet */
    uint32_t last_version;        /* highest number given */
    uint64_t position;            /* log position that the live state starts from */
    uint64_t log_end;             /* position of the newest event */
    uint64_t last_change; /* position of the newest event that is no feedback; 0: none */
    uint64_t n_calls, n_feedback; /* recorded since ever */
    int64_t created_unix_ms;
};

/* Finds a skill by name or registers it with these digests (write). */
int hone_store_open_skill(struct hone_store *store, struct hone_span name,
                          struct hone_digest package, struct hone_digest interface,
                          int64_t now_unix_ms, struct hone_store_skill *out,
                          struct hone_error *err) HONE_MUST_USE;

/* HONE_E_NOT_FOUND. */
int hone_store_read_skill(struct hone_store *store, int64_t skill_id,
                          struct hone_store_skill *out,
                          struct hone_error *err) HONE_MUST_USE;

struct hone_store_skill_name {
    int64_t id;
    struct hone_span name;
};
/* Those with ids after this one, in order of id, at most max; also skills whose packages
 * are gone. */
int hone_store_list_skills(struct hone_store *store, int64_t after_id, size_t max,
                           struct hone_arena *arena, struct hone_store_skill_name **out,
                           size_t *n_skills, struct hone_error *err) HONE_MUST_USE;

/* ---- calls ---- */

/* Appends a block of encoded records (see call_block.h); ids that exist are skipped.
 * Block content comes from this program, so damage is HONE_E_INVALID and nothing is
 * stored (write). */
int hone_store_append_calls(struct hone_store *store, struct hone_span block,
                            struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND: unknown or no longer kept. */
int hone_store_find_call(struct hone_store *store, struct hone_uuid call_id,
                         struct hone_call_record *out, struct hone_arena *arena,
                         struct hone_error *err) HONE_MUST_USE;

/* The calls of a skill in one block of calls, newest first: in the one before *block, which
 * becomes that one; 0 stands for the newest, and is what comes out after the oldest. Calls
 * of a damaged block are left out. HONE_E_LIMIT: the arena has no room for a block. */
int hone_store_read_calls(struct hone_store *store, int64_t skill_id, int64_t *block,
                          struct hone_arena *arena, struct hone_call_record **out,
                          size_t *n_calls, struct hone_error *err) HONE_MUST_USE;

/* Old calls that are to go, and how far that has come. */
struct hone_store_prune {
    /* Calls made before this time, if there is no feedback on them. 0: none. */
    int64_t calls_before_unix_ms;
    /* Those with feedback too, if that is in every state that is kept, so that learning
     * from an older version on never needs them. 0: none. */
    int64_t feedback_before_unix_ms;
    /* Only until what the database uses takes no more than this. 0: all of them. */
    uint64_t target_bytes;
    struct hone_span reason; /* for the audit rows; UTF-8 */
    int64_t now_unix_ms;
    /* Zeroed before the first step: */
    struct hone_uuid after;
    uint64_t n_seen, n_dropped, dropped_bytes;
    bool more;
};
/* One step, of some hundred calls, the oldest first. Feedback on a call that was
 * dropped is UNKNOWN_CALL. Each skill that loses calls gets an audit row, one for a reason.
 * (write) */
int hone_store_prune_calls(struct hone_store *store, struct hone_store_prune *prune,
                           struct hone_error *err) HONE_MUST_USE;

struct hone_store_sizes {
    uint64_t database_bytes;
    uint64_t unused_bytes;       /* of them: free for what comes */
    int64_t oldest_call_unix_ms; /* that is kept; 0: none */
};
int hone_store_read_sizes(struct hone_store *store, struct hone_store_sizes *out,
                          struct hone_error *err) HONE_MUST_USE;
/* Gives a small part of what is unused back to the disk, unless that is little; *more says
 * whether to go on (write). */
int hone_store_shrink(struct hone_store *store, bool *more,
                      struct hone_error *err) HONE_MUST_USE;

/* ---- the log ---- */

enum hone_store_event_kind {
    HONE_STORE_EVENT_FEEDBACK = 1,
    HONE_STORE_EVENT_GATE = 2,     /* a verdict; body: JSON */
    HONE_STORE_EVENT_ROLLBACK = 3, /* body: JSON */
    HONE_STORE_EVENT_PACKAGE = 4,  /* the package changed; body: JSON */
    HONE_STORE_EVENT_HOLD = 5,     /* what operators hold back has changed; body: JSON */
    HONE_STORE_EVENT_FORGET = 6,   /* body: JSON */
    HONE_STORE_EVENT_TICK = 7,     /* a timer that learning depends on; body: JSON */
};

enum hone_store_feedback_kind {
    HONE_STORE_FEEDBACK_LABEL = 1,
    HONE_STORE_FEEDBACK_REWARD = 2,
    HONE_STORE_FEEDBACK_CORRECTION = 3,
    HONE_STORE_FEEDBACK_COMMENT = 4,
    HONE_STORE_FEEDBACK_CHOICE = 5,
    HONE_STORE_FEEDBACK_DEMONSTRATION = 6,
    HONE_STORE_FEEDBACK_VALUE = 7,
    HONE_STORE_FEEDBACK_ORDER = 8,
};

struct hone_store_feedback {
    struct hone_uuid feedback_id; /* made by the caller */
    /* Of a demonstration, which brings its own input and has no call: an id of its own. */
    struct hone_uuid call_id;
    int64_t skill_id;
    enum hone_store_feedback_kind kind;
    struct hone_span value; /* label, correction, choice, demonstration, order or the JSON
                               text of a number; may be empty */
    struct hone_span comment;         /* may be empty */
    double reward;                    /* for kind reward; else 0 */
    double weight;                    /* 1 for ordinary */
    struct hone_span source;          /* who says so; never empty */
    struct hone_span idempotency_key; /* may be empty */
    int64_t time_unix_ms;             /* of observation */
};

/* Nothing is stored except by the first. */
enum hone_store_feedback_status {
    HONE_STORE_FEEDBACK_STORED = 1,
    HONE_STORE_FEEDBACK_DUPLICATE = 2,    /* of one whose id and position are given */
    HONE_STORE_FEEDBACK_UNKNOWN_CALL = 3, /* no such call, no longer kept, or damaged */
    HONE_STORE_FEEDBACK_OTHER_SKILL = 4,  /* the call belongs to another skill */
    HONE_STORE_FEEDBACK_CONFLICT = 5,     /* its idempotency key was used on this call by
                                             this source with other content */
};

struct hone_store_feedback_result {
    enum hone_store_feedback_status status;
    struct hone_uuid feedback_id;
    uint64_t position;
};

/* Appends to the logs of the calls' skills, in order, and says of each what became of it
 * (write). Duplicate: same call, source and idempotency key and same content; without a
 * key, equal in kind, value, reward, comment and weight to that source's latest feedback
 * on that call. */
int hone_store_append_feedback(struct hone_store *store,
                               const struct hone_store_feedback *feedback,
                               size_t n_feedback,
                               struct hone_store_feedback_result *results,
                               struct hone_error *err) HONE_MUST_USE;

/* The position of the first that this source has stored on that call. HONE_E_NOT_FOUND
 * without a message. */
int hone_store_find_feedback(struct hone_store *store, struct hone_uuid call_id,
                             struct hone_span source, uint64_t *position,
                             struct hone_error *err) HONE_MUST_USE;

struct hone_store_event {
    uint64_t position;
    enum hone_store_event_kind kind;
    int64_t time_unix_ms;
    struct hone_store_feedback feedback; /* when kind is feedback */
    struct hone_call_record call; /* its call, when kind is feedback; an empty input: the
                                     call is no longer kept or not readable */
    struct hone_span body;        /* otherwise: JSON */
    bool is_repeated; /* feedback on a call that had label, reward or correction before */
};

/* Events after a position, in order, at most max, fewer when the arena is full; *n_events
 * 0 at the end. Arrays and spans live in arena. A feedback whose call is no longer kept,
 * or not readable, is told all the same, so that a reader gets past it: its call has an
 * empty input and version 0. HONE_E_LIMIT: the arena has no room for one. */
int hone_store_read_log(struct hone_store *store, int64_t skill_id, uint64_t after,
                        size_t max, struct hone_arena *arena,
                        struct hone_store_event **events, size_t *n_events,
                        struct hone_error *err) HONE_MUST_USE;

/* The feedback on a call, oldest first, at most max: as read_log gives it, but without its
 * call. */
int hone_store_list_feedback(struct hone_store *store, struct hone_uuid call_id,
                             size_t max, struct hone_arena *arena,
                             struct hone_store_event **events, size_t *n_events,
                             struct hone_error *err) HONE_MUST_USE;

/* How much feedback of a kind a source has given. */
struct hone_store_feedback_count {
    enum hone_store_feedback_kind kind;
    struct hone_span source;
    uint64_t n;
};
/* Counts what lies after a position, up to and including another; at most max kinds and
 * sources, the others are left out. */
int hone_store_count_feedback(struct hone_store *store, int64_t skill_id, uint64_t after,
                              uint64_t through, size_t max, struct hone_arena *arena,
                              struct hone_store_feedback_count **out, size_t *n_counts,
                              struct hone_error *err) HONE_MUST_USE;

/* How often feedback has said that something was right, as a label, a correction or a
 * choice. Otherwise as above. */
struct hone_store_value_count {
    struct hone_span value;
    uint64_t n;
};
int hone_store_count_values(struct hone_store *store, int64_t skill_id, uint64_t after,
                            uint64_t through, size_t max, struct hone_arena *arena,
                            struct hone_store_value_count **out, size_t *n_counts,
                            struct hone_error *err) HONE_MUST_USE;

/* The newest event of a kind, other than feedback, at this position or before.
 * HONE_E_NOT_FOUND without a message. */
int hone_store_find_event(struct hone_store *store, int64_t skill_id,
                          enum hone_store_event_kind kind, uint64_t through,
                          struct hone_arena *arena, struct hone_store_event *out,
                          struct hone_error *err) HONE_MUST_USE;

/* ---- versions ---- */

enum hone_store_status {
    HONE_STORE_CANDIDATE = 1,
    HONE_STORE_REJECTED,
    HONE_STORE_INCONCLUSIVE,
    HONE_STORE_ERROR,
    HONE_STORE_SHADOW,
    HONE_STORE_CANARY,
    HONE_STORE_LIVE,
    HONE_STORE_RETIRED,
    HONE_STORE_ROLLED_BACK,
};
const char *hone_store_status_name(enum hone_store_status status);

struct hone_store_version {
    uint32_t number; /* 1, 2, 3 ... per skill */
    uint32_t parent; /* 0: none */
    enum hone_store_status status;
    struct hone_digest package;
    struct hone_digest tensors; /* zero: none kept */
    uint64_t tensors_bytes;
    uint64_t position; /* its state includes the log through here */
    int64_t created_unix_ms;
    struct hone_span evidence; /* JSON: the gate's report, or why there is none */
};

/* HONE_E_NOT_FOUND. */
int hone_store_read_version(struct hone_store *store, int64_t skill_id, uint32_t number,
                            struct hone_arena *arena, struct hone_store_version *out,
                            struct hone_error *err) HONE_MUST_USE;
/* Newest first. */
int hone_store_list_versions(struct hone_store *store, int64_t skill_id,
                             struct hone_arena *arena, struct hone_store_version **out,
                             size_t *n_versions, struct hone_error *err) HONE_MUST_USE;

/* One change of what is live, with all that belongs to it, in the current transaction:
 * optionally a new version row, the skill's live version and position, status of the
 * version that was live, one event in the log, one audit row; the skill's checkpoint is
 * dropped. HONE_E_STALE: the lease token or the live version is not the expected one.
 * HONE_E_NOT_FOUND: skill, live version or the new version's tensors file does not exist.
 * HONE_E_INVALID: a position beyond the log's end. Either out-parameter may be NULL;
 * 0 stands for none. (write) */
struct hone_store_transition {
    int64_t skill_id;
    uint64_t lease_token;
    uint32_t expected_live;
    /* NULL: none. Its number is last_version + 1, or 0 for the same. */
    const struct hone_store_version *new_version;
    uint32_t live; /* the version that is live afterwards */
    /* Status of expected_live if it is no longer live. */
    enum hone_store_status former_live;
    /* New position of the live state; 0: as it is; UINT64_MAX: that of the event appended
     * here (also for the new version's own position). */
    uint64_t position;
    struct hone_digest package, interface; /* zero: as they are */
    enum hone_store_event_kind event;      /* 0: none */
    struct hone_span event_body;           /* JSON */
    int64_t time_unix_ms;
    struct hone_span actor, action, reason; /* for the audit row; UTF-8 */
};
int hone_store_apply_transition(struct hone_store *store,
                                const struct hone_store_transition *transition,
                                uint32_t *new_version, uint64_t *event_position,
                                struct hone_error *err) HONE_MUST_USE;

/* ---- leases: one trainer per skill ---- */

/* A token that grows with each change of holder. HONE_E_BUSY while another holds it.
 * (write) */
int hone_store_take_lease(struct hone_store *store, int64_t skill_id,
                          struct hone_span holder, int64_t now_unix_ms, int64_t ttl_ms,
                          uint64_t *token, struct hone_error *err) HONE_MUST_USE;

/* ---- checkpoints: training state for a quick restart, seen by nobody ---- */

struct hone_store_checkpoint {
    uint32_t version; /* live version on which it builds */
    uint64_t position;
    struct hone_digest tensors;
    uint64_t tensors_bytes;
};
/* Replaces the skill's checkpoint. Errors as above. (write) */
int hone_store_set_checkpoint(struct hone_store *store, int64_t skill_id,
                              uint64_t lease_token,
                              const struct hone_store_checkpoint *checkpoint,
                              int64_t now_unix_ms, struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND. */
int hone_store_read_checkpoint(struct hone_store *store, int64_t skill_id,
                               struct hone_store_checkpoint *out,
                               struct hone_error *err) HONE_MUST_USE;

/* ---- tasks: calls that go on by themselves ---- */

enum hone_store_task_status {
    HONE_STORE_TASK_WORKING = 1, /* also while it waits for inputs */
    HONE_STORE_TASK_COMPLETED,
    HONE_STORE_TASK_FAILED,
    HONE_STORE_TASK_CANCELLED,
};

struct hone_store_task {
    struct hone_uuid id;
    struct hone_span principal; /* who made it; never empty */
    enum hone_store_task_status status;
    struct hone_span message; /* UTF-8, may be empty */
    struct hone_span body;    /* of its end: JSON; may be empty */
    int64_t created_unix_ms, updated_unix_ms, expires_unix_ms;
};

/* A new one, at work: status and body are not looked at. HONE_E_EXISTS. (write) */
int hone_store_add_task(struct hone_store *store, const struct hone_store_task *task,
                        struct hone_error *err) HONE_MUST_USE;
/* Status, message, body and time of the end. HONE_E_NOT_FOUND; HONE_E_STALE: it has ended
 * before. (write) */
int hone_store_end_task(struct hone_store *store, const struct hone_store_task *task,
                        struct hone_error *err) HONE_MUST_USE;
/* Ends all that are at work, alike; id, principal and the other times are not looked at.
 * (write) */
int hone_store_end_open_tasks(struct hone_store *store, const struct hone_store_task *end,
                              struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND. */
int hone_store_read_task(struct hone_store *store, struct hone_uuid id,
                         struct hone_arena *arena, struct hone_store_task *out,
                         struct hone_error *err) HONE_MUST_USE;
/* All that expire after a time, the first to expire first, at most max; bodies are left
 * out. */
int hone_store_list_tasks(struct hone_store *store, int64_t after_unix_ms, size_t max,
                          struct hone_arena *arena, struct hone_store_task **out,
                          size_t *n_tasks, struct hone_error *err) HONE_MUST_USE;
/* Forgets those that expire at this time or before, the oldest first, at most max.
 * (write) */
int hone_store_remove_tasks(struct hone_store *store, int64_t expires_unix_ms, size_t max,
                            struct hone_error *err) HONE_MUST_USE;

/* ---- tensors files ---- */

/* Paths in the data folder's blobs; free() them. temp is unique per call. Any thread. */
char *hone_store_temp_path(struct hone_store *store);
char *hone_store_blob_path(struct hone_store *store, struct hone_digest digest);
/* Moves a complete, synced temp file to its digest's place, durably. Existing is fine.
 * Any thread. */
int hone_store_keep_blob(struct hone_store *store, const char *temp_path,
                         struct hone_digest digest, struct hone_error *err) HONE_MUST_USE;
/* For many at once: moves a complete temp file, synced or not, to its digest's place. It
 * is durable when the open transaction is committed (write). */
int hone_store_place_blob(struct hone_store *store, const char *temp_path,
                          struct hone_digest digest,
                          struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND, HONE_E_CORRUPT when the content does not match. Any thread but the
 * loop. */
int hone_store_verify_blob(struct hone_store *store, struct hone_digest digest,
                           struct hone_error *err) HONE_MUST_USE;
/* Keeps the tensors of the newest `keep` versions that have any, of the live one and of
 * the live one's parent, to which a rollback goes; forgets all others and removes files
 * that nothing names. Versions without tensors do not count. (its own transaction) */
int hone_store_prune_versions(struct hone_store *store, int64_t skill_id, uint32_t keep,
                              struct hone_error *err) HONE_MUST_USE;

/* ---- audit ---- */

struct hone_store_audit {
    uint64_t number;
    int64_t time_unix_ms;
    struct hone_span actor, action, detail; /* detail: the exact JSON that was hashed */
    struct hone_digest hash;
};
/* How many audit rows the skill has, by its own counter. HONE_E_NOT_FOUND. */
int hone_store_count_audit(struct hone_store *store, int64_t skill_id, uint64_t *n_rows,
                           struct hone_error *err) HONE_MUST_USE;
/* At most max rows of a skill's audit log, those after a number. */
int hone_store_read_audit(struct hone_store *store, int64_t skill_id, uint64_t after,
                          size_t max, struct hone_arena *arena,
                          struct hone_store_audit **out, size_t *n_rows,
                          struct hone_error *err) HONE_MUST_USE;
/* Checks the hash chain of a skill. HONE_E_CORRUPT names the first bad row. */
int hone_store_verify_audit(struct hone_store *store, int64_t skill_id, uint64_t *n_rows,
                            struct hone_error *err) HONE_MUST_USE;

#endif
