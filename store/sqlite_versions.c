#include "store/sqlite_versions.h"

#include "store/sqlite_query.h"
#include "store/sqlite_skills.h"

static int refuse_number(uint32_t number, struct hone_error *err)
{
    return hone_error_set(err, HONE_E_NOT_FOUND, "there is no version %u",
                          (unsigned)number);
}

/* 0 when the text is no status. */
static enum hone_store_status parse_status(struct hone_span text)
{
    for (int status = HONE_STORE_CANDIDATE; status <= HONE_STORE_ROLLED_BACK; status++) {
        if (hone_span_is(text, hone_store_status_name((enum hone_store_status)status))) {
            return (enum hone_store_status)status;
        }
    }
    return (enum hone_store_status)0;
}

int hone_sqlite_versions_add(struct hone_sqlite_db *db, int64_t skill_id,
                             const struct hone_store_version *version,
                             struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_ADD_VERSION);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_int(&query, version->number);
    hone_sqlite_query_bind_int(&query, version->parent);
    hone_sqlite_query_bind_text(&query,
                                hone_span_text(hone_store_status_name(version->status)));
    hone_sqlite_query_bind_blob(&query,
                                hone_span_of((const char *)version->package.bytes, 32));
    hone_sqlite_query_bind_digest(&query, &version->tensors);
    hone_sqlite_query_bind_u64(&query, version->tensors_bytes);
    hone_sqlite_query_bind_u64(&query, version->position);
    hone_sqlite_query_bind_int(&query, version->created_unix_ms);
    hone_sqlite_query_bind_text(&query, version->evidence);
    return hone_sqlite_query_run(&query, err);
}

static int read_row(struct hone_sqlite_query *query, struct hone_arena *arena,
                    struct hone_store_version *out, struct hone_error *err)
{
    struct hone_store_version row = {0};
    row.number = hone_sqlite_query_u32(query, 0);
    row.parent = hone_sqlite_query_u32(query, 1);
    row.status = parse_status(hone_sqlite_query_span(query, 2));
    row.package = hone_sqlite_query_digest(query, 3);
    row.tensors = hone_sqlite_query_digest(query, 4);
    row.tensors_bytes = hone_sqlite_query_u64(query, 5);
    row.position = hone_sqlite_query_u64(query, 6);
    row.created_unix_ms = hone_sqlite_query_int(query, 7);
    if (row.status == 0) {
        return hone_error_set(err, HONE_E_CORRUPT, "version %u has an unknown status",
                              (unsigned)row.number);
    }
    if (hone_sqlite_query_copy(query, 8, arena, &row.evidence) != 0) {
        return hone_error_set(err, HONE_E_LIMIT, "no room for the evidence of version %u",
                              (unsigned)row.number);
    }
    *out = row;
    return 0;
}

int hone_sqlite_versions_read(struct hone_sqlite_db *db, int64_t skill_id,
                              uint32_t number, struct hone_arena *arena,
                              struct hone_store_version *out, struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_VERSION);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_int(&query, number);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        rc = read_row(&query, arena, out, err);
    } else if (rc == 0) {
        rc = refuse_number(number, err);
    }
    hone_sqlite_query_finish(&query);
    return rc;
}

int hone_sqlite_versions_list(struct hone_sqlite_db *db, int64_t skill_id,
                              struct hone_arena *arena, struct hone_store_version **out,
                              size_t *n_versions, struct hone_error *err)
{
    struct hone_store_skill skill;
    int rc = hone_sqlite_skills_read(db, skill_id, &skill, err);
    if (rc != 0) {
        return rc;
    }
    struct hone_store_version *list = NULL;
    if (skill.last_version > 0) {
        list = hone_arena_alloc(arena, skill.last_version, sizeof(list[0]));
        if (list == NULL) {
            return hone_error_set(err, HONE_E_LIMIT, "no room for %u versions",
                                  (unsigned)skill.last_version);
        }
    }
    struct hone_sqlite_query query;
    size_t n = 0;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_LIST_VERSIONS);
    hone_sqlite_query_bind_int(&query, skill_id);
    while (rc == 0 && n < skill.last_version &&
           (rc = hone_sqlite_query_step(&query, err)) == 1) {
        rc = read_row(&query, arena, &list[n], err);
        n += rc == 0 ? 1 : 0;
    }
    hone_sqlite_query_finish(&query);
    if (rc == 0) {
        *out = list;
        *n_versions = n;
    }
    return rc;
}

int hone_sqlite_versions_set_status(struct hone_sqlite_db *db, int64_t skill_id,
                                    uint32_t number, enum hone_store_status status,
                                    struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_SET_STATUS);
    hone_sqlite_query_bind_text(&query, hone_span_text(hone_store_status_name(status)));
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_int(&query, number);
    int rc = hone_sqlite_query_step(&query, err);
    hone_sqlite_query_finish(&query);
    return rc == 0 ? refuse_number(number, err) : (rc == 1 ? 0 : rc);
}

static int forget_one(struct hone_sqlite_db *db, int64_t skill_id, uint32_t number,
                      struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_FORGET_TENSORS);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_int(&query, number);
    return hone_sqlite_query_run(&query, err);
}

/* The parent of the live version: what a rollback goes back to. 0 when there is none. */
static uint32_t parent_of_live(const struct hone_store_version *versions,
                               size_t n_versions, uint32_t live_version)
{
    for (size_t i = 0; i < n_versions; i++) {
        if (versions[i].number == live_version) {
            return versions[i].parent;
        }
    }
    return 0;
}

/* Goes from the newest version to the oldest: the first `keep` that have tensors stay. */
static int forget_older(struct hone_sqlite_db *db, const struct hone_store_skill *skill,
                        const struct hone_store_version *versions, size_t n_versions,
                        uint32_t keep, struct hone_digest *digests, size_t *n_forgotten,
                        struct hone_error *err)
{
    static const struct hone_digest zero = {{0}};
    uint32_t parent = parent_of_live(versions, n_versions, skill->live_version);
    uint32_t n_seen = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n_versions; i++) {
        uint32_t number = versions[i].number;
        if (hone_digest_equal(versions[i].tensors, zero)) {
            continue;
        }
        n_seen += 1;
        if (n_seen > keep && number != skill->live_version && number != parent) {
            rc = forget_one(db, skill->id, number, err);
            digests[(*n_forgotten)++] = versions[i].tensors;
        }
    }
    return rc;
}

int hone_sqlite_versions_forget_tensors(struct hone_sqlite_db *db, int64_t skill_id,
                                        uint32_t keep, struct hone_arena *arena,
                                        struct hone_digest **forgotten,
                                        size_t *n_forgotten, struct hone_error *err)
{
    struct hone_store_skill skill;
    struct hone_store_version *versions = NULL;
    size_t n_versions = 0;
    int rc = hone_sqlite_skills_read(db, skill_id, &skill, err);
    if (rc == 0) {
        rc = hone_sqlite_versions_list(db, skill_id, arena, &versions, &n_versions, err);
    }
    struct hone_digest *digests = NULL;
    if (rc == 0) {
        digests = hone_arena_alloc(arena, n_versions + 1, sizeof(digests[0]));
        rc = digests != NULL ? hone_sqlite_db_enter(db, err)
                             : hone_error_set(err, HONE_E_LIMIT, "no room for versions");
    }
    if (rc != 0 || digests == NULL) {
        return rc;
    }
    size_t n = 0;
    rc = forget_older(db, &skill, versions, n_versions, keep, digests, &n, err);
    rc = hone_sqlite_db_leave(db, rc, err);
    if (rc == 0) {
        *forgotten = digests;
        *n_forgotten = n;
    }
    return rc;
}

int hone_sqlite_versions_is_named(struct hone_sqlite_db *db, struct hone_digest tensors,
                                  bool *named, struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_IS_NAMED);
    hone_sqlite_query_bind_digest(&query, &tensors);
    int rc = hone_sqlite_query_step(&query, err);
    hone_sqlite_query_finish(&query);
    if (rc < 0) {
        return rc;
    }
    *named = rc == 1;
    return 0;
}
