#include "protocol/http1_line.h"

#include <string.h>
#include <strings.h>

static bool is_forbidden(char c)
{
    unsigned char byte = (unsigned char)c;
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/* Bytes of data that are plain line content, at most max. */
static size_t plain_run(const char *data, size_t len, size_t max)
{
    size_t n = 0;
    while (n < len && n < max && !is_forbidden(data[n])) {
        n += 1;
    }
    return n;
}

enum hone_http1_line_step hone_http1_line_feed(struct hone_buf *buf, bool *saw_cr,
                                               size_t max_bytes, const char *data,
                                               size_t len, size_t *taken)
{
    *taken = 0;
    if (!*saw_cr && len > 0) {
        size_t room = max_bytes > buf->len ? max_bytes - buf->len : 0;
        size_t run = plain_run(data, len, room);
        if (hone_buf_append(buf, data, run) != 0) {
            return HONE_HTTP1_LINE_TOO_LONG;
        }
        *taken = run;
        if (run == len) {
            return HONE_HTTP1_LINE_MORE;
        }
        if (!is_forbidden(data[run])) {
            return HONE_HTTP1_LINE_TOO_LONG;
        }
        if (data[run] != '\r') {
            return HONE_HTTP1_LINE_BAD;
        }
        *saw_cr = true;
        *taken += 1;
    }
    if (*taken == len) {
        return HONE_HTTP1_LINE_MORE;
    }
    if (data[*taken] != '\n') {
        return HONE_HTTP1_LINE_BAD;
    }
    *saw_cr = false;
    *taken += 1;
    return HONE_HTTP1_LINE_END;
}

static bool is_token_char(char c)
{
    bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alphanumeric || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool hone_http1_line_is_token(struct hone_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_char(text.data[i])) {
            return false;
        }
    }
    return text.len > 0;
}

bool hone_http1_line_same_name(struct hone_span a, struct hone_span b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.data, b.data, a.len) == 0);
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t';
}

struct hone_span hone_http1_line_trim(struct hone_span text)
{
    while (text.len > 0 && is_white(text.data[0])) {
        text = hone_span_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && is_white(text.data[text.len - 1])) {
        text.len -= 1;
    }
    return text;
}

bool hone_http1_line_parse_field(struct hone_span line, struct hone_span *name,
                                 struct hone_span *value)
{
    const char *colon = line.len > 0 ? memchr(line.data, ':', line.len) : NULL;
    if (colon == NULL) {
        return false;
    }
    size_t name_len = (size_t)(colon - line.data);
    *name = hone_span_of(line.data, name_len);
    *value = hone_http1_line_trim(hone_span_of(colon + 1, line.len - name_len - 1));
    return hone_http1_line_is_token(*name);
}
