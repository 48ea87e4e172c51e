/* The pages of one list, serialised once for each revision of MCP, and the method that
 * gives them out. Thread: loop. */
#ifndef HONE_SERVER_CATALOG_PAGE_H
#define HONE_SERVER_CATALOG_PAGE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "protocol/mcp.h"
#include "server/exchange.h"

#include <jansson.h>
#include <stddef.h>

struct hone_catalog_pages {
    const char *method;    /* "tools/list"; static */
    const char *key;       /* of the items in the result: "tools"; static */
    size_t page_items_max; /* above 0 */
    /* Private. */
    size_t n_items, n_pages;
    struct hone_digest content; /* of all items, as the newest revision shows them */
    struct hone_buf *bodies[HONE_MCP_REVISION_N]; /* n_pages results as JSON text each */
};

/* What a list is made of. describe gives a new reference. */
struct hone_catalog_source {
    size_t n_items;
    json_t *(*describe)(void *owner, size_t index, enum hone_mcp_revision revision);
    void *owner;
};

/* Serialises. HONE_E_LIMIT for a page that is too large: the pages stay as they were. */
int hone_catalog_page_seal(struct hone_catalog_pages *pages,
                           const struct hone_catalog_source *source,
                           const struct hone_mcp_server *server,
                           struct hone_error *err) HONE_MUST_USE;
/* Answers and ends the exchange with the page that its cursor names. */
void hone_catalog_page_answer(struct hone_exchange *exchange,
                              const struct hone_catalog_pages *pages);
/* The revision in which the exchange is answered. */
enum hone_mcp_revision hone_catalog_page_revision(const struct hone_exchange *exchange);
void hone_catalog_page_finish(struct hone_catalog_pages *pages);

#endif
