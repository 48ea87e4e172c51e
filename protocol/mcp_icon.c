#include "protocol/mcp_icon.h"

#include "base/base64.h"
#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>

#define SRC_BYTES_MAX (64U + HONE_MCP_ICON_BYTES_MAX / 3 * 4 + 4)

json_t *hone_mcp_icon_list(const struct hone_image_head *head, struct hone_span bytes)
{
    char size[32];
    struct hone_buf src;
    HONE_REQUIRE(bytes.len <= HONE_MCP_ICON_BYTES_MAX);
    (void)snprintf(size, sizeof(size), "%" PRIu32 "x%" PRIu32, head->width, head->height);
    hone_buf_init(&src, SRC_BYTES_MAX);
    (void)hone_buf_append_format(&src, "data:%s;base64,", head->mime_type);
    HONE_INVARIANT(hone_base64_append(&src, bytes, HONE_BASE64_PADDED) == 0);
    json_t *icons = json_pack("[{s:s%, s:s, s:[s]}]", "src", src.data, src.len,
                              "mimeType", head->mime_type, "sizes", size);
    hone_buf_finish(&src);
    HONE_INVARIANT(icons != NULL);
    return icons;
}
