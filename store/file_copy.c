#include "store/file_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES (64 * 1024)

void hone_file_copy_init(struct hone_file_copy *copy)
{
    *copy = (struct hone_file_copy){.from = -1, .to = -1};
}

void hone_file_copy_finish(struct hone_file_copy *copy)
{
    if (copy->from >= 0) {
        close(copy->from);
    }
    if (copy->to >= 0) {
        close(copy->to);
    }
    copy->from = copy->to = -1;
}

static int open_target(struct hone_file_copy *copy, const char *to, unsigned mode,
                       struct hone_error *err)
{
    copy->to = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (copy->to < 0 || fchmod(copy->to, (mode_t)mode) != 0) {
        return hone_error_set_errno(err, errno, "cannot make %s", to);
    }
    return 0;
}

int hone_file_copy_start(struct hone_file_copy *copy, const char *from, const char *to,
                         unsigned mode, struct hone_error *err)
{
    hone_file_copy_init(copy);
    hone_digest_stream_init(&copy->stream);
    copy->from = open(from, O_RDONLY | O_CLOEXEC);
    int rc = 0;
    if (copy->from < 0) {
        rc = hone_error_set_errno(err, errno, "cannot open %s", from);
    } else if (to != NULL) {
        rc = open_target(copy, to, mode, err);
    }
    if (rc != 0) {
        hone_file_copy_finish(copy);
    }
    return rc;
}

static int write_all(int fd, const unsigned char *data, size_t len,
                     struct hone_error *err)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return hone_error_set_errno(err, errno, "cannot write the copy of a file");
        }
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

int hone_file_copy_step(struct hone_file_copy *copy, uint64_t max_bytes,
                        struct hone_error *err)
{
    unsigned char data[READ_BYTES];
    for (uint64_t done = 0; done < max_bytes;) {
        ssize_t n = read(copy->from, data, sizeof(data));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return hone_error_set_errno(err, errno, "cannot read a file");
        }
        if (n == 0) {
            copy->digest = hone_digest_stream_final(&copy->stream);
            return 0;
        }
        int rc = copy->to >= 0 ? write_all(copy->to, data, (size_t)n, err) : 0;
        if (rc != 0) {
            return rc;
        }
        hone_digest_stream_update(&copy->stream, data, (size_t)n);
        copy->size_bytes += (uint64_t)n;
        done += (uint64_t)n;
    }
    return 1;
}
