#include "store/sqlite_audit.h"

#include "store/sqlite_query.h"
#include "store/sqlite_skills.h"

#include <stdlib.h>

/* Runs a query about one skill that answers one number; finishes it. */
static int read_number(struct hone_sqlite_db *db, enum hone_sqlite_query_id id,
                       int64_t skill_id, uint64_t *out, struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, id);
    hone_sqlite_query_bind_int(&query, skill_id);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        *out = hone_sqlite_query_u64(&query, 0);
        rc = 0;
    } else if (rc == 0) {
        rc = hone_sqlite_skills_refuse(skill_id, err);
    }
    hone_sqlite_query_finish(&query);
    return rc;
}

/* Zero for number 0, which is before the first row. */
static int read_hash(struct hone_sqlite_db *db, int64_t skill_id, uint64_t number,
                     struct hone_digest *out, struct hone_error *err)
{
    *out = (struct hone_digest){{0}};
    if (number == 0) {
        return 0;
    }
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_AUDIT_HASH);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_u64(&query, number);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        *out = hone_sqlite_query_digest(&query, 0);
        rc = 0;
    } else if (rc == 0) {
        rc = hone_error_set(err, HONE_E_CORRUPT, "audit row %llu is missing",
                            (unsigned long long)number);
    }
    hone_sqlite_query_finish(&query);
    return rc;
}

static int insert_row(struct hone_sqlite_db *db, const struct hone_audit_entry *entry,
                      struct hone_span detail, struct hone_digest hash,
                      struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_ADD_AUDIT);
    hone_sqlite_query_bind_int(&query, entry->skill->id);
    hone_sqlite_query_bind_u64(&query, entry->number);
    hone_sqlite_query_bind_int(&query, entry->transition->time_unix_ms);
    hone_sqlite_query_bind_text(&query, entry->transition->actor);
    hone_sqlite_query_bind_text(&query, entry->transition->action);
    hone_sqlite_query_bind_text(&query, detail);
    hone_sqlite_query_bind_digest(&query, &hash);
    return hone_sqlite_query_run(&query, err);
}

int hone_sqlite_audit_append(struct hone_sqlite_db *db, struct hone_audit_entry *entry,
                             struct hone_error *err)
{
    int64_t skill_id = entry->skill->id;
    struct hone_digest previous;
    char *detail = NULL;
    int rc = read_number(db, HONE_SQLITE_NEXT_AUDIT, skill_id, &entry->number, err);
    if (rc == 0) {
        rc = read_hash(db, skill_id, entry->number - 1, &previous, err);
    }
    if (rc == 0) {
        rc = hone_audit_format(&detail, entry, err);
    }
    if (rc == 0) {
        struct hone_span text = hone_span_text(detail);
        rc = insert_row(db, entry, text, hone_audit_hash(previous, text), err);
    }
    free(detail);
    return rc;
}

int hone_sqlite_audit_count(struct hone_sqlite_db *db, int64_t skill_id, uint64_t *n_rows,
                            struct hone_error *err)
{
    return read_number(db, HONE_SQLITE_COUNT_AUDIT, skill_id, n_rows, err);
}

static int read_row(struct hone_sqlite_query *query, struct hone_arena *arena,
                    struct hone_store_audit *out, struct hone_error *err)
{
    out->number = hone_sqlite_query_u64(query, 0);
    out->time_unix_ms = hone_sqlite_query_int(query, 1);
    out->hash = hone_sqlite_query_digest(query, 5);
    if (hone_sqlite_query_copy(query, 2, arena, &out->actor) != 0 ||
        hone_sqlite_query_copy(query, 3, arena, &out->action) != 0 ||
        hone_sqlite_query_copy(query, 4, arena, &out->detail) != 0) {
        return hone_error_set(err, HONE_E_LIMIT, "no room for audit row %llu",
                              (unsigned long long)out->number);
    }
    return 0;
}

int hone_sqlite_audit_read(struct hone_sqlite_db *db, int64_t skill_id, uint64_t after,
                           size_t max, struct hone_arena *arena,
                           struct hone_store_audit **out, size_t *n_rows,
                           struct hone_error *err)
{
    uint64_t n_all = 0;
    int rc = hone_sqlite_audit_count(db, skill_id, &n_all, err);
    if (rc != 0) {
        return rc;
    }
    uint64_t n_left = after < n_all ? n_all - after : 0;
    size_t n_wanted = n_left < max ? (size_t)n_left : max;
    struct hone_store_audit *list = NULL;
    if (n_wanted > 0) {
        list = hone_arena_alloc(arena, n_wanted, sizeof(list[0]));
        if (list == NULL) {
            return hone_error_set(err, HONE_E_LIMIT, "no room for %zu audit rows",
                                  n_wanted);
        }
    }
    struct hone_sqlite_query query;
    size_t n = 0;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_AUDIT);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_u64(&query, after);
    hone_sqlite_query_bind_u64(&query, n_wanted);
    while (rc == 0 && n < n_wanted && (rc = hone_sqlite_query_step(&query, err)) == 1) {
        rc = read_row(&query, arena, &list[n], err);
        n += rc == 0 ? 1 : 0;
    }
    hone_sqlite_query_finish(&query);
    if (rc == HONE_E_LIMIT && n > 0) {
        rc = 0; /* the next page goes on from here */
    }
    if (rc == 0) {
        *out = list;
        *n_rows = n;
    }
    return rc;
}
