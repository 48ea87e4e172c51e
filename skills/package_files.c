#include "skills/package_files.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "skills/package.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct walk {
    const char *folder;
    char **paths; /* relative, owned */
    size_t n_paths;
    size_t capacity;
    struct hone_error *err;
};

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void walk_finish(struct walk *walk)
{
    for (size_t i = 0; i < walk->n_paths; i++) {
        free(walk->paths[i]);
    }
    free(walk->paths);
}

static int add_file(struct walk *walk, const char *path)
{
    if (walk->n_paths == HONE_PACKAGE_FILES_MAX) {
        return hone_error_set(
            walk->err, HONE_E_LIMIT,
            "%s: more than %d files; material for tests belongs in data/", walk->folder,
            HONE_PACKAGE_FILES_MAX);
    }
    if (walk->n_paths == walk->capacity) {
        walk->capacity = walk->capacity == 0 ? 16 : walk->capacity * 2;
        walk->paths =
            hone_alloc_resize(walk->paths, walk->capacity, sizeof(*walk->paths));
    }
    walk->paths[walk->n_paths++] = hone_alloc_text(path);
    return 0;
}

static int walk_folder(struct walk *walk, const char *relative, int depth);

static int visit_entry(struct walk *walk, const char *relative, int depth)
{
    if (!hone_text_is_utf8(hone_span_text(relative))) {
        return hone_error_set(walk->err, HONE_E_INVALID, "%s/%s: the name is not UTF-8",
                              walk->folder, relative);
    }
    char *path = hone_alloc_format("%s/%s", walk->folder, relative);
    struct stat st;
    int code = 0;
    if (lstat(path, &st) != 0) {
        code = hone_error_set_errno(walk->err, errno, "%s", path);
    } else if (S_ISDIR(st.st_mode)) {
        code = walk_folder(walk, relative, depth + 1);
    } else if (S_ISREG(st.st_mode)) {
        code = add_file(walk, relative);
    } else if (S_ISLNK(st.st_mode)) {
        code = hone_error_set(walk->err, HONE_E_INVALID,
                              "%s: symbolic links are not allowed in a package", path);
    } else {
        code = hone_error_set(walk->err, HONE_E_INVALID,
                              "%s: neither a regular file nor a folder", path);
    }
    free(path);
    return code;
}

static int walk_entries(struct walk *walk, DIR *entries, const char *relative, int depth)
{
    int code = 0;
    while (code == 0) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (entry == NULL) {
            return errno != 0 ? hone_error_set_errno(walk->err, errno, "%s/%s",
                                                     walk->folder, relative)
                              : 0;
        }
        bool is_top = relative[0] == '\0';
        if (entry->d_name[0] == '.' || (is_top && strcmp(entry->d_name, "data") == 0)) {
            continue;
        }
        char *child = is_top ? hone_alloc_text(entry->d_name)
                             : hone_alloc_format("%s/%s", relative, entry->d_name);
        code = visit_entry(walk, child, depth);
        free(child);
    }
    return code;
}

static int walk_folder(struct walk *walk, const char *relative, int depth)
{
    if (depth > HONE_PACKAGE_FILES_DEPTH_MAX) {
        return hone_error_set(walk->err, HONE_E_LIMIT,
                              "%s/%s: folders nested deeper than %d", walk->folder,
                              relative, HONE_PACKAGE_FILES_DEPTH_MAX);
    }
    char *path = hone_alloc_format("%s/%s", walk->folder, relative);
    DIR *entries = opendir(path);
    int code = 0;
    if (entries == NULL) {
        code = hone_error_set_errno(walk->err, errno, "%s", path);
    } else {
        code = walk_entries(walk, entries, relative, depth);
        (void)closedir(entries);
    }
    free(path);
    return code;
}

/* Adds a file's record to the digest; *left_bytes is what the package may still hold. */
static int digest_file(struct hone_digest_stream *stream, const struct walk *walk,
                       const char *relative, size_t *left_bytes)
{
    char *path = hone_alloc_format("%s/%s", walk->folder, relative);
    char *content = NULL;
    size_t len = 0;
    int code = hone_file_read(&content, &len, path, *left_bytes, walk->err);
    if (code == HONE_E_LIMIT) {
        code = hone_error_set(walk->err, HONE_E_LIMIT,
                              "%s: the files are over %d bytes together", walk->folder,
                              HONE_PACKAGE_FILE_BYTES_MAX);
    }
    if (code == 0) {
        *left_bytes -= len;
        char text[HONE_DIGEST_TEXT_LEN + 1], size[32];
        hone_digest_format(hone_digest_of(hone_span_of(content, len)), text);
        int size_len = snprintf(size, sizeof(size), "%zu", len);
        hone_digest_stream_update(stream, relative, strlen(relative) + 1);
        hone_digest_stream_update(stream, size, (size_t)size_len + 1);
        hone_digest_stream_update(stream, text, HONE_DIGEST_TEXT_LEN);
        hone_digest_stream_update(stream, "\n", 1);
    }
    free(content);
    free(path);
    return code;
}

int hone_package_files_digest(struct hone_digest *out, const char *folder,
                              struct hone_error *err)
{
    struct walk walk = {.folder = folder, .err = err};
    int code = walk_folder(&walk, "", 0);
    if (walk.n_paths > 0) {
        qsort(walk.paths, walk.n_paths, sizeof(*walk.paths), compare_paths);
    }
    struct hone_digest_stream stream;
    hone_digest_stream_init(&stream);
    size_t left_bytes = HONE_PACKAGE_FILE_BYTES_MAX;
    for (size_t i = 0; i < walk.n_paths && code == 0; i++) {
        code = digest_file(&stream, &walk, walk.paths[i], &left_bytes);
    }
    if (code == 0) {
        *out = hone_digest_stream_final(&stream);
    }
    walk_finish(&walk);
    return code;
}
