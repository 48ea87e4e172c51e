/* Icons as MCP shows them: pictures that are part of the message. Thread: any. */
#ifndef HONE_PROTOCOL_MCP_ICON_H
#define HONE_PROTOCOL_MCP_ICON_H

#include "base/attr.h"
#include "base/image.h"
#include "base/span.h"

#include <jansson.h>

#define HONE_MCP_ICON_BYTES_MAX (64U * 1024) /* of a picture */

/* [{src, mimeType, sizes}] with the picture in src as a data: URI, at most
 * ICON_BYTES_MAX of it. New reference. */
json_t *hone_mcp_icon_list(const struct hone_image_head *head,
                           struct hone_span bytes) HONE_MUST_USE;

#endif
