/* A skill that predicts a number, in the whole program: calls, true values, restarts. */
#include "tests/unit/server/app_world.h"

#define SETTLE_MS    30000
#define N_TO_VERSION 220 /* 200 pairs are needed */

static int set_up(void **state)
{
    char *skills = support_source_path("examples/effort");
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

static json_t *ask_effort(struct world *world, int files)
{
    return call_tool(world, "effort",
                     json_pack("{s:s, s:s, s:s, s:i, s:b}", "summary",
                               "Move the invoices to the new page", "area", "web", "kind",
                               "chore", "files", files, "first_time", 0));
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

/* Calls and gives a feedback of this kind; returns its result. Takes value. */
static json_t *give(struct world *world, int files, const char *kind, json_t *value)
{
    json_t *called = ask_effort(world, files);
    json_t *result = call_tool(world, "feedback",
                               json_pack("{s:s, s:o, s:s}", "call_id",
                                         text_of(structured(called), "call_id"), kind,
                                         value, "wait", "learned"));
    json_decref(called);
    return result;
}

/* Three hours a file. */
static void teach_effort(struct world *world, int n)
{
    for (int i = 0; i < n; i++) {
        int files = 1 + i % 12;
        json_t *result = give(world, files, "value", json_real(3.0 * files));
        assert_string_equal("stored", text_of(structured(result), "status"));
        assert_true(json_is_true(json_object_get(structured(result), "learned")));
        json_decref(result);
    }
}

static double value_for(struct world *world, int files)
{
    json_t *answer = ask_effort(world, files);
    double value = number_of(structured(answer), "value");
    json_decref(answer);
    return value;
}

static void true_values_change_the_next_answer(void **state)
{
    struct world *world = *state;
    json_t *before = ask_effort(world, 5);
    support_near(number_of(structured(before), "value"), 40.0, 0.0);
    support_near(number_of(structured(before), "high"), 80.0, 0.0);
    assert_string_equal("hours", text_of(structured(before), "unit"));
    json_decref(before);
    teach_effort(world, 48);
    support_near(value_for(world, 5), 15.0, 1.5);
    support_near(value_for(world, 12), 36.0, 2.0);
    json_t *after = ask_effort(world, 5);
    assert_true(number_of(structured(after), "high") < 40.0);
    assert_true(number_of(structured(after), "learned_through") >= 48.0);
    json_decref(after);
}

static void a_correction_may_be_a_number(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 6; i++) {
        json_decref(give(world, 2, "correction", json_string(" 7.5 ")));
    }
    support_near(value_for(world, 2), 7.5, 0.5);
}

static void says_why_a_value_is_refused(void **state)
{
    struct world *world = *state;
    const struct {
        const char *kind;
        json_t *value;
        const char *message;
    } bad[] = {
        {"value", json_real(-1.0), "takes values from 0 to 80"},
        {"value", json_real(1e300), "takes values from 0 to 80"},
        {"correction", json_string("much"), "'much' is not a finite number"},
        {"label", json_string("12"), "predicts a number"},
        {"reward", json_real(1.0), "predicts a number"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        json_t *result = give(world, 3, bad[i].kind, bad[i].value);
        char *text = json_dumps(result, 0);
        assert_true(json_is_true(json_object_get(result, "isError")));
        assert_non_null(strstr(text, bad[i].message));
        free(text);
        json_decref(result);
    }
    support_near(value_for(world, 3), 40.0, 0.0);
}

static void the_note_shows_how_to_give_the_true_number(void **state)
{
    json_t *answer = ask_effort(*state, 3);
    char *text = json_dumps(answer, 0);
    assert_non_null(strstr(text, "<true number>"));
    assert_null(strstr(text, "<right label>"));
    free(text);
    json_decref(answer);
}

static void a_restart_gives_the_same_numbers(void **state)
{
    struct world *world = *state;
    double before[12];
    teach_effort(world, 30);
    for (int i = 0; i < 12; i++) {
        before[i] = value_for(world, i);
    }
    close_app(world);
    open_app(world);
    support_ok(hone_app_settle(world->app, SETTLE_MS, &world->err), &world->err);
    for (int i = 0; i < 12; i++) {
        support_near(value_for(world, i), before[i], 0.0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* ---- two versions ---- */

static void versions_differ_by_numbers(void **state)
{
    struct world *world = *state;
    teach_effort(world, N_TO_VERSION);
    json_t *versions =
        request(world, "hone/versions", json_pack("{s:s}", "skill", "effort"));
    assert_true(json_array_size(json_object_get(versions, "versions")) > 1);
    json_decref(versions);
    json_t *diff = request(world, "hone/diff",
                           json_pack("{s:s,s:i,s:i}", "skill", "effort", "a", 1, "b", 2));
    assert_true(number_of(diff, "mean_change") > 5.0);
    assert_true(number_of(diff, "labelled") >= (double)N_TO_VERSION);
    assert_true(number_of(diff, "right_b") > number_of(diff, "right_a"));
    assert_int_equal(0, json_array_size(json_object_get(diff, "classes")));
    assert_int_equal(20, json_array_size(json_object_get(diff, "flipped")));
    json_decref(diff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(true_values_change_the_next_answer),
        TEST(a_correction_may_be_a_number),
        TEST(says_why_a_value_is_refused),
        TEST(the_note_shows_how_to_give_the_true_number),
        TEST(a_restart_gives_the_same_numbers),
        TEST(versions_differ_by_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
