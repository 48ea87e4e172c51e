#include "protocol/mcp_content.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/text.h"
#include "protocol/mcp_result.h"

#include <stdlib.h>

/* What a resource says may be another thing the next moment; who wants to keep it
 * subscribes. */
#define READ_TTL_MS 0

/* Tools may pass on bytes that are not UTF-8; JSON cannot. */
static json_t *text_value(struct hone_span text)
{
    if (hone_text_is_utf8(text)) {
        return json_stringn_nocheck(text.len > 0 ? text.data : "", text.len);
    }
    char *plain = hone_alloc_bytes(text.data, text.len);
    hone_text_make_plain(plain, text.len);
    json_t *value = json_stringn_nocheck(plain, text.len);
    free(plain);
    return value;
}

json_t *hone_mcp_content_text(struct hone_span text)
{
    json_t *block = json_object();
    hone_mcp_result_set_text(block, "type", "text");
    hone_mcp_result_set_take(block, "text", text_value(text));
    return block;
}

json_t *hone_mcp_content_message(const char *role, struct hone_span text)
{
    json_t *message = json_object();
    hone_mcp_result_set_text(message, "role", role);
    hone_mcp_result_set_take(message, "content", hone_mcp_content_text(text));
    return message;
}

static json_t *begin_resource(struct hone_span uri, const char *mime_type)
{
    json_t *contents = json_object();
    hone_mcp_result_set_take(contents, "uri", text_value(uri));
    hone_mcp_result_set_text(contents, "mimeType", mime_type);
    return contents;
}

json_t *hone_mcp_content_resource_text(struct hone_span uri, const char *mime_type,
                                       struct hone_span text)
{
    json_t *contents = begin_resource(uri, mime_type);
    hone_mcp_result_set_take(contents, "text", text_value(text));
    return contents;
}

json_t *hone_mcp_content_resource_blob(struct hone_span uri, const char *mime_type,
                                       struct hone_span bytes)
{
    struct hone_buf text;
    json_t *blob = NULL;
    hone_buf_init(&text, bytes.len / 3 * 4 + 8);
    if (hone_base64_append(&text, bytes, HONE_BASE64_PADDED) == 0) {
        blob = json_stringn_nocheck(text.len > 0 ? text.data : "", text.len);
    }
    hone_buf_finish(&text);
    if (blob == NULL) {
        return NULL;
    }
    json_t *contents = begin_resource(uri, mime_type);
    hone_mcp_result_set_take(contents, "blob", blob);
    return contents;
}

json_t *hone_mcp_content_read_result_take(enum hone_mcp_era era, json_t *contents,
                                          const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(era);
    json_t *all = json_array();
    (void)json_array_append_new(all, contents);
    hone_mcp_result_set_take(result, "contents", all);
    hone_mcp_result_set_cache(result, era, READ_TTL_MS, "private");
    return hone_mcp_result_end_take(result, era, NULL, server);
}

json_t *hone_mcp_content_prompt_result_take(enum hone_mcp_era era,
                                            const char *description, json_t *messages,
                                            const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(era);
    hone_mcp_result_set_text(result, "description", description);
    hone_mcp_result_set_take(result, "messages", messages);
    return hone_mcp_result_end_take(result, era, NULL, server);
}

json_t *hone_mcp_content_completion_result_take(enum hone_mcp_era era, json_t *values,
                                                size_t values_max,
                                                const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(era);
    json_t *completion = json_object();
    size_t total = json_array_size(values);
    while (json_array_size(values) > values_max) {
        (void)json_array_remove(values, json_array_size(values) - 1);
    }
    hone_mcp_result_set_take(completion, "values", values);
    hone_mcp_result_set_take(completion, "total", json_integer((json_int_t)total));
    hone_mcp_result_set_take(completion, "hasMore", json_boolean(total > values_max));
    hone_mcp_result_set_take(result, "completion", completion);
    return hone_mcp_result_end_take(result, era, NULL, server);
}
