#include "server/tools.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"
#include "schema/json.h"
#include "server/app_internal.h"
#include "server/calls.h"
#include "server/feedback.h"
#include "server/feedback_json.h"
#include "server/status.h"

#include <stdlib.h>

#define LIST_BYTES_MAX (64U * 1024 * 1024)
#define TEXT_BYTES_MAX (256U * 1024)

static void call_feedback(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call);
static void call_status(struct hone_exchange *exchange,
                        const struct hone_mcp_tool_call *tool_call);

/* hone's own tools, sorted by name. */
static const struct own_tool {
    const char *name, *title, *description;
    const char *(*input_schema)(void);
    const char *(*output_schema)(void);
    bool read_only;
    void (*call)(struct hone_exchange *exchange,
                 const struct hone_mcp_tool_call *tool_call);
} own_tools[] = {
    {"feedback", "Say how a call went",
     "Says of an earlier result what the right label is (label), how good it was "
     "(reward, 0 to "
     "1) or what it should have been (correction). The skill learns from it; the next "
     "call "
     "sees it. Give the call_id of the result.",
     hone_feedback_json_input_schema, hone_feedback_json_output_schema, false,
     call_feedback},
    {"hone_status", "What the skills have learnt",
     "Which version of each skill answers, how much it has learnt and how often it was "
     "right.",
     hone_status_input_schema, hone_status_output_schema, true, call_status},
};
#define N_OWN_TOOLS (sizeof(own_tools) / sizeof(own_tools[0]))
_Static_assert(N_OWN_TOOLS <= HONE_TOOLS_OWN_MAX, "a compiled schema for each");

/* ---- list ---- */

static json_t *own_schema(const char *text)
{
    json_t *schema = NULL;
    struct hone_error err;
    HONE_INVARIANT(hone_json_parse(&schema, hone_span_text(text), &err) == 0);
    return schema;
}

static size_t describe_tools(struct hone_app *app, struct hone_mcp_tool *tools,
                             json_t *schemas)
{
    struct hone_error err;
    size_t n = 0;
    for (size_t i = 0; i < hone_registry_n(app->registry); i++) {
        const struct hone_skill *skill = hone_registry_at(app->registry, i);
        if (skill->owner_data == NULL) {
            continue;
        }
        tools[n++] = (struct hone_mcp_tool){
            .name = skill->interface.name,
            .title = skill->interface.title,
            .description = skill->interface.description,
            .input_schema = skill->interface.input_schema,
            .output_schema = skill->interface.output_schema,
            .read_only = true,
        };
    }
    for (size_t i = 0; i < N_OWN_TOOLS; i++) {
        json_t *input = own_schema(own_tools[i].input_schema());
        HONE_INVARIANT(hone_schema_compile(&app->own_schemas[i], input, &err) == 0);
        json_t *output = own_schema(own_tools[i].output_schema());
        (void)json_array_append_new(schemas, input);
        (void)json_array_append_new(schemas, output);
        tools[n++] = (struct hone_mcp_tool){
            .name = own_tools[i].name,
            .title = own_tools[i].title,
            .description = own_tools[i].description,
            .input_schema = input,
            .output_schema = output,
            .read_only = own_tools[i].read_only,
            .idempotent = true,
        };
    }
    return n;
}

int hone_tools_prepare(struct hone_app *app, struct hone_error *err)
{
    json_t *schemas = json_array();
    struct hone_mcp_tool *tools =
        hone_alloc_zeroed(hone_registry_n(app->registry) + N_OWN_TOOLS, sizeof(*tools));
    size_t n_tools = describe_tools(app, tools, schemas);
    int status = 0;
    for (int era = 0; era < 2 && status == 0; era++) {
        json_t *result = hone_mcp_tools_list_result((enum hone_mcp_era)era, tools,
                                                    n_tools, &app->identity);
        hone_buf_init(&app->tools_list[era], LIST_BYTES_MAX);
        status = hone_json_append(&app->tools_list[era], result);
        json_decref(result);
    }
    free(tools);
    json_decref(schemas);
    return status == 0 ? 0
                       : hone_error_set(err, status, "the list of tools is too large");
}

void hone_tools_finish(struct hone_app *app)
{
    for (size_t i = 0; i < N_OWN_TOOLS; i++) {
        hone_schema_destroy(app->own_schemas[i]);
        app->own_schemas[i] = NULL;
    }
    hone_buf_finish(&app->tools_list[0]);
    hone_buf_finish(&app->tools_list[1]);
}

void hone_tools_list(struct hone_exchange *exchange)
{
    struct hone_app *app = exchange->app;
    const json_t *cursor = json_object_get(exchange->message.params, "cursor");
    if (cursor != NULL && (!json_is_string(cursor) || json_string_length(cursor) > 0)) {
        struct hone_jsonrpc_problem problem = {0};
        hone_jsonrpc_problem_set(&problem, HONE_RPC_INVALID_PARAMS, 200,
                                 "unknown cursor: this list has one page");
        hone_session_refuse_take(exchange, &problem);
        return;
    }
    hone_buf_clear(&app->reply);
    (void)hone_jsonrpc_write_result_text(
        &app->reply, exchange->message.id,
        hone_buf_span(&app->tools_list[exchange->request.era]));
    hone_session_reply_bytes(exchange, 200, hone_buf_span(&app->reply));
}

/* ---- call ---- */

static void reply_structured(struct hone_exchange *exchange, struct hone_span text,
                             json_t *structured)
{
    json_t *result = hone_mcp_tool_result(exchange->request.era, text, structured, NULL,
                                          false, &exchange->app->identity);
    json_decref(structured);
    hone_session_reply_take(exchange, result);
}

static void on_feedback(void *user, const struct hone_feedback_outcome *outcomes,
                        size_t n_outcomes)
{
    struct hone_exchange *exchange = user;
    HONE_INVARIANT(n_outcomes == 1);
    if (outcomes->status != 0) {
        hone_calls_refuse(exchange, &outcomes->error);
        return;
    }
    const char *text = hone_arena_format(
        &exchange->arena, "%s%s", outcomes->duplicate ? "known already" : "stored",
        outcomes->learned ? " and learnt: the next call sees it" : "; it will be learnt");
    reply_structured(exchange, hone_span_text(text),
                     hone_feedback_json_outcome(outcomes));
}

static void call_feedback(struct hone_exchange *exchange,
                          const struct hone_mcp_tool_call *tool_call)
{
    hone_feedback_submit(exchange->app, &tool_call->arguments, 1,
                         hone_session_source(exchange->session, exchange),
                         hone_span_of(NULL, 0), on_feedback, exchange);
}

static void call_status(struct hone_exchange *exchange,
                        const struct hone_mcp_tool_call *tool_call)
{
    struct hone_app *app = exchange->app;
    struct hone_span name = hone_json_text(tool_call->arguments, "skill");
    struct hone_skill *only = NULL;
    struct hone_buf text;
    if (name.len > 0) {
        only = hone_registry_find(app->registry, name);
        if (only == NULL) {
            struct hone_error err;
            (void)hone_error_set(&err, HONE_E_NOT_FOUND, "there is no skill %.*s",
                                 (int)name.len, name.data);
            hone_calls_refuse(exchange, &err);
            return;
        }
    }
    json_t *status = hone_status_json(app, only);
    hone_buf_init(&text, TEXT_BYTES_MAX);
    hone_status_text(status, &text);
    reply_structured(exchange, hone_buf_span(&text), status);
    hone_buf_finish(&text);
}

static void call_own(struct hone_exchange *exchange, size_t index,
                     struct hone_mcp_tool_call *tool_call)
{
    struct hone_error err = {0};
    json_t *empty = NULL;
    if (tool_call->arguments == NULL) {
        tool_call->arguments = empty = json_object();
    }
    if (hone_schema_check(exchange->app->own_schemas[index], tool_call->arguments, NULL,
                          &err) != 0) {
        hone_calls_refuse(exchange, &err);
    } else {
        own_tools[index].call(exchange, tool_call);
    }
    json_decref(empty);
}

static void refuse_unknown(struct hone_exchange *exchange, struct hone_span name)
{
    struct hone_jsonrpc_problem problem = {0};
    const char *text = hone_arena_text(&exchange->arena, hone_text_prefix(name, 128));
    const char *nearest = hone_registry_nearest(exchange->app->registry, text);
    hone_jsonrpc_problem_set(
        &problem, HONE_RPC_INVALID_PARAMS, 200, "unknown tool: %s%s%s", text,
        nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
    problem.data = json_pack("{s:s}", "code", hone_error_name(HONE_E_NOT_FOUND));
    hone_session_refuse_take(exchange, &problem);
}

void hone_tools_call(struct hone_exchange *exchange)
{
    struct hone_mcp_tool_call tool_call;
    struct hone_jsonrpc_problem problem = {0};
    if (hone_mcp_parse_tool_call(&tool_call, &exchange->request, &problem) != 0) {
        hone_session_refuse_take(exchange, &problem);
        return;
    }
    struct hone_skill *skill =
        hone_registry_find(exchange->app->registry, tool_call.name);
    if (skill != NULL && skill->owner_data != NULL) {
        hone_calls_run(exchange, skill, &tool_call);
        return;
    }
    for (size_t i = 0; i < N_OWN_TOOLS; i++) {
        if (hone_span_is(tool_call.name, own_tools[i].name)) {
            call_own(exchange, i, &tool_call);
            return;
        }
    }
    refuse_unknown(exchange, tool_call.name);
}
