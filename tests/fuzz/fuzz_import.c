/* fuzz: offline - other programs' training files. Input: a byte that picks the settings,
 * then a file. Whatever comes out is rows, and lines that were refused have a cause. */
#include "offline/import.h"
#include "offline/row.h"

#include "base/check.h"
#include "schema/json.h"

#include <stdint.h>
#include <string.h>

#define ROWS_BYTES_MAX (16U * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hone_import_settings settings_of(uint8_t byte)
{
    return (struct hone_import_settings){
        .from = (enum hone_import_from)(byte % 3),
        .input = (enum hone_import_input)(byte / 3 % 3),
        .answer_is_value = (byte & 0x10) != 0,
        .takes_labels = (byte & 0x50) == 0x40,
        .labels_separator = ';',
        .first_label_only = (byte & 0x20) != 0,
        .has_no_header = (byte & 0x20) != 0,
        .only_strings = (byte & 0x40) != 0,
        .text_column = (byte & 0x80) != 0 ? "1" : NULL,
        .delimiter = ',',
    };
}

/* Each is JSON with an input and an answer; a weight may be out of its range. */
static void check_rows(struct hone_span rows)
{
    while (rows.len > 0) {
        const char *end = memchr(rows.data, '\n', rows.len);
        HONE_INVARIANT(end != NULL);
        size_t len = (size_t)(end - rows.data);
        json_t *value = NULL;
        HONE_INVARIANT(hone_json_parse(&value, hone_span_of(rows.data, len), NULL) == 0);
        HONE_INVARIANT(json_object_get(value, "label") != NULL ||
                       json_is_array(json_object_get(value, "labels")) ||
                       json_object_get(value, "value") != NULL ||
                       json_object_get(value, "reward") != NULL);
        HONE_INVARIANT(json_object_get(value, "text") != NULL ||
                       json_is_object(json_object_get(value, "input")));
        json_decref(value);
        rows = hone_span_of(end + 1, rows.len - len - 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_error err = {0};
    struct hone_buf rows;
    if (size == 0) {
        return 0;
    }
    struct hone_import_settings settings = settings_of(data[0]);
    struct hone_import *import = hone_import_create(&settings);
    struct hone_span rest = hone_span_of((const char *)data + 1, size - 1);
    hone_buf_init(&rows, ROWS_BYTES_MAX);
    for (int code = 0; rest.len > 0 && code != HONE_E_NOT_FOUND;) {
        const char *end = memchr(rest.data, '\n', rest.len);
        size_t len = end != NULL ? (size_t)(end - rest.data) : rest.len;
        err.message[0] = '\0';
        code = hone_import_line(import, hone_span_of(rest.data, len), &rows, &err);
        HONE_INVARIANT(code == 0 || err.message[0] != '\0');
        HONE_INVARIANT(hone_import_n_lines(import) >= 1);
        check_rows(hone_buf_span(&rows));
        hone_buf_clear(&rows);
        len += end != NULL ? 1 : 0;
        rest = hone_span_of(rest.data + len, rest.len - len);
    }
    HONE_INVARIANT(hone_import_end(import, &err) == 0 || err.message[0] != 0);
    hone_import_destroy(import);
    hone_buf_finish(&rows);
    return 0;
}
