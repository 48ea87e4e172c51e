/* The whole program in one process, through the code that sockets use. */
#include "tests/unit/server/app_world.h"

#include "store/store.h"

static int set_up(void **state)
{
    char *skills = support_source_path("tests/data/skills");
    struct world *world = make_world(skills);
    free(skills);
    open_app(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    destroy_world(*state);
    return 0;
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

/* What the list of resources says of when the skill's live version was made. */
static char *live_since(struct world *world)
{
    json_t *result = request(world, "resources/list", json_object());
    const json_t *found = NULL;
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(json_object_get(result, "resources"), index, item)
    {
        found = strcmp(text_of(item, "uri"), "hone://skills/weather") == 0 ? item : found;
    }
    char *text =
        hone_alloc_text(text_of(json_object_get(found, "annotations"), "lastModified"));
    json_decref(result);
    return text;
}

/* Is that what the versions say of this one? */
static void check_live_since(struct world *world, const json_t *versions, int64_t number)
{
    const json_t *list = json_object_get(versions, "versions"); /* newest first */
    const json_t *version = json_array_get(list, json_array_size(list) - (size_t)number);
    char *since = live_since(world);
    assert_int_equal(integer_of(version, "number"), number);
    assert_string_equal(since, text_of(version, "created"));
    free(since);
}

static void the_gate_makes_versions_and_rollback_unmakes_them(void **state)
{
    struct world *world = *state;
    static const char *const texts[] = {"mild haze", "icy wind", "heavy drops"};
    static const char *const labels[] = {"sun", "snow", "rain"};
    /* min_pairs of weather is 20: two verdicts, the last of them well before the end, so
     * that none comes between the questions below. */
    for (int i = 0; i < 55; i++) {
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
    check_live_since(world, versions, live);
    json_t *rollback =
        request(world, "hone/rollback", json_pack("{s:s}", "skill", "weather"));
    assert_int_equal(live, integer_of(rollback, "from"));
    assert_int_equal(live - 1, integer_of(rollback, "live"));
    json_t *status = status_of(world, "weather");
    assert_int_equal(live - 1, integer_of(status, "live_version"));
    check_live_since(world, versions, live - 1);
    close_app(world);
    open_app(world);
    check_live_since(world, versions, live - 1);
    json_decref(versions);
    json_decref(rollback);
    json_decref(status);
}

/* One call, judged again and again under new keys. */
static void repeated_feedback_on_one_call_never_promotes(void **state)
{
    struct world *world = *state;
    json_t *called = ask_weather(world, odd_text);
    for (int i = 0; i < 60; i++) { /* min_pairs of weather is 20 */
        char key[16];
        (void)snprintf(key, sizeof(key), "k%d", i);
        json_decref(
            call_tool(world, "feedback",
                      json_pack("{s:s,s:s,s:s,s:s}", "call_id",
                                text_of(structured(called), "call_id"), "label", "snow",
                                "idempotency_key", key, "wait", "learned")));
    }
    json_t *status = status_of(world, "weather");
    assert_int_equal(60, integer_of(status, "labelled"));
    assert_int_equal(1, integer_of(status, "live_version"));
    assert_int_equal(1, integer_of(json_object_get(status, "evidence"), "pairs"));
    assert_label(world, odd_text, "snow");
    json_decref(called);
    json_decref(status);
}

/* ---- records ---- */

/* So many times the same byte. */
static char *text_of_bytes(char byte, size_t n)
{
    char *text = hone_alloc_zeroed(n + 1, 1);
    memset(text, byte, n);
    return text;
}

static void one_large_record_costs_its_neighbours_nothing(void **state)
{
    struct world *world = *state;
    close_app(world);
    set_option(world, "record_input_bytes", "1048576");
    open_app(world);
    char *large = text_of_bytes('\x01', 1000 * 1000);
    json_t *calls[4];
    for (size_t i = 0; i < 4; i++) {
        calls[i] = ask_weather(world, i == 1 || i == 2 ? large : odd_text);
    }
    for (size_t i = 0; i < 4; i++) {
        json_t *given = call_tool(world, "feedback",
                                  json_pack("{s:s,s:s}", "call_id",
                                            text_of(structured(calls[i]), "call_id"),
                                            "label", "snow"));
        assert_string_equal("stored", text_of(structured(given), "status"));
        json_decref(given);
        json_decref(calls[i]);
    }
    json_t *status = request(world, "hone/status", NULL);
    assert_int_equal(0, integer_of(status, "calls_dropped"));
    json_decref(status);
    free(large);
}

/* The stored record of a call, in the arena. The app must be closed. */
static void read_record(struct hone_call_record *out, struct world *world,
                        const char *call_id, struct hone_arena *arena)
{
    struct hone_store *store = NULL;
    struct hone_uuid id;
    assert_int_equal(0, hone_uuid_parse(&id, hone_span_text(call_id)));
    support_ok(hone_store_open(&store, world->config.data, 0, &world->err), &world->err);
    support_ok(hone_store_find_call(store, id, out, arena, &world->err), &world->err);
    hone_store_close(store);
}

static void check_record(struct world *world, const char *call_id, size_t max_bytes)
{
    struct hone_arena arena;
    struct hone_call_record record;
    json_t *input = NULL;
    hone_arena_init(&arena, 1 << 20);
    read_record(&record, world, call_id, &arena);
    assert_true(record.input_cut);
    assert_in_range(record.input.len, max_bytes / 2, max_bytes);
    support_ok(hone_json_parse(&input, record.input, &world->err), &world->err);
    assert_true(strlen(text_of(input, "text")) > 0);
    json_decref(input);
    hone_arena_finish(&arena);
}

static void records_what_was_sent(void **state)
{
    struct world *world = *state;
    struct hone_arena arena;
    struct hone_call_record record;
    json_t *called = ask_weather(world, "caf\xc3\xa9 \"umbrella\"");
    close_app(world);
    hone_arena_init(&arena, 1 << 20);
    read_record(&record, world, text_of(structured(called), "call_id"), &arena);
    assert_false(record.input_cut);
    assert_true(
        hone_span_is(record.input, "{\"text\":\"caf\xc3\xa9 \\\"umbrella\\\"\"}"));
    assert_true(hone_span_is(record.output, text_of(structured(called), "label")));
    hone_arena_finish(&arena);
    json_decref(called);
    open_app(world);
}

static void records_stay_within_their_cap_whatever_the_text(void **state)
{
    struct world *world = *state;
    static const char bytes[] = {'x', '"', '\\', '\n', '\x01', '\x7f', '/'};
    close_app(world);
    set_option(world, "record_input_bytes", "1000");
    for (size_t i = 0; i < sizeof(bytes); i++) {
        open_app(world);
        char *text = text_of_bytes(bytes[i], 3000);
        json_t *called = ask_weather(world, text);
        close_app(world);
        check_record(world, text_of(structured(called), "call_id"), 1000);
        json_decref(called);
        free(text);
    }
    open_app(world);
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
        TEST(repeated_feedback_on_one_call_never_promotes),
        TEST(one_large_record_costs_its_neighbours_nothing),
        TEST(records_what_was_sent),
        TEST(records_stay_within_their_cap_whatever_the_text),
        TEST(a_second_owner_of_the_data_folder_is_refused),
        TEST(two_apps_live_in_one_process),
        TEST(without_any_skill_it_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
