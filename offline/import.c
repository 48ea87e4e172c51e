#include "offline/import.h"

#include "base/alloc.h"
#include "base/text.h"
#include "offline/import_csv.h"
#include "offline/import_fasttext.h"
#include "offline/import_vw.h"
#include "schema/json.h"

#include <stdlib.h>
#include <string.h>

struct hone_import {
    const struct hone_import_settings *settings;
    struct hone_import_csv *csv;
};

struct hone_import *hone_import_create(const struct hone_import_settings *settings)
{
    struct hone_import *import = hone_alloc_zeroed(1, sizeof(*import));
    import->settings = settings;
    if (settings->from == HONE_IMPORT_CSV) {
        import->csv = hone_import_csv_create(settings);
    }
    return import;
}

void hone_import_destroy(struct hone_import *import)
{
    if (import != NULL) {
        hone_import_csv_destroy(import->csv);
        free(import);
    }
}

static int check_text(struct hone_span line, struct hone_error *err)
{
    if (line.len > 0 && memchr(line.data, '\0', line.len) != NULL) {
        return hone_error_set(err, HONE_E_INVALID, "the line has a NUL byte");
    }
    return hone_text_is_utf8(line)
               ? 0
               : hone_error_set(err, HONE_E_INVALID, "the line is not valid UTF-8");
}

static struct hone_span trimmed(struct hone_span text)
{
    while (text.len > 0 && text.data[0] == ' ') {
        text = hone_span_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && text.data[text.len - 1] == ' ') {
        text.len--;
    }
    return text;
}

int hone_import_append_labels(struct hone_buf *out, struct hone_span names,
                              char separator, struct hone_error *err)
{
    (void)hone_buf_append_text(out, ",\"labels\":[");
    for (bool more = trimmed(names).len > 0; more;) {
        const char *end = memchr(names.data, separator, names.len);
        size_t len = end != NULL ? (size_t)(end - names.data) : names.len;
        struct hone_span name = trimmed(hone_span_of(names.data, len));
        if (name.len == 0) {
            return hone_error_set(err, HONE_E_INVALID,
                                  "a label has no name beside a '%c'", separator);
        }
        (void)hone_json_append_string(out, name);
        more = end != NULL;
        if (more) {
            (void)hone_buf_append_char(out, ',');
            names = hone_span_of(end + 1, names.len - len - 1);
        }
    }
    (void)hone_buf_append_char(out, ']');
    return 0;
}

int hone_import_line(struct hone_import *import, struct hone_span line,
                     struct hone_buf *out, struct hone_error *err)
{
    size_t len = out->len;
    int code = check_text(line, err);
    if (code == 0 && import->settings->from == HONE_IMPORT_VW) {
        code = hone_import_vw_line(import->settings, line, out, err);
    } else if (code == 0 && import->settings->from == HONE_IMPORT_FASTTEXT) {
        code = hone_import_fasttext_line(import->settings, line, out, err);
    } else if (code == 0) {
        code = hone_import_csv_line(import->csv, line, out, err);
    } else if (import->csv != NULL && !hone_import_csv_skip(import->csv, line)) {
        code = 0; /* its record was refused already */
    }
    if (code == 0 && out->error != 0) {
        code = hone_error_set(err, HONE_E_LIMIT, "the row is too long");
        out->error = 0;
    }
    if (code != 0) {
        out->len = len;
    }
    return code;
}

bool hone_import_skip(struct hone_import *import, bool has_odd_quotes)
{
    return import->csv == NULL ||
           hone_import_csv_skip_unseen(import->csv, has_odd_quotes);
}

int hone_import_end(struct hone_import *import, struct hone_error *err)
{
    return import->csv != NULL ? hone_import_csv_end(import->csv, err) : 0;
}

size_t hone_import_n_lines(const struct hone_import *import)
{
    return import->csv != NULL ? hone_import_csv_n_lines(import->csv) : 1;
}
