#include "protocol/mcp_era.h"

#include <stddef.h>

#define N_ITEMS(array) (sizeof(array) / sizeof((array)[0]))

static const char *const legacy_versions[] = {
    "2024-11-05",
    "2025-03-26",
    "2025-06-18",
    HONE_MCP_LEGACY_NEWEST,
};

static const struct hone_mcp_era_method methods[] = {
    {.name = "initialize", .legacy = true},
    {.name = "ping", .legacy = true},
    {.name = "server/discover", .modern = true},
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
    for (size_t i = 0; i < N_ITEMS(legacy_versions); i++) {
        if (hone_span_is(text, legacy_versions[i])) {
            return legacy_versions[i];
        }
    }
    return NULL;
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
