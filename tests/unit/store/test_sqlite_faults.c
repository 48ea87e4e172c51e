/* Disks that fail. A VFS over the default one fails the n-th write or fsync; the loops
 * raise n until nothing fails any more. After each fault: what was acknowledged before is
 * there, what was refused is not, and the store works again. */
#include "tests/unit/store/store_support.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* ---- the VFS ---- */

struct faults {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_io_methods methods;
    long n_until_fault; /* 0: none armed */
    bool stays;         /* every later one fails as well */
    bool is_full;       /* writes say "disk full" instead of "I/O error" */
    long n_faults;
    long n_opens; /* of files */
};

struct fault_file {
    sqlite3_file base;
    struct faults *faults;
    sqlite3_file *real; /* behind this struct in the same block */
};

static struct faults the_faults; /* SQLite's registry of VFSs is global, so this is too */

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct fault_file *)(void *)file)->real;
}

static bool is_due(sqlite3_file *file)
{
    struct faults *faults = ((struct fault_file *)(void *)file)->faults;
    if (faults->n_until_fault == 0) {
        return false;
    }
    if (faults->n_until_fault > 1) {
        faults->n_until_fault -= 1;
        return false;
    }
    faults->n_until_fault = faults->stays ? 1 : 0;
    faults->n_faults += 1;
    errno = faults->is_full ? ENOSPC : EIO;
    return true;
}

static int fault_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 offset)
{
    if (is_due(file)) {
        struct faults *faults = ((struct fault_file *)(void *)file)->faults;
        return faults->is_full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    return real_of(file)->pMethods->xWrite(real_of(file), data, n, offset);
}

static int fault_sync(sqlite3_file *file, int flags)
{
    return is_due(file) ? SQLITE_IOERR_FSYNC
                        : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int pass_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int pass_read(sqlite3_file *file, void *data, int n, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), data, n, offset);
}

static int pass_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int pass_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int pass_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int pass_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int pass_check_lock(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int pass_control(sqlite3_file *file, int op, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int pass_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int pass_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                      int *out_flags)
{
    struct faults *faults = vfs->pAppData;
    struct fault_file *outer = (struct fault_file *)(void *)file;
    outer->faults = faults;
    faults->n_opens += 1;
    outer->real = (sqlite3_file *)(void *)(outer + 1);
    int rc = faults->real->xOpen(faults->real, name, outer->real, flags, out_flags);
    outer->base.pMethods = outer->real->pMethods != NULL ? &faults->methods : NULL;
    return rc;
}

static int register_faults(void **state)
{
    (void)state;
    struct faults *faults = &the_faults;
    faults->real = sqlite3_vfs_find(NULL);
    /* Version 1 methods: no shared memory and no mapping, neither of which the engine
     * uses. */
    faults->methods = (sqlite3_io_methods){
        .iVersion = 1,
        .xClose = pass_close,
        .xRead = pass_read,
        .xWrite = fault_write,
        .xTruncate = pass_truncate,
        .xSync = fault_sync,
        .xFileSize = pass_size,
        .xLock = pass_lock,
        .xUnlock = pass_unlock,
        .xCheckReservedLock = pass_check_lock,
        .xFileControl = pass_control,
        .xSectorSize = pass_sector,
        .xDeviceCharacteristics = pass_device,
    };
    faults->vfs = *faults->real;
    faults->vfs.pNext = NULL;
    faults->vfs.zName = "faults";
    faults->vfs.pAppData = faults;
    faults->vfs.szOsFile = (int)sizeof(struct fault_file) + faults->real->szOsFile;
    faults->vfs.xOpen = fault_open;
    return sqlite3_vfs_register(&faults->vfs, 1) == SQLITE_OK ? 0 : -1;
}

static int unregister_faults(void **state)
{
    (void)state;
    return sqlite3_vfs_unregister(&the_faults.vfs) == SQLITE_OK ? 0 : -1;
}

static void arm(long n, bool stays, bool is_full)
{
    the_faults.n_until_fault = n;
    the_faults.stays = stays;
    the_faults.is_full = is_full;
    the_faults.n_faults = 0;
}

static void disarm(void)
{
    the_faults.n_until_fault = 0;
}

/* ---- what is written, and how it is checked ---- */

/* A call with its feedback in one transaction; 0 = acknowledged. */
static int write_one(struct world *world)
{
    struct hone_call_record call = make_call(world, world->skill.id);
    struct hone_store_feedback feedback =
        make_feedback(world, call.call_id, "label", "key");
    struct hone_store_feedback_result result;
    char large[8000];
    memset(large, 'x', sizeof(large));
    call.input = hone_span_of(large, sizeof(large));
    int rc = hone_store_begin(world->store, &world->err);
    if (rc != 0) {
        return rc;
    }
    rc = append_records(world, &call, 1);
    if (rc == 0) {
        rc = hone_store_append_feedback(world->store, &feedback, 1, &result, &world->err);
    }
    if (rc == 0) {
        rc = hone_store_commit(world->store, &world->err);
    } else {
        hone_store_rollback(world->store);
    }
    return rc;
}

/* The log holds exactly this many feedbacks, each with its call, without gaps. */
static void check_log(struct world *world, uint64_t n_expected)
{
    uint64_t after = 0;
    size_t n_events = 1;
    world_refresh(world);
    assert_int_equal(n_expected, world->skill.log_end);
    assert_int_equal(n_expected, world->skill.n_feedback);
    assert_int_equal(n_expected, world->skill.n_calls);
    while (n_events > 0) {
        struct hone_store_event *events = NULL;
        world_ok(world,
                 hone_store_read_log(world->store, world->skill.id, after, 100,
                                     &world->arena, &events, &n_events, &world->err));
        for (size_t i = 0; i < n_events; i++) {
            assert_int_equal(++after, events[i].position);
            assert_int_equal(8000, events[i].call.input.len);
        }
        hone_arena_reset(&world->arena);
    }
    assert_int_equal(n_expected, after);
}

static void survive_faults(bool stays, bool is_full)
{
    struct world *world = world_make(&hone_sqlite_engine);
    uint64_t n_acknowledged = 0;
    bool fired = true;
    for (long n = 1; fired; n++) {
        arm(n, stays, is_full);
        int rc = write_one(world);
        fired = the_faults.n_faults > 0;
        if (rc == 0) {
            n_acknowledged += 1;
        } else {
            assert_true(fired);
            assert_true(rc == HONE_E_IO || rc == HONE_E_FULL);
        }
        if (stays && rc != 0) {
            /* As long as the disk fails nothing is acknowledged, and nothing crashes. */
            assert_true(write_one(world) != 0);
        }
        disarm();
        check_log(world, n_acknowledged);
        world_ok(world, write_one(world));
        n_acknowledged += 1;
        world_close(world);
        world_open(world);
        check_log(world, n_acknowledged);
    }
    assert_true(n_acknowledged > 3);
    world_destroy(world);
}

static void one_failing_write_or_fsync_loses_nothing_that_was_acknowledged(void **state)
{
    (void)state;
    survive_faults(false, false);
}

static void a_disk_that_keeps_failing_loses_nothing_that_was_acknowledged(void **state)
{
    (void)state;
    survive_faults(true, false);
}

static void a_disk_that_is_full_once_is_only_an_error(void **state)
{
    (void)state;
    survive_faults(false, true);
}

static void a_disk_that_stays_full_loses_nothing_that_was_acknowledged(void **state)
{
    (void)state;
    survive_faults(true, true);
}

/* Linux may report a failed fsync once and forget it: the old descriptor must not be
 * trusted. */
static void the_database_is_opened_anew_after_a_failed_fsync(void **state)
{
    (void)state;
    struct world *world = world_make(&hone_sqlite_engine);
    world_ok(world, write_one(world));
    long n_opens = the_faults.n_opens;
    world_ok(world, write_one(world));
    assert_int_equal(n_opens, the_faults.n_opens);
    int rc = 0;
    for (long n = 1; rc != HONE_E_IO; n++) {
        arm(n, false, true); /* writes would say "full", so it is the fsync */
        rc = write_one(world);
        disarm();
    }
    assert_true(the_faults.n_opens > n_opens);
    world_destroy(world);
}

/* Faults while the file is made, opened, or closed with its last copying of the WAL. */
static void opening_and_closing_survive_faults(void **state)
{
    (void)state;
    bool fired = true;
    for (long n = 1; fired; n++) {
        struct world world = {.engine = &hone_sqlite_engine,
                              .folder = support_make_folder(),
                              .now_ms = START_MS};
        arm(n, false, false);
        int rc = hone_store_open(&world.store, world.folder, START_MS, &world.err);
        if (rc == 0) {
            world_close(&world);
        } else {
            assert_int_equal(HONE_E_IO, rc);
            assert_null(world.store);
        }
        fired = the_faults.n_faults > 0;
        disarm();
        world_open(&world);
        assert_int_equal(1, world_add_skill(&world, "triage"));
        world_close(&world);
        support_remove_folder(world.folder);
        free(world.folder);
    }
}

/* Many transactions until the WAL is copied into the file, with a fault somewhere in the
 * copying. */
static void copying_the_wal_survives_faults(void **state)
{
    (void)state;
    for (long n = 1; n < 400; n += 37) {
        struct world *world = world_make(&hone_sqlite_engine);
        uint64_t n_acknowledged = 0;
        for (int i = 0; i < 30; i++) {
            world_ok(world, write_one(world));
            n_acknowledged += 1;
        }
        arm(n, true, false);
        world_close(world);
        disarm();
        world_open(world);
        check_log(world, n_acknowledged);
        world_destroy(world);
    }
}

static void work_in_a_broken_transaction_is_refused_until_it_ends(void **state)
{
    (void)state;
    struct world *world = world_make(&hone_sqlite_engine);
    enum { N = 2000 };
    struct hone_call_record *calls = hone_alloc_zeroed(N, sizeof(calls[0]));
    char *large = hone_alloc_zeroed(1, 80000);
    memset(large, 'x', 80000);
    int rc = 0;
    world_begin(world);
    arm(1, true, true);
    /* More than the page cache holds, so that pages are written before the commit. */
    for (size_t i = 0; rc == 0 && i < N; i++) {
        calls[i] = make_call(world, world->skill.id);
        calls[i].input = hone_span_of(large, 80000);
        rc = append_records(world, &calls[i], 1);
    }
    assert_int_equal(HONE_E_FULL, rc);
    disarm();
    assert_int_equal(HONE_E_FULL, append_records(world, &calls[0], 1));
    assert_int_equal(HONE_E_FULL, hone_store_commit(world->store, &world->err));
    check_log(world, 0);
    world_ok(world, write_one(world));
    check_log(world, 1);
    free(calls);
    free(large);
    world_destroy(world);
}

/* ---- a real limit of the operating system ---- */

static int fill_up(const char *folder)
{
    struct world world = {
        .engine = &hone_sqlite_engine, .folder = NULL, .now_ms = START_MS + 100000};
    struct rlimit limit;
    uint64_t n_acknowledged = 0;
    int rc = 0;
    world.folder = hone_alloc_text(folder);
    hone_arena_init(&world.arena, (size_t)64 * 1024 * 1024);
    signal(SIGXFSZ, SIG_IGN);
    world_open(&world);
    world.skill.id = 1;
    assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &limit));
    limit.rlim_cur = 512 * 1024;
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &limit));
    while ((rc = write_one(&world)) == 0) {
        n_acknowledged += 1;
    }
    assert_int_equal(HONE_E_FULL, rc);
    assert_int_equal(HONE_E_FULL, write_one(&world));
    assert_true(n_acknowledged > 10);
    check_log(&world, n_acknowledged); /* reading goes on */
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &limit));
    world_ok(&world, write_one(&world));
    check_log(&world, n_acknowledged + 1);
    world_close(&world);
    world_open(&world);
    check_log(&world, n_acknowledged + 1);
    world_close(&world);
    hone_arena_finish(&world.arena);
    free(world.folder);
    return 0;
}

static void a_full_disk_keeps_earlier_data_and_recovers_when_there_is_room(void **state)
{
    (void)state;
    struct world *world = world_make(&hone_sqlite_engine);
    world_close(world);
    pid_t child = fork(); /* limits cannot be undone in the parent's other tests */
    assert_true(child >= 0);
    if (child == 0) {
        _exit(fill_up(world->folder));
    }
    int status = 0;
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_failing_write_or_fsync_loses_nothing_that_was_acknowledged),
        cmocka_unit_test(a_disk_that_keeps_failing_loses_nothing_that_was_acknowledged),
        cmocka_unit_test(a_disk_that_is_full_once_is_only_an_error),
        cmocka_unit_test(a_disk_that_stays_full_loses_nothing_that_was_acknowledged),
        cmocka_unit_test(the_database_is_opened_anew_after_a_failed_fsync),
        cmocka_unit_test(opening_and_closing_survive_faults),
        cmocka_unit_test(copying_the_wal_survives_faults),
        cmocka_unit_test(work_in_a_broken_transaction_is_refused_until_it_ends),
        cmocka_unit_test(a_full_disk_keeps_earlier_data_and_recovers_when_there_is_room),
    };
    return cmocka_run_group_tests(tests, register_faults, unregister_faults);
}
