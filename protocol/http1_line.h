/* Lines of HTTP/1.1: bytes up to CRLF, in which no control character, no lone CR and
 * no lone LF may stand. Heads, chunk sizes and trailers are made of them. Thread:
 * owned by one thread. */
#ifndef HONE_PROTOCOL_HTTP1_LINE_H
#define HONE_PROTOCOL_HTTP1_LINE_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* Why a request is refused: the status to answer with and a static sentence. */
struct hone_http1_refusal {
    int status;
    const char *reason;
};

/* What one feed of a part of a request came to. */
enum hone_http1_part {
    HONE_HTTP1_PART_MORE,    /* all bytes taken, the part goes on */
    HONE_HTTP1_PART_DONE,    /* the part ended with the last byte taken */
    HONE_HTTP1_PART_REFUSED, /* the refusal says why */
};

enum hone_http1_line_step {
    HONE_HTTP1_LINE_MORE,
    HONE_HTTP1_LINE_END,      /* CRLF seen; the buffer has the line without it */
    HONE_HTTP1_LINE_BAD,      /* a character that must not stand here */
    HONE_HTTP1_LINE_TOO_LONG, /* the buffer would grow beyond max_bytes */
};

/* Appends to buf. saw_cr is the only state between feeds: false at the start of a
 * line. Whatever is decided is decided at the same byte, however the bytes are
 * cut into feeds. */
enum hone_http1_line_step hone_http1_line_feed(struct hone_buf *buf, bool *saw_cr,
                                               size_t max_bytes, const char *data,
                                               size_t len, size_t *taken);

/* "name: value" with white space around the value removed; false unless the name is a
 * token directly before the colon. */
bool hone_http1_line_parse_field(struct hone_span line, struct hone_span *name,
                                 struct hone_span *value);
/* One or more characters of RFC 9110's token? */
bool hone_http1_line_is_token(struct hone_span text);
/* Ignores ASCII case. */
bool hone_http1_line_same_name(struct hone_span a, struct hone_span b);
/* Without spaces and tabs at both ends. */
struct hone_span hone_http1_line_trim(struct hone_span text);

#endif
