#include "store/restore.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "store/backup_manifest.h"
#include "store/file_copy.h"
#include "store/folder_lock.h"
#include "store/staging.h"
#include "store/verify.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ARENA_BYTES    ((size_t)512 * 1024 * 1024)
#define NAMES_BYTES    ((size_t)64 * 1024 * 1024)
#define SKILLS_PAGE    256
#define SLICE_BYTES    ((uint64_t)16 * 1024 * 1024)
#define KEPT_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct work {
    const struct hone_restore *restore;
    struct hone_arena arena;
    struct hone_backup_manifest manifest;
    struct hone_staging staging;
    struct hone_folder_lock former; /* of the data folder that is replaced */
    bool replaces;
    uint64_t n_bytes;
};

/* ---- the folder that is there already ---- */

/* What an owner makes in a data folder before anything was recorded. */
static bool is_ours(const char *name)
{
    static const char *const names[] = {
        ".",        "..",          "LOCK",     "START",      "blobs",
        "hone.db",  "hone.db-wal", "hone.log", "hone.log.1", "hone.sock",
        "mcp.sock", "secret",      "tokens",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static int refuse_target(const char *data, const char *why, struct hone_error *err)
{
    hone_error_set(err, HONE_E_EXISTS, "%s is not empty: %s", data, why);
    hone_error_hint(err, "name a folder that does not exist yet, or move this one away");
    return HONE_E_EXISTS;
}

/* *n_names: without "." and "..". */
static int check_names(const char *data, size_t *n_names, struct hone_error *err)
{
    int rc = 0;
    DIR *entries = opendir(data);
    if (entries == NULL) {
        return hone_error_set_errno(err, errno, "cannot read %s", data);
    }
    for (const struct dirent *entry = readdir(entries); rc == 0 && entry != NULL;
         entry = readdir(entries)) {
        *n_names += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
        if (!is_ours(entry->d_name)) {
            rc = refuse_target(data, entry->d_name, err);
        }
    }
    closedir(entries);
    return rc;
}

static int check_skills(struct hone_store *store, const char *data,
                        struct hone_error *err)
{
    struct hone_arena arena;
    struct hone_store_skill_name *names = NULL;
    struct hone_store_skill skill = {0};
    size_t n = SKILLS_PAGE;
    int rc = 0;
    hone_arena_init(&arena, NAMES_BYTES);
    while (rc == 0 && n == SKILLS_PAGE) {
        rc =
            hone_store_list_skills(store, skill.id, SKILLS_PAGE, &arena, &names, &n, err);
        for (size_t i = 0; rc == 0 && i < n; i++) {
            rc = hone_store_read_skill(store, names[i].id, &skill, err);
            if (rc == 0 && skill.n_calls + skill.n_feedback > 0) {
                rc = refuse_target(data, "calls or feedback are recorded in it", err);
            }
        }
    }
    hone_arena_finish(&arena);
    return rc;
}

/* Nothing was recorded in it: then nothing is lost with it. */
static int check_skeleton(const struct work *work, struct hone_error *err)
{
    struct hone_store *store = NULL;
    const char *data = work->restore->data;
    int rc = hone_store_open_to_check(&store, data, work->restore->now_unix_ms, err);
    if (rc == HONE_E_NOT_FOUND) {
        return 0; /* not even a database */
    }
    if (rc == 0) {
        rc = check_skills(store, data, err);
    }
    hone_store_close(store);
    return rc;
}

static bool has_lock(const char *data)
{
    char *path = hone_alloc_format("%s/LOCK", data);
    bool exists = hone_file_exists(path);
    free(path);
    return exists;
}

/* HONE_E_BUSY while somebody works in it. */
static int check_unused(struct work *work, struct hone_error *err)
{
    const char *data = work->restore->data;
    if (!has_lock(data)) {
        return 0;
    }
    int rc = hone_folder_lock_take(&work->former, data, err);
    hone_folder_lock_release(&work->former);
    return rc;
}

static int check_target(struct work *work, struct hone_error *err)
{
    const char *data = work->restore->data;
    size_t n_names = 0;
    if (!hone_file_is_folder(data)) {
        return 0; /* missing; anything but a folder is refused by staging */
    }
    int rc = check_unused(work, err);
    if (rc != 0 || !work->restore->force) {
        return rc;
    }
    rc = check_names(data, &n_names, err);
    if (rc != 0 || n_names == 0) {
        return rc;
    }
    rc = check_skeleton(work, err);
    if (rc == 0) {
        rc = hone_folder_lock_take(&work->former, data, err);
    }
    work->replaces = rc == 0;
    return rc;
}

/* Tokens and the key of the folder that is replaced belong to the place, not to what was
 * learnt. */
static int keep_file(const struct work *work, const char *name, struct hone_error *err)
{
    char *from = hone_alloc_format("%s/%s", work->restore->data, name);
    char *to = hone_alloc_format("%s/%s", work->staging.path, name);
    char *data = NULL;
    size_t len = 0;
    int rc = hone_file_read(&data, &len, from, KEPT_BYTES_MAX, err);
    if (rc == 0) {
        rc = hone_file_write(to, hone_span_of(data, len), 0600, err);
    }
    free(data);
    free(to);
    free(from);
    return rc == HONE_E_NOT_FOUND ? 0 : rc;
}

/* ---- copying ---- */

static int check_file(const struct hone_backup_file *file,
                      const struct hone_file_copy *copy, struct hone_error *err)
{
    const char *what = NULL;
    if (copy->size_bytes != file->size_bytes) {
        what = "has another size than when it was backed up";
    } else if (!hone_digest_equal(copy->digest, file->digest)) {
        what = "has other bytes than when it was backed up";
    }
    if (what == NULL) {
        return 0;
    }
    hone_error_set(err, HONE_E_CORRUPT, "%s of the backup is damaged: it %s", file->path,
                   what);
    hone_error_hint(err, "take another backup");
    return HONE_E_CORRUPT;
}

static int make_parent(const char *path, struct hone_error *err)
{
    char *parent = hone_alloc_text(path);
    *strrchr(parent, '/') = '\0';
    int rc = hone_file_make_folder(parent, 0700, err);
    free(parent);
    return rc;
}

static int copy_file(struct work *work, const struct hone_backup_file *file,
                     struct hone_error *err)
{
    struct hone_file_copy copy;
    bool is_database = strcmp(file->path, HONE_BACKUP_DATABASE) == 0;
    char *from = hone_alloc_format("%s/%s", work->restore->backup, file->path);
    char *to = hone_alloc_format("%s/%s", work->staging.path, file->path);
    hone_file_copy_init(&copy);
    int rc = make_parent(to, err);
    if (rc == 0) {
        rc = hone_file_copy_start(&copy, from, to, is_database ? 0600 : 0444, err);
    }
    if (rc == HONE_E_NOT_FOUND) {
        hone_error_set(err, rc, "%s of the backup is missing", file->path);
        hone_error_hint(err, "take another backup");
    }
    if (rc == 0) {
        do {
            rc = hone_file_copy_step(&copy, SLICE_BYTES, err);
        } while (rc == 1);
    }
    hone_file_copy_finish(&copy);
    work->n_bytes += copy.size_bytes;
    free(to);
    free(from);
    return rc == 0 ? check_file(file, &copy, err) : rc;
}

/* ---- checking ---- */

static int refuse_content(const char *what, struct hone_error *err)
{
    hone_error_set(err, HONE_E_CORRUPT, "the backup is damaged: %s", what);
    hone_error_hint(err, "take another backup");
    return HONE_E_CORRUPT;
}

static const json_t *find_skill(const json_t *report, struct hone_span name)
{
    size_t index;
    const json_t *skill;
    json_array_foreach(json_object_get(report, "skills"), index, skill)
    {
        const json_t *text = json_object_get(skill, "skill");
        if (json_is_string(text) &&
            hone_span_equal(
                name, hone_span_of(json_string_value(text), json_string_length(text)))) {
            return skill;
        }
    }
    return NULL;
}

/* A chain that is whole may still be another one. */
static int check_chain(const json_t *report, const struct hone_store_copy_skill *skill,
                       struct hone_error *err)
{
    char wanted[HONE_DIGEST_TEXT_LEN + 1];
    const json_t *found = find_skill(report, skill->name);
    const char *hash = json_string_value(json_object_get(found, "audit_hash"));
    uint64_t n_rows = (uint64_t)json_integer_value(json_object_get(found, "audit_rows"));
    hone_digest_format(skill->audit_hash, wanted);
    if (n_rows == skill->n_audit &&
        (n_rows == 0 || (hash != NULL && strcmp(hash, wanted) == 0))) {
        return 0;
    }
    char *what = hone_alloc_format("the audit chain of %.*s is not the one that its "
                                   "manifest names",
                                   (int)skill->name.len, skill->name.data);
    int rc = refuse_content(what, err);
    free(what);
    return rc;
}

static int judge(const struct work *work, const json_t *report, struct hone_error *err)
{
    int rc = 0;
    if (!json_is_true(json_object_get(report, "whole"))) {
        const json_t *first = json_array_get(json_object_get(report, "problems"), 0);
        const char *what = json_string_value(json_object_get(first, "message"));
        return refuse_content(what != NULL ? what : "its check failed", err);
    }
    if (json_array_size(json_object_get(report, "skills")) != work->manifest.n_skills) {
        return refuse_content("it has not the skills that its manifest names", err);
    }
    for (size_t i = 0; rc == 0 && i < work->manifest.n_skills; i++) {
        rc = check_chain(report, &work->manifest.skills[i], err);
    }
    return rc;
}

static int check_store(const struct work *work, struct hone_error *err)
{
    struct hone_store *store = NULL;
    int rc = hone_store_open_to_check(&store, work->staging.path,
                                      work->restore->now_unix_ms, err);
    if (rc != 0) {
        return rc;
    }
    struct hone_verify *verify = hone_verify_create(store, hone_span_of(NULL, 0));
    while (rc == 0 && hone_verify_next(verify) != HONE_VERIFY_DONE) {
        rc = hone_verify_step(verify, err);
    }
    if (rc == 0) {
        json_t *report = hone_verify_report(verify);
        rc = judge(work, report, err);
        json_decref(report);
    }
    hone_verify_destroy(verify);
    hone_store_close(store);
    return rc;
}

/* ---- all of it ---- */

static int fill(struct work *work, struct hone_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < work->manifest.n_files; i++) {
        rc = copy_file(work, &work->manifest.files[i], err);
    }
    if (rc == 0 && work->replaces) {
        rc = keep_file(work, "secret", err);
        rc = rc == 0 ? keep_file(work, "tokens", err) : rc;
    }
    if (rc == 0) {
        hone_staging_unlock(&work->staging);
        rc = check_store(work, err);
    }
    return rc == 0 ? hone_staging_lock(&work->staging, err) : rc;
}

static json_t *make_report(const struct work *work)
{
    char created[HONE_CLOCK_TEXT_SIZE];
    json_t *skills = json_array();
    for (size_t i = 0; i < work->manifest.n_skills; i++) {
        const struct hone_store_copy_skill *skill = &work->manifest.skills[i];
        (void)json_array_append_new(
            skills,
            json_pack("{s:s%,s:I,s:I,s:I,s:I}", "skill", skill->name.data,
                      skill->name.len, "live_version", (json_int_t)skill->live_version,
                      "log_end", (json_int_t)skill->log_end, "calls",
                      (json_int_t)skill->n_calls, "feedback",
                      (json_int_t)skill->n_feedback));
    }
    hone_clock_format_unix_ms(created, work->manifest.created_unix_ms);
    return json_pack("{s:s,s:s,s:I,s:I,s:o}", "data", work->restore->data, "created",
                     created, "files", (json_int_t)work->manifest.n_files, "bytes",
                     (json_int_t)work->n_bytes, "skills", skills);
}

int hone_restore_run(const struct hone_restore *restore, json_t **report,
                     struct hone_error *err)
{
    struct work work = {.restore = restore, .former = {-1}};
    hone_arena_init(&work.arena, ARENA_BYTES);
    int rc = hone_backup_manifest_read(&work.manifest, restore->backup, &work.arena, err);
    if (rc == 0) {
        rc = check_target(&work, err);
    }
    if (rc == 0) {
        rc = hone_staging_open(&work.staging, restore->data, work.replaces, err);
    }
    if (rc == 0) {
        rc = fill(&work, err);
    }
    if (rc == 0) {
        rc = hone_staging_place(&work.staging, err);
    }
    if (rc == 0) {
        *report = make_report(&work);
    }
    hone_staging_finish(&work.staging);
    hone_folder_lock_release(&work.former);
    hone_arena_finish(&work.arena);
    return rc;
}
