/* Answers of those who read resources and fill prompts. */
#include "base/text.h"
#include "protocol/mcp_content.h"
#include "server/app_internal.h"
#include "server/catalog.h"

static void reply_contents_take(struct hone_exchange *exchange, json_t *contents)
{
    hone_exchange_reply_take(
        exchange, hone_mcp_content_read_result_take(exchange->request.era, contents,
                                                    &exchange->app->identity));
}

void hone_catalog_reply_text(struct hone_exchange *exchange, struct hone_span uri,
                             const char *mime_type, struct hone_span text)
{
    reply_contents_take(exchange, hone_mcp_content_resource_text(uri, mime_type, text));
}

void hone_catalog_reply_blob(struct hone_exchange *exchange, struct hone_span uri,
                             const char *mime_type, struct hone_span bytes)
{
    json_t *contents = hone_mcp_content_resource_blob(uri, mime_type, bytes);
    if (contents == NULL) {
        hone_exchange_refuse(exchange, HONE_RPC_INTERNAL, "no memory for the resource");
        return;
    }
    reply_contents_take(exchange, contents);
}

void hone_catalog_reply_prompt_take(struct hone_exchange *exchange,
                                    const char *description, json_t *messages)
{
    hone_exchange_reply_take(exchange, hone_mcp_content_prompt_result_take(
                                           exchange->request.era, description, messages,
                                           &exchange->app->identity));
}
