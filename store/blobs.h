/* Tensors files, named by what they contain: FOLDER/ab/ab12....safetensors, mode 0444.
 *
 * Crash argument: a file gets its name by rename only after its bytes are on disk, and a
 * row names it only after the rename is on disk. A crash leaves a temporary file or one
 * that no row names; both are swept at the next opening. A name never holds other bytes.
 * Thread: any, except sweep and remove, which belong to the thread that owns the rows. */
#ifndef HONE_STORE_BLOBS_H
#define HONE_STORE_BLOBS_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct hone_blobs {
    char *folder;
    atomic_uint n_temps; /* temporary names given */
};

/* Says whether a row names the digest; an error ends the sweep. */
typedef int (*hone_blobs_named_cb)(void *context, struct hone_digest digest, bool *named,
                                   struct hone_error *err);

/* Makes the folder where it is missing. */
int hone_blobs_init(struct hone_blobs *blobs, const char *folder,
                    struct hone_error *err) HONE_MUST_USE;
void hone_blobs_finish(struct hone_blobs *blobs); /* zeroed memory is fine */

/* free() the paths. */
char *hone_blobs_temp_path(struct hone_blobs *blobs) HONE_MUST_USE;
char *hone_blobs_path(const struct hone_blobs *blobs,
                      struct hone_digest digest) HONE_MUST_USE;

bool hone_blobs_exists(const struct hone_blobs *blobs, struct hone_digest digest);
/* Gives a complete temporary file its name, durably; replaces a file of that name, which
 * heals one that was damaged. */
int hone_blobs_keep(struct hone_blobs *blobs, const char *temp_path,
                    struct hone_digest digest, struct hone_error *err) HONE_MUST_USE;
/* The same for many files: each has its name when this returns, and all are durable after
 * hone_blobs_sync. */
int hone_blobs_place(struct hone_blobs *blobs, const char *temp_path,
                     struct hone_digest digest, struct hone_error *err) HONE_MUST_USE;
int hone_blobs_sync(const struct hone_blobs *blobs, struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND, HONE_E_CORRUPT. */
int hone_blobs_verify(const struct hone_blobs *blobs, struct hone_digest digest,
                      struct hone_error *err) HONE_MUST_USE;
/* A file that is not there is fine. */
int hone_blobs_remove(const struct hone_blobs *blobs, struct hone_digest digest,
                      struct hone_error *err) HONE_MUST_USE;
/* Removes temporary files and files that nothing names; leaves files of
 * other names alone. */
int hone_blobs_sweep(const struct hone_blobs *blobs, hone_blobs_named_cb is_named,
                     void *context, size_t *n_removed,
                     struct hone_error *err) HONE_MUST_USE;

#endif
