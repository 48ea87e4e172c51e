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

/* ---- explain ---- */

static json_t *explain_call(struct world *world, const char *call_id)
{
    return request(world, "hone/explain", json_pack("{s:s}", "call_id", call_id));
}

/* Gives this feedback on the call and returns what became of it by now. */
static json_t *fate_of(struct world *world, const char *call_id, const char *kind,
                       const char *value)
{
    json_decref(call_tool(
        world, "feedback",
        json_pack("{s:s,s:s,s:s}", "call_id", call_id, kind, value, "wait", "learned")));
    json_t *answer = explain_call(world, call_id);
    const json_t *list = json_object_get(answer, "feedback");
    json_t *last = json_incref(json_array_get(list, json_array_size(list) - 1));
    json_decref(answer);
    return last;
}

static void a_call_is_explained_by_its_version_and_feedback(void **state)
{
    struct world *world = *state;
    json_t *called = ask_weather(world, "a call to explain");
    const char *call_id = text_of(structured(called), "call_id");
    json_t *fresh = explain_call(world, call_id);
    const json_t *call = json_object_get(fresh, "call");
    assert_string_equal("weather", text_of(fresh, "skill"));
    assert_string_equal(call_id, text_of(call, "call_id"));
    assert_string_equal(text_of(structured(called), "label"), text_of(call, "output"));
    assert_string_equal("{\"text\":\"a call to explain\"}", text_of(call, "input"));
    assert_int_equal(1, integer_of(call, "version"));
    assert_string_equal("rollback", text_of(json_object_get(fresh, "live_by"), "action"));
    assert_int_equal(integer_of(json_object_get(fresh, "learnt"), "through"),
                     integer_of(structured(called), "learned_through"));
    assert_string_equal("the package as it is",
                        text_of(json_object_get(fresh, "version"), "words"));
    assert_int_equal(0, json_array_size(json_object_get(fresh, "feedback")));
    json_decref(fresh);
    json_t *told = fate_of(world, call_id, "label", "sun");
    assert_string_equal("learnt", text_of(told, "became"));
    assert_string_equal("sun", text_of(told, "value"));
    assert_string_equal("on top of version 1, which is live", text_of(told, "why"));
    assert_false(json_is_true(json_object_get(told, "repeated")));
    json_decref(told);
    told = fate_of(world, call_id, "comment", "well done");
    assert_string_equal("ignored", text_of(told, "became"));
    assert_true(json_is_true(json_object_get(told, "repeated")));
    json_decref(told);
    json_decref(called);
}

static void feedback_that_a_rollback_took_back_says_so(void **state)
{
    struct world *world = *state;
    json_t *called = ask_weather(world, "a call to take back");
    const char *call_id = text_of(structured(called), "call_id");
    json_decref(fate_of(world, call_id, "label", "rain"));
    json_decref(request(
        world, "hone/rollback",
        json_pack("{s:s,s:i,s:s}", "skill", "weather", "to", 1, "reason", "once more")));
    json_t *told = fate_of(world, call_id, "comment", "waits for the rollback");
    json_decref(told);
    json_t *answer = explain_call(world, call_id);
    const json_t *first = json_array_get(json_object_get(answer, "feedback"), 0);
    assert_string_equal("rolled_back", text_of(first, "became"));
    assert_string_equal("the skill went back to version 1: once more",
                        text_of(first, "why"));
    assert_string_equal("rollback", text_of(json_object_get(first, "by"), "action"));
    json_decref(answer);
    json_decref(called);
}

static void a_version_is_explained_by_what_it_learnt(void **state)
{
    struct world *world = *state;
    json_t *answer = request(world, "hone/explain",
                             json_pack("{s:s,s:i}", "skill", "weather", "version", 2));
    const json_t *version = json_object_get(answer, "version");
    const json_t *learnt = json_object_get(answer, "learnt");
    const json_t *count = json_array_get(json_object_get(learnt, "feedback"), 0);
    const json_t *history = json_object_get(answer, "history");
    assert_int_equal(1, integer_of(version, "parent"));
    assert_string_equal("retired", text_of(version, "status"));
    assert_non_null(strstr(text_of(version, "words"), "on 20 calls"));
    assert_non_null(strstr(text_of(version, "words"), "nats better than its parent"));
    assert_int_equal(0, integer_of(learnt, "after"));
    assert_int_equal(integer_of(version, "position"), integer_of(learnt, "through"));
    assert_string_equal("label", text_of(count, "kind"));
    assert_int_equal(integer_of(version, "position"), integer_of(count, "n"));
    assert_int_equal(2, json_array_size(history)); /* its promotion and the next one */
    assert_string_equal("promoted", text_of(json_array_get(history, 0), "action"));
    json_decref(answer);
    answer = request(world, "hone/explain",
                     json_pack("{s:s,s:i}", "skill", "weather", "version", 3));
    assert_string_equal("rolled_back",
                        text_of(json_object_get(answer, "version"), "status"));
    history = json_object_get(answer, "history");
    assert_string_equal("tester", text_of(json_array_get(history, 1), "actor"));
    json_decref(answer);
}

static void what_is_not_there_cannot_be_explained(void **state)
{
    struct world *world = *state;
    assert_refused(world, "hone/explain", json_pack("{s:s}", "call_id", "x"),
                   "no call's id");
    assert_refused(world, "hone/explain",
                   json_pack("{s:s}", "call_id", "01890000-0000-7000-8000-000000000000"),
                   "unknown");
    assert_refused(world, "hone/explain",
                   json_pack("{s:s,s:i}", "skill", "weather", "version", 99),
                   "no version 99");
    assert_refused(world, "hone/explain",
                   json_pack("{s:s,s:i}", "skill", "nobody", "version", 1), "no skill");
    assert_refused(world, "hone/explain", json_pack("{s:s}", "skill", "weather"),
                   "a skill and a version");
}

/* ---- diff ---- */

static const json_t *class_of(const json_t *diff, const char *label)
{
    size_t index;
    const json_t *class;
    json_array_foreach(json_object_get(diff, "classes"), index, class)
    {
        if (strcmp(label, text_of(class, "label")) == 0) {
            return class;
        }
    }
    fail_msg("there is no class %s", label);
    return NULL;
}

static void two_versions_are_compared_on_recorded_calls(void **state)
{
    struct world *world = *state;
    json_t *diff = request(
        world, "hone/diff",
        json_pack("{s:s,s:i,s:i,s:i}", "skill", "weather", "a", 1, "b", 2, "limit", 3));
    int64_t n_calls = integer_of(diff, "calls");
    const json_t *rain = class_of(diff, "rain");
    const json_t *feature = json_array_get(json_object_get(rain, "features"), 0);
    const json_t *flip = json_array_get(json_object_get(diff, "flipped"), 0);
    assert_true(n_calls >= N_TAUGHT);
    assert_true(integer_of(diff, "labelled") >= N_TAUGHT);
    assert_true(integer_of(diff, "right_b") > integer_of(diff, "right_a"));
    assert_true(integer_of(diff, "flips") > 0 && integer_of(diff, "flips") < n_calls);
    assert_int_equal(integer_of(diff, "flips") < 3 ? integer_of(diff, "flips") : 3,
                     json_array_size(json_object_get(diff, "flipped")));
    assert_int_equal(integer_of(json_object_get(diff, "b"), "position"),
                     integer_of(diff, "through"));
    assert_int_equal(integer_of(diff, "through"),
                     integer_of(class_of(diff, "sun"), "examples") +
                         integer_of(class_of(diff, "snow"), "examples") +
                         integer_of(rain, "examples"));
    assert_non_null(text_of(feature, "feature"));
    assert_string_not_equal(text_of(flip, "a"), text_of(flip, "b"));
    assert_non_null(strstr(text_of(flip, "input"), "report"));
    json_decref(diff);
    diff = request(world, "hone/diff",
                   json_pack("{s:s,s:i,s:i}", "skill", "weather", "a", 2, "b", 2));
    assert_int_equal(0, integer_of(diff, "flips"));
    assert_int_equal(integer_of(diff, "right_a"), integer_of(diff, "right_b"));
    assert_int_equal(
        0, json_array_size(json_object_get(class_of(diff, "rain"), "features")));
    json_decref(diff);
    diff = request(
        world, "hone/diff",
        json_pack("{s:s,s:i,s:i,s:i}", "skill", "weather", "a", 1, "b", 2, "calls", 10));
    assert_int_equal(10, integer_of(diff, "calls"));
    json_decref(diff);
}

static void comparing_refuses_with_cause_and_remedy(void **state)
{
    struct world *world = *state;
    assert_refused(world, "hone/diff",
                   json_pack("{s:s,s:i,s:i}", "skill", "weather", "a", 1, "b", 99),
                   "no version 99");
    assert_refused(world, "hone/diff", json_pack("{s:s,s:i}", "skill", "weather", "a", 1),
                   "must name b");
    assert_refused(world, "hone/diff",
                   json_pack("{s:s,s:i,s:i}", "skill", "guide", "a", 1, "b", 1),
                   "does not learn");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_checks_its_own_folder),
        cmocka_unit_test(the_log_tells_transitions_newest_first),
        cmocka_unit_test(the_log_of_all_skills_is_cut_to_the_newest),
        cmocka_unit_test(the_log_says_what_was_live_and_why),
        cmocka_unit_test(the_log_refuses_what_it_cannot_read),
        cmocka_unit_test(a_version_is_explained_by_what_it_learnt),
        cmocka_unit_test(a_call_is_explained_by_its_version_and_feedback),
        cmocka_unit_test(feedback_that_a_rollback_took_back_says_so),
        cmocka_unit_test(what_is_not_there_cannot_be_explained),
        cmocka_unit_test(two_versions_are_compared_on_recorded_calls),
        cmocka_unit_test(comparing_refuses_with_cause_and_remedy),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
