/* A growable byte buffer with a ceiling given at its birth and a sticky error, so that
 * ten appends can be chained and checked once at the end.
 *
 * Thread: any, one at a time. */
#ifndef HONE_BASE_BUF_H
#define HONE_BASE_BUF_H

#include "base/attr.h"
#include "base/span.h"

#include <stddef.h>

struct hone_buf {
    char *data;      /* NULL before the first append; a NUL follows the content */
    size_t len;      /* bytes in use */
    size_t capacity; /* bytes allocated, excluding the NUL */
    size_t ceiling;  /* len never exceeds it */
    int error;       /* 0, HONE_E_LIMIT or HONE_E_NOMEM; then appends do nothing */
};

void hone_buf_init(struct hone_buf *buf, size_t ceiling_bytes);
void hone_buf_finish(struct hone_buf *buf); /* frees; buf may be zeroed memory */
/* A buffer on the caller's memory of size_bytes (at least 1), the last of them for the NUL:
 * it never grows. Only the functions that append and hone_buf_span are for it. */
void hone_buf_init_fixed(struct hone_buf *buf, char *memory, size_t size_bytes);

/* Each returns buf->error. */
int hone_buf_append(struct hone_buf *buf, const void *data, size_t len);
int hone_buf_append_span(struct hone_buf *buf, struct hone_span span);
int hone_buf_append_text(struct hone_buf *buf, const char *text);
int hone_buf_append_char(struct hone_buf *buf, char c);
int hone_buf_append_format(struct hone_buf *buf, const char *format, ...)
    HONE_PRINTF(2, 3);
/* In decimal digits; quicker than a format. */
int hone_buf_append_decimal(struct hone_buf *buf, unsigned long long value);
/* Eight bytes, little-endian; for on-disk formats. */
int hone_buf_append_u64(struct hone_buf *buf, unsigned long long value);

/* Makes room for len more bytes and returns where to write them, or NULL with the error
 * set; hone_buf_grow then counts those that were written. */
char *hone_buf_reserve(struct hone_buf *buf, size_t len);
void hone_buf_grow(struct hone_buf *buf, size_t len);

/* Drops bytes from the front; moves the rest. */
void hone_buf_consume(struct hone_buf *buf, size_t len);
/* len = 0 and error = 0; keeps the memory. */
void hone_buf_clear(struct hone_buf *buf);
/* Gives memory above keep_bytes back; the content stays. */
void hone_buf_shrink(struct hone_buf *buf, size_t keep_bytes);
struct hone_span hone_buf_span(const struct hone_buf *buf);
/* Hands the memory of an empty buffer to an empty one that has none. Does nothing when
 * there is no such memory, or more of it than the other's ceiling allows. */
void hone_buf_hand_over(struct hone_buf *to, struct hone_buf *from);
/* Hands the memory (NUL-terminated) to the caller, who frees it; the buffer is empty
 * after. NULL, with *len untouched, if an append had failed. len may be NULL. */
char *hone_buf_take(struct hone_buf *buf, size_t *len);

#endif
