/* A borrowed range of bytes. Owns nothing; not NUL-terminated. Thread: any. */
#ifndef HONE_BASE_SPAN_H
#define HONE_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct hone_span {
    const char *data; /* may be NULL only when len is 0 */
    size_t len;       /* bytes */
};

static inline struct hone_span hone_span_of(const char *data, size_t len)
{
    return (struct hone_span){data, len};
}

/* The text up to its NUL; the empty span for NULL. */
static inline struct hone_span hone_span_text(const char *text)
{
    return (struct hone_span){text, text != NULL ? strlen(text) : 0};
}

static inline bool hone_span_equal(struct hone_span a, struct hone_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool hone_span_is(struct hone_span a, const char *text)
{
    return hone_span_equal(a, hone_span_text(text));
}

#endif
