/* The functions stand in the order in which they happen; any failure undoes
 * all of them. */
#include "store/sqlite_transition.h"

#include "store/sqlite_audit.h"
#include "store/sqlite_leases.h"
#include "store/sqlite_log.h"
#include "store/sqlite_skills.h"
#include "store/sqlite_versions.h"

struct work {
    struct hone_sqlite_db *db;
    const struct hone_store_transition *transition;
    struct hone_store_skill skill;     /* becomes what it is afterwards */
    struct hone_store_version version; /* the new one; number 0: none */
    uint64_t event_position;           /* 0: none */
};

/* Whoever asks must hold the lease and know what is live. */
static int check_current(struct work *work, struct hone_error *err)
{
    const struct hone_store_transition *transition = work->transition;
    int rc = hone_sqlite_skills_read(work->db, transition->skill_id, &work->skill, err);
    if (rc == 0) {
        rc = hone_sqlite_leases_check(work->db, transition->skill_id,
                                      transition->lease_token, err);
    }
    if (rc == 0 && work->skill.live_version != transition->expected_live) {
        rc = hone_error_set(err, HONE_E_STALE, "version %u is live, not %u",
                            (unsigned)work->skill.live_version,
                            (unsigned)transition->expected_live);
    }
    return rc;
}

static int append_event(struct work *work, struct hone_error *err)
{
    const struct hone_store_transition *transition = work->transition;
    if (transition->event == 0) {
        return 0;
    }
    int rc = hone_sqlite_log_append_event(
        work->db, transition->skill_id, transition->event, transition->time_unix_ms,
        transition->event_body, &work->event_position, err);
    if (rc == 0) {
        work->skill.log_end = work->event_position;
    }
    return rc;
}

/* UINT64_MAX stands for the event of this transition. */
static int resolve_position(const struct work *work, uint64_t asked, uint64_t *out,
                            struct hone_error *err)
{
    uint64_t position = asked == UINT64_MAX ? work->event_position : asked;
    if (asked == UINT64_MAX && work->event_position == 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "the transition has no event to start from");
    }
    if (position > work->skill.log_end) {
        return hone_error_set(
            err, HONE_E_INVALID, "position %llu lies beyond the log's end %llu",
            (unsigned long long)position, (unsigned long long)work->skill.log_end);
    }
    *out = position;
    return 0;
}

static int add_version(struct work *work, struct hone_error *err)
{
    const struct hone_store_transition *transition = work->transition;
    const struct hone_store_version *asked = transition->new_version;
    if (asked == NULL) {
        return 0;
    }
    if (asked->number != 0 && asked->number != work->skill.last_version + 1) {
        return hone_error_set(err, HONE_E_STALE, "the next version is %u, not %u",
                              (unsigned)work->skill.last_version + 1,
                              (unsigned)asked->number);
    }
    work->version = *asked;
    int rc = resolve_position(work, asked->position, &work->version.position, err);
    if (rc == 0) {
        rc = hone_sqlite_skills_next_version(work->db, transition->skill_id,
                                             &work->version.number, err);
    }
    if (rc != 0) {
        return rc;
    }
    work->skill.last_version = work->version.number;
    if (work->version.number == transition->live) {
        work->version.status = HONE_STORE_LIVE;
    } else if (work->version.status == HONE_STORE_LIVE) {
        return hone_error_set(err, HONE_E_INVALID, "version %u cannot be live beside %u",
                              (unsigned)work->version.number, (unsigned)transition->live);
    }
    return hone_sqlite_versions_add(work->db, transition->skill_id, &work->version, err);
}

static int change_states(struct work *work, struct hone_error *err)
{
    const struct hone_store_transition *transition = work->transition;
    int rc = 0;
    if (transition->live == transition->expected_live) {
        return 0;
    }
    if (transition->expected_live != 0) {
        rc = hone_sqlite_versions_set_status(work->db, transition->skill_id,
                                             transition->expected_live,
                                             transition->former_live, err);
    }
    if (rc == 0 && transition->live != 0) {
        rc = hone_sqlite_versions_set_status(work->db, transition->skill_id,
                                             transition->live, HONE_STORE_LIVE, err);
    }
    return rc;
}

static int move_live(struct work *work, struct hone_error *err)
{
    static const struct hone_digest none = {{0}};
    const struct hone_store_transition *transition = work->transition;
    work->skill.live_version = transition->live;
    if (!hone_digest_equal(transition->package, none)) {
        work->skill.package = transition->package;
    }
    if (!hone_digest_equal(transition->interface, none)) {
        work->skill.interface = transition->interface;
    }
    int rc = 0;
    if (transition->position != 0) {
        rc = resolve_position(work, transition->position, &work->skill.position, err);
    }
    return rc == 0 ? hone_sqlite_skills_set_live(work->db, &work->skill, err) : rc;
}

static int append_audit(struct work *work, struct hone_error *err)
{
    struct hone_audit_entry entry = {
        .transition = work->transition,
        .skill = &work->skill,
        .new_version = work->version.number > 0 ? &work->version : NULL,
        .event_position = work->event_position,
    };
    return hone_sqlite_audit_append(work->db, &entry, err);
}

static int run_steps(struct work *work, struct hone_error *err)
{
    static int (*const steps[])(struct work *, struct hone_error *) = {
        check_current, append_event, add_version, change_states, move_live, append_audit,
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(steps) / sizeof(steps[0]); i++) {
        rc = steps[i](work, err);
    }
    /* A checkpoint continues from a live version that may not be live any more. */
    return rc == 0 ? hone_sqlite_leases_drop_checkpoint(work->db, work->skill.id, err)
                   : rc;
}

int hone_sqlite_transition_apply(struct hone_sqlite_db *db,
                                 const struct hone_store_transition *transition,
                                 uint32_t *new_version, uint64_t *event_position,
                                 struct hone_error *err)
{
    struct work work = {.db = db, .transition = transition};
    int rc = hone_sqlite_db_enter(db, err);
    if (rc != 0) {
        return rc;
    }
    rc = hone_sqlite_db_leave(db, run_steps(&work, err), err);
    if (rc == 0) {
        *new_version = work.version.number;
        *event_position = work.event_position;
    }
    return rc;
}
