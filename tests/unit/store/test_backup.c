/* A backup holds the store as it was when its copy was complete, appears whole or not at
 * all, and is restored only when every byte of it is as it was written. */
#include "tests/unit/store/store_support.h"

#include "store/backup.h"
#include "store/restore.h"

#include <sys/stat.h>

#define STEPS_MAX 10000
#define N_CALLS   40
#define NO_STEP   (-1)

struct backup_world {
    struct world *store;
    char *folder;  /* of all that is made here */
    char *backup;  /* not there yet */
    char *target;  /* the same */
    char *partial; /* of backup */
    struct hone_error err;
};

static int set_up(void **state)
{
    struct backup_world *world = hone_alloc_zeroed(1, sizeof(*world));
    world->store = world_make(&hone_sqlite_engine);
    for (int i = 0; i < N_CALLS; i++) {
        struct hone_uuid id = add_call(world->store);
        struct hone_store_feedback feedback =
            make_feedback(world->store, id, "label", "key");
        add_feedback(world->store, &feedback);
    }
    world_refresh(world->store);
    promote(world->store, "w1");
    promote(world->store, "w2");
    world->folder = support_make_folder();
    world->backup = hone_alloc_format("%s/backup", world->folder);
    world->target = hone_alloc_format("%s/target", world->folder);
    world->partial = hone_alloc_format("%s.partial", world->backup);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct backup_world *world = *state;
    world_destroy(world->store);
    support_remove_folder(world->folder);
    free(world->folder);
    free(world->backup);
    free(world->target);
    free(world->partial);
    free(world);
    return 0;
}

/* ---- short ways ---- */

/* Calls work(world) before the step of that number. */
static int run_backup(struct backup_world *world, int at,
                      void (*work)(struct backup_world *world))
{
    struct hone_backup *backup =
        hone_backup_create(world->store->store, world->backup, START_MS);
    int rc = 0;
    for (int i = 0; rc == 0 && hone_backup_next(backup) != HONE_BACKUP_DONE; i++) {
        assert_true(i < STEPS_MAX);
        if (i == at) {
            work(world);
        }
        rc = hone_backup_step(backup, &world->err);
    }
    hone_backup_destroy(backup);
    return rc;
}

static void back_up(struct backup_world *world)
{
    support_ok(run_backup(world, NO_STEP, NULL), &world->err);
}

static int restore_to(struct backup_world *world, const char *data, bool force)
{
    struct hone_restore restore = {
        .backup = world->backup, .data = data, .force = force, .now_unix_ms = START_MS};
    json_t *report = NULL;
    int rc = hone_restore_run(&restore, &report, &world->err);
    json_decref(report);
    return rc;
}

static void restore(struct backup_world *world)
{
    support_ok(restore_to(world, world->target, false), &world->err);
}

static void assert_refused(struct backup_world *world, int code, const char *text)
{
    char *partial = hone_alloc_format("%s.partial", world->target);
    assert_int_equal(code, restore_to(world, world->target, false));
    if (strstr(world->err.message, text) == NULL) {
        fail_msg("\"%s\" has no \"%s\"", world->err.message, text);
    }
    assert_false(hone_file_exists(world->target));
    assert_false(hone_file_exists(partial));
    free(partial);
}

static char *path_in(const char *folder, const char *name)
{
    return hone_alloc_format("%s/%s", folder, name);
}

static char *blob_in(const char *folder, const char *content)
{
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(digest_of(content), text);
    return hone_alloc_format("%s/blobs/%.2s/%s.safetensors", folder, text, text);
}

/* Changes one byte of a file, in its middle. */
static void damage(const char *path)
{
    char *data = NULL;
    size_t len = 0;
    struct hone_error err;
    support_ok(hone_file_read(&data, &len, path, SIZE_MAX / 2, &err), &err);
    assert_true(len > 0);
    data[len / 2] = (char)(data[len / 2] ^ 1);
    support_ok(hone_file_write(path, hone_span_of(data, len), 0600, &err), &err);
    free(data);
}

/* ---- what a backup holds ---- */

static struct hone_store *open_target(struct backup_world *world)
{
    struct hone_store *store = NULL;
    support_ok(hone_store_open(&store, world->target, START_MS, &world->err),
               &world->err);
    return store;
}

static void what_was_backed_up_is_there_after_restoring(void **state)
{
    struct backup_world *world = *state;
    struct hone_store_skill skill = {0};
    struct hone_store_event *events = NULL;
    struct hone_store_version version;
    uint64_t n_audit = 0;
    size_t n = 0;
    back_up(world);
    restore(world);
    struct hone_store *store = open_target(world);
    const struct hone_store_skill *was = &world->store->skill;
    support_ok(hone_store_read_skill(store, was->id, &skill, &world->err), &world->err);
    assert_memory_equal(was, &skill, sizeof(skill));
    support_ok(hone_store_read_log(store, was->id, 0, 1000, &world->store->arena, &events,
                                   &n, &world->err),
               &world->err);
    assert_int_equal(was->log_end, n);
    assert_true(hone_span_is(events[N_CALLS - 1].call.input, "{\"text\":\"hello\"}"));
    for (uint32_t number = 1; number <= 2; number++) {
        support_ok(hone_store_read_version(store, was->id, number, &world->store->arena,
                                           &version, &world->err),
                   &world->err);
        support_ok(hone_store_verify_blob(store, version.tensors, &world->err),
                   &world->err);
    }
    support_ok(hone_store_verify_audit(store, was->id, &n_audit, &world->err),
               &world->err);
    assert_int_equal(2, n_audit);
    hone_store_close(store);
}

static void write_on(struct backup_world *world)
{
    struct hone_uuid id = add_call(world->store);
    struct hone_store_feedback feedback = make_feedback(world->store, id, "late", "key");
    add_feedback(world->store, &feedback);
}

/* The first steps make the folder, begin the copy and make its only step. */
#define BEFORE_COPY 2
#define AFTER_COPY  3

static uint64_t events_in_target(struct backup_world *world)
{
    struct hone_store_skill skill = {0};
    struct hone_store *store = open_target(world);
    support_ok(hone_store_read_skill(store, world->store->skill.id, &skill, &world->err),
               &world->err);
    hone_store_close(store);
    return skill.log_end;
}

static void what_is_written_before_the_copy_is_complete_is_in_it(void **state)
{
    struct backup_world *world = *state;
    support_ok(run_backup(world, BEFORE_COPY, write_on), &world->err);
    restore(world);
    assert_int_equal(world->store->skill.log_end + 1, events_in_target(world));
}

static void what_is_written_later_is_not(void **state)
{
    struct backup_world *world = *state;
    support_ok(run_backup(world, AFTER_COPY, write_on), &world->err);
    restore(world);
    assert_int_equal(world->store->skill.log_end, events_in_target(world));
}

static void forget_old_tensors(struct backup_world *world)
{
    struct world *store = world->store;
    promote(store, "w3");
    promote(store, "w4");
    world_ok(store,
             hone_store_prune_versions(store->store, store->skill.id, 1, &store->err));
    assert_true(has_blob(store, digest_of("w1"))); /* the backup may still read it */
}

static void tensors_stay_while_a_backup_may_read_them_and_go_afterwards(void **state)
{
    struct backup_world *world = *state;
    support_ok(run_backup(world, AFTER_COPY, forget_old_tensors), &world->err);
    assert_false(has_blob(world->store, digest_of("w1")));
    assert_true(has_blob(world->store, digest_of("w4")));
    restore(world);
    struct hone_store *store = open_target(world);
    support_ok(hone_store_verify_blob(store, digest_of("w1"), &world->err), &world->err);
    hone_store_close(store);
}

static void a_transaction_that_is_given_up_drops_nothing(void **state)
{
    struct backup_world *world = *state;
    struct world *store = world->store;
    back_up(world);
    struct hone_store_checkpoint checkpoint = {.version = 2,
                                               .tensors = add_blob(store, "c")};
    world_begin(store);
    world_ok(store, hone_store_set_checkpoint(store->store, store->skill.id, store->token,
                                              &checkpoint, store->now_ms, &store->err));
    hone_store_rollback(store->store);
    world_begin(store);
    world_commit(store);
    assert_true(has_blob(store, digest_of("w2")));
}

/* ---- backups that fail ---- */

static void a_backup_that_is_given_up_leaves_nothing(void **state)
{
    struct backup_world *world = *state;
    for (int n_steps = 0; n_steps < STEPS_MAX; n_steps++) {
        struct hone_backup *backup =
            hone_backup_create(world->store->store, world->backup, START_MS);
        for (int i = 0; i < n_steps; i++) {
            support_ok(hone_backup_step(backup, &world->err), &world->err);
            if (hone_backup_next(backup) == HONE_BACKUP_DONE) {
                fail_msg("it was done after %d steps", i + 1);
            }
        }
        hone_backup_destroy(backup);
        bool appeared = hone_file_exists(world->backup);
        assert_false(hone_file_exists(world->partial));
        if (appeared) { /* it was given up after its last file */
            restore(world);
            return;
        }
    }
    fail_msg("it has more steps");
}

static void what_a_dead_process_left_is_cleared(void **state)
{
    struct backup_world *world = *state;
    assert_int_equal(0, mkdir(world->partial, 0700));
    support_write_file(world->partial, "hone.db", "half");
    support_write_file(world->partial, "LOCK", "1\n");
    back_up(world);
    assert_false(hone_file_exists(world->partial));
    restore(world);
}

static void fill_target(struct backup_world *world)
{
    assert_int_equal(0, mkdir(world->backup, 0700));
    support_write_file(world->backup, "mine", "important");
}

static void a_folder_with_something_in_it_is_never_touched(void **state)
{
    struct backup_world *world = *state;
    char *mine = path_in(world->backup, "mine");
    /* While the backup is made, and then before it. */
    assert_int_equal(HONE_E_EXISTS, run_backup(world, AFTER_COPY, fill_target));
    assert_false(hone_file_exists(world->partial));
    assert_true(hone_file_exists(mine));
    assert_int_equal(HONE_E_EXISTS, run_backup(world, NO_STEP, NULL));
    assert_true(hone_file_exists(mine));
    free(mine);
    support_remove_folder(world->backup);
    back_up(world); /* the store has got over it */
}

static void begin_another(struct backup_world *world)
{
    char *other = hone_alloc_format("%s/other", world->folder);
    struct hone_error err = {0};
    struct hone_backup *backup = hone_backup_create(world->store->store, other, START_MS);
    int rc = 0;
    while (rc == 0 && hone_backup_next(backup) != HONE_BACKUP_DONE) {
        rc = hone_backup_step(backup, &err);
    }
    hone_backup_destroy(backup);
    assert_int_equal(HONE_E_BUSY, rc);
    assert_false(hone_file_exists(other));
    free(other);
}

static void there_is_one_backup_at_a_time(void **state)
{
    struct backup_world *world = *state;
    support_ok(run_backup(world, AFTER_COPY, begin_another), &world->err);
    restore(world);
}

static void damaged_tensors_are_not_backed_up_as_if_they_were_whole(void **state)
{
    struct backup_world *world = *state;
    char *path = hone_store_blob_path(world->store->store, digest_of("w1"));
    damage(path);
    assert_int_equal(HONE_E_CORRUPT, run_backup(world, NO_STEP, NULL));
    assert_non_null(strstr(world->err.message, path));
    assert_false(hone_file_exists(world->backup));
    free(path);
}

/* ---- backups that are refused ---- */

static void a_byte_that_has_changed_is_found_and_its_file_named(void **state)
{
    struct backup_world *world = *state;
    char *database = path_in(world->backup, "hone.db");
    char *blob = blob_in(world->backup, "w2");
    back_up(world);
    damage(blob);
    assert_refused(world, HONE_E_CORRUPT, strstr(blob, "blobs/"));
    damage(blob); /* as it was */
    damage(database);
    assert_refused(world, HONE_E_CORRUPT, "hone.db");
    damage(database);
    restore(world);
    free(database);
    free(blob);
}

static void a_file_that_is_missing_or_cut_is_named(void **state)
{
    struct backup_world *world = *state;
    char *blob = blob_in(world->backup, "w1");
    char *database = path_in(world->backup, "hone.db");
    back_up(world);
    assert_int_equal(0, truncate(database, 4096));
    assert_refused(world, HONE_E_CORRUPT, "hone.db");
    assert_int_equal(0, unlink(blob));
    assert_int_equal(0, unlink(database));
    assert_refused(world, HONE_E_NOT_FOUND, "hone.db");
    free(database);
    free(blob);
}

/* Replaces the first `from` in the manifest by `to`. */
static void edit_manifest(struct backup_world *world, const char *from, const char *to)
{
    char *path = path_in(world->backup, "manifest.json");
    char *text = NULL;
    size_t len = 0;
    support_ok(hone_file_read(&text, &len, path, 1 << 20, &world->err), &world->err);
    char *at = strstr(text, from);
    assert_non_null(at);
    *at = '\0';
    char *edited = hone_alloc_format("%s%s%s", text, to, at + strlen(from));
    support_ok(hone_file_write(path, hone_span_text(edited), 0600, &world->err),
               &world->err);
    free(edited);
    free(text);
    free(path);
}

static void a_manifest_is_not_believed(void **state)
{
    static const struct {
        const char *from, *to, *message;
        int code;
    } edits[] = {
        {"\"audit_rows\": 2", "\"audit_rows\": 3", "audit chain of triage",
         HONE_E_CORRUPT},
        {"\"name\": \"triage\"", "\"name\": \"other\"", "audit chain of other",
         HONE_E_CORRUPT},
        {"\"path\": \"hone.db\"", "\"path\": \"../hone.db\"", "entry of files",
         HONE_E_CORRUPT},
        {"\"path\": \"blobs/", "\"path\": \"/blobs/", "entry of files", HONE_E_CORRUPT},
        {"\"size_bytes\": ", "\"size_bytes\": 1", "hone.db", HONE_E_CORRUPT},
        {"\"size_bytes\": ", "\"size_bytes\": -", "entry of files", HONE_E_CORRUPT},
        {"\"format\": 1", "\"format\": 2", "format 2", HONE_E_VERSION},
        {"\"format\": 1,", "", "format", HONE_E_CORRUPT},
        {"\"files\": [", "\"files\": ", "manifest.json", HONE_E_CORRUPT},
    };
    struct backup_world *world = *state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        back_up(world);
        edit_manifest(world, edits[i].from, edits[i].to);
        assert_refused(world, edits[i].code, edits[i].message);
        support_remove_folder(world->backup);
    }
}

static void a_file_that_the_manifest_leaves_out_is_missed(void **state)
{
    struct backup_world *world = *state;
    char *path = path_in(world->backup, "manifest.json");
    back_up(world);
    json_t *manifest = json_load_file(path, 0, NULL);
    assert_int_equal(0, json_array_remove(json_object_get(manifest, "files"), 1));
    assert_int_equal(0, json_dump_file(manifest, path, 0));
    assert_refused(world, HONE_E_CORRUPT, "tensors file is missing");
    json_decref(manifest);
    free(path);
}

static void another_folder_is_no_backup(void **state)
{
    struct backup_world *world = *state;
    assert_refused(world, HONE_E_NOT_FOUND, "is no backup");
}

/* ---- where it goes ---- */

static void a_folder_that_is_in_use_is_refused(void **state)
{
    struct backup_world *world = *state;
    back_up(world);
    assert_int_equal(HONE_E_BUSY, restore_to(world, world->store->folder, false));
    assert_int_equal(HONE_E_BUSY, restore_to(world, world->store->folder, true));
}

static void a_folder_that_is_not_empty_is_refused(void **state)
{
    struct backup_world *world = *state;
    back_up(world);
    world_close(world->store);
    assert_int_equal(HONE_E_EXISTS, restore_to(world, world->store->folder, false));
    assert_int_equal(HONE_E_EXISTS, restore_to(world, world->store->folder, true));
    assert_non_null(strstr(world->err.message, "are recorded"));
    world_open(world->store);
}

static void an_empty_folder_is_taken(void **state)
{
    struct backup_world *world = *state;
    back_up(world);
    assert_int_equal(0, mkdir(world->target, 0700));
    restore(world);
    assert_int_equal(world->store->skill.log_end, events_in_target(world));
}

static void a_data_folder_without_records_is_replaced_only_by_force(void **state)
{
    struct backup_world *world = *state;
    struct hone_store_skill skill;
    char *tokens = path_in(world->target, "tokens");
    back_up(world);
    struct hone_store *store = open_target(world);
    support_ok(hone_store_begin(store, &world->err), &world->err);
    support_ok(hone_store_open_skill(store, hone_span_text("triage"), digest_of("p"),
                                     digest_of("i"), START_MS, &skill, &world->err),
               &world->err);
    support_ok(hone_store_commit(store, &world->err), &world->err);
    hone_store_close(store);
    support_write_file(world->target, "tokens", "laptop");
    assert_int_equal(HONE_E_EXISTS, restore_to(world, world->target, false));
    support_write_file(world->target, "notes.txt", "mine");
    assert_int_equal(HONE_E_EXISTS, restore_to(world, world->target, true));
    assert_non_null(strstr(world->err.message, "notes.txt"));
    char *notes = path_in(world->target, "notes.txt");
    assert_int_equal(0, unlink(notes));
    support_ok(restore_to(world, world->target, true), &world->err);
    assert_int_equal(world->store->skill.log_end, events_in_target(world));
    assert_true(hone_file_exists(tokens));
    free(notes);
    free(tokens);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_backed_up_is_there_after_restoring),
        TEST(what_is_written_before_the_copy_is_complete_is_in_it),
        TEST(what_is_written_later_is_not),
        TEST(tensors_stay_while_a_backup_may_read_them_and_go_afterwards),
        TEST(a_transaction_that_is_given_up_drops_nothing),
        TEST(a_backup_that_is_given_up_leaves_nothing),
        TEST(what_a_dead_process_left_is_cleared),
        TEST(a_folder_with_something_in_it_is_never_touched),
        TEST(there_is_one_backup_at_a_time),
        TEST(damaged_tensors_are_not_backed_up_as_if_they_were_whole),
        TEST(a_byte_that_has_changed_is_found_and_its_file_named),
        TEST(a_file_that_is_missing_or_cut_is_named),
        TEST(a_manifest_is_not_believed),
        TEST(a_file_that_the_manifest_leaves_out_is_missed),
        TEST(another_folder_is_no_backup),
        TEST(a_folder_that_is_in_use_is_refused),
        TEST(a_folder_that_is_not_empty_is_refused),
        TEST(an_empty_folder_is_taken),
        TEST(a_data_folder_without_records_is_replaced_only_by_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
