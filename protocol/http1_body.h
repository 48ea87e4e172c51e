/* The body of an HTTP/1.1 request, by length or in chunks. Chunk extensions and trailers
 * are checked for their form and dropped. Thread: owned by one thread. */
#ifndef HONE_PROTOCOL_HTTP1_BODY_H
#define HONE_PROTOCOL_HTTP1_BODY_H

#include "base/buf.h"
#include "protocol/http1_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NONE -> LENGTH; or NONE -> CHUNK_SIZE -> CHUNK_DATA -> CHUNK_END -> CHUNK_SIZE ... and
 * from the size zero -> TRAILER. */
enum hone_http1_body_state {
    HONE_HTTP1_BODY_NONE,
    HONE_HTTP1_BODY_LENGTH,
    HONE_HTTP1_BODY_CHUNK_SIZE,
    HONE_HTTP1_BODY_CHUNK_DATA,
    HONE_HTTP1_BODY_CHUNK_END,
    HONE_HTTP1_BODY_TRAILER,
};

struct hone_http1_body {
    struct hone_buf bytes; /* the content so far */
    struct hone_buf line;  /* the chunk size or trailer line that is arriving */
    size_t max_bytes;      /* of content */
    uint64_t left_bytes;   /* of the length or of the chunk */
    size_t dropped_bytes;  /* of extensions and trailers */
    enum hone_http1_body_state state;
    bool saw_cr;
};

void hone_http1_body_init(struct hone_http1_body *body, size_t max_bytes);
void hone_http1_body_finish(struct hone_http1_body *body);
/* Back to NONE; keeps at most keep_bytes of memory. */
void hone_http1_body_reset(struct hone_http1_body *body, size_t keep_bytes);
/* length_bytes must not be above max_bytes. */
void hone_http1_body_start_length(struct hone_http1_body *body, uint64_t length_bytes);
void hone_http1_body_start_chunks(struct hone_http1_body *body);
/* Only after a start. */
enum hone_http1_part hone_http1_body_feed(struct hone_http1_body *body, const char *data,
                                          size_t len, size_t *taken,
                                          struct hone_http1_refusal *refusal);

#endif
