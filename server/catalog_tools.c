/* tools/list and tools/call. */
#include "base/alloc.h"
#include "base/text.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/calls.h"
#include "server/capability.h"
#include "server/catalog_internal.h"
#include "server/inputs.h"
#include "server/session.h"
#include "server/tasks.h"

#include <stdlib.h>

#define NAME_PRINTED_MAX 128
#define HTTP_OK          200

void hone_catalog_tools_list(struct hone_exchange *exchange)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    hone_catalog_page_answer(exchange, &catalog->items[HONE_CATALOG_TOOLS].pages);
}

/* The name of a tool that was likely meant, or NULL. */
static const char *nearest_tool(const struct hone_catalog *catalog, const char *name)
{
    const struct hone_catalog_items *items = &catalog->items[HONE_CATALOG_TOOLS];
    const char **names = hone_alloc_zeroed(items->n + 1, sizeof(*names));
    for (size_t i = 0; i < items->n; i++) {
        names[i] = items->entries[i]->tool.shown.name;
    }
    const char *nearest = hone_text_nearest(name, names, items->n);
    free(names);
    return nearest;
}

static void refuse_unknown(struct hone_exchange *exchange, struct hone_span name)
{
    struct hone_jsonrpc_problem problem = {0};
    const char *text =
        hone_arena_text(&exchange->arena, hone_text_prefix(name, NAME_PRINTED_MAX));
    const char *nearest = nearest_tool(exchange->app->catalog, text);
    hone_jsonrpc_problem_set(
        &problem, HONE_RPC_INVALID_PARAMS, HTTP_OK, "unknown tool: %s%s%s", text,
        nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
    problem.data = json_pack("{s:s}", "code", hone_error_name(HONE_E_NOT_FOUND));
    hone_exchange_refuse_take(exchange, &problem);
}

static void refuse_role(struct hone_exchange *exchange, const struct hone_tool *tool)
{
    struct hone_error err = {0};
    (void)hone_error_set(&err, HONE_E_DENIED, "you may not use %s", tool->shown.name);
    (void)hone_error_hint(&err, "a token with the role %s is needed",
                          hone_principal_role_name(tool->role));
    hone_calls_refuse(exchange, &err);
}

/* True when the call goes on as a task, or was refused. */
static bool became_task(struct hone_exchange *exchange, const struct hone_tool *tool)
{
    if (tool->tasks == HONE_TOOL_TASKS_NEVER || exchange->task != NULL) {
        return false;
    }
    if ((hone_session_abilities(exchange) & HONE_SESSION_TASKS) != 0) {
        hone_tasks_start(exchange);
        return true;
    }
    if (tool->tasks == HONE_TOOL_TASKS_REQUIRED) {
        hone_capability_refuse_tasks(exchange);
        return true;
    }
    return false;
}

int hone_catalog_tools_check_headers(struct hone_exchange *exchange,
                                     const struct hone_mcp_headers *headers,
                                     struct hone_jsonrpc_problem *problem)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    struct hone_jsonrpc_message *message = &exchange->message;
    const struct hone_catalog_entry *entry =
        hone_map_find(catalog->items[HONE_CATALOG_TOOLS].by_key,
                      hone_jsonrpc_param_text(message, "name"));
    if (entry == NULL || entry->param_headers == NULL) {
        return 0;
    }
    return hone_mcp_param_header_check(
        entry->param_headers,
        hone_jsonrpc_value(message, hone_jsonrpc_param(message, "arguments")), headers,
        problem);
}

/* Checks the arguments, and makes a value of them unless the tool reads their text and what
 * they are is plain to see. False when the call was refused. */
static bool open_arguments(struct hone_exchange *exchange, const struct hone_tool *tool,
                           struct hone_mcp_tool_call *tool_call)
{
    struct hone_jsonrpc_problem problem = {0};
    struct hone_error err = {0};
    struct hone_span text =
        tool_call->text.len > 0 ? tool_call->text : hone_span_text("{}");
    if (tool->reads_text && hone_schema_accepts(tool->schema, text)) {
        return true;
    }
    if (hone_mcp_make_arguments(tool_call, &exchange->request, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return false;
    }
    if (tool_call->arguments == NULL) {
        tool_call->arguments = exchange->app->catalog->no_arguments;
    }
    if (hone_schema_check(tool->schema, tool_call->arguments, NULL, &err) != 0) {
        hone_calls_refuse(exchange, &err);
        return false;
    }
    return true;
}

void hone_catalog_tools_call(struct hone_exchange *exchange)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    struct hone_mcp_tool_call tool_call;
    struct hone_jsonrpc_problem problem = {0};
    if (hone_mcp_parse_tool_call(&tool_call, &exchange->request, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return;
    }
    const struct hone_tool *tool = hone_catalog_find_tool(catalog, tool_call.name);
    if (tool == NULL) {
        refuse_unknown(exchange, tool_call.name);
        return;
    }
    if (!hone_principal_may(&exchange->principal, tool->role)) {
        refuse_role(exchange, tool);
        return;
    }
    if (!open_arguments(exchange, tool, &tool_call)) {
        return;
    }
    if (hone_inputs_open(exchange, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
        return;
    }
    if (!became_task(exchange, tool)) {
        tool->call(exchange, &tool_call, tool->owner);
    }
}
