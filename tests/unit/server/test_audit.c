/* What a server says of what it has done and of what its data folder holds. */
#include "tests/unit/server/app_world.h"

#define N_TAUGHT 55 /* min_pairs of weather is 20: two verdicts */

/* Two verdicts and a rollback to version 1; the last answers are version 1's. */
static int set_up(void **state)
{
    static const char *const texts[] = {"mild haze", "icy wind", "heavy drops"};
    static const char *const labels[] = {"sun", "snow", "rain"};
    char *skills = support_source_path("tests/data/skills");
    struct world *world = make_world(skills);
    free(skills);
    open_app(world);
    for (int i = 0; i < N_TAUGHT; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%s, report %d", texts[i % 3], i);
        json_decref(teach(world, text, labels[i % 3]));
    }
    json_decref(request(world, "hone/rollback",
                        json_pack("{s:s,s:i,s:s,s:s}", "skill", "weather", "to", 1,
                                  "reason", "it was too sure", "actor", "tester")));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    destroy_world(*state);
    return 0;
}

/* The request is refused; what the error says must have the text. */
static void assert_refused(struct world *world, const char *method, json_t *params,
                           const char *message)
{
    json_t *failed = NULL;
    assert_int_equal(HONE_E_INVALID,
                     hone_app_request(world->app, method, params, &failed, &world->err));
    if (strstr(world->err.message, message) == NULL) {
        fail_msg("\"%s\" has no \"%s\"", world->err.message, message);
    }
    json_decref(params);
    json_decref(failed);
}

/* ---- verify ---- */

static void a_server_checks_its_own_folder(void **state)
{
    struct world *world = *state;
    json_t *report = request(world, "hone/verify", NULL);
    assert_true(json_is_true(json_object_get(report, "whole")));
    assert_int_equal(N_TAUGHT, integer_of(json_object_get(report, "calls"), "records"));
    json_decref(report);
    report = request(world, "hone/verify", json_pack("{s:s}", "skill", "weather"));
    const json_t *skill = json_array_get(json_object_get(report, "skills"), 0);
    assert_string_equal("weather", text_of(skill, "skill"));
    assert_int_equal(1, integer_of(skill, "live"));
    assert_true(integer_of(skill, "audit_rows") >= 4);
    json_decref(report);
    assert_refused(world, "hone/verify", json_pack("{s:s}", "skill", "nobody"),
                   "no skill nobody");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_checks_its_own_folder),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
