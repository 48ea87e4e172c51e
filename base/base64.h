/* Base64 (RFC 4648, libsodium), strict: one text for one value. White space, missing or
 * surplus padding, digits of the other alphabet and unused bits that are not zero are
 * refused. Thread: any. */
#ifndef HONE_BASE_BASE64_H
#define HONE_BASE_BASE64_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

enum hone_base64_form {
    HONE_BASE64_PADDED, /* the usual alphabet with '+' and '/', padded with '=' */
    HONE_BASE64_URL,    /* '-' and '_', no padding: fit for URLs, headers and names */
};

/* Appends the text of bytes; returns buf->error. */
int hone_base64_append(struct hone_buf *buf, struct hone_span bytes,
                       enum hone_base64_form form);
/* Appends the bytes of text. HONE_E_INVALID, with nothing appended, for what is not
 * base64 of that form; or buf->error. */
int hone_base64_parse(struct hone_buf *buf, struct hone_span text,
                      enum hone_base64_form form) HONE_MUST_USE;

#endif
