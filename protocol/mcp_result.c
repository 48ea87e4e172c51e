#include "protocol/mcp_result.h"

#include "base/check.h"

#include <string.h>

#define KEY_SERVER "io.modelcontextprotocol/serverInfo"

json_t *hone_mcp_result_begin(enum hone_mcp_era era)
{
    json_t *result = json_object();
    HONE_INVARIANT(result != NULL);
    if (era == HONE_MCP_ERA_MODERN) {
        hone_mcp_result_set_text(result, "resultType", "complete");
    }
    return result;
}

void hone_mcp_result_set_take(json_t *object, const char *key, json_t *value)
{
    int failed = json_object_set_new(object, key, value);
    HONE_INVARIANT(failed == 0);
}

void hone_mcp_result_set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL) {
        hone_mcp_result_set_take(object, key, json_string(text));
    }
}

void hone_mcp_result_set_cache(json_t *result, enum hone_mcp_era era, int64_t ttl_ms,
                               const char *scope)
{
    if (era == HONE_MCP_ERA_MODERN) {
        hone_mcp_result_set_take(result, "ttlMs", json_integer(ttl_ms));
        hone_mcp_result_set_text(result, "cacheScope", scope);
    }
}

json_t *hone_mcp_result_share(const json_t *value)
{
    /* Counting references is the one change that jansson makes, and it is atomic. */
    return json_incref((json_t *)(uintptr_t)value);
}

json_t *hone_mcp_result_introduce_take(json_t *result,
                                       const struct hone_mcp_server *server)
{
    json_t *meta = json_object();
    hone_mcp_result_set_take(meta, KEY_SERVER,
                             hone_mcp_result_introduction(server, HONE_MCP_MODERN));
    hone_mcp_result_set_take(result, "_meta", meta);
    return result;
}

json_t *hone_mcp_result_end_take(json_t *result, enum hone_mcp_era era,
                                 const json_t *meta, const struct hone_mcp_server *server)
{
    bool modern = era == HONE_MCP_ERA_MODERN;
    if (!modern && json_object_size(meta) == 0) {
        return result;
    }
    json_t *all = meta != NULL ? json_copy((json_t *)(uintptr_t)meta) : json_object();
    if (modern) {
        hone_mcp_result_set_take(all, KEY_SERVER,
                                 hone_mcp_result_server_info(server, HONE_MCP_MODERN));
    }
    hone_mcp_result_set_take(result, "_meta", all);
    return result;
}

json_t *hone_mcp_result_server_info(const struct hone_mcp_server *server,
                                    const char *version)
{
    json_t *info = json_object();
    hone_mcp_result_set_text(info, "name", server->name);
    if (strcmp(version, "2025-06-18") >= 0) {
        hone_mcp_result_set_text(info, "title", server->title);
    }
    hone_mcp_result_set_text(info, "version", server->version);
    if (strcmp(version, "2025-11-25") >= 0) {
        hone_mcp_result_set_text(info, "description", server->description);
        hone_mcp_result_set_text(info, "websiteUrl", server->website);
    }
    return info;
}

json_t *hone_mcp_result_introduction(const struct hone_mcp_server *server,
                                     const char *version)
{
    json_t *info = hone_mcp_result_server_info(server, version);
    if (server->icons != NULL && strcmp(version, "2025-11-25") >= 0) {
        hone_mcp_result_set_take(info, "icons", hone_mcp_result_share(server->icons));
    }
    return info;
}
