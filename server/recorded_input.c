#include "server/recorded_input.h"

#include "base/text.h"
#include "schema/json.h"
#include "schema/json_bytes.h"

#include <string.h>

/* Bytes of the JSON form of a character that does not stand for itself. */
static size_t encoded_bytes(unsigned char c)
{
    if (c < 0x20) {
        return c >= '\b' && c <= '\r' && c != '\v' ? 2 : 6;
    }
    return 2;
}

/* Longest prefix whose JSON form has at most max_bytes. */
static struct hone_span cut_text(struct hone_span text, size_t max_bytes)
{
    size_t left = max_bytes, len = 0;
    for (;;) {
        size_t rest = text.len - len;
        size_t run = hone_json_bytes_run(text.data + len, rest < left ? rest : left);
        len += run;
        left -= run;
        if (len == text.len || left == 0) {
            break;
        }
        size_t encoded = encoded_bytes((unsigned char)text.data[len]);
        if (encoded > left) {
            break;
        }
        left -= encoded;
        len += 1;
    }
    return hone_text_prefix(text, len);
}

/* The key of a further member of what is being written. */
static void append_key(struct hone_buf *out, const char *key)
{
    (void)hone_buf_append(out, ",", out->len > 1 ? 1 : 0);
    (void)hone_json_append_string(out, hone_span_text(key));
    (void)hone_buf_append_char(out, ':');
}

/* The arguments with no string taking more than its share of the cap; nested values are
 * left out. */
static void write_cut(struct hone_buf *out, const json_t *arguments, size_t max_bytes)
{
    size_t n_members = json_object_size(arguments);
    size_t share = max_bytes / (n_members > 0 ? n_members : 1);
    const char *key = NULL;
    json_t *value = NULL;
    (void)hone_buf_append_char(out, '{');
    json_object_foreach((json_t *)(uintptr_t)arguments, key, value)
    {
        size_t taken = strlen(key) + 8; /* quotes, colon, comma */
        if (json_is_string(value) && share > taken) {
            struct hone_span text =
                hone_span_of(json_string_value(value), json_string_length(value));
            append_key(out, key);
            (void)hone_json_append_string(out, cut_text(text, share - taken));
        } else if (json_is_number(value) || json_is_boolean(value)) {
            append_key(out, key);
            (void)hone_json_append(out, value);
        }
    }
    (void)hone_buf_append_char(out, '}');
}

/* Bytes that the arguments take at the least, however they are written. */
static size_t least_bytes(const json_t *arguments)
{
    size_t n_bytes = 2;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)arguments, key, value)
    {
        n_bytes += strlen(key) + json_string_length(value);
    }
    return n_bytes;
}

struct hone_span hone_recorded_input_write(struct hone_buf *out, const json_t *arguments,
                                           struct hone_span sent,
                                           struct hone_span recorded, size_t max_bytes,
                                           bool *was_cut)
{
    *was_cut = false;
    if (sent.len > 0 && sent.len <= max_bytes) {
        return sent;
    }
    if (arguments != NULL && least_bytes(arguments) <= max_bytes &&
        hone_json_append(out, arguments) == 0 && out->len <= max_bytes) {
        return hone_buf_span(out);
    }
    hone_buf_clear(out);
    *was_cut = true;
    if (recorded.len > 0 && recorded.len <= max_bytes) {
        return recorded;
    }
    write_cut(out, arguments, max_bytes);
    return hone_buf_span(out);
}
