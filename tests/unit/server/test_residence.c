/* Skills in memory and on disk alone: calls, feedback and rollbacks of cold ones, what makes them
 * cold again, and that none of it shows in what is learnt. */
#include "tests/unit/server/app_world.h"

#include "server/app_internal.h"
#include "server/dispatch.h"
#include "server/residence.h"
#include "server/training.h"

#define ROUNDS_LIMIT 100000
#define N_TEXTS      3
#define N_TOGETHER   5

static const char *const texts[N_TEXTS] = {"mild haze", "heavy drops", "icy wind"};
static const char *const labels[N_TEXTS] = {"sun", "rain", "snow"};

static void write_skill(struct world *world, const char *name)
{
    char *folder = hone_alloc_format("%s/%s", world->config.skills[0], name);
    char *document = hone_alloc_format(
        "---\nname: %s\ndescription: Which weather it is.\n---\n", name);
    support_ok(hone_file_make_folder(folder, 0700, &world->err), &world->err);
    support_write_file(folder, "SKILL.md", document);
    support_write_file(folder, "skill.yaml",
                       "format: 1\nkind: classify\nlabels: [sun, rain, snow]\n"
                       "gate:\n  min_pairs: 20\n");
    free(document);
    free(folder);
}

static struct world *make_open_world(void)
{
    char *skills = support_make_folder();
    struct world *world = make_world(skills);
    free(skills);
    write_skill(world, "weather");
    write_skill(world, "climate");
    open_app(world);
    return world;
}

static void remove_world(struct world *world)
{
    support_remove_folder(world->config.skills[0]);
    destroy_world(world);
}

static int set_up(void **state)
{
    *state = make_open_world();
    return 0;
}

static int tear_down(void **state)
{
    remove_world(*state);
    return 0;
}

/* ---- what the server knows ---- */

static struct hone_training *training_of(struct world *world, const char *name)
{
    return hone_registry_find(world->app->registry, hone_span_text(name))->owner_data;
}

static enum hone_residence_state state_of(struct world *world, const char *name)
{
    return training_of(world, name)->residence.state;
}

static struct hone_residence_counts counts_of(struct world *world)
{
    struct hone_residence_counts counts;
    hone_residence_count(world->app->residents, &counts);
    return counts;
}

/* One turn of the loop: the answer comes from a lane. */
static void turn(struct world *world)
{
    json_decref(request(world, "hone/versions", json_pack("{s:s}", "skill", "climate")));
}

static void wait_for_state(struct world *world, const char *name,
                           enum hone_residence_state state)
{
    for (int i = 0; state_of(world, name) != state; i++) {
        assert_true(i < ROUNDS_LIMIT);
        turn(world);
    }
}

/* All that a feedback brings about has happened, verdicts included. */
static void wait_for_rest(struct world *world)
{
    const struct hone_training *training = training_of(world, "weather");
    for (int i = 0;
         training->cycle_running || training->due || training->verdict_running ||
         training->checkpoint_running || training->trained < training->log_end ||
         training->trained < training->settles;
         i++) {
        assert_true(i < ROUNDS_LIMIT);
        turn(world);
    }
}

static void unload(struct world *world, const char *name)
{
    wait_for_rest(world);
    hone_residence_unload(training_of(world, name));
    wait_for_state(world, name, HONE_RESIDENCE_COLD);
}

static void teach_rounds(struct world *world, int from, int n)
{
    for (int i = from; i < from + n; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%s, report %d", texts[i % N_TEXTS], i);
        json_decref(teach(world, text, labels[i % N_TEXTS]));
        wait_for_rest(world);
    }
}

/* What is said of the texts, but for the ids of the calls; a new reference. */
static json_t *answers_of(struct world *world)
{
    json_t *answers = json_array();
    for (size_t i = 0; i < N_TEXTS; i++) {
        json_t *result = ask_weather(world, texts[i]);
        json_t *answer = json_deep_copy(structured(result));
        (void)json_object_del(answer, "call_id");
        (void)json_array_append_new(answers, answer);
        json_decref(result);
    }
    return answers;
}

/* Takes both. */
static void assert_same(json_t *wanted, json_t *got)
{
    char *a = json_dumps(wanted, JSON_SORT_KEYS), *b = json_dumps(got, JSON_SORT_KEYS);
    assert_string_equal(a, b);
    free(a);
    free(b);
    json_decref(wanted);
    json_decref(got);
}

/* ---- messages whose answers are not awaited at once ---- */

struct line {
    struct hone_session *session;
    struct hone_channel *channel;
    json_t *answers; /* by id */
};

static void keep_answer(struct hone_channel *channel, struct hone_exchange *exchange,
                        int http_status, struct hone_span body)
{
    struct line *line = channel->owner;
    (void)exchange;
    (void)http_status;
    if (body.len == 0) { /* dropped */
        return;
    }
    json_t *answer = json_loadb(body.data, body.len, 0, NULL);
    char id[24];
    (void)snprintf(id, sizeof(id), "%lld", (long long)integer_of(answer, "id"));
    assert_null(json_object_get(line->answers, id)); /* each is answered once */
    (void)json_object_set_new(line->answers, id, answer);
}

static void line_open(struct line *line, struct world *world)
{
    static const struct hone_channel_carrier carrier = {.name = "test",
                                                        .reply = keep_answer};
    line->answers = json_object();
    line->session = hone_session_create(world->app, carrier.name, true, true);
    line->channel = hone_channel_create(&carrier, line, false);
}

static void line_close(struct line *line)
{
    hone_session_close(line->session);
    hone_channel_close(line->channel);
    json_decref(line->answers);
}

static void send_text(struct line *line, const char *text)
{
    hone_dispatch_message(line->session, line->channel, hone_span_text(text), NULL);
}

static void send_call(struct line *line, int id, const char *text)
{
    char *message = hone_alloc_format(
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":"
        "{\"name\":\"weather\",\"arguments\":{\"text\":\"%s\"}}}",
        id, text);
    send_text(line, message);
    free(message);
}

/* ---- tests ---- */

static void a_skill_that_is_known_is_opened_cold(void **state)
{
    struct world *world = *state;
    assert_int_equal(HONE_RESIDENCE_LOADED, state_of(world, "weather")); /* it is new */
    teach_rounds(world, 0, 10);
    unload(world, "weather");
    close_app(world);
    open_app(world);
    json_t *status = status_of(world, "weather");
    assert_string_equal("cold", text_of(status, "residence"));
    assert_string_equal("ok", text_of(status, "state"));
    assert_int_equal(0, integer_of(status, "memory_bytes"));
    assert_int_equal(10, integer_of(status, "labelled")); /* known all the same */
    assert_int_equal(integer_of(status, "log_end"),
                     integer_of(status, "learned_through"));
    json_decref(status);
    assert_int_equal(0, counts_of(world).n_loaded);
    assert_int_equal(2, counts_of(world).n_cold);
    json_decref(ask_weather(world, texts[0]));
    assert_int_equal(1, counts_of(world).n_loaded);
    assert_true(counts_of(world).memory_bytes > 0);
    assert_int_equal(HONE_RESIDENCE_COLD, state_of(world, "climate"));
}

static void a_cold_skill_answers_as_it_did(void **state)
{
    struct world *world = *state;
    teach_rounds(world, 0, 12);
    json_t *before = answers_of(world);
    unload(world, "weather");
    assert_int_equal(0, training_of(world, "weather")->residence.memory_bytes);
    assert_same(before, answers_of(world));
    assert_int_equal(1, counts_of(world).n_unloads);
}

static void calls_of_a_cold_skill_wait_together(void **state)
{
    struct world *world = *state;
    struct line line;
    unload(world, "weather");
    uint64_t n_loads = counts_of(world).n_loads;
    line_open(&line, world);
    for (int i = 0; i < N_TOGETHER; i++) {
        send_call(&line, i, texts[i % N_TEXTS]);
    }
    assert_int_equal(HONE_RESIDENCE_LOADING, state_of(world, "weather"));
    assert_int_equal(0, json_object_size(line.answers)); /* the loop did not wait */
    wait_for_state(world, "weather", HONE_RESIDENCE_LOADED);
    assert_int_equal(N_TOGETHER, json_object_size(line.answers));
    const char *id;
    json_t *answer = NULL;
    json_object_foreach(line.answers, id, answer)
    {
        assert_non_null(
            text_of(structured(json_object_get(answer, "result")), "call_id"));
    }
    assert_int_equal(n_loads + 1, counts_of(world).n_loads);
    line_close(&line);
}

static void a_cancelled_call_of_a_cold_skill_is_dropped(void **state)
{
    struct world *world = *state;
    struct line line;
    unload(world, "weather");
    line_open(&line, world);
    send_call(&line, 1, texts[0]);
    send_call(&line, 2, texts[1]);
    send_text(&line, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                     "\"params\":{\"requestId\":1}}");
    wait_for_state(world, "weather", HONE_RESIDENCE_LOADED);
    assert_null(json_object_get(line.answers, "1"));
    assert_non_null(json_object_get(line.answers, "2"));
    line_close(&line);
}

static void feedback_to_a_cold_skill_is_learnt(void **state)
{
    struct world *world = *state;
    json_t *called = ask_weather(world, texts[0]);
    const char *call_id = text_of(structured(called), "call_id");
    unload(world, "weather");
    json_t *given = call_tool(world, "feedback",
                              json_pack("{s:s,s:s,s:s}", "call_id", call_id, "label",
                                        "sun", "wait", "learned"));
    assert_true(json_is_true(json_object_get(structured(given), "learned")));
    json_decref(given);
    unload(world, "weather");
    given = call_tool(world, "feedback",
                      json_pack("{s:s,s:s}", "call_id", call_id, "label", "rain"));
    json_decref(given);
    wait_for_rest(world); /* without anybody asking */
    assert_int_equal(2, training_of(world, "weather")->progress.n_labelled);
    json_decref(called);
}

static void a_wrong_feedback_to_a_cold_skill_is_refused(void **state)
{
    struct world *world = *state;
    json_t *called = ask_weather(world, texts[0]);
    unload(world, "weather");
    json_t *given =
        call_tool(world, "feedback",
                  json_pack("{s:s,s:s}", "call_id",
                            text_of(structured(called), "call_id"), "label", "son"));
    assert_true(json_is_true(json_object_get(given, "isError")));
    assert_non_null(strstr(
        text_of(json_array_get(json_object_get(given, "content"), 0), "text"), "sun"));
    json_decref(given);
    json_decref(called);
}

static void what_a_start_finds_in_the_log_is_learnt_without_a_call(void **state)
{
    struct world *world = *state;
    teach_rounds(world, 0, 9); /* no checkpoint, no version of it */
    close_app(world);
    open_app(world);
    assert_true(training_of(world, "weather")->trained < 9);
    wait_for_rest(world);
    assert_int_equal(9, training_of(world, "weather")->progress.n_labelled);
    assert_int_equal(HONE_RESIDENCE_COLD, state_of(world, "climate"));
}

/* The files of all versions, and of the state in the end. */
static json_t *files_of(struct world *world)
{
    json_t *result =
        request(world, "hone/versions", json_pack("{s:s}", "skill", "weather"));
    json_t *files = json_array();
    size_t i = 0;
    json_t *version = NULL;
    json_array_foreach(json_object_get(result, "versions"), i, version)
    {
        (void)json_array_append(files, json_object_get(version, "tensors"));
        (void)json_array_append(files, json_object_get(version, "position"));
    }
    json_decref(result);
    unload(world, "weather");
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(training_of(world, "weather")->residence.source.checkpoint,
                       digest);
    (void)json_array_append_new(files, json_string(digest));
    return files;
}

static void unloading_does_not_show_in_what_is_learnt(void **state)
{
    struct world *one = *state, *other = make_open_world();
    for (int i = 0; i < 70; i++) {
        teach_rounds(one, i, 1);
        teach_rounds(other, i, 1);
        if (i % 6 == 5) {
            unload(one, "weather");
        }
    }
    assert_true(counts_of(one).n_unloads > 10);
    assert_int_equal(0, counts_of(other).n_unloads);
    json_t *wanted = files_of(other);
    assert_true(json_array_size(wanted) > 6); /* the gate has made versions */
    assert_same(wanted, files_of(one));
    remove_world(other);
}

static void a_rollback_of_a_cold_skill_brings_the_first_answers_back(void **state)
{
    struct world *world = *state;
    json_t *first = answers_of(world);
    teach_rounds(world, 0, 30);
    assert_true(training_of(world, "weather")->live_version > 1);
    unload(world, "weather");
    json_t *result = request(world, "hone/rollback",
                             json_pack("{s:s,s:i}", "skill", "weather", "to", 1));
    assert_int_equal(1, integer_of(result, "live"));
    json_decref(result);
    for (int i = 0; i < 2; i++) {
        json_t *now = answers_of(world);
        for (size_t j = 0; j < N_TEXTS; j++) { /* the log has grown */
            (void)json_object_set(
                json_array_get(now, j), "learned_through",
                json_object_get(json_array_get(first, j), "learned_through"));
        }
        assert_same(json_incref(first), now);
        unload(world, "weather");
    }
    json_decref(first);
}

/* After a rollback the log does not lead to the damaged file's state; another version does. */
static void a_rollback_mends_a_skill_that_cannot_be_loaded(void **state)
{
    struct world *world = *state;
    struct hone_training *training = training_of(world, "weather");
    teach_rounds(world, 0, 50);
    assert_true(training->live_version > 2);
    json_decref(request(world, "hone/rollback",
                        json_pack("{s:s,s:i}", "skill", "weather", "to", 2)));
    unload(world, "weather");
    char *path =
        hone_store_blob_path(world->app->store, training->residence.source.tensors);
    assert_int_equal(0, unlink(path));
    json_t *refused = ask_weather(world, texts[0]);
    assert_true(json_is_true(json_object_get(refused, "isError")));
    json_decref(refused);
    assert_int_equal(HONE_RESIDENCE_COLD, state_of(world, "weather"));
    json_decref(request(world, "hone/rollback",
                        json_pack("{s:s,s:i}", "skill", "weather", "to", 1)));
    json_decref(answers_of(world));
    assert_int_equal(1, training->live_version);
    free(path);
}

static void asking_about_a_cold_skill_leaves_it_cold(void **state)
{
    struct world *world = *state;
    teach_rounds(world, 0, 3);
    unload(world, "weather");
    json_t *status = status_of(world, "weather");
    assert_int_equal(3, integer_of(status, "labelled"));
    json_decref(status);
    json_decref(request(world, "hone/versions", json_pack("{s:s}", "skill", "weather")));
    json_decref(request(world, "hone/status", NULL));
    json_decref(request(world, "tools/list", NULL));
    assert_int_equal(HONE_RESIDENCE_COLD, state_of(world, "weather"));
}

static void a_call_while_it_is_unloaded_keeps_it(void **state)
{
    struct world *world = *state;
    struct line line;
    teach_rounds(world, 0, 3);
    hone_residence_unload(training_of(world, "weather"));
    assert_int_equal(HONE_RESIDENCE_UNLOADING, state_of(world, "weather"));
    line_open(&line, world);
    send_call(&line, 1, texts[0]);
    assert_int_equal(1, json_object_size(line.answers)); /* at once */
    assert_int_equal(HONE_RESIDENCE_LOADED, state_of(world, "weather"));
    wait_for_rest(world); /* the checkpoint is there now */
    assert_int_equal(HONE_RESIDENCE_LOADED, state_of(world, "weather"));
    assert_int_equal(0, counts_of(world).n_unloads);
    line_close(&line);
}

static void feedback_while_it_is_unloaded_keeps_it(void **state)
{
    struct world *world = *state;
    json_t *called = ask_weather(world, texts[0]);
    teach_rounds(world, 0, 3);
    hone_residence_unload(training_of(world, "weather"));
    json_decref(call_tool(world, "feedback",
                          json_pack("{s:s,s:s,s:s}", "call_id",
                                    text_of(structured(called), "call_id"), "label",
                                    "sun", "wait", "learned")));
    assert_int_equal(4, training_of(world, "weather")->progress.n_labelled);
    wait_for_rest(world);
    assert_int_equal(HONE_RESIDENCE_LOADED, state_of(world, "weather"));
    json_decref(called);
}

static void reopen_with(struct world *world, const char *option, const char *value)
{
    close_app(world);
    set_option(world, option, value);
    open_app(world);
}

static void an_idle_skill_becomes_cold(void **state)
{
    struct world *world = *state;
    teach_rounds(world, 0, 3);
    reopen_with(world, "skill_idle_ms", "1");
    wait_for_rest(world);
    json_decref(ask_weather(world, texts[0]));
    wait_for_state(world, "weather", HONE_RESIDENCE_COLD);
    assert_int_equal(3, training_of(world, "weather")->progress.n_labelled);
    assert_int_equal(0, counts_of(world).memory_bytes);
}

static void the_one_used_longest_ago_makes_room(void **state)
{
    struct world *world = *state;
    unload(world, "weather");
    unload(world, "climate");
    reopen_with(world, "skills_memory_bytes", "1");
    json_decref(ask_weather(world, texts[0]));
    assert_int_equal(HONE_RESIDENCE_LOADED,
                     state_of(world, "weather")); /* the only one */
    json_decref(call_tool(world, "climate", json_pack("{s:s}", "text", "fog")));
    wait_for_state(world, "weather", HONE_RESIDENCE_COLD);
    assert_int_equal(HONE_RESIDENCE_LOADED, state_of(world, "climate"));
    assert_int_equal(1, counts_of(world).n_loaded);
}

static void a_client_and_a_server_may_leave_while_a_call_waits(void **state)
{
    struct world *world = *state;
    struct line line;
    unload(world, "weather");
    line_open(&line, world);
    send_call(&line, 1, texts[0]);
    assert_int_equal(HONE_RESIDENCE_LOADING, state_of(world, "weather"));
    line_close(&line);
    close_app(world); /* the load ends with it */
    open_app(world);
    json_decref(ask_weather(world, texts[0]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_skill_that_is_known_is_opened_cold),
        TEST(a_cold_skill_answers_as_it_did),
        TEST(calls_of_a_cold_skill_wait_together),
        TEST(a_cancelled_call_of_a_cold_skill_is_dropped),
        TEST(feedback_to_a_cold_skill_is_learnt),
        TEST(a_wrong_feedback_to_a_cold_skill_is_refused),
        TEST(what_a_start_finds_in_the_log_is_learnt_without_a_call),
        TEST(unloading_does_not_show_in_what_is_learnt),
        TEST(a_rollback_of_a_cold_skill_brings_the_first_answers_back),
        TEST(a_rollback_mends_a_skill_that_cannot_be_loaded),
        TEST(asking_about_a_cold_skill_leaves_it_cold),
        TEST(a_call_while_it_is_unloaded_keeps_it),
        TEST(feedback_while_it_is_unloaded_keeps_it),
        TEST(an_idle_skill_becomes_cold),
        TEST(the_one_used_longest_ago_makes_room),
        TEST(a_client_and_a_server_may_leave_while_a_call_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
