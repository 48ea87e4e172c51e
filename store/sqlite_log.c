#include "store/sqlite_log.h"

#include "store/sqlite_calls.h"
#include "store/sqlite_query.h"
#include "store/sqlite_skills.h"

/* ---- feedback in ---- */

struct earlier {
    bool found;
    bool is_same; /* in content */
    uint64_t position;
    struct hone_uuid feedback_id;
};

/* Columns: position, then FEEDBACK_COLUMNS of sqlite_query.c. */
static void compare_row(struct hone_sqlite_query *query,
                        const struct hone_store_feedback *feedback, struct earlier *out)
{
    out->found = true;
    out->position = hone_sqlite_query_u64(query, 0);
    out->feedback_id = hone_sqlite_query_uuid(query, 1);
    out->is_same = hone_sqlite_query_int(query, 3) == (int64_t)feedback->kind &&
                   hone_span_equal(hone_sqlite_query_span(query, 4), feedback->value) &&
                   hone_span_equal(hone_sqlite_query_span(query, 5), feedback->comment) &&
                   hone_sqlite_query_real(query, 6) == feedback->reward &&
                   hone_sqlite_query_real(query, 7) == feedback->weight;
}

/* With a key, what was stored under it; without, the source's latest feedback
 * on the call. */
static int find_earlier(struct hone_sqlite_db *db,
                        const struct hone_store_feedback *feedback, struct earlier *out,
                        struct hone_error *err)
{
    struct hone_sqlite_query query;
    bool has_key = feedback->idempotency_key.len > 0;
    hone_sqlite_query_start(&query, db,
                            has_key ? HONE_SQLITE_FIND_FEEDBACK_BY_KEY
                                    : HONE_SQLITE_FIND_LATEST_FEEDBACK);
    hone_sqlite_query_bind_uuid(&query, &feedback->call_id);
    hone_sqlite_query_bind_text(&query, feedback->source);
    if (has_key) {
        hone_sqlite_query_bind_text(&query, feedback->idempotency_key);
    }
    *out = (struct earlier){0};
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        compare_row(&query, feedback, out);
    }
    hone_sqlite_query_finish(&query);
    return rc < 0 ? rc : 0;
}

static int insert_feedback(struct hone_sqlite_db *db,
                           const struct hone_store_feedback *feedback, uint64_t position,
                           struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_ADD_FEEDBACK);
    hone_sqlite_query_bind_int(&query, feedback->skill_id);
    hone_sqlite_query_bind_u64(&query, position);
    hone_sqlite_query_bind_int(&query, HONE_STORE_EVENT_FEEDBACK);
    hone_sqlite_query_bind_int(&query, feedback->time_unix_ms);
    hone_sqlite_query_bind_uuid(&query, &feedback->feedback_id);
    hone_sqlite_query_bind_uuid(&query, &feedback->call_id);
    hone_sqlite_query_bind_int(&query, (int64_t)feedback->kind);
    hone_sqlite_query_bind_text(&query, feedback->value);
    hone_sqlite_query_bind_text(&query, feedback->comment);
    hone_sqlite_query_bind_real(&query, feedback->reward);
    hone_sqlite_query_bind_real(&query, feedback->weight);
    hone_sqlite_query_bind_text(&query, feedback->source);
    hone_sqlite_query_bind_optional(&query, feedback->idempotency_key);
    return hone_sqlite_query_run(&query, err);
}

/* Fills *status when the call is not there, or another skill's. A demonstration has none. */
static int check_call(struct hone_sqlite_db *db,
                      const struct hone_store_feedback *feedback,
                      enum hone_store_feedback_status *status, struct hone_error *err)
{
    struct hone_call_record call;
    if (feedback->kind == HONE_STORE_FEEDBACK_DEMONSTRATION) {
        return 0;
    }
    int rc = hone_sqlite_calls_look_up_readable(db, feedback->call_id, &call, err);
    if (rc < 0) {
        return rc;
    }
    if (rc == 0) {
        *status = HONE_STORE_FEEDBACK_UNKNOWN_CALL;
    } else if (call.skill_id != feedback->skill_id) {
        *status = HONE_STORE_FEEDBACK_OTHER_SKILL;
    }
    return 0;
}

static int append_one(struct hone_sqlite_db *db,
                      const struct hone_store_feedback *feedback,
                      struct hone_store_feedback_result *result, struct hone_error *err)
{
    struct earlier earlier;
    *result = (struct hone_store_feedback_result){0};
    int rc = check_call(db, feedback, &result->status, err);
    if (rc != 0 || result->status != 0) {
        return rc;
    }
    rc = find_earlier(db, feedback, &earlier, err);
    if (rc != 0) {
        return rc;
    }
    if (earlier.found && earlier.is_same) {
        result->status = HONE_STORE_FEEDBACK_DUPLICATE;
        result->feedback_id = earlier.feedback_id;
        result->position = earlier.position;
        return 0;
    }
    if (earlier.found && feedback->idempotency_key.len > 0) {
        result->status = HONE_STORE_FEEDBACK_CONFLICT;
        return 0;
    }
    result->status = HONE_STORE_FEEDBACK_STORED;
    result->feedback_id = feedback->feedback_id;
    rc = hone_sqlite_skills_next_position(db, feedback->skill_id, true, &result->position,
                                          err);
    return rc == 0 ? insert_feedback(db, feedback, result->position, err) : rc;
}

int hone_sqlite_log_append_feedback(struct hone_sqlite_db *db,
                                    const struct hone_store_feedback *feedback,
                                    size_t n_feedback,
                                    struct hone_store_feedback_result *results,
                                    struct hone_error *err)
{
    int rc = hone_sqlite_db_enter(db, err);
    if (rc != 0) {
        return rc;
    }
    for (size_t i = 0; rc == 0 && i < n_feedback; i++) {
        rc = append_one(db, &feedback[i], &results[i], err);
    }
    return hone_sqlite_db_leave(db, rc, err);
}

int hone_sqlite_log_find_feedback(struct hone_sqlite_db *db, struct hone_uuid call_id,
                                  struct hone_span source, uint64_t *position,
                                  struct hone_error *err)
{
    struct hone_sqlite_query query;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_FIND_FIRST_FEEDBACK);
    hone_sqlite_query_bind_uuid(&query, &call_id);
    hone_sqlite_query_bind_text(&query, source);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        *position = hone_sqlite_query_u64(&query, 0);
    }
    hone_sqlite_query_finish(&query);
    return rc < 0 ? rc : rc == 1 ? 0 : HONE_E_NOT_FOUND;
}

int hone_sqlite_log_append_event(struct hone_sqlite_db *db, int64_t skill_id,
                                 enum hone_store_event_kind kind, int64_t time_unix_ms,
                                 struct hone_span body, uint64_t *position,
                                 struct hone_error *err)
{
    struct hone_sqlite_query query;
    uint64_t taken = 0;
    int rc = hone_sqlite_skills_next_position(db, skill_id, false, &taken, err);
    if (rc != 0) {
        return rc;
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_ADD_EVENT);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_u64(&query, taken);
    hone_sqlite_query_bind_int(&query, (int64_t)kind);
    hone_sqlite_query_bind_int(&query, time_unix_ms);
    hone_sqlite_query_bind_text(&query, body);
    rc = hone_sqlite_query_run(&query, err);
    if (rc == 0) {
        *position = taken;
    }
    return rc;
}

/* ---- events out ---- */

static int refuse_room(struct hone_error *err)
{
    return hone_error_set(err, HONE_E_LIMIT, "no room for an event of the log");
}

static int read_feedback(struct hone_sqlite_query *query, struct hone_arena *arena,
                         struct hone_store_feedback *out, struct hone_error *err)
{
    out->feedback_id = hone_sqlite_query_uuid(query, 1);
    out->call_id = hone_sqlite_query_uuid(query, 2);
    out->kind = (enum hone_store_feedback_kind)hone_sqlite_query_int(query, 3);
    out->reward = hone_sqlite_query_real(query, 6);
    out->weight = hone_sqlite_query_real(query, 7);
    if (hone_sqlite_query_copy(query, 4, arena, &out->value) != 0 ||
        hone_sqlite_query_copy(query, 5, arena, &out->comment) != 0 ||
        hone_sqlite_query_copy(query, 8, arena, &out->source) != 0 ||
        hone_sqlite_query_copy(query, 9, arena, &out->idempotency_key) != 0) {
        return refuse_room(err);
    }
    return 0;
}

/* The event counts also when its call is gone: readers of the log must get past it. One
 * that is no longer kept, or whose block cannot be decoded, is told by its id alone; so is
 * a demonstration, which has no call. */
static int join_call(struct hone_sqlite_db *db,
                     const struct hone_store_feedback *feedback, struct hone_arena *arena,
                     struct hone_call_record *out, struct hone_error *err)
{
    struct hone_call_record call;
    int rc = 0;
    if (feedback->kind != HONE_STORE_FEEDBACK_DEMONSTRATION) {
        rc = hone_sqlite_calls_look_up_readable(db, feedback->call_id, &call, err);
    }
    if (rc == 0) {
        *out = (struct hone_call_record){.call_id = feedback->call_id,
                                         .skill_id = feedback->skill_id};
        return 0;
    }
    return rc == 1 ? hone_sqlite_calls_copy(&call, arena, out, err) : rc;
}

static int read_event(struct hone_sqlite_db *db, struct hone_sqlite_query *query,
                      int64_t skill_id, struct hone_arena *arena,
                      struct hone_store_event *out, struct hone_error *err)
{
    out->position = hone_sqlite_query_u64(query, 0);
    out->kind = (enum hone_store_event_kind)hone_sqlite_query_int(query, 10);
    out->time_unix_ms = hone_sqlite_query_int(query, 11);
    if (out->kind != HONE_STORE_EVENT_FEEDBACK) {
        return hone_sqlite_query_copy(query, 12, arena, &out->body) == 0
                   ? 0
                   : refuse_room(err);
    }
    out->is_repeated = hone_sqlite_query_int(query, 13) != 0;
    out->feedback.skill_id = skill_id;
    out->feedback.time_unix_ms = out->time_unix_ms;
    int rc = read_feedback(query, arena, &out->feedback, err);
    return rc == 0 ? join_call(db, &out->feedback, arena, &out->call, err) : rc;
}

int hone_sqlite_log_read(struct hone_sqlite_db *db, int64_t skill_id, uint64_t after,
                         size_t max, struct hone_arena *arena,
                         struct hone_store_event **events, size_t *n_events,
                         struct hone_error *err)
{
    struct hone_store_skill skill;
    int rc = hone_sqlite_skills_read(db, skill_id, &skill, err);
    if (rc != 0) {
        return rc;
    }
    uint64_t n_left = after < skill.log_end ? skill.log_end - after : 0;
    size_t n_wanted = n_left < max ? (size_t)n_left : max;
    struct hone_store_event *list = NULL;
    if (n_wanted > 0) {
        list = hone_arena_alloc(arena, n_wanted, sizeof(list[0]));
        if (list == NULL) {
            return refuse_room(err);
        }
    }
    struct hone_sqlite_query query;
    size_t n = 0;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_LOG);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_u64(&query, after);
    hone_sqlite_query_bind_u64(&query, n_wanted);
    while (rc == 0 && n < n_wanted && (rc = hone_sqlite_query_step(&query, err)) == 1) {
        rc = read_event(db, &query, skill_id, arena, &list[n], err);
        n += rc == 0 ? 1 : 0;
    }
    hone_sqlite_query_finish(&query);
    /* A full arena ends the page early; the reader asks on from the last
     * position it got. */
    if (rc == HONE_E_LIMIT && n > 0) {
        rc = 0;
    }
    if (rc == 0) {
        *events = list;
        *n_events = n;
    }
    return rc;
}

int hone_sqlite_log_read_positions(struct hone_sqlite_db *db, int64_t skill_id,
                                   uint64_t after, size_t max, uint64_t *positions,
                                   size_t *n_positions, struct hone_error *err)
{
    struct hone_sqlite_query query;
    size_t n = 0;
    int rc = 0;
    hone_sqlite_query_start(&query, db, HONE_SQLITE_READ_POSITIONS);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_u64(&query, after);
    hone_sqlite_query_bind_u64(&query, max);
    while (n < max && (rc = hone_sqlite_query_step(&query, err)) == 1) {
        positions[n++] = hone_sqlite_query_u64(&query, 0);
    }
    hone_sqlite_query_finish(&query);
    if (rc < 0) {
        return rc;
    }
    *n_positions = n;
    return 0;
}

int hone_sqlite_log_list_feedback(struct hone_sqlite_db *db, struct hone_uuid call_id,
                                  size_t max, struct hone_arena *arena,
                                  struct hone_store_event **events, size_t *n_events,
                                  struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_store_event *list = hone_arena_alloc(arena, max, sizeof(list[0]));
    size_t n = 0;
    int rc = 0;
    if (list == NULL) {
        return refuse_room(err);
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_LIST_FEEDBACK);
    hone_sqlite_query_bind_uuid(&query, &call_id);
    hone_sqlite_query_bind_u64(&query, max);
    while (rc == 0 && n < max && (rc = hone_sqlite_query_step(&query, err)) == 1) {
        list[n].position = hone_sqlite_query_u64(&query, 0);
        list[n].kind = HONE_STORE_EVENT_FEEDBACK;
        list[n].time_unix_ms = hone_sqlite_query_int(&query, 11);
        list[n].is_repeated = hone_sqlite_query_int(&query, 13) != 0;
        rc = read_feedback(&query, arena, &list[n].feedback, err);
        n += rc == 0 ? 1 : 0;
    }
    hone_sqlite_query_finish(&query);
    if (rc == 0) {
        *events = list;
        *n_events = n;
    }
    return rc;
}

int hone_sqlite_log_count_feedback(struct hone_sqlite_db *db, int64_t skill_id,
                                   uint64_t after, uint64_t through, size_t max,
                                   struct hone_arena *arena,
                                   struct hone_store_feedback_count **out,
                                   size_t *n_counts, struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_store_feedback_count *list =
        hone_arena_alloc(arena, max, sizeof(list[0]));
    size_t n = 0;
    int rc = 0;
    if (list == NULL) {
        return refuse_room(err);
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_COUNT_FEEDBACK);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_u64(&query, after);
    hone_sqlite_query_bind_u64(&query, through);
    hone_sqlite_query_bind_u64(&query, max);
    while (rc == 0 && n < max && (rc = hone_sqlite_query_step(&query, err)) == 1) {
        list[n].kind = (enum hone_store_feedback_kind)hone_sqlite_query_int(&query, 0);
        list[n].n = hone_sqlite_query_u64(&query, 2);
        rc = hone_sqlite_query_copy(&query, 1, arena, &list[n].source) == 0
                 ? 0
                 : refuse_room(err);
        n += rc == 0 ? 1 : 0;
    }
    hone_sqlite_query_finish(&query);
    if (rc == 0) {
        *out = list;
        *n_counts = n;
    }
    return rc;
}

int hone_sqlite_log_count_values(struct hone_sqlite_db *db, int64_t skill_id,
                                 uint64_t after, uint64_t through, size_t max,
                                 struct hone_arena *arena,
                                 struct hone_store_value_count **out, size_t *n_counts,
                                 struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_store_value_count *list = hone_arena_alloc(arena, max, sizeof(list[0]));
    size_t n = 0;
    int rc = 0;
    if (list == NULL) {
        return refuse_room(err);
    }
    hone_sqlite_query_start(&query, db, HONE_SQLITE_COUNT_VALUES);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_u64(&query, after);
    hone_sqlite_query_bind_u64(&query, through);
    hone_sqlite_query_bind_u64(&query, max);
    while (rc == 0 && n < max && (rc = hone_sqlite_query_step(&query, err)) == 1) {
        list[n].n = hone_sqlite_query_u64(&query, 1);
        rc = hone_sqlite_query_copy(&query, 0, arena, &list[n].value) == 0
                 ? 0
                 : refuse_room(err);
        n += rc == 0 ? 1 : 0;
    }
    hone_sqlite_query_finish(&query);
    if (rc == 0) {
        *out = list;
        *n_counts = n;
    }
    return rc;
}

int hone_sqlite_log_find_event(struct hone_sqlite_db *db, int64_t skill_id,
                               enum hone_store_event_kind kind, uint64_t through,
                               struct hone_arena *arena, struct hone_store_event *out,
                               struct hone_error *err)
{
    struct hone_sqlite_query query;
    struct hone_store_event event = {.kind = kind};
    hone_sqlite_query_start(&query, db, HONE_SQLITE_FIND_EVENT);
    hone_sqlite_query_bind_int(&query, skill_id);
    hone_sqlite_query_bind_int(&query, (int64_t)kind);
    hone_sqlite_query_bind_u64(&query, through);
    int rc = hone_sqlite_query_step(&query, err);
    if (rc == 1) {
        event.position = hone_sqlite_query_u64(&query, 0);
        event.time_unix_ms = hone_sqlite_query_int(&query, 1);
        rc = hone_sqlite_query_copy(&query, 2, arena, &event.body) == 0
                 ? 0
                 : refuse_room(err);
    } else if (rc == 0) {
        rc = HONE_E_NOT_FOUND;
    }
    hone_sqlite_query_finish(&query);
    if (rc == 0) {
        *out = event;
    }
    return rc;
}
