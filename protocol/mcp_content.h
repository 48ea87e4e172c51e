/* Content: blocks of text, the contents of resources, the messages of prompts, values of
 * completions, and the results that carry them. Pure. Thread: any. */
#ifndef HONE_PROTOCOL_MCP_CONTENT_H
#define HONE_PROTOCOL_MCP_CONTENT_H

#include "base/span.h"
#include "protocol/mcp.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* {"type":"text","text":...}; bytes that are not UTF-8 become '?'. */
json_t *hone_mcp_content_text(struct hone_span text);
/* {"role","content":{text block}}; role: "user" or "assistant". */
json_t *hone_mcp_content_message(const char *role, struct hone_span text);

/* Contents of one resource, as text (UTF-8) or base64. mime_type may be NULL. The blob is
 * NULL when memory is out. */
json_t *hone_mcp_content_resource_text(struct hone_span uri, const char *mime_type,
                                       struct hone_span text);
json_t *hone_mcp_content_resource_blob(struct hone_span uri, const char *mime_type,
                                       struct hone_span bytes);

/* resources/read: the contents of one resource (taken). */
json_t *hone_mcp_content_read_result_take(enum hone_mcp_era era, json_t *contents,
                                          const struct hone_mcp_server *server);
/* prompts/get: takes messages; description may be NULL. */
json_t *hone_mcp_content_prompt_result_take(enum hone_mcp_era era,
                                            const char *description, json_t *messages,
                                            const struct hone_mcp_server *server);
/* completion/complete: takes values, of which the first values_max are given. */
json_t *hone_mcp_content_completion_result_take(enum hone_mcp_era era, json_t *values,
                                                size_t values_max,
                                                const struct hone_mcp_server *server);

#endif
