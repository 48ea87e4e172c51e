/* What a skill does while something is held back. */
#include "tests/unit/skills/trainer_stream.h"

struct place {
    char *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
};

static int set_up(void **state)
{
    struct hone_error err = {0};
    struct place *place = hone_alloc_zeroed(1, sizeof(*place));
    place->folder = support_make_folder();
    place->package = stream_load_package("weather");
    support_ok(hone_trainer_create(&place->trainer, place->package, &err), &err);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    hone_trainer_destroy(place->trainer);
    hone_package_destroy(place->package);
    support_remove_folder(place->folder);
    free(place->folder);
    free(place);
    return 0;
}

static void hold(struct hone_trainer *trainer, const char *text)
{
    json_t *body = json_loads(text, 0, NULL);
    struct hone_event event = {.position = hone_trainer_position(trainer) + 1,
                               .kind = HONE_EVENT_HOLD,
                               .body = body};
    stream_fold(trainer, &event);
    json_decref(body);
}

static void a_frozen_skill_passes_over_feedback(void **state)
{
    struct place *place = *state;
    struct hone_trainer *trainer = place->trainer;
    const char *why = NULL;
    struct hone_error err = {0};
    for (unsigned i = 0; i < 30; i++) {
        stream_teach(trainer, i % STREAM_N_LABELS);
    }
    uint64_t n_pairs = hone_trainer_evidence(trainer)->n_pairs;
    hold(trainer, "{\"frozen\":{}}");
    for (unsigned i = 0; i < 20; i++) {
        stream_teach(trainer, i % STREAM_N_LABELS);
    }
    assert_int_equal(51, hone_trainer_position(trainer));
    assert_int_equal(30, hone_trainer_progress(trainer).n_learnt);
    assert_int_equal(30, hone_trainer_progress(trainer).n_labelled);
    assert_int_equal(n_pairs, hone_trainer_evidence(trainer)->n_pairs);
    json_t *input = stream_input(0, 52);
    struct hone_event event = stream_label(52, input, "sun", "rain");
    support_ok(hone_trainer_fold(trainer, &event, &why, &err), &err);
    json_decref(input);
    assert_string_equal("the skill is frozen", why);
    hold(trainer, "{\"frozen\":null}");
    stream_teach(trainer, 1);
    assert_int_equal(31, hone_trainer_progress(trainer).n_learnt);
}

/* As many pairs as make a verdict due. */
static void teach_until_due(struct hone_trainer *trainer)
{
    struct hone_gate_report report;
    uint64_t candidate = 0;
    for (unsigned i = 0; i < 1000 && !hone_trainer_due(trainer, &report, &candidate);
         i++) {
        stream_teach(trainer, i % STREAM_N_LABELS);
    }
    assert_true(hone_trainer_due(trainer, &report, &candidate));
}

static void no_verdict_is_due_while_a_skill_is_frozen(void **state)
{
    struct place *place = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    teach_until_due(place->trainer);
    hold(place->trainer, "{\"frozen\":{}}");
    assert_false(hone_trainer_due(place->trainer, &report, &candidate));
    stream_teach(place->trainer, 0);
    (void)stream_digest(place->trainer, place->folder); /* so there is a checkpoint */
    hold(place->trainer, "{\"frozen\":null}");
    assert_true(hone_trainer_due(place->trainer, &report, &candidate));
    assert_int_equal(hone_trainer_position(place->trainer), candidate);
}

/* Folds a pin of version 1, whose file this makes. */
static void pin(struct place *place)
{
    char *path = hone_alloc_format("%s/v1", place->folder);
    json_t *body = json_pack(
        "{s:n,s:{s:i,s:i,s:s}}", "frozen", "pinned", "version", 1, "position", 0,
        "tensors", "0000000000000000000000000000000000000000000000000000000000000000");
    struct hone_event event = {.position = hone_trainer_position(place->trainer) + 1,
                               .kind = HONE_EVENT_HOLD,
                               .body = body,
                               .pinned_path = path};
    (void)stream_save(place->trainer, HONE_TRAINER_ANCHOR, path);
    stream_fold(place->trainer, &event);
    json_decref(body);
    free(path);
}

static void a_pinned_skill_learns_behind_the_version(void **state)
{
    struct place *place = *state;
    struct hone_trainer *trainer = place->trainer;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    pin(place);
    for (unsigned i = 0; i < 300; i++) {
        stream_teach(trainer, i % STREAM_N_LABELS);
    }
    struct hone_snapshot *snapshot = hone_trainer_snapshot(trainer);
    assert_int_equal(1, snapshot->version);
    assert_int_equal(0, snapshot->learned_through);
    hone_snapshot_unref(snapshot);
    assert_true(hone_trainer_withholds(trainer));
    assert_int_equal(300, hone_trainer_progress(trainer).n_learnt);
    assert_int_equal(300, hone_trainer_evidence(trainer)->n_pairs);
    assert_false(hone_trainer_due(trainer, &report, &candidate));
    hold(trainer, "{\"frozen\":null,\"pinned\":null}");
    assert_true(hone_trainer_due(trainer, &report, &candidate));
    assert_int_equal(HONE_GATE_PROMOTED, report.verdict);
    assert_int_equal(0, hone_trainer_pinned(trainer));
}

static void without_its_file_the_anchor_answers_for_what_is_pinned(void **state)
{
    struct place *place = *state;
    const char *why = NULL;
    struct hone_error err = {0};
    json_t *body = json_pack(
        "{s:n,s:{s:i,s:i,s:s}}", "frozen", "pinned", "version", 7, "position", 0,
        "tensors", "0000000000000000000000000000000000000000000000000000000000000000");
    struct hone_event event = {.position = 1, .kind = HONE_EVENT_HOLD, .body = body};
    support_ok(hone_trainer_fold(place->trainer, &event, &why, &err), &err);
    assert_non_null(strstr(why, "the live one answers"));
    stream_teach(place->trainer, 0);
    struct hone_snapshot *snapshot = hone_trainer_snapshot(place->trainer);
    assert_int_equal(1, snapshot->version);
    assert_int_equal(0, snapshot->learned_through);
    hone_snapshot_unref(snapshot);
    json_decref(body);
}

static void refuses_what_is_no_hold(void **state)
{
    struct place *place = *state;
    static const char *const bodies[] = {
        "{}", "{\"frozen\":true}", "[]", "{\"frozen\":null,\"pinned\":{}}",
        "{\"frozen\":null,\"pinned\":{\"version\":1,\"position\":0,\"tensors\":\"0\"}}"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct hone_error err = {0};
        json_t *body = json_loads(bodies[i], 0, NULL);
        struct hone_event event = {.position = 1, .kind = HONE_EVENT_HOLD, .body = body};
        assert_int_equal(HONE_E_CORRUPT,
                         hone_trainer_fold(place->trainer, &event, NULL, &err));
        assert_int_equal(0, hone_trainer_position(place->trainer));
        json_decref(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_frozen_skill_passes_over_feedback, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(no_verdict_is_due_while_a_skill_is_frozen, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_pinned_skill_learns_behind_the_version, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            without_its_file_the_anchor_answers_for_what_is_pinned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_hold, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("trainer_hold", tests, NULL, NULL);
}
