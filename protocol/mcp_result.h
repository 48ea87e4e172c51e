/* What every result of an era carries, in one place: modern results say their
 * type and who answers, cacheable ones for how long; legacy results have none of
 * it. Thread: any. */
#ifndef HONE_PROTOCOL_MCP_RESULT_H
#define HONE_PROTOCOL_MCP_RESULT_H

#include "protocol/mcp.h"

#include <jansson.h>
#include <stdint.h>

/* A new result object; modern ones begin with resultType "complete". */
json_t *hone_mcp_result_begin(enum hone_mcp_era era);
/* Takes value, which must not be NULL: running out of memory here ends the process. */
void hone_mcp_result_set_take(json_t *object, const char *key, json_t *value);
/* As above, for text; nothing when text is NULL. */
void hone_mcp_result_set_text(json_t *object, const char *key, const char *text);
/* How long (and for whom: "public" or "private") a modern result may be kept; nothing
 * on legacy ones. */
void hone_mcp_result_set_cache(json_t *result, enum hone_mcp_era era, int64_t ttl_ms,
                               const char *scope);
/* Takes result and returns it with its _meta: a copy of meta's members (borrowed, may be
 * NULL) and, on modern results, the server's identity. */
json_t *hone_mcp_result_end_take(json_t *result, enum hone_mcp_era era,
                                 const json_t *meta,
                                 const struct hone_mcp_server *server);

/* The same for a modern result that introduces the server: its identity has icons. */
json_t *hone_mcp_result_introduce_take(json_t *result,
                                       const struct hone_mcp_server *server);

/* An Implementation object with the members that the given version knows, with icons
 * where it introduces the server. */
json_t *hone_mcp_result_introduction(const struct hone_mcp_server *server,
                                     const char *version);
/* The same without icons. */
json_t *hone_mcp_result_server_info(const struct hone_mcp_server *server,
                                    const char *version);
/* One more reference to a borrowed value: it is shared, not copied, so nobody
 * may change it. */
json_t *hone_mcp_result_share(const json_t *value);

#endif
