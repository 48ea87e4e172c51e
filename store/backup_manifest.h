/* manifest.json of a backup (docs/store.md): which files it has, with SHA-256 and size,
 * and where each skill stood.
 * Thread: any but the loop. */
#ifndef HONE_STORE_BACKUP_MANIFEST_H
#define HONE_STORE_BACKUP_MANIFEST_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "store/store_internal.h"

#define HONE_BACKUP_DATABASE  "hone.db"
#define HONE_BACKUP_PATH_SIZE 96

struct hone_backup_file {
    const char *path; /* hone.db, or blobs/ab/ab12....safetensors */
    struct hone_digest digest;
    uint64_t size_bytes;
};

struct hone_backup_manifest {
    int64_t created_unix_ms;
    struct hone_backup_file *files;
    size_t n_files;
    struct hone_store_copy_skill *skills;
    size_t n_skills;
};

/* The path of a tensors file in a backup. */
void hone_backup_manifest_blob(char out[HONE_BACKUP_PATH_SIZE],
                               struct hone_digest digest);
int hone_backup_manifest_write(const struct hone_backup_manifest *manifest,
                               const char *folder, struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND: the folder is no backup; HONE_E_VERSION: of a newer build;
 * HONE_E_CORRUPT. */
int hone_backup_manifest_read(struct hone_backup_manifest *out, const char *folder,
                              struct hone_arena *arena,
                              struct hone_error *err) HONE_MUST_USE;
/* The text of one. Paths that it accepts stay inside the folder. */
int hone_backup_manifest_parse(struct hone_backup_manifest *out, struct hone_span text,
                               struct hone_arena *arena,
                               struct hone_error *err) HONE_MUST_USE;

#endif
