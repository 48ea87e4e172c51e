/* One character of UTF-8 at a time (RFC 3629: no overlong forms, no surrogates, nothing
 * above U+10FFFF). Thread: any. */
#ifndef HONE_BASE_UTF8_H
#define HONE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

static inline bool hone_utf8_continues(unsigned char byte)
{
    return (byte & 0xc0u) == 0x80u;
}

/* The second byte is where overlong forms, surrogates and what is too large show. */
static inline bool hone_utf8_second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return hone_utf8_continues(second);
    }
}

/* Bytes of the character that text begins with; 0 when it is not a valid one. len is at
 * least 1. */
static inline size_t hone_utf8_len(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80) {
        return 1;
    }
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4) {
        return 0;
    }
    size_t n = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    if (len < n || !hone_utf8_second_fits(bytes[0], bytes[1])) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if (!hone_utf8_continues(bytes[i])) {
            return 0;
        }
    }
    return n;
}

#endif
