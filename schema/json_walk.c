#include "schema/json_walk.h"

#include "base/error.h"
#include "schema/json_bytes.h"

#include <stdint.h>

int hone_json_walk_hex(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* ---- skipping ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at)) {
        at += 1;
    }
    return at;
}

/* From an opening quote to behind the closing one. */
static const char *skip_string(const char *at, const char *end)
{
    at += 1;
    while (at < end) {
        at += hone_json_bytes_run(at, (size_t)(end - at));
        if (at < end && *at == '"') {
            return at + 1;
        }
        at += at < end && *at == '\\' ? 2 : 1;
    }
    return end;
}

/* From an opening bracket to behind the one that closes it. */
static const char *skip_container(const char *at, const char *end)
{
    size_t depth = 0;
    while (at < end) {
        char c = *at;
        if (c == '"') {
            at = skip_string(at, end);
            continue;
        }
        at += 1;
        if (c == '{' || c == '[') {
            depth += 1;
        } else if (c == '}' || c == ']') {
            depth -= 1;
            if (depth == 0) {
                return at;
            }
        }
    }
    return end;
}

static const char *skip_value(const char *at, const char *end)
{
    if (at < end && *at == '"') {
        return skip_string(at, end);
    }
    if (at < end && (*at == '{' || *at == '[')) {
        return skip_container(at, end);
    }
    while (at < end && *at != ',' && *at != '}' && *at != ']' && !is_space(*at)) {
        at += 1;
    }
    return at;
}

/* ---- members ---- */

/* Behind the bracket that opens the value, or at the end when it opens with another. */
static struct hone_json_walk open_value(struct hone_span value, char bracket)
{
    const char *end = value.len > 0 ? value.data + value.len : value.data;
    const char *at = value.len > 0 ? skip_space(value.data, end) : end;
    bool is_open = at < end && *at == bracket;
    return (struct hone_json_walk){.at = is_open ? at + 1 : end, .end = end};
}

void hone_json_walk_begin(struct hone_json_walk *out, struct hone_span object)
{
    *out = open_value(object, '{');
}

bool hone_json_walk_next(struct hone_json_walk *walk, struct hone_span *key,
                         struct hone_span *value)
{
    const char *end = walk->end;
    const char *at = walk->at;
    while (at < end && (*at == ',' || is_space(*at))) {
        at += 1;
    }
    if (at == end || *at != '"') {
        walk->at = end;
        return false;
    }
    const char *key_end = skip_string(at, end);
    *key = hone_span_of(at + 1, (size_t)(key_end - at) - 2);
    at = key_end;
    while (at < end && (*at == ':' || is_space(*at))) {
        at += 1;
    }
    walk->at = skip_value(at, end);
    *value = hone_span_of(at, (size_t)(walk->at - at));
    return true;
}

void hone_json_walk_begin_items(struct hone_json_walk *out, struct hone_span array)
{
    *out = open_value(array, '[');
}

bool hone_json_walk_next_item(struct hone_json_walk *walk, struct hone_span *value)
{
    const char *end = walk->end;
    const char *at = walk->at;
    while (at < end && (*at == ',' || is_space(*at))) {
        at += 1;
    }
    if (at == end || *at == ']') {
        walk->at = end;
        return false;
    }
    walk->at = skip_value(at, end);
    *value = hone_span_of(at, (size_t)(walk->at - at));
    return true;
}

struct hone_span hone_json_walk_member(struct hone_span object, const char *key)
{
    struct hone_json_walk walk;
    struct hone_span name, value;
    hone_json_walk_begin(&walk, object);
    while (hone_json_walk_next(&walk, &name, &value)) {
        if (hone_json_walk_key_is(name, key)) {
            return value;
        }
    }
    return hone_span_of(NULL, 0);
}

/* ---- decoding ---- */

static uint32_t read_hex(const char *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        value = value * 16 + (uint32_t)hone_json_walk_hex(at[i]);
    }
    return value;
}

static size_t encode(char out[4], uint32_t code_point)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    size_t len = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80u | (code_point & 0x3fu));
        code_point >>= 6;
    }
    out[0] = (char)(leads[len] | code_point);
    return len;
}

/* Behind "\u"; the pair of a high surrogate follows as another escape. */
static size_t decode_code_point(char out[4], const char **at)
{
    uint32_t value = read_hex(*at);
    *at += 4;
    if (value >= 0xd800 && value <= 0xdbff) {
        uint32_t low = read_hex(*at + 2);
        *at += 6;
        value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
    }
    return encode(out, value);
}

/* At a backslash: the bytes that the escape stands for, 1 to 4. */
static size_t decode_escape(char out[4], const char **at)
{
    char c = (*at)[1];
    *at += 2;
    switch (c) {
    case 'b':
        out[0] = '\b';
        return 1;
    case 'f':
        out[0] = '\f';
        return 1;
    case 'n':
        out[0] = '\n';
        return 1;
    case 'r':
        out[0] = '\r';
        return 1;
    case 't':
        out[0] = '\t';
        return 1;
    case 'u':
        return decode_code_point(out, at);
    default:
        out[0] = c;
        return 1;
    }
}

static bool has_escapes(struct hone_span text)
{
    return text.len > 0 && memchr(text.data, '\\', text.len) != NULL;
}

static bool decoded_is(struct hone_span raw, struct hone_span text)
{
    const char *at = raw.data, *end = raw.data + raw.len;
    size_t n = 0;
    while (at < end) {
        char bytes[4];
        size_t len = 1;
        if (*at == '\\') {
            len = decode_escape(bytes, &at);
        } else {
            bytes[0] = *at++;
        }
        if (len > text.len - n || memcmp(bytes, text.data + n, len) != 0) {
            return false;
        }
        n += len;
    }
    return n == text.len;
}

bool hone_json_walk_key_is(struct hone_span key, const char *text)
{
    struct hone_span wanted = hone_span_text(text);
    if (key.len <= wanted.len) { /* an escape is longer than what it says */
        return hone_span_equal(key, wanted) && !has_escapes(key);
    }
    return has_escapes(key) && decoded_is(key, wanted);
}

int hone_json_walk_text(struct hone_span *out, struct hone_span value,
                        struct hone_arena *arena)
{
    if (!hone_json_walk_is_string(value)) {
        *out = hone_span_of(NULL, 0);
        return 0;
    }
    struct hone_span raw = hone_span_of(value.data + 1, value.len - 2);
    if (!has_escapes(raw)) {
        *out = raw;
        return 0;
    }
    char *text = hone_arena_text(arena, raw);
    if (text == NULL) {
        return HONE_E_NOMEM;
    }
    const char *at = raw.data, *end = raw.data + raw.len;
    size_t len = 0;
    while (at < end) {
        if (*at == '\\') {
            len += decode_escape(text + len, &at);
            continue;
        }
        size_t n = hone_json_bytes_run(at, (size_t)(end - at));
        memcpy(text + len, at, n);
        len += n;
        at += n;
    }
    *out = hone_span_of(text, len);
    return 0;
}
