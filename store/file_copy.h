/* Copying a file in slices, with the SHA-256 of what was read. Nothing is durable before
 * the caller syncs the copy's file system. Thread: any but the loop; one at a time. */
#ifndef HONE_STORE_FILE_COPY_H
#define HONE_STORE_FILE_COPY_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct hone_file_copy {
    int from, to; /* -1: not open */
    struct hone_digest_stream stream;
    struct hone_digest digest; /* when all was read */
    uint64_t size_bytes;       /* read so far */
};

void hone_file_copy_init(struct hone_file_copy *copy);
/* to: a new file, which gets exactly this mode; NULL: it is only read. HONE_E_NOT_FOUND,
 * HONE_E_EXISTS. */
int hone_file_copy_start(struct hone_file_copy *copy, const char *from, const char *to,
                         unsigned mode, struct hone_error *err) HONE_MUST_USE;
/* At most max_bytes on. 1: there is more; 0: it is complete. */
int hone_file_copy_step(struct hone_file_copy *copy, uint64_t max_bytes,
                        struct hone_error *err) HONE_MUST_USE;
/* Closes both; ready for the next. Digest and size stay. */
void hone_file_copy_finish(struct hone_file_copy *copy);

#endif
