#include "protocol/auth.h"

#include "base/check.h"
#include "base/error.h"

#include <string.h>
#include <strings.h>

static const char scheme[] = "Bearer";

#define SCHEME_LEN (sizeof(scheme) - 1)

/* ---- the header ---- */

static bool is_token68_char(char c)
{
    bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alphanumeric || (c != '\0' && strchr("-._~+/", c) != NULL);
}

/* One or more characters, then any number of '='. */
static bool is_token68(struct hone_span text)
{
    size_t n = 0;
    while (n < text.len && is_token68_char(text.data[n])) {
        n += 1;
    }
    size_t n_characters = n;
    while (n < text.len && text.data[n] == '=') {
        n += 1;
    }
    return n_characters > 0 && n == text.len;
}

int hone_auth_parse_bearer(struct hone_span *token, struct hone_span header)
{
    if (header.len < SCHEME_LEN || strncasecmp(header.data, scheme, SCHEME_LEN) != 0 ||
        (header.len > SCHEME_LEN && is_token68_char(header.data[SCHEME_LEN]))) {
        return HONE_E_NOT_FOUND;
    }
    size_t at = SCHEME_LEN;
    while (at < header.len && header.data[at] == ' ') {
        at += 1;
    }
    struct hone_span text = hone_span_of(header.data + at, header.len - at);
    if (at == SCHEME_LEN || !is_token68(text)) {
        return HONE_E_INVALID;
    }
    if (text.len > HONE_AUTH_TOKEN_BYTES_MAX) {
        return HONE_E_LIMIT;
    }
    *token = text;
    return 0;
}

/* ---- the challenge ---- */

static void append_quoted(struct hone_buf *buf, const char *text)
{
    (void)hone_buf_append_char(buf, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            (void)hone_buf_append_char(buf, '\\');
        }
        (void)hone_buf_append_char(buf, c < ' ' || c == 0x7f ? ' '
                                        : c >= 0x80          ? '?'
                                                             : (char)c);
    }
    (void)hone_buf_append_char(buf, '"');
}

int hone_auth_write_challenge(struct hone_buf *buf,
                              const struct hone_auth_challenge *challenge)
{
    const struct {
        const char *name, *value;
    } parts[] = {
        {"error", challenge->error},
        {"error_description", challenge->description},
        {"scope", challenge->scope},
    };
    const char *separator = " ";
    (void)hone_buf_append_text(buf, scheme);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].value != NULL) {
            (void)hone_buf_append_format(buf, "%s%s=", separator, parts[i].name);
            append_quoted(buf, parts[i].value);
            separator = ", ";
        }
    }
    return buf->error;
}
