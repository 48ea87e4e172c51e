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
