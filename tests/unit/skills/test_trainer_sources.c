/* Whose feedback is evidence, and feedback that contradicts or completes itself. */
#include "tests/unit/skills/trainer_stream.h"

#include "skills/kind.h"

struct fixture {
    struct hone_package *package;
    struct hone_trainer *trainer;
};

static int make(void **state, double max_share, json_t *trusted)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->package = stream_load_package("weather");
    fixture->package->gate_min_pairs = 1000;
    fixture->package->max_source_share = max_share;
    fixture->package->trusted_sources = trusted;
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    *state = fixture;
    return 0;
}

static int set_up(void **state)
{
    return make(state, 1.0, NULL);
}

static int set_up_trusted(void **state)
{
    return make(state, 0.5, json_pack("[s,s]", "ada", "bob"));
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    hone_trainer_destroy(fixture->trainer);
    hone_package_destroy(fixture->package);
    free(fixture);
    return 0;
}

static void tell(struct fixture *fixture, const char *source, unsigned label,
                 unsigned said)
{
    uint64_t position = hone_trainer_position(fixture->trainer) + 1;
    json_t *input = stream_input(label, position);
    struct hone_event event =
        stream_label(position, input, stream_labels[said], stream_labels[label]);
    event.source = hone_span_text(source);
    stream_fold(fixture->trainer, &event);
    json_decref(input);
}

static uint64_t n_pairs(const struct fixture *fixture)
{
    return hone_trainer_evidence(fixture->trainer)->n_pairs;
}

static void who_is_not_trusted_teaches_but_is_no_evidence(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 30; i++) {
        tell(fixture, "mallory", i % 3, (i + 1) % 3);
    }
    assert_int_equal(30, hone_trainer_progress(fixture->trainer).n_learnt);
    assert_int_equal(0, n_pairs(fixture));
    /* What it taught is judged by what the others say of their calls. */
    struct hone_gate_report report;
    uint64_t candidate = 0;
    for (unsigned i = 0; !hone_trainer_due(fixture->trainer, &report, &candidate); i++) {
        assert_true(i < 100);
        tell(fixture, "mallory", i % 3, (i + 1) % 3);
        tell(fixture, "mallory", i % 3, (i + 1) % 3);
        tell(fixture, "ada", i % 3, i % 3);
    }
    assert_int_equal(HONE_GATE_REJECTED, report.verdict);
    assert_int_equal(1, report.n_sources);
}

static void a_source_gives_no_more_than_its_share(void **state)
{
    struct fixture *fixture = *state;
    tell(fixture, "bob", 0, 0);
    for (unsigned i = 0; i < 90; i++) {
        tell(fixture, i % 9 == 0 ? "bob" : "ada", i % 3, i % 3);
    }
    /* 11 of bob's, and as many of ada's at most. */
    assert_true(n_pairs(fixture) >= 21 && n_pairs(fixture) <= 23);
    assert_int_equal(91, hone_trainer_progress(fixture->trainer).n_learnt);
}

static void a_report_says_that_one_source_gave_it(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report = {.n_sources = 1};
    for (unsigned i = 0; i < 12; i++) {
        tell(fixture, "ada", i % 3, i % 3);
    }
    assert_int_equal(12, n_pairs(fixture));
    json_t *body = hone_trainer_verdict_body(&report, 1, 0);
    const json_t *inner = json_object_get(body, "report");
    assert_true(json_is_true(json_object_get(inner, "single_source")));
    assert_int_equal(1, json_integer_value(json_object_get(inner, "sources")));
    json_decref(body);
}

/* ---- several feedbacks on one call ---- */

struct said {
    enum hone_feedback_kind kind;
    const char *label;
    double reward;
};

/* All about one call whose answer was "sun". */
static void say(struct fixture *fixture, const json_t *input, struct said said,
                bool is_repeated)
{
    uint64_t position = hone_trainer_position(fixture->trainer) + 1;
    struct hone_event event = stream_label(position, input, said.label, "sun");
    event.feedback.kind = said.kind;
    event.feedback.reward = said.reward;
    event.is_repeated = is_repeated;
    stream_fold(fixture->trainer, &event);
}

/* -ln p(label) of the input, as the skill would answer now. */
static double loss_of(struct fixture *fixture, json_t *input, const char *label)
{
    struct hone_error err = {0};
    struct hone_kind_score score = {0};
    const struct hone_kind *kind = fixture->package->kind;
    struct hone_snapshot *snapshot = hone_trainer_snapshot(fixture->trainer);
    void *scratch = kind->make_scratch();
    struct hone_event event = stream_label(1, input, label, "sun");
    assert_int_equal(
        1, kind->score(fixture->package, snapshot->view, scratch, &event, &score, &err));
    kind->destroy_scratch(scratch);
    hone_snapshot_unref(snapshot);
    return score.loss;
}

static void the_first_one_is_evidence_and_all_are_learnt(void **state)
{
    struct fixture *fixture = *state;
    static const struct said all[] = {{HONE_FEEDBACK_LABEL, "rain", 0.0},
                                      {HONE_FEEDBACK_REWARD, "", 0.0},
                                      {HONE_FEEDBACK_CORRECTION, "snow", 0.0},
                                      {HONE_FEEDBACK_LABEL, "sun", 0.0}};
    json_t *input = json_pack("{s:s}", "text", "a grey and windy morning");
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        say(fixture, input, all[i], i > 0);
        assert_int_equal(1, n_pairs(fixture));
        assert_int_equal(i + 1, hone_trainer_progress(fixture->trainer).n_learnt);
    }
    json_decref(input);
}

/* Nothing is undone: a later word weighs as much as an earlier one, and is the fresher. */
static void a_correction_after_a_label_turns_the_answer(void **state)
{
    struct fixture *fixture = *state;
    json_t *input = json_pack("{s:s}", "text", "a grey and windy morning");
    say(fixture, input, (struct said){HONE_FEEDBACK_LABEL, "rain", 0.0}, false);
    double rain = loss_of(fixture, input, "rain"), snow = loss_of(fixture, input, "snow");
    assert_true(rain < snow);
    say(fixture, input, (struct said){HONE_FEEDBACK_CORRECTION, "snow", 0.0}, true);
    assert_true(loss_of(fixture, input, "rain") > rain);
    assert_true(loss_of(fixture, input, "snow") < snow);
    say(fixture, input, (struct said){HONE_FEEDBACK_CORRECTION, "snow", 0.0}, true);
    assert_true(loss_of(fixture, input, "snow") < loss_of(fixture, input, "rain"));
    json_decref(input);
}

/* Loss of the answer after a label and then a reward for that answer. */
static double loss_after_reward(double reward)
{
    void *state = NULL;
    (void)set_up(&state);
    struct fixture *fixture = state;
    json_t *input = json_pack("{s:s}", "text", "a grey and windy morning");
    say(fixture, input, (struct said){HONE_FEEDBACK_LABEL, "rain", 0.0}, false);
    say(fixture, input, (struct said){HONE_FEEDBACK_REWARD, "", reward}, true);
    double loss = loss_of(fixture, input, "sun");
    json_decref(input);
    (void)tear_down(&state);
    return loss;
}

/* A reward is about the answer that was given, whatever a label said meanwhile. */
static void a_reward_after_a_label_is_about_the_answer(void **state)
{
    (void)state;
    assert_true(loss_after_reward(0.0) > loss_after_reward(1.0));
}

/* A label and its opposite, over and over: no side wins, nothing is withdrawn. */
static void contradiction_is_learnt_as_doubt(void **state)
{
    struct fixture *fixture = *state;
    json_t *input = json_pack("{s:s}", "text", "a grey and windy morning");
    for (unsigned i = 0; i < 60; i++) {
        say(fixture, input,
            (struct said){HONE_FEEDBACK_LABEL, i % 2 == 0 ? "rain" : "snow", 0.0},
            i % 2 == 1);
    }
    double rain = loss_of(fixture, input, "rain"), snow = loss_of(fixture, input, "snow");
    assert_true(rain < 1.6 && snow < 1.6);
    assert_int_equal(60, hone_trainer_progress(fixture->trainer).n_learnt);
    assert_int_equal(1, n_pairs(fixture)); /* it is one text */
    assert_int_equal(0, hone_trainer_progress(fixture->trainer).n_withdrawn);
    json_decref(input);
}

#define TEST(name)    cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TRUSTED(name) cmocka_unit_test_setup_teardown(name, set_up_trusted, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRUSTED(who_is_not_trusted_teaches_but_is_no_evidence),
        TRUSTED(a_source_gives_no_more_than_its_share),
        TRUSTED(a_report_says_that_one_source_gave_it),
        TEST(the_first_one_is_evidence_and_all_are_learnt),
        TEST(a_correction_after_a_label_turns_the_answer),
        cmocka_unit_test(a_reward_after_a_label_is_about_the_answer),
        TEST(contradiction_is_learnt_as_doubt),
    };
    return cmocka_run_group_tests_name("trainer_sources", tests, NULL, NULL);
}
