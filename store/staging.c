#include "store/staging.h"

#include "base/alloc.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCK_NAME "LOCK" /* of store/folder_lock.c */

static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return hone_alloc_text(".");
    }
    return hone_alloc_bytes(path, slash == path ? 1 : (size_t)(slash - path));
}

static bool is_special(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool is_empty(const char *folder)
{
    bool empty = true;
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return false;
    }
    for (const struct dirent *entry = readdir(entries); empty && entry != NULL;
         entry = readdir(entries)) {
        empty = is_special(entry->d_name);
    }
    closedir(entries);
    return empty;
}

static int refuse_full(const char *target, struct hone_error *err)
{
    hone_error_set(err, HONE_E_EXISTS, "%s is not empty", target);
    hone_error_hint(err, "name a folder that does not exist yet");
    return HONE_E_EXISTS;
}

/* All but the lock, which is ours by now. */
static int clear(const char *folder, struct hone_error *err)
{
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return hone_error_set_errno(err, errno, "cannot read %s", folder);
    }
    for (const struct dirent *entry = readdir(entries); entry != NULL;
         entry = readdir(entries)) {
        if (!is_special(entry->d_name) && strcmp(entry->d_name, LOCK_NAME) != 0) {
            char *path = hone_alloc_format("%s/%s", folder, entry->d_name);
            hone_file_remove_tree(path);
            free(path);
        }
    }
    closedir(entries);
    return 0;
}

static char *without_slashes(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        len -= 1;
    }
    return hone_alloc_bytes(path, len);
}

int hone_staging_open(struct hone_staging *staging, const char *target, bool replaces,
                      struct hone_error *err)
{
    staging->lock.fd = -1;
    staging->target = without_slashes(target);
    staging->replaces = replaces;
    if (!replaces && hone_file_exists(target) && !is_empty(target)) {
        return refuse_full(target, err);
    }
    char *path = hone_alloc_format("%s.partial", staging->target);
    int rc = hone_file_make_folder(path, 0700, err);
    if (rc == 0) {
        rc = hone_folder_lock_take(&staging->lock, path, err);
    }
    if (rc == 0) {
        staging->path = path; /* from here on it is ours to remove */
        return clear(path, err);
    }
    free(path);
    return rc;
}

void hone_staging_unlock(struct hone_staging *staging)
{
    hone_folder_lock_release(&staging->lock);
}

int hone_staging_lock(struct hone_staging *staging, struct hone_error *err)
{
    return hone_folder_lock_take(&staging->lock, staging->path, err);
}

static int sync_all(const char *folder, struct hone_error *err)
{
    int rc = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || syncfs(fd) != 0) {
        rc = hone_error_set_errno(err, errno, "cannot write %s to disk", folder);
    }
    if (fd >= 0) {
        close(fd);
    }
    return rc;
}

static int give_name(const struct hone_staging *staging, struct hone_error *err)
{
    int rc = staging->replaces ? renameat2(AT_FDCWD, staging->path, AT_FDCWD,
                                           staging->target, RENAME_EXCHANGE)
                               : rename(staging->path, staging->target);
    if (rc == 0) {
        return 0;
    }
    return errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
               ? refuse_full(staging->target, err)
               : hone_error_set_errno(err, errno, "cannot rename %s to %s", staging->path,
                                      staging->target);
}

int hone_staging_place(struct hone_staging *staging, struct hone_error *err)
{
    int rc = sync_all(staging->path, err);
    if (rc == 0) {
        rc = give_name(staging, err);
    }
    if (rc != 0) {
        return rc;
    }
    if (staging->replaces) {
        hone_file_remove_tree(staging->path); /* what was the target */
    }
    free(staging->path);
    staging->path = NULL;
    char *lock = hone_alloc_format("%s/" LOCK_NAME, staging->target);
    (void)unlink(lock);
    free(lock);
    hone_folder_lock_release(&staging->lock);
    char *parent = parent_of(staging->target);
    rc = hone_file_sync_folder(parent, err);
    free(parent);
    return rc;
}

void hone_staging_finish(struct hone_staging *staging)
{
    if (staging->path != NULL) {
        hone_file_remove_tree(staging->path);
        free(staging->path);
    }
    if (staging->target != NULL) { /* it was opened, so lock.fd means something */
        hone_folder_lock_release(&staging->lock);
    }
    free(staging->target);
    *staging = (struct hone_staging){.lock = {-1}};
}
