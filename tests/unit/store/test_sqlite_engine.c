/* What hone.db is to the outside: whose file it is, who may open it, what shows
 * tampering. */
#include "tests/unit/store/store_support.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int set_up(void **state)
{
    *state = world_make(&hone_sqlite_engine);
    return 0;
}

static int tear_down(void **state)
{
    world_destroy(*state);
    return 0;
}

static char *database_path(const struct world *world)
{
    return hone_alloc_format("%s/hone.db", world->folder);
}

/* Runs SQL on the closed store's file, without the engine. */
static int run_sql(const struct world *world, const char *sql)
{
    sqlite3 *db = NULL;
    char *path = database_path(world);
    assert_int_equal(SQLITE_OK, sqlite3_open(path, &db));
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    assert_int_equal(SQLITE_OK, sqlite3_close(db));
    free(path);
    return rc;
}

static int open_again(struct world *world)
{
    return hone_store_open(&world->store, world->folder, world->now_ms, &world->err);
}

/* ---- tampering ---- */

static void check_tampering(struct world *world, const char *sql, const char *message)
{
    uint64_t n_rows = 0;
    promote(world, "w1");
    promote(world, "w2");
    promote(world, "w3");
    world_close(world);
    assert_int_equal(SQLITE_OK, run_sql(world, "DROP TRIGGER audit_no_update;"
                                               "DROP TRIGGER audit_no_delete;"));
    assert_int_equal(SQLITE_OK, run_sql(world, sql));
    world_open(world);
    assert_int_equal(
        HONE_E_CORRUPT,
        hone_store_verify_audit(world->store, world->skill.id, &n_rows, &world->err));
    assert_non_null(strstr(world->err.message, message));
    assert_int_equal(0, n_rows);
}

static void verifying_finds_an_edited_detail(void **state)
{
    check_tampering(
        *state, "UPDATE audit SET detail = replace(detail, '40', '99') WHERE number = 2",
        "row 2 was changed");
}

static void verifying_finds_an_edited_column(void **state)
{
    check_tampering(*state, "UPDATE audit SET actor = 'somebody' WHERE number = 3",
                    "row 3 was changed");
}

static void verifying_finds_a_row_that_was_cut_out(void **state)
{
    check_tampering(*state, "DELETE FROM audit WHERE number = 2", "row 2 is missing");
}

static void verifying_finds_that_the_end_was_cut_off(void **state)
{
    check_tampering(*state, "DELETE FROM audit WHERE number = 3", "row 3 is missing");
}

static void triggers_refuse_to_change_or_delete_audit_rows(void **state)
{
    struct world *world = *state;
    promote(world, "w1");
    world_close(world);
    assert_int_equal(SQLITE_CONSTRAINT, run_sql(world, "DELETE FROM audit"));
    assert_int_equal(SQLITE_CONSTRAINT, run_sql(world, "UPDATE audit SET actor = 'x'"));
    world_open(world);
}

static void names_a_damaged_block_of_calls(void **state)
{
    struct world *world = *state;
    struct hone_uuid id = add_call(world);
    struct hone_call_record call;
    world_close(world);
    assert_int_equal(SQLITE_OK, run_sql(world, "UPDATE call_block SET body = x'00'"));
    world_open(world);
    assert_int_equal(HONE_E_CORRUPT, hone_store_find_call(world->store, id, &call,
                                                          &world->arena, &world->err));
}

/* A feedback on a call whose block is damaged, between two whole ones. */
static void a_damaged_block_of_calls_does_not_hide_the_log(void **state)
{
    struct world *world = *state;
    struct hone_uuid ids[3];
    struct hone_store_event *events = NULL;
    size_t n_events = 0;
    for (int i = 0; i < 3; i++) {
        ids[i] = add_call(world);
        struct hone_store_feedback feedback = make_feedback(world, ids[i], "label", "k");
        add_feedback(world, &feedback);
    }
    world_close(world);
    assert_int_equal(
        SQLITE_OK, run_sql(world, "UPDATE call_block SET body = x'00' WHERE rowid = 2"));
    world_open(world);
    world_ok(world, hone_store_read_log(world->store, world->skill.id, 0, 10,
                                        &world->arena, &events, &n_events, &world->err));
    assert_int_equal(3, n_events);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(i + 1, events[i].position);
        assert_true(hone_span_is(events[i].feedback.value, "label"));
        assert_int_equal(0, hone_uuid_compare(ids[i], events[i].call.call_id));
        assert_int_equal(i == 1, events[i].call.input.len == 0);
        assert_int_equal(i == 1 ? 0 : 1, events[i].call.version);
    }
}

static void feedback_on_a_damaged_call_does_not_harm_the_others(void **state)
{
    struct world *world = *state;
    struct hone_uuid damaged = add_call(world);
    struct hone_uuid whole = add_call(world);
    world_close(world);
    assert_int_equal(
        SQLITE_OK, run_sql(world, "UPDATE call_block SET body = x'00' WHERE rowid = 1"));
    world_open(world);
    struct hone_store_feedback feedback[2] = {make_feedback(world, damaged, "a", "k"),
                                              make_feedback(world, whole, "b", "k")};
    struct hone_store_feedback_result results[2];
    world_begin(world);
    world_ok(world,
             hone_store_append_feedback(world->store, feedback, 2, results, &world->err));
    world_commit(world);
    assert_int_equal(HONE_STORE_FEEDBACK_UNKNOWN_CALL, results[0].status);
    assert_int_equal(HONE_STORE_FEEDBACK_STORED, results[1].status);
}

/* ---- files that are not ours ---- */

static void refuses_a_file_of_a_newer_build_with_the_fix(void **state)
{
    struct world *world = *state;
    world_close(world);
    assert_int_equal(SQLITE_OK, run_sql(world, "PRAGMA user_version = 1000"));
    assert_int_equal(HONE_E_VERSION, open_again(world));
    assert_non_null(strstr(world->err.message, "format 1000"));
    assert_non_null(strstr(world->err.hint, "newer hone"));
    assert_null(world->store);
}

static void brings_a_file_of_format_1_up_to_date_and_keeps_its_content(void **state)
{
    struct world *world = *state;
    struct hone_uuid call = add_call(world);
    struct hone_call_record found;
    struct hone_store_task task = {.id = call,
                                   .principal = hone_span_text("ann"),
                                   .expires_unix_ms = world->now_ms + 1};
    world_close(world);
    assert_int_equal(SQLITE_OK,
                     run_sql(world, "DROP TABLE task; PRAGMA user_version = 1"));
    world_open(world);
    world_ok(world, hone_store_find_call(world->store, call, &found, &world->arena,
                                         &world->err));
    world_begin(world);
    world_ok(world, hone_store_add_task(world->store, &task, &world->err));
    world_commit(world);
    world_ok(world, hone_store_read_task(world->store, task.id, &world->arena, &task,
                                         &world->err));
}

static void refuses_a_foreign_database_and_leaves_it_alone(void **state)
{
    struct world *world = *state;
    struct hone_span before = {0};
    struct hone_span after = {0};
    char *path = database_path(world);
    char *data[2] = {NULL, NULL};
    world_close(world);
    assert_int_equal(0, unlink(path));
    assert_int_equal(SQLITE_OK, run_sql(world, "CREATE TABLE theirs(x)"));
    world_ok(world, hone_file_read(&data[0], &before.len, path, 1 << 20, &world->err));
    assert_int_equal(HONE_E_CORRUPT, open_again(world));
    assert_non_null(strstr(world->err.message, "another program"));
    world_ok(world, hone_file_read(&data[1], &after.len, path, 1 << 20, &world->err));
    before.data = data[0];
    after.data = data[1];
    assert_true(hone_span_equal(before, after));
    free(data[0]);
    free(data[1]);
    free(path);
}

static void refuses_a_file_that_is_no_database(void **state)
{
    struct world *world = *state;
    char text[4096];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    world_close(world);
    support_write_file(world->folder, "hone.db", text);
    assert_int_equal(HONE_E_CORRUPT, open_again(world));
}

static void refuses_a_truncated_database(void **state)
{
    struct world *world = *state;
    struct stat st;
    char *path = database_path(world);
    for (int i = 0; i < 50; i++) {
        add_call(world);
    }
    world_close(world);
    assert_int_equal(0, stat(path, &st));
    static const int sixteenths[] = {15, 8, 1};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(0, truncate(path, st.st_size * sixteenths[i] / 16));
        assert_int_equal(HONE_E_CORRUPT, open_again(world));
    }
    free(path);
}

/* ---- who may open ---- */

/* In a child process without privileges: the code that opening the folder gives. */
static int open_as_nobody(const char *folder)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct hone_store *store = NULL;
        struct hone_error err = {0};
        if (geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0)) {
            _exit(120);
        }
        int rc = hone_store_open(&store, folder, START_MS, &err);
        hone_store_close(store);
        _exit(-rc);
    }
    int status = 0;
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

static void refuses_a_folder_that_cannot_be_written(void **state)
{
    struct world *world = *state;
    char *lock = hone_alloc_format("%s/LOCK", world->folder);
    char *database = database_path(world);
    world_close(world);
    assert_int_equal(0, chmod(world->folder, 0555));
    assert_int_equal(0, chmod(lock, 0444));
    assert_int_equal(HONE_E_READ_ONLY, open_as_nobody(world->folder));
    /* The lock can be had, but not the database. */
    assert_int_equal(0, chmod(lock, 0666));
    assert_int_equal(0, chmod(database, 0444));
    assert_int_equal(HONE_E_READ_ONLY, open_as_nobody(world->folder));
    char *below = hone_alloc_format("%s/below", world->folder);
    assert_int_equal(HONE_E_READ_ONLY, open_as_nobody(below));
    assert_int_equal(0, chmod(world->folder, 0700));
    assert_int_equal(0, chmod(database, 0600));
    world_open(world);
    free(lock);
    free(database);
    free(below);
}

static void names_the_process_that_has_the_folder(void **state)
{
    struct world *world = *state;
    int ready[2];
    char text[32];
    char byte = 0;
    world_close(world);
    assert_int_equal(0, pipe(ready));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct hone_store *store = NULL;
        int rc = hone_store_open(&store, world->folder, START_MS, NULL);
        byte = (char)-rc;
        if (write(ready[1], &byte, 1) == 1) {
            pause();
        }
        _exit(1);
    }
    assert_int_equal(1, read(ready[0], &byte, 1));
    assert_int_equal(0, byte);
    assert_int_equal(HONE_E_BUSY, open_again(world));
    snprintf(text, sizeof(text), "process %ld", (long)child);
    assert_non_null(strstr(world->err.message, text));
    assert_int_equal(0, kill(child, SIGKILL));
    assert_int_equal(child, waitpid(child, NULL, 0));
    world_open(world); /* the lock died with its owner */
    close(ready[0]);
    close(ready[1]);
}

static void refuses_while_another_program_writes_the_database(void **state)
{
    struct world *world = *state;
    sqlite3 *db = NULL;
    char *path = database_path(world);
    world_close(world);
    assert_int_equal(SQLITE_OK, sqlite3_open(path, &db));
    assert_int_equal(SQLITE_OK, sqlite3_exec(db,
                                             "PRAGMA locking_mode=EXCLUSIVE;"
                                             "BEGIN EXCLUSIVE; SELECT * FROM skill",
                                             NULL, NULL, NULL));
    assert_int_equal(HONE_E_BUSY, open_again(world));
    assert_int_equal(SQLITE_OK, sqlite3_close(db));
    world_open(world);
    free(path);
}

static void leases_end_when_the_store_is_opened_again(void **state)
{
    struct world *world = *state;
    uint64_t token = 0;
    world_close(world);
    world_open(world);
    world_begin(world);
    world_ok(world, hone_store_take_lease(world->store, world->skill.id,
                                          hone_span_text("next process"), world->now_ms,
                                          1000, &token, &world->err));
    world_commit(world);
    assert_true(token > world->token);
}

static void keeps_no_shared_memory_file_and_closes_without_a_log(void **state)
{
    struct world *world = *state;
    char *shm = hone_alloc_format("%s/hone.db-shm", world->folder);
    char *wal = hone_alloc_format("%s/hone.db-wal", world->folder);
    add_call(world);
    assert_false(hone_file_exists(shm)); /* one connection, its index in memory */
    assert_true(hone_file_exists(wal));
    world_close(world);
    assert_false(hone_file_exists(wal));
    world_open(world);
    free(shm);
    free(wal);
}

static void recent_and_old_calls_go_to_few_streams(void **state)
{
    struct world *world = *state;
    struct hone_call_record calls[8];
    for (size_t i = 0; i < 8; i++) {
        calls[i] = make_call(world, world->skill.id);
    }
    /* 7, then 5, then 3 ...: each later block is older than all before it. */
    for (size_t i = 8; i > 0; i -= 2) {
        world_begin(world);
        world_ok(world, append_records(world, &calls[i - 2], 2));
        world_commit(world);
    }
    world_close(world);
    /* Streams 0 to 2 took a block each; the last stream took two blocks of one record. */
    assert_int_equal(
        SQLITE_OK, run_sql(world, "CREATE TEMP TABLE t(x CHECK(x)); INSERT INTO t SELECT"
                                  " (SELECT group_concat(stream || ':' || n_records) FROM"
                                  " (SELECT * FROM call_block ORDER BY stream, first_id))"
                                  " = '0:2,1:2,2:2,3:1,3:1'"));
    world_open(world);
    for (size_t i = 0; i < 8; i++) {
        struct hone_call_record found;
        world_ok(world, hone_store_find_call(world->store, calls[i].call_id, &found,
                                             &world->arena, &world->err));
    }
}

/* Moves a tensors file with this content to its place, inside a transaction. */
static struct hone_digest place_blob(struct world *world, const char *content)
{
    struct hone_digest digest = digest_of(content);
    char *temp = hone_store_temp_path(world->store);
    world_ok(world, hone_file_write(temp, hone_span_text(content), 0644, &world->err));
    world_ok(world, hone_store_place_blob(world->store, temp, digest, &world->err));
    assert_false(hone_file_exists(temp));
    free(temp);
    return digest;
}

static void placed_files_stay_when_a_row_names_them(void **state)
{
    struct world *world = *state;
    struct hone_store_version version = {
        .status = HONE_STORE_LIVE,
        .package = digest_of("package"),
        .created_unix_ms = world->now_ms,
        .evidence = hone_span_text("{}"),
    };
    struct hone_store_transition transition = make_transition(world, "created");
    uint32_t number = 0;
    world_begin(world);
    place_blob(world, "nobody's");
    version.tensors = place_blob(world, "w1");
    version.tensors = place_blob(world, "w1"); /* over the one that is there */
    version.tensors_bytes = 2;
    transition.new_version = &version;
    transition.live = 1;
    world_ok(world, hone_store_apply_transition(world->store, &transition, &number, NULL,
                                                &world->err));
    world_commit(world);
    world_ok(world, hone_store_verify_blob(world->store, version.tensors, &world->err));
    world_begin(world);
    place_blob(world, "given up");
    hone_store_rollback(world->store);
    world_close(world);
    world_open(world);
    assert_true(has_blob(world, digest_of("w1")));
    assert_false(has_blob(world, digest_of("nobody's")));
    assert_false(has_blob(world, digest_of("given up")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(verifying_finds_an_edited_detail),
        TEST(verifying_finds_an_edited_column),
        TEST(verifying_finds_a_row_that_was_cut_out),
        TEST(verifying_finds_that_the_end_was_cut_off),
        TEST(triggers_refuse_to_change_or_delete_audit_rows),
        TEST(names_a_damaged_block_of_calls),
        TEST(a_damaged_block_of_calls_does_not_hide_the_log),
        TEST(feedback_on_a_damaged_call_does_not_harm_the_others),
        TEST(refuses_a_file_of_a_newer_build_with_the_fix),
        TEST(brings_a_file_of_format_1_up_to_date_and_keeps_its_content),
        TEST(refuses_a_foreign_database_and_leaves_it_alone),
        TEST(refuses_a_file_that_is_no_database),
        TEST(refuses_a_truncated_database),
        TEST(refuses_a_folder_that_cannot_be_written),
        TEST(names_the_process_that_has_the_folder),
        TEST(refuses_while_another_program_writes_the_database),
        TEST(leases_end_when_the_store_is_opened_again),
        TEST(keeps_no_shared_memory_file_and_closes_without_a_log),
        TEST(recent_and_old_calls_go_to_few_streams),
        TEST(placed_files_stay_when_a_row_names_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
