#include "tests/unit/server/app_world.h"

/* A choose skill through the whole server. */

static int set_up(void **state)
{
    char *skills = support_source_path("examples");
    struct world *world = make_world(skills);
    open_app(world);
    free(skills);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    destroy_world(*state);
    return 0;
}

static json_t *choose(struct world *world, const char *task)
{
    return call_tool(world, "prompts",
                     json_pack("{s:s,s:s}", "task", task, "length", "short"));
}

static json_t *reward(struct world *world, const json_t *called, double value)
{
    return call_tool(world, "feedback",
                     json_pack("{s:s,s:f,s:s}", "call_id",
                               text_of(structured(called), "call_id"), "reward", value,
                               "wait", "learned"));
}

static void rewards_teach_what_to_choose(void **state)
{
    struct world *world = *state;
    unsigned n_steps = 0;
    for (int i = 0; i < 120; i++) {
        json_t *called = choose(world, "add up the invoice");
        bool is_steps = strcmp(text_of(structured(called), "option"), "steps") == 0;
        double propensity =
            json_number_value(json_object_get(structured(called), "propensity"));
        assert_true(propensity > 0.0 && propensity <= 1.0);
        n_steps += is_steps && i >= 80 ? 1 : 0;
        json_t *told = reward(world, called, is_steps ? 9.0 : 2.0);
        assert_string_equal(text_of(structured(told), "status"), "stored");
        json_decref(told);
        json_decref(called);
    }
    assert_true(n_steps > 28);
    json_t *status = status_of(world, "prompts");
    const json_t *details = json_object_get(status, "details");
    assert_string_equal(text_of(details, "policy"), "squarecb");
    assert_int_equal(json_array_size(json_object_get(details, "options")), 5);
    json_decref(status);
}

static double value_of(const json_t *report, const char *name)
{
    return json_number_value(json_object_get(json_object_get(report, name), "value"));
}

static void other_policies_are_judged_on_the_log(void **state)
{
    struct world *world = *state;
    json_t *best =
        request(world, "hone/eval",
                json_pack("{s:s,s:s}", "skill", "prompts", "policy", "always:steps"));
    json_t *plain = request(world, "hone/eval",
                            json_pack("{s:s,s:s,s:s}", "skill", "prompts", "policy",
                                      "always:plain", "interval", "bernstein"));
    assert_int_equal(120, integer_of(best, "records"));
    assert_string_equal(text_of(best, "skill"), "prompts");
    support_near(value_of(best, "snips"), 9.0 - 0.5 * 2.0, 1e-6);
    assert_true(value_of(plain, "dr") < value_of(best, "dr"));
    assert_string_equal(text_of(plain, "interval"), "bernstein");
    json_decref(best);
    json_decref(plain);
}

static void refuses_rewards_out_of_the_declared_range(void **state)
{
    struct world *world = *state;
    json_t *called = choose(world, "translate the letter");
    json_t *told = reward(world, called, 11.0);
    assert_true(json_is_true(json_object_get(told, "isError")));
    const json_t *content = json_array_get(json_object_get(told, "content"), 0);
    assert_non_null(strstr(text_of(content, "text"), "reward must be from 0 to 10"));
    json_decref(told);
    json_decref(called);
}

static void refuses_to_judge_what_is_no_policy(void **state)
{
    struct world *world = *state;
    static const char *const params[][3] = {
        {"prompts", "best", "normal"},
        {"prompts", "always:none", "normal"},
        {"prompts", "greedy", "wide"},
        {"triage", "greedy", "normal"},
    };
    for (size_t i = 0; i < 4; i++) {
        json_t *failed = NULL;
        json_t *asked = json_pack("{s:s,s:s,s:s}", "skill", params[i][0], "policy",
                                  params[i][1], "interval", params[i][2]);
        assert_int_equal(HONE_E_INVALID, hone_app_request(world->app, "hone/eval", asked,
                                                          &failed, &world->err));
        json_decref(asked);
        json_decref(failed);
    }
}

/* Rewards do not say what would have been right. */
static void versions_flip_what_they_choose(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 120; i++) { /* 200 pairs are needed, of which 120 are there */
        json_t *called = choose(world, "add up the invoice");
        bool is_steps = strcmp(text_of(structured(called), "option"), "steps") == 0;
        json_decref(reward(world, called, is_steps ? 9.0 : 2.0));
        json_decref(called);
    }
    json_t *diff =
        request(world, "hone/diff",
                json_pack("{s:s,s:i,s:i}", "skill", "prompts", "a", 1, "b", 2));
    assert_true(integer_of(diff, "calls") >= 120);
    assert_true(integer_of(diff, "flips") > 0);
    assert_int_equal(0, integer_of(diff, "labelled"));
    assert_int_equal(0, json_array_size(json_object_get(diff, "classes")));
    json_decref(diff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rewards_teach_what_to_choose),
        cmocka_unit_test(other_policies_are_judged_on_the_log),
        cmocka_unit_test(refuses_rewards_out_of_the_declared_range),
        cmocka_unit_test(refuses_to_judge_what_is_no_policy),
        cmocka_unit_test(versions_flip_what_they_choose),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
