/* Mcp-Param-* headers: arguments of a tool that its input schema marks with
 * "x-mcp-header", repeated in HTTP headers so that what stands between client and server
 * can route by them. A server that reads the body checks that both agree.
 *
 * Marked may be properties of type string, integer or boolean that are reached through
 * `properties` alone. No I/O. Thread: any (a table is read-only once made). */
#ifndef HONE_PROTOCOL_MCP_PARAM_HEADER_H
#define HONE_PROTOCOL_MCP_PARAM_HEADER_H

#include "base/attr.h"
#include "base/error.h"
#include "protocol/jsonrpc.h"
#include "protocol/mcp.h"

#include <jansson.h>

#define HONE_MCP_PARAM_HEADERS_MAX   64 /* of one tool */
#define HONE_MCP_PARAM_HEADERS_DEPTH 16 /* of nested properties */
#define HONE_MCP_PARAM_HEADER_NAME   64 /* bytes of a name after "Mcp-Param-" */

struct hone_mcp_param_headers;

/* The table of a tool's input schema. *out is NULL when nothing is marked. HONE_E_INVALID
 * for a name that is no token, a name that stands twice (in any case), another type, a
 * mark that cannot be reached; HONE_E_LIMIT for the limits above. */
int hone_mcp_param_header_create(struct hone_mcp_param_headers **out,
                                 const json_t *input_schema,
                                 struct hone_error *err) HONE_MUST_USE;
void hone_mcp_param_header_destroy(struct hone_mcp_param_headers *table); /* or NULL */

/* Do the headers say what the arguments say? arguments may be NULL: none. An argument that
 * is absent or null must have no header, any other must have one. table may be NULL; so
 * may headers, where the transport has none: then all is well. -1 with *problem (-32020,
 * HTTP status 400; its id is the caller's to set). */
int hone_mcp_param_header_check(const struct hone_mcp_param_headers *table,
                                const json_t *arguments,
                                const struct hone_mcp_headers *headers,
                                struct hone_jsonrpc_problem *problem) HONE_MUST_USE;

#endif
