#include "bench/mcpload/walk.h"

#include <stdlib.h>

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    return at;
}

/* Behind the string whose opening quote is at `at`; NULL when it does not end. */
static const char *skip_string(const char *at, const char *end)
{
    at++;
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (quote == NULL) {
            return NULL;
        }
        const char *slash = quote;
        while (slash > at && slash[-1] == '\\') {
            slash--;
        }
        if (((quote - slash) & 1) == 0) {
            return quote + 1;
        }
        at = quote + 1;
    }
    return NULL;
}

static const char *skip_scalar(const char *at, const char *end)
{
    while (at < end && *at != ',' && *at != '}' && *at != ']') {
        at++;
    }
    return at;
}

/* Behind an object or array; at is at its bracket. */
static const char *skip_nested(const char *at, const char *end)
{
    size_t depth = 0;
    while (at != NULL && at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            depth--;
        }
        at++;
        if (depth == 0) {
            return at;
        }
    }
    return NULL;
}

static const char *skip_value(const char *at, const char *end)
{
    if (at >= end) {
        return NULL;
    }
    if (*at == '"') {
        return skip_string(at, end);
    }
    return *at == '{' || *at == '[' ? skip_nested(at, end) : skip_scalar(at, end);
}

/* The next member; *at moves behind it. 1 found, 0 at the end, -1 damaged. */
static int next_member(struct hone_span *key, struct hone_span *value, const char **at,
                       const char *end)
{
    const char *p = skip_space(*at, end);
    if (p < end && *p == ',') {
        p = skip_space(p + 1, end);
    }
    if (p >= end || *p != '"') {
        return p < end && *p == '}' ? 0 : -1;
    }
    const char *name = p + 1;
    p = skip_string(p, end);
    if (p == NULL) {
        return -1;
    }
    *key = hone_span_of(name, (size_t)(p - 1 - name));
    p = skip_space(p, end);
    if (p >= end || *p != ':') {
        return -1;
    }
    p = skip_space(p + 1, end);
    const char *behind = skip_value(p, end);
    if (behind == NULL) {
        return -1;
    }
    *value = hone_span_of(p, (size_t)(behind - p));
    *at = behind;
    return 1;
}

bool hone_walk_message(struct hone_walk *out, struct hone_span text)
{
    struct hone_span key, value;
    int found = -1;
    *out = (struct hone_walk){0};
    if (text.len == 0) {
        return false;
    }
    const char *end = text.data + text.len;
    const char *at = skip_space(text.data, end);
    if (at >= end || *at++ != '{') {
        return false;
    }
    while ((found = next_member(&key, &value, &at, end)) == 1) {
        if (hone_span_is(key, "id")) {
            bool number = value.data[0] >= '0' && value.data[0] <= '9';
            out->has_id = true;
            out->id = number ? strtoll(value.data, NULL, 10) : -1;
        } else if (hone_span_is(key, "result")) {
            out->result = value;
        } else if (hone_span_is(key, "method")) {
            out->has_method = true;
        } else if (hone_span_is(key, "error")) {
            out->has_error = !hone_span_is(value, "null");
        }
    }
    return found == 0;
}

struct hone_span hone_walk_member(struct hone_span object, const char *key)
{
    struct hone_span name, value;
    if (object.len == 0 || object.data[0] != '{') {
        return hone_span_of(NULL, 0);
    }
    const char *at = object.data + 1, *end = object.data + object.len;
    while (next_member(&name, &value, &at, end) == 1) {
        if (hone_span_is(name, key)) {
            return value;
        }
    }
    return hone_span_of(NULL, 0);
}

bool hone_walk_holds(struct hone_span text, struct hone_span part)
{
    return text.len > 0 && memmem(text.data, text.len, part.data, part.len) != NULL;
}
