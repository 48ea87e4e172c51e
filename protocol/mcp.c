#include "protocol/mcp.h"

#include "base/text.h"
#include "protocol/mcp_content.h"
#include "protocol/mcp_envelope.h"
#include "protocol/mcp_era.h"
#include "protocol/mcp_result.h"
#include "schema/json.h"
#include "schema/json_walk.h"

/* What the server can do changes with a new release only. */
#define DISCOVER_TTL_MS 3600000

#define HTTP_OK        200
#define HTTP_NOT_FOUND 404

int hone_mcp_open_request(struct hone_mcp_request *out,
                          struct hone_jsonrpc_message *message,
                          const struct hone_mcp_headers *headers,
                          struct hone_jsonrpc_problem *problem)
{
    return hone_mcp_envelope_open(out, message, headers, problem);
}

int hone_mcp_log_level(struct hone_span name)
{
    static const char *const levels[] = {
        "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
    };
    for (int i = 0; i < (int)(sizeof(levels) / sizeof(levels[0])); i++) {
        if (hone_span_is(name, levels[i])) {
            return i;
        }
    }
    return -1;
}

const json_t *hone_mcp_request_capabilities(const struct hone_mcp_request *request)
{
    return hone_jsonrpc_value(request->message, request->capabilities);
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

/* Extensions of an era, or NULL for none. */
static json_t *extensions(const struct hone_mcp_server *server, enum hone_mcp_era era)
{
    json_t *all = json_object();
    if (era == HONE_MCP_ERA_MODERN && (server->features & HONE_MCP_TASKS) != 0) {
        hone_mcp_result_set_take(all, HONE_MCP_EXTENSION_TASKS, json_object());
    }
    if ((server->features & HONE_MCP_SKILLS) != 0) {
        hone_mcp_result_set_take(all, HONE_MCP_EXTENSION_SKILLS,
                                 json_pack("{s:b}", "directoryRead", 1));
    }
    if (json_object_size(all) == 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

/* Only what is answered may be advertised. */
static json_t *capabilities(const struct hone_mcp_server *server,
                            enum hone_mcp_revision revision)
{
    enum hone_mcp_era era = hone_mcp_era_of(revision);
    const unsigned features = server->features;
    json_t *all = json_object();
    json_t *extended = extensions(server, era);
    hone_mcp_result_set_take(all, "tools", json_pack("{s:b}", "listChanged", 1));
    if ((features & HONE_MCP_RESOURCES) != 0) {
        hone_mcp_result_set_take(
            all, "resources", json_pack("{s:b,s:b}", "subscribe", 1, "listChanged", 1));
    }
    if ((features & HONE_MCP_PROMPTS) != 0) {
        hone_mcp_result_set_take(all, "prompts", json_pack("{s:b}", "listChanged", 1));
    }
    if ((features & HONE_MCP_COMPLETIONS) != 0 && revision >= HONE_MCP_2025_03_26) {
        hone_mcp_result_set_take(all, "completions", json_object());
    }
    if ((features & HONE_MCP_LOGGING) != 0 && era == HONE_MCP_ERA_LEGACY) {
        hone_mcp_result_set_take(all, "logging", json_object());
    }
    if (extended != NULL) {
        hone_mcp_result_set_take(all, "extensions", extended);
    }
    return all;
}

json_t *hone_mcp_initialize_result(const json_t *params,
                                   const struct hone_mcp_server *server)
{
    const char *version = hone_mcp_negotiate(params);
    json_t *result = hone_mcp_result_begin(HONE_MCP_ERA_LEGACY);
    hone_mcp_result_set_text(result, "protocolVersion", version);
    hone_mcp_result_set_take(
        result, "capabilities",
        capabilities(server, hone_mcp_era_revision(HONE_MCP_ERA_LEGACY, version)));
    hone_mcp_result_set_take(result, "serverInfo",
                             hone_mcp_result_introduction(server, version));
    hone_mcp_result_set_text(result, "instructions", server->instructions);
    return hone_mcp_result_end_take(result, HONE_MCP_ERA_LEGACY, NULL, server);
}

json_t *hone_mcp_discover_result(const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(HONE_MCP_ERA_MODERN);
    hone_mcp_result_set_take(result, "supportedVersions", hone_mcp_era_supported());
    hone_mcp_result_set_take(result, "capabilities",
                             capabilities(server, HONE_MCP_2026_07_28));
    hone_mcp_result_set_text(result, "instructions", server->instructions);
    hone_mcp_result_set_cache(result, HONE_MCP_ERA_MODERN, DISCOVER_TTL_MS, "public");
    return hone_mcp_result_introduce_take(result, server);
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
    struct hone_jsonrpc_message *message = request->message;
    struct hone_span name = hone_jsonrpc_param_text(message, "name");
    struct hone_span text = hone_jsonrpc_param(message, "arguments");
    if (name.len == 0) {
        return refuse_params(problem, request, "name must be the name of a tool");
    }
    if (hone_json_walk_is_null(text)) {
        text = hone_span_of(NULL, 0); /* how some languages write an absent member */
    }
    if (text.len > 0 && !hone_json_walk_is_object(text)) {
        return refuse_params(problem, request, "arguments must be an object");
    }
    *out = (struct hone_mcp_tool_call){.name = name, .text = text, .meta = request->meta};
    return 0;
}

int hone_mcp_make_arguments(struct hone_mcp_tool_call *call,
                            const struct hone_mcp_request *request,
                            struct hone_jsonrpc_problem *problem)
{
    call->arguments = hone_jsonrpc_value(request->message, call->text);
    return call->text.len == 0 || call->arguments != NULL
               ? 0
               : refuse_params(problem, request, "no memory for the arguments");
}

json_t *hone_mcp_tool_result(enum hone_mcp_era era, struct hone_span text,
                             const json_t *structured, const json_t *meta, bool is_error,
                             const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(era);
    json_t *content = json_array();
    (void)json_array_append_new(content, hone_mcp_content_text(text));
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
