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

/* ---- log ---- */

static void the_log_tells_transitions_newest_first(void **state)
{
    struct world *world = *state;
    json_t *log = request(world, "hone/log", json_pack("{s:s}", "skill", "weather"));
    const json_t *entries = json_object_get(log, "entries");
    size_t n = json_array_size(entries);
    const json_t *newest = json_array_get(entries, 0);
    const json_t *promotion = json_array_get(entries, n - 2);
    const json_t *first = json_array_get(entries, n - 1);
    assert_int_equal(4, n);
    assert_string_equal("rollback", text_of(newest, "action"));
    assert_string_equal("tester", text_of(newest, "actor"));
    assert_string_equal("it was too sure", text_of(newest, "reason"));
    assert_int_equal(3, integer_of(newest, "former_live"));
    assert_int_equal(1, integer_of(newest, "live"));
    assert_true(json_is_null(json_object_get(newest, "tensors")));
    assert_string_equal("promoted", text_of(promotion, "action"));
    assert_string_equal("gate", text_of(promotion, "actor"));
    assert_int_equal(2, integer_of(promotion, "version"));
    assert_int_equal(1, integer_of(promotion, "parent"));
    assert_int_equal(64, strlen(text_of(promotion, "tensors")));
    assert_int_equal(1, integer_of(first, "number"));
    json_decref(log);
}

static void the_log_of_all_skills_is_cut_to_the_newest(void **state)
{
    struct world *world = *state;
    json_t *all = request(world, "hone/log", NULL);
    json_t *two = request(world, "hone/log", json_pack("{s:i}", "limit", 2));
    const json_t *entries = json_object_get(two, "entries");
    assert_true(json_array_size(json_object_get(all, "entries")) > 4);
    assert_int_equal(2, json_array_size(entries));
    for (size_t i = 0; i < 2; i++) {
        assert_true(json_equal(json_array_get(entries, i),
                               json_array_get(json_object_get(all, "entries"), i)));
    }
    json_decref(all);
    json_decref(two);
}

/* What was live at the time of an entry of the log. */
static json_t *state_at(struct world *world, const char *at)
{
    json_t *answer =
        request(world, "hone/log", json_pack("{s:s,s:s}", "skill", "weather", "at", at));
    json_t *found = json_incref(json_array_get(json_object_get(answer, "skills"), 0));
    json_decref(answer);
    return found;
}

static void the_log_says_what_was_live_and_why(void **state)
{
    struct world *world = *state;
    json_t *log = request(world, "hone/log", json_pack("{s:s}", "skill", "weather"));
    const json_t *entries = json_object_get(log, "entries");
    size_t index;
    const json_t *entry;
    json_array_foreach(entries, index, entry)
    {
        const json_t *later = index > 0 ? json_array_get(entries, index - 1) : NULL;
        if (later != NULL &&
            strcmp(text_of(later, "time"), text_of(entry, "time")) == 0) {
            continue; /* within one millisecond */
        }
        json_t *found = state_at(world, text_of(entry, "time"));
        assert_int_equal(integer_of(entry, "live"), integer_of(found, "live"));
        assert_true(json_equal(entry, json_object_get(found, "why")));
        json_decref(found);
    }
    json_t *now = state_at(world, "now");
    assert_int_equal(1, integer_of(now, "live"));
    json_decref(now);
    json_t *before = state_at(world, "1w ago");
    assert_true(json_is_null(json_object_get(before, "live")));
    assert_true(json_is_null(json_object_get(before, "why")));
    json_decref(before);
    json_decref(log);
}

static void the_log_refuses_what_it_cannot_read(void **state)
{
    struct world *world = *state;
    assert_refused(world, "hone/log", json_pack("{s:s}", "at", "yesterday"),
                   "\"yesterday\" is no time");
    assert_refused(world, "hone/log", json_pack("{s:i}", "limit", 0), "limit");
    assert_refused(world, "hone/log", json_pack("{s:s}", "skill", "weathr"),
                   "no skill weathr");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_checks_its_own_folder),
        cmocka_unit_test(the_log_tells_transitions_newest_first),
        cmocka_unit_test(the_log_of_all_skills_is_cut_to_the_newest),
        cmocka_unit_test(the_log_says_what_was_live_and_why),
        cmocka_unit_test(the_log_refuses_what_it_cannot_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
