#include "server/catalog_page.h"

#include "base/alloc.h"
#include "protocol/cursor.h"
#include "protocol/mcp_era.h"
#include "protocol/mcp_list.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/session.h"

#include <stdlib.h>

#define PAGE_BYTES_MAX (64U * 1024 * 1024)

#define NEWEST HONE_MCP_2026_07_28

static size_t count_pages(const struct hone_catalog_pages *pages, size_t n_items)
{
    size_t n = (n_items + pages->page_items_max - 1) / pages->page_items_max;
    return n > 0 ? n : 1;
}

/* Only what has more than one page needs a name for its content. */
static struct hone_digest digest_items(const struct hone_catalog_source *source)
{
    struct hone_digest_stream stream;
    struct hone_buf text;
    hone_digest_stream_init(&stream);
    hone_buf_init(&text, PAGE_BYTES_MAX);
    for (size_t i = 0; i < source->n_items; i++) {
        json_t *item = source->describe(source->owner, i, NEWEST);
        hone_buf_clear(&text);
        (void)hone_json_append(&text, item);
        hone_digest_stream_update(&stream, text.data, text.len);
        hone_digest_stream_update(&stream, "\n", 1);
        json_decref(item);
    }
    hone_buf_finish(&text);
    return hone_digest_stream_final(&stream);
}

static int write_page(struct hone_buf *body, const struct hone_catalog_pages *pages,
                      const struct hone_catalog_source *source, size_t first,
                      enum hone_mcp_revision revision,
                      const struct hone_mcp_server *server)
{
    char cursor[HONE_CURSOR_TEXT_LEN + 1];
    size_t left = source->n_items - first;
    size_t n = left < pages->page_items_max ? left : pages->page_items_max;
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(items,
                                    source->describe(source->owner, first + i, revision));
    }
    if (n < left) {
        hone_cursor_format(cursor, pages->method, pages->content, first + n);
    }
    json_t *result = hone_mcp_list_result_take(revision, pages->key, items,
                                               n < left ? cursor : NULL, server);
    hone_buf_init(body, PAGE_BYTES_MAX);
    int status = hone_json_append(body, result);
    json_decref(result);
    return status;
}

static int write_pages(struct hone_catalog_pages *pages,
                       const struct hone_catalog_source *source,
                       enum hone_mcp_revision revision,
                       const struct hone_mcp_server *server)
{
    struct hone_buf *bodies = hone_alloc_zeroed(pages->n_pages, sizeof(*bodies));
    int status = 0;
    pages->bodies[revision] = bodies;
    for (size_t i = 0; i < pages->n_pages && status == 0; i++) {
        status = write_page(&bodies[i], pages, source, i * pages->page_items_max,
                            revision, server);
    }
    return status;
}

int hone_catalog_page_seal(struct hone_catalog_pages *pages,
                           const struct hone_catalog_source *source,
                           const struct hone_mcp_server *server, struct hone_error *err)
{
    struct hone_catalog_pages made = {
        .method = pages->method,
        .key = pages->key,
        .page_items_max = pages->page_items_max,
        .n_items = source->n_items,
        .n_pages = count_pages(pages, source->n_items),
    };
    int status = 0;
    if (made.n_pages > 1) {
        made.content = digest_items(source);
    }
    for (int i = 0; i < HONE_MCP_REVISION_N && status == 0; i++) {
        status = write_pages(&made, source, (enum hone_mcp_revision)i, server);
    }
    if (status != 0) {
        hone_catalog_page_finish(&made);
        return hone_error_set(err, status, "a page of %s is too large", pages->method);
    }
    hone_catalog_page_finish(pages);
    *pages = made;
    return 0;
}

void hone_catalog_page_finish(struct hone_catalog_pages *pages)
{
    for (size_t i = 0; i < HONE_MCP_REVISION_N; i++) {
        for (size_t j = 0; pages->bodies[i] != NULL && j < pages->n_pages; j++) {
            hone_buf_finish(&pages->bodies[i][j]);
        }
        free(pages->bodies[i]);
        pages->bodies[i] = NULL;
    }
}

/* The number of the page that the cursor begins. */
static int find_page(size_t *page, const struct hone_catalog_pages *pages,
                     const json_t *cursor, struct hone_error *err)
{
    size_t offset = 0;
    if (cursor != NULL && !json_is_string(cursor)) {
        return hone_error_set(err, HONE_E_INVALID, "cursor must be a string");
    }
    struct hone_span text =
        hone_span_of(json_string_value(cursor), json_string_length(cursor));
    int status = hone_cursor_parse(&offset, text, pages->method, pages->content,
                                   pages->n_items, err);
    if (status != 0) {
        return status;
    }
    *page = offset / pages->page_items_max;
    if (*page >= pages->n_pages || offset % pages->page_items_max != 0) {
        return hone_error_set(err, HONE_E_INVALID, "the cursor begins no page");
    }
    return 0;
}

enum hone_mcp_revision hone_catalog_page_revision(const struct hone_exchange *exchange)
{
    return hone_mcp_era_revision(exchange->request.era, exchange->version != NULL
                                                            ? exchange->version
                                                            : exchange->session->version);
}

void hone_catalog_page_answer(struct hone_exchange *exchange,
                              const struct hone_catalog_pages *pages)
{
    struct hone_error err = {0};
    struct hone_buf *reply = &exchange->app->reply;
    enum hone_mcp_revision revision = hone_catalog_page_revision(exchange);
    size_t page = 0;
    if (find_page(&page, pages,
                  hone_jsonrpc_value(&exchange->message,
                                     hone_jsonrpc_param(&exchange->message, "cursor")),
                  &err) != 0) {
        hone_exchange_refuse(exchange, HONE_RPC_INVALID_PARAMS, "invalid cursor: %s%s%s",
                             err.message, err.hint[0] != '\0' ? "; " : "", err.hint);
        return;
    }
    hone_buf_clear(reply);
    if (hone_jsonrpc_write_result_text(reply, exchange->message.id,
                                       hone_buf_span(&pages->bodies[revision][page])) !=
        0) {
        hone_exchange_refuse(exchange, HONE_RPC_INTERNAL, "no memory for the list");
        return;
    }
    hone_exchange_reply_bytes(exchange, 200, hone_buf_span(reply));
}
