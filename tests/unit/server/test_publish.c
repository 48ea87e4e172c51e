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
        json_decref(teach(world, i % 2 == 0 ? "puddles and mud" : "a blue sky",
                          i % 2 == 0 ? "rain" : "sun"));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_gated_skill_says_that_it_has_learnt_but_not_served),
        TEST(a_proven_gain_is_served_and_survives_a_restart),
    };
    return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
