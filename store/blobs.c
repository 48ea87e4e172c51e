#include "store/blobs.h"

#include "base/alloc.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX      ".safetensors"
#define TEMP_PREFIX ".tmp-"
#define READ_BYTES  (256 * 1024)

int hone_blobs_init(struct hone_blobs *blobs, const char *folder, struct hone_error *err)
{
    int rc = hone_file_make_folder(folder, 0700, err);
    if (rc != 0) {
        return rc;
    }
    blobs->folder = hone_alloc_text(folder);
    atomic_init(&blobs->n_temps, 0);
    return 0;
}

void hone_blobs_finish(struct hone_blobs *blobs)
{
    free(blobs->folder);
    blobs->folder = NULL;
}

char *hone_blobs_temp_path(struct hone_blobs *blobs)
{
    unsigned n = atomic_fetch_add(&blobs->n_temps, 1);
    return hone_alloc_format("%s/" TEMP_PREFIX "%ld-%u", blobs->folder, (long)getpid(),
                             n);
}

/* The folder of a digest: two hexadecimal digits, so that none grows too large. */
static char *shard_path(const struct hone_blobs *blobs, struct hone_digest digest)
{
    return hone_alloc_format("%s/%02x", blobs->folder, digest.bytes[0]);
}

char *hone_blobs_path(const struct hone_blobs *blobs, struct hone_digest digest)
{
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(digest, text);
    return hone_alloc_format("%s/%.2s/%s" SUFFIX, blobs->folder, text, text);
}

bool hone_blobs_exists(const struct hone_blobs *blobs, struct hone_digest digest)
{
    char *path = hone_blobs_path(blobs, digest);
    bool exists = hone_file_exists(path);
    free(path);
    return exists;
}

/* Nobody may write the file again, and its bytes are on disk before its name is. */
static int seal(const char *path, bool durable, struct hone_error *err)
{
    int rc = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return hone_error_set_errno(err, errno, "cannot open %s", path);
    }
    if (fchmod(fd, 0444) != 0) {
        rc = hone_error_set_errno(err, errno, "cannot set the mode of %s", path);
    } else if (durable && fsync(fd) != 0) {
        rc = hone_error_set_errno(err, errno, "cannot write %s to disk", path);
    }
    close(fd);
    return rc;
}

static int make_shard(const struct hone_blobs *blobs, const char *shard, bool durable,
                      struct hone_error *err)
{
    if (mkdir(shard, 0700) != 0 && errno != EEXIST) {
        return hone_error_set_errno(err, errno, "cannot make %s", shard);
    }
    /* Also when it existed: whoever made it may not have come to this line yet. */
    return durable ? hone_file_sync_folder(blobs->folder, err) : 0;
}

static int move(const struct hone_blobs *blobs, const char *temp_path,
                struct hone_digest digest, bool durable, struct hone_error *err)
{
    char *shard = shard_path(blobs, digest);
    char *path = hone_blobs_path(blobs, digest);
    int rc = seal(temp_path, durable, err);
    if (rc == 0) {
        rc = make_shard(blobs, shard, durable, err);
    }
    if (rc == 0 && rename(temp_path, path) != 0) {
        rc = hone_error_set_errno(err, errno, "cannot rename %s to %s", temp_path, path);
    }
    if (rc == 0 && durable) {
        rc = hone_file_sync_folder(shard, err);
    }
    free(shard);
    free(path);
    return rc;
}

int hone_blobs_keep(struct hone_blobs *blobs, const char *temp_path,
                    struct hone_digest digest, struct hone_error *err)
{
    return move(blobs, temp_path, digest, true, err);
}

int hone_blobs_place(struct hone_blobs *blobs, const char *temp_path,
                     struct hone_digest digest, struct hone_error *err)
{
    /* A file that is replaced is named already: it must be whole at any time. */
    return move(blobs, temp_path, digest, hone_blobs_exists(blobs, digest), err);
}

int hone_blobs_sync(const struct hone_blobs *blobs, struct hone_error *err)
{
    int rc = 0;
    int fd = open(blobs->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* One call for all files, folders and names: to wait for each would take the disk
     * some milliseconds a file. */
    if (fd < 0 || syncfs(fd) != 0) {
        rc = hone_error_set_errno(err, errno, "cannot write %s to disk", blobs->folder);
    }
    if (fd >= 0) {
        close(fd);
    }
    return rc;
}

static int digest_of_file(struct hone_digest *out, const char *path,
                          struct hone_error *err)
{
    int rc = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return hone_error_set_errno(err, errno, "cannot open %s", path);
    }
    unsigned char *data = hone_alloc_zeroed(1, READ_BYTES);
    struct hone_digest_stream stream;
    hone_digest_stream_init(&stream);
    for (;;) {
        ssize_t n = read(fd, data, READ_BYTES);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            rc = hone_error_set_errno(err, errno, "cannot read %s", path);
        }
        if (n <= 0) {
            break;
        }
        hone_digest_stream_update(&stream, data, (size_t)n);
    }
    if (rc == 0) {
        *out = hone_digest_stream_final(&stream);
    }
    free(data);
    close(fd);
    return rc;
}

int hone_blobs_verify(const struct hone_blobs *blobs, struct hone_digest digest,
                      struct hone_error *err)
{
    char *path = hone_blobs_path(blobs, digest);
    struct hone_digest actual;
    int rc = digest_of_file(&actual, path, err);
    if (rc == 0 && !hone_digest_equal(actual, digest)) {
        rc = hone_error_set(err, HONE_E_CORRUPT, "%s does not contain what its name says",
                            path);
        hone_error_hint(
            err, "restore the file from a backup, or roll back to another version");
    }
    free(path);
    return rc;
}

static int remove_file(const char *path, struct hone_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT) {
        return hone_error_set_errno(err, errno, "cannot remove %s", path);
    }
    return 0;
}

int hone_blobs_remove(const struct hone_blobs *blobs, struct hone_digest digest,
                      struct hone_error *err)
{
    char *path = hone_blobs_path(blobs, digest);
    int rc = remove_file(path, err);
    free(path);
    return rc;
}

/* ---- the sweep ---- */

struct sweep {
    hone_blobs_named_cb is_named;
    void *context;
    size_t n_removed;
};

static bool is_temp(const char *name)
{
    return strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0;
}

/* "ab12....safetensors" as a digest; false for any other name. */
static bool parse_name(const char *name, struct hone_digest *out)
{
    size_t len = strlen(name);
    return len == HONE_DIGEST_TEXT_LEN + strlen(SUFFIX) &&
           strcmp(name + HONE_DIGEST_TEXT_LEN, SUFFIX) == 0 &&
           hone_digest_parse(out, hone_span_of(name, HONE_DIGEST_TEXT_LEN)) == 0;
}

static int sweep_file(struct sweep *sweep, const char *folder, const char *name,
                      struct hone_error *err)
{
    struct hone_digest digest;
    bool named = true;
    if (is_temp(name)) {
        named = false;
    } else if (parse_name(name, &digest)) {
        int rc = sweep->is_named(sweep->context, digest, &named, err);
        if (rc != 0) {
            return rc;
        }
    }
    if (named) {
        return 0;
    }
    char *path = hone_alloc_format("%s/%s", folder, name);
    int rc = remove_file(path, err);
    sweep->n_removed += rc == 0 ? 1 : 0;
    free(path);
    return rc;
}

static int sweep_folder(struct sweep *sweep, const char *folder, struct hone_error *err)
{
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return errno == ENOENT || errno == ENOTDIR
                   ? 0
                   : hone_error_set_errno(err, errno, "cannot read %s", folder);
    }
    int rc = 0;
    for (struct dirent *entry = readdir(entries); rc == 0 && entry != NULL;
         entry = readdir(entries)) {
        rc = sweep_file(sweep, folder, entry->d_name, err);
    }
    closedir(entries);
    return rc;
}

int hone_blobs_sweep(const struct hone_blobs *blobs, hone_blobs_named_cb is_named,
                     void *context, size_t *n_removed, struct hone_error *err)
{
    struct sweep sweep = {.is_named = is_named, .context = context};
    int rc = sweep_folder(&sweep, blobs->folder, err);
    for (unsigned shard = 0; rc == 0 && shard < 256; shard++) {
        char *folder = hone_alloc_format("%s/%02x", blobs->folder, shard);
        rc = sweep_folder(&sweep, folder, err);
        free(folder);
    }
    if (rc == 0) {
        *n_removed = sweep.n_removed;
    }
    return rc;
}
