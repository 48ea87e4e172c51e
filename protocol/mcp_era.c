#include "protocol/mcp_era.h"

#include <stddef.h>
#include <string.h>

#define N_ITEMS(array) (sizeof(array) / sizeof((array)[0]))

/* By enum hone_mcp_revision. */
static const char *const versions[] = {
    "2024-11-05", "2025-03-26", "2025-06-18", HONE_MCP_LEGACY_NEWEST, HONE_MCP_MODERN,
};
_Static_assert(N_ITEMS(versions) == HONE_MCP_REVISION_N, "a name for each");
#define N_LEGACY HONE_MCP_2026_07_28

/* Sorted by name. */
static const struct hone_mcp_era_method methods[] = {
    {.name = "completion/complete", .legacy = true, .modern = true},
    {.name = "initialize", .legacy = true},
    {.name = "logging/setLevel", .legacy = true},
    {.name = "ping", .legacy = true},
    {.name = "prompts/get", .legacy = true, .modern = true, .name_param = "name"},
    {.name = "prompts/list", .legacy = true, .modern = true},
    {.name = "resources/directory/read", .legacy = true, .modern = true},
    {.name = "resources/list", .legacy = true, .modern = true},
    {.name = "resources/read", .legacy = true, .modern = true, .name_param = "uri"},
    {.name = "resources/subscribe", .legacy = true},
    {.name = "resources/templates/list", .legacy = true, .modern = true},
    {.name = "resources/unsubscribe", .legacy = true},
    {.name = "server/discover", .modern = true},
    {.name = "skills/get", .legacy = true, .modern = true},
    {.name = "skills/list", .legacy = true, .modern = true},
    {.name = "subscriptions/listen", .modern = true},
    {.name = "tasks/cancel", .modern = true, .name_param = "taskId"},
    {.name = "tasks/get", .modern = true, .name_param = "taskId"},
    {.name = "tasks/update", .modern = true, .name_param = "taskId"},
    {.name = "tools/call", .legacy = true, .modern = true, .name_param = "name"},
    {.name = "tools/list", .legacy = true, .modern = true},
};

const struct hone_mcp_era_method *hone_mcp_era_find_method(enum hone_mcp_era era,
                                                           struct hone_span name)
{
    for (size_t i = 0; i < N_ITEMS(methods); i++) {
        bool known = era == HONE_MCP_ERA_MODERN ? methods[i].modern : methods[i].legacy;
        if (known && hone_span_is(name, methods[i].name)) {
            return &methods[i];
        }
    }
    return NULL;
}

const char *hone_mcp_era_find_legacy(struct hone_span text)
{
    for (size_t i = 0; i < N_LEGACY; i++) {
        if (hone_span_is(text, versions[i])) {
            return versions[i];
        }
    }
    return NULL;
}

const char *hone_mcp_era_header_version(struct hone_span header)
{
    return header.len > 0 ? hone_mcp_era_find_legacy(header)
                          : versions[HONE_MCP_2025_03_26];
}

enum hone_mcp_revision hone_mcp_era_revision(enum hone_mcp_era era, const char *version)
{
    if (era == HONE_MCP_ERA_MODERN) {
        return HONE_MCP_2026_07_28;
    }
    for (int i = 0; version != NULL && i < N_LEGACY; i++) {
        if (strcmp(version, versions[i]) == 0) {
            return (enum hone_mcp_revision)i;
        }
    }
    return HONE_MCP_2025_11_25;
}

const char *hone_mcp_era_version(enum hone_mcp_revision revision)
{
    return versions[revision];
}

enum hone_mcp_era hone_mcp_era_of(enum hone_mcp_revision revision)
{
    return revision < N_LEGACY ? HONE_MCP_ERA_LEGACY : HONE_MCP_ERA_MODERN;
}

bool hone_mcp_era_is_supported(struct hone_span version)
{
    return hone_span_is(version, HONE_MCP_MODERN);
}

static bool is_date(struct hone_span text)
{
    static const char shape[] = "0000-00-00";
    if (text.len != sizeof(shape) - 1) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';
        if (shape[i] == '0' ? !digit : text.data[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

bool hone_mcp_era_names_modern(struct hone_span version)
{
    return is_date(version) &&
           memcmp(version.data, HONE_MCP_LEGACY_NEWEST, version.len) > 0;
}

json_t *hone_mcp_era_supported(void)
{
    return json_pack("[s]", HONE_MCP_MODERN);
}
