#include "store/backup_manifest.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME      "manifest.json"
#define FORMAT         1
#define FILE_BYTES_MAX ((size_t)256 * 1024 * 1024)

void hone_backup_manifest_blob(char out[HONE_BACKUP_PATH_SIZE], struct hone_digest digest)
{
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(digest, text);
    (void)snprintf(out, HONE_BACKUP_PATH_SIZE, "blobs/%.2s/%s.safetensors", text, text);
}

/* ---- writing ---- */

static json_t *make_digest(struct hone_digest digest)
{
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(digest, text);
    return json_string(text);
}

static json_t *make_files(const struct hone_backup_manifest *manifest)
{
    json_t *files = json_array();
    for (size_t i = 0; i < manifest->n_files; i++) {
        const struct hone_backup_file *file = &manifest->files[i];
        (void)json_array_append_new(files, json_pack("{s:s,s:o,s:I}", "path", file->path,
                                                     "sha256", make_digest(file->digest),
                                                     "size_bytes",
                                                     (json_int_t)file->size_bytes));
    }
    return files;
}

static json_t *make_skills(const struct hone_backup_manifest *manifest)
{
    json_t *skills = json_array();
    for (size_t i = 0; i < manifest->n_skills; i++) {
        const struct hone_store_copy_skill *skill = &manifest->skills[i];
        (void)json_array_append_new(
            skills,
            json_pack("{s:s%,s:I,s:I,s:I,s:I,s:I,s:o}", "name", skill->name.data,
                      skill->name.len, "live_version", (json_int_t)skill->live_version,
                      "log_end", (json_int_t)skill->log_end, "calls",
                      (json_int_t)skill->n_calls, "feedback",
                      (json_int_t)skill->n_feedback, "audit_rows",
                      (json_int_t)skill->n_audit, "audit_hash",
                      make_digest(skill->audit_hash)));
    }
    return skills;
}

int hone_backup_manifest_write(const struct hone_backup_manifest *manifest,
                               const char *folder, struct hone_error *err)
{
    char created[HONE_CLOCK_TEXT_SIZE];
    hone_clock_format_unix_ms(created, manifest->created_unix_ms);
    json_t *document = json_pack("{s:i,s:s,s:s,s:I,s:o,s:o}", "format", FORMAT, "hone",
                                 HONE_VERSION, "created", created, "created_unix_ms",
                                 (json_int_t)manifest->created_unix_ms, "skills",
                                 make_skills(manifest), "files", make_files(manifest));
    char *text = document != NULL ? json_dumps(document, JSON_INDENT(1)) : NULL;
    char *path = hone_alloc_format("%s/" FILE_NAME, folder);
    int rc = text != NULL ? hone_file_write(path, hone_span_text(text), 0600, err)
                          : hone_error_set(err, HONE_E_NOMEM,
                                           "no memory for the list of "
                                           "files");
    free(path);
    free(text);
    json_decref(document);
    return rc;
}

/* ---- reading ---- */

static int refuse(struct hone_error *err, const char *what)
{
    hone_error_set(err, HONE_E_CORRUPT, FILE_NAME " is damaged: %s", what);
    hone_error_hint(err, "take another backup");
    return HONE_E_CORRUPT;
}

static int read_digest(struct hone_digest *out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value)
               ? hone_digest_parse(out, hone_span_of(json_string_value(value),
                                                     json_string_length(value)))
               : HONE_E_INVALID;
}

static int read_count(uint64_t *out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return HONE_E_INVALID;
    }
    *out = (uint64_t)json_integer_value(value);
    return 0;
}

/* Only names that a backup can have; so none leads out of the folder. */
static bool is_path(const char *path, struct hone_digest digest)
{
    char blob[HONE_BACKUP_PATH_SIZE];
    hone_backup_manifest_blob(blob, digest);
    return strcmp(path, HONE_BACKUP_DATABASE) == 0 || strcmp(path, blob) == 0;
}

static int read_file(struct hone_backup_file *out, const json_t *item,
                     struct hone_arena *arena)
{
    const char *path = json_string_value(json_object_get(item, "path"));
    if (path == NULL || read_digest(&out->digest, item, "sha256") != 0 ||
        read_count(&out->size_bytes, item, "size_bytes") != 0 ||
        !is_path(path, out->digest)) {
        return HONE_E_INVALID;
    }
    out->path = hone_arena_text(arena, hone_span_text(path));
    return out->path != NULL ? 0 : HONE_E_LIMIT;
}

static int read_skill(struct hone_store_copy_skill *out, const json_t *item,
                      struct hone_arena *arena)
{
    const json_t *name = json_object_get(item, "name");
    uint64_t live = 0;
    if (!json_is_string(name) || read_count(&live, item, "live_version") != 0 ||
        live > UINT32_MAX || read_count(&out->log_end, item, "log_end") != 0 ||
        read_count(&out->n_calls, item, "calls") != 0 ||
        read_count(&out->n_feedback, item, "feedback") != 0 ||
        read_count(&out->n_audit, item, "audit_rows") != 0 ||
        read_digest(&out->audit_hash, item, "audit_hash") != 0) {
        return HONE_E_INVALID;
    }
    out->live_version = (uint32_t)live;
    return hone_arena_span(
        arena, hone_span_of(json_string_value(name), json_string_length(name)),
        &out->name);
}

static int read_files(struct hone_backup_manifest *out, const json_t *list,
                      struct hone_arena *arena, struct hone_error *err)
{
    bool has_database = false;
    size_t n = json_array_size(list);
    out->files = hone_arena_alloc(arena, n + 1, sizeof(out->files[0]));
    if (out->files == NULL) {
        return hone_error_set(err, HONE_E_LIMIT, "no room for the list of files");
    }
    for (size_t i = 0; i < n; i++) {
        if (read_file(&out->files[i], json_array_get(list, i), arena) != 0) {
            return refuse(err, "an entry of files is not what it must be");
        }
        has_database |= strcmp(out->files[i].path, HONE_BACKUP_DATABASE) == 0;
    }
    out->n_files = n;
    return has_database ? 0 : refuse(err, "files has no " HONE_BACKUP_DATABASE);
}

static int read_skills(struct hone_backup_manifest *out, const json_t *list,
                       struct hone_arena *arena, struct hone_error *err)
{
    size_t n = json_array_size(list);
    out->skills = hone_arena_alloc(arena, n + 1, sizeof(out->skills[0]));
    if (out->skills == NULL) {
        return hone_error_set(err, HONE_E_LIMIT, "no room for the list of skills");
    }
    for (size_t i = 0; i < n; i++) {
        if (read_skill(&out->skills[i], json_array_get(list, i), arena) != 0) {
            return refuse(err, "an entry of skills is not what it must be");
        }
    }
    out->n_skills = n;
    return 0;
}

static int read_document(struct hone_backup_manifest *out, const json_t *document,
                         struct hone_arena *arena, struct hone_error *err)
{
    uint64_t format = 0;
    uint64_t created = 0;
    if (read_count(&format, document, "format") != 0 ||
        read_count(&created, document, "created_unix_ms") != 0) {
        return refuse(err, "format or time is missing");
    }
    if (format > FORMAT) {
        hone_error_set(err, HONE_E_VERSION,
                       "the backup has format %llu, this build reads up to %d",
                       (unsigned long long)format, FORMAT);
        hone_error_hint(err, "use the newer hone that wrote it");
        return HONE_E_VERSION;
    }
    out->created_unix_ms = (int64_t)created;
    int rc = read_files(out, json_object_get(document, "files"), arena, err);
    return rc == 0 ? read_skills(out, json_object_get(document, "skills"), arena, err)
                   : rc;
}

int hone_backup_manifest_parse(struct hone_backup_manifest *out, struct hone_span text,
                               struct hone_arena *arena, struct hone_error *err)
{
    struct hone_backup_manifest manifest = {0};
    json_error_t problem;
    json_t *document = json_loadb(text.data != NULL ? text.data : "", text.len,
                                  JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
    int rc = document != NULL ? read_document(&manifest, document, arena, err)
                              : refuse(err, problem.text);
    json_decref(document);
    if (rc == 0) {
        *out = manifest;
    }
    return rc;
}

int hone_backup_manifest_read(struct hone_backup_manifest *out, const char *folder,
                              struct hone_arena *arena, struct hone_error *err)
{
    char *path = hone_alloc_format("%s/" FILE_NAME, folder);
    char *text = NULL;
    size_t len = 0;
    int rc = hone_file_read(&text, &len, path, FILE_BYTES_MAX, err);
    if (rc == HONE_E_NOT_FOUND) {
        hone_error_set(err, rc, "%s is no backup: it has no " FILE_NAME, folder);
        hone_error_hint(err, "name a folder that \"hone backup\" has made");
    } else if (rc == 0) {
        rc = hone_backup_manifest_parse(out, hone_span_of(text, len), arena, err);
    }
    free(text);
    free(path);
    return rc;
}
