#include "offline/csv.h"

#include <string.h>

#define LONG_RECORD "the record has more than 1 MiB"

void hone_csv_init(struct hone_csv *csv, char delimiter)
{
    *csv = (struct hone_csv){.delimiter = delimiter};
    hone_buf_init(&csv->text, HONE_CSV_RECORD_BYTES);
}

void hone_csv_finish(struct hone_csv *csv)
{
    hone_buf_finish(&csv->text);
}

struct hone_span hone_csv_cell(const struct hone_csv *csv, size_t index)
{
    size_t begin = index > 0 ? csv->ends[index - 1] : 0;
    return hone_span_of(csv->text.data + begin, csv->ends[index] - begin);
}

/* Where cells are not where they seem, the next line is as good a beginning as any. */
static int refuse(struct hone_csv *csv, const char *why, struct hone_error *err)
{
    csv->in_quotes = false;
    return hone_error_set(err, HONE_E_INVALID, "%s", why);
}

static void keep(struct hone_csv *csv, const char *text, size_t len)
{
    if (!csv->is_skipping) {
        (void)hone_buf_append(&csv->text, text, len);
    }
}

/* What is inside quotes, up to the closing one: true when that is there. */
static bool take_quoted(struct hone_csv *csv, struct hone_span line, size_t *at)
{
    while (*at < line.len) {
        const char *quote = memchr(line.data + *at, '"', line.len - *at);
        size_t end = quote != NULL ? (size_t)(quote - line.data) : line.len;
        keep(csv, line.data + *at, end - *at);
        *at = end;
        if (quote == NULL) {
            return false;
        }
        if (end + 1 == line.len || line.data[end + 1] != '"') {
            *at = end + 1;
            return true;
        }
        keep(csv, "\"", 1);
        *at = end + 2;
    }
    return false;
}

static int take_bare(struct hone_csv *csv, struct hone_span line, size_t *at,
                     struct hone_error *err)
{
    size_t begin = *at;
    while (*at < line.len && line.data[*at] != csv->delimiter) {
        if (line.data[*at] == '"') {
            return refuse(
                csv, "a quote stands inside a cell that does not begin with one", err);
        }
        *at += 1;
    }
    (void)hone_buf_append(&csv->text, line.data + begin, *at - begin);
    return 0;
}

/* The cells from here to the line's end, kept nowhere; one may go on in the next line. */
static void pass_over(struct hone_csv *csv, struct hone_span line, size_t at)
{
    csv->is_skipping = true;
    while (at < line.len) {
        if (csv->in_quotes || line.data[at] == '"') {
            at += csv->in_quotes ? 0 : 1;
            csv->in_quotes = !take_quoted(csv, line, &at);
        }
        const char *next =
            at < line.len ? memchr(line.data + at, csv->delimiter, line.len - at) : NULL;
        at = next != NULL ? (size_t)(next - line.data) + 1 : line.len;
    }
    csv->is_skipping = csv->in_quotes;
}

static int give_up(struct hone_csv *csv, struct hone_span line, size_t at,
                   const char *why, struct hone_error *err)
{
    pass_over(csv, line, at);
    return hone_error_set(err, HONE_E_LIMIT, "%s", why);
}

static int end_cell(struct hone_csv *csv, struct hone_span line, size_t at,
                    struct hone_error *err)
{
    if (csv->text.error != 0) {
        return give_up(csv, line, at + 1, LONG_RECORD, err);
    }
    if (csv->n_cells == HONE_CSV_CELLS_MAX) {
        return give_up(csv, line, at + 1, "the record has more than 1,024 cells", err);
    }
    csv->ends[csv->n_cells++] = csv->text.len;
    return 0;
}

/* One cell, or what the line has of it: 1 when it ended. */
static int take_cell(struct hone_csv *csv, struct hone_span line, size_t *at,
                     struct hone_error *err)
{
    if (!csv->in_quotes && (*at == line.len || line.data[*at] != '"')) {
        int code = take_bare(csv, line, at, err);
        return code == 0 ? 1 : code;
    }
    *at += csv->in_quotes ? 0 : 1;
    csv->in_quotes = !take_quoted(csv, line, at);
    if (csv->in_quotes) {
        keep(csv, "\n", 1);
        return csv->text.error == 0 ? 0 : give_up(csv, line, *at, LONG_RECORD, err);
    }
    if (*at < line.len && line.data[*at] != csv->delimiter) {
        return refuse(csv, "text stands behind a closing quote", err);
    }
    return 1;
}

/* A record, when none goes on, begins with this line. */
static void begin_line(struct hone_csv *csv)
{
    if (!csv->in_quotes) {
        hone_buf_clear(&csv->text);
        csv->text.error = 0;
        csv->n_cells = csv->n_lines = 0;
    }
    csv->n_lines++;
}

bool hone_csv_skip(struct hone_csv *csv, struct hone_span line)
{
    bool was_skipping = csv->is_skipping;
    begin_line(csv);
    pass_over(csv, line, 0);
    return !was_skipping;
}

bool hone_csv_skip_unseen(struct hone_csv *csv, bool has_odd_quotes)
{
    bool was_skipping = csv->is_skipping;
    begin_line(csv);
    csv->in_quotes = csv->in_quotes != has_odd_quotes;
    csv->is_skipping = csv->in_quotes;
    return !was_skipping;
}

int hone_csv_line(struct hone_csv *csv, struct hone_span line, struct hone_error *err)
{
    size_t at = 0;
    begin_line(csv);
    if (csv->is_skipping) {
        pass_over(csv, line, 0);
        return 0;
    }
    for (;;) {
        int ended = take_cell(csv, line, &at, err);
        if (ended != 1) {
            return ended;
        }
        int code = end_cell(csv, line, at, err);
        if (code != 0) {
            return code;
        }
        if (at == line.len) {
            return 1;
        }
        at++; /* the delimiter: another cell follows, if an empty one */
    }
}
