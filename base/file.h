/* Files as the rest of the program needs them: whole and bounded in, whole and
 * durable out.
 *
 * Thread: any but the loop (they block). */
#ifndef HONE_BASE_FILE_H
#define HONE_BASE_FILE_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads a regular file of at most max_bytes into memory that the caller frees (NUL
 * behind it). len may be NULL. HONE_E_NOT_FOUND, HONE_E_LIMIT, HONE_E_IO, HONE_E_INVALID
 * (not a regular file). */
int hone_file_read(char **out, size_t *len, const char *path, size_t max_bytes,
                   struct hone_error *err) HONE_MUST_USE;

/* Writes path atomically: temporary file beside it, fsync, rename, fsync of the folder.
 * The file gets exactly this mode, whatever the umask. After an error path holds its old
 * content, or (when only the folder's fsync failed) the new one. */
int hone_file_write(const char *path, struct hone_span data, unsigned mode,
                    struct hone_error *err) HONE_MUST_USE;

/* mkdir -p with the given mode for folders that are made. */
int hone_file_make_folder(const char *path, unsigned mode,
                          struct hone_error *err) HONE_MUST_USE;

int hone_file_sync_folder(const char *path, struct hone_error *err) HONE_MUST_USE;

/* Removes a file, or a folder with all that is in it; links are not followed. What cannot
 * be removed stays. */
void hone_file_remove_tree(const char *path);

bool hone_file_is_folder(const char *path);
bool hone_file_exists(const char *path);

#endif
