#include "store/sqlite_skills.h"

#include "store/sqlite_query.h"

int hone_sqlite_skills_refuse(int64_t skill_id, struct hone_error *err)
{
    return hone_error_set(err, HONE_E_NOT_FOUND, "there is no skill with id %lld",
                          (long long)skill_id);
}

static void read_row(struct hone_sqlite_query *query, struct hone_store_skill *out)
{
    out->id = hone_sqlite_query_int(query, 0);
    out->package = hone_sqlite_query_digest(query, 1);
    out->interface = hone_sqlite_query_digest(query, 2);
    out->live_version = hone_sqlite_query_u32(query, 3);
    out->last_version = hone_sqlite_query_u32(query, 4);
    out->position = hone_sqlite_query_u64(query, 5);
    out->log_end = hone_sqlite_query_u64(query, 6);
    out->n_calls = hone_sqlite_query_u64(query, 7);
    out->n_feedback = hone_sqlite_query_u64(query, 8);
    out->created_unix_ms = hone_sqlite_query_int(query, 9);
    out->last_change = hone_sqlite_query_u64(query, 10);
}

/* 1 = found, 0 = not. */
static int find_by_name(struct hone_sqlite_db *db, struct hone_span name,
                        struct hone_store_skill *out, struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_FIND_SKILL);
    hone_sqlite_query_bind_text(&query, name);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        read_row(&query, out);
    }
    hone_sqlite_query_finish(&query);
    return rc;
}

static int add(struct hone_sqlite_db *db, struct hone_span name,
               const struct hone_digest *package, const struct hone_digest *interface,
               int64_t now_unix_ms, struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_ADD_SKILL);
    hone_sqlite_query_bind_text(&query, name);
    /* As blobs: a digest of zeros is unusual here, but it is not "none". */
    hone_sqlite_query_bind_blob(&query, hone_span_of((const char *)package->bytes, 32));
    hone_sqlite_query_bind_blob(&query, hone_span_of((const char *)interface->bytes, 32));
    hone_sqlite_query_bind_int(&query, now_unix_ms);
    return hone_sqlite_query_run(&query, err);
}

int hone_sqlite_skills_open(struct hone_sqlite_db *db, struct hone_span name,
                            struct hone_digest package, struct hone_digest interface,
                            int64_t now_unix_ms, struct hone_store_skill *out,
                            struct hone_error *err)
{
    int rc = hone_sqlite_db_check(db, err);
    if (rc == 0) {
        rc = find_by_name(db, name, out, err);
    }
    if (rc != 0) {
        return rc == 1 ? 0 : rc;
    }
    rc = add(db, name, &package, &interface, now_unix_ms, err);
    if (rc == 0) {
        rc = find_by_name(db, name, out, err);
    }
    return rc == 1 ? 0 : rc;
}

int hone_sqlite_skills_read(struct hone_sqlite_db *db, int64_t skill_id,
                            struct hone_store_skill *out, struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_SKILL);
    hone_sqlite_query_bind_int(&query, skill_id);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        read_row(&query, out);
    }
    hone_sqlite_query_finish(&query);
    return rc == 0 ? hone_sqlite_skills_refuse(skill_id, err) : (rc == 1 ? 0 : rc);
}

/* Runs "raise a counter of a skill, tell its new value"; finishes the query. */
static int raise_counter(struct hone_sqlite_query *query, int64_t skill_id,
                         uint64_t *value, struct hone_error *err)
{
    int rc = hone_sqlite_query_step(query, err);
    if (rc == 1) {
        *value = hone_sqlite_query_u64(query, 0);
    }
    hone_sqlite_query_finish(query);
    return rc == 0 ? hone_sqlite_skills_refuse(skill_id, err) : (rc == 1 ? 0 : rc);
}

int hone_sqlite_skills_count_calls(struct hone_sqlite_db *db, int64_t skill_id,
                                   uint64_t n_more, struct hone_error *err)
{
    struct hone_sqlite_query query;
    uint64_t ignored = 0;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_COUNT_CALLS);
    hone_sqlite_query_bind_u64(&query, n_more);
    hone_sqlite_query_bind_int(&query, skill_id);
    return raise_counter(&query, skill_id, &ignored, err);
}

int hone_sqlite_skills_next_position(struct hone_sqlite_db *db, int64_t skill_id,
                                     bool is_feedback, uint64_t *position,
                                     struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_NEXT_POSITION);
    hone_sqlite_query_bind_int(&query, is_feedback ? 1 : 0);
    hone_sqlite_query_bind_int(&query, skill_id);
    return raise_counter(&query, skill_id, position, err);
}

int hone_sqlite_skills_next_version(struct hone_sqlite_db *db, int64_t skill_id,
                                    uint32_t *number, struct hone_error *err)
{
    struct hone_sqlite_query query;
    uint64_t value = 0;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_NEXT_VERSION);
    hone_sqlite_query_bind_int(&query, skill_id);
    int rc = raise_counter(&query, skill_id, &value, err);
    if (rc == 0) {
        *number = (uint32_t)value;
    }
    return rc;
}

int hone_sqlite_skills_set_live(struct hone_sqlite_db *db,
                                const struct hone_store_skill *skill,
                                struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_SET_LIVE);
    hone_sqlite_query_bind_int(&query, skill->live_version);
    hone_sqlite_query_bind_u64(&query, skill->position);
    hone_sqlite_query_bind_blob(&query,
                                hone_span_of((const char *)skill->package.bytes, 32));
    hone_sqlite_query_bind_blob(&query,
                                hone_span_of((const char *)skill->interface.bytes, 32));
    hone_sqlite_query_bind_int(&query, skill->id);
    return hone_sqlite_query_run(&query, err);
}

int hone_sqlite_skills_list(struct hone_sqlite_db *db, int64_t after_id, size_t max,
                            struct hone_arena *arena, struct hone_store_skill_name **out,
                            size_t *n_skills, struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_store_skill_name *list = hone_arena_alloc(arena, max, sizeof(list[0]));
    int rc = list != NULL ? 0 : HONE_E_LIMIT;
    size_t n = 0;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_LIST_SKILLS);
    hone_sqlite_query_bind_int(&query, after_id);
    hone_sqlite_query_bind_u64(&query, max);
    while (rc == 0 && n < max && (rc = hone_sqlite_query_step(&query, err)) == 1) {
        list[n].id = hone_sqlite_query_int(&query, 0);
        rc = hone_sqlite_query_copy(&query, 1, arena, &list[n].name);
        n += rc == 0 ? 1 : 0;
    }
    hone_sqlite_query_finish(&query);
    if (rc == HONE_E_LIMIT) {
        return hone_error_set(err, rc, "no room for the names of skills");
    }
    if (rc == 0) {
        *out = list;
        *n_skills = n;
    }
    return rc;
}
