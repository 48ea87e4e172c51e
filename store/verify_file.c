#include "store/verify_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define READ_BYTES (64 * 1024)

void hone_verify_file_init(struct hone_verify_file *file)
{
    *file = (struct hone_verify_file){.fd = -1};
}

void hone_verify_file_finish(struct hone_verify_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    hone_verify_file_init(file);
}

/* All of it was read. */
static int check(struct hone_verify_file *file, struct hone_digest digest,
                 uint64_t size_bytes, struct hone_error *err)
{
    if (file->size_bytes != size_bytes) {
        return hone_error_set(
            err, HONE_E_CORRUPT, "the tensors file has %llu bytes instead of %llu",
            (unsigned long long)file->size_bytes, (unsigned long long)size_bytes);
    }
    return hone_digest_equal(hone_digest_stream_final(&file->stream), digest)
               ? 0
               : hone_error_set(err, HONE_E_CORRUPT,
                                "the tensors file does not contain what its name says");
}

int hone_verify_file_step(struct hone_verify_file *file, const char *path,
                          struct hone_digest digest, uint64_t size_bytes,
                          uint64_t max_bytes, struct hone_error *err)
{
    unsigned char data[READ_BYTES];
    if (file->fd < 0) {
        file->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (file->fd < 0) {
            return errno == ENOENT
                       ? hone_error_set(err, HONE_E_NOT_FOUND,
                                        "the tensors file is missing")
                       : hone_error_set_errno(err, errno, "cannot open %s", path);
        }
        hone_digest_stream_init(&file->stream);
    }
    for (uint64_t done = 0; done < max_bytes;) {
        ssize_t n = read(file->fd, data, sizeof(data));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return hone_error_set_errno(err, errno, "cannot read %s", path);
        }
        if (n == 0) {
            return check(file, digest, size_bytes, err);
        }
        hone_digest_stream_update(&file->stream, data, (size_t)n);
        file->size_bytes += (uint64_t)n;
        done += (uint64_t)n;
    }
    return 1;
}
