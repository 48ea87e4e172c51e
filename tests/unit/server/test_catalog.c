/* The catalog of a whole program: lists, pages, calls, and what fills it. */
#include "tests/unit/server/app_world.h"

#include "base/base64.h"
#include "base/digest.h"
#include "server/app_internal.h"
#include "server/catalog.h"
#include "server/dispatch.h"
#include "server/session.h"

#define N_PROMPTS 2500 /* more than two pages */

static struct world *open_world(const char *skills, const char *list_max)
{
    char *path = support_source_path(skills);
    struct world *world = make_world(path);
    set_option(world, "tools_list_max", list_max);
    open_app(world);
    free(path);
    return world;
}

static int set_up(void **state)
{
    *state = open_world("tests/data/skills", "50");
    return 0;
}

static int set_up_pair(void **state)
{
    *state = open_world("tests/data/skills", "2");
    return 0;
}

static int tear_down(void **state)
{
    destroy_world(*state);
    return 0;
}

/* The error's code; its text must have the words in it. Takes params. */
static int refused(struct world *world, const char *method, json_t *params,
                   const char *words)
{
    json_t *error = NULL;
    int status = hone_app_request(world->app, method, params, &error, &world->err);
    assert_int_equal(status, HONE_E_INVALID);
    if (strstr(text_of(error, "message"), words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", text_of(error, "message"), words);
    }
    int code = (int)integer_of(error, "code");
    json_decref(error);
    json_decref(params);
    return code;
}

static const char *first_text(const json_t *result)
{
    return text_of(json_array_get(json_object_get(result, "content"), 0), "text");
}

/* ---- one caller with less than all roles ---- */

static void keep_answer(struct hone_channel *channel, struct hone_exchange *exchange,
                        int http_status, struct hone_span body)
{
    json_t **answer = channel->owner;
    (void)exchange;
    (void)http_status;
    *answer = json_loadb(body.data, body.len, 0, NULL);
}

/* What is answered to a message of somebody with these roles, at once. */
static json_t *answer_to(struct world *world, unsigned roles, const char *message)
{
    static const struct hone_channel_carrier carrier = {.name = "test",
                                                        .reply = keep_answer};
    json_t *answer = NULL;
    struct hone_session *session =
        hone_session_create(world->app, carrier.name, true, false);
    struct hone_channel *channel = hone_channel_create(&carrier, &answer, false);
    session->principal.roles = roles;
    hone_dispatch_message(session, channel, hone_span_text(message), NULL);
    hone_session_close(session);
    hone_channel_close(channel);
    assert_non_null(answer);
    return answer;
}

/* The result in it. */
static json_t *ask_as(struct world *world, unsigned roles, const char *message)
{
    json_t *answer = answer_to(world, roles, message);
    json_t *result = json_incref(json_object_get(answer, "result"));
    json_decref(answer);
    assert_non_null(result);
    return result;
}

/* ---- pages ---- */

static void get_nothing(struct hone_exchange *exchange, const json_t *arguments,
                        void *owner)
{
    (void)owner;
    assert_true(json_is_object(arguments));
    hone_catalog_reply_prompt_take(exchange, NULL, json_array());
}

struct names {
    char text[N_PROMPTS + 1][16];
};

static void add_prompt(struct world *world, struct names *names, size_t i)
{
    (void)snprintf(names->text[i], sizeof(names->text[i]), "prompt-%05zu", i);
    struct hone_prompt prompt = {.shown = {.name = names->text[i]}, .get = get_nothing};
    support_ok(hone_catalog_add_prompt(world->app->catalog, &prompt, &world->err),
               &world->err);
}

static struct names *add_prompts(struct world *world)
{
    struct names *names = hone_alloc_zeroed(1, sizeof(*names));
    for (size_t i = 0; i < N_PROMPTS; i++) {
        add_prompt(world, names, i);
    }
    support_ok(hone_catalog_seal(world->app->catalog, &world->err), &world->err);
    return names;
}

/* A list's page; "" for the first. */
static json_t *list(struct world *world, const char *method, const char *cursor)
{
    return request(world, method, json_pack("{s:s}", "cursor", cursor));
}

static void pages_follow_each_other_and_leave_nothing_out(void **state)
{
    struct world *world = *state;
    struct names *names = add_prompts(world);
    json_t *page = list(world, "prompts/list", "");
    size_t n = 0, n_pages = 0;
    for (bool more = true; more; n_pages++) {
        size_t index = 0;
        json_t *prompt = NULL;
        json_array_foreach(json_object_get(page, "prompts"), index, prompt)
        {
            assert_string_equal(text_of(prompt, "name"),
                                n == 0 ? "guide" : names->text[n - 1]);
            n++;
        }
        const json_t *next = json_object_get(page, "nextCursor");
        more = next != NULL;
        json_t *following =
            more ? list(world, "prompts/list", json_string_value(next)) : NULL;
        json_decref(page);
        page = following;
    }
    assert_int_equal(n, N_PROMPTS + 1);
    assert_int_equal(n_pages, 3);
    free(names);
}

static void cursors_belong_to_one_state_of_one_list(void **state)
{
    struct world *world = *state;
    struct names *names = add_prompts(world);
    json_t *page = list(world, "prompts/list", "");
    const char *cursor = text_of(page, "nextCursor");
    static const char *const others[] = {"tools/list", "resources/list", "skills/list",
                                         "resources/templates/list"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(refused(world, others[i], json_pack("{s:s}", "cursor", cursor),
                                 "another list"),
                         -32602);
    }
    assert_int_equal(
        refused(world, "prompts/list", json_pack("{s:s}", "cursor", "x"), "cursor"),
        -32602);
    assert_int_equal(
        refused(world, "prompts/list", json_pack("{s:i}", "cursor", 5), "string"),
        -32602);
    add_prompt(world, names, N_PROMPTS);
    hone_catalog_changed(world->app->catalog, HONE_CATALOG_PROMPTS);
    assert_int_equal(refused(world, "prompts/list", json_pack("{s:s}", "cursor", cursor),
                             "has changed"),
                     -32602);
    json_decref(page);
    free(names);
}

/* ---- entries ---- */

static void call_count(struct hone_exchange *exchange,
                       const struct hone_mcp_tool_call *tool_call, void *owner)
{
    int *n_calls = owner;
    *n_calls += 1;
    assert_non_null(tool_call->arguments);
    char text[32];
    (void)snprintf(text, sizeof(text), "%zu arguments",
                   json_object_size(tool_call->arguments));
    hone_exchange_reply_take(
        exchange, hone_mcp_tool_result(exchange->request.era, hone_span_text(text), NULL,
                                       NULL, false, &exchange->app->identity));
}

struct counter {
    json_t *schema;
    struct hone_tool tool;
    int n_calls;
};

/* A tool that wants at most one argument, the integer n. */
static struct counter *make_counter(void)
{
    struct counter *counter = hone_alloc_zeroed(1, sizeof(*counter));
    counter->schema = json_pack("{s:s,s:{s:{s:s}},s:b}", "type", "object", "properties",
                                "n", "type", "integer", "additionalProperties", 0);
    counter->tool = (struct hone_tool){
        .shown = {.name = "count", .input_schema = counter->schema},
        .role = HONE_ROLE_CALL,
        .call = call_count,
        .owner = &counter->n_calls,
    };
    return counter;
}

static void destroy_counter(struct counter *counter)
{
    json_decref(counter->schema);
    free(counter);
}

static void add_tool(struct world *world, const struct hone_tool *tool)
{
    support_ok(hone_catalog_add_tool(world->app->catalog, tool, &world->err),
               &world->err);
    support_ok(hone_catalog_seal(world->app->catalog, &world->err), &world->err);
}

static bool is_listed(struct world *world, const char *name)
{
    json_t *result = list(world, "tools/list", "");
    size_t index = 0;
    json_t *tool = NULL;
    bool found = false;
    json_array_foreach(json_object_get(result, "tools"), index, tool)
    {
        found = found || strcmp(text_of(tool, "name"), name) == 0;
    }
    json_decref(result);
    return found;
}

static void a_tool_comes_and_goes(void **state)
{
    struct world *world = *state;
    struct counter *counter = make_counter();
    add_tool(world, &counter->tool);
    assert_true(is_listed(world, "count"));
    assert_int_equal(
        hone_catalog_add_tool(world->app->catalog, &counter->tool, &world->err),
        HONE_E_EXISTS);
    hone_catalog_remove_tool(world->app->catalog, "count");
    hone_catalog_remove_tool(world->app->catalog, "count");
    hone_catalog_changed(world->app->catalog, HONE_CATALOG_TOOLS);
    assert_false(is_listed(world, "count"));
    assert_null(hone_catalog_find_tool(world->app->catalog, hone_span_text("count")));
    assert_int_equal(refused(world, "tools/call", json_pack("{s:s}", "name", "count"),
                             "unknown tool: count"),
                     -32602);
    destroy_counter(counter);
}

static void a_hidden_tool_can_be_called(void **state)
{
    struct world *world = *state;
    struct counter *counter = make_counter();
    counter->tool.hidden = true;
    add_tool(world, &counter->tool);
    assert_false(is_listed(world, "count"));
    json_decref(call_tool(world, "count", json_object()));
    assert_int_equal(counter->n_calls, 1);
    destroy_counter(counter);
}

static void arguments_are_there_and_checked(void **state)
{
    struct world *world = *state;
    struct counter *counter = make_counter();
    add_tool(world, &counter->tool);
    json_t *result = request(world, "tools/call", json_pack("{s:s}", "name", "count"));
    assert_string_equal(first_text(result), "0 arguments");
    json_decref(result);
    result = call_tool(world, "count", json_pack("{s:s}", "n", "x"));
    assert_true(json_is_true(json_object_get(result, "isError")));
    assert_non_null(strstr(first_text(result), "/n: expected an integer"));
    json_decref(result);
    assert_int_equal(counter->n_calls, 1);
    destroy_counter(counter);
}

static void entries_that_cannot_be_served_are_refused(void **state)
{
    struct world *world = *state;
    struct hone_catalog *catalog = world->app->catalog;
    json_t *schema = json_pack("{s:s}", "type", "no-such-type");
    struct hone_tool tool = {.shown = {.name = "bad", .input_schema = schema}};
    assert_int_equal(hone_catalog_add_tool(catalog, &tool, &world->err), HONE_E_INVALID);
    assert_non_null(strstr(world->err.message, "the tool bad"));
    struct hone_resource_template pattern = {
        .shown = {.uri_template = "a://{b}{c}", .name = "b"}};
    assert_int_equal(hone_catalog_add_template(catalog, &pattern, &world->err),
                     HONE_E_INVALID);
    struct hone_resource resource = {
        .shown = {.uri = "skill://weather/SKILL.md", .name = "again"}};
    assert_int_equal(hone_catalog_add_resource(catalog, &resource, &world->err),
                     HONE_E_EXISTS);
    json_decref(schema);
}

static void roles_decide_who_may_call(void **state)
{
    struct world *world = *state;
    static const char call[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
                               "\"params\":{\"name\":\"hone_status\"}}";
    static const char feedback[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
        "\"feedback\",\"arguments\":{\"call_id\":\"x\",\"label\":\"y\"}}}";
    json_t *result = ask_as(world, HONE_ROLE_CALL, call);
    assert_null(json_object_get(result, "isError"));
    json_decref(result);
    result = ask_as(world, HONE_ROLE_FEEDBACK, call);
    assert_non_null(strstr(first_text(result), "role call"));
    json_decref(result);
    result = ask_as(world, HONE_ROLE_CALL, feedback);
    assert_non_null(strstr(first_text(result), "role feedback"));
    json_decref(result);
    result = ask_as(world, HONE_ROLE_ADMIN, feedback);
    assert_null(strstr(first_text(result), "role"));
    json_decref(result);
}

static void what_skills_hold_is_for_callers(void **state)
{
    static const char *const messages[] = {
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\","
         "\"params\":{\"uri\":\"skill://weather/SKILL.md\"}}"),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"skills/list\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/list\"}",
    };
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        json_decref(ask_as(*state, HONE_ROLE_CALL, messages[i]));
        json_decref(ask_as(*state, HONE_ROLE_ADMIN, messages[i]));
        json_t *refused = answer_to(*state, HONE_ROLE_FEEDBACK, messages[i]);
        json_t *error = json_object_get(refused, "error");
        assert_int_equal(integer_of(error, "code"), -32600);
        assert_non_null(strstr(text_of(error, "message"), "role call"));
        json_decref(refused);
    }
    json_decref(ask_as(*state, HONE_ROLE_FEEDBACK,
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"));
}

static void a_tool_may_insist_on_tasks(void **state)
{
    struct world *world = *state;
    struct counter *counter = make_counter();
    counter->tool.tasks = HONE_TOOL_TASKS_REQUIRED;
    add_tool(world, &counter->tool);
    assert_int_equal(
        refused(world, "tools/call", json_pack("{s:s}", "name", "count"), "capability"),
        -32021);
    counter->tool.tasks = HONE_TOOL_TASKS_OPTIONAL;
    hone_catalog_remove_tool(world->app->catalog, "count");
    add_tool(world, &counter->tool);
    json_decref(call_tool(world, "count", json_object()));
    assert_int_equal(counter->n_calls, 1);
    destroy_counter(counter);
}

static void a_prompt_gets_all_that_it_requires(void **state)
{
    struct world *world = *state;
    const struct hone_mcp_prompt_argument topic = {.name = "topic", .required = true};
    struct hone_prompt prompt = {
        .shown = {.name = "p", .arguments = &topic, .n_arguments = 1},
        .get = get_nothing,
    };
    support_ok(hone_catalog_add_prompt(world->app->catalog, &prompt, &world->err),
               &world->err);
    assert_int_equal(refused(world, "prompts/get", json_pack("{s:s}", "name", "p"),
                             "argument topic is missing"),
                     -32602);
    json_decref(
        request(world, "prompts/get",
                json_pack("{s:s,s:{s:s}}", "name", "p", "arguments", "topic", "rain")));
}

static void complete_many(struct hone_exchange *exchange, struct hone_span variable,
                          struct hone_span typed, json_t *values, void *owner)
{
    (void)exchange;
    (void)owner;
    assert_true(hone_span_is(variable, "b"));
    assert_true(hone_span_is(typed, "v"));
    for (int i = 0; i < 150; i++) {
        (void)json_array_append_new(values, json_sprintf("v%d", i));
    }
}

static void a_completion_has_a_hundred_values_at_most(void **state)
{
    struct world *world = *state;
    struct hone_resource_template pattern = {
        .shown = {.uri_template = "a://{b}", .name = "b"}, .complete = complete_many};
    support_ok(hone_catalog_add_template(world->app->catalog, &pattern, &world->err),
               &world->err);
    json_t *result =
        request(world, "completion/complete",
                json_pack("{s:{s:s,s:s},s:{s:s,s:s}}", "ref", "type", "ref/resource",
                          "uri", "a://{b}", "argument", "name", "b", "value", "v"));
    const json_t *completion = json_object_get(result, "completion");
    assert_int_equal(json_array_size(json_object_get(completion, "values")), 100);
    assert_int_equal(integer_of(completion, "total"), 150);
    assert_true(json_is_true(json_object_get(completion, "hasMore")));
    json_decref(result);
}

/* ---- find_skill and run_skill ---- */

static void many_skills_are_found_and_run_by_two_tools(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"feedback", "find_skill", "hone_status",
                                        "run_skill"};
    json_t *tools = list(world, "tools/list", "");
    const json_t *listed = json_object_get(tools, "tools");
    assert_int_equal(json_array_size(listed), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(text_of(json_array_get(listed, i), "name"), names[i]);
    }
    json_decref(tools);
    json_t *found = call_tool(world, "find_skill",
                              json_pack("{s:s}", "query", "reports of the Weather"));
    const json_t *first = json_array_get(json_object_get(structured(found), "skills"), 0);
    assert_string_equal(text_of(first, "name"), "weather");
    assert_non_null(json_object_get(first, "input_schema"));
    assert_non_null(strstr(first_text(found), "weather: "));
    json_decref(found);
    json_t *result = call_tool(
        world, "run_skill",
        json_pack("{s:s,s:{s:s}}", "name", "weather", "arguments", "text", "umbrella"));
    assert_string_equal(text_of(structured(result), "label"), "rain");
    json_decref(result);
    assert_label(world, "umbrella", "rain"); /* by its own name, too */
}

/* The skill's record of the call has the inner arguments. */
static void what_run_skill_answers_can_be_taught(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < ROUNDS_MAX; i++) {
        json_t *called = call_tool(
            world, "run_skill",
            json_pack("{s:s,s:{s:s}}", "name", "weather", "arguments", "text", "gusts"));
        bool right = strcmp(text_of(structured(called), "label"), "rain") == 0;
        json_t *taught = call_tool(world, "feedback",
                                   json_pack("{s:s,s:s,s:s}", "call_id",
                                             text_of(structured(called), "call_id"),
                                             "label", "rain", "wait", "learned"));
        json_decref(called);
        assert_true(json_is_true(json_object_get(structured(taught), "learned")));
        json_decref(taught);
        if (right && i > 0) {
            return;
        }
    }
    fail_msg("not learnt");
}

static void run_skill_says_what_is_wrong(void **state)
{
    struct world *world = *state;
    json_t *result = call_tool(world, "run_skill", json_pack("{s:s}", "name", "weathe"));
    assert_non_null(strstr(first_text(result), "did you mean weather"));
    json_decref(result);
    result = call_tool(world, "run_skill", json_pack("{s:s}", "name", "weather"));
    assert_non_null(strstr(first_text(result), "arguments of weather"));
    assert_true(json_is_true(json_object_get(result, "isError")));
    json_decref(result);
    result = call_tool(world, "find_skill", json_pack("{s:s}", "query", "zzzz"));
    assert_non_null(strstr(first_text(result), "no skill has"));
    json_decref(result);
}

/* ---- skills as resources ---- */

static char *digest_of_contents(const json_t *contents)
{
    char text[HONE_DIGEST_TEXT_LEN + 1];
    struct hone_buf bytes;
    const json_t *blob = json_object_get(contents, "blob");
    hone_buf_init(&bytes, 1024 * 1024);
    if (blob != NULL) {
        assert_int_equal(hone_base64_parse(&bytes,
                                           hone_span_text(json_string_value(blob)),
                                           HONE_BASE64_PADDED),
                         0);
    } else {
        const json_t *plain = json_object_get(contents, "text");
        (void)hone_buf_append(&bytes, json_string_value(plain),
                              json_string_length(plain));
    }
    hone_digest_format(hone_digest_of(hone_buf_span(&bytes)), text);
    hone_buf_finish(&bytes);
    return hone_alloc_format("sha256:%s", text);
}

static void check_entry(struct world *world, const json_t *entry)
{
    size_t index = 0;
    json_t *file = NULL;
    json_array_foreach(json_object_get(entry, "resources"), index, file)
    {
        json_t *read = request(world, "resources/read",
                               json_pack("{s:s}", "uri", text_of(file, "uri")));
        char *digest =
            digest_of_contents(json_array_get(json_object_get(read, "contents"), 0));
        assert_string_equal(text_of(file, "digest"), digest);
        free(digest);
        json_decref(read);
    }
}

static void keep_pushed(struct hone_channel *channel, struct hone_exchange *exchange,
                        struct hone_span body)
{
    json_t *pushed = channel->owner;
    assert_null(exchange); /* it belongs to nobody's request */
    (void)json_array_append_new(pushed, json_loadb(body.data, body.len, 0, NULL));
}

static void drop_reply(struct hone_channel *channel, struct hone_exchange *exchange,
                       int http_status, struct hone_span body)
{
    (void)channel;
    (void)exchange;
    (void)http_status;
    (void)body;
}

static void subscribers_hear_of_another_live_version_alone(void **state)
{
    struct world *world = *state;
    static const struct hone_channel_carrier carrier = {
        .name = "test", .reply = drop_reply, .send = keep_pushed};
    json_t *pushed = json_array();
    struct hone_session *session =
        hone_session_create(world->app, carrier.name, true, false);
    struct hone_channel *channel = hone_channel_create(&carrier, pushed, false);
    session->push = channel;
    assert_int_equal(
        hone_session_subscribe(session, hone_span_text("hone://skills/weather")), 0);
    json_decref(teach(world, "mild and misty", "rain"));
    assert_int_equal(json_array_size(pushed), 0);
    json_decref(request(world, "hone/rollback",
                        json_pack("{s:s,s:i}", "skill", "weather", "to", 1)));
    assert_int_equal(json_array_size(pushed), 1);
    const json_t *message = json_array_get(pushed, 0);
    assert_string_equal(text_of(message, "method"), "notifications/resources/updated");
    assert_string_equal(text_of(json_object_get(message, "params"), "uri"),
                        "hone://skills/weather");
    hone_session_close(session);
    hone_channel_close(channel);
    json_decref(pushed);
}

static void write_odd_skill(const char *skills)
{
    char *folder = hone_alloc_format("%s/odd", skills);
    support_ok(hone_file_make_folder(folder, 0755, NULL), NULL);
    support_write_file(folder, "SKILL.md",
                       "---\nname: odd\ndescription: Odd files.\n---\nText.\n");
    support_write_file(folder, "an image.png", "\x89PNG\xff\xfe");
    support_write_file(folder, "empty", "");
    free(folder);
}

static void digests_are_of_the_bytes_that_are_served(void **state)
{
    (void)state;
    char *skills = support_make_folder();
    write_odd_skill(skills);
    struct world *world = make_world(skills);
    open_app(world);
    /* What is on disk afterwards is another thing. */
    char *folder = hone_alloc_format("%s/odd", skills);
    support_write_file(folder, "SKILL.md", "changed");
    json_t *result = request(world, "skills/list", json_object());
    const json_t *entry = json_array_get(json_object_get(result, "skills"), 0);
    assert_int_equal(json_array_size(json_object_get(entry, "resources")), 3);
    assert_string_equal(
        text_of(json_array_get(json_object_get(entry, "resources"), 1), "uri"),
        "skill://odd/an%20image.png");
    check_entry(world, entry);
    json_decref(result);
    destroy_world(world);
    support_remove_folder(skills);
    free(folder);
    free(skills);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_follow_each_other_and_leave_nothing_out,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(cursors_belong_to_one_state_of_one_list, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_tool_comes_and_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hidden_tool_can_be_called, set_up, tear_down),
        cmocka_unit_test_setup_teardown(arguments_are_there_and_checked, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(entries_that_cannot_be_served_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(roles_decide_who_may_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_skills_hold_is_for_callers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_tool_may_insist_on_tasks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_prompt_gets_all_that_it_requires, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_completion_has_a_hundred_values_at_most, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(many_skills_are_found_and_run_by_two_tools,
                                        set_up_pair, tear_down),
        cmocka_unit_test_setup_teardown(what_run_skill_answers_can_be_taught, set_up_pair,
                                        tear_down),
        cmocka_unit_test_setup_teardown(run_skill_says_what_is_wrong, set_up_pair,
                                        tear_down),
        cmocka_unit_test_setup_teardown(subscribers_hear_of_another_live_version_alone,
                                        set_up, tear_down),
        cmocka_unit_test(digests_are_of_the_bytes_that_are_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
