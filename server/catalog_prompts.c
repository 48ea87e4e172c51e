/* prompts/list and prompts/get. */
#include "base/alloc.h"
#include "base/text.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/catalog_internal.h"
#include "server/inputs.h"

#include <stdlib.h>

#define NAME_PRINTED_MAX 128

void hone_catalog_prompts_list(struct hone_exchange *exchange)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    hone_catalog_page_answer(exchange, &catalog->items[HONE_CATALOG_PROMPTS].pages);
}

static void refuse_unknown(struct hone_exchange *exchange, struct hone_span name)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    const struct hone_catalog_items *items = &catalog->items[HONE_CATALOG_PROMPTS];
    const char *text =
        hone_arena_text(&exchange->arena, hone_text_prefix(name, NAME_PRINTED_MAX));
    const char **names = hone_alloc_zeroed(items->n + 1, sizeof(*names));
    for (size_t i = 0; i < items->n; i++) {
        names[i] = items->entries[i]->prompt.shown.name;
    }
    const char *nearest = hone_text_nearest(text, names, items->n);
    free(names);
    hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS, "unknown prompt: %s%s%s",
                         text, nearest != NULL ? "; did you mean " : "",
                         nearest != NULL ? nearest : "");
}

/* What is wrong with the arguments, or NULL. */
static const char *fault_of(struct hone_exchange *exchange,
                            const struct hone_mcp_prompt *shown, const json_t *arguments)
{
    const char *key = NULL;
    json_t *value = NULL;
    if (!json_is_object(arguments)) {
        return "arguments must be an object";
    }
    json_object_foreach((json_t *)(uintptr_t)arguments, key, value)
    {
        if (!json_is_string(value)) {
            return hone_arena_format(&exchange->arena, "argument %.*s must be a string",
                                     NAME_PRINTED_MAX, key);
        }
    }
    for (size_t i = 0; i < shown->n_arguments; i++) {
        const struct hone_mcp_prompt_argument *argument = &shown->arguments[i];
        if (argument->required && json_object_get(arguments, argument->name) == NULL) {
            return hone_arena_format(&exchange->arena, "argument %s is missing",
                                     argument->name);
        }
    }
    return NULL;
}

void hone_catalog_prompts_get(struct hone_exchange *exchange)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    const json_t *params = hone_jsonrpc_params(&exchange->message);
    struct hone_jsonrpc_problem problem = {0};
    struct hone_span name = hone_json_text(params, "name");
    const json_t *arguments = json_object_get(params, "arguments");
    if (name.len == 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS,
                             "invalid params: name must be the name of a prompt");
        return;
    }
    const struct hone_catalog_entry *entry =
        hone_map_find(catalog->items[HONE_CATALOG_PROMPTS].by_key, name);
    if (entry == NULL) {
        refuse_unknown(exchange, name);
        return;
    }
    if (arguments == NULL || json_is_null(arguments)) {
        arguments = catalog->no_arguments;
    }
    const char *fault = fault_of(exchange, &entry->prompt.shown, arguments);
    if (fault != NULL) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS, "invalid params: %s",
                             fault);
        return;
    }
    if (hone_inputs_open(exchange, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return;
    }
    entry->prompt.get(exchange, arguments, entry->prompt.owner);
}
