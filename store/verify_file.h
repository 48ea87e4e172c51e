/* Checking a tensors file in slices: its size and the SHA-256 of its bytes.
 * Thread: any but the loop; one at a time. */
#ifndef HONE_STORE_VERIFY_FILE_H
#define HONE_STORE_VERIFY_FILE_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct hone_verify_file {
    int fd; /* -1: not begun */
    struct hone_digest_stream stream;
    uint64_t size_bytes; /* read so far */
};

void hone_verify_file_init(struct hone_verify_file *file);
/* Reads at most max_bytes on. 1: there is more; 0: it is whole; HONE_E_CORRUPT and
 * HONE_E_NOT_FOUND say what is wrong. */
int hone_verify_file_step(struct hone_verify_file *file, const char *path,
                          struct hone_digest digest, uint64_t size_bytes,
                          uint64_t max_bytes, struct hone_error *err) HONE_MUST_USE;
/* Closes it; ready for the next. */
void hone_verify_file_finish(struct hone_verify_file *file);

#endif
