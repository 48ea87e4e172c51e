/* The files of a package: what is served, and one digest over all of them, from one reading.
 * Thread: any but the loop (reads files). */
#ifndef HONE_SKILLS_PACKAGE_FILES_H
#define HONE_SKILLS_PACKAGE_FILES_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"

#include <stddef.h>

#define HONE_PACKAGE_FILES_DEPTH_MAX 16

struct hone_package_file {
    char *path;                /* relative, UTF-8, "references/more.md" */
    char *content;             /* NUL-terminated */
    size_t len;                /* bytes */
    struct hone_digest digest; /* of the content */
};

/* All regular files of a package but hidden ones and the sub-folder data/, which holds
 * material for demonstrations and tests; sorted by path. */
struct hone_package_files {
    struct hone_package_file *items;
    size_t n;
};

/* Reads all files below folder. *digest is the SHA-256 of one record for each file, in
 * order: relative path, NUL, size in decimal, NUL, SHA-256 of the content in hexadecimal,
 * newline. HONE_E_INVALID for a symbolic link, a special file or a path that is not
 * UTF-8; HONE_E_LIMIT for more than HONE_PACKAGE_FILES_MAX files or, together, more than
 * HONE_PACKAGE_FILE_BYTES_MAX bytes; HONE_E_IO and the like. */
int hone_package_files_read(struct hone_package_files *out, struct hone_digest *digest,
                            const char *folder, struct hone_error *err) HONE_MUST_USE;
/* A file that the program itself has; static. */
struct hone_package_text {
    const char *path, *content;
};

/* As if these files, sorted by path, had been read. */
void hone_package_files_make(struct hone_package_files *out, struct hone_digest *digest,
                             const struct hone_package_text *texts, size_t n_texts);
/* The file of that path, or NULL. */
const struct hone_package_file *
hone_package_files_find(const struct hone_package_files *files, const char *path);
void hone_package_files_finish(struct hone_package_files *files); /* may be zeroed */

#endif
