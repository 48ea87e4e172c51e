#include "protocol/mcp_header.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char marker_begin[] = "=?base64?";
static const char marker_end[] = "?=";

#define BEGIN_LEN (sizeof(marker_begin) - 1)
#define END_LEN   (sizeof(marker_end) - 1)

static bool is_marked(struct hone_span header)
{
    return header.len >= BEGIN_LEN + END_LEN &&
           memcmp(header.data, marker_begin, BEGIN_LEN) == 0 &&
           memcmp(header.data + header.len - END_LEN, marker_end, END_LEN) == 0;
}

/* The six bits of a base64 digit, or -1. */
static int bits_of(char c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* Four digits, of which the last n_padding were '='. */
static int decode_group(struct hone_buf *buf, const char *group, size_t n_padding)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        int bits = i < 4 - n_padding ? bits_of(group[i]) : 0;
        if (bits < 0) {
            return HONE_E_INVALID;
        }
        value = value << 6 | (uint32_t)bits;
    }
    /* Bits that no byte uses must be zero, or one text would have several encodings. */
    if ((value & ((1u << (8 * n_padding)) - 1)) != 0) {
        return HONE_E_INVALID;
    }
    const char bytes[] = {(char)(value >> 16 & 0xff), (char)(value >> 8 & 0xff),
                          (char)(value & 0xff)};
    return hone_buf_append(buf, bytes, 3 - n_padding);
}

static size_t padding_of(struct hone_span text)
{
    if (text.len == 0 || text.data[text.len - 1] != '=') {
        return 0;
    }
    return text.data[text.len - 2] == '=' ? 2 : 1;
}

static int decode_base64(struct hone_buf *buf, struct hone_span text)
{
    if (text.len % 4 != 0) {
        return HONE_E_INVALID;
    }
    size_t n_padding = padding_of(text);
    for (size_t at = 0; at < text.len; at += 4) {
        bool last = at + 4 == text.len;
        int code = decode_group(buf, text.data + at, last ? n_padding : 0);
        if (code != 0) {
            return code;
        }
    }
    return buf->error;
}

int hone_mcp_header_decode(struct hone_buf *buf, struct hone_span header)
{
    if (!is_marked(header)) {
        return hone_buf_append_span(buf, header);
    }
    return decode_base64(
        buf, hone_span_of(header.data + BEGIN_LEN, header.len - BEGIN_LEN - END_LEN));
}
