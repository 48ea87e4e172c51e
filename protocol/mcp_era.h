/* The versions of each era. Tables only. Thread: any. */
#ifndef HONE_PROTOCOL_MCP_ERA_H
#define HONE_PROTOCOL_MCP_ERA_H

#include "base/span.h"
#include "protocol/mcp.h"

#include <jansson.h>
#include <stdbool.h>

/* The revision that an era's messages are written in; version: what initialize negotiated,
 * NULL for the newest legacy one. */
enum hone_mcp_revision hone_mcp_era_revision(enum hone_mcp_era era, const char *version);
enum hone_mcp_era hone_mcp_era_of(enum hone_mcp_revision revision);

/* The legacy version equal to text, as static text, or NULL. */
const char *hone_mcp_era_find_legacy(struct hone_span text);
/* The same for the MCP-Protocol-Version header of a legacy request: absent, it says
 * 2025-03-26, which had no such header yet. */
const char *hone_mcp_era_header_version(struct hone_span header);
/* Is it a version that we can speak per request? */
bool hone_mcp_era_is_supported(struct hone_span version);
/* Does it look like a stateless revision, known to us or not (a date after the
 * newest legacy one)? */
bool hone_mcp_era_names_modern(struct hone_span version);
/* The versions that can be spoken per request; new reference. */
json_t *hone_mcp_era_supported(void);

#endif
