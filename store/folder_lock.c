#include "store/folder_lock.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int refuse_open(const char *path, int error_number, struct hone_error *err)
{
    if (error_number == EACCES || error_number == EPERM || error_number == EROFS) {
        hone_error_set(err, HONE_E_READ_ONLY, "cannot write %s: %s", path,
                       strerror(error_number));
        hone_error_hint(
            err, "give this user write access to the data folder, or name another");
        return HONE_E_READ_ONLY;
    }
    return hone_error_set_errno(err, error_number, "cannot open %s", path);
}

static int refuse_busy(int fd, const char *folder, struct hone_error *err)
{
    char text[32] = "";
    ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    long pid = strtol(text, NULL, 10);
    if (pid > 0) {
        hone_error_set(err, HONE_E_BUSY, "%s is in use by process %ld", folder, pid);
    } else {
        hone_error_set(err, HONE_E_BUSY, "%s is in use by another process", folder);
    }
    hone_error_hint(err, "stop that process, or name another data folder");
    return HONE_E_BUSY;
}

int hone_folder_lock_take(struct hone_folder_lock *lock, const char *folder,
                          struct hone_error *err)
{
    char *path = hone_alloc_format("%s/LOCK", folder);
    int rc = 0;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        rc = refuse_open(path, errno, err);
        goto out;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        rc = errno == EWOULDBLOCK
                 ? refuse_busy(fd, folder, err)
                 : hone_error_set_errno(err, errno, "cannot lock %s", path);
        goto out;
    }
    char text[32];
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    /* Without the pid the lock still holds, so that a full disk does not
     * stop an opening. */
    if (ftruncate(fd, 0) == 0) {
        ssize_t ignored = pwrite(fd, text, (size_t)len, 0);
        (void)ignored;
    }
    lock->fd = fd;
    fd = -1;
out:
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    return rc;
}

void hone_folder_lock_release(struct hone_folder_lock *lock)
{
    if (lock->fd >= 0) {
        /* The file stays: removing it would let two processes lock two files
         * of one name. */
        close(lock->fd);
        lock->fd = -1;
    }
}
