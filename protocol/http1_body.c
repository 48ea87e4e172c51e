#include "protocol/http1_body.h"

#include "base/check.h"
#include "protocol/http1.h"
#include "protocol/http1_head.h"

#include <string.h>

#define CHUNK_LINE_BYTES_MAX   256
#define TRAILER_LINE_BYTES_MAX 4096
#define SIZE_DIGITS_MAX        15 /* always fits 64 bits */
/* What a client may make us read for nothing. */
#define DROPPED_BYTES_MAX HONE_HTTP1_HEAD_BYTES_MAX

void hone_http1_body_init(struct hone_http1_body *body, size_t max_bytes)
{
    *body = (struct hone_http1_body){.max_bytes = max_bytes};
    hone_buf_init(&body->bytes, max_bytes);
    hone_buf_init(&body->line, TRAILER_LINE_BYTES_MAX);
}

void hone_http1_body_finish(struct hone_http1_body *body)
{
    hone_buf_finish(&body->bytes);
    hone_buf_finish(&body->line);
}

void hone_http1_body_reset(struct hone_http1_body *body, size_t keep_bytes)
{
    hone_buf_clear(&body->bytes);
    hone_buf_shrink(&body->bytes, keep_bytes);
    hone_buf_clear(&body->line);
    hone_buf_shrink(&body->line, 0);
    body->left_bytes = 0;
    body->dropped_bytes = 0;
    body->state = HONE_HTTP1_BODY_NONE;
    body->saw_cr = false;
}

void hone_http1_body_start_length(struct hone_http1_body *body, uint64_t length_bytes)
{
    HONE_REQUIRE(length_bytes <= body->max_bytes);
    body->state = HONE_HTTP1_BODY_LENGTH;
    body->left_bytes = length_bytes;
}

void hone_http1_body_start_chunks(struct hone_http1_body *body)
{
    body->state = HONE_HTTP1_BODY_CHUNK_SIZE;
}

static enum hone_http1_part refuse(struct hone_http1_refusal *refusal, int status,
                                   const char *reason)
{
    *refusal = (struct hone_http1_refusal){status, reason};
    return HONE_HTTP1_PART_REFUSED;
}

static enum hone_http1_part feed_content(struct hone_http1_body *body, const char *data,
                                         size_t len, size_t *taken,
                                         struct hone_http1_refusal *refusal)
{
    size_t n = body->left_bytes < len ? (size_t)body->left_bytes : len;
    if (hone_buf_append(&body->bytes, data, n) != 0) {
        return refuse(refusal, 413, "no memory for the body");
    }
    *taken = n;
    body->left_bytes -= n;
    if (body->left_bytes > 0) {
        return HONE_HTTP1_PART_MORE;
    }
    if (body->state == HONE_HTTP1_BODY_LENGTH) {
        return HONE_HTTP1_PART_DONE;
    }
    body->state = HONE_HTTP1_BODY_CHUNK_END;
    return HONE_HTTP1_PART_MORE;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    const char *at = lower != '\0' ? strchr(digits, lower) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* Hexadecimal digits, then nothing or ";extension". */
static enum hone_http1_part take_size_line(struct hone_http1_body *body,
                                           struct hone_http1_refusal *refusal)
{
    struct hone_span line = hone_buf_span(&body->line);
    uint64_t size = 0;
    size_t n = 0;
    while (n < line.len && hex_value(line.data[n]) >= 0) {
        if (n == SIZE_DIGITS_MAX) {
            return refuse(refusal, 413, "the chunk size is beyond all limits");
        }
        size = size << 4 | (uint64_t)hex_value(line.data[n]);
        n += 1;
    }
    if (n == 0 || (n < line.len && line.data[n] != ';')) {
        return refuse(refusal, 400, "a chunk does not begin with its size");
    }
    if (size > body->max_bytes - body->bytes.len) {
        return refuse(refusal, 413, "the body is too long");
    }
    body->dropped_bytes += line.len - n;
    body->left_bytes = size;
    body->state = size > 0 ? HONE_HTTP1_BODY_CHUNK_DATA : HONE_HTTP1_BODY_TRAILER;
    return HONE_HTTP1_PART_MORE;
}

static enum hone_http1_part take_trailer_line(struct hone_http1_body *body,
                                              struct hone_http1_refusal *refusal)
{
    struct hone_span line = hone_buf_span(&body->line);
    struct hone_span name, value;
    if (line.len == 0) {
        return HONE_HTTP1_PART_DONE;
    }
    if (!hone_http1_line_parse_field(line, &name, &value)) {
        return refuse(refusal, 400, "a trailer line is not of the form Name: value");
    }
    if (hone_http1_head_is_single(name)) {
        return refuse(refusal, 400, "a trailer has a header that must stand in the head");
    }
    body->dropped_bytes += line.len;
    return HONE_HTTP1_PART_MORE;
}

static enum hone_http1_part take_line(struct hone_http1_body *body,
                                      struct hone_http1_refusal *refusal)
{
    enum hone_http1_part part = HONE_HTTP1_PART_MORE;
    if (body->state == HONE_HTTP1_BODY_CHUNK_END) {
        body->state = HONE_HTTP1_BODY_CHUNK_SIZE;
    } else if (body->state == HONE_HTTP1_BODY_CHUNK_SIZE) {
        part = take_size_line(body, refusal);
    } else {
        part = take_trailer_line(body, refusal);
    }
    hone_buf_clear(&body->line);
    if (part != HONE_HTTP1_PART_REFUSED && body->dropped_bytes > DROPPED_BYTES_MAX) {
        return refuse(refusal, 431, "the chunk extensions and trailers are too long");
    }
    return part;
}

static size_t line_max(const struct hone_http1_body *body)
{
    switch (body->state) {
    case HONE_HTTP1_BODY_CHUNK_SIZE:
        return CHUNK_LINE_BYTES_MAX;
    case HONE_HTTP1_BODY_TRAILER:
        return TRAILER_LINE_BYTES_MAX;
    default:
        return 0; /* nothing stands between a chunk's data and its CRLF */
    }
}

static enum hone_http1_part refuse_line(const struct hone_http1_body *body,
                                        enum hone_http1_line_step step,
                                        struct hone_http1_refusal *refusal)
{
    if (body->state == HONE_HTTP1_BODY_CHUNK_END) {
        return refuse(refusal, 400, "a chunk does not end where its size says");
    }
    if (step == HONE_HTTP1_LINE_BAD) {
        return refuse(refusal, 400,
                      "a control character, or a line that does not end in CRLF");
    }
    return body->state == HONE_HTTP1_BODY_TRAILER
               ? refuse(refusal, 431, "a trailer line is too long")
               : refuse(refusal, 400, "a chunk size line is too long");
}

static enum hone_http1_part feed_line(struct hone_http1_body *body, const char *data,
                                      size_t len, size_t *taken,
                                      struct hone_http1_refusal *refusal)
{
    enum hone_http1_line_step step = hone_http1_line_feed(
        &body->line, &body->saw_cr, line_max(body), data, len, taken);
    switch (step) {
    case HONE_HTTP1_LINE_END:
        return take_line(body, refusal);
    case HONE_HTTP1_LINE_MORE:
        return HONE_HTTP1_PART_MORE;
    default:
        return refuse_line(body, step, refusal);
    }
}

enum hone_http1_part hone_http1_body_feed(struct hone_http1_body *body, const char *data,
                                          size_t len, size_t *taken,
                                          struct hone_http1_refusal *refusal)
{
    enum hone_http1_part part = HONE_HTTP1_PART_MORE;
    *taken = 0;
    HONE_REQUIRE(body->state != HONE_HTTP1_BODY_NONE);
    while (*taken < len && part == HONE_HTTP1_PART_MORE) {
        bool content = body->state == HONE_HTTP1_BODY_LENGTH ||
                       body->state == HONE_HTTP1_BODY_CHUNK_DATA;
        size_t n = 0;
        part = content ? feed_content(body, data + *taken, len - *taken, &n, refusal)
                       : feed_line(body, data + *taken, len - *taken, &n, refusal);
        *taken += n;
    }
    return part;
}
