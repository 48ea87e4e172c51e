/* Labels and texts that are unusual, changed or contradictory, in the whole program: what
 * docs/learning.md says of each happens. */
#include "tests/unit/server/app_world.h"

#include <math.h>

#define SETTLE_MS  30000
#define LONG_BYTES (1024 * 1024)
#define MANIFEST   "format: 1\nkind: classify\n"
#define CLOSED     MANIFEST "labels: [sun, rain, snow]\n"
#define OPEN       MANIFEST "options: {labels: open, labels_max: 3}\n"

/* ---- a package that a test may change ---- */

static void write_manifest(struct world *world, const char *text)
{
    char *folder = hone_alloc_format("%s/weather", world->config.skills[0]);
    char *path = hone_alloc_format("%s/skill.yaml", folder);
    (void)unlink(path);
    support_write_file(folder, "skill.yaml", text);
    free(path);
    free(folder);
}

/* The change of the package is an event of the log: a comment that comes after it and is learnt
 * says that it is in force. */
static void reopen_with(struct world *world, const char *text)
{
    write_manifest(world, text);
    close_app(world);
    open_app(world);
    support_ok(hone_app_settle(world->app, SETTLE_MS, &world->err), &world->err);
    json_t *called = ask_weather(world, "as ever");
    json_decref(call_tool(world, "feedback",
                          json_pack("{s:s,s:s,s:s}", "call_id",
                                    text_of(structured(called), "call_id"), "comment",
                                    "seen", "wait", "learned")));
    json_decref(called);
}

static int set_up_with(void **state, const char *manifest)
{
    char *skills = support_make_folder();
    struct world *world = make_world(skills);
    char *folder = hone_alloc_format("%s/weather", skills);
    support_ok(hone_file_make_folder(folder, 0700, &world->err), &world->err);
    support_write_file(folder, "SKILL.md",
                       "---\nname: weather\ndescription: Which weather it is.\n---\n");
    write_manifest(world, manifest);
    open_app(world);
    free(folder);
    free(skills);
    *state = world;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, CLOSED);
}

static int set_up_open(void **state)
{
    return set_up_with(state, OPEN);
}

static int tear_down(void **state)
{
    struct world *world = *state;
    support_remove_folder(world->config.skills[0]);
    destroy_world(world);
    return 0;
}

/* The call_id of a call with this text; to free(). */
static char *call_id_of(struct world *world, const char *text)
{
    json_t *called = ask_weather(world, text);
    char *id = hone_alloc_text(text_of(structured(called), "call_id"));
    json_decref(called);
    return id;
}

/* Takes value. */
static json_t *say(struct world *world, const char *call_id, const char *key,
                   json_t *value)
{
    return call_tool(
        world, "feedback",
        json_pack("{s:s,s:o,s:s}", "call_id", call_id, key, value, "wait", "learned"));
}

static void assert_stored(struct world *world, const char *call_id, const char *label,
                          const char *status)
{
    json_t *result = say(world, call_id, "label", json_string(label));
    assert_string_equal(text_of(structured(result), "status"), status);
    json_decref(result);
}

/* Takes value. */
static void assert_refused(struct world *world, const char *call_id, const char *key,
                           json_t *value, const char *message)
{
    json_t *result = say(world, call_id, key, value);
    char *text = json_dumps(result, JSON_ENSURE_ASCII);
    assert_true(json_is_true(json_object_get(result, "isError")));
    if (strstr(text, message) == NULL) {
        fail_msg("\"%s\" is not in %s", message, text);
    }
    free(text);
    json_decref(result);
}

static double confidence_of(const json_t *answer)
{
    double confidence =
        json_number_value(json_object_get(structured(answer), "confidence"));
    assert_true(confidence >= 0.0 && confidence <= 1.0);
    return confidence;
}

static void a_label_in_any_spelling_is_one_label(void **state)
{
    struct world *world = *state;
    /* e with an accent: as one character, as two, and in capitals; wide letters; a sharp s. */
    static const char first[] = "caf\xC3\xA9 stra\xC3\x9F"
                                "e";
    static const char *const same[] = {
        first, "cafe\xCC\x81 strasse", "CAF\xC3\x89 STRASSE",
        " \xEF\xBD\x83\xEF\xBD\x81\xEF\xBD\x86\xC3\xA9 strasse "};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        char *id = call_id_of(world, "two chairs and a table");
        assert_stored(world, id, same[i], "stored");
        free(id);
    }
    assert_label(world, "two chairs and a table", first);
    /* It is one label: there is room for two more. */
    for (int i = 0; i < 3; i++) {
        static const char *const more[] = {"b", "c", "d"};
        char *id = call_id_of(world, "something else");
        if (i < 2) {
            assert_stored(world, id, more[i], "stored");
        } else {
            assert_refused(world, id, "label", json_string(more[i]),
                           "no more than 3 labels");
        }
        free(id);
    }
}

static void empty_and_very_long_texts_are_answered_and_learnt(void **state)
{
    struct world *world = *state;
    char *text = hone_alloc_zeroed(LONG_BYTES + 1, 1);
    for (size_t i = 0; i < LONG_BYTES; i++) {
        text[i] = "sleet "[i % 6];
    }
    const char *const texts[] = {"", " \t\n", "?!", text};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_t *answer = ask_weather(world, texts[i]);
        (void)confidence_of(answer);
        assert_stored(world, text_of(structured(answer), "call_id"), "snow", "stored");
        json_decref(answer);
    }
    teach_until_learnt(world, text, "snow");
    /* The first words are what counts. */
    assert_label(world, "sleet sleet sleet sleet", "snow");
    free(text);
}

static void a_sole_label_is_the_answer(void **state)
{
    struct world *world = *state;
    char *id = call_id_of(world, "anything");
    assert_stored(world, id, "only", "stored");
    json_t *answer = ask_weather(world, "nothing like it");
    assert_string_equal(text_of(structured(answer), "label"), "only");
    support_near(confidence_of(answer), 1.0, 0.0);
    json_decref(answer);
    json_decref(say(world, id, "reward", json_real(0.0)));
    assert_label(world, "nothing like it", "only");
    teach_until_learnt(world, "the other thing", "second");
    assert_label(world, "anything", "only");
    free(id);
}

static void rewards_that_are_no_rewards_are_refused(void **state)
{
    struct world *world = *state;
    static const double bad[] = {1e308, -1e308, 1.0000001, -0.0000001};
    char *id = call_id_of(world, "drops");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_refused(world, id, "reward", json_real(bad[i]),
                       "reward must be from 0 to 1");
    }
    /* JSON has no other numbers; what stands for them elsewhere is no number. */
    assert_refused(world, id, "reward", json_string("NaN"), "expected a number");
    assert_refused(world, id, "reward", json_null(), "expected a number");
    json_t *status = status_of(world, "weather");
    assert_int_equal(integer_of(status, "feedback"), 0);
    json_decref(status);
    free(id);
}

static void feedback_finds_labels_that_were_renamed_and_refuses_removed_ones(void **state)
{
    struct world *world = *state;
    teach_until_learnt(world, "heavy drops", "rain");
    teach_until_learnt(world, "white flakes", "snow");
    char *rain = call_id_of(world, "heavy drops"),
         *snow = call_id_of(world, "white flakes");
    reopen_with(world, MANIFEST "labels: [sun, wet: {was: rain}, show]\n");
    assert_label(world, "heavy drops", "wet");
    assert_stored(world, rain, "rain", "stored");
    assert_stored(world, rain, "wet", "stored");
    json_decref(say(world, rain, "reward", json_real(1.0)));
    assert_label(world, "heavy drops", "wet");
    assert_refused(world, snow, "label", json_string("snow"), "did you mean 'show'?");
    assert_refused(world, snow, "label", json_string("snow"),
                   "its labels: sun, wet, show");
    /* A reward says something of a label that is gone: it is kept, and teaches nothing. */
    json_t *before = ask_weather(world, "white flakes");
    json_t *result = say(world, snow, "reward", json_real(1.0));
    assert_string_equal(text_of(structured(result), "status"), "stored");
    json_t *after = ask_weather(world, "white flakes");
    support_near(confidence_of(after), confidence_of(before), 0.0);
    json_decref(before);
    json_decref(result);
    json_decref(after);
    free(rain);
    free(snow);
}

/* Each opinion is kept and learnt in the order of the log; the last one weighs no more than others.
 * Only the first is evidence for the gate. */
static void contradicting_feedback_on_one_call_is_learnt_in_order(void **state)
{
    struct world *world = *state;
    char *id = call_id_of(world, "a report of something");
    assert_stored(world, id, "sun", "stored");
    assert_stored(world, id, "sun", "duplicate");
    assert_stored(world, id, "snow", "stored");
    assert_stored(world, id, "sun", "stored");
    assert_stored(world, id, "snow", "stored");
    json_decref(say(world, id, "reward", json_real(1.0)));
    json_decref(say(world, id, "reward", json_real(0.0)));
    json_t *status = status_of(world, "weather");
    assert_int_equal(integer_of(status, "feedback"), 6);
    const json_t *pairs = json_object_get(json_object_get(status, "evidence"), "pairs");
    if (pairs != NULL) {
        assert_int_equal(json_integer_value(pairs), 1);
    }
    json_decref(status);
    json_t *answer = ask_weather(world, "a report of something");
    const char *label = text_of(structured(answer), "label");
    assert_true(strcmp(label, "sun") == 0 || strcmp(label, "snow") == 0);
    assert_true(confidence_of(answer) < 0.95);
    json_decref(answer);
    for (int i = 0; i < 8; i++) {
        assert_stored(world, id, i % 2 == 0 ? "rain" : "Rain", "stored");
    }
    assert_label(world, "a report of something", "rain");
    free(id);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_label_in_any_spelling_is_one_label, set_up_open,
                                        tear_down),
        TEST(empty_and_very_long_texts_are_answered_and_learnt),
        cmocka_unit_test_setup_teardown(a_sole_label_is_the_answer, set_up_open,
                                        tear_down),
        TEST(rewards_that_are_no_rewards_are_refused),
        TEST(feedback_finds_labels_that_were_renamed_and_refuses_removed_ones),
        TEST(contradicting_feedback_on_one_call_is_learnt_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
