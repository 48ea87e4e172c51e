/* What a request's _meta says of its client's trace. */
#include "tests/unit/server/app_world.h"

#include "base/log.h"
#include "server/app_internal.h"
#include "server/catalog.h"
#include "server/dispatch.h"

#include <fcntl.h>

#define TRACE    "4bf92f3577b34da6a3ce929d0e0e4736"
#define GOOD     "00-" TRACE "-00f067aa0ba902b7-01"
#define LOG_SIZE 65536

static int set_up(void **state)
{
    char *path = support_source_path("tests/data/skills");
    struct world *world = make_world(path);
    open_app(world);
    free(path);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    destroy_world(*state);
    return 0;
}

/* ---- a tool that looks at it ---- */

struct seen {
    bool found;
    char trace_id[64], parent_id[64], state[64];
};

static void copy(char out[64], struct hone_span text)
{
    (void)snprintf(out, 64, "%.*s", (int)text.len, text.len > 0 ? text.data : "");
}

static void call_look(struct hone_exchange *exchange,
                      const struct hone_mcp_tool_call *tool_call, void *owner)
{
    struct seen *seen = owner;
    struct hone_trace_context trace = {0};
    (void)tool_call;
    hone_exchange_keep_message(exchange); /* as what works on later does */
    seen->found = hone_exchange_trace(exchange, &trace);
    copy(seen->trace_id, hone_exchange_trace_id(exchange));
    copy(seen->parent_id, trace.parent_id);
    copy(seen->state, trace.state);
    hone_exchange_reply_empty(exchange);
}

/* What the tool sees of a request with these members in its _meta. */
static struct seen look(struct world *world, const char *meta)
{
    struct seen seen = {0};
    json_t *schema = json_pack("{s:s}", "type", "object");
    struct hone_tool tool = {.shown = {.name = "look", .input_schema = schema},
                             .role = HONE_ROLE_CALL,
                             .call = call_look,
                             .owner = &seen};
    struct hone_catalog *catalog = world->app->catalog;
    support_ok(hone_catalog_add_tool(catalog, &tool, &world->err), &world->err);
    json_t *params =
        json_pack("{s:s,s:o}", "name", "look", "_meta", json_loads(meta, 0, NULL));
    assert_non_null(params);
    json_decref(request(world, "tools/call", params));
    hone_catalog_remove_tool(catalog, "look");
    json_decref(schema);
    return seen;
}

static void a_trace_is_there_for_who_needs_it(void **state)
{
    struct seen seen =
        look(*state, "{\"traceparent\":\"" GOOD "\",\"tracestate\":\"a=1,b=2\",\"x\":1}");
    assert_true(seen.found);
    assert_string_equal(seen.trace_id, TRACE);
    assert_string_equal(seen.parent_id, "00f067aa0ba902b7");
    assert_string_equal(seen.state, "a=1,b=2");
}

static void a_malformed_trace_is_as_good_as_none(void **state)
{
    static const char *const metas[] = {
        "{}",
        "{\"tracestate\":\"a=1\"}",
        "{\"traceparent\":\"\"}",
        "{\"traceparent\":\"00-" TRACE "\"}",
        "{\"traceparent\":7}",
        "{\"traceparent\":null}",
        "{\"traceparent\":{\"a\":\"" GOOD "\"}}",
        "{\"traceparent\":\"00-00000000000000000000000000000000-00f067aa0ba902b7-01\"}",
    };
    for (size_t i = 0; i < sizeof(metas) / sizeof(metas[0]); i++) {
        struct seen seen = look(*state, metas[i]);
        assert_false(seen.found);
        assert_string_equal(seen.trace_id, "");
    }
    struct seen seen =
        look(*state, "{\"traceparent\":\"" GOOD "\",\"tracestate\":[\"not\",\"text\"]}");
    assert_string_equal(seen.trace_id, TRACE);
    assert_string_equal(seen.state, "");
}

/* ---- the log ---- */

/* Calls weather with this _meta and gives the call_id; *lines: what was logged. */
static char *call_logged(struct world *world, const char *meta, char lines[LOG_SIZE])
{
    char *path = hone_alloc_format("%s/log", world->folder);
    int real = dup(STDERR_FILENO);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(real >= 0 && file >= 0);
    (void)dup2(file, STDERR_FILENO);
    json_t *result =
        request(world, "tools/call",
                json_pack("{s:s,s:{s:s},s:o}", "name", "weather", "arguments", "text",
                          "umbrella", "_meta", json_loads(meta, 0, NULL)));
    (void)dup2(real, STDERR_FILENO);
    ssize_t n = pread(file, lines, LOG_SIZE - 1, 0);
    lines[n > 0 ? n : 0] = '\0';
    close(real);
    close(file);
    free(path);
    char *call_id = hone_alloc_text(text_of(structured(result), "call_id"));
    json_decref(result);
    return call_id;
}

static void a_debug_line_joins_call_and_trace(void **state)
{
    static char lines[LOG_SIZE];
    struct world *world = *state;
    hone_log_configure(HONE_LOG_DEBUG, "calls", false);
    char *call_id = call_logged(world, "{\"traceparent\":\"" GOOD "\"}", lines);
    char *wanted = hone_alloc_format(
        " debug calls answered skill=weather call_id=%s version=1 trace=" TRACE "\n",
        call_id);
    assert_non_null(strstr(lines, wanted));
    free(wanted);
    free(call_id);
    call_id = call_logged(world, "{\"traceparent\":\"forged\\nline\"}", lines);
    wanted = hone_alloc_format("skill=weather call_id=%s version=1\n", call_id);
    assert_non_null(strstr(lines, wanted));
    assert_null(strstr(lines, "forged"));
    free(wanted);
    free(call_id);
    hone_log_configure(HONE_LOG_INFO, NULL, false);
    free(call_logged(world, "{\"traceparent\":\"" GOOD "\"}", lines));
    assert_string_equal(lines, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_trace_is_there_for_who_needs_it),
        TEST(a_malformed_trace_is_as_good_as_none),
        TEST(a_debug_line_joins_call_and_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
