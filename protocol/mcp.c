#include "protocol/mcp.h"

#include "base/alloc.h"
#include "base/text.h"
#include "protocol/mcp_envelope.h"
#include "protocol/mcp_era.h"
#include "protocol/mcp_result.h"
#include "schema/json.h"

#include <stdlib.h>

/* What the server can do changes with a new release; which tools it has, with its skills.
 * Tools may come to depend on who asks, so no shared cache may keep their list. */
#define DISCOVER_TTL_MS   3600000
#define TOOLS_LIST_TTL_MS 300000

#define HTTP_OK        200
#define HTTP_NOT_FOUND 404

int hone_mcp_open_request(struct hone_mcp_request *out,
                          const struct hone_jsonrpc_message *message,
                          const struct hone_mcp_headers *headers,
                          struct hone_jsonrpc_problem *problem)
{
    return hone_mcp_envelope_open(out, message, headers, problem);
}

bool hone_mcp_has_method(enum hone_mcp_era era, struct hone_span method)
{
    return hone_mcp_era_find_method(era, method) != NULL;
}

void hone_mcp_refuse_method(struct hone_jsonrpc_problem *problem,
                            const struct hone_mcp_request *request)
{
    struct hone_span method = hone_text_prefix(request->message->method, 64);
    int status = request->era == HONE_MCP_ERA_MODERN ? HTTP_NOT_FOUND : HTTP_OK;
    hone_jsonrpc_problem_set(problem, HONE_RPC_METHOD_NOT_FOUND, status,
                             "method not found: \"%.*s\"", (int)method.len,
                             method.len > 0 ? method.data : "");
    if (request->message->id.len > 0) {
        problem->id = request->message->id;
    }
}

const char *hone_mcp_negotiate(const json_t *initialize_params)
{
    const char *known =
        hone_mcp_era_find_legacy(hone_json_text(initialize_params, "protocolVersion"));
    return known != NULL ? known : HONE_MCP_LEGACY_NEWEST;
}

struct hone_span hone_mcp_client_name(const json_t *initialize_params)
{
    return hone_json_text(json_object_get(initialize_params, "clientInfo"), "name");
}

/* Only what is answered may be advertised. */
static json_t *capabilities(void)
{
    json_t *all = json_object();
    hone_mcp_result_set_take(all, "tools", json_object());
    return all;
}

json_t *hone_mcp_initialize_result(const json_t *params,
                                   const struct hone_mcp_server *server)
{
    const char *version = hone_mcp_negotiate(params);
    json_t *result = hone_mcp_result_begin(HONE_MCP_ERA_LEGACY);
    hone_mcp_result_set_text(result, "protocolVersion", version);
    hone_mcp_result_set_take(result, "capabilities", capabilities());
    hone_mcp_result_set_take(result, "serverInfo",
                             hone_mcp_result_server_info(server, version));
    hone_mcp_result_set_text(result, "instructions", server->instructions);
    return hone_mcp_result_end_take(result, HONE_MCP_ERA_LEGACY, NULL, server);
}

json_t *hone_mcp_discover_result(const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(HONE_MCP_ERA_MODERN);
    hone_mcp_result_set_take(result, "supportedVersions", hone_mcp_era_supported());
    hone_mcp_result_set_take(result, "capabilities", capabilities());
    hone_mcp_result_set_text(result, "instructions", server->instructions);
    hone_mcp_result_set_cache(result, HONE_MCP_ERA_MODERN, DISCOVER_TTL_MS, "public");
    return hone_mcp_result_end_take(result, HONE_MCP_ERA_MODERN, NULL, server);
}

static json_t *annotations_of(const struct hone_mcp_tool *tool)
{
    json_t *annotations = json_object();
    hone_mcp_result_set_take(annotations, "readOnlyHint", json_boolean(tool->read_only));
    hone_mcp_result_set_take(annotations, "destructiveHint",
                             json_boolean(tool->destructive));
    hone_mcp_result_set_take(annotations, "idempotentHint",
                             json_boolean(tool->idempotent));
    hone_mcp_result_set_take(annotations, "openWorldHint",
                             json_boolean(tool->open_world));
    return annotations;
}

static json_t *describe_tool(const struct hone_mcp_tool *tool)
{
    json_t *object = json_object();
    hone_mcp_result_set_text(object, "name", tool->name);
    hone_mcp_result_set_text(object, "title", tool->title);
    hone_mcp_result_set_text(object, "description", tool->description);
    hone_mcp_result_set_take(object, "inputSchema",
                             hone_mcp_result_share(tool->input_schema));
    if (tool->output_schema != NULL) {
        hone_mcp_result_set_take(object, "outputSchema",
                                 hone_mcp_result_share(tool->output_schema));
    }
    hone_mcp_result_set_take(object, "annotations", annotations_of(tool));
    return object;
}

json_t *hone_mcp_tools_list_result(enum hone_mcp_era era,
                                   const struct hone_mcp_tool *tools, size_t n_tools,
                                   const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(era);
    json_t *list = json_array();
    for (size_t i = 0; i < n_tools; i++) {
        (void)json_array_append_new(list, describe_tool(&tools[i]));
    }
    hone_mcp_result_set_take(result, "tools", list);
    hone_mcp_result_set_cache(result, era, TOOLS_LIST_TTL_MS, "private");
    return hone_mcp_result_end_take(result, era, NULL, server);
}

static int refuse_params(struct hone_jsonrpc_problem *problem,
                         const struct hone_mcp_request *request, const char *message)
{
    hone_jsonrpc_problem_set(problem, HONE_RPC_INVALID_PARAMS, HTTP_OK,
                             "invalid params: %s", message);
    if (request->message->id.len > 0) {
        problem->id = request->message->id;
    }
    return -1;
}

int hone_mcp_parse_tool_call(struct hone_mcp_tool_call *out,
                             const struct hone_mcp_request *request,
                             struct hone_jsonrpc_problem *problem)
{
    const json_t *params = request->message->params;
    struct hone_span name = hone_json_text(params, "name");
    const json_t *arguments = json_object_get(params, "arguments");
    if (name.len == 0) {
        return refuse_params(problem, request, "name must be the name of a tool");
    }
    if (json_is_null(arguments)) {
        arguments = NULL; /* how some languages write an absent member */
    }
    if (arguments != NULL && !json_is_object(arguments)) {
        return refuse_params(problem, request, "arguments must be an object");
    }
    *out = (struct hone_mcp_tool_call){
        .name = name, .arguments = arguments, .meta = request->meta};
    return 0;
}

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

static json_t *text_block(struct hone_span text)
{
    json_t *block = json_object();
    hone_mcp_result_set_text(block, "type", "text");
    hone_mcp_result_set_take(block, "text", text_value(text));
    return block;
}

json_t *hone_mcp_tool_result(enum hone_mcp_era era, struct hone_span text,
                             const json_t *structured, const json_t *meta, bool is_error,
                             const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(era);
    json_t *content = json_array();
    (void)json_array_append_new(content, text_block(text));
    hone_mcp_result_set_take(result, "content", content);
    /* Clients hold structuredContent against the output schema even on errors. */
    if (structured != NULL && !is_error) {
        hone_mcp_result_set_take(result, "structuredContent",
                                 hone_mcp_result_share(structured));
    }
    if (is_error) {
        hone_mcp_result_set_take(result, "isError", json_true());
    }
    return hone_mcp_result_end_take(result, era, meta, server);
}

json_t *hone_mcp_empty_result(enum hone_mcp_era era, const struct hone_mcp_server *server)
{
    return hone_mcp_result_end_take(hone_mcp_result_begin(era), era, NULL, server);
}
