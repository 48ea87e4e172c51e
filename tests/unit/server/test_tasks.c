#include "tests/unit/server/peer_world.h"

#include "base/clock.h"
#include "server/inputs.h"
#include "server/tasks.h"
#include "server/tasks_internal.h"

#define CALL "\"name\":\"order\",\"arguments\":{}"
#define ALL  PEER_ELICITATION "," PEER_TASKS
#define FORM                                                                             \
    "{\"method\":\"elicitation/create\",\"params\":{\"message\":\"Who?\","               \
    "\"requestedSchema\":{\"type\":\"object\",\"properties\":{\"name\":{"                \
    "\"type\":\"string\"}},\"required\":[\"name\"]}}}"
#define ANN        "{\"action\":\"accept\",\"content\":{\"name\":\"Ann\"}}"
#define UNKNOWN_ID "0e6a1be0-0000-4000-8000-000000000000"
#define ID_LEN     36

struct setting {
    struct world *world;
    struct peer *peer;
    struct hone_exchange *at_work; /* of the handler that waits */
    char id[ID_LEN + 1];           /* of the newest task */
};

static struct setting *the_setting; /* handlers have no other way to it */

static int set_up(void **state)
{
    struct setting *setting = hone_alloc_zeroed(1, sizeof(*setting));
    char *skills = support_source_path("tests/data/skills/guide");
    setting->world = make_world(skills);
    free(skills);
    open_app(setting->world);
    setting->peer = peer_make(setting->world->app);
    the_setting = setting;
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;
    peer_leave(setting->peer);
    destroy_world(setting->world);
    free(setting);
    return 0;
}

static void restart(struct setting *setting)
{
    peer_leave(setting->peer);
    close_app(setting->world);
    open_app(setting->world);
    setting->peer = peer_make(setting->world->app);
}

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

/* ---- handlers: each makes a task of its call first ---- */

static void reply_text(struct hone_exchange *exchange, const char *text, bool is_error)
{
    hone_exchange_reply_take(
        exchange, hone_mcp_tool_result(exchange->request.era, hone_span_text(text), NULL,
                                       NULL, is_error, &exchange->app->identity));
}

static void work_at_once(struct hone_exchange *exchange)
{
    if (exchange->task == NULL) {
        hone_tasks_start(exchange);
    } else {
        reply_text(exchange, "done", false);
    }
}

static void fail_as_a_tool(struct hone_exchange *exchange)
{
    if (exchange->task == NULL) {
        hone_tasks_start(exchange);
    } else {
        reply_text(exchange, "it went wrong", true);
    }
}

static void fail_as_a_request(struct hone_exchange *exchange)
{
    if (exchange->task == NULL) {
        hone_tasks_start(exchange);
    } else {
        hone_exchange_refuse(exchange, HONE_RPC_INTERNAL, "the machine broke");
    }
}

/* Works until the test ends it. */
static void work_long(struct hone_exchange *exchange)
{
    if (exchange->task == NULL) {
        hone_tasks_start(exchange);
    } else {
        the_setting->at_work = exchange;
    }
}

static void stop_work(struct hone_exchange *exchange)
{
    the_setting->at_work = NULL;
    hone_exchange_drop(exchange);
}

static void work_until_stopped(struct hone_exchange *exchange)
{
    work_long(exchange);
    if (exchange->task != NULL) {
        exchange->on_cancel = stop_work;
    }
}

static void say_nothing(struct hone_exchange *exchange)
{
    if (exchange->task == NULL) {
        hone_tasks_start(exchange);
    } else {
        hone_exchange_drop(exchange);
    }
}

static const char *name_in(const struct hone_exchange *exchange, const char *key)
{
    const json_t *answer = hone_inputs_find(exchange, key);
    return json_string_value(json_object_get(json_object_get(answer, "content"), "name"));
}

static void ask_two(struct hone_exchange *exchange)
{
    if (exchange->task == NULL) {
        hone_tasks_start(exchange);
    } else if (hone_inputs_find(exchange, "first") == NULL) {
        hone_inputs_ask_take(
            exchange,
            json_pack("{s:o, s:o}", "first", parse(FORM), "second", parse(FORM)),
            json_string("kept"));
    } else {
        assert_string_equal("kept", json_string_value(hone_inputs_state(exchange)));
        char *text = hone_alloc_format("%s and %s", name_in(exchange, "first"),
                                       name_in(exchange, "second"));
        reply_text(exchange, text, false);
        free(text);
    }
}

/* Asks under the same key again until the name is "Bob". */
static void ask_until_bob(struct hone_exchange *exchange)
{
    const char *name = name_in(exchange, "who");
    if (exchange->task == NULL) {
        hone_tasks_start(exchange);
    } else if (name == NULL || strcmp(name, "Bob") != 0) {
        hone_inputs_ask_take(exchange, json_pack("{s:o}", "who", parse(FORM)), NULL);
    } else {
        reply_text(exchange, "Bob it is", false);
    }
}

/* Needs an answer before it makes a task. */
static void ask_then_work(struct hone_exchange *exchange)
{
    struct hone_jsonrpc_problem problem;
    if (hone_inputs_open(exchange, &problem) != 0) {
        hone_exchange_refuse_take(exchange, &problem);
    } else if (name_in(exchange, "who") == NULL) {
        hone_inputs_ask_take(exchange, json_pack("{s:o}", "who", parse(FORM)), NULL);
    } else if (exchange->task == NULL) {
        hone_tasks_start(exchange);
    } else {
        reply_text(exchange, name_in(exchange, "who"), false);
    }
}

/* ---- requests ---- */

/* A task of this handler; the CreateTaskResult, a new reference. */
static json_t *start_task(struct setting *setting,
                          void (*handler)(struct hone_exchange *))
{
    peer_call(setting->peer, modern_request(1, "tools/call", CALL, ALL), handler);
    json_t *created = peer_take(setting->peer);
    const char *id = json_string_value(at(created, "result/taskId"));
    assert_non_null(id);
    assert_int_equal(ID_LEN, strlen(id));
    memcpy(setting->id, id, ID_LEN + 1);
    return created;
}

static void start_quietly(struct setting *setting,
                          void (*handler)(struct hone_exchange *))
{
    json_decref(start_task(setting, handler));
}

static json_t *ask_of(struct setting *setting, const char *method, const char *more,
                      const char *capabilities)
{
    char *params = hone_alloc_format("\"taskId\":\"%s\"%s", setting->id, more);
    peer_say_json(setting->peer, modern_request(9, method, params, capabilities));
    free(params);
    return peer_take(setting->peer);
}

static json_t *get_task(struct setting *setting)
{
    return ask_of(setting, "tasks/get", "", PEER_TASKS);
}

static json_t *update(struct setting *setting, const char *responses)
{
    char *more = hone_alloc_format(",\"inputResponses\":%s", responses);
    json_t *answer = ask_of(setting, "tasks/update", more, PEER_TASKS);
    free(more);
    return answer;
}

/* An acknowledgement says nothing but that it is one. Takes the answer. */
static void expect_acknowledged_take(json_t *answer)
{
    assert_text_at(answer, "result/resultType", "complete");
    assert_int_equal(2, json_object_size(at(answer, "result"))); /* and _meta */
    json_decref(answer);
}

static json_t *wait_for_end(struct setting *setting)
{
    for (;;) {
        json_t *task = get_task(setting);
        const char *status = json_string_value(at(task, "result/status"));
        assert_non_null(status);
        if (strcmp(status, "working") != 0 && strcmp(status, "input_required") != 0) {
            return task;
        }
        json_decref(task);
        (void)uv_run(&setting->world->app->loop.uv, UV_RUN_ONCE); /* the disk's word */
    }
}

/* The task ends with this status; its answer to tasks/get, a new reference. */
static json_t *expect_end(struct setting *setting, const char *status)
{
    json_t *task = wait_for_end(setting);
    assert_text_at(task, "result/resultType", "complete");
    assert_text_at(task, "result/status", status);
    return task;
}

static void expect_status(struct setting *setting, const char *status)
{
    json_t *task = get_task(setting);
    assert_text_at(task, "result/status", status);
    json_decref(task);
}

static void expect_refused(json_t *answer, int code, const char *part)
{
    assert_integer_at(answer, "error/code", code);
    assert_contains_at(answer, "error/message", part);
    json_decref(answer);
}

/* ---- beginning and end ---- */

static void a_call_becomes_a_task_that_can_be_asked_for_at_once(void **state)
{
    struct setting *setting = *state;
    json_t *created = start_task(setting, work_long);
    json_t *got = get_task(setting);
    const json_t *both[] = {at(created, "result"), at(got, "result")};
    assert_integer_at(created, "id", 1);
    assert_text_at(both[0], "resultType", "task");
    assert_text_at(both[1], "resultType", "complete");
    for (size_t i = 0; i < 2; i++) {
        assert_text_at(both[i], "taskId", setting->id);
        assert_text_at(both[i], "status", "working");
        assert_contains_at(both[i], "statusMessage", "at work");
        assert_contains_at(both[i], "createdAt", "T");
        assert_contains_at(both[i], "lastUpdatedAt", "Z");
        assert_integer_at(both[i], "ttlMs", HONE_TASKS_TTL_MS);
        assert_integer_at(both[i], "pollIntervalMs", HONE_TASKS_POLL_MS);
        assert_absent(both[i], "result");
        assert_absent(both[i], "error");
        assert_absent(both[i], "inputRequests");
    }
    assert_int_equal('4', setting->id[14]); /* all of it random */
    reply_text(setting->at_work, "done", false);
    json_decref(expect_end(setting, "completed"));
    json_decref(created);
    json_decref(got);
}

static void what_the_tool_answers_is_the_tasks_result(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, work_at_once);
    json_t *task = expect_end(setting, "completed");
    assert_text_at(task, "result/result/content/0/text", "done");
    assert_absent(task, "result/error");
    assert_absent(task, "result/result/_meta/io.modelcontextprotocol~related-task");
    json_decref(task);
}

static void a_tools_error_is_a_result(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, fail_as_a_tool);
    json_t *task = expect_end(setting, "completed");
    assert_true(json_is_true(at(task, "result/result/isError")));
    json_decref(task);
}

static void a_refusal_fails_the_task(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, fail_as_a_request);
    json_t *task = expect_end(setting, "failed");
    assert_integer_at(task, "result/error/code", -32603);
    assert_text_at(task, "result/error/message", "the machine broke");
    assert_text_at(task, "result/statusMessage", "the machine broke");
    assert_absent(task, "result/result");
    json_decref(task);
}

static void a_call_that_says_nothing_has_failed(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, say_nothing);
    json_t *task = expect_end(setting, "failed");
    assert_contains_at(task, "result/error/message", "without an answer");
    json_decref(task);
}

static void work_goes_on_when_its_client_has_gone(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, work_long);
    peer_leave(setting->peer);
    setting->peer = peer_make(setting->world->app);
    expect_status(setting, "working");
    reply_text(setting->at_work, "done", false);
    json_decref(expect_end(setting, "completed"));
}

static void a_notification_of_cancelling_does_not_reach_a_task(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, work_until_stopped);
    peer_say(setting->peer, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                            "\"params\":{\"requestId\":1}}");
    peer_say(setting->peer, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                            "\"params\":{\"requestId\":0}}");
    expect_status(setting, "working");
    assert_non_null(setting->at_work);
}

static void a_client_that_cancels_before_it_has_the_handle_gets_no_task(void **state)
{
    struct setting *setting = *state;
    struct hone_app *app = setting->world->app;
    peer_call(setting->peer, modern_request(1, "tools/call", CALL, ALL), work_long);
    peer_say(setting->peer, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                            "\"params\":{\"requestId\":1}}");
    while (app->n_exchanges > 0) {
        (void)uv_run(&app->loop.uv, UV_RUN_ONCE);
    }
    assert_null(setting->at_work);
    assert_int_equal(0, peer_n_told(setting->peer));
}

/* ---- inputs ---- */

static void a_task_that_lacks_inputs_shows_what_it_asks_for(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, ask_two);
    json_t *task = get_task(setting);
    assert_text_at(task, "result/status", "input_required");
    assert_text_at(task, "result/inputRequests/first/method", "elicitation/create");
    assert_text_at(task, "result/inputRequests/second/params/message", "Who?");
    expect_acknowledged_take(update(setting, "{\"first\":" ANN ",\"second\":" ANN "}"));
    json_t *ended = expect_end(setting, "completed");
    assert_text_at(ended, "result/result/content/0/text", "Ann and Ann");
    assert_absent(ended, "result/inputRequests");
    json_decref(task);
    json_decref(ended);
}

static void answers_may_come_one_by_one(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, ask_two);
    expect_acknowledged_take(update(setting, "{\"second\":" ANN "}"));
    json_t *task = get_task(setting);
    assert_text_at(task, "result/status", "input_required");
    assert_absent(task, "result/inputRequests/second");
    assert_non_null(at(task, "result/inputRequests/first"));
    /* What was answered is not answered again. */
    expect_acknowledged_take(update(
        setting, "{\"second\":{\"action\":\"accept\",\"content\":{\"name\":\"Eve\"}}}"));
    expect_acknowledged_take(update(setting, "{\"first\":" ANN "}"));
    json_t *ended = expect_end(setting, "completed");
    assert_text_at(ended, "result/result/content/0/text", "Ann and Ann");
    json_decref(task);
    json_decref(ended);
}

static void answers_to_nothing_are_ignored_and_bad_ones_refused(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, ask_two);
    expect_acknowledged_take(update(setting, "{\"unknown-key\":{\"ignored\":true}}"));
    expect_acknowledged_take(update(setting, "{}"));
    expect_refused(update(setting, "[]"), -32602, "inputResponses");
    expect_refused(update(setting, "{\"first\":" ANN ",\"second\":{\"action\":\"accept\","
                                   "\"content\":{\"name\":7}}}"),
                   -32602, "second");
    json_t *task = get_task(setting);
    assert_int_equal(2, json_object_size(at(task, "result/inputRequests")));
    json_decref(task);
    expect_acknowledged_take(update(setting, "{\"first\":" ANN ",\"second\":" ANN "}"));
    json_decref(expect_end(setting, "completed"));
    expect_acknowledged_take(update(setting, "{\"first\":" ANN "}"));
}

static void a_key_is_never_used_for_two_requests(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, ask_until_bob);
    expect_acknowledged_take(update(setting, "{\"who\":" ANN "}"));
    json_t *task = get_task(setting);
    assert_absent(task, "result/inputRequests/who");
    assert_non_null(at(task, "result/inputRequests/who-2"));
    expect_acknowledged_take(
        update(setting, "{\"who\":" ANN "}")); /* a late repetition */
    expect_status(setting, "input_required");
    expect_acknowledged_take(update(
        setting, "{\"who-2\":{\"action\":\"accept\",\"content\":{\"name\":\"Bob\"}}}"));
    json_t *ended = expect_end(setting, "completed");
    assert_text_at(ended, "result/result/content/0/text", "Bob it is");
    json_decref(task);
    json_decref(ended);
}

static void a_call_may_ask_before_it_becomes_a_task(void **state)
{
    struct setting *setting = *state;
    peer_call(setting->peer, modern_request(1, "tools/call", CALL, ALL), ask_then_work);
    json_t *asked = peer_take(setting->peer);
    assert_text_at(asked, "result/resultType", "input_required");
    json_t *request = modern_request(2, "tools/call", CALL, ALL);
    json_t *params = json_object_get(request, "params");
    (void)json_object_set_new(params, "inputResponses", parse("{\"who\":" ANN "}"));
    (void)json_object_set(params, "requestState", at(asked, "result/requestState"));
    peer_call(setting->peer, request, ask_then_work);
    json_t *created = peer_take(setting->peer);
    assert_text_at(created, "result/resultType", "task");
    memcpy(setting->id, json_string_value(at(created, "result/taskId")), ID_LEN + 1);
    json_t *ended = expect_end(setting, "completed");
    assert_text_at(ended, "result/result/content/0/text", "Ann");
    json_decref(asked);
    json_decref(created);
    json_decref(ended);
}

static void a_task_asks_only_for_what_its_client_declared(void **state)
{
    struct setting *setting = *state;
    peer_call(setting->peer, modern_request(1, "tools/call", CALL, PEER_TASKS), ask_two);
    json_t *created = peer_take(setting->peer);
    memcpy(setting->id, json_string_value(at(created, "result/taskId")), ID_LEN + 1);
    json_t *task = expect_end(setting, "failed");
    assert_integer_at(task, "result/error/code", -32021);
    assert_non_null(at(task, "result/error/data/requiredCapabilities/elicitation"));
    json_decref(created);
    json_decref(task);
}

/* ---- cancelling ---- */

static json_t *cancel(struct setting *setting)
{
    return ask_of(setting, "tasks/cancel", "", PEER_TASKS);
}

static void cancelling_stops_the_work(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, work_until_stopped);
    assert_non_null(setting->at_work);
    expect_acknowledged_take(cancel(setting));
    assert_null(setting->at_work);
    json_t *task = get_task(setting);
    assert_text_at(task, "result/status", "cancelled");
    assert_absent(task, "result/result");
    assert_absent(task, "result/error");
    json_decref(task);
    assert_int_equal(0, setting->world->app->n_exchanges);
}

static void work_that_cannot_be_stopped_is_not_heard_of_again(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, work_long);
    expect_acknowledged_take(cancel(setting));
    expect_status(setting, "cancelled");
    reply_text(setting->at_work, "too late", false);
    expect_status(setting, "cancelled");
    assert_int_equal(0, setting->world->app->n_exchanges);
}

static void a_task_that_waits_for_inputs_can_be_cancelled(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, ask_two);
    expect_acknowledged_take(cancel(setting));
    expect_status(setting, "cancelled");
    expect_acknowledged_take(update(setting, "{\"first\":" ANN ",\"second\":" ANN "}"));
    expect_status(setting, "cancelled");
    assert_int_equal(0, setting->world->app->n_exchanges);
}

static void cancelling_what_has_ended_changes_nothing(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, work_at_once);
    json_decref(expect_end(setting, "completed"));
    expect_acknowledged_take(cancel(setting));
    json_decref(expect_end(setting, "completed"));
}

/* ---- who may ask ---- */

static void without_the_extension_there_are_no_tasks(void **state)
{
    static const char *const methods[] = {"tasks/get", "tasks/update", "tasks/cancel"};
    struct setting *setting = *state;
    start_quietly(setting, work_until_stopped);
    for (size_t i = 0; i < 3; i++) {
        json_t *refused =
            ask_of(setting, methods[i], ",\"inputResponses\":{}", PEER_ELICITATION);
        assert_integer_at(refused, "error/code", -32021);
        assert_true(json_is_object(at(refused, "error/data/requiredCapabilities/"
                                               "extensions/"
                                               "io.modelcontextprotocol~tasks")));
        json_decref(refused);
    }
    expect_status(setting, "working");
}

static void old_methods_and_old_clients_find_nothing(void **state)
{
    static const char *const methods[] = {"tasks/get", "tasks/update", "tasks/cancel",
                                          "tasks/result", "tasks/list"};
    struct setting *setting = *state;
    memcpy(setting->id, UNKNOWN_ID, ID_LEN + 1);
    expect_refused(ask_of(setting, "tasks/result", "", PEER_TASKS), -32601, "");
    expect_refused(ask_of(setting, "tasks/list", "", PEER_TASKS), -32601, "");
    peer_initialize(setting->peer, PEER_TASKS);
    for (size_t i = 0; i < 5; i++) {
        peer_say_json(setting->peer,
                      legacy_request(1, methods[i], "\"taskId\":\"" UNKNOWN_ID "\""));
        expect_refused(peer_take(setting->peer), -32601, "");
    }
}

static void unknown_tasks_are_refused(void **state)
{
    static const char *const ids[] = {"\"" UNKNOWN_ID "\"", "\"\"", "\"any\"", "5"};
    static const char *const methods[] = {"tasks/get", "tasks/update", "tasks/cancel"};
    struct setting *setting = *state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 3; k++) {
            char *params =
                hone_alloc_format("\"taskId\":%s,\"inputResponses\":{}", ids[i]);
            peer_say_json(setting->peer,
                          modern_request(1, methods[k], params, PEER_TASKS));
            expect_refused(peer_take(setting->peer), -32602, "no such task");
            free(params);
        }
    }
}

static void nobody_else_finds_a_task(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, work_until_stopped);
    set_principal(setting->peer, "somebody");
    expect_refused(get_task(setting), -32602, "no such task");
    expect_refused(cancel(setting), -32602, "no such task");
    set_principal(setting->peer, "local");
    expect_status(setting, "working");
}

/* ---- time, restarts, limits ---- */

static void a_task_is_forgotten_when_its_time_is_over(void **state)
{
    struct setting *setting = *state;
    struct hone_tasks *tasks = setting->world->app->tasks;
    int64_t now = hone_clock_unix_ms();
    start_quietly(setting, work_until_stopped);
    assert_int_equal(0, hone_tasks_expire(tasks, now + HONE_TASKS_TTL_MS - 1));
    expect_status(setting, "working");
    assert_int_equal(1, hone_tasks_expire(tasks, now + HONE_TASKS_TTL_MS + 60000));
    assert_null(setting->at_work); /* what nobody can ask for any more is stopped */
    expect_refused(get_task(setting), -32602, "expired");
    restart(setting);
    expect_refused(get_task(setting), -32602, "expired");
}

static void an_end_that_comes_while_a_task_is_forgotten_is_harmless(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, work_long);
    reply_text(setting->at_work, "done", false); /* on its way to the disk */
    assert_int_equal(
        1, hone_tasks_expire(setting->world->app->tasks,
                             hone_clock_unix_ms() + 2 * (int64_t)HONE_TASKS_TTL_MS));
    expect_refused(get_task(setting), -32602, "expired");
    start_quietly(setting, work_long);
    assert_int_equal(
        1, hone_tasks_expire(setting->world->app->tasks,
                             hone_clock_unix_ms() + 2 * (int64_t)HONE_TASKS_TTL_MS));
    reply_text(setting->at_work, "done", false); /* nobody wants it */
    assert_int_equal(0, setting->world->app->n_exchanges);
}

static void results_outlive_the_process(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, work_at_once);
    json_t *before = expect_end(setting, "completed");
    restart(setting);
    json_t *after = get_task(setting);
    assert_true(json_equal(at(before, "result"), at(after, "result")) == 1);
    json_decref(before);
    json_decref(after);
}

static void what_was_at_work_has_failed_after_a_restart(void **state)
{
    void (*const handlers[])(struct hone_exchange *) = {work_until_stopped, ask_two};
    struct setting *setting = *state;
    for (size_t i = 0; i < 2; i++) {
        start_quietly(setting, handlers[i]);
        restart(setting);
        json_t *task = get_task(setting);
        assert_text_at(task, "result/status", "failed");
        assert_integer_at(task, "result/error/code", -32603);
        assert_contains_at(task, "result/error/message", "restarted");
        assert_contains_at(task, "result/statusMessage", "restarted");
        json_decref(task);
    }
}

static void a_stop_does_not_wait_for_tasks_that_wait(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, ask_two);
    start_quietly(setting, work_until_stopped);
    assert_int_equal(2, setting->world->app->n_exchanges);
    hone_app_stop(setting->world->app);
    assert_int_equal(0, setting->world->app->n_exchanges);
    hone_app_run(setting->world->app);
}

static void so_many_tasks_are_at_work_and_no_more(void **state)
{
    struct setting *setting = *state;
    for (int i = 0; i < HONE_TASKS_AT_WORK_MAX; i++) {
        start_quietly(setting, ask_two);
    }
    peer_call(setting->peer, modern_request(1, "tools/call", CALL, ALL), ask_two);
    expect_refused(peer_take(setting->peer), -32603, "as many tasks as it can keep");
    expect_acknowledged_take(cancel(setting));
    start_quietly(setting, ask_two); /* there is room again */
}

/* The row is taken away behind the server's back while its lanes are idle. */
static void an_end_that_cannot_be_stored_is_a_failure_that_says_so(void **state)
{
    struct setting *setting = *state;
    struct hone_store *store = setting->world->app->store;
    struct hone_error *err = &setting->world->err;
    start_quietly(setting, work_long);
    support_ok(hone_store_begin(store, err), err);
    support_ok(hone_store_remove_tasks(store, INT64_MAX, 10, err), err);
    support_ok(hone_store_commit(store, err), err);
    reply_text(setting->at_work, "done", false);
    json_t *task = expect_end(setting, "failed");
    assert_integer_at(task, "result/error/code", -32603);
    assert_contains_at(task, "result/error/message", "could not be stored");
    assert_absent(task, "result/result");
    json_decref(task);
}

static void a_result_that_is_too_large_fails_the_task(void **state)
{
    struct setting *setting = *state;
    char *text = hone_alloc_zeroed(HONE_TASKS_RESULT_BYTES + 1, 1);
    memset(text, 'x', HONE_TASKS_RESULT_BYTES);
    start_quietly(setting, work_long);
    reply_text(setting->at_work, text, false);
    json_t *task = expect_end(setting, "failed");
    assert_contains_at(task, "result/error/message", "larger than this server keeps");
    json_decref(task);
    free(text);
}

/* ---- listening ---- */

static void expect_change(struct setting *setting, const char *status)
{
    json_t *told = peer_take(setting->peer);
    assert_text_at(told, "method", "notifications/tasks");
    assert_text_at(told, "params/taskId", setting->id);
    assert_text_at(told, "params/status", status);
    assert_integer_at(told, "params/_meta/io.modelcontextprotocol~subscriptionId", 50);
    assert_absent(told, "params/resultType");
    if (strcmp(status, "completed") == 0) {
        assert_text_at(told, "params/result/content/0/text", "Ann and Ann");
    } else if (strcmp(status, "input_required") == 0) {
        assert_non_null(at(told, "params/inputRequests/first"));
    }
    json_decref(told);
}

static void listeners_hear_of_each_change_with_all_that_get_would_say(void **state)
{
    struct setting *setting = *state;
    start_quietly(setting, ask_until_bob); /* another one, that nobody listens to */
    start_quietly(setting, ask_two);
    char *params = hone_alloc_format(
        "\"notifications\":{\"taskIds\":[\"%s\",\"" UNKNOWN_ID "\"]}", setting->id);
    peer_say_json(setting->peer,
                  modern_request(50, "subscriptions/listen", params, PEER_TASKS));
    json_t *told = peer_take(setting->peer);
    assert_int_equal(1, json_array_size(at(told, "params/notifications/taskIds")));
    assert_text_at(told, "params/notifications/taskIds/0", setting->id);
    expect_acknowledged_take(update(setting, "{\"first\":" ANN ",\"second\":" ANN "}"));
    expect_change(setting, "working");
    expect_change(setting, "completed");
    assert_int_equal(0, peer_n_told(setting->peer));
    json_decref(told);
    free(params);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_becomes_a_task_that_can_be_asked_for_at_once),
        TEST(what_the_tool_answers_is_the_tasks_result),
        TEST(a_tools_error_is_a_result),
        TEST(a_refusal_fails_the_task),
        TEST(a_call_that_says_nothing_has_failed),
        TEST(work_goes_on_when_its_client_has_gone),
        TEST(a_notification_of_cancelling_does_not_reach_a_task),
        TEST(a_client_that_cancels_before_it_has_the_handle_gets_no_task),
        TEST(a_task_that_lacks_inputs_shows_what_it_asks_for),
        TEST(answers_may_come_one_by_one),
        TEST(answers_to_nothing_are_ignored_and_bad_ones_refused),
        TEST(a_key_is_never_used_for_two_requests),
        TEST(a_call_may_ask_before_it_becomes_a_task),
        TEST(a_task_asks_only_for_what_its_client_declared),
        TEST(cancelling_stops_the_work),
        TEST(work_that_cannot_be_stopped_is_not_heard_of_again),
        TEST(a_task_that_waits_for_inputs_can_be_cancelled),
        TEST(cancelling_what_has_ended_changes_nothing),
        TEST(without_the_extension_there_are_no_tasks),
        TEST(old_methods_and_old_clients_find_nothing),
        TEST(unknown_tasks_are_refused),
        TEST(nobody_else_finds_a_task),
        TEST(a_task_is_forgotten_when_its_time_is_over),
        TEST(an_end_that_comes_while_a_task_is_forgotten_is_harmless),
        TEST(results_outlive_the_process),
        TEST(what_was_at_work_has_failed_after_a_restart),
        TEST(a_stop_does_not_wait_for_tasks_that_wait),
        TEST(so_many_tasks_are_at_work_and_no_more),
        TEST(an_end_that_cannot_be_stored_is_a_failure_that_says_so),
        TEST(a_result_that_is_too_large_fails_the_task),
        TEST(listeners_hear_of_each_change_with_all_that_get_would_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
