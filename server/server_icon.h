/* The icon by which clients show the server. Thread: any. */
#ifndef HONE_SERVER_SERVER_ICON_H
#define HONE_SERVER_SERVER_ICON_H

#include "base/attr.h"

#include <jansson.h>

/* A list of icons as MCP writes it; new reference. */
json_t *hone_server_icon(void) HONE_MUST_USE;

#endif
