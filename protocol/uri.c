#include "protocol/uri.h"

#include "base/text.h"

#include <stdbool.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

static bool is_unreserved(char c)
{
    return is_word(c) || c == '-' || c == '.' || c == '~';
}

int hone_uri_append_path(struct hone_buf *buf, struct hone_span path)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < path.len; i++) {
        char c = path.data[i];
        if (is_unreserved(c) || c == '/') {
            (void)hone_buf_append_char(buf, c);
        } else {
            const unsigned char byte = (unsigned char)c;
            const char escape[] = {'%', digits[byte >> 4], digits[byte & 15]};
            (void)hone_buf_append(buf, escape, sizeof(escape));
        }
    }
    return buf->error;
}

static struct hone_span skip(struct hone_span text, size_t len)
{
    return len > 0 ? hone_span_of(text.data + len, text.len - len) : text;
}

/* Bytes before the first c, or all. */
static size_t find_char(struct hone_span text, char c)
{
    const char *at = text.len > 0 ? memchr(text.data, c, text.len) : NULL;
    return at != NULL ? (size_t)(at - text.data) : text.len;
}

/* ---- templates ---- */

static int refuse_template(struct hone_span uri_template, const char *why,
                           struct hone_error *err)
{
    return hone_error_set(err, HONE_E_INVALID, "the URI template %.*s %s",
                          (int)uri_template.len, uri_template.data, why);
}

static bool is_name(struct hone_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!is_word(name.data[i])) {
            return false;
        }
    }
    return name.len > 0;
}

static bool is_known(const struct hone_span *names, size_t n_names, struct hone_span name)
{
    for (size_t i = 0; i < n_names; i++) {
        if (hone_span_equal(names[i], name)) {
            return true;
        }
    }
    return false;
}

int hone_uri_check_template(struct hone_span uri_template, struct hone_error *err)
{
    struct hone_span names[HONE_URI_VARIABLES_MAX];
    struct hone_span rest = uri_template;
    size_t n_names = 0;
    if (uri_template.len > HONE_URI_BYTES_MAX) {
        return hone_error_set(err, HONE_E_LIMIT, "a URI template has over %d bytes",
                              HONE_URI_BYTES_MAX);
    }
    for (;;) {
        size_t literal = find_char(rest, '{');
        if (find_char(rest, '}') < literal) {
            return refuse_template(uri_template, "has a } without its {", err);
        }
        if (literal == rest.len) {
            return 0;
        }
        if (literal == 0 && n_names > 0) {
            return refuse_template(uri_template, "has nothing between two variables",
                                   err);
        }
        rest = skip(rest, literal + 1);
        struct hone_span name = hone_span_of(rest.data, find_char(rest, '}'));
        if (name.len == rest.len || !is_name(name)) {
            return refuse_template(uri_template, "may have {name} in it, no more", err);
        }
        if (is_known(names, n_names, name)) {
            return refuse_template(uri_template, "names a variable twice", err);
        }
        if (n_names == HONE_URI_VARIABLES_MAX) {
            return hone_error_set(err, HONE_E_LIMIT,
                                  "a URI template has more than %d variables",
                                  HONE_URI_VARIABLES_MAX);
        }
        names[n_names++] = name;
        rest = skip(rest, name.len + 1);
    }
}

static bool starts_with(struct hone_span text, struct hone_span prefix)
{
    return text.len >= prefix.len &&
           hone_span_equal(hone_span_of(text.data, prefix.len), prefix);
}

/* How many bytes at the start an expanded variable may have. */
static size_t value_run(struct hone_span text)
{
    size_t len = 0;
    while (len < text.len && (is_unreserved(text.data[len]) || text.data[len] == '%')) {
        len++;
    }
    return len;
}

/* Length of the value in front of the literal, 0 for none. With an empty literal the
 * value goes to the end. */
static size_t value_before(struct hone_span uri, struct hone_span literal, bool is_last)
{
    size_t run = value_run(uri);
    if (is_last) {
        size_t len = uri.len >= literal.len ? uri.len - literal.len : 0;
        return len <= run && starts_with(skip(uri, len), literal) ? len : 0;
    }
    for (size_t len = 1; len <= run; len++) {
        if (starts_with(skip(uri, len), literal)) {
            return len;
        }
    }
    return 0;
}

int hone_uri_match(struct hone_span uri_template, struct hone_span uri,
                   struct hone_uri_variable out[HONE_URI_VARIABLES_MAX])
{
    int n = 0;
    size_t literal_len = find_char(uri_template, '{');
    if (uri.len > HONE_URI_BYTES_MAX ||
        !starts_with(uri, hone_span_of(uri_template.data, literal_len))) {
        return HONE_E_NOT_FOUND;
    }
    struct hone_span rest = skip(uri_template, literal_len);
    uri = skip(uri, literal_len);
    while (rest.len > 0) {
        struct hone_uri_variable *variable = &out[n++];
        variable->name = hone_span_of(rest.data + 1, find_char(rest, '}') - 1);
        rest = skip(rest, variable->name.len + 2);
        literal_len = find_char(rest, '{');
        struct hone_span literal = hone_span_of(rest.data, literal_len);
        size_t len = value_before(uri, literal, literal_len == rest.len);
        if (len == 0) {
            return HONE_E_NOT_FOUND;
        }
        variable->value = hone_span_of(uri.data, len);
        uri = skip(uri, len + literal_len);
        rest = skip(rest, literal_len);
    }
    return uri.len == 0 ? n : HONE_E_NOT_FOUND;
}

/* ---- values ---- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_harmless(struct hone_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        const unsigned char c = (unsigned char)value.data[i];
        if (c < 0x20 || c == 0x7f || c == '/' || c == '\\') {
            return false;
        }
    }
    return hone_text_is_utf8(value) && !hone_span_is(value, ".") &&
           !hone_span_is(value, "..");
}

int hone_uri_decode(struct hone_buf *buf, struct hone_span value)
{
    size_t before = buf->len;
    bool whole = value.len > 0;
    for (size_t i = 0; i < value.len && whole; i++) {
        char c = value.data[i];
        if (c == '%') {
            int high = i + 2 < value.len ? digit_of(value.data[i + 1]) : -1;
            int low = i + 2 < value.len ? digit_of(value.data[i + 2]) : -1;
            whole = high >= 0 && low >= 0;
            c = (char)(unsigned char)(whole ? high << 4 | low : 0);
            i += 2;
        }
        (void)hone_buf_append_char(buf, c);
    }
    if (buf->error != 0) {
        return buf->error;
    }
    if (whole && is_harmless(hone_span_of(buf->data + before, buf->len - before))) {
        return 0;
    }
    if (buf->len > before) {
        buf->len = before;
        buf->data[before] = '\0';
    }
    return HONE_E_INVALID;
}
