/* Each thing that a store holds is damaged on purpose and must be named. */
#include "tests/unit/store/store_support.h"

#include "store/verify.h"

#include <sqlite3.h>
#include <sys/stat.h>

#define STEPS_MAX 10000

/* A skill with three versions, the second of which was rolled back to, feedback and a
 * checkpoint. */
static int set_up(void **state)
{
    struct world *world = world_make(&hone_sqlite_engine);
    for (int i = 0; i < 3; i++) {
        struct hone_uuid id = add_call(world);
        struct hone_store_feedback feedback = make_feedback(world, id, "label", "key");
        add_feedback(world, &feedback);
    }
    world_refresh(world);
    promote(world, "w1");
    promote(world, "w2");
    promote(world, "w3");
    struct hone_store_transition transition = make_transition(world, "rollback");
    transition.live = 2;
    transition.former_live = HONE_STORE_ROLLED_BACK;
    transition.position = UINT64_MAX;
    transition.event = HONE_STORE_EVENT_ROLLBACK;
    transition.event_body = hone_span_text("{\"to\":2}");
    world_begin(world);
    world_ok(world, hone_store_apply_transition(world->store, &transition, NULL, NULL,
                                                &world->err));
    world_commit(world);
    world_refresh(world);
    struct hone_store_checkpoint checkpoint = {.version = 2,
                                               .position = world->skill.log_end,
                                               .tensors = add_blob(world, "c"),
                                               .tensors_bytes = 1};
    world_begin(world);
    world_ok(world, hone_store_set_checkpoint(world->store, world->skill.id, world->token,
                                              &checkpoint, world->now_ms, &world->err));
    world_commit(world);
    (void)world_add_skill(world, "weather");
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_destroy(*state);
    return 0;
}

/* ---- the check ---- */

static int finish_check(struct hone_verify *verify, json_t **report,
                        struct hone_error *err)
{
    int rc = 0;
    for (int i = 0; rc == 0 && hone_verify_next(verify) != HONE_VERIFY_DONE; i++) {
        assert_true(i < STEPS_MAX);
        rc = hone_verify_step(verify, err);
    }
    *report = rc == 0 ? hone_verify_report(verify) : NULL;
    hone_verify_destroy(verify);
    return rc;
}

static json_t *check(struct world *world, const char *skill)
{
    json_t *report = NULL;
    world_ok(world, finish_check(hone_verify_create(world->store, hone_span_text(skill)),
                                 &report, &world->err));
    return report;
}

static bool is_whole(const json_t *report)
{
    return json_is_true(json_object_get(report, "whole"));
}

/* Exactly one problem of that part and row with that in its message. */
static void assert_problem(const json_t *report, const char *part, int row,
                           const char *message)
{
    const json_t *problems = json_object_get(report, "problems");
    int n_found = 0;
    size_t index;
    const json_t *problem;
    json_array_foreach(problems, index, problem)
    {
        const char *said = json_string_value(json_object_get(problem, "part"));
        const char *what = json_string_value(json_object_get(problem, "message"));
        n_found += strcmp(said, part) == 0 && strstr(what, message) != NULL &&
                           json_integer_value(json_object_get(problem, "row")) == row
                       ? 1
                       : 0;
    }
    if (n_found != 1 || is_whole(report)) {
        char *text = json_dumps(problems, JSON_INDENT(1));
        fail_msg("%s %d \"%s\" %d times in %s", part, row, message, n_found, text);
    }
}

static void run_sql(const struct world *world, const char *sql)
{
    sqlite3 *db = NULL;
    char *path = hone_alloc_format("%s/hone.db", world->folder);
    assert_int_equal(SQLITE_OK, sqlite3_open(path, &db));
    assert_int_equal(SQLITE_OK, sqlite3_exec(db,
                                             "PRAGMA ignore_check_constraints=1;"
                                             "DROP TRIGGER audit_no_update;"
                                             "DROP TRIGGER audit_no_delete;",
                                             NULL, NULL, NULL));
    assert_int_equal(SQLITE_OK, sqlite3_exec(db, sql, NULL, NULL, NULL));
    assert_int_equal(SQLITE_OK, sqlite3_close(db));
    free(path);
}

static json_t *check_after(struct world *world, const char *sql)
{
    world_close(world);
    run_sql(world, sql);
    world_ok(world, hone_store_open_to_check(&world->store, world->folder, world->now_ms,
                                             &world->err));
    return check(world, "");
}

/* ---- promises ---- */

static void a_whole_store_is_told_in_numbers(void **state)
{
    json_t *report = check(*state, "");
    const json_t *skill = json_array_get(json_object_get(report, "skills"), 0);
    assert_true(is_whole(report));
    assert_int_equal(2, json_array_size(json_object_get(report, "skills")));
    assert_int_equal(4, json_integer_value(json_object_get(skill, "audit_rows")));
    assert_int_equal(3, json_integer_value(json_object_get(skill, "versions")));
    assert_int_equal(7, json_integer_value(json_object_get(skill, "events")));
    assert_int_equal(4, json_integer_value(json_object_get(skill, "files")));
    assert_int_equal(2, json_integer_value(json_object_get(skill, "live")));
    assert_int_equal(3, json_integer_value(json_object_get(
                            json_object_get(report, "calls"), "records")));
    json_decref(report);
}

static void one_skill_alone_can_be_checked(void **state)
{
    struct world *world = *state;
    json_t *report = check(world, "weather");
    assert_true(is_whole(report));
    assert_int_equal(1, json_array_size(json_object_get(report, "skills")));
    json_decref(report);
    assert_int_equal(HONE_E_NOT_FOUND,
                     finish_check(hone_verify_create(world->store, hone_span_text("x")),
                                  &report, &world->err));
}

static void every_kind_of_edit_is_named(void **state)
{
    static const struct {
        const char *sql, *part;
        int row;
        const char *message;
    } edits[] = {
        {"UPDATE audit SET detail = replace(detail, '40', '41') WHERE number = 2",
         "audit", 2, "changed"},
        {"UPDATE audit SET actor = 'x' WHERE number = 3", "audit", 3, "changed"},
        {"DELETE FROM audit WHERE number = 1", "audit", 1, "missing"},
        {"DELETE FROM audit WHERE number = 4", "audit", 4, "missing"},
        {"UPDATE skill SET n_audit = 3 WHERE name = 'triage'", "skill", 0,
         "version 2 is live, the audit rows say 3"},
        {"UPDATE log SET body = '{}' WHERE position = 5", "audit", 2, "event 5"},
        {"UPDATE version SET parent = 1 WHERE number = 3", "version", 3, "parent"},
        {"UPDATE version SET parent = 3 WHERE number = 2", "version", 2, "not older"},
        {"UPDATE version SET position = 1 WHERE number = 3", "version", 3,
         "before its parent"},
        {"UPDATE version SET position = 4 WHERE number = 1", "version", 1, "position"},
        {"UPDATE version SET package = zeroblob(32) WHERE number = 1", "version", 1,
         "package"},
        {"UPDATE version SET evidence = '{}' WHERE number = 2", "version", 2, "evidence"},
        {"UPDATE version SET status = 'rejected' WHERE number = 1", "version", 1,
         "rejected"},
        {"UPDATE version SET status = 'live' WHERE number = 1", "skill", 0,
         "2 versions are live"},
        {"UPDATE version SET tensors = NULL WHERE number = 2", "version", 2, "tensors"},
        {"UPDATE version SET tensors_bytes = 9 WHERE number = 1", "tensors", 1,
         "2 bytes instead of 9"},
        {"UPDATE version SET number = 4 WHERE number = 3", "version", 3, "missing"},
        {"UPDATE version SET number = 4 WHERE number = 3", "version", 4, "newer"},
        {"DELETE FROM version WHERE number = 1", "version", 2, "parent 1 is missing"},
        {"UPDATE skill SET live_version = 3 WHERE name = 'triage'", "version", 2,
         "version 3 is the live one"},
        {"UPDATE skill SET position = 1 WHERE name = 'triage'", "skill", 0, "position"},
        {"DELETE FROM log WHERE position = 2", "log", 2, "missing"},
        {"INSERT INTO log(skill_id, position, kind, time_ms, body) VALUES(1, 12, 2, 0, "
         "'')",
         "log", 12, "beyond"},
        {"UPDATE checkpoint SET version = 1", "checkpoint", 0, "live version"},
        {"UPDATE checkpoint SET position = 99", "checkpoint", 0, "position"},
        {"UPDATE checkpoint SET tensors_bytes = 7", "checkpoint", 0, "instead of 7"},
        {"UPDATE call_block SET body = x'00' WHERE block_id = 2", "calls", 2, "block"},
        {"UPDATE call_block SET n_records = 5 WHERE block_id = 3", "calls", 3, "block"},
        {"UPDATE version SET status = 'odd' WHERE number = 1", "database", 0, "CHECK"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        void *world = NULL;
        (void)set_up(&world);
        json_t *report = check_after(world, edits[i].sql);
        assert_problem(report, edits[i].part, edits[i].row, edits[i].message);
        /* The other skill is checked all the same. */
        assert_int_equal(2, json_array_size(json_object_get(report, "skills")));
        json_decref(report);
        (void)tear_down(&world);
    }
}

static void write_blob(struct world *world, const char *tensors, const char *content)
{
    char *path = hone_store_blob_path(world->store, digest_of(tensors));
    assert_int_equal(0, chmod(path, 0644));
    if (content != NULL) {
        world_ok(world,
                 hone_file_write(path, hone_span_text(content), 0444, &world->err));
    } else {
        assert_int_equal(0, unlink(path));
    }
    free(path);
}

static void swapped_cut_and_missing_files_are_named(void **state)
{
    struct world *world = *state;
    write_blob(world, "w1", "w3");
    write_blob(world, "w2", "w");
    write_blob(world, "w3", NULL);
    write_blob(world, "c", "d");
    json_t *report = check(world, "triage");
    assert_problem(report, "tensors", 1, "does not contain what its name says");
    assert_problem(report, "tensors", 2, "1 bytes instead of 2");
    assert_problem(report, "tensors", 3, "missing");
    assert_problem(report, "checkpoint", 0, "does not contain what its name says");
    assert_int_equal(4, json_array_size(json_object_get(report, "problems")));
    json_decref(report);
}

static void what_no_row_names_is_left_alone(void **state)
{
    struct world *world = *state;
    struct hone_digest orphan = add_blob(world, "orphan");
    json_t *report = check_after(world, "DELETE FROM checkpoint");
    assert_true(is_whole(report));
    assert_true(has_blob(world, orphan));
    json_decref(report);
    world_close(world);
    world_open(world);
    assert_false(has_blob(world, orphan));
}

/* After each of its steps a version comes, as from a gate of a server that serves; the
 * check begins anew and ends well. */
static void a_check_beside_a_writer_tells_no_lies(void **state)
{
    struct world *world = *state;
    struct hone_verify *verify =
        hone_verify_create(world->store, hone_span_text("triage"));
    json_t *report = NULL;
    char tensors[16];
    for (int i = 0; i < 6; i++) {
        world_ok(world, hone_verify_step(verify, &world->err));
        (void)snprintf(tensors, sizeof(tensors), "n%d", i);
        promote(world, tensors);
        world_ok(world, hone_store_prune_versions(world->store, world->skill.id, 1,
                                                  &world->err));
    }
    world_ok(world, finish_check(verify, &report, &world->err));
    const json_t *skill = json_array_get(json_object_get(report, "skills"), 0);
    assert_int_equal(0, json_array_size(json_object_get(report, "problems")));
    assert_true(json_integer_value(json_object_get(skill, "versions")) > 3);
    json_decref(report);
}

static void a_folder_without_a_database_is_not_made_one(void **state)
{
    struct world *world = *state;
    struct hone_store *store = NULL;
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/hone.db", folder);
    assert_int_equal(HONE_E_NOT_FOUND, hone_store_open_to_check(
                                           &store, folder, world->now_ms, &world->err));
    assert_false(hone_file_exists(path));
    free(path);
    support_remove_folder(folder);
    free(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_store_is_told_in_numbers),
        TEST(one_skill_alone_can_be_checked),
        cmocka_unit_test(every_kind_of_edit_is_named),
        TEST(swapped_cut_and_missing_files_are_named),
        TEST(what_no_row_names_is_left_alone),
        TEST(a_check_beside_a_writer_tells_no_lies),
        TEST(a_folder_without_a_database_is_not_made_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
