/* What the catalog is made of; for server/catalog*.c alone. */
#ifndef HONE_SERVER_CATALOG_INTERNAL_H
#define HONE_SERVER_CATALOG_INTERNAL_H

#include "base/map.h"
#include "protocol/mcp_param_header.h"
#include "server/catalog.h"
#include "server/catalog_page.h"

struct hone_catalog_entry {
    union {
        struct hone_tool tool;
        struct hone_resource resource;
        struct hone_resource_template pattern;
        struct hone_prompt prompt;
    };
    struct hone_schema *own_schema; /* of a tool that came without one */
    /* Of a tool: arguments that HTTP headers repeat; NULL for none. */
    struct hone_mcp_param_headers *param_headers;
};

struct hone_catalog_items {
    struct hone_catalog_entry **entries; /* in the order in which they were added */
    size_t n, capacity;
    struct hone_map *by_key; /* name, URI or URI template -> entry */
    struct hone_catalog_pages pages;
    bool sealed; /* the pages say what the entries say */
};

struct hone_catalog {
    struct hone_app *app;
    struct hone_catalog_items items[HONE_CATALOG_LIST_N];
    json_t *no_arguments; /* {}: of a call or prompt without arguments */
};

#endif
