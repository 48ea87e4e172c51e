/* fuzz: protocol - a message, as stdio and as HTTP would hand it over. Whatever comes,
 * the answer that would be written is one line of JSON. */
#include "protocol/jsonrpc.h"

#include "base/check.h"
#include "base/error.h"
#include "protocol/mcp.h"
#include "protocol/mcp_write.h"
#include "schema/json.h"
#include "schema/json_walk.h"

#include <stdint.h>
#include <string.h>

#define ARENA_MAX  (1u << 20)
#define ANSWER_MAX (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct hone_mcp_server server = {.name = "fuzz", .version = "1"};

static void check_answer(const struct hone_buf *answer)
{
    json_t *value = NULL;
    HONE_INVARIANT(answer->error == 0);
    HONE_INVARIANT(memchr(answer->data, '\n', answer->len) == NULL);
    HONE_INVARIANT(hone_json_parse(&value, hone_buf_span(answer), NULL) == 0);
    HONE_INVARIANT(json_object_get(value, "id") != NULL);
    json_decref(value);
}

static void check_problem(struct hone_jsonrpc_problem *problem)
{
    struct hone_buf answer;
    HONE_INVARIANT(problem->code < 0 && problem->http_status >= 200);
    hone_buf_init(&answer, ANSWER_MAX);
    (void)hone_jsonrpc_write_problem(&answer, problem);
    check_answer(&answer);
    hone_buf_finish(&answer);
    json_decref(problem->data);
}

static void check_result(const struct hone_jsonrpc_message *message, json_t *result)
{
    struct hone_buf answer;
    hone_buf_init(&answer, ANSWER_MAX);
    (void)hone_jsonrpc_write_result(&answer, message->id, result);
    check_answer(&answer);
    hone_buf_finish(&answer);
    json_decref(result);
}

static void check_written(const struct hone_mcp_request *request,
                          const struct hone_mcp_tool_call *call)
{
    struct hone_buf answer;
    struct hone_mcp_writer writer;
    struct hone_mcp_answer parts = {
        .text = request->message->scan.value,
        .note = call->name,
        .structured = call->text,
        .members = hone_span_text("\"no such key \\u0001\":1"),
    };
    if (hone_json_walk_member(call->text, "no such key \x01").len > 0) {
        return; /* it would stand there twice */
    }
    hone_buf_init(&answer, ANSWER_MAX);
    hone_mcp_write_init(&writer, &server);
    (void)hone_mcp_write_tool_result(&answer, &writer, request, &parts);
    check_answer(&answer);
    hone_mcp_write_finish(&writer);
    hone_buf_finish(&answer);
}

static void check_opened(const struct hone_mcp_request *request)
{
    struct hone_jsonrpc_problem problem;
    struct hone_mcp_tool_call call;
    struct hone_jsonrpc_message *message = request->message;
    if (hone_span_is(message->method, "initialize")) {
        check_result(message,
                     hone_mcp_initialize_result(hone_jsonrpc_params(message), &server));
    } else if (hone_span_is(message->method, "tools/call")) {
        if (hone_mcp_parse_tool_call(&call, request, &problem) != 0 ||
            hone_mcp_make_arguments(&call, request, &problem) != 0) {
            check_problem(&problem);
        } else {
            check_result(message,
                         hone_mcp_tool_result(request->era, call.name, call.arguments,
                                              NULL, false, &server));
            check_written(request, &call);
        }
    } else {
        hone_mcp_refuse_method(&problem, request);
        check_problem(&problem);
    }
}

static void check_message(struct hone_jsonrpc_message *message,
                          const struct hone_mcp_headers *headers)
{
    struct hone_jsonrpc_problem problem;
    struct hone_mcp_request request;
    if (hone_mcp_open_request(&request, message, headers, &problem) != 0) {
        check_problem(&problem);
    } else {
        check_opened(&request);
    }
}

/* The message, then optionally three lines for the headers of MCP. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_span parts[4] = {{NULL, 0}};
    struct hone_span rest = hone_span_of((const char *)data, size);
    for (size_t i = 0; i < 4 && rest.len > 0; i++) {
        const char *end = memchr(rest.data, '\n', rest.len);
        size_t len = end != NULL ? (size_t)(end - rest.data) : rest.len;
        parts[i] = hone_span_of(rest.data, len);
        size_t used = end != NULL ? len + 1 : len;
        rest = hone_span_of(rest.data + used, rest.len - used);
    }
    struct hone_mcp_headers headers = {
        .protocol_version = parts[1], .method = parts[2], .name = parts[3]};
    struct hone_arena arena;
    struct hone_jsonrpc_message message;
    struct hone_jsonrpc_problem problem;
    hone_arena_init(&arena, ARENA_MAX);
    if (hone_jsonrpc_parse(&message, parts[0], &arena, &problem) != 0) {
        check_problem(&problem);
    } else {
        if (message.kind != HONE_JSONRPC_RESPONSE) {
            check_message(&message, NULL);
            check_message(&message, &headers);
        }
        hone_jsonrpc_finish(&message);
    }
    hone_arena_finish(&arena);
    return 0;
}
