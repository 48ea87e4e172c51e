#include "protocol/mcp_header.h"

#include "base/base64.h"

#include <stdbool.h>
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

int hone_mcp_header_decode(struct hone_buf *buf, struct hone_span header)
{
    if (!is_marked(header)) {
        return hone_buf_append_span(buf, header);
    }
    return hone_base64_parse(
        buf, hone_span_of(header.data + BEGIN_LEN, header.len - BEGIN_LEN - END_LEN),
        HONE_BASE64_PADDED);
}
