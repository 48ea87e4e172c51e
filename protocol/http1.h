/* HTTP/1.1 requests, incrementally: the strict subset that MCP needs. What is ambiguous
 * is refused (both lengths, duplicate Content-Length, obsolete folding, bare LF in
 * headers, white space before the colon, unknown transfer codings, targets that do not
 * begin with a slash except `OPTIONS *`, dot segments, a percent-encoded NUL, trailers
 * that mean something in a head). Chunk extensions and other trailers are dropped;
 * Upgrade is ignored, as HTTP allows.
 * Bytes in, one request out at a time; no I/O. Owned by one thread. */
#ifndef HONE_PROTOCOL_HTTP1_H
#define HONE_PROTOCOL_HTTP1_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_HTTP1_HEADERS_MAX      64
#define HONE_HTTP1_HEAD_BYTES_MAX   16384
#define HONE_HTTP1_TARGET_BYTES_MAX 2048

struct hone_http1_parser; /* opaque; one per connection */
/* Memory that the parsers of one thread hand each other from request to request, so that a
 * connection that waits holds none and one that is busy need not ask for more. */
struct hone_http1_spare;

struct hone_http1_request {
    /* Borrowed from the parser until its next feed. */
    struct hone_span method; /* e.g. "POST" */
    struct hone_span target; /* path and query as sent */
    struct hone_span path;   /* target up to '?' */
    struct hone_span query;  /* after '?', or empty */
    struct hone_span body;
    bool keep_alive;
    bool is_http_1_0;
};

enum hone_http1_step {
    HONE_HTTP1_MORE,     /* all bytes taken, the request is not complete */
    HONE_HTTP1_CONTINUE, /* head complete, and the client waits to be asked for the body
                            (`Expect: 100-continue`): look at the request, which has no
                            body yet, then answer 100 and feed on; or answer with an
                            error and close */
    HONE_HTTP1_REQUEST,  /* a request is complete; feed the rest afterwards */
    HONE_HTTP1_REFUSED,  /* answer with error_status and close */
};

struct hone_http1_spare *hone_http1_spare_create(void) HONE_MUST_USE;
void hone_http1_spare_destroy(struct hone_http1_spare *spare); /* accepts NULL */

/* spare: borrowed until destroy; NULL for none. */
struct hone_http1_parser *hone_http1_create(size_t body_max_bytes,
                                            struct hone_http1_spare *spare) HONE_MUST_USE;
void hone_http1_destroy(struct hone_http1_parser *parser); /* accepts NULL */
/* Takes up to len bytes, says how many in *taken. After REQUEST the request is valid
 * until the next call, which starts the next one; a next call with len 0 only forgets the
 * request and gives the connection's memory back. After REFUSED nothing more is taken. */
enum hone_http1_step hone_http1_feed(struct hone_http1_parser *parser, const char *data,
                                     size_t len, size_t *taken);
/* After REQUEST, and after CONTINUE (the body is empty then). */
const struct hone_http1_request *
hone_http1_request(const struct hone_http1_parser *parser);
/* Header value without surrounding white space, by case-insensitive name; empty when
 * absent. A header that must be single (Host, Origin, Authorization, Content-Type, all of
 * MCP's ...) and was repeated has refused the request; of a repeated list this is the
 * first line. Valid as the request is. */
struct hone_span hone_http1_header(const struct hone_http1_parser *parser,
                                   const char *name);
/* After REFUSED: 400, 413, 414, 417, 431, 501 or 505, and why: a static sentence that can
 * stand in a JSON string as it is. */
int hone_http1_refusal(const struct hone_http1_parser *parser, const char **reason);

/* Appends status line and headers up to and including the empty line; returns
 * buf->error. content_type NULL: none. content_length < 0: no such header (event
 * streams, 204, 1xx). extra: lines ending in CRLF, or NULL. A 1xx answer says nothing
 * about the connection. */
int hone_http1_write_head(struct hone_buf *buf, int status, const char *content_type,
                          int64_t content_length, bool keep_alive, const char *extra);

#endif
