/* What operators do to a skill: freeze, thaw, pin and unpin, through the whole app and through restarts. */
#include "tests/unit/server/app_world.h"

#include "server/app_internal.h"
#include "server/residence.h"
#include "server/training.h"

#define N_TEXTS      3
#define ROUNDS_LIMIT 100000

static const char *const texts[N_TEXTS] = {"mild haze", "heavy drops", "icy wind"};
static const char *const labels[N_TEXTS] = {"sun", "rain", "snow"};

struct place {
    struct world *world;
    char *skills;
};

static void write_skill(const char *skills, const char *name, const char *settings)
{
    char *folder = hone_alloc_format("%s/%s", skills, name);
    char *document = hone_alloc_format(
        "---\nname: %s\ndescription: Which weather it is.\n---\nText.\n", name);
    support_ok(hone_file_make_folder(folder, 0755, NULL), NULL);
    support_write_file(folder, "SKILL.md", document);
    support_write_file(folder, "skill.yaml", settings);
    free(document);
    free(folder);
}

static int set_up_with(void **state, const char *settings)
{
    struct place *place = hone_alloc_zeroed(1, sizeof(*place));
    place->skills = support_make_folder();
    write_skill(place->skills, "weather", settings);
    write_skill(place->skills, "guide", "format: 1\nkind: guide\n");
    place->world = make_world(place->skills);
    open_app(place->world);
    *state = place;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, "format: 1\nkind: classify\nlabels: [sun, rain, snow]\n"
                              "gate: {min_pairs: 20}\n");
}

static int tear_down(void **state)
{
    struct place *place = *state;
    destroy_world(place->world);
    support_remove_folder(place->skills);
    free(place->skills);
    free(place);
    return 0;
}

/* ---- short ways ---- */

static json_t *act(struct world *world, const char *action, const char *reason)
{
    return request(world, "hone/action",
                   json_pack("{s:s,s:s,s:s,s:s}", "skill", "weather", "action", action,
                             "reason", reason, "actor", "ada"));
}

static void act_well(struct world *world, const char *action)
{
    json_t *result = act(world, action, "a test");
    assert_true(json_is_true(json_object_get(result, "changed")));
    json_decref(result);
}

/* Takes params; says whether the message and the hint have these words. */
static void refused(struct world *world, json_t *params, const char *cause,
                    const char *fix)
{
    json_t *failed = NULL;
    assert_int_equal(HONE_E_INVALID, hone_app_request(world->app, "hone/action", params,
                                                      &failed, &world->err));
    assert_non_null(strstr(world->err.message, cause));
    assert_non_null(strstr(text_of(json_object_get(failed, "data"), "hint"), fix));
    json_decref(params);
    json_decref(failed);
}

static struct hone_training *training_of(struct world *world)
{
    return hone_registry_find(world->app->registry, hone_span_text("weather"))
        ->owner_data;
}

/* One turn of the loop: the answer comes from a lane. */
static void turn(struct world *world)
{
    json_decref(request(world, "hone/versions", json_pack("{s:s}", "skill", "guide")));
}

/* All that the log says is learnt, and no verdict is under way. */
static void wait_for_rest(struct world *world)
{
    const struct hone_training *training = training_of(world);
    for (int i = 0;
         training->cycle_running || training->due || training->verdict_running ||
         training->checkpoint_running || training->trained < training->log_end;
         i++) {
        assert_true(i < ROUNDS_LIMIT);
        turn(world);
    }
}

static void restart(struct world *world)
{
    close_app(world);
    open_app(world);
    wait_for_rest(world);
}

/* Until the state is on disk alone. */
static void cool(struct world *world)
{
    struct hone_training *training = training_of(world);
    for (int i = 0; training->residence.state != HONE_RESIDENCE_COLD; i++) {
        assert_true(i < ROUNDS_LIMIT);
        hone_residence_unload(training);
        turn(world);
    }
}

/* What calls are answered, with all that they say of it. */
static char *answers(struct world *world)
{
    char *all = hone_alloc_text("");
    for (size_t i = 0; i < N_TEXTS; i++) {
        json_t *result = ask_weather(world, texts[i]);
        json_t *confidence = json_object_get(structured(result), "confidence");
        char *longer = hone_alloc_format("%s%s %.17g v%d; ", all,
                                         text_of(structured(result), "label"),
                                         json_number_value(confidence),
                                         (int)integer_of(structured(result), "version"));
        free(all);
        all = longer;
        json_decref(result);
    }
    return all;
}

static void assert_answers(struct world *world, const char *expected)
{
    char *now = answers(world);
    assert_string_equal(expected, now);
    free(now);
}

static int64_t status_integer(struct world *world, const char *key)
{
    json_t *entry = status_of(world, "weather");
    int64_t value = integer_of(entry, key);
    json_decref(entry);
    return value;
}

/* Reports that differ, as the same words again are no evidence. */
static void teach_round(struct world *world, size_t n)
{
    int64_t first = status_integer(world, "feedback");
    for (size_t i = 0; i < n; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%s, report %d", texts[i % N_TEXTS],
                       (int)first + (int)i);
        json_decref(teach(world, text, labels[i % N_TEXTS]));
    }
}

static json_t *held(struct world *world, const char *part)
{
    json_t *entry = status_of(world, "weather");
    json_t *value = json_incref(json_object_get(json_object_get(entry, "hold"), part));
    assert_non_null(value);
    json_decref(entry);
    return value;
}

/* ---- freeze, thaw ---- */

static void a_frozen_skill_stores_feedback_and_learns_nothing(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    teach_round(world, 6);
    char *before = answers(world);
    json_decref(act(world, "freeze", "a fair is on"));
    json_t *result = teach(world, texts[0], "snow");
    assert_string_equal("stored", text_of(structured(result), "status"));
    assert_true(json_is_false(json_object_get(structured(result), "learned")));
    assert_true(json_is_true(json_object_get(structured(result), "frozen")));
    json_decref(result);
    teach_round(world, 30);
    assert_answers(world, before);
    assert_int_equal(6, status_integer(world, "labelled"));
    assert_int_equal(37, status_integer(world, "feedback"));
    json_t *frozen = held(world, "frozen");
    assert_string_equal("ada", text_of(frozen, "actor"));
    assert_string_equal("a fair is on", text_of(frozen, "reason"));
    assert_int_equal(7, integer_of(frozen, "after"));
    json_decref(frozen);
    act_well(world, "thaw");
    frozen = held(world, "frozen");
    assert_true(json_is_null(frozen));
    json_decref(frozen);
    assert_answers(world, before);
    result = teach(world, texts[0], "snow");
    assert_true(json_is_true(json_object_get(structured(result), "learned")));
    assert_null(json_object_get(structured(result), "frozen"));
    json_decref(result);
    free(before);
}

static void a_second_freeze_changes_nothing(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    json_decref(act(world, "freeze", "first"));
    int64_t log_end = status_integer(world, "log_end");
    json_t *result = act(world, "freeze", "second");
    assert_true(json_is_false(json_object_get(result, "changed")));
    const json_t *frozen = json_object_get(json_object_get(result, "hold"), "frozen");
    assert_string_equal("first", text_of(frozen, "reason"));
    assert_int_equal(log_end, status_integer(world, "log_end"));
    json_decref(result);
    act_well(world, "thaw");
    result = act(world, "thaw", "again");
    assert_true(json_is_false(json_object_get(result, "changed")));
    json_decref(result);
}

static void what_is_frozen_stays_so_through_restarts(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    teach_round(world, 6);
    char *before = answers(world);
    act_well(world, "freeze");
    restart(world);
    teach_round(world, 6);
    assert_answers(world, before);
    restart(world);
    assert_answers(world, before);
    assert_int_equal(6, status_integer(world, "labelled"));
    act_well(world, "thaw");
    restart(world);
    assert_answers(world, before);
    teach_round(world, 6);
    assert_int_equal(12, status_integer(world, "labelled"));
    char *after = answers(world);
    restart(world);
    assert_answers(world, after);
    free(after);
    free(before);
}

static void a_rollback_of_a_frozen_skill_leaves_it_frozen(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    char *first = answers(world);
    teach_round(world, 9);
    act_well(world, "freeze");
    json_decref(request(world, "hone/rollback",
                        json_pack("{s:s,s:i}", "skill", "weather", "to", 1)));
    assert_answers(world, first);
    teach_round(world, 9);
    restart(world);
    teach_round(world, 9);
    assert_answers(world, first);
    assert_int_equal(0, status_integer(world, "labelled"));
    act_well(world, "thaw");
    restart(world);
    teach_round(world, 3);
    assert_int_equal(3, status_integer(world, "labelled"));
    free(first);
}

static void a_frozen_skill_that_is_unloaded_stays_so(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    teach_round(world, 6);
    char *before = answers(world);
    act_well(world, "freeze");
    teach_round(world, 3);
    cool(world);
    assert_answers(world, before);
    cool(world);
    teach_round(world, 3);
    assert_answers(world, before);
    cool(world);
    act_well(world, "thaw");
    cool(world);
    assert_answers(world, before);
    teach_round(world, 3);
    assert_int_equal(9, status_integer(world, "labelled"));
    free(before);
}

/* ---- pin, unpin ---- */

static json_t *pin(struct world *world, int to)
{
    return request(world, "hone/action",
                   json_pack("{s:s,s:s,s:i,s:s,s:s}", "skill", "weather", "action", "pin",
                             "to", to, "reason", "a test", "actor", "ada"));
}

static void a_pinned_version_answers_while_learning_goes_on(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    char *first = answers(world);
    teach_round(world, 6);
    act_well(world, "pin");
    assert_answers(world, first);
    json_t *pinned = held(world, "pinned");
    assert_int_equal(1, integer_of(pinned, "version"));
    json_decref(pinned);
    json_t *result = teach(world, texts[0], labels[0]);
    assert_true(json_is_true(json_object_get(structured(result), "learned")));
    assert_true(json_is_false(json_object_get(structured(result), "served")));
    assert_int_equal(1, integer_of(structured(result), "pinned"));
    json_decref(result);
    teach_round(world, 60);
    wait_for_rest(world);
    assert_int_equal(1, status_integer(world, "live_version"));
    assert_int_equal(67, status_integer(world, "labelled"));
    assert_int_equal(0, status_integer(world, "served_through"));
    assert_answers(world, first);
    restart(world);
    assert_answers(world, first);
    cool(world);
    assert_int_equal(0, status_integer(world, "served_through"));
    assert_answers(world, first);
    /* The gate decides on what has come meanwhile. */
    act_well(world, "unpin");
    wait_for_rest(world);
    assert_int_equal(2, status_integer(world, "live_version"));
    char *after = answers(world);
    assert_string_not_equal(first, after);
    restart(world);
    assert_answers(world, after);
    free(after);
    free(first);
}

static void an_older_version_is_pinned_beside_the_live_one(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    char *first = answers(world);
    for (int i = 0; i < ROUNDS_MAX && status_integer(world, "live_version") < 3; i++) {
        teach_round(world, 6);
        wait_for_rest(world);
    }
    assert_true(status_integer(world, "live_version") >= 3);
    char *learnt = answers(world);
    int64_t live = status_integer(world, "live_version");
    json_decref(pin(world, 1));
    assert_answers(world, first);
    assert_int_equal(live, status_integer(world, "live_version"));
    json_t *result = pin(world, 1);
    assert_true(json_is_false(json_object_get(result, "changed")));
    json_decref(result);
    restart(world);
    assert_answers(world, first);
    json_decref(pin(world, 2));
    char *second = answers(world);
    assert_non_null(strstr(second, "v2"));
    act_well(world, "freeze");
    assert_answers(world, second);
    cool(world);
    assert_answers(world, second);
    act_well(world, "thaw");
    act_well(world, "unpin");
    wait_for_rest(world);
    assert_answers(world, learnt);
    result = act(world, "unpin", "again");
    assert_true(json_is_false(json_object_get(result, "changed")));
    json_decref(result);
    free(second);
    free(learnt);
    free(first);
}

/* Damage must not keep a skill from answering. */
static void the_live_version_answers_when_the_pinned_file_is_damaged(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    for (int i = 0; i < ROUNDS_MAX && status_integer(world, "live_version") < 2; i++) {
        teach_round(world, 6);
        wait_for_rest(world);
    }
    json_decref(pin(world, 1));
    json_t *pinned = held(world, "pinned");
    struct hone_digest tensors;
    assert_int_equal(
        0, hone_digest_parse(&tensors, hone_span_text(text_of(pinned, "tensors"))));
    char *path = hone_store_blob_path(world->app->store, tensors);
    json_decref(pinned);
    close_app(world);
    support_ok(hone_file_write(path, hone_span_text("no tensors"), 0600, &world->err),
               &world->err);
    open_app(world);
    wait_for_rest(world);
    json_t *result = ask_weather(world, texts[0]);
    assert_int_equal(2, integer_of(structured(result), "version"));
    json_decref(result);
    act_well(world, "unpin");
    teach_round(world, 3);
    free(path);
}

/* ---- promote ---- */

static json_t *promote(struct world *world, int to)
{
    return request(world, "hone/action",
                   json_pack("{s:s,s:s,s:i,s:s,s:s}", "skill", "weather", "action",
                             "promote", "to", to, "reason", "a test", "actor", "ada"));
}

static char *version_status(struct world *world, int64_t number)
{
    json_t *answer =
        request(world, "hone/versions", json_pack("{s:s}", "skill", "weather"));
    const json_t *versions = json_object_get(answer, "versions"); /* newest first */
    const json_t *version =
        json_array_get(versions, json_array_size(versions) - (size_t)number);
    assert_int_equal(number, integer_of(version, "number"));
    char *status = hone_alloc_text(text_of(version, "status"));
    json_decref(answer);
    return status;
}

static void any_kept_version_is_promoted(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    char *first = answers(world);
    for (int i = 0; i < ROUNDS_MAX && status_integer(world, "live_version") < 2; i++) {
        teach_round(world, 6);
        wait_for_rest(world);
    }
    int64_t live = status_integer(world, "live_version");
    json_t *result = promote(world, 1);
    assert_int_equal(live, integer_of(result, "from"));
    assert_int_equal(1, integer_of(result, "live"));
    json_decref(result);
    assert_answers(world, first);
    char *status = version_status(world, live);
    assert_string_equal("retired", status);
    free(status);
    restart(world);
    assert_answers(world, first);
    result = promote(world, 1);
    assert_true(json_is_false(json_object_get(result, "changed")));
    assert_int_equal(1, integer_of(result, "live"));
    json_decref(result);
    json_decref(promote(world, (int)live));
    act_well(world, "freeze");
    restart(world);
    assert_int_equal(live, status_integer(world, "live_version"));
    result = request(world, "hone/verify", json_object());
    assert_true(json_is_true(json_object_get(result, "whole")));
    json_decref(result);
    free(first);
}

/* ---- what is refused ---- */

static void refuses_what_cannot_be_done(void **state)
{
    struct place *place = *state;
    struct world *world = place->world;
    refused(world, json_pack("{s:s,s:s}", "skill", "weather", "action", "freeze"),
            "freeze needs a reason", "--reason");
    refused(
        world,
        json_pack("{s:s,s:s,s:s}", "skill", "weather", "action", "melt", "reason", "x"),
        "no known action", "freeze");
    refused(
        world,
        json_pack("{s:s,s:s,s:s}", "skill", "weathe", "action", "freeze", "reason", "x"),
        "no skill weathe", "weather");
    refused(
        world,
        json_pack("{s:s,s:s,s:s}", "skill", "guide", "action", "freeze", "reason", "x"),
        "does not learn", "folder");
    refused(world,
            json_pack("{s:s,s:s,s:s,s:i}", "skill", "weather", "action", "freeze",
                      "reason", "x", "to", 1),
            "takes no version", "");
    refused(world,
            json_pack("{s:s,s:s,s:s,s:i}", "skill", "weather", "action", "pin", "reason",
                      "x", "to", 77),
            "77", "");
    refused(world,
            json_pack("{s:s,s:s,s:s}", "skill", "weather", "action", "promote", "reason",
                      "x"),
            "needs the number of a version", "SKILL@N");
    act_well(world, "pin");
    refused(world, json_pack("{s:s,s:s}", "skill", "weather", "action", "rollback"),
            "pinned to version 1", "hone unpin weather");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_frozen_skill_stores_feedback_and_learns_nothing),
        TEST(a_second_freeze_changes_nothing),
        TEST(what_is_frozen_stays_so_through_restarts),
        TEST(a_rollback_of_a_frozen_skill_leaves_it_frozen),
        TEST(a_frozen_skill_that_is_unloaded_stays_so),
        TEST(a_pinned_version_answers_while_learning_goes_on),
        TEST(an_older_version_is_pinned_beside_the_live_one),
        TEST(the_live_version_answers_when_the_pinned_file_is_damaged),
        TEST(any_kept_version_is_promoted),
        TEST(refuses_what_cannot_be_done),
    };
    return cmocka_run_group_tests_name("actions", tests, NULL, NULL);
}
