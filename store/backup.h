/* Backing up a store that goes on working, into a folder of its own:
 *
 *   hone.db             the database as it was when its copy was complete
 *   blobs/ab/ab12...    the tensors files that the copy names
 *   manifest.json       SHA-256 and size of each file, and of each skill where it stood
 *                       and the hash of its last audit row
 *
 * The folder appears, under its name, when all of it is on disk (store/staging.h).
 *
 * Goes in short steps; what the next one needs is said by hone_backup_next. */
#ifndef HONE_STORE_BACKUP_H
#define HONE_STORE_BACKUP_H

#include "base/attr.h"
#include "base/error.h"
#include "store/store.h"

#include <jansson.h>

struct hone_backup;

enum hone_backup_work {
    HONE_BACKUP_DONE,
    HONE_BACKUP_ROWS,  /* belongs to the thread of the store, outside of a transaction */
    HONE_BACKUP_BYTES, /* of files: any thread but the loop */
};

/* folder: a path that does not exist yet, or an empty folder; copied. */
struct hone_backup *hone_backup_create(struct hone_store *store, const char *folder,
                                       int64_t now_unix_ms) HONE_MUST_USE;
enum hone_backup_work hone_backup_next(const struct hone_backup *backup);
/* The next step. After a failure the last steps still tidy up; the one after which nothing
 * is left to do returns what went wrong: HONE_E_EXISTS, HONE_E_BUSY, HONE_E_FULL,
 * HONE_E_CORRUPT when a tensors file is damaged (it is named), HONE_E_IO. */
int hone_backup_step(struct hone_backup *backup, struct hone_error *err) HONE_MUST_USE;
/* {folder, created, files, bytes, skills}. New reference. */
json_t *hone_backup_report(const struct hone_backup *backup) HONE_MUST_USE;
/* Before the end: gives it up, on the thread of the store. Accepts NULL. */
void hone_backup_destroy(struct hone_backup *backup);

#endif
