/* completion/complete: values for an argument of a prompt or a variable of a template. */
#include "base/text.h"
#include "protocol/mcp_content.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/catalog_internal.h"

#define PRINTED_MAX 128

struct request {
    struct hone_span type, wanted; /* of ref: its type, and the name or URI */
    struct hone_span argument, typed;
};

static void refuse(struct hone_exchange *exchange, const char *message)
{
    hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS, "invalid params: %s",
                         message);
}

static void refuse_unknown(struct hone_exchange *exchange, const char *thing,
                           struct hone_span wanted)
{
    struct hone_span shown = hone_text_prefix(wanted, PRINTED_MAX);
    hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS, "unknown %s: %.*s", thing,
                         (int)shown.len, shown.len > 0 ? shown.data : "");
}

static void reply_take(struct hone_exchange *exchange, json_t *values)
{
    hone_exchange_reply_take(
        exchange, hone_mcp_content_completion_result_take(exchange->request.era, values,
                                                          HONE_CATALOG_COMPLETION_MAX,
                                                          &exchange->app->identity));
}

static void complete_prompt(struct hone_exchange *exchange, const struct request *request)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    const struct hone_catalog_entry *entry =
        hone_map_find(catalog->items[HONE_CATALOG_PROMPTS].by_key, request->wanted);
    if (entry == NULL) {
        refuse_unknown(exchange, "prompt", request->wanted);
        return;
    }
    json_t *values = json_array();
    if (entry->prompt.complete != NULL) {
        entry->prompt.complete(exchange, request->argument, request->typed, values,
                               entry->prompt.owner);
    }
    reply_take(exchange, values);
}

static void complete_resource(struct hone_exchange *exchange,
                              const struct request *request)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    const struct hone_catalog_entry *entry =
        hone_map_find(catalog->items[HONE_CATALOG_TEMPLATES].by_key, request->wanted);
    /* A whole URI may be asked about, too; there is nothing to complete in it. */
    if (entry == NULL && hone_map_find(catalog->items[HONE_CATALOG_RESOURCES].by_key,
                                       request->wanted) == NULL) {
        refuse_unknown(exchange, "resource template", request->wanted);
        return;
    }
    json_t *values = json_array();
    if (entry != NULL && entry->pattern.complete != NULL) {
        entry->pattern.complete(exchange, request->argument, request->typed, values,
                                entry->pattern.owner);
    }
    reply_take(exchange, values);
}

void hone_catalog_complete(struct hone_exchange *exchange)
{
    const json_t *params = hone_jsonrpc_params(&exchange->message);
    const json_t *ref = json_object_get(params, "ref");
    const json_t *argument = json_object_get(params, "argument");
    struct request request = {
        .type = hone_json_text(ref, "type"),
        .argument = hone_json_text(argument, "name"),
        .typed = hone_json_text(argument, "value"),
    };
    if (request.argument.len == 0 ||
        !json_is_string(json_object_get(argument, "value"))) {
        refuse(exchange, "argument must be {\"name\", \"value\"}, both strings");
    } else if (hone_span_is(request.type, "ref/prompt")) {
        request.wanted = hone_json_text(ref, "name");
        complete_prompt(exchange, &request);
    } else if (hone_span_is(request.type, "ref/resource")) {
        request.wanted = hone_json_text(ref, "uri");
        complete_resource(exchange, &request);
    } else {
        refuse(exchange, "ref.type must be ref/prompt or ref/resource");
    }
}
