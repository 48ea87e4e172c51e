/* An MCP client over Streamable HTTP, revision 2025-11-25, for servers that answer with
 * JSON and keep no session.
 *
 * Blocks. One thread. */
#ifndef HONE_CLI_MCP_HTTP_H
#define HONE_CLI_MCP_HTTP_H

#include "base/attr.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

struct hone_mcp_http;

/* Says initialize and notifications/initialized. direct: through no proxy. HONE_E_VERSION
 * when the server wants another revision. */
int hone_mcp_http_open(struct hone_mcp_http **out, const char *url, bool direct,
                       struct hone_error *err) HONE_MUST_USE;
void hone_mcp_http_close(struct hone_mcp_http *client); /* accepts NULL */

/* One request; *result is a new reference. A JSON-RPC error becomes err. HONE_E_CORRUPT
 * for an answer that is none. params may be NULL. */
int hone_mcp_http_request(struct hone_mcp_http *client, const char *method,
                          json_t *params, json_t **result,
                          struct hone_error *err) HONE_MUST_USE;
/* tools/call; *structured is a new reference to structuredContent, NULL when there is
 * none. A result with isError becomes an error. */
int hone_mcp_http_call_tool(struct hone_mcp_http *client, const char *name,
                            json_t *arguments, json_t **structured,
                            struct hone_error *err) HONE_MUST_USE;

#endif
