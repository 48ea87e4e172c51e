/* The key that seals what clients keep for us (requestState): made once per data folder,
 * in DATA/secret, so that a restart does not break what they hold.
 * Thread: any but the loop (it blocks). */
#ifndef HONE_SERVER_SECRET_FILE_H
#define HONE_SERVER_SECRET_FILE_H

#include "base/attr.h"
#include "base/error.h"
#include "base/secret.h"

/* Reads the folder's key, or makes one; the file has mode 0600. HONE_E_CORRUPT: not a
 * key. To be called while the folder's lock is held. */
int hone_secret_file_open(struct hone_secret_key *out, const char *folder,
                          struct hone_error *err) HONE_MUST_USE;

#endif
