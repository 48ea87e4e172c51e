#include "base/file.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES       65536u
#define OPEN_FOLDERS_MAX 16

static ssize_t read_some(int fd, char *out, size_t len)
{
    ssize_t n = 0;
    do {
        n = read(fd, out, len);
    } while (n < 0 && errno == EINTR);
    return n;
}

static int refuse_size(const char *path, size_t max_bytes, struct hone_error *err)
{
    return hone_error_set(err, HONE_E_LIMIT, "%s is larger than %zu bytes", path,
                          max_bytes);
}

/* Reads to the end whatever fstat said: the file may grow or shrink meanwhile. With the size
 * that it likely has, the content takes no more memory than it needs. */
static int read_all(struct hone_buf *buf, int fd, size_t likely_bytes, const char *path,
                    struct hone_error *err)
{
    for (;;) {
        char probe;
        size_t room = buf->ceiling - buf->len;
        /* One more than is likely there, to see the end. */
        size_t more =
            buf->len <= likely_bytes ? likely_bytes + 1 - buf->len : (size_t)READ_BYTES;
        size_t want = room < more ? room : more;
        char *end = hone_buf_reserve(buf, want);
        if (end == NULL) {
            return hone_error_set(err, HONE_E_NOMEM, "no memory to read %s", path);
        }
        ssize_t n = want > 0 ? read_some(fd, end, want) : read_some(fd, &probe, 1);
        if (n < 0) {
            return hone_error_set_errno(err, errno, "cannot read %s", path);
        }
        if (n == 0) {
            return 0;
        }
        if (want == 0) {
            return refuse_size(path, buf->ceiling, err);
        }
        hone_buf_grow(buf, (size_t)n);
    }
}

static int check_regular(size_t *size_bytes, int fd, const char *path, size_t max_bytes,
                         struct hone_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return hone_error_set_errno(err, errno, "cannot read %s", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return hone_error_set(err, HONE_E_INVALID, "%s is not a regular file", path);
    }
    if ((uintmax_t)st.st_size > max_bytes) {
        return refuse_size(path, max_bytes, err);
    }
    *size_bytes = (size_t)st.st_size;
    return 0;
}

int hone_file_read(char **out, size_t *len, const char *path, size_t max_bytes,
                   struct hone_error *err)
{
    struct hone_buf buf;
    hone_buf_init(&buf, max_bytes);
    /* Non-blocking, so that opening a pipe by mistake is an answer and not a wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return hone_error_set_errno(err, errno, "cannot open %s", path);
    }
    size_t size_bytes = 0;
    int code = check_regular(&size_bytes, fd, path, max_bytes, err);
    if (code == 0) {
        code = read_all(&buf, fd, size_bytes, path, err);
    }
    close(fd);
    if (code == 0) {
        *out = hone_buf_take(&buf, len);
    }
    hone_buf_finish(&buf);
    return code;
}

static int write_all(int fd, struct hone_span data)
{
    while (data.len > 0) {
        ssize_t n = write(fd, data.data, data.len);
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        if (n > 0) {
            data = hone_span_of(data.data + n, data.len - (size_t)n);
        }
    }
    return 0;
}

/* Everything up to the rename; closes fd. Returns 0, or -1 with errno. */
static int fill_and_close(int fd, struct hone_span data, unsigned mode)
{
    if (fchmod(fd, (mode_t)mode) != 0 || write_all(fd, data) != 0 || fsync(fd) != 0) {
        int saved_errno = errno;
        close(fd);
        errno = saved_errno;
        return -1;
    }
    return close(fd);
}

/* The folder that path is in, for the caller to free(). */
static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return hone_alloc_text(".");
    }
    return hone_alloc_bytes(path, slash == path ? 1 : (size_t)(slash - path));
}

int hone_file_write(const char *path, struct hone_span data, unsigned mode,
                    struct hone_error *err)
{
    int code = 0;
    char *folder = parent_of(path);
    char *temporary = hone_alloc_format("%s.tmp-XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        code = hone_error_set_errno(err, errno, "cannot write to %s", folder);
        goto out;
    }
    if (fill_and_close(fd, data, mode) != 0 || rename(temporary, path) != 0) {
        code = hone_error_set_errno(err, errno, "cannot write %s", path);
        (void)unlink(temporary);
        goto out;
    }
    code = hone_file_sync_folder(folder, err);
out:
    free(temporary);
    free(folder);
    return code;
}

/* Makes one folder whose parent exists; one that exists already is fine. */
static int make_one_folder(const char *path, unsigned mode, struct hone_error *err)
{
    if (mkdir(path, (mode_t)mode) != 0) {
        int mkdir_errno = errno;
        /* EROFS and EACCES also come for folders that exist. */
        if (hone_file_is_folder(path)) {
            return 0;
        }
        if (mkdir_errno == EEXIST) {
            return hone_error_set(err, HONE_E_EXISTS, "%s exists and is not a folder",
                                  path);
        }
        return hone_error_set_errno(err, mkdir_errno, "cannot make folder %s", path);
    }
    char *parent = parent_of(path);
    int code = hone_file_sync_folder(parent, err);
    free(parent);
    return code;
}

int hone_file_make_folder(const char *path, unsigned mode, struct hone_error *err)
{
    int code = 0;
    char *prefix = hone_alloc_text(path);
    size_t len = strlen(prefix);
    while (len > 1 && prefix[len - 1] == '/') {
        prefix[--len] = '\0';
    }
    for (char *slash = strchr(prefix + (len > 0), '/'); slash != NULL && code == 0;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        code = make_one_folder(prefix, mode, err);
        *slash = '/';
    }
    if (code == 0) {
        code = make_one_folder(prefix, mode, err);
    }
    free(prefix);
    return code;
}

int hone_file_sync_folder(const char *path, struct hone_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return hone_error_set_errno(err, errno, "cannot open folder %s", path);
    }
    int code = 0;
    /* EINVAL: this file system keeps names without being asked to. */
    if (fsync(fd) != 0 && errno != EINVAL) {
        code = hone_error_set_errno(err, errno, "cannot sync folder %s", path);
    }
    close(fd);
    return code;
}

bool hone_file_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool hone_file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *position)
{
    (void)status;
    (void)type;
    (void)position;
    (void)remove(path);
    return 0;
}

void hone_file_remove_tree(const char *path)
{
    (void)nftw(path, remove_entry, OPEN_FOLDERS_MAX, FTW_DEPTH | FTW_PHYS);
}
