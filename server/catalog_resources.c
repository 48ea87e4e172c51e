/* resources/list and resources/read. */
#include "protocol/uri.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/catalog_internal.h"
#include "server/inputs.h"

void hone_catalog_resources_list(struct hone_exchange *exchange)
{
    struct hone_catalog *catalog = exchange->app->catalog;
    struct hone_error err;
    if (hone_catalog_seal(catalog, &err) != 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INTERNAL, "%s", err.message);
        return;
    }
    hone_catalog_page_answer(exchange, &catalog->items[HONE_CATALOG_RESOURCES].pages);
}

/* The template that matches, in the order in which they were added; or NULL. */
static const struct hone_resource_template *
match_template(const struct hone_catalog *catalog, struct hone_span uri)
{
    const struct hone_catalog_items *items = &catalog->items[HONE_CATALOG_TEMPLATES];
    struct hone_uri_variable variables[HONE_URI_VARIABLES_MAX];
    for (size_t i = 0; i < items->n; i++) {
        const struct hone_resource_template *pattern = &items->entries[i]->pattern;
        struct hone_span shape = hone_span_text(pattern->shown.uri_template);
        if (hone_uri_match(shape, uri, variables) >= 0) {
            return pattern;
        }
    }
    return NULL;
}

void hone_catalog_resources_read(struct hone_exchange *exchange)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    struct hone_jsonrpc_problem problem = {0};
    struct hone_span uri = hone_jsonrpc_param_text(&exchange->message, "uri");
    if (uri.len == 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS,
                             "invalid params: uri must be the URI of a resource");
        return;
    }
    const struct hone_catalog_entry *entry =
        hone_map_find(catalog->items[HONE_CATALOG_RESOURCES].by_key, uri);
    const struct hone_resource_template *pattern =
        entry == NULL ? match_template(catalog, uri) : NULL;
    if (entry == NULL && pattern == NULL) {
        hone_catalog_refuse_resource(exchange, uri);
        return;
    }
    if (hone_inputs_open(exchange, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return;
    }
    if (entry != NULL) {
        entry->resource.read(exchange, uri, entry->resource.owner);
    } else {
        pattern->read(exchange, uri, pattern->owner);
    }
}
