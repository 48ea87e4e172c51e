/* Parsing is jansson's, behind a scan that refuses deep nesting before anything recurses.
 * Writing is our own: jansson prints 0.1 as 0.10000000000000001, and people and models
 * read what we write. */
#include "schema/json.h"

#include "base/alloc.h"
#include "schema/json_bytes.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values that the program itself nests around parsed ones stay far below. */
#define WRITE_DEPTH_MAX (4 * HONE_JSON_DEPTH_MAX)

/* Reals below, with up to four decimals, have at most 15 digits. */
#define DECIMALS_BELOW       1e10
#define DECIMALS_SCALE       1e4
#define DECIMALS_SCALE_WHOLE 10000U
#define DECIMALS_DIGITS      4

struct position {
    unsigned line, column;
};

static struct position position_of(struct hone_span text, size_t at)
{
    struct position position = {1, 1};
    for (size_t i = 0; i < at; i++) {
        position.column += 1;
        if (text.data[i] == '\n') {
            position.line += 1;
            position.column = 1;
        }
    }
    return position;
}

/* Index behind the string that starts at text[at]; the end when it is not closed. */
static size_t skip_string(struct hone_span text, size_t at)
{
    for (at += 1; at < text.len; at++) {
        if (text.data[at] == '\\') {
            at += 1;
        } else if (text.data[at] == '"') {
            return at + 1;
        }
    }
    return text.len;
}

/* Counts brackets outside of strings. Whether they match is the parser's business: text
 * that it would refuse may pass, text that nests too deep never does. */
static int check_depth(struct hone_span text, struct hone_error *err)
{
    size_t depth = 0, at = 0;
    while (at < text.len) {
        char c = text.data[at];
        if (c == '"') {
            at = skip_string(text, at);
            continue;
        }
        if (c == '[' || c == '{') {
            depth += 1;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth -= 1;
        }
        if (depth > HONE_JSON_DEPTH_MAX) {
            struct position position = position_of(text, at);
            return hone_error_set(
                err, HONE_E_LIMIT,
                "JSON nests deeper than %d levels at line %u, column %u",
                HONE_JSON_DEPTH_MAX, position.line, position.column);
        }
        at += 1;
    }
    return 0;
}

/* jansson overlooks a NUL behind a number or a word. */
static int check_no_nul(struct hone_span text, struct hone_error *err)
{
    const char *nul = text.len > 0 ? memchr(text.data, '\0', text.len) : NULL;
    if (nul == NULL) {
        return 0;
    }
    struct position position = position_of(text, (size_t)(nul - text.data));
    return hone_error_set(err, HONE_E_INVALID,
                          "not valid JSON: a NUL byte (line %u, column %u)",
                          position.line, position.column);
}

static int code_of(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_out_of_memory:
        return HONE_E_NOMEM;
    case json_error_numeric_overflow:
    case json_error_stack_overflow:
        return HONE_E_LIMIT;
    default:
        return HONE_E_INVALID;
    }
}

int hone_json_parse(json_t **out, struct hone_span text, struct hone_error *err)
{
    json_error_t error;
    int code = check_depth(text, err);
    if (code == 0) {
        code = check_no_nul(text, err);
    }
    if (code != 0) {
        return code;
    }
    json_t *value = json_loadb(text.len > 0 ? text.data : "", text.len,
                               JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (value == NULL) {
        return hone_error_set(err, code_of(&error),
                              "not valid JSON: %s (line %d, column %d)", error.text,
                              error.line, error.column);
    }
    *out = value;
    return 0;
}

static const char *escape_of(unsigned char c, char scratch[8])
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        (void)snprintf(scratch, 8, "\\u%04x", c);
        return scratch;
    }
}

int hone_json_append_escaped(struct hone_buf *buf, struct hone_span text)
{
    char scratch[8];
    size_t at = 0;
    while (at < text.len) {
        size_t run = hone_json_bytes_run(text.data + at, text.len - at);
        (void)hone_buf_append(buf, text.data + at, run);
        at += run;
        if (at < text.len) {
            unsigned char c = (unsigned char)text.data[at++];
            (void)hone_buf_append_text(buf, escape_of(c, scratch));
        }
    }
    return buf->error;
}

int hone_json_append_string(struct hone_buf *buf, struct hone_span text)
{
    (void)hone_buf_append_char(buf, '"');
    (void)hone_json_append_escaped(buf, text);
    return hone_buf_append_char(buf, '"');
}

/* Many reals have few decimals: those are written without a search. Dividing two whole
 * numbers rounds correctly, so a quotient that is the value says that its digits read back
 * as the value. */
static bool append_decimals(struct hone_buf *buf, double value)
{
    char text[DECIMALS_DIGITS + 2];
    struct hone_buf part;
    if (!(value > 0.0 && value < DECIMALS_BELOW)) {
        return false;
    }
    long long scaled = llround(value * DECIMALS_SCALE);
    double back = (double)scaled / DECIMALS_SCALE;
    if (back < value || back > value) {
        return false;
    }
    /* The scale added to what follows the point gives its leading zeros; its own digit is
     * overwritten by the point. */
    size_t len = DECIMALS_DIGITS + 1;
    unsigned long long digits = (unsigned long long)scaled;
    hone_buf_init_fixed(&part, text, sizeof(text));
    (void)hone_buf_append_decimal(&part,
                                  DECIMALS_SCALE_WHOLE + digits % DECIMALS_SCALE_WHOLE);
    text[0] = '.';
    while (text[len - 1] == '0' && text[len - 2] != '.') {
        len -= 1;
    }
    (void)hone_buf_append_decimal(buf, digits / DECIMALS_SCALE_WHOLE);
    (void)hone_buf_append(buf, text, len);
    return true;
}

/* The shortest of 15 to 17 digits that reads back as the same number, and with a point or
 * an exponent, so that it stays a real. */
int hone_json_append_real(struct hone_buf *buf, double value)
{
    char text[40];
    if (append_decimals(buf, value)) {
        return buf->error;
    }
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        double back = strtod(text, NULL);
        if (back >= value && back <= value) {
            break;
        }
    }
    (void)hone_buf_append_text(buf, text);
    if (strpbrk(text, ".e") == NULL) {
        (void)hone_buf_append_text(buf, ".0");
    }
    return buf->error;
}

struct writer {
    struct hone_buf *buf;
    bool sorted;
};

static void append_value(const struct writer *writer, const json_t *value, int depth);

static void append_member(const struct writer *writer, const char *key,
                          const json_t *value, bool first, int depth)
{
    if (!first) {
        (void)hone_buf_append_char(writer->buf, ',');
    }
    (void)hone_json_append_string(writer->buf, hone_span_text(key));
    (void)hone_buf_append_char(writer->buf, ':');
    append_value(writer, value, depth);
}

/* jansson iterates by non-const pointers, but does not change what it iterates. */
static json_t *mutable_of(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

static void append_in_order(const struct writer *writer, const json_t *object, int depth)
{
    const char *key = NULL;
    json_t *value = NULL;
    bool first = true;
    json_object_foreach(mutable_of(object), key, value)
    {
        append_member(writer, key, value, first, depth);
        first = false;
    }
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void append_sorted(const struct writer *writer, const json_t *object, int depth)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t n = 0;
    const char **keys =
        hone_alloc_try_zeroed(json_object_size(object) + 1, sizeof(*keys));
    if (keys == NULL) {
        writer->buf->error = HONE_E_NOMEM;
        return;
    }
    json_object_foreach(mutable_of(object), key, value)
    {
        keys[n++] = key;
    }
    if (n > 0) {
        qsort(keys, n, sizeof(*keys), compare_keys);
    }
    for (size_t i = 0; i < n; i++) {
        append_member(writer, keys[i], json_object_get(object, keys[i]), i == 0, depth);
    }
    free(keys);
}

static void append_array(const struct writer *writer, const json_t *array, int depth)
{
    (void)hone_buf_append_char(writer->buf, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0) {
            (void)hone_buf_append_char(writer->buf, ',');
        }
        append_value(writer, json_array_get(array, i), depth);
    }
    (void)hone_buf_append_char(writer->buf, ']');
}

static void append_object(const struct writer *writer, const json_t *object, int depth)
{
    (void)hone_buf_append_char(writer->buf, '{');
    if (writer->sorted) {
        append_sorted(writer, object, depth);
    } else {
        append_in_order(writer, object, depth);
    }
    (void)hone_buf_append_char(writer->buf, '}');
}

static void append_value(const struct writer *writer, const json_t *value, int depth)
{
    struct hone_buf *buf = writer->buf;
    if (buf->error == 0 && depth > WRITE_DEPTH_MAX) {
        buf->error = HONE_E_LIMIT;
    }
    if (buf->error != 0) {
        return;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        append_object(writer, value, depth + 1);
        break;
    case JSON_ARRAY:
        append_array(writer, value, depth + 1);
        break;
    case JSON_STRING:
        (void)hone_json_append_string(
            buf, hone_span_of(json_string_value(value), json_string_length(value)));
        break;
    case JSON_INTEGER:
        (void)hone_buf_append_format(buf, "%" JSON_INTEGER_FORMAT,
                                     json_integer_value(value));
        break;
    case JSON_REAL:
        (void)hone_json_append_real(buf, json_real_value(value));
        break;
    case JSON_TRUE:
        (void)hone_buf_append_text(buf, "true");
        break;
    case JSON_FALSE:
        (void)hone_buf_append_text(buf, "false");
        break;
    case JSON_NULL:
        (void)hone_buf_append_text(buf, "null");
        break;
    }
}

int hone_json_append(struct hone_buf *buf, const json_t *value)
{
    append_value(&(struct writer){.buf = buf, .sorted = false}, value, 0);
    return buf->error;
}

int hone_json_append_canonical(struct hone_buf *buf, const json_t *value)
{
    append_value(&(struct writer){.buf = buf, .sorted = true}, value, 0);
    return buf->error;
}

struct hone_span hone_json_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value)
               ? hone_span_of(json_string_value(value), json_string_length(value))
               : hone_span_of(NULL, 0);
}
