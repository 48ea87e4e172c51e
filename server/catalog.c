#include "server/catalog.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "protocol/mcp_list.h"
#include "protocol/uri.h"
#include "server/app_internal.h"
#include "server/catalog_internal.h"
#include "server/subscriptions.h"

#include <stdlib.h>

#define URI_PRINTED_MAX    256
#define RESOURCE_NOT_FOUND (-32002) /* as legacy clients know it */
#define HTTP_OK            200

/* By enum hone_catalog_list. */
static const struct list_kind {
    const char *method, *key, *thing;
    size_t page_items_max;
} kinds[] = {
    {"tools/list", "tools", "tool", HONE_CATALOG_TOOLS_PAGE},
    {"resources/list", "resources", "resource", HONE_CATALOG_PAGE},
    {"resources/templates/list", "resourceTemplates", "template", HONE_CATALOG_PAGE},
    {"prompts/list", "prompts", "prompt", HONE_CATALOG_PAGE},
};
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == HONE_CATALOG_LIST_N, "a row for each");

struct hone_catalog *hone_catalog_create(struct hone_app *app)
{
    struct hone_catalog *catalog = hone_alloc_zeroed(1, sizeof(*catalog));
    catalog->app = app;
    catalog->no_arguments = json_object();
    HONE_INVARIANT(catalog->no_arguments != NULL);
    for (size_t i = 0; i < HONE_CATALOG_LIST_N; i++) {
        struct hone_catalog_items *items = &catalog->items[i];
        items->by_key = hone_map_create();
        items->pages.method = kinds[i].method;
        items->pages.key = kinds[i].key;
        items->pages.page_items_max = kinds[i].page_items_max;
    }
    return catalog;
}

static void destroy_entry(struct hone_catalog_entry *entry)
{
    hone_schema_destroy(entry->own_schema);
    hone_mcp_param_header_destroy(entry->param_headers);
    free(entry);
}

void hone_catalog_destroy(struct hone_catalog *catalog)
{
    if (catalog == NULL) {
        return;
    }
    for (size_t i = 0; i < HONE_CATALOG_LIST_N; i++) {
        struct hone_catalog_items *items = &catalog->items[i];
        for (size_t j = 0; j < items->n; j++) {
            destroy_entry(items->entries[j]);
        }
        free(items->entries);
        hone_map_destroy(items->by_key);
        hone_catalog_page_finish(&items->pages);
    }
    json_decref(catalog->no_arguments);
    free(catalog);
}

/* ---- adding and removing ---- */

static const char *key_of(const struct hone_catalog_entry *entry,
                          enum hone_catalog_list list)
{
    switch (list) {
    case HONE_CATALOG_TOOLS:
        return entry->tool.shown.name;
    case HONE_CATALOG_RESOURCES:
        return entry->resource.shown.uri;
    case HONE_CATALOG_TEMPLATES:
        return entry->pattern.shown.uri_template;
    default:
        return entry->prompt.shown.name;
    }
}

/* Takes the entry, also on failure. */
static int add_take(struct hone_catalog *catalog, enum hone_catalog_list list,
                    struct hone_catalog_entry *entry, struct hone_error *err)
{
    struct hone_catalog_items *items = &catalog->items[list];
    const char *key = key_of(entry, list);
    if (hone_map_find(items->by_key, hone_span_text(key)) != NULL) {
        (void)hone_error_set(err, HONE_E_EXISTS, "there is a %s %s already",
                             kinds[list].thing, key);
        destroy_entry(entry);
        return HONE_E_EXISTS;
    }
    if (items->n == items->capacity) {
        items->capacity = items->capacity == 0 ? 16 : items->capacity * 2;
        items->entries =
            hone_alloc_resize(items->entries, items->capacity, sizeof(*items->entries));
    }
    items->entries[items->n++] = entry;
    (void)hone_map_set(items->by_key, hone_span_text(key), entry);
    items->sealed = false;
    return 0;
}

int hone_catalog_add_tool(struct hone_catalog *catalog, const struct hone_tool *tool,
                          struct hone_error *err)
{
    struct hone_catalog_entry *entry = hone_alloc_zeroed(1, sizeof(*entry));
    entry->tool = *tool;
    int status = hone_mcp_param_header_create(&entry->param_headers,
                                              tool->shown.input_schema, err);
    if (status == 0 && tool->schema == NULL) {
        status = hone_schema_compile(&entry->own_schema, tool->shown.input_schema, err);
        entry->tool.schema = entry->own_schema;
    }
    if (status != 0) {
        hone_error_prefix(err, "input schema of the tool %s", tool->shown.name);
        destroy_entry(entry);
        return status;
    }
    return add_take(catalog, HONE_CATALOG_TOOLS, entry, err);
}

int hone_catalog_add_resource(struct hone_catalog *catalog,
                              const struct hone_resource *resource,
                              struct hone_error *err)
{
    struct hone_catalog_entry *entry = hone_alloc_zeroed(1, sizeof(*entry));
    entry->resource = *resource;
    return add_take(catalog, HONE_CATALOG_RESOURCES, entry, err);
}

int hone_catalog_add_template(struct hone_catalog *catalog,
                              const struct hone_resource_template *added,
                              struct hone_error *err)
{
    int status = hone_uri_check_template(hone_span_text(added->shown.uri_template), err);
    if (status != 0) {
        return status;
    }
    struct hone_catalog_entry *entry = hone_alloc_zeroed(1, sizeof(*entry));
    entry->pattern = *added;
    return add_take(catalog, HONE_CATALOG_TEMPLATES, entry, err);
}

int hone_catalog_add_prompt(struct hone_catalog *catalog,
                            const struct hone_prompt *prompt, struct hone_error *err)
{
    struct hone_catalog_entry *entry = hone_alloc_zeroed(1, sizeof(*entry));
    entry->prompt = *prompt;
    return add_take(catalog, HONE_CATALOG_PROMPTS, entry, err);
}

static void remove_entry(struct hone_catalog *catalog, enum hone_catalog_list list,
                         const char *key)
{
    struct hone_catalog_items *items = &catalog->items[list];
    struct hone_catalog_entry *entry = hone_map_find(items->by_key, hone_span_text(key));
    if (entry == NULL) {
        return;
    }
    size_t at = 0;
    while (items->entries[at] != entry) {
        at++;
    }
    memmove(&items->entries[at], &items->entries[at + 1],
            (items->n - at - 1) * sizeof(*items->entries));
    items->n -= 1;
    items->sealed = false;
    (void)hone_map_remove(items->by_key, hone_span_text(key));
    destroy_entry(entry);
}

void hone_catalog_remove_tool(struct hone_catalog *catalog, const char *name)
{
    remove_entry(catalog, HONE_CATALOG_TOOLS, name);
}

void hone_catalog_remove_prompt(struct hone_catalog *catalog, const char *name)
{
    remove_entry(catalog, HONE_CATALOG_PROMPTS, name);
}

void hone_catalog_annotate_resource(struct hone_catalog *catalog, const char *uri,
                                    const json_t *annotations)
{
    struct hone_catalog_items *items = &catalog->items[HONE_CATALOG_RESOURCES];
    struct hone_catalog_entry *entry = hone_map_find(items->by_key, hone_span_text(uri));
    if (entry != NULL) {
        entry->resource.shown.annotations = annotations;
        items->sealed = false; /* until somebody asks for the list */
    }
}

/* ---- lists ---- */

struct shown {
    struct hone_catalog_entry **entries; /* those that are in the list */
    size_t n;
};

static json_t *describe_tool(void *owner, size_t index, enum hone_mcp_revision revision)
{
    const struct shown *shown = owner;
    return hone_mcp_list_tool(&shown->entries[index]->tool.shown, revision);
}

static json_t *describe_resource(void *owner, size_t index,
                                 enum hone_mcp_revision revision)
{
    const struct shown *shown = owner;
    return hone_mcp_list_resource(&shown->entries[index]->resource.shown, revision);
}

static json_t *describe_template(void *owner, size_t index,
                                 enum hone_mcp_revision revision)
{
    const struct shown *shown = owner;
    return hone_mcp_list_template(&shown->entries[index]->pattern.shown, revision);
}

static json_t *describe_prompt(void *owner, size_t index, enum hone_mcp_revision revision)
{
    const struct shown *shown = owner;
    return hone_mcp_list_prompt(&shown->entries[index]->prompt.shown, revision);
}

static int seal_list(struct hone_catalog *catalog, enum hone_catalog_list list,
                     struct hone_error *err)
{
    static json_t *(*const describers[])(void *, size_t, enum hone_mcp_revision) = {
        describe_tool, describe_resource, describe_template, describe_prompt};
    struct hone_catalog_items *items = &catalog->items[list];
    struct shown shown = {.entries =
                              hone_alloc_zeroed(items->n + 1, sizeof(*items->entries))};
    for (size_t i = 0; i < items->n; i++) {
        if (list != HONE_CATALOG_TOOLS || !items->entries[i]->tool.hidden) {
            shown.entries[shown.n++] = items->entries[i];
        }
    }
    struct hone_catalog_source source = {
        .n_items = shown.n, .describe = describers[list], .owner = &shown};
    int status =
        hone_catalog_page_seal(&items->pages, &source, &catalog->app->identity, err);
    items->sealed = status == 0;
    free(shown.entries);
    return status;
}

int hone_catalog_seal(struct hone_catalog *catalog, struct hone_error *err)
{
    int status = 0;
    for (int i = 0; i < HONE_CATALOG_LIST_N && status == 0; i++) {
        if (!catalog->items[i].sealed) {
            status = seal_list(catalog, (enum hone_catalog_list)i, err);
        }
    }
    return status;
}

void hone_catalog_changed(struct hone_catalog *catalog, enum hone_catalog_list list)
{
    struct hone_error err;
    if (hone_catalog_seal(catalog, &err) != 0) {
        hone_log_error("catalog", "list not changed cause=\"%s\"", err.message);
        return;
    }
    hone_subscriptions_list_changed(catalog->app, list);
}

const struct hone_tool *hone_catalog_find_tool(const struct hone_catalog *catalog,
                                               struct hone_span name)
{
    const struct hone_catalog_entry *entry =
        hone_map_find(catalog->items[HONE_CATALOG_TOOLS].by_key, name);
    return entry != NULL ? &entry->tool : NULL;
}

void hone_catalog_refuse_resource(struct hone_exchange *exchange, struct hone_span uri)
{
    struct hone_jsonrpc_problem problem = {0};
    bool modern = exchange->request.era == HONE_MCP_ERA_MODERN;
    struct hone_span shown = hone_text_prefix(uri, URI_PRINTED_MAX);
    hone_jsonrpc_problem_set(
        &problem, modern ? HONE_RPC_INVALID_PARAMS : RESOURCE_NOT_FOUND, HTTP_OK,
        "there is no resource %.*s", (int)shown.len, shown.len > 0 ? shown.data : "");
    problem.data = json_object();
    (void)json_object_set_new(problem.data, "uri",
                              json_stringn(uri.len > 0 ? uri.data : "", uri.len));
    hone_exchange_refuse_take(exchange, &problem);
}
