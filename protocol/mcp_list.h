/* Lists: tools, resources, resource templates, prompts. An item shows what the given
 * revision knows of it, and no more: older schemas refuse members that came later. Pure.
 * Thread: any. */
#ifndef HONE_PROTOCOL_MCP_LIST_H
#define HONE_PROTOCOL_MCP_LIST_H

#include "protocol/mcp.h"

#include <jansson.h>

/* One item; a new reference that shares schemas, icons and metadata with what is shown. */
json_t *hone_mcp_list_tool(const struct hone_mcp_tool *tool,
                           enum hone_mcp_revision revision);
json_t *hone_mcp_list_resource(const struct hone_mcp_resource *resource,
                               enum hone_mcp_revision revision);
json_t *hone_mcp_list_template(const struct hone_mcp_resource_template *shown,
                               enum hone_mcp_revision revision);
json_t *hone_mcp_list_prompt(const struct hone_mcp_prompt *prompt,
                             enum hone_mcp_revision revision);

/* The result of a list method: items (taken) under key ("tools" ...); next_cursor may be
 * NULL. */
json_t *hone_mcp_list_result_take(enum hone_mcp_revision revision, const char *key,
                                  json_t *items, const char *next_cursor,
                                  const struct hone_mcp_server *server);

#endif
