/* A skill that gives sets of labels, in the whole program: calls, feedback, restarts. */
#include "tests/unit/server/app_world.h"

#define SETTLE_MS 30000
#define N_TAUGHT  60

static int set_up(void **state)
{
    char *skills = support_source_path("examples/reviews");
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

static json_t *ask(struct world *world, const char *text)
{
    return call_tool(world, "reviews", json_pack("{s:s}", "text", text));
}

/* Calls and gives this feedback; returns its result. Takes said. */
static json_t *give(struct world *world, const char *text, json_t *said)
{
    json_t *called = ask(world, text);
    assert_int_equal(
        json_object_set_new(said, "call_id",
                            json_string(text_of(structured(called), "call_id"))),
        0);
    assert_int_equal(json_object_set_new(said, "wait", json_string("learned")), 0);
    json_decref(called);
    return call_tool(world, "feedback", said);
}

static void teach_reviews(struct world *world)
{
    static const struct {
        const char *text, *first, *second;
    } reviews[] = {
        {"the shower was cold and the bread was stale", "room", "breakfast"},
        {"a rude porter, and lorries all night", "staff", "noise"},
        {"dust on the lamp, far too expensive", "cleanliness", "price"},
        {"round the corner from the harbour", "location", NULL},
        {"no signal in the lobby, and nobody found our key", "wifi", "arrival"},
        {"we will be back in may", NULL, NULL},
    };
    for (size_t i = 0; i < N_TAUGHT; i++) {
        size_t n = i % (sizeof(reviews) / sizeof(reviews[0]));
        json_t *labels = json_array();
        if (reviews[n].first != NULL) {
            (void)json_array_append_new(labels, json_string(reviews[n].first));
        }
        if (reviews[n].second != NULL) {
            (void)json_array_append_new(labels, json_string(reviews[n].second));
        }
        json_t *result =
            give(world, reviews[n].text, json_pack("{s:o}", "labels", labels));
        assert_string_equal("stored", text_of(structured(result), "status"));
        assert_true(json_is_true(json_object_get(structured(result), "learned")));
        json_decref(result);
    }
}

/* The labels of an answer, in order of the alphabet, with commas. */
static void assert_labels(struct world *world, const char *text, const char *wanted)
{
    json_t *answer = ask(world, text), *item = NULL;
    const char *names[16];
    char found[256] = "";
    size_t i = 0, n = 0;
    json_array_foreach(json_object_get(structured(answer), "labels"), i, item)
    {
        size_t at = n++;
        const char *name = text_of(item, "label");
        while (at > 0 && strcmp(names[at - 1], name) > 0) {
            names[at] = names[at - 1];
            at--;
        }
        names[at] = name;
    }
    for (i = 0; i < n; i++) {
        strcat(found, i > 0 ? "," : "");
        strcat(found, names[i]);
    }
    assert_string_equal(found, wanted);
    json_decref(answer);
}

static void check_answers(struct world *world)
{
    assert_labels(world, "the shower was cold and the bread was stale", "breakfast,room");
    assert_labels(world, "a rude porter, and lorries all night", "noise,staff");
    assert_labels(world, "round the corner from the harbour", "location");
    assert_labels(world, "we will be back in may", "");
}

static void sets_are_learnt_and_outlive_a_restart(void **state)
{
    struct world *world = *state;
    teach_reviews(world);
    check_answers(world);
    json_t *before = ask(world, "stale bread and dust"), *after = NULL;
    close_app(world);
    open_app(world);
    support_ok(hone_app_settle(world->app, SETTLE_MS, &world->err), &world->err);
    check_answers(world);
    after = ask(world, "stale bread and dust");
    assert_true(json_equal(json_object_get(structured(before), "labels"),
                           json_object_get(structured(after), "labels")));
    assert_true(json_equal(json_object_get(structured(before), "alternatives"),
                           json_object_get(structured(after), "alternatives")));
    json_decref(before);
    json_decref(after);
}

static void one_label_may_be_said_to_be_right_or_wrong(void **state)
{
    struct world *world = *state;
    teach_reviews(world);
    for (int i = 0; i < 12; i++) {
        json_decref(give(world, "a rude porter, and lorries all night",
                         json_pack("{s:s,s:i}", "label", "noise", "reward", 0)));
        json_decref(give(world, "a rude porter, and lorries all night",
                         json_pack("{s:s}", "label", "arrival")));
    }
    assert_labels(world, "a rude porter, and lorries all night", "arrival,staff");
}

static void says_why_feedback_is_refused(void **state)
{
    struct world *world = *state;
    const struct {
        json_t *said;
        const char *message;
    } bad[] = {
        {json_pack("{s:[s]}", "labels", "brekfast"), "did you mean 'breakfast'?"},
        {json_pack("{s:s}", "labels", "room"), "labels"},
        {json_pack("{s:[i]}", "labels", 3), "labels"},
        {json_pack("{s:[s]}", "labels", ""), "labels[0] is not a label"},
        {json_pack("{s:[s]}", "labels", "room\nnoise"), "labels[0] is not a label"},
        {json_pack("{s:[s],s:i}", "labels", "room", "reward", 1), "only one of"},
        {json_pack("{s:s,s:f}", "label", "room", "reward", 1e308), "reward must be"},
        {json_pack("{s:s,s:i}", "label", "rom", "reward", 0), "did you mean 'room'?"},
        {json_pack("{s:s}", "choice", "room"), "sets of labels"},
        {json_pack("{s:i}", "value", 1), "sets of labels"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        json_t *result = give(world, "noise", bad[i].said);
        char *text = json_dumps(result, 0);
        assert_true(json_is_true(json_object_get(result, "isError")));
        if (strstr(text, bad[i].message) == NULL) {
            fail_msg("case %zu: %s", i, text);
        }
        free(text);
        json_decref(result);
    }
    json_t *status = status_of(world, "reviews");
    assert_int_equal(integer_of(status, "feedback"), 0);
    json_decref(status);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sets_are_learnt_and_outlive_a_restart),
        TEST(one_label_may_be_said_to_be_right_or_wrong),
        TEST(says_why_feedback_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
