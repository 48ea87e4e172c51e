#include "offline/csv.h"

#include <string.h>

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

static int give_up(struct hone_csv *csv, int code, const char *why,
                   struct hone_error *err)
{
    csv->in_quotes = false;
    return hone_error_set(err, code, "%s", why);
}

static int end_cell(struct hone_csv *csv, struct hone_error *err)
{
    if (csv->text.error != 0) {
        return give_up(csv, HONE_E_LIMIT, "the record has more than 1 MiB", err);
    }
    if (csv->n_cells == HONE_CSV_CELLS_MAX) {
        return give_up(csv, HONE_E_LIMIT, "the record has more than 1,024 cells", err);
    }
    csv->ends[csv->n_cells++] = csv->text.len;
    return 0;
}

/* What is inside quotes, up to the closing one: true when that is there. */
static bool take_quoted(struct hone_csv *csv, struct hone_span line, size_t *at)
{
    while (*at < line.len) {
        const char *quote = memchr(line.data + *at, '"', line.len - *at);
        size_t end = quote != NULL ? (size_t)(quote - line.data) : line.len;
        (void)hone_buf_append(&csv->text, line.data + *at, end - *at);
        *at = end;
        if (quote == NULL) {
            return false;
        }
        if (end + 1 == line.len || line.data[end + 1] != '"') {
            *at = end + 1;
            return true;
        }
        (void)hone_buf_append(&csv->text, "\"", 1);
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
            return give_up(csv, HONE_E_INVALID,
                           "a quote stands inside a cell that does not begin with one",
                           err);
        }
        *at += 1;
    }
    (void)hone_buf_append(&csv->text, line.data + begin, *at - begin);
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
        (void)hone_buf_append(&csv->text, "\n", 1);
        return csv->text.error == 0
                   ? 0
                   : give_up(csv, HONE_E_LIMIT, "the record has more than 1 MiB", err);
    }
    if (*at < line.len && line.data[*at] != csv->delimiter) {
        return give_up(csv, HONE_E_INVALID, "text stands behind a closing quote", err);
    }
    return 1;
}

int hone_csv_line(struct hone_csv *csv, struct hone_span line, struct hone_error *err)
{
    size_t at = 0;
    if (!csv->in_quotes) {
        hone_buf_clear(&csv->text);
        csv->text.error = 0;
        csv->n_cells = csv->n_lines = 0;
    }
    csv->n_lines++;
    for (;;) {
        int ended = take_cell(csv, line, &at, err);
        if (ended != 1) {
            return ended;
        }
        int code = end_cell(csv, err);
        if (code != 0) {
            return code;
        }
        if (at == line.len) {
            return 1;
        }
        at++; /* the delimiter: another cell follows, if an empty one */
    }
}
