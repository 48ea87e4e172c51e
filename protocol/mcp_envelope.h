/* The dispatch rule: which era a message belongs to, and whether its envelope and headers
 * agree. Thread: any. */
#ifndef HONE_PROTOCOL_MCP_ENVELOPE_H
#define HONE_PROTOCOL_MCP_ENVELOPE_H

#include "base/attr.h"
#include "protocol/mcp.h"

/* Body of hone_mcp_open_request; *out is filled only on success. */
int hone_mcp_envelope_open(struct hone_mcp_request *out,
                           struct hone_jsonrpc_message *message,
                           const struct hone_mcp_headers *headers,
                           struct hone_jsonrpc_problem *problem) HONE_MUST_USE;

#endif
