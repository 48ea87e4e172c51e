#include "offline/lines.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK_BYTES 65536

struct hone_lines {
    FILE *file;
    char *path;
    struct hone_buf line;
    uint64_t number, n_bytes, n_total;
    bool was_ended, is_over, has_odd_quotes;
    size_t at, n_block; /* what is left of the block */
    char block[BLOCK_BYTES];
};

static int refuse(const struct hone_lines *lines, int errno_value, struct hone_error *err)
{
    return hone_error_set_errno(err, errno_value, "cannot read %s", lines->path);
}

int hone_lines_open(struct hone_lines **out, const char *path, struct hone_error *err)
{
    struct stat status = {0};
    struct hone_lines *lines = hone_alloc_zeroed(1, sizeof(*lines));
    lines->path = hone_alloc_text(strcmp(path, "-") == 0 ? "stdin" : path);
    lines->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    hone_buf_init(&lines->line, HONE_LINES_BYTES_MAX);
    int code = 0;
    if (lines->file == NULL || fstat(fileno(lines->file), &status) != 0) {
        code = refuse(lines, errno, err);
    } else if (S_ISDIR(status.st_mode)) {
        code = refuse(lines, EISDIR, err);
    }
    if (code != 0) {
        hone_lines_close(lines);
        return code;
    }
    lines->n_total = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    *out = lines;
    return 0;
}

void hone_lines_close(struct hone_lines *lines)
{
    if (lines == NULL) {
        return;
    }
    if (lines->file != NULL && lines->file != stdin) {
        (void)fclose(lines->file);
    }
    hone_buf_finish(&lines->line);
    free(lines->path);
    free(lines);
}

/* 1 more, 0 at the end. */
static int fill(struct hone_lines *lines, struct hone_error *err)
{
    lines->at = 0;
    lines->n_block = fread(lines->block, 1, BLOCK_BYTES, lines->file);
    lines->n_bytes += lines->n_block;
    if (lines->n_block > 0) {
        return 1;
    }
    lines->is_over = true;
    return ferror(lines->file) ? refuse(lines, errno, err) : 0;
}

/* What is left of the block up to the line's end, and the end, are taken. */
static bool take_part(struct hone_lines *lines)
{
    const char *begin = lines->block + lines->at;
    size_t n = lines->n_block - lines->at;
    const char *end = memchr(begin, '\n', n);
    size_t len = end != NULL ? (size_t)(end - begin) : n;
    if (lines->line.error == 0) {
        (void)hone_buf_append(&lines->line, begin, len);
    }
    for (size_t i = 0; i < len; i++) {
        lines->has_odd_quotes = lines->has_odd_quotes != (begin[i] == '"');
    }
    lines->at += len + (end != NULL ? 1 : 0);
    return end != NULL;
}

static struct hone_span trimmed(const struct hone_lines *lines)
{
    struct hone_span line = hone_buf_span(&lines->line);
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }
    if (lines->number == 1 && line.len >= 3 &&
        memcmp(line.data, "\xef\xbb\xbf", 3) == 0) {
        line.data += 3;
        line.len -= 3;
    }
    return line;
}

int hone_lines_next(struct hone_lines *lines, struct hone_span *out,
                    struct hone_error *err)
{
    bool any = false;
    hone_buf_clear(&lines->line);
    lines->line.error = 0;
    lines->was_ended = lines->has_odd_quotes = false;
    while (!lines->was_ended) {
        int more = lines->at < lines->n_block ? 1 : lines->is_over ? 0 : fill(lines, err);
        if (more < 0) {
            return more;
        }
        if (more == 0) {
            break;
        }
        any = true;
        lines->was_ended = take_part(lines);
    }
    if (!any) {
        return 0;
    }
    lines->number++;
    if (lines->line.error != 0) {
        return hone_error_set(err, HONE_E_LIMIT, "the line has more than %d bytes",
                              HONE_LINES_BYTES_MAX);
    }
    *out = trimmed(lines);
    return 1;
}

uint64_t hone_lines_number(const struct hone_lines *lines)
{
    return lines->number;
}

bool hone_lines_was_ended(const struct hone_lines *lines)
{
    return lines->was_ended;
}

bool hone_lines_has_odd_quotes(const struct hone_lines *lines)
{
    return lines->has_odd_quotes;
}

int hone_lines_rewind(struct hone_lines *lines, struct hone_error *err)
{
    if (lines->n_total == 0 && lines->n_bytes > 0) {
        return hone_error_set(err, HONE_E_IO, "%s cannot be read twice: give a file",
                              lines->path);
    }
    if (fseek(lines->file, 0, SEEK_SET) != 0) {
        return refuse(lines, errno, err);
    }
    lines->number = lines->n_bytes = 0;
    lines->at = lines->n_block = 0;
    lines->is_over = false;
    return 0;
}

uint64_t hone_lines_bytes(const struct hone_lines *lines)
{
    return lines->n_bytes - (lines->n_block - lines->at);
}

uint64_t hone_lines_bytes_total(const struct hone_lines *lines)
{
    return lines->n_total;
}
