/* Which bytes of a JSON string need a closer look, eight at a time.
 *
 * A word is eight bytes, the first one in its lowest bits. Subtracting from all bytes at
 * once sets the high bit of those that were too small; a borrow can only mislead above the
 * first such byte, and only the first one counts. Thread: any. */
#ifndef HONE_SCHEMA_JSON_BYTES_H
#define HONE_SCHEMA_JSON_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_JSON_BYTES_ONES  UINT64_C(0x0101010101010101)
#define HONE_JSON_BYTES_HIGHS UINT64_C(0x8080808080808080)

static inline uint64_t hone_json_bytes_load(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 |
           (uint64_t)bytes[5] << 40 | (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

/* High bits at control characters, quotes and backslashes; elsewhere, what stands in the
 * high bits of bytes above ASCII means nothing. */
static inline uint64_t hone_json_bytes_marks(uint64_t word)
{
    return (word - HONE_JSON_BYTES_ONES * 0x20) |
           ((word ^ HONE_JSON_BYTES_ONES * '"') - HONE_JSON_BYTES_ONES) |
           ((word ^ HONE_JSON_BYTES_ONES * '\\') - HONE_JSON_BYTES_ONES);
}

/* Number of the first byte whose high bit is set, of a word with only high bits. */
static inline size_t hone_json_bytes_first(uint64_t highs)
{
    uint64_t lowest = (highs & (~highs + 1)) >> 7;
    return (size_t)((lowest * UINT64_C(0x0001020304050607)) >> 56);
}

static inline bool hone_json_bytes_is_special(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/* Length of the run at the start of text without control characters, quotes, backslashes
 * and bytes above ASCII. */
static inline size_t hone_json_bytes_ascii_run(const char *text, size_t len)
{
    size_t at = 0;
    for (; len - at >= 16; at += 16) {
        uint64_t a = hone_json_bytes_load(text + at);
        uint64_t b = hone_json_bytes_load(text + at + 8);
        uint64_t in_a = (hone_json_bytes_marks(a) | a) & HONE_JSON_BYTES_HIGHS;
        uint64_t in_b = (hone_json_bytes_marks(b) | b) & HONE_JSON_BYTES_HIGHS;
        if ((in_a | in_b) != 0) {
            return at + (in_a != 0 ? hone_json_bytes_first(in_a)
                                   : 8 + hone_json_bytes_first(in_b));
        }
    }
    while (at < len && (unsigned char)text[at] < 0x80 &&
           !hone_json_bytes_is_special(text[at])) {
        at += 1;
    }
    return at;
}

/* The same, but bytes above ASCII belong to the run. */
static inline size_t hone_json_bytes_run(const char *text, size_t len)
{
    size_t at = 0;
    for (; len - at >= 8; at += 8) {
        uint64_t word = hone_json_bytes_load(text + at);
        uint64_t in_word = hone_json_bytes_marks(word) & ~word & HONE_JSON_BYTES_HIGHS;
        if (in_word != 0) {
            return at + hone_json_bytes_first(in_word);
        }
    }
    while (at < len && !hone_json_bytes_is_special(text[at])) {
        at += 1;
    }
    return at;
}

#endif
