#include "store/sqlite_leases.h"

#include "store/sqlite_query.h"
#include "store/sqlite_skills.h"

struct lease {
    uint64_t token; /* 0: never taken */
    int64_t expires_ms;
    bool is_ours;
};

static int read_lease(struct hone_sqlite_db *db, int64_t skill_id,
                      struct hone_span holder, struct lease *out, struct hone_error *err)
{
    struct hone_sqlite_query query;
    *out = (struct lease){0};
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_LEASE);
    hone_sqlite_query_bind_int(&query, skill_id);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        out->is_ours = hone_span_equal(hone_sqlite_query_span(&query, 0), holder);
        out->token = hone_sqlite_query_u64(&query, 1);
        out->expires_ms = hone_sqlite_query_int(&query, 2);
    }
    hone_sqlite_query_finish(&query);
    return rc < 0 ? rc : 0;
}

int hone_sqlite_leases_take(struct hone_sqlite_db *db, int64_t skill_id,
                            struct hone_span holder, int64_t now_unix_ms, int64_t ttl_ms,
                            uint64_t *token, struct hone_error *err)
{
    struct lease lease;
    struct hone_sqlite_query query;
    int rc = hone_sqlite_db_check(db, err);
    if (rc == 0) {
        rc = read_lease(db, skill_id, holder, &lease, err);
    }
    if (rc != 0) {
        return rc;
    }
    bool is_held = lease.token > 0 && lease.expires_ms > now_unix_ms;
    if (is_held && !lease.is_ours) {
        return hone_error_set(err, HONE_E_BUSY,
                              "skill %lld is being trained by another process",
                              (long long)skill_id);
    }
    /* After an expiry somebody may have acted in between, so the token grows for a former
     * holder as well. */
    uint64_t next = is_held ? lease.token : lease.token + 1;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_WRITE_LEASE);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_text(&query, holder);
    hone_sqlite_query_bind_u64(&query, next);
    hone_sqlite_query_bind_int(&query, now_unix_ms + ttl_ms);
    rc = hone_sqlite_query_run(&query, err);
    if (rc == 0) {
        *token = next;
    }
    return rc;
}

int hone_sqlite_leases_check(struct hone_sqlite_db *db, int64_t skill_id, uint64_t token,
                             struct hone_error *err)
{
    struct lease lease;
    int rc = read_lease(db, skill_id, hone_span_text(NULL), &lease, err);
    if (rc == 0 && (lease.token == 0 || lease.token != token)) {
        rc = hone_error_set(err, HONE_E_STALE,
                            "lease %llu of skill %lld has been replaced by %llu",
                            (unsigned long long)token, (long long)skill_id,
                            (unsigned long long)lease.token);
    }
    return rc;
}

int hone_sqlite_leases_end_all(struct hone_sqlite_db *db, int64_t now_unix_ms,
                               struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_END_LEASES);
    hone_sqlite_query_bind_int(&query, now_unix_ms);
    return hone_sqlite_query_run(&query, err);
}

/* ---- checkpoints ---- */

static int check_base(struct hone_sqlite_db *db, int64_t skill_id,
                      const struct hone_store_checkpoint *checkpoint,
                      struct hone_error *err)
{
    struct hone_store_skill skill;
    int rc = hone_sqlite_skills_read(db, skill_id, &skill, err);
    if (rc == 0 && skill.live_version != checkpoint->version) {
        rc = hone_error_set(err, HONE_E_STALE,
                            "the checkpoint builds on version %u, but %u is live",
                            (unsigned)checkpoint->version, (unsigned)skill.live_version);
    }
    if (rc == 0 && checkpoint->position > skill.log_end) {
        rc = hone_error_set(
            err, HONE_E_INVALID,
            "the checkpoint's position %llu lies beyond the log's end %llu",
            (unsigned long long)checkpoint->position, (unsigned long long)skill.log_end);
    }
    return rc;
}

int hone_sqlite_leases_set_checkpoint(struct hone_sqlite_db *db, int64_t skill_id,
                                      uint64_t lease_token,
                                      const struct hone_store_checkpoint *checkpoint,
                                      int64_t now_unix_ms, struct hone_error *err)
{
    struct hone_sqlite_query query;
    int rc = hone_sqlite_db_check(db, err);
    if (rc == 0) {
        rc = hone_sqlite_leases_check(db, skill_id, lease_token, err);
    }
    if (rc == 0) {
        rc = check_base(db, skill_id, checkpoint, err);
    }
    if (rc != 0) {
        return rc;
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_WRITE_CHECKPOINT);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_int(&query, checkpoint->version);
    hone_sqlite_query_bind_u64(&query, checkpoint->position);
    hone_sqlite_query_bind_digest(&query, &checkpoint->tensors);
    hone_sqlite_query_bind_u64(&query, checkpoint->tensors_bytes);
    hone_sqlite_query_bind_int(&query, now_unix_ms);
    return hone_sqlite_query_run(&query, err);
}

int hone_sqlite_leases_read_checkpoint(struct hone_sqlite_db *db, int64_t skill_id,
                                       struct hone_store_checkpoint *out,
                                       struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_CHECKPOINT);
    hone_sqlite_query_bind_int(&query, skill_id);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        out->version = hone_sqlite_query_u32(&query, 0);
        out->position = hone_sqlite_query_u64(&query, 1);
        out->tensors = hone_sqlite_query_digest(&query, 2);
        out->tensors_bytes = hone_sqlite_query_u64(&query, 3);
        rc = 0;
    } else if (rc == 0) {
        rc = hone_error_set(err, HONE_E_NOT_FOUND, "skill %lld has no checkpoint",
                            (long long)skill_id);
    }
    hone_sqlite_query_finish(&query);
    return rc;
}

int hone_sqlite_leases_drop_checkpoint(struct hone_sqlite_db *db, int64_t skill_id,
                                       struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_DROP_CHECKPOINT);
    hone_sqlite_query_bind_int(&query, skill_id);
    return hone_sqlite_query_run(&query, err);
}
