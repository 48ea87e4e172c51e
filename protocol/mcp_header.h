/* Values of MCP's HTTP headers: plain text, or "=?base64?...?=" for text that a header
 * cannot carry. Thread: any. */
#ifndef HONE_PROTOCOL_MCP_HEADER_H
#define HONE_PROTOCOL_MCP_HEADER_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

/* Appends the value that a header carries: decoded between both markers,
 * literally otherwise. HONE_E_INVALID for markers around what is not base64 with
 * padding; or buf->error. */
int hone_mcp_header_decode(struct hone_buf *buf, struct hone_span header) HONE_MUST_USE;

#endif
