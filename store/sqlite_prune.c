/* Blocks are gone through in the order of the times of their first calls, over all streams.
 * What is dropped is cut out of its block; the rest stays where it is, under the same
 * number, so that calls are found and feedback is joined as before. */
#include "store/sqlite_prune.h"

#include "base/buf.h"
#include "store/sqlite_audit.h"
#include "store/sqlite_calls.h"
#include "store/sqlite_query.h"
#include "store/sqlite_skills.h"

#include <string.h>

#define STEP_RECORDS    250
#define STEP_BYTES      ((size_t)4 * 1024 * 1024)
#define BLOCK_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define SPARE_BYTES     ((uint64_t)16 * 1024 * 1024) /* left for what comes next */
#define AUDIT_BYTES     ((size_t)1024 * 1024)

/* ---- sizes ---- */

int hone_sqlite_prune_sizes(struct hone_sqlite_db *db, struct hone_store_sizes *out,
                            struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_store_sizes sizes = {0};
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_SIZES);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        uint64_t page_bytes = hone_sqlite_query_u64(&query, 2);
        sizes.database_bytes = hone_sqlite_query_u64(&query, 0) * page_bytes;
        sizes.unused_bytes = hone_sqlite_query_u64(&query, 1) * page_bytes;
    }
    hone_sqlite_query_finish(&query);
    for (int stream = 0; rc >= 0 && stream < HONE_SQLITE_CALLS_STREAMS; stream++) {
        hone_sqlite_query_start(&query, db, HONE_SQLITE_FIRST_BLOCK);
        hone_sqlite_query_bind_int(&query, stream);
        rc = hone_sqlite_query_step(&query, err);
        if (rc == 1) {
            int64_t first = hone_uuid_unix_ms(hone_sqlite_query_uuid(&query, 0));
            if (sizes.oldest_call_unix_ms == 0 || first < sizes.oldest_call_unix_ms) {
                sizes.oldest_call_unix_ms = first;
            }
        }
        hone_sqlite_query_finish(&query);
    }
    if (rc < 0) {
        return rc;
    }
    *out = sizes;
    return 0;
}

int hone_sqlite_prune_shrink(struct hone_sqlite_db *db, bool *more,
                             struct hone_error *err)
{
    struct hone_store_sizes sizes;
    struct hone_sqlite_query query;
    int rc = hone_sqlite_prune_sizes(db, &sizes, err);
    *more = false;
    if (rc != 0 || sizes.unused_bytes <= SPARE_BYTES) {
        return rc;
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_SHRINK);
    do {
        rc = hone_sqlite_query_step(&query, err); /* a page each */
    } while (rc == 1);
    hone_sqlite_query_finish(&query);
    *more = rc == 0;
    return rc;
}

/* ---- what may go ---- */

struct block {
    int64_t id;
    int stream;
    struct hone_uuid first, last;
};

/* The block that begins next after an id, of all streams: 1 = found. */
static int find_next(struct hone_sqlite_db *db, struct hone_uuid after, struct block *out,
                     struct hone_error *err)
{
    bool found = false;
    for (int stream = 0; stream < HONE_SQLITE_CALLS_STREAMS; stream++) {
        struct hone_sqlite_query query;
        hone_sqlite_query_start(&query, db, HONE_SQLITE_NEXT_BLOCK);
        hone_sqlite_query_bind_int(&query, stream);
        hone_sqlite_query_bind_uuid(&query, &after);
        int rc = hone_sqlite_query_step(&query, err);
        if (rc == 1) {
            struct block block = {.id = hone_sqlite_query_int(&query, 0),
                                  .stream = stream,
                                  .first = hone_sqlite_query_uuid(&query, 1),
                                  .last = hone_sqlite_query_uuid(&query, 2)};
            if (!found || hone_uuid_compare(block.first, out->first) < 0) {
                *out = block;
            }
            found = true;
        }
        hone_sqlite_query_finish(&query);
        if (rc < 0) {
            return rc;
        }
    }
    return found ? 1 : 0;
}

/* Position of the last feedback on a call; 0: none. */
static int read_last_feedback(struct hone_sqlite_db *db, struct hone_uuid call_id,
                              uint64_t *position, struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_LAST_FEEDBACK);
    hone_sqlite_query_bind_uuid(&query, &call_id);
    int rc = hone_sqlite_query_step(&query, err);
    *position = rc == 1 ? hone_sqlite_query_u64(&query, 0) : 0;
    hone_sqlite_query_finish(&query);
    return rc < 0 ? rc : 0;
}

/* The log up to here is in every state that is kept; so nobody will read it again to learn
 * from. 0 when there is none. */
static int read_floor(struct hone_sqlite_db *db, int64_t skill_id, uint64_t *position,
                      struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_OLDEST_KEPT);
    hone_sqlite_query_bind_int(&query, skill_id);
    int rc = hone_sqlite_query_step(&query, err);
    *position = rc == 1 ? hone_sqlite_query_u64(&query, 0) : 0;
    hone_sqlite_query_finish(&query);
    return rc < 0 ? rc : 0;
}

static int may_go(struct hone_sqlite_db *db, const struct hone_store_prune *prune,
                  const struct hone_call_record *record, bool *goes,
                  struct hone_error *err)
{
    uint64_t last = 0;
    uint64_t floor = 0;
    *goes = false;
    int64_t made_ms = hone_uuid_unix_ms(record->call_id);
    if (made_ms >= prune->calls_before_unix_ms &&
        made_ms >= prune->feedback_before_unix_ms) {
        return 0;
    }
    int rc = read_last_feedback(db, record->call_id, &last, err);
    if (rc != 0 || last == 0) {
        *goes = rc == 0 && made_ms < prune->calls_before_unix_ms;
        return rc;
    }
    if (made_ms < prune->feedback_before_unix_ms) {
        rc = read_floor(db, record->skill_id, &floor, err);
        *goes = rc == 0 && last <= floor;
    }
    return rc;
}

/* ---- the audit row ---- */

static struct hone_store_transition make_transition(const struct hone_store_prune *prune,
                                                    const struct hone_store_skill *skill)
{
    return (struct hone_store_transition){
        .skill_id = skill->id,
        .expected_live = skill->live_version,
        .live = skill->live_version,
        .time_unix_ms = prune->now_unix_ms,
        .actor = hone_span_text("retention"),
        .action = hone_span_text("prune"),
        .reason = prune->reason,
    };
}

/* Does the skill's last row say the same already? */
static int is_told(struct hone_sqlite_db *db, int64_t skill_id, struct hone_span reason,
                   bool *told, struct hone_error *err)
{
    struct hone_arena arena;
    struct hone_store_audit *rows = NULL;
    uint64_t n_all = 0;
    size_t n = 0;
    *told = false;
    hone_arena_init(&arena, AUDIT_BYTES);
    int rc = hone_sqlite_audit_count(db, skill_id, &n_all, err);
    if (rc == 0 && n_all > 0) {
        rc = hone_sqlite_audit_read(db, skill_id, n_all - 1, 1, &arena, &rows, &n, err);
    }
    if (rc == 0 && n == 1 && hone_span_is(rows[0].action, "prune")) {
        *told = memmem(rows[0].detail.data, rows[0].detail.len, reason.data,
                       reason.len) != NULL;
    }
    hone_arena_finish(&arena);
    return rc;
}

/* One row for each skill that loses calls for one reason. */
static int tell(struct hone_sqlite_db *db, const struct hone_store_prune *prune,
                int64_t skill_id, struct hone_error *err)
{
    struct hone_store_skill skill;
    bool told = false;
    int rc = is_told(db, skill_id, prune->reason, &told, err);
    if (rc != 0 || told) {
        return rc;
    }
    rc = hone_sqlite_skills_read(db, skill_id, &skill, err);
    if (rc != 0) {
        return rc;
    }
    struct hone_store_transition transition = make_transition(prune, &skill);
    struct hone_audit_entry entry = {.transition = &transition, .skill = &skill};
    return hone_sqlite_audit_append(db, &entry, err);
}

/* ---- one block ---- */

struct cut {
    struct hone_buf kept;
    struct hone_uuid first, last; /* of those that are kept */
    size_t n_kept, n_dropped;
    uint64_t dropped_bytes;
    int64_t told; /* skill whose row was written last */
};

static int judge(struct hone_sqlite_db *db, const struct hone_store_prune *prune,
                 const struct hone_call_record *record, struct hone_span bytes,
                 struct cut *cut, struct hone_error *err)
{
    bool goes = false;
    int rc = may_go(db, prune, record, &goes, err);
    if (rc != 0) {
        return rc;
    }
    if (!goes) {
        cut->first = cut->n_kept == 0 ? record->call_id : cut->first;
        cut->last = record->call_id;
        cut->n_kept += 1;
        return hone_buf_append_span(&cut->kept, bytes) == 0
                   ? 0
                   : hone_error_set(err, HONE_E_LIMIT, "no room for a block of calls");
    }
    cut->n_dropped += 1;
    cut->dropped_bytes += bytes.len;
    if (record->skill_id == cut->told) {
        return 0;
    }
    cut->told = record->skill_id;
    return tell(db, prune, record->skill_id, err);
}

/* A block that cannot be decoded stays as it is, for whoever wants to look at it. */
static int go_through(struct hone_sqlite_db *db, struct hone_store_prune *prune,
                      struct hone_span body, struct cut *cut, struct hone_error *err)
{
    size_t offset = 0;
    int rc = 0;
    while (rc == 0) {
        struct hone_call_record record;
        size_t start = offset;
        int found = hone_call_block_next(body, &offset, &record);
        if (found <= 0) {
            cut->n_dropped = found < 0 ? 0 : cut->n_dropped;
            break;
        }
        prune->n_seen += 1;
        rc = judge(db, prune, &record, hone_span_of(body.data + start, offset - start),
                   cut, err);
    }
    return rc;
}

static int write_cut(struct hone_sqlite_db *db, int64_t block_id, struct cut *cut,
                     struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_call_cache_forget(&db->calls, block_id);
    if (cut->n_kept == 0) {
        hone_sqlite_query_start(&query, db, HONE_SQLITE_DROP_BLOCK);
        hone_sqlite_query_bind_int(&query, block_id);
        return hone_sqlite_query_run(&query, err);
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_CUT_BLOCK);
    hone_sqlite_query_bind_uuid(&query, &cut->first);
    hone_sqlite_query_bind_uuid(&query, &cut->last);
    hone_sqlite_query_bind_u64(&query, cut->n_kept);
    hone_sqlite_query_bind_blob(&query, hone_buf_span(&cut->kept));
    hone_sqlite_query_bind_int(&query, block_id);
    return hone_sqlite_query_run(&query, err);
}

static int prune_block(struct hone_sqlite_db *db, struct hone_store_prune *prune,
                       const struct block *block, size_t *n_bytes, struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct cut cut = {0};
    hone_buf_init(&cut.kept, BLOCK_BYTES_MAX);
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_BLOCK);
    hone_sqlite_query_bind_int(&query, block->id);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        struct hone_span body = hone_sqlite_query_span(&query, 0);
        *n_bytes += body.len;
        rc = go_through(db, prune, body, &cut, err);
    }
    hone_sqlite_query_finish(&query);
    if (rc == 0 && cut.n_dropped > 0) {
        rc = write_cut(db, block->id, &cut, err);
        prune->n_dropped += cut.n_dropped;
        prune->dropped_bytes += cut.dropped_bytes;
    }
    hone_buf_finish(&cut.kept);
    return rc;
}

/* ---- a step ---- */

/* Has enough gone, where only so much has to? */
static int check_target(struct hone_sqlite_db *db, struct hone_store_prune *prune,
                        struct hone_error *err)
{
    struct hone_store_sizes sizes;
    if (prune->target_bytes == 0) {
        return 0;
    }
    int rc = hone_sqlite_prune_sizes(db, &sizes, err);
    if (rc == 0 && sizes.database_bytes - sizes.unused_bytes <= prune->target_bytes) {
        prune->more = false;
    }
    return rc;
}

static int64_t newest_end(const struct hone_store_prune *prune)
{
    return prune->calls_before_unix_ms > prune->feedback_before_unix_ms
               ? prune->calls_before_unix_ms
               : prune->feedback_before_unix_ms;
}

static int prune_some(struct hone_sqlite_db *db, struct hone_store_prune *prune,
                      struct hone_error *err)
{
    uint64_t seen_before = prune->n_seen;
    size_t n_bytes = 0;
    int rc = check_target(db, prune, err);
    while (rc == 0 && prune->more && n_bytes < STEP_BYTES &&
           prune->n_seen - seen_before < STEP_RECORDS) {
        struct block block;
        int found = find_next(db, prune->after, &block, err);
        if (found < 0) {
            return found;
        }
        if (found == 0 || hone_uuid_unix_ms(block.first) >= newest_end(prune)) {
            prune->more = false;
            break;
        }
        prune->after = block.first;
        rc = prune_block(db, prune, &block, &n_bytes, err);
    }
    return rc;
}

int hone_sqlite_prune_calls(struct hone_sqlite_db *db, struct hone_store_prune *prune,
                            struct hone_error *err)
{
    struct hone_store_prune done = *prune;
    int rc = hone_sqlite_db_enter(db, err);
    if (rc != 0) {
        return rc;
    }
    done.more = true;
    rc = hone_sqlite_db_leave(db, prune_some(db, &done, err), err);
    if (rc == 0) {
        *prune = done;
    } else {
        /* What was read of cut blocks meanwhile is not what they are. */
        hone_call_cache_settle(&db->calls, false);
    }
    return rc;
}
