/* open -> copy (rows) -> contents -> database -> tensors, one file after the other -> seal
 * -> tidy -> release (rows) -> done; from anywhere, after a failure, to tidy.
 *
 * The database comes before the files: while there is a copy the store removes none, so
 * all that it names are there. */
#include "store/backup.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "store/backup_manifest.h"
#include "store/file_copy.h"
#include "store/staging.h"
#include "store/store_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SLICE_BYTES ((uint64_t)1024 * 1024)
#define ARENA_BYTES ((size_t)256 * 1024 * 1024)

enum phase {
    PHASE_OPEN,
    PHASE_START,
    PHASE_COPY,
    PHASE_CONTENTS,
    PHASE_DATABASE,
    PHASE_TENSORS,
    PHASE_SEAL,
    PHASE_TIDY,
    PHASE_RELEASE,
    PHASE_DONE,
};

struct hone_backup {
    struct hone_store *store;
    char *folder;
    int64_t now_unix_ms;
    enum phase phase;
    struct hone_staging staging;
    char *database; /* path of the copy */
    bool has_copy;
    struct hone_arena arena;
    struct hone_store_copy contents;
    struct hone_file_copy file;
    bool file_is_open;
    size_t file_at;
    struct hone_backup_manifest manifest;
    uint64_t n_bytes;
    int status; /* why it ends early */
    struct hone_error error;
};

struct hone_backup *hone_backup_create(struct hone_store *store, const char *folder,
                                       int64_t now_unix_ms)
{
    struct hone_backup *backup = hone_alloc_zeroed(1, sizeof(*backup));
    backup->store = store;
    backup->folder = hone_alloc_text(folder);
    backup->now_unix_ms = now_unix_ms;
    hone_file_copy_init(&backup->file);
    hone_arena_init(&backup->arena, ARENA_BYTES);
    return backup;
}

static void release(struct hone_backup *backup)
{
    if (backup->has_copy) {
        hone_store_end_copy(backup->store);
        backup->has_copy = false;
    }
}

void hone_backup_destroy(struct hone_backup *backup)
{
    if (backup == NULL) {
        return;
    }
    release(backup);
    hone_file_copy_finish(&backup->file);
    hone_staging_finish(&backup->staging);
    hone_arena_finish(&backup->arena);
    free(backup->database);
    free(backup->folder);
    free(backup);
}

enum hone_backup_work hone_backup_next(const struct hone_backup *backup)
{
    switch (backup->phase) {
    case PHASE_START:
    case PHASE_COPY:
    case PHASE_RELEASE:
        return HONE_BACKUP_ROWS;
    case PHASE_DONE:
        return HONE_BACKUP_DONE;
    default:
        return HONE_BACKUP_BYTES;
    }
}

/* ---- the phases ---- */

static int open_folder(struct hone_backup *backup, struct hone_error *err)
{
    int rc = hone_staging_open(&backup->staging, backup->folder, false, err);
    if (rc == 0) {
        backup->database = hone_alloc_format("%s/hone.db", backup->staging.path);
        backup->phase = PHASE_START;
    }
    return rc;
}

static int start(struct hone_backup *backup, struct hone_error *err)
{
    int rc = hone_store_start_copy(backup->store, backup->database, err);
    backup->has_copy = rc == 0;
    backup->phase = PHASE_COPY;
    return rc;
}

static int copy_database(struct hone_backup *backup, struct hone_error *err)
{
    bool more = true;
    int rc = hone_store_step_copy(backup->store, &more, err);
    if (rc == 0 && !more) {
        backup->phase = PHASE_CONTENTS;
    }
    return rc;
}

static int read_contents(struct hone_backup *backup, struct hone_error *err)
{
    struct hone_store_copy *contents = &backup->contents;
    char *blobs = hone_alloc_format("%s/blobs", backup->staging.path);
    int rc = hone_file_make_folder(blobs, 0700, err);
    free(blobs);
    if (rc == 0) {
        rc = hone_store_read_copy(backup->store, backup->database, &backup->arena,
                                  contents, err);
    }
    if (rc != 0) {
        return rc;
    }
    backup->manifest = (struct hone_backup_manifest){
        .created_unix_ms = backup->now_unix_ms,
        .skills = contents->skills,
        .n_skills = contents->n_skills,
        .files = hone_arena_alloc(&backup->arena, contents->n_tensors + 1,
                                  sizeof(backup->manifest.files[0])),
    };
    if (backup->manifest.files == NULL) {
        return hone_error_set(err, HONE_E_LIMIT, "no room for the list of files");
    }
    backup->phase = PHASE_DATABASE;
    return 0;
}

/* The file that was read goes to the manifest. */
static int list_file(struct hone_backup *backup, const char *path, struct hone_error *err)
{
    struct hone_backup_file *file = &backup->manifest.files[backup->manifest.n_files];
    file->path = hone_arena_text(&backup->arena, hone_span_text(path));
    if (file->path == NULL) {
        return hone_error_set(err, HONE_E_LIMIT, "no room for the list of files");
    }
    file->digest = backup->file.digest;
    file->size_bytes = backup->file.size_bytes;
    backup->n_bytes += file->size_bytes;
    backup->manifest.n_files += 1;
    return 0;
}

/* 1: there is more of it. */
static int copy_slice(struct hone_backup *backup, const char *from, const char *to,
                      unsigned mode, struct hone_error *err)
{
    int rc = 0;
    if (!backup->file_is_open) {
        rc = hone_file_copy_start(&backup->file, from, to, mode, err);
        backup->file_is_open = rc == 0;
    }
    if (rc == 0) {
        rc = hone_file_copy_step(&backup->file, SLICE_BYTES, err);
    }
    if (rc != 1) {
        hone_file_copy_finish(&backup->file);
        backup->file_is_open = false;
    }
    return rc;
}

static int read_database(struct hone_backup *backup, struct hone_error *err)
{
    int rc = copy_slice(backup, backup->database, NULL, 0, err);
    if (rc == 0) {
        rc = list_file(backup, HONE_BACKUP_DATABASE, err);
        backup->phase = PHASE_TENSORS;
    }
    return rc;
}

static int check_tensors(const struct hone_backup *backup, const char *path,
                         struct hone_digest wanted, struct hone_error *err)
{
    if (hone_digest_equal(backup->file.digest, wanted)) {
        return 0;
    }
    hone_error_set(err, HONE_E_CORRUPT, "%s does not contain what its name says", path);
    hone_error_hint(err, "\"hone verify\" says which version has it; restore it from "
                         "another backup");
    return HONE_E_CORRUPT;
}

static int make_shard(const char *folder, struct hone_error *err)
{
    return mkdir(folder, 0700) == 0 || errno == EEXIST
               ? 0
               : hone_error_set_errno(err, errno, "cannot make %s", folder);
}

static int copy_tensors(struct hone_backup *backup, struct hone_error *err)
{
    if (backup->file_at == backup->contents.n_tensors) {
        backup->phase = PHASE_SEAL;
        return 0;
    }
    struct hone_digest wanted = backup->contents.tensors[backup->file_at];
    char path[HONE_BACKUP_PATH_SIZE];
    hone_backup_manifest_blob(path, wanted);
    char *from = hone_store_blob_path(backup->store, wanted);
    char *to = hone_alloc_format("%s/%s", backup->staging.path, path);
    char *shard =
        hone_alloc_format("%s/blobs/%02x", backup->staging.path, wanted.bytes[0]);
    int rc = make_shard(shard, err);
    if (rc == 0) {
        rc = copy_slice(backup, from, to, 0444, err);
    }
    if (rc == 0) {
        rc = check_tensors(backup, from, wanted, err);
        backup->file_at += 1;
        rc = rc == 0 ? list_file(backup, path, err) : rc;
    }
    free(shard);
    free(to);
    free(from);
    return rc;
}

static int seal(struct hone_backup *backup, struct hone_error *err)
{
    int rc = hone_backup_manifest_write(&backup->manifest, backup->staging.path, err);
    if (rc == 0) {
        rc = hone_staging_place(&backup->staging, err);
    }
    backup->phase = PHASE_TIDY;
    return rc;
}

static int run_phase(struct hone_backup *backup, struct hone_error *err)
{
    switch (backup->phase) {
    case PHASE_OPEN:
        return open_folder(backup, err);
    case PHASE_START:
        return start(backup, err);
    case PHASE_COPY:
        return copy_database(backup, err);
    case PHASE_CONTENTS:
        return read_contents(backup, err);
    case PHASE_DATABASE:
        return read_database(backup, err);
    case PHASE_TENSORS:
        return copy_tensors(backup, err);
    case PHASE_SEAL:
        return seal(backup, err);
    case PHASE_TIDY:
        hone_staging_finish(&backup->staging);
        backup->phase = PHASE_RELEASE;
        return 0;
    default:
        return 0;
    }
}

int hone_backup_step(struct hone_backup *backup, struct hone_error *err)
{
    HONE_REQUIRE(backup->phase != PHASE_DONE);
    if (backup->phase == PHASE_RELEASE) {
        release(backup);
        backup->phase = PHASE_DONE;
        if (backup->status != 0 && err != NULL) {
            *err = backup->error;
        }
        return backup->status;
    }
    int rc = run_phase(backup, &backup->error);
    if (rc < 0) {
        backup->status = rc;
        backup->phase = PHASE_TIDY;
    }
    return 0;
}

json_t *hone_backup_report(const struct hone_backup *backup)
{
    char created[HONE_CLOCK_TEXT_SIZE];
    hone_clock_format_unix_ms(created, backup->now_unix_ms);
    return json_pack("{s:s,s:s,s:I,s:I,s:I}", "folder", backup->folder, "created",
                     created, "files", (json_int_t)backup->manifest.n_files, "bytes",
                     (json_int_t)backup->n_bytes, "skills",
                     (json_int_t)backup->manifest.n_skills);
}
