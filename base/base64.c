#include "base/base64.h"

#include "base/check.h"
#include "base/error.h"

#include <sodium.h>

static int variant_of(enum hone_base64_form form)
{
    return form == HONE_BASE64_URL ? sodium_base64_VARIANT_URLSAFE_NO_PADDING
                                   : sodium_base64_VARIANT_ORIGINAL;
}

int hone_base64_append(struct hone_buf *buf, struct hone_span bytes,
                       enum hone_base64_form form)
{
    if (buf->error != 0 || bytes.len == 0) {
        return buf->error;
    }
    if (bytes.len > buf->ceiling) {
        buf->error = HONE_E_LIMIT;
        return buf->error;
    }
    /* The text with its NUL; a buffer has room for one behind its content. */
    size_t text_len = sodium_base64_encoded_len(bytes.len, variant_of(form)) - 1;
    char *out = hone_buf_reserve(buf, text_len);
    if (out == NULL) {
        return buf->error;
    }
    (void)sodium_bin2base64(out, text_len + 1, (const unsigned char *)bytes.data,
                            bytes.len, variant_of(form));
    hone_buf_grow(buf, text_len);
    return 0;
}

/* Bytes that the text's digits make; 0 for a number of digits that makes none. */
static size_t decoded_len(struct hone_span text)
{
    size_t n_digits = text.len;
    for (size_t i = 0; i < 2 && n_digits > 0 && text.data[n_digits - 1] == '='; i++) {
        n_digits -= 1;
    }
    return n_digits / 4 * 3 + n_digits % 4 * 3 / 4;
}

int hone_base64_parse(struct hone_buf *buf, struct hone_span text,
                      enum hone_base64_form form)
{
    if (buf->error != 0 || text.len == 0) {
        return buf->error;
    }
    size_t room = decoded_len(text), len = 0;
    if (room == 0) {
        return HONE_E_INVALID;
    }
    char *out = hone_buf_reserve(buf, room);
    if (out == NULL) {
        return buf->error;
    }
    if (sodium_base642bin((unsigned char *)out, room, text.data, text.len, NULL, &len,
                          NULL, variant_of(form)) != 0) {
        out[0] = '\0'; /* a NUL follows the content */
        return HONE_E_INVALID;
    }
    HONE_INVARIANT(len == room);
    hone_buf_grow(buf, len);
    return 0;
}
