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

/* Reads the next file; *left_bytes is what the package may still hold. */
static int read_file(struct hone_package_file *file, const struct walk *walk,
                     size_t *left_bytes)
{
    char *path = hone_alloc_format("%s/%s", walk->folder, file->path);
    int code = hone_file_read(&file->content, &file->len, path, *left_bytes, walk->err);
    if (code == HONE_E_LIMIT) {
        code = hone_error_set(walk->err, HONE_E_LIMIT,
                              "%s: the files are over %d bytes together", walk->folder,
                              HONE_PACKAGE_FILE_BYTES_MAX);
    }
    if (code == 0) {
        *left_bytes -= file->len;
        file->digest = hone_digest_of(hone_span_of(file->content, file->len));
    }
    free(path);
    return code;
}

static void add_record(struct hone_digest_stream *stream,
                       const struct hone_package_file *file)
{
    char text[HONE_DIGEST_TEXT_LEN + 1], size[32];
    hone_digest_format(file->digest, text);
    int size_len = snprintf(size, sizeof(size), "%zu", file->len);
    hone_digest_stream_update(stream, file->path, strlen(file->path) + 1);
    hone_digest_stream_update(stream, size, (size_t)size_len + 1);
    hone_digest_stream_update(stream, text, HONE_DIGEST_TEXT_LEN);
    hone_digest_stream_update(stream, "\n", 1);
}

/* Takes the paths from the walk. */
static int read_files(struct hone_package_files *files, struct hone_digest *digest,
                      struct walk *walk)
{
    struct hone_digest_stream stream;
    size_t left_bytes = HONE_PACKAGE_FILE_BYTES_MAX;
    int code = 0;
    files->items = hone_alloc_zeroed(walk->n_paths + 1, sizeof(*files->items));
    hone_digest_stream_init(&stream);
    for (size_t i = 0; i < walk->n_paths && code == 0; i++) {
        struct hone_package_file *file = &files->items[files->n++];
        file->path = walk->paths[i];
        walk->paths[i] = NULL;
        code = read_file(file, walk, &left_bytes);
        if (code == 0) {
            add_record(&stream, file);
        }
    }
    *digest = hone_digest_stream_final(&stream);
    return code;
}

int hone_package_files_read(struct hone_package_files *out, struct hone_digest *digest,
                            const char *folder, struct hone_error *err)
{
    struct walk walk = {.folder = folder, .err = err};
    struct hone_package_files files = {0};
    struct hone_digest seen;
    int code = walk_folder(&walk, "", 0);
    if (walk.n_paths > 0) {
        qsort(walk.paths, walk.n_paths, sizeof(*walk.paths), compare_paths);
    }
    if (code == 0) {
        code = read_files(&files, &seen, &walk);
    }
    if (code == 0) {
        *out = files;
        *digest = seen;
    } else {
        hone_package_files_finish(&files);
    }
    walk_finish(&walk);
    return code;
}

void hone_package_files_make(struct hone_package_files *out, struct hone_digest *digest,
                             const struct hone_package_text *texts, size_t n_texts)
{
    struct hone_digest_stream stream;
    struct hone_package_files files = {0};
    files.items = hone_alloc_zeroed(n_texts + 1, sizeof(*files.items));
    hone_digest_stream_init(&stream);
    while (files.n < n_texts) {
        struct hone_package_file *file = &files.items[files.n];
        file->path = hone_alloc_text(texts[files.n].path);
        file->content = hone_alloc_text(texts[files.n].content);
        file->len = strlen(file->content);
        file->digest = hone_digest_of(hone_span_of(file->content, file->len));
        add_record(&stream, file);
        files.n += 1;
    }
    *digest = hone_digest_stream_final(&stream);
    *out = files;
}

const struct hone_package_file *
hone_package_files_find(const struct hone_package_files *files, const char *path)
{
    for (size_t i = 0; i < files->n; i++) {
        if (strcmp(files->items[i].path, path) == 0) {
            return &files->items[i];
        }
    }
    return NULL;
}

void hone_package_files_finish(struct hone_package_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->items[i].path);
        free(files->items[i].content);
    }
    free(files->items);
    *files = (struct hone_package_files){0};
}
