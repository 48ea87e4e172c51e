#include "protocol/mcp_write.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"
#include "protocol/mcp_result.h"
#include "schema/json.h"

#include <stdlib.h>

#define KEY_SERVER            "io.modelcontextprotocol/serverInfo"
#define SERVER_INFO_BYTES_MAX (64U * 1024)

void hone_mcp_write_init(struct hone_mcp_writer *out,
                         const struct hone_mcp_server *server)
{
    json_t *info = hone_mcp_result_server_info(server, HONE_MCP_MODERN);
    hone_buf_init(&out->server_info, SERVER_INFO_BYTES_MAX);
    (void)hone_buf_append_text(&out->server_info, "\"" KEY_SERVER "\":");
    HONE_INVARIANT(hone_json_append(&out->server_info, info) == 0);
    json_decref(info);
}

void hone_mcp_write_finish(struct hone_mcp_writer *writer)
{
    hone_buf_finish(&writer->server_info);
}

static void append_escaped(struct hone_buf *out, struct hone_span text)
{
    if (hone_text_is_utf8(text)) {
        (void)hone_json_append_escaped(out, text);
        return;
    }
    char *plain = hone_alloc_bytes(text.data, text.len);
    hone_text_make_plain(plain, text.len);
    (void)hone_json_append_escaped(out, hone_span_of(plain, text.len));
    free(plain);
}

/* Members follow what was written of an object, whose brace stays open. */
static void append_members(struct hone_buf *out, struct hone_span members, bool is_first)
{
    if (members.len > 0) {
        (void)hone_buf_append(out, ",", is_first ? 0 : 1);
        (void)hone_buf_append_span(out, members);
    }
}

/* Up to the first member of the result. */
static bool begin_result(struct hone_buf *out, const struct hone_mcp_request *request)
{
    bool is_modern = request->era == HONE_MCP_ERA_MODERN;
    (void)hone_jsonrpc_write_result_begin(out, request->message->id);
    (void)hone_buf_append_text(out, is_modern ? "{\"resultType\":\"complete\"" : "{");
    return is_modern;
}

static int end_result(struct hone_buf *out, const struct hone_mcp_writer *writer,
                      const struct hone_mcp_request *request, struct hone_span meta)
{
    bool is_modern = request->era == HONE_MCP_ERA_MODERN;
    if (is_modern || meta.len > 0) {
        (void)hone_buf_append_text(out, ",\"_meta\":{");
        append_members(out, meta, true);
        if (is_modern) {
            append_members(out, hone_buf_span(&writer->server_info), meta.len == 0);
        }
        (void)hone_buf_append_char(out, '}');
    }
    return hone_buf_append_text(out, "}}");
}

static void append_structured(struct hone_buf *out, const struct hone_mcp_answer *answer)
{
    struct hone_span object = answer->structured;
    HONE_REQUIRE(object.len >= 2 && object.data[0] == '{' &&
                 object.data[object.len - 1] == '}');
    (void)hone_buf_append_text(out, ",\"structuredContent\":");
    (void)hone_buf_append(out, object.data, object.len - 1);
    append_members(out, answer->members, object.len == 2);
    (void)hone_buf_append_char(out, '}');
}

int hone_mcp_write_tool_result(struct hone_buf *out, const struct hone_mcp_writer *writer,
                               const struct hone_mcp_request *request,
                               const struct hone_mcp_answer *answer)
{
    if (begin_result(out, request)) {
        (void)hone_buf_append_char(out, ',');
    }
    (void)hone_buf_append_text(out, "\"content\":[{\"type\":\"text\",\"text\":\"");
    append_escaped(out, answer->text);
    (void)hone_json_append_escaped(out, answer->note);
    (void)hone_buf_append_text(out, "\"}]");
    /* Clients hold structuredContent against the output schema even on errors. */
    if (answer->structured.len > 0 && !answer->is_error) {
        append_structured(out, answer);
    }
    if (answer->is_error) {
        (void)hone_buf_append_text(out, ",\"isError\":true");
    }
    return end_result(out, writer, request, answer->meta);
}

int hone_mcp_write_empty_result(struct hone_buf *out,
                                const struct hone_mcp_writer *writer,
                                const struct hone_mcp_request *request)
{
    (void)begin_result(out, request);
    return end_result(out, writer, request, hone_span_of(NULL, 0));
}
