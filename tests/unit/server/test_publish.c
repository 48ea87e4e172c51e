/* How what is learnt reaches those who call: gated skills, through the whole app. */
#include "tests/unit/server/app_world.h"

#include "base/file.h"

#define ROUNDS 400

struct place {
    struct world *world;
    char *skills;
};

static void write_skill(const char *skills, const char *settings)
{
    char *folder = hone_alloc_format("%s/weather", skills);
    char *text =
        hone_alloc_format("format: 1\nkind: classify\nlabels: [sun, rain]\n%s", settings);
    support_ok(hone_file_make_folder(folder, 0755, NULL), NULL);
    support_write_file(folder, "SKILL.md",
                       "---\nname: weather\ndescription: Weather.\n---\nText.\n");
    support_write_file(folder, "skill.yaml", text);
    free(text);
    free(folder);
}

static int set_up(void **state)
{
    struct place *place = hone_alloc_zeroed(1, sizeof(*place));
    place->skills = support_make_folder();
    write_skill(place->skills, "publish: gated\ngate: {min_pairs: 20}\n");
    place->world = make_world(place->skills);
    open_app(place->world);
    *state = place;
    return 0;
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

static int64_t status_integer(struct world *world, const char *key)
{
    json_t *entry = status_of(world, "weather");
    int64_t value = integer_of(entry, key);
    json_decref(entry);
    return value;
}

static char *answer_of(struct world *world)
{
    json_t *result = ask_weather(world, "puddles and mud");
    json_t *confidence = json_object_get(structured(result), "confidence");
    char *text = hone_alloc_format("%s %.4f", text_of(structured(result), "label"),
                                   json_number_value(confidence));
    json_decref(result);
    return text;
}

/* One that was not learnt before, so that what is said of it is evidence. */
static char *fresh_text(const char *text, int number)
{
    return hone_alloc_format("%s %d", text, number);
}

static void a_gated_skill_says_that_it_has_learnt_but_not_served(void **state)
{
    const struct place *place = *state;
    struct world *world = place->world;
    char *before = answer_of(world);
    json_t *result = teach(world, "puddles and mud", "rain");
    assert_true(json_is_true(json_object_get(structured(result), "learned")));
    assert_true(json_is_false(json_object_get(structured(result), "served")));
    json_decref(result);
    char *after = answer_of(world);
    assert_string_equal(before, after);
    json_t *entry = status_of(world, "weather");
    assert_string_equal("gated", text_of(entry, "publish"));
    assert_true(integer_of(entry, "learned_through") > 0);
    assert_int_equal(0, integer_of(entry, "served_through"));
    json_decref(entry);
    free(before);
    free(after);
}

static void a_proven_gain_is_served_and_survives_a_restart(void **state)
{
    const struct place *place = *state;
    struct world *world = place->world;
    char *before = answer_of(world);
    for (int i = 0; i < ROUNDS && status_integer(world, "live_version") == 1; i++) {
        char *text = fresh_text(i % 2 == 0 ? "puddles and mud" : "a blue sky", i);
        json_decref(teach(world, text, i % 2 == 0 ? "rain" : "sun"));
        free(text);
    }
    assert_true(status_integer(world, "live_version") >= 2);
    char *after = answer_of(world);
    assert_string_not_equal(before, after);
    int64_t served = status_integer(world, "served_through");
    assert_true(served > 0);
    close_app(world);
    open_app(world);
    char *again = answer_of(world);
    assert_string_equal(after, again);
    assert_int_equal(served, status_integer(world, "served_through"));
    free(before);
    free(after);
    free(again);
}

/* ---- quarantine ---- */

static json_t *quarantine_of(struct world *world)
{
    json_t *answer =
        request(world, "hone/versions", json_pack("{s:s}", "skill", "weather"));
    json_t *list = json_incref(json_object_get(answer, "quarantine"));
    json_decref(answer);
    return list;
}

/* The right label, and then a wrong one, three times. */
static void teach_and_recant(struct world *world, int number)
{
    static const char *const keys[] = {"a", "b", "c"};
    char *text = fresh_text("puddles and mud", number);
    json_t *called = ask_weather(world, text);
    const char *call_id = text_of(structured(called), "call_id");
    json_decref(call_tool(world, "feedback",
                          json_pack("{s:s,s:s}", "call_id", call_id, "label", "rain")));
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        json_decref(
            call_tool(world, "feedback",
                      json_pack("{s:s,s:s,s:s,s:s}", "call_id", call_id, "correction",
                                "sun", "idempotency_key", keys[i], "wait", "learned")));
    }
    json_decref(called);
    free(text);
}

static void rollbacks_and_rejections_are_named(void **state)
{
    const struct place *place = *state;
    struct world *world = place->world;
    json_t *list = quarantine_of(world);
    assert_int_equal(0, json_array_size(list));
    json_decref(list);
    /* To the version that is live: what came after it is withdrawn. */
    for (int i = 0; i < 5; i++) {
        json_decref(teach(world, "puddles and mud", "rain"));
    }
    json_decref(request(world, "hone/rollback",
                        json_pack("{s:s,s:i,s:s,s:s}", "skill", "weather", "to", 1,
                                  "reason", "mistaken labels", "actor", "ada")));
    list = quarantine_of(world);
    assert_int_equal(1, json_array_size(list));
    const json_t *entry = json_array_get(list, 0);
    assert_string_equal("rolled_back", text_of(entry, "verdict"));
    assert_string_equal("mistaken labels", text_of(entry, "reason"));
    assert_string_equal("ada", text_of(entry, "actor"));
    assert_int_equal(0, integer_of(entry, "after"));
    assert_int_equal(5, integer_of(entry, "through"));
    assert_int_equal(6, integer_of(entry, "position"));
    assert_int_equal(1, integer_of(entry, "version"));
    assert_int_equal(1, integer_of(entry, "instead"));
    assert_true(json_is_true(json_object_get(entry, "can_be_folded")));
    json_decref(list);
    /* What the first feedback says of a call is soon worse predicted than by the version. */
    for (int i = 0; i < ROUNDS; i++) {
        teach_and_recant(world, i);
        list = quarantine_of(world);
        size_t n = json_array_size(list);
        json_decref(list);
        if (n == 2) {
            break;
        }
    }
    close_app(world);
    open_app(world);
    list = quarantine_of(world);
    assert_int_equal(2, json_array_size(list));
    entry = json_array_get(list, 0);
    assert_string_equal("rejected", text_of(entry, "verdict"));
    assert_string_equal("gate", text_of(entry, "actor"));
    assert_int_equal(6, integer_of(entry, "after"));
    assert_true(integer_of(entry, "through") > 6);
    assert_int_equal(integer_of(entry, "through") + 1, integer_of(entry, "position"));
    assert_int_equal(1, integer_of(entry, "instead"));
    json_decref(list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_gated_skill_says_that_it_has_learnt_but_not_served),
        TEST(a_proven_gain_is_served_and_survives_a_restart),
        TEST(rollbacks_and_rejections_are_named),
    };
    return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
