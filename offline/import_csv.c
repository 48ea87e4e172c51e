#include "offline/import_csv.h"

#include "base/alloc.h"
#include "base/text.h"
#include "offline/csv.h"
#include "schema/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NO_COLUMN   SIZE_MAX
#define NAME_BYTES  200 /* of a column */
#define NUMBER_BASE 10

struct hone_import_csv {
    const struct hone_import_settings *settings;
    struct hone_csv csv;
    char **names; /* of the columns; NULL before the first record */
    size_t n_columns;
    size_t label_column, text_column;
};

struct hone_import_csv *
hone_import_csv_create(const struct hone_import_settings *settings)
{
    struct hone_import_csv *csv = hone_alloc_zeroed(1, sizeof(*csv));
    csv->settings = settings;
    hone_csv_init(&csv->csv, settings->delimiter);
    return csv;
}

void hone_import_csv_destroy(struct hone_import_csv *csv)
{
    if (csv == NULL) {
        return;
    }
    for (size_t i = 0; csv->names != NULL && i < csv->n_columns; i++) {
        free(csv->names[i]);
    }
    free(csv->names);
    hone_csv_finish(&csv->csv);
    free(csv);
}

/* ---- columns ---- */

static void name_columns(struct hone_import_csv *csv)
{
    csv->n_columns = csv->csv.n_cells;
    csv->names = hone_alloc_zeroed(csv->n_columns, sizeof(*csv->names));
    for (size_t i = 0; i < csv->n_columns; i++) {
        struct hone_span cell = hone_text_prefix(hone_csv_cell(&csv->csv, i), NAME_BYTES);
        csv->names[i] = csv->settings->has_no_header || cell.len == 0
                            ? hone_alloc_format("column_%zu", i + 1)
                            : hone_alloc_bytes(cell.data, cell.len);
    }
}

/* By name, else by number from 1. */
static int find_column(size_t *out, const struct hone_import_csv *csv, const char *wanted,
                       struct hone_error *err)
{
    for (size_t i = 0; i < csv->n_columns; i++) {
        if (strcmp(csv->names[i], wanted) == 0) {
            *out = i;
            return 0;
        }
    }
    char *end = NULL;
    unsigned long number = strtoul(wanted, &end, NUMBER_BASE);
    if (end != wanted && *end == '\0' && number >= 1 && number <= csv->n_columns) {
        *out = (size_t)number - 1;
        return 0;
    }
    (void)hone_error_set(err, HONE_E_NOT_FOUND, "there is no column %s", wanted);
    const char *nearest =
        hone_text_nearest(wanted, (const char *const *)csv->names, csv->n_columns);
    if (nearest != NULL) {
        (void)hone_error_hint(err, "did you mean %s?", nearest);
    }
    return HONE_E_NOT_FOUND;
}

/* Each field of the input needs a name of its own. */
static int check_names(const struct hone_import_csv *csv, struct hone_error *err)
{
    for (size_t i = 0; i < csv->n_columns; i++) {
        for (size_t j = i + 1; j < csv->n_columns; j++) {
            if (i != csv->label_column && j != csv->label_column &&
                strcmp(csv->names[i], csv->names[j]) == 0) {
                (void)hone_error_set(err, HONE_E_NOT_FOUND,
                                     "columns %zu and %zu are both named %s", i + 1,
                                     j + 1, csv->names[i]);
                return hone_error_hint(err, "rename one, or say which is the text with "
                                            "--text-column");
            }
        }
    }
    return 0;
}

static int begin(struct hone_import_csv *csv, struct hone_error *err)
{
    const struct hone_import_settings *settings = csv->settings;
    name_columns(csv);
    csv->text_column = NO_COLUMN;
    csv->label_column = csv->n_columns - 1;
    int code = 0;
    if (settings->label_column != NULL) {
        code = find_column(&csv->label_column, csv, settings->label_column, err);
    }
    if (code == 0 && settings->text_column != NULL) {
        code = find_column(&csv->text_column, csv, settings->text_column, err);
    }
    if (code == 0 && csv->n_columns < 2) {
        code = hone_error_set(err, HONE_E_NOT_FOUND,
                              "there is one column only: is the delimiter right?");
    }
    if (code == 0 && csv->text_column == csv->label_column) {
        code = hone_error_set(err, HONE_E_NOT_FOUND,
                              "%s cannot be both the text and the answer",
                              csv->names[csv->label_column]);
    }
    if (code == 0 && csv->text_column == NO_COLUMN) {
        code = check_names(csv, err);
    }
    return code;
}

/* ---- rows ---- */

/* Is this text what JSON calls a number? Then it may stand in JSON as it is. */
static bool is_number(struct hone_span text)
{
    json_t *value = NULL;
    if (text.len == 0 || strchr("-0123456789", text.data[0]) == NULL ||
        hone_json_parse(&value, text, NULL) != 0) {
        return false;
    }
    bool is = json_is_number(value);
    json_decref(value);
    return is;
}

static void append_cell(struct hone_buf *out, struct hone_span cell, bool may_be_number)
{
    if (may_be_number && is_number(cell)) {
        (void)hone_buf_append_span(out, cell);
    } else {
        (void)hone_json_append_string(out, cell);
    }
}

/* An empty cell is a field that is not there. */
static void append_fields(const struct hone_import_csv *csv, struct hone_buf *out)
{
    bool any = false;
    (void)hone_buf_append_text(out, "{\"input\":{");
    for (size_t i = 0; i < csv->n_columns; i++) {
        struct hone_span cell = hone_csv_cell(&csv->csv, i);
        if (i == csv->label_column || cell.len == 0) {
            continue;
        }
        (void)hone_buf_append(out, ",", any ? 1 : 0);
        (void)hone_json_append_string(out, hone_span_text(csv->names[i]));
        (void)hone_buf_append_char(out, ':');
        append_cell(out, cell, !csv->settings->only_strings);
        any = true;
    }
    (void)hone_buf_append_char(out, '}');
}

static int append_row(const struct hone_import_csv *csv, struct hone_buf *out,
                      struct hone_error *err)
{
    struct hone_span label = hone_csv_cell(&csv->csv, csv->label_column);
    const char *name = csv->names[csv->label_column];
    if (label.len == 0 && !csv->settings->takes_labels) {
        return hone_error_set(err, HONE_E_INVALID, "%s is empty", name);
    }
    if (csv->settings->answer_is_value && !is_number(label)) {
        return hone_error_set(err, HONE_E_INVALID, "%s is not a number", name);
    }
    if (csv->text_column != NO_COLUMN) {
        (void)hone_buf_append_text(out, "{\"text\":");
        (void)hone_json_append_string(out, hone_csv_cell(&csv->csv, csv->text_column));
    } else {
        append_fields(csv, out);
    }
    if (csv->settings->takes_labels) {
        int code =
            hone_import_append_labels(out, label, csv->settings->labels_separator, err);
        (void)hone_buf_append_text(out, "}\n");
        return code;
    }
    (void)hone_buf_append_text(out, csv->settings->answer_is_value ? ",\"value\":"
                                                                   : ",\"label\":");
    append_cell(out, label, csv->settings->answer_is_value);
    (void)hone_buf_append_text(out, "}\n");
    return 0;
}

static int take_record(struct hone_import_csv *csv, struct hone_buf *out,
                       struct hone_error *err)
{
    if (csv->names == NULL) {
        int code = begin(csv, err);
        if (code != 0 || !csv->settings->has_no_header) {
            return code;
        }
    }
    if (csv->csv.n_cells != csv->n_columns) {
        return hone_error_set(err, HONE_E_INVALID,
                              "the record has %zu cells instead of %zu", csv->csv.n_cells,
                              csv->n_columns);
    }
    return append_row(csv, out, err);
}

int hone_import_csv_line(struct hone_import_csv *csv, struct hone_span line,
                         struct hone_buf *out, struct hone_error *err)
{
    if (line.len == 0 && !csv->csv.in_quotes) {
        return 0;
    }
    int complete = hone_csv_line(&csv->csv, line, err);
    return complete == 1 ? take_record(csv, out, err) : complete;
}

bool hone_import_csv_skip(struct hone_import_csv *csv, struct hone_span line)
{
    return hone_csv_skip(&csv->csv, line);
}

bool hone_import_csv_skip_unseen(struct hone_import_csv *csv, bool has_odd_quotes)
{
    return hone_csv_skip_unseen(&csv->csv, has_odd_quotes);
}

int hone_import_csv_end(struct hone_import_csv *csv, struct hone_error *err)
{
    return csv->csv.in_quotes
               ? hone_error_set(err, HONE_E_INVALID,
                                "the file ends inside a cell whose quote is not closed")
               : 0;
}

size_t hone_import_csv_n_lines(const struct hone_import_csv *csv)
{
    return csv->csv.n_lines > 0 ? csv->csv.n_lines : 1;
}
