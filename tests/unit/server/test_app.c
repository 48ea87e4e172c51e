/* The whole program in one process, through the code that sockets use. */
#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "schema/json.h"
#include "server/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS_MAX 40

struct world {
    char *folder;
    struct hone_config config;
    struct hone_app *app;
    struct hone_error err;
};

static void set_option(struct world *world, const char *name, const char *value)
{
    const struct hone_option *option = hone_config_find(name, strlen(name));
    support_ok(hone_config_set(&world->config, option, value, &world->err), &world->err);
}

static void open_app(struct world *world)
{
    support_ok(hone_app_create(&world->app, &world->config, true, &world->err),
               &world->err);
}

static void close_app(struct world *world)
{
    hone_app_destroy(world->app);
    world->app = NULL;
}

static int set_up(void **state)
{
    struct world *world = hone_alloc_zeroed(1, sizeof(*world));
    char *skills = support_source_path("tests/data/skills");
    world->folder = support_make_folder();
    char *data = hone_alloc_format("%s/data", world->folder);
    hone_config_init(&world->config);
    set_option(world, "skills", skills);
    set_option(world, "data", data);
    support_ok(hone_config_finalize(&world->config, &world->err), &world->err);
    open_app(world);
    free(skills);
    free(data);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    close_app(world);
    hone_config_finish(&world->config);
    support_remove_folder(world->folder);
    free(world->folder);
    free(world);
    return 0;
}

/* ---- requests ---- */

/* Takes params. */
static json_t *request(struct world *world, const char *method, json_t *params)
{
    json_t *result = NULL;
    support_ok(hone_app_request(world->app, method, params, &result, &world->err),
               &world->err);
    assert_non_null(result);
    json_decref(params);
    return result;
}

/* Takes arguments. */
static json_t *call_tool(struct world *world, const char *name, json_t *arguments)
{
    return request(world, "tools/call",
                   json_pack("{s:s,s:o}", "name", name, "arguments", arguments));
}

static const json_t *structured(const json_t *result)
{
    const json_t *value = json_object_get(result, "structuredContent");
    assert_non_null(value);
    return value;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static int64_t integer_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static json_t *ask_weather(struct world *world, const char *text)
{
    return call_tool(world, "weather", json_pack("{s:s}", "text", text));
}

static void assert_label(struct world *world, const char *text, const char *label)
{
    json_t *result = ask_weather(world, text);
    assert_string_equal(label, text_of(structured(result), "label"));
    json_decref(result);
}

/* Calls and gives the label; returns the feedback's result. */
static json_t *teach(struct world *world, const char *text, const char *label)
{
    json_t *called = ask_weather(world, text);
    json_t *result = call_tool(world, "feedback",
                               json_pack("{s:s,s:s,s:s}", "call_id",
                                         text_of(structured(called), "call_id"), "label",
                                         label, "wait", "learned"));
    json_decref(called);
    return result;
}

/* Teaches the text until its answer is the label. */
static void teach_until_learnt(struct world *world, const char *text, const char *label)
{
    for (int i = 0; i < ROUNDS_MAX; i++) {
        json_t *before = ask_weather(world, text);
        bool right = strcmp(label, text_of(structured(before), "label")) == 0;
        json_decref(before);
        if (right) {
            return;
        }
        json_t *result = teach(world, text, label);
        assert_true(json_is_true(json_object_get(structured(result), "learned")));
        json_decref(result);
    }
    fail_msg("\"%s\" is not %s after %d labels", text, label, ROUNDS_MAX);
}

/* The skill's entry in the status; a new reference. */
static json_t *status_of(struct world *world, const char *skill)
{
    json_t *status = request(world, "hone/status", json_pack("{s:s}", "skill", skill));
    json_t *entry = json_incref(json_array_get(json_object_get(status, "skills"), 0));
    json_decref(status);
    return entry;
}

/* ---- tests ---- */

static const char odd_text[] = "quokka bandana";

static void an_answer_changes_after_feedback(void **state)
{
    struct world *world = *state;
    teach_until_learnt(world, odd_text, "snow");
    teach_until_learnt(world, odd_text, "sun");
    assert_label(world, "clear sky and warm", "sun");
    assert_label(world, "umbrella showers", "rain");
}

static void feedback_that_waited_is_in_the_next_answer(void **state)
{
    struct world *world = *state;
    json_t *given = teach(world, odd_text, "snow");
    json_t *answer = ask_weather(world, odd_text);
    assert_string_equal("stored", text_of(structured(given), "status"));
    assert_true(integer_of(structured(answer), "learned_through") >=
                integer_of(structured(given), "position"));
    json_decref(given);
    json_decref(answer);
}

static void the_same_key_is_stored_once(void **state)
{
    struct world *world = *state;
    json_t *called = ask_weather(world, odd_text);
    json_t *arguments =
        json_pack("{s:s,s:s,s:s}", "call_id", text_of(structured(called), "call_id"),
                  "label", "snow", "idempotency_key", "k1");
    json_t *first = call_tool(world, "feedback", json_incref(arguments));
    json_t *second = call_tool(world, "feedback", arguments);
    assert_string_equal("duplicate", text_of(structured(second), "status"));
    assert_string_equal(text_of(structured(first), "feedback_id"),
                        text_of(structured(second), "feedback_id"));
    json_t *status = status_of(world, "weather");
    assert_int_equal(1, integer_of(status, "feedback"));
    json_decref(called);
    json_decref(first);
    json_decref(second);
    json_decref(status);
}

static void a_restart_resumes_where_it_was(void **state)
{
    struct world *world = *state;
    teach_until_learnt(world, odd_text, "snow");
    json_t *before = ask_weather(world, odd_text);
    close_app(world);
    open_app(world);
    json_t *wait =
        teach(world, "umbrella showers", "rain"); /* behind all that was stored */
    json_t *status = status_of(world, "weather");
    assert_int_equal(integer_of(structured(before), "learned_through") + 1,
                     integer_of(structured(wait), "position"));
    assert_int_equal(integer_of(structured(wait), "position"),
                     integer_of(status, "learned_through"));
    assert_int_equal(integer_of(structured(wait), "position"),
                     integer_of(status, "feedback"));
    assert_label(world, odd_text, "snow");
    json_decref(before);
    json_decref(wait);
    json_decref(status);
}

static void a_rollback_brings_the_first_answers_back(void **state)
{
    struct world *world = *state;
    json_t *first = ask_weather(world, odd_text);
    const char *other =
        strcmp(text_of(structured(first), "label"), "snow") == 0 ? "sun" : "snow";
    teach_until_learnt(world, odd_text, other);
    json_t *result = request(world, "hone/rollback",
                             json_pack("{s:s,s:i,s:s,s:s}", "skill", "weather", "to", 1,
                                       "reason", "a test", "actor", "tester"));
    assert_int_equal(1, integer_of(result, "live"));
    json_t *wait = call_tool(
        world, "feedback",
        json_pack("{s:s,s:s,s:s}", "call_id", text_of(structured(first), "call_id"),
                  "comment", "waits until the rollback is served", "wait", "learned"));
    json_t *answer = ask_weather(world, odd_text);
    assert_string_equal(text_of(structured(first), "label"),
                        text_of(structured(answer), "label"));
    assert_int_equal(1, integer_of(structured(answer), "version"));
    json_decref(first);
    json_decref(result);
    json_decref(wait);
    json_decref(answer);
}

static void a_rollback_survives_a_restart(void **state)
{
    struct world *world = *state;
    json_t *first = ask_weather(world, odd_text);
    const char *label = text_of(structured(first), "label");
    teach_until_learnt(world, odd_text, strcmp(label, "snow") == 0 ? "sun" : "snow");
    json_decref(request(world, "hone/rollback",
                        json_pack("{s:s,s:i}", "skill", "weather", "to", 1)));
    close_app(world);
    open_app(world);
    assert_label(world, odd_text, label);
    json_decref(first);
}

static void refuses_a_rollback_to_what_was_never_there(void **state)
{
    struct world *world = *state;
    json_t *params = json_pack("{s:s,s:i}", "skill", "weather", "to", 77);
    json_t *failed = NULL;
    assert_int_equal(HONE_E_INVALID, hone_app_request(world->app, "hone/rollback", params,
                                                      &failed, &world->err));
    assert_non_null(strstr(world->err.message, "77"));
    json_decref(params);
    json_decref(failed);
}

static void the_list_of_tools_never_changes(void **state)
{
    struct world *world = *state;
    struct hone_buf before, after;
    hone_buf_init(&before, 1 << 20);
    hone_buf_init(&after, 1 << 20);
    json_t *list = request(world, "tools/list", NULL);
    assert_int_equal(0, hone_json_append(&before, list));
    json_decref(list);
    teach_until_learnt(world, odd_text, "snow");
    list = request(world, "tools/list", NULL);
    assert_int_equal(0, hone_json_append(&after, list));
    json_decref(list);
    assert_string_equal(before.data, after.data);
    hone_buf_finish(&before);
    hone_buf_finish(&after);
}

static void the_gate_makes_versions_and_rollback_unmakes_them(void **state)
{
    struct world *world = *state;
    static const char *const texts[] = {"mild haze", "icy wind", "heavy drops"};
    static const char *const labels[] = {"sun", "snow", "rain"};
    for (int i = 0; i < 60; i++) { /* min_pairs of weather is 20 */
        char text[64];
        (void)snprintf(text, sizeof(text), "%s, report %d", texts[i % 3], i);
        json_decref(teach(world, text, labels[i % 3]));
    }
    json_t *versions =
        request(world, "hone/versions", json_pack("{s:s}", "skill", "weather"));
    const json_t *list = json_object_get(versions, "versions");
    assert_true(json_array_size(list) > 1);
    assert_string_equal(
        "live", text_of(json_array_get(list, json_array_size(list) -
                                                 (size_t)integer_of(versions, "live")),
                        "status"));
    int64_t live = integer_of(versions, "live");
    json_t *rollback =
        request(world, "hone/rollback", json_pack("{s:s}", "skill", "weather"));
    assert_int_equal(live, integer_of(rollback, "from"));
    assert_int_equal(live - 1, integer_of(rollback, "live"));
    json_t *status = status_of(world, "weather");
    assert_int_equal(live - 1, integer_of(status, "live_version"));
    json_decref(versions);
    json_decref(rollback);
    json_decref(status);
}

static void a_second_owner_of_the_data_folder_is_refused(void **state)
{
    struct world *world = *state;
    struct hone_app *second = NULL;
    char pid[32];
    (void)snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
    assert_int_equal(HONE_E_BUSY,
                     hone_app_create(&second, &world->config, true, &world->err));
    assert_null(second);
    assert_non_null(strstr(world->err.message, pid));
    assert_label(world, "umbrella showers", "rain");
}

static void two_apps_live_in_one_process(void **state)
{
    struct world *world = *state;
    struct world other = {0};
    struct hone_app *first = world->app;
    char *data = hone_alloc_format("%s/other", world->folder);
    hone_config_init(&other.config);
    set_option(&other, "skills", world->config.skills[0]);
    set_option(&other, "data", data);
    open_app(&other);
    teach_until_learnt(&other, odd_text, "snow");
    assert_ptr_equal(first, world->app);
    json_t *status = status_of(world, "weather");
    assert_int_equal(0, integer_of(status, "feedback"));
    json_decref(status);
    close_app(&other);
    hone_config_finish(&other.config);
    free(data);
}

static void without_any_skill_it_does_not_start(void **state)
{
    struct world *world = *state;
    struct hone_config config;
    struct hone_app *app = NULL;
    char *data = hone_alloc_format("%s/none", world->folder);
    hone_config_init(&config);
    support_ok(hone_config_set(&config, hone_config_find("data", 4), data, &world->err),
               &world->err);
    assert_int_equal(HONE_E_NOT_FOUND, hone_app_create(&app, &config, true, &world->err));
    assert_non_null(strstr(world->err.hint, "--skills DIR"));
    hone_config_finish(&config);
    free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_changes_after_feedback),
        TEST(feedback_that_waited_is_in_the_next_answer),
        TEST(the_same_key_is_stored_once),
        TEST(a_restart_resumes_where_it_was),
        TEST(a_rollback_brings_the_first_answers_back),
        TEST(a_rollback_survives_a_restart),
        TEST(refuses_a_rollback_to_what_was_never_there),
        TEST(the_list_of_tools_never_changes),
        TEST(the_gate_makes_versions_and_rollback_unmakes_them),
        TEST(a_second_owner_of_the_data_folder_is_refused),
        TEST(two_apps_live_in_one_process),
        TEST(without_any_skill_it_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
