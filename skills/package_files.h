/* The files of a package, and one digest over all of them.
 * Thread: any but the loop (reads files). */
#ifndef HONE_SKILLS_PACKAGE_FILES_H
#define HONE_SKILLS_PACKAGE_FILES_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"

#include <stddef.h>

#define HONE_PACKAGE_FILES_DEPTH_MAX 16

/* Digest over all regular files below folder but hidden ones and the sub-folder data/,
 * which holds material for demonstrations and tests. It is the SHA-256 of one record for
 * each file, sorted by path: relative path, NUL, size in decimal, NUL, SHA-256 of the
 * content in hexadecimal, newline. HONE_E_INVALID for a symbolic link, a special file or
 * a path that is not UTF-8; HONE_E_LIMIT for more than HONE_PACKAGE_FILES_MAX files or,
 * together, more than HONE_PACKAGE_FILE_BYTES_MAX bytes; HONE_E_IO and the like. */
int hone_package_files_digest(struct hone_digest *out, const char *folder,
                              struct hone_error *err) HONE_MUST_USE;

#endif
