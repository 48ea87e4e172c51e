#include "server/skill_icon.h"

#include "protocol/mcp_icon.h"

_Static_assert(HONE_PACKAGE_ICON_BYTES_MAX <= HONE_MCP_ICON_BYTES_MAX,
               "what a package may have can be shown");

json_t *hone_skill_icon(const struct hone_package *package)
{
    const struct hone_package_file *file = package->icon.file;
    return file == NULL ? NULL
                        : hone_mcp_icon_list(&package->icon.head,
                                             hone_span_of(file->content, file->len));
}
