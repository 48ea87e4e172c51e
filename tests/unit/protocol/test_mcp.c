/* Conversations: a line in, the line that goes out. The small server below does what a
 * transport does with the functions of protocol/mcp.h, so that whole answers can be
 * compared. */
#include "tests/support/support.h"

#include "base/arena.h"
#include "protocol/mcp.h"
#include "protocol/mcp_list.h"
#include "protocol/mcp_result.h"
#include "schema/json.h"
#include "schema/json_walk.h"

#include <stdio.h>
#include <string.h>

#define META_VERSION      "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\""
#define META_CAPABILITIES "\"io.modelcontextprotocol/clientCapabilities\":{}"
#define META              "\"_meta\":{" META_VERSION "," META_CAPABILITIES "}"
#define SERVER_INFO                                                                      \
    "\"_meta\":{\"io.modelcontextprotocol/"                                              \
    "serverInfo\":{\"name\":\"hone\",\"title\":\"Hone\","                                \
    "\"version\":\"1.2\",\"description\":\"learns\",\"websiteUrl\":\"https://"           \
    "example.org\"}}"

static const struct hone_mcp_server server = {
    .name = "hone",
    .title = "Hone",
    .version = "1.2",
    .description = "learns",
    .instructions = "Say how it went.",
    .website = "https://example.org",
};

/* One tool "echo", whose text is its arguments; its name is "boom" for an error. */
static json_t *answer_tools_list(enum hone_mcp_era era)
{
    json_t *input = json_pack("{s:s,s:b}", "type", "object", "additionalProperties", 0);
    json_t *output = json_pack("{s:s}", "type", "object");
    struct hone_mcp_tool tools[] = {
        {.name = "echo",
         .title = "Echo",
         .description = "Says it again.",
         .input_schema = input,
         .output_schema = output,
         .read_only = true,
         .idempotent = true},
        {.name = "bare", .input_schema = input, .destructive = true, .open_world = true},
    };
    const enum hone_mcp_revision revision =
        era == HONE_MCP_ERA_MODERN ? HONE_MCP_2026_07_28 : HONE_MCP_2025_11_25;
    json_t *list = json_array();
    for (size_t i = 0; i < 2; i++) {
        json_array_append_new(list, hone_mcp_list_tool(&tools[i], revision));
    }
    json_t *result = hone_mcp_list_result_take(revision, "tools", list, NULL, &server);
    json_decref(input);
    json_decref(output);
    return result;
}

static json_t *answer_tools_call(const struct hone_mcp_request *request,
                                 struct hone_jsonrpc_problem *problem)
{
    struct hone_mcp_tool_call call;
    if (hone_mcp_parse_tool_call(&call, request, problem) != 0 ||
        hone_mcp_make_arguments(&call, request, problem) != 0) {
        return NULL;
    }
    bool is_error = hone_span_is(call.name, "boom");
    json_t *structured = json_pack("{s:i}", "n", (int)json_object_size(call.arguments));
    json_t *meta = json_pack("{s:s}", "example.org/call", "c1");
    json_t *result = hone_mcp_tool_result(
        request->era, hone_span_text(is_error ? "no such luck" : "done"), structured,
        is_error ? NULL : meta, is_error, &server);
    json_decref(structured);
    json_decref(meta);
    return result;
}

static json_t *answer_method(const struct hone_mcp_request *request,
                             struct hone_jsonrpc_problem *problem)
{
    struct hone_span method = request->message->method;
    if (hone_span_is(method, "initialize")) {
        return hone_mcp_initialize_result(hone_jsonrpc_params(request->message), &server);
    }
    if (hone_span_is(method, "server/discover")) {
        return hone_mcp_discover_result(&server);
    }
    if (hone_span_is(method, "tools/list")) {
        return answer_tools_list(request->era);
    }
    if (hone_span_is(method, "tools/call")) {
        return answer_tools_call(request, problem);
    }
    if (hone_span_is(method, "ping")) {
        return hone_mcp_result_end_take(hone_mcp_result_begin(request->era), request->era,
                                        NULL, &server);
    }
    hone_mcp_refuse_method(problem, request);
    return NULL;
}

/* The answer's line, "" for none; *status as HTTP would have it. */
static void answer(struct hone_buf *out, int *status, const char *line,
                   const struct hone_mcp_headers *headers)
{
    struct hone_arena arena;
    struct hone_jsonrpc_message message = {.n_values = 0};
    struct hone_jsonrpc_problem problem;
    struct hone_mcp_request request;
    json_t *result = NULL;
    hone_arena_init(&arena, 100000);
    hone_buf_init(out, 100000);
    hone_buf_append_text(out, "");
    bool good =
        hone_jsonrpc_parse(&message, hone_span_text(line), &arena, &problem) == 0 &&
        hone_mcp_open_request(&request, &message, headers, &problem) == 0;
    *status = 202;
    if (good && message.kind == HONE_JSONRPC_REQUEST) {
        result = answer_method(&request, &problem);
        good = result != NULL;
    }
    if (!good) {
        *status = problem.http_status;
        assert_int_equal(hone_jsonrpc_write_problem(out, &problem), 0);
        json_decref(problem.data);
    } else if (result != NULL) {
        *status = 200;
        assert_int_equal(hone_jsonrpc_write_result(out, message.id, result), 0);
    }
    json_decref(result);
    hone_jsonrpc_finish(&message);
    hone_arena_finish(&arena);
}

/* The whole answer, without headers. */
static void expect(const char *line, const char *expected)
{
    struct hone_buf out;
    int status = 0;
    answer(&out, &status, line, NULL);
    assert_string_equal(out.len > 0 ? out.data : "", expected);
    hone_buf_finish(&out);
}

/* Code and status of an error, 0 for a result; words must be in the answer. headers NULL
 * for stdio. */
static void expect_code(const char *line, const struct hone_mcp_headers *headers,
                        int code, int status, const char *words)
{
    struct hone_buf out;
    int seen_status = 0;
    answer(&out, &seen_status, line, headers);
    json_t *value = NULL;
    struct hone_error err;
    int seen_code = 0;
    if (out.len > 0) {
        support_ok(hone_json_parse(&value, hone_buf_span(&out), &err), &err);
        seen_code = (int)json_integer_value(
            json_object_get(json_object_get(value, "error"), "code"));
    }
    const char *text = out.len > 0 ? out.data : "";
    if (seen_code != code || seen_status != status || strstr(text, words) == NULL) {
        fail_msg("%s\n-> %d %s", line, seen_status, text);
    }
    json_decref(value);
    hone_buf_finish(&out);
}

static struct hone_mcp_headers headers_of(const char *version, const char *method,
                                          const char *name)
{
    return (struct hone_mcp_headers){.protocol_version = hone_span_text(version),
                                     .method = hone_span_text(method),
                                     .name = hone_span_text(name)};
}

static void modern_client_discovers_lists_and_calls(void **state)
{
    (void)state;
    expect("{\"jsonrpc\":\"2.0\",\"id\":\"server-discover-probe-1\",\"method\":"
           "\"server/discover\",\"params\":{" META "}}",
           "{\"jsonrpc\":\"2.0\",\"id\":\"server-discover-probe-1\",\"result\":{"
           "\"resultType\":\"complete\",\"supportedVersions\":[\"2026-07-28\"],"
           "\"capabilities\":{\"tools\":{\"listChanged\":true}},\"instructions\":\"Say "
           "how it went.\","
           "\"ttlMs\":3600000,\"cacheScope\":\"public\"," SERVER_INFO "}}");
    expect(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" META "}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"complete\",\"tools\":"
        "["
        "{\"name\":\"echo\",\"title\":\"Echo\",\"description\":\"Says it again.\","
        "\"inputSchema\":{\"type\":\"object\",\"additionalProperties\":false},"
        "\"outputSchema\":{\"type\":\"object\"},\"annotations\":{\"readOnlyHint\":true,"
        "\"destructiveHint\":false,\"idempotentHint\":true,\"openWorldHint\":false}},"
        "{\"name\":\"bare\",\"inputSchema\":{\"type\":\"object\","
        "\"additionalProperties\":"
        "false},\"annotations\":{\"readOnlyHint\":false,\"destructiveHint\":true,"
        "\"idempotentHint\":false,\"openWorldHint\":true}}],"
        "\"ttlMs\":300000,\"cacheScope\":\"private\"," SERVER_INFO "}}");
    expect(
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{" META
        ",\"name\":\"echo\",\"arguments\":{\"a\":1}}}",
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"resultType\":\"complete\","
        "\"content\":["
        "{\"type\":\"text\",\"text\":\"done\"}],\"structuredContent\":{\"n\":1},"
        "\"_meta\":{\"example.org/call\":\"c1\",\"io.modelcontextprotocol/serverInfo\":{"
        "\"name\":\"hone\",\"title\":\"Hone\",\"version\":\"1.2\",\"description\":"
        "\"learns\","
        "\"websiteUrl\":\"https://example.org\"}}}}");
    expect("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{" META
           ",\"name\":\"boom\"}}",
           "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"resultType\":\"complete\","
           "\"content\":["
           "{\"type\":\"text\",\"text\":\"no such luck\"}],\"isError\":true," SERVER_INFO
           "}}");
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{" META
           ",\"requestId\":3}}",
           "");
}

static void legacy_client_initializes_lists_and_calls(void **state)
{
    (void)state;
    expect("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
           "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"roots\":{}},"
           "\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}",
           "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"protocolVersion\":\"2025-11-25\","
           "\"capabilities\":{\"tools\":{\"listChanged\":true}},\"serverInfo\":{\"name\":"
           "\"hone\",\"title\":"
           "\"Hone\","
           "\"version\":\"1.2\",\"description\":\"learns\",\"websiteUrl\":"
           "\"https://example.org\"},\"instructions\":\"Say how it went.\"}}");
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", "");
    expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
           "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    expect("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":"
           "\"echo\",\"arguments\":null}}",
           "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"content\":[{\"type\":\"text\","
           "\"text\":"
           "\"done\"}],\"structuredContent\":{\"n\":0},\"_meta\":{\"example.org/"
           "call\":\"c1\"}}}");
    expect("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":"
           "\"boom\"}}",
           "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"content\":[{\"type\":\"text\","
           "\"text\":"
           "\"no such luck\"}],\"isError\":true}}");
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{"
           "\"requestId\":2}}",
           "");
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/unheard_of\"}", "");
}

static void legacy_lists_have_no_modern_fields(void **state)
{
    (void)state;
    struct hone_buf out;
    int status = 0;
    answer(&out, &status, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}",
           NULL);
    assert_null(strstr(out.data, "resultType"));
    assert_null(strstr(out.data, "ttlMs"));
    assert_null(strstr(out.data, "cacheScope"));
    assert_null(strstr(out.data, "_meta"));
    assert_non_null(strstr(out.data, "\"name\":\"bare\""));
    hone_buf_finish(&out);
}

static void negotiates_any_version(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"2024-11-05", "2024-11-05"}, {"2025-03-26", "2025-03-26"},
        {"2025-06-18", "2025-06-18"}, {"2025-11-25", "2025-11-25"},
        {"2026-07-28", "2025-11-25"}, {"2099-01-01", "2025-11-25"},
        {"1", "2025-11-25"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *params = json_pack("{s:s,s:{s:s}}", "protocolVersion", rows[i][0],
                                   "clientInfo", "name", "c");
        assert_string_equal(hone_mcp_negotiate(params), rows[i][1]);
        assert_true(hone_span_is(hone_mcp_client_name(params), "c"));
        json_decref(params);
    }
    assert_string_equal(hone_mcp_negotiate(NULL), "2025-11-25");
    assert_int_equal(hone_mcp_client_name(NULL).len, 0);
}

static void tells_old_clients_only_what_their_version_knows(void **state)
{
    (void)state;
    json_t *params = json_pack("{s:s}", "protocolVersion", "2024-11-05");
    json_t *result = hone_mcp_initialize_result(params, &server);
    assert_int_equal(json_object_size(json_object_get(result, "serverInfo")), 2);
    json_decref(result);
    json_decref(params);
}

static const char *capability_names(const json_t *result, char names[200])
{
    const char *key = NULL;
    json_t *value = NULL;
    names[0] = '\0';
    json_object_foreach(json_object_get(result, "capabilities"), key, value)
    {
        (void)snprintf(names + strlen(names), 200 - strlen(names), "%s ", key);
    }
    return names;
}

static json_t *initialize(const char *version, const struct hone_mcp_server *who)
{
    json_t *params = json_pack("{s:s}", "protocolVersion", version);
    json_t *result = hone_mcp_initialize_result(params, who);
    json_decref(params);
    return result;
}

static void capabilities_say_what_is_offered_in_each_revision(void **state)
{
    (void)state;
    struct hone_mcp_server full = server;
    char names[200];
    full.features = HONE_MCP_RESOURCES | HONE_MCP_PROMPTS | HONE_MCP_COMPLETIONS |
                    HONE_MCP_LOGGING | HONE_MCP_TASKS | HONE_MCP_SKILLS;
    json_t *result = initialize("2024-11-05", &full);
    assert_string_equal(capability_names(result, names),
                        "tools resources prompts logging extensions ");
    json_decref(result);
    result = initialize("2025-03-26", &full);
    assert_string_equal(capability_names(result, names),
                        "tools resources prompts completions logging extensions ");
    const json_t *offered = json_object_get(result, "capabilities");
    const json_t *extensions = json_object_get(offered, "extensions");
    assert_int_equal(json_object_size(extensions), 1);
    assert_true(json_is_true(json_object_get(
        json_object_get(extensions, "io.modelcontextprotocol/skills"), "directoryRead")));
    json_decref(result);
    result = hone_mcp_discover_result(&full);
    assert_string_equal(capability_names(result, names),
                        "tools resources prompts completions extensions ");
    offered = json_object_get(result, "capabilities");
    assert_true(json_is_true(
        json_object_get(json_object_get(offered, "resources"), "subscribe")));
    assert_int_equal(json_object_size(json_object_get(offered, "extensions")), 2);
    json_decref(result);
}

static void one_pipe_may_speak_both_eras(void **state)
{
    (void)state;
    expect_code(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{" META
        "}}",
        NULL, 0, 200, "supportedVersions");
    expect_code("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"initialize\",\"params\":{"
                "\"protocolVersion\":\"2025-11-25\"}}",
                NULL, 0, 200, "protocolVersion");
    expect_code(
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\",\"params\":{" META "}}",
        NULL, 0, 200, "resultType");
}

static void a_missing_method_is_refused_as_its_era_does(void **state)
{
    (void)state;
    expect_code(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tasks/list\",\"params\":{" META "}}",
        NULL, HONE_RPC_METHOD_NOT_FOUND, 404, "\"id\":1");
    expect_code("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\",\"params\":{" META "}}",
                NULL, HONE_RPC_METHOD_NOT_FOUND, 404, "\"id\":1");
    expect_code("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tasks/list\"}", NULL,
                HONE_RPC_METHOD_NOT_FOUND, 200, "\"id\":1");
}

static void refuses_a_malformed_envelope_and_never_falls_back(void **state)
{
    (void)state;
    static const char *const envelopes[] = {
        META_VERSION,
        "\"io.modelcontextprotocol/protocolVersion\":5," META_CAPABILITIES,
        "\"io.modelcontextprotocol/protocolVersion\":null," META_CAPABILITIES,
        META_VERSION ",\"io.modelcontextprotocol/clientCapabilities\":[]",
        META_VERSION ",\"io.modelcontextprotocol/clientCapabilities\":null",
    };
    for (size_t i = 0; i < sizeof(envelopes) / sizeof(envelopes[0]); i++) {
        char line[400];
        (void)snprintf(
            line, sizeof(line),
            "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"tools/list\",\"params\":{"
            "\"_meta\":{%s}}}",
            envelopes[i]);
        expect_code(line, NULL, HONE_RPC_INVALID_PARAMS, 400, "\"id\":\"x\"");
    }
}

static void takes_initialize_with_half_a_claim_for_legacy(void **state)
{
    (void)state;
    expect_code("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"_"
                "meta\":{" META_VERSION "},\"protocolVersion\":\"2025-06-18\"}}",
                NULL, 0, 200, "\"protocolVersion\":\"2025-06-18\"");
}

static void names_the_versions_that_it_speaks(void **state)
{
    (void)state;
    expect_code(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{"
        "\"io.modelcontextprotocol/protocolVersion\":\"2099-01-01\"," META_CAPABILITIES
        "}}}",
        NULL, HONE_RPC_UNSUPPORTED_VERSION, 400,
        "\"data\":{\"supported\":[\"2026-07-28\"],\"requested\":\"2099-01-01\"}");
    expect_code(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{"
        "\"io.modelcontextprotocol/protocolVersion\":\"2025-11-25\"," META_CAPABILITIES
        "}}}",
        NULL, HONE_RPC_UNSUPPORTED_VERSION, 400, "\"requested\":\"2025-11-25\"");
}

static void knows_the_client_by_its_envelope(void **state)
{
    (void)state;
    static const char line[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/"
        "list\",\"params\":{\"_meta\":{" META_VERSION
        ",\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{}},"
        "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"codex\",\"version\":\"1\"},"
        "\"progressToken\":0}}}";
    struct hone_arena arena;
    struct hone_jsonrpc_message message;
    struct hone_jsonrpc_problem problem;
    struct hone_mcp_request request;
    hone_arena_init(&arena, 10000);
    assert_int_equal(hone_jsonrpc_parse(&message, hone_span_text(line), &arena, &problem),
                     0);
    assert_int_equal(hone_mcp_open_request(&request, &message, NULL, &problem), 0);
    assert_int_equal(request.era, HONE_MCP_ERA_MODERN);
    assert_true(hone_span_is(request.client_name, "codex"));
    assert_int_equal(message.n_values, 0);
    assert_non_null(
        json_object_get(hone_mcp_request_capabilities(&request), "elicitation"));
    assert_true(hone_span_is(hone_json_walk_member(request.meta, "progressToken"), "0"));
    hone_jsonrpc_finish(&message);
    hone_arena_finish(&arena);
}

#define LIST_LINE                                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" META "}}"
#define CALL_LINE                                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{" META          \
    ",\"name\":\"echo\"}}"
#define PROBE_LINE                                                                       \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"roots/list\",\"params\":{" META "}}"

static void checks_headers_against_the_body(void **state)
{
    (void)state;
    static const struct {
        const char *line, *version, *method, *name;
        int code, status;
        const char *words;
    } rows[] = {
        {LIST_LINE, "2026-07-28", "tools/list", NULL, 0, 200, "tools"},
        {LIST_LINE, "2026-07-28", "tools/list", "ignored", 0, 200, "tools"},
        {CALL_LINE, "2026-07-28", "tools/call", "echo", 0, 200, "done"},
        {CALL_LINE, "2026-07-28", "tools/call", "=?base64?ZWNobw==?=", 0, 200, "done"},
        {LIST_LINE, "2025-11-25", "tools/list", NULL, -32020, 400,
         "MCP-Protocol-Version"},
        {LIST_LINE, "2026-07-28", "tools/call", NULL, -32020, 400, "Mcp-Method"},
        {LIST_LINE, "2026-07-28", "Tools/list", NULL, -32020, 400, "Mcp-Method"},
        {LIST_LINE, NULL, "tools/list", NULL, -32020, 400,
         "MCP-Protocol-Version header is"},
        {LIST_LINE, "2026-07-28", NULL, NULL, -32020, 400, "Mcp-Method header is"},
        {CALL_LINE, "2026-07-28", "tools/call", NULL, -32020, 400, "Mcp-Name header is"},
        {CALL_LINE, "2026-07-28", "tools/call", "Echo", -32020, 400, "Mcp-Name"},
        {CALL_LINE, "2026-07-28", "tools/call", "=?base64?ZWNobw?=", -32020, 400,
         "base64"},
        {CALL_LINE, "2026-07-28", "tools/call", "=?base64?YQ==?=", -32020, 400,
         "Mcp-Name"},
        {PROBE_LINE, "2026-07-28", "roots/list", NULL, -32601, 404, "roots/list"},
        {PROBE_LINE, NULL, NULL, NULL, -32020, 400, "MCP-Protocol-Version"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hone_mcp_headers headers =
            headers_of(rows[i].version, rows[i].method, rows[i].name);
        expect_code(rows[i].line, &headers, rows[i].code, rows[i].status, rows[i].words);
    }
}

static void checks_headers_of_legacy_requests(void **state)
{
    (void)state;
    static const char list[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
    static const char initialize[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}";
    static const char notification[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}";
    static const struct {
        const char *line, *version;
        int code, status;
        const char *words;
    } rows[] = {
        {list, NULL, 0, 200, "tools"},
        {list, "2025-06-18", 0, 200, "tools"},
        {list, "2024-01-01", -32600, 400, "MCP-Protocol-Version"},
        {list, "nonsense", -32600, 400, "MCP-Protocol-Version"},
        {list, "2026-07-28", -32602, 400, "io.modelcontextprotocol/clientCapabilities"},
        {list, "2027-01-01", -32602, 400, "io.modelcontextprotocol/protocolVersion"},
        {initialize, NULL, 0, 200, "2025-11-25"},
        {initialize, "2025-03-26", 0, 200, "2025-11-25"},
        {initialize, "2026-07-28", -32020, 400, "initialize"},
        {notification, NULL, 0, 202, ""},
        {notification, "2025-11-25", 0, 202, ""},
        {notification, "2026-07-28", 0, 202, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hone_mcp_headers headers = headers_of(rows[i].version, NULL, NULL);
        expect_code(rows[i].line, &headers, rows[i].code, rows[i].status, rows[i].words);
    }
}

static void refuses_calls_without_a_name_or_with_odd_arguments(void **state)
{
    (void)state;
    static const char *const params[] = {
        META,
        META ",\"name\":5",
        META ",\"name\":\"\"",
        META ",\"name\":\"echo\",\"arguments\":[]",
        META ",\"name\":\"echo\",\"arguments\":\"{}\"",
    };
    for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        char line[400];
        (void)snprintf(
            line, sizeof(line),
            "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\",\"params\":{%s}}",
            params[i]);
        expect_code(line, NULL, HONE_RPC_INVALID_PARAMS, 200, "\"id\":9");
    }
}

static void makes_valid_text_of_any_bytes(void **state)
{
    (void)state;
    json_t *result = hone_mcp_tool_result(HONE_MCP_ERA_LEGACY,
                                          hone_span_text("a\xff"
                                                         "b"),
                                          NULL, NULL, false, &server);
    const json_t *block = json_array_get(json_object_get(result, "content"), 0);
    assert_true(hone_span_is(hone_json_text(block, "text"), "a?b"));
    json_decref(result);
    result = hone_mcp_tool_result(HONE_MCP_ERA_LEGACY, hone_span_of(NULL, 0), NULL, NULL,
                                  false, &server);
    block = json_array_get(json_object_get(result, "content"), 0);
    assert_string_equal(json_string_value(json_object_get(block, "text")), "");
    json_decref(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modern_client_discovers_lists_and_calls),
        cmocka_unit_test(legacy_client_initializes_lists_and_calls),
        cmocka_unit_test(legacy_lists_have_no_modern_fields),
        cmocka_unit_test(negotiates_any_version),
        cmocka_unit_test(tells_old_clients_only_what_their_version_knows),
        cmocka_unit_test(capabilities_say_what_is_offered_in_each_revision),
        cmocka_unit_test(one_pipe_may_speak_both_eras),
        cmocka_unit_test(a_missing_method_is_refused_as_its_era_does),
        cmocka_unit_test(refuses_a_malformed_envelope_and_never_falls_back),
        cmocka_unit_test(takes_initialize_with_half_a_claim_for_legacy),
        cmocka_unit_test(names_the_versions_that_it_speaks),
        cmocka_unit_test(knows_the_client_by_its_envelope),
        cmocka_unit_test(checks_headers_against_the_body),
        cmocka_unit_test(checks_headers_of_legacy_requests),
        cmocka_unit_test(refuses_calls_without_a_name_or_with_odd_arguments),
        cmocka_unit_test(makes_valid_text_of_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
