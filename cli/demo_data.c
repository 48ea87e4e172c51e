#include "cli/demo_data.h"

#include "base/alloc.h"
#include "base/digest.h"
#include "base/file.h"
#include "schema/json.h"

#include <stdlib.h>
#include <string.h>

#define TEST_ONE_IN 6u

bool hone_demo_data_is_test(struct hone_span text)
{
    struct hone_digest digest = hone_digest_of(text);
    unsigned value = (unsigned)digest.bytes[0] << 8 | digest.bytes[1];
    return value % TEST_ONE_IN == 0;
}

static void add_row(struct hone_demo_data *data, const char *text, const char *label,
                    size_t limit)
{
    struct hone_demo_data_row row;
    bool is_test = hone_demo_data_is_test(hone_span_text(text));
    if (!is_test && limit > 0 && data->n_stream >= limit) {
        return;
    }
    row.text = hone_alloc_text(text);
    row.label = hone_alloc_text(label);
    if (is_test) {
        data->test[data->n_test++] = row;
    } else {
        data->stream[data->n_stream++] = row;
    }
}

static int read_row(struct hone_demo_data *data, struct hone_span line, size_t limit,
                    struct hone_error *err)
{
    json_t *row = NULL;
    int code = hone_json_parse(&row, line, err);
    if (code != 0) {
        return code;
    }
    const char *text = json_string_value(json_object_get(row, "text"));
    const char *label = json_string_value(json_object_get(row, "label"));
    if (text == NULL || label == NULL) {
        code = hone_error_set(err, HONE_E_INVALID,
                              "a row needs the texts \"text\" and \"label\"");
    } else {
        add_row(data, text, label, limit);
    }
    json_decref(row);
    return code;
}

static int read_rows(struct hone_demo_data *data, struct hone_span content,
                     const char *path, size_t limit, struct hone_error *err)
{
    size_t line_number = 0;
    while (content.len > 0) {
        const char *end = memchr(content.data, '\n', content.len);
        size_t len = end != NULL ? (size_t)(end - content.data) : content.len;
        line_number++;
        int code =
            len > 0 ? read_row(data, hone_span_of(content.data, len), limit, err) : 0;
        if (code != 0) {
            hone_error_prefix(err, "%s:%zu", path, line_number);
            return code;
        }
        content.data += end != NULL ? len + 1 : len;
        content.len -= end != NULL ? len + 1 : len;
    }
    if (data->n_stream == 0 || data->n_test == 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "%s has too few rows to learn and test", path);
    }
    return 0;
}

static size_t count_lines(struct hone_span content)
{
    size_t n = 1;
    for (size_t i = 0; i < content.len; i++) {
        n += content.data[i] == '\n';
    }
    return n;
}

int hone_demo_data_read(struct hone_demo_data *out, const char *path, size_t limit,
                        struct hone_error *err)
{
    char *content = NULL;
    size_t len = 0;
    struct hone_demo_data data = {0};
    int code = hone_file_read(&content, &len, path, HONE_DEMO_DATA_FILE_BYTES_MAX, err);
    if (code != 0) {
        return code;
    }
    size_t n_lines = count_lines(hone_span_of(content, len));
    if (n_lines > HONE_DEMO_DATA_ROWS_MAX) {
        code = hone_error_set(err, HONE_E_LIMIT, "%s has more than %u rows", path,
                              HONE_DEMO_DATA_ROWS_MAX);
        goto out;
    }
    data.stream = hone_alloc_zeroed(n_lines, sizeof *data.stream);
    data.test = hone_alloc_zeroed(n_lines, sizeof *data.test);
    code = read_rows(&data, hone_span_of(content, len), path, limit, err);
out:
    free(content);
    if (code != 0) {
        hone_demo_data_finish(&data);
        return code;
    }
    *out = data;
    return 0;
}

static void free_rows(struct hone_demo_data_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(rows[i].text);
        free(rows[i].label);
    }
    free(rows);
}

void hone_demo_data_finish(struct hone_demo_data *data)
{
    free_rows(data->stream, data->n_stream);
    free_rows(data->test, data->n_test);
    *data = (struct hone_demo_data){0};
}
