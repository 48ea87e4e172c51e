/* The head of an HTTP/1.1 request: request line and fields, checked line by line as
 * they arrive, and what they say about the body and the connection. Thread: owned
 * by one thread. */
#ifndef HONE_PROTOCOL_HTTP1_HEAD_H
#define HONE_PROTOCOL_HTTP1_HEAD_H

#include "base/buf.h"
#include "base/span.h"
#include "protocol/http1_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets into the head's bytes, which may move while they grow. */
struct hone_http1_field {
    uint16_t name_at, name_len, value_at, value_len;
};

struct hone_http1_head {
    struct hone_buf bytes; /* the lines, without CRLF, one behind the other */
    size_t line_at;        /* where the line that is arriving starts */
    /* Room for HONE_HTTP1_HEADERS_MAX; NULL before the first. */
    struct hone_http1_field *fields;
    size_t n_fields;
    size_t method_len, target_at, target_len;
    uint64_t content_length;
    bool saw_cr; /* inside the line ending */
    bool has_request_line;
    bool skipped_empty; /* the one empty line that may stand before a request */
    bool is_http_1_0;
    bool has_length, has_coding;
    bool asked_close, asked_keep_alive; /* Connection options */
    bool expects_continue;
};

void hone_http1_head_init(struct hone_http1_head *head);
void hone_http1_head_finish(struct hone_http1_head *head);
/* Forgets the request; keeps memory for the next one. */
void hone_http1_head_reset(struct hone_http1_head *head);
/* Not one byte of a request has come. */
bool hone_http1_head_is_empty(const struct hone_http1_head *head);

/* Must a field of this name be single, and stand in the head? */
bool hone_http1_head_is_single(struct hone_span name);

enum hone_http1_part hone_http1_head_feed(struct hone_http1_head *head, const char *data,
                                          size_t len, size_t *taken,
                                          struct hone_http1_refusal *refusal);

/* After DONE. */
struct hone_span hone_http1_head_method(const struct hone_http1_head *head);
struct hone_span hone_http1_head_target(const struct hone_http1_head *head);
/* The value of the first field of that name; data NULL when there is none. */
struct hone_span hone_http1_head_field(const struct hone_http1_head *head,
                                       struct hone_span name);

#endif
