#include "tests/unit/skills/trainer_stream.h"

#include "skills/kind.h"
#include "skills/package_event.h"
#include "skills/trainer_internal.h"

#include <math.h>

struct fixture {
    char *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
};

static int set_up_with(void **state, const char *name)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->folder = support_make_folder();
    fixture->package = stream_load_package(name);
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    *state = fixture;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, "weather");
}

static int set_up_open(void **state)
{
    return set_up_with(state, "open-topics");
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    hone_trainer_destroy(fixture->trainer);
    hone_package_destroy(fixture->package);
    support_remove_folder(fixture->folder);
    free(fixture->folder);
    free(fixture);
    return 0;
}

/* What the served state answers to a report of a label. */
static bool answers(struct hone_trainer *trainer, const struct hone_package *package,
                    unsigned label, uint64_t n)
{
    struct hone_error err = {0};
    struct hone_arena arena;
    struct hone_answer answer = {0};
    struct hone_snapshot *snapshot = hone_trainer_snapshot(trainer);
    void *scratch = package->kind->make_scratch();
    json_t *input = stream_input(label, n);
    struct hone_call_input given = {.value = input};
    hone_arena_init(&arena, 65536);
    support_ok(package->kind->answer(package, snapshot->view, scratch, &given, &arena,
                                     &answer, &err),
               &err);
    bool right = hone_span_is(answer.output, stream_labels[label]);
    json_decref(input);
    hone_arena_finish(&arena);
    package->kind->destroy_scratch(scratch);
    hone_snapshot_unref(snapshot);
    return right;
}

static unsigned n_right_of_60(struct hone_trainer *trainer,
                              const struct hone_package *package)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 60; i++) {
        n += answers(trainer, package, i % STREAM_N_LABELS, 100000 + i) ? 1 : 0;
    }
    return n;
}

static void teach_until_due(struct hone_trainer *trainer, struct hone_gate_report *report,
                            uint64_t *candidate)
{
    for (unsigned i = 0; i < 1000; i++) {
        if (hone_trainer_due(trainer, report, candidate)) {
            return;
        }
        stream_teach(trainer, i % STREAM_N_LABELS);
    }
    fail_msg("the trainer never became due");
}

/* A few heavy lies, then light truths: the served state errs where the anchor does not. */
static void poison_until_due(struct hone_trainer *trainer,
                             struct hone_gate_report *report, uint64_t *candidate)
{
    for (unsigned i = 0; i < 5; i++) {
        stream_mislead(trainer, i % STREAM_N_LABELS, 1, 100.0);
    }
    for (unsigned i = 0; i < 1000; i++) {
        if (hone_trainer_due(trainer, report, candidate)) {
            return;
        }
        stream_mislead(trainer, i % STREAM_N_LABELS, 0, 1e-6);
    }
    fail_msg("the trainer never became due");
}

static void fold_verdict(struct hone_trainer *trainer,
                         const struct hone_gate_report *report, uint64_t candidate,
                         uint32_t version)
{
    json_t *body = hone_trainer_verdict_body(report, candidate, version);
    assert_non_null(body);
    struct hone_event event = stream_gate(hone_trainer_position(trainer) + 1, body);
    stream_fold(trainer, &event);
    json_decref(body);
}

/* Teaches and promotes; gives the position of the new anchor. */
static uint64_t promote(struct hone_trainer *trainer, uint32_t version)
{
    struct hone_gate_report report;
    uint64_t candidate = 0;
    teach_until_due(trainer, &report, &candidate);
    assert_int_equal(report.verdict, HONE_GATE_PROMOTED);
    fold_verdict(trainer, &report, candidate, version);
    return candidate;
}

static void a_new_state_is_version_1_at_position_0(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    assert_int_equal(hone_trainer_position(fixture->trainer), 0);
    assert_int_equal(hone_trainer_anchor_version(fixture->trainer), 1);
    assert_int_equal(hone_trainer_anchor_position(fixture->trainer), 0);
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, 0);
    assert_true(hone_trainer_fits_package(fixture->trainer));
    assert_false(hone_trainer_due(fixture->trainer, &report, &candidate));
}

static void a_label_is_served_at_once(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 9; i++) {
        stream_teach(fixture->trainer, i % STREAM_N_LABELS);
    }
    assert_true(n_right_of_60(fixture->trainer, fixture->package) >= 50);
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, 9);
}

static void becomes_due_with_min_pairs_and_stays_due_until_the_verdict(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    teach_until_due(fixture->trainer, &report, &candidate);
    assert_int_equal(candidate, fixture->package->gate_min_pairs);
    assert_int_equal(report.n_pairs, fixture->package->gate_min_pairs);
    for (unsigned i = 0; i < 50; i++) {
        stream_teach(fixture->trainer, i % STREAM_N_LABELS);
    }
    uint64_t later = 0;
    assert_true(hone_trainer_due(fixture->trainer, &report, &later));
    assert_int_equal(later, candidate);
    assert_int_equal(report.n_pairs, fixture->package->gate_min_pairs);
}

static void a_promotion_makes_the_candidate_the_anchor(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    teach_until_due(fixture->trainer, &report, &candidate);
    assert_int_equal(report.verdict, HONE_GATE_PROMOTED);
    stream_teach(fixture->trainer, 0);
    fold_verdict(fixture->trainer, &report, candidate, 2);
    assert_int_equal(hone_trainer_anchor_version(fixture->trainer), 2);
    assert_int_equal(hone_trainer_anchor_position(fixture->trainer), candidate);
    assert_int_equal(hone_trainer_evidence(fixture->trainer)->n_pairs, 0);
    assert_false(hone_trainer_due(fixture->trainer, &report, &candidate));
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, candidate + 1);
}

static void a_rejection_serves_the_anchor_again(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    uint64_t anchor = promote(fixture->trainer, 2);
    struct hone_trainer_progress before = hone_trainer_progress(fixture->trainer);
    poison_until_due(fixture->trainer, &report, &candidate);
    assert_int_equal(report.verdict, HONE_GATE_REJECTED);
    assert_true(n_right_of_60(fixture->trainer, fixture->package) < 40);
    fold_verdict(fixture->trainer, &report, candidate, 0);
    assert_true(n_right_of_60(fixture->trainer, fixture->package) >= 55);
    assert_int_equal(hone_trainer_anchor_version(fixture->trainer), 2);
    assert_int_equal(hone_trainer_anchor_position(fixture->trainer), anchor);
    assert_int_equal(hone_trainer_evidence(fixture->trainer)->n_pairs, 0);
    struct hone_trainer_progress after = hone_trainer_progress(fixture->trainer);
    assert_int_equal(after.n_learnt, before.n_learnt);
    assert_int_equal(after.n_withdrawn, 20);
    assert_int_equal(after.n_labelled, before.n_labelled + 20);
}

static void an_error_withdraws_and_an_inconclusive_verdict_does_not(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    teach_until_due(fixture->trainer, &report, &candidate);
    report.verdict = HONE_GATE_INCONCLUSIVE;
    fold_verdict(fixture->trainer, &report, candidate, 0);
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, 20);
    assert_int_equal(hone_trainer_evidence(fixture->trainer)->n_pairs, 0);
    teach_until_due(fixture->trainer, &report, &candidate);
    report.verdict = HONE_GATE_ERROR;
    report.mean_gain = (double)NAN;
    fold_verdict(fixture->trainer, &report, candidate, 0);
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, 0);
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_withdrawn, 40);
    assert_int_equal(hone_trainer_anchor_version(fixture->trainer), 1);
}

static void a_rollback_goes_back_and_keeps_the_numbering(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    char *path = hone_alloc_format("%s/v1", fixture->folder);
    (void)stream_save(fixture->trainer, HONE_TRAINER_ANCHOR, path);
    (void)promote(fixture->trainer, 2);
    stream_teach(fixture->trainer, 1);
    uint64_t position = hone_trainer_position(fixture->trainer) + 1;
    support_ok(hone_trainer_rollback(fixture->trainer, 1, path, position, &err), &err);
    assert_int_equal(hone_trainer_position(fixture->trainer), position);
    assert_int_equal(hone_trainer_anchor_version(fixture->trainer), 1);
    assert_int_equal(hone_trainer_anchor_position(fixture->trainer), position);
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, 0);
    free(path);
}

static void a_rollback_that_fails_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    stream_teach(fixture->trainer, 1);
    struct hone_digest before = stream_digest(fixture->trainer, fixture->folder);
    char *path = hone_alloc_format("%s/none", fixture->folder);
    assert_int_equal(hone_trainer_rollback(fixture->trainer, 1, path, 9, &err),
                     HONE_E_NOT_FOUND);
    assert_int_equal(hone_trainer_rollback(fixture->trainer, 1, path, 1, &err),
                     HONE_E_CORRUPT);
    assert_true(
        hone_digest_equal(before, stream_digest(fixture->trainer, fixture->folder)));
    free(path);
}

static void a_package_event_adds_and_retires_labels(void **state)
{
    struct fixture *fixture = *state;
    stream_teach(fixture->trainer, 2);
    struct hone_package *package = fixture->package;
    free(package->labels[2].name);
    package->labels[2].name = hone_alloc_text("storm");
    assert_false(hone_trainer_fits_package(fixture->trainer));
    json_t *body = hone_package_event_body(package);
    struct hone_event event = {.position = 2, .kind = HONE_EVENT_PACKAGE, .body = body};
    stream_fold(fixture->trainer, &event);
    assert_true(hone_trainer_fits_package(fixture->trainer));
    /* The retired label can no longer be learnt, the new one can. */
    json_t *input = stream_input(2, 1);
    const char *ignored = NULL;
    struct hone_error err = {0};
    event = stream_label(3, input, "snow", "sun");
    support_ok(hone_trainer_fold(fixture->trainer, &event, &ignored, &err), &err);
    assert_non_null(ignored);
    event = stream_label(4, input, "storm", "sun");
    support_ok(hone_trainer_fold(fixture->trainer, &event, &ignored, &err), &err);
    assert_null(ignored);
    assert_int_equal(hone_trainer_position(fixture->trainer), 4);
    /* A label that comes back brings along what was learnt of it. */
    free(package->labels[2].name);
    package->labels[2].name = hone_alloc_text("snow");
    json_decref(body);
    body = hone_package_event_body(package);
    event = (struct hone_event){.position = 5, .kind = HONE_EVENT_PACKAGE, .body = body};
    stream_fold(fixture->trainer, &event);
    assert_true(hone_trainer_fits_package(fixture->trainer));
    assert_true(answers(fixture->trainer, package, 2, 1));
    json_decref(input);
    json_decref(body);
}

static void feedback_that_teaches_nothing_changes_the_position_only(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    const char *ignored = NULL;
    stream_teach(fixture->trainer, 0);
    json_t *input = stream_input(0, 1);
    json_t *empty = json_object();
    struct hone_event events[4];
    for (size_t i = 0; i < 4; i++) {
        events[i] = stream_label(2 + i, i == 3 ? empty : input, "sun", "sun");
    }
    events[0].feedback.kind = HONE_FEEDBACK_COMMENT;
    events[1].feedback.value = hone_span_text("hail");
    events[2].feedback.kind = HONE_FEEDBACK_REWARD;
    events[2].output = hone_span_text("hail");
    struct hone_trainer_progress before = hone_trainer_progress(fixture->trainer);
    for (size_t i = 0; i < 4; i++) {
        support_ok(hone_trainer_fold(fixture->trainer, &events[i], &ignored, &err), &err);
        assert_non_null(ignored);
        assert_int_equal(hone_trainer_position(fixture->trainer), events[i].position);
    }
    struct hone_trainer_progress after = hone_trainer_progress(fixture->trainer);
    assert_memory_equal(&before, &after, sizeof(before));
    assert_int_equal(hone_trainer_evidence(fixture->trainer)->n_pairs, 1);
    json_decref(empty);
    json_decref(input);
}

static void repeated_feedback_teaches_and_is_no_evidence(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    json_t *input = stream_input(0, 1);
    for (uint64_t i = 1; i <= 3 * (uint64_t)fixture->package->gate_min_pairs; i++) {
        struct hone_event event = stream_label(i, input, "sun", "rain");
        event.is_repeated = i > 1;
        stream_fold(fixture->trainer, &event);
    }
    assert_int_equal(hone_trainer_evidence(fixture->trainer)->n_pairs, 1);
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, 60);
    assert_false(hone_trainer_due(fixture->trainer, &report, &candidate));
    json_decref(input);
}

static void barred_rows_teach_and_are_no_evidence(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t i = 1; i <= 10; i++) {
        json_t *input = stream_input(0, i);
        struct hone_event event = stream_label(i, input, "sun", "");
        event.is_demonstration = true;
        event.is_barred = i <= 7;
        stream_fold(fixture->trainer, &event);
        json_decref(input);
    }
    struct hone_trainer_progress progress = hone_trainer_progress(fixture->trainer);
    assert_int_equal(hone_trainer_evidence(fixture->trainer)->n_pairs, 3);
    assert_int_equal(progress.n_learnt, 10);
    assert_int_equal(progress.n_labelled, 0); /* nothing was answered */
}

/* The first teaches the label, the second is one that the anchor cannot answer. */
static void a_label_that_the_anchor_does_not_know_counts_against_it(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t i = 1; i <= 3; i++) {
        json_t *input = stream_input(0, i);
        struct hone_event event = stream_label(i, input, "harvest", "");
        stream_fold(fixture->trainer, &event);
        json_decref(input);
    }
    const struct hone_gate_evidence *evidence = hone_trainer_evidence(fixture->trainer);
    assert_int_equal(evidence->n_pairs, 2);
    assert_true(evidence->sum_gain > 2.0);
}

static void rewards_teach_and_each_is_evidence(void **state)
{
    struct fixture *fixture = *state;
    static const double rewards[] = {0.0, 0.5, 1.0};
    for (size_t i = 0; i < 3; i++) {
        json_t *input = stream_input(0, 1 + i);
        struct hone_event event = stream_label(1 + i, input, "", "sun");
        event.feedback.kind = HONE_FEEDBACK_REWARD;
        event.feedback.reward = rewards[i];
        stream_fold(fixture->trainer, &event);
        json_decref(input);
    }
    struct hone_trainer_progress progress = hone_trainer_progress(fixture->trainer);
    assert_int_equal(progress.n_rewards, 3);
    support_near(progress.sum_reward, 1.5, 0.0);
    assert_int_equal(progress.n_labelled, 0);
    assert_int_equal(progress.n_learnt, 3);
    assert_int_equal(hone_trainer_evidence(fixture->trainer)->n_pairs, 3);
}

static void fold_package(struct hone_trainer *trainer, const struct hone_package *package)
{
    json_t *body = hone_package_event_body(package);
    struct hone_event event = {.position = hone_trainer_position(trainer) + 1,
                               .kind = HONE_EVENT_PACKAGE,
                               .body = body};
    stream_fold(trainer, &event);
    json_decref(body);
}

/* Truth, then everything is called by another name. */
static void change_names(struct hone_trainer *trainer)
{
    for (unsigned i = 0; i < 400; i++) {
        stream_teach(trainer, i % STREAM_N_LABELS);
    }
    for (unsigned i = 0; i < 75; i++) {
        stream_mislead(trainer, i % STREAM_N_LABELS, 1, 1.0);
    }
}

static void a_drift_alarm_is_counted_with_its_position(void **state)
{
    struct fixture *fixture = *state;
    fixture->package->gate_min_pairs = 100000;
    change_names(fixture->trainer);
    struct hone_trainer_progress progress = hone_trainer_progress(fixture->trainer);
    assert_int_equal(progress.n_drifts, 1);
    assert_in_range(progress.drifted_at, 401, 475);
}

static void the_package_switches_drift_off_and_on(void **state)
{
    struct fixture *fixture = *state;
    struct hone_trainer *trainer = fixture->trainer;
    fixture->package->gate_min_pairs = 100000;
    fixture->package->ignores_drift = true;
    assert_false(hone_trainer_fits_package(trainer));
    fold_package(trainer, fixture->package);
    assert_true(hone_trainer_fits_package(trainer));
    change_names(trainer);
    assert_int_equal(hone_trainer_progress(trainer).n_drifts, 0);
    fixture->package->ignores_drift = false;
    fold_package(trainer, fixture->package);
    assert_true(hone_trainer_fits_package(trainer));
    change_names(trainer);
    assert_int_equal(hone_trainer_progress(trainer).n_drifts, 1);
}

/* Heavy lies after a promotion: the anchor is served again long before min_pairs. */
static void harm_withdraws_increments_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report = {0};
    uint64_t candidate = 0;
    teach_until_due(fixture->trainer, &report, &candidate);
    assert_int_equal(report.verdict, HONE_GATE_PROMOTED);
    fold_verdict(fixture->trainer, &report, candidate, 2);
    uint64_t n_learnt = hone_trainer_progress(fixture->trainer).n_learnt;
    unsigned n_right = n_right_of_60(fixture->trainer, fixture->package);
    fixture->package->gate_min_pairs = 100000;
    fold_package(fixture->trainer, fixture->package);
    poison_until_due(fixture->trainer, &report, &candidate);
    assert_int_equal(report.verdict, HONE_GATE_REJECTED);
    assert_in_range(report.n_pairs, 5, 200);
    assert_non_null(strstr(report.reason, "harm"));
    fold_verdict(fixture->trainer, &report, candidate, 0);
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, n_learnt);
    assert_int_equal(n_right_of_60(fixture->trainer, fixture->package), n_right);
}

static double measured(struct hone_trainer *trainer, const char *key)
{
    json_t *all = hone_trainer_measure(trainer);
    const json_t *value = json_object_get(json_object_get(all, "calibration"), key);
    double number = json_number_value(value);
    json_decref(all);
    return number;
}

/* What the package asks for is in force at once, and follows what is measured. */
static void the_package_sets_what_the_limit_is_for(void **state)
{
    struct fixture *fixture = *state;
    struct hone_trainer *trainer = fixture->trainer;
    fixture->package->gate_min_pairs = 100000;
    assert_true(measured(trainer, "limit") == 0.0);
    fixture->package->abstain_error_rate = 0.02F;
    assert_false(hone_trainer_fits_package(trainer));
    fold_package(trainer, fixture->package);
    assert_true(hone_trainer_fits_package(trainer));
    assert_true(measured(trainer, "limit") > 1.0);
    for (unsigned i = 0; i < 200; i++) {
        stream_teach(trainer, i % STREAM_N_LABELS);
    }
    double limit = measured(trainer, "limit");
    assert_true(limit > 0.3 && limit < 0.95);
    assert_true(measured(trainer, "outputs") == 200.0);
    assert_true(measured(trainer, "ece") > 0.0 && measured(trainer, "ece") < 0.3);
    assert_true(measured(trainer, "temperature") >= 0.25);
    fixture->package->abstain_error_rate = 0.0F;
    fixture->package->abstain_coverage = 0.5F;
    fold_package(trainer, fixture->package);
    assert_true(hone_trainer_fits_package(trainer));
    assert_true(measured(trainer, "limit") > limit);
}

static void counts_how_often_the_answers_were_right(void **state)
{
    struct fixture *fixture = *state;
    fixture->package->gate_min_pairs = 1000;
    for (uint64_t i = 1; i <= 70; i++) {
        json_t *input = stream_input(0, i);
        /* Wrong up to 30, then right; the spelling does not matter. */
        struct hone_event event =
            stream_label(i, input, "sun", i <= 30 ? "rain" : " SUN");
        stream_fold(fixture->trainer, &event);
        json_decref(input);
    }
    struct hone_trainer_progress progress = hone_trainer_progress(fixture->trainer);
    assert_int_equal(progress.n_labelled, 70);
    assert_int_equal(progress.n_right, 40);
    assert_int_equal(progress.n_recent, HONE_TRAINER_RECENT_MAX);
    assert_int_equal(progress.n_recent_right, 40);
}

static void damaged_events_are_errors_and_change_nothing(void **state)
{
    struct fixture *fixture = *state;
    stream_teach(fixture->trainer, 0);
    struct hone_digest before = stream_digest(fixture->trainer, fixture->folder);
    json_t *input = stream_input(0, 1), *array = json_array();
    struct hone_event events[12];
    for (size_t i = 0; i < 12; i++) {
        events[i] = stream_label(5, input, "sun", "sun");
    }
    events[0].position = 1;
    events[1].input = array;
    events[2].input = NULL;
    events[3].feedback.weight = 0.0;
    events[4].feedback.weight = (double)NAN;
    events[5].feedback.weight = 100.5;
    events[6].feedback.kind = HONE_FEEDBACK_REWARD;
    events[6].feedback.reward = 1.5;
    events[7].feedback.kind = HONE_FEEDBACK_REWARD;
    events[7].feedback.reward = (double)NAN;
    events[8].feedback.value = hone_span_of(NULL, 0);
    events[9] = stream_gate(5, array);
    events[10] = stream_gate(5, NULL);
    events[11].kind = (enum hone_event_kind)77;
    for (size_t i = 0; i < 12; i++) {
        struct hone_error err = {0};
        assert_int_equal(hone_trainer_fold(fixture->trainer, &events[i], NULL, &err),
                         HONE_E_CORRUPT);
        assert_true(err.message[0] != '\0');
    }
    assert_true(
        hone_digest_equal(before, stream_digest(fixture->trainer, fixture->folder)));
    json_decref(array);
    json_decref(input);
}

static void damaged_verdicts_are_refused(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bodies[] = {
        "{\"verdict\":\"maybe\",\"candidate\":20,\"version\":0}",
        "{\"verdict\":\"promoted\",\"candidate\":20,\"version\":0}",
        "{\"verdict\":\"rejected\",\"candidate\":20,\"version\":2}",
        "{\"verdict\":\"rejected\",\"candidate\":\"20\",\"version\":0}",
        "{\"verdict\":\"rejected\",\"candidate\":-1,\"version\":0}",
        "{\"verdict\":\"rejected\",\"candidate\":20}",
        "{\"verdict\":\"promoted\",\"candidate\":19,\"version\":2}",
        "{\"verdict\":\"promoted\",\"candidate\":20,\"version\":5000000000}",
    };
    struct hone_gate_report report;
    uint64_t candidate = 0;
    teach_until_due(fixture->trainer, &report, &candidate);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct hone_error err = {0};
        json_t *body = json_loads(bodies[i], 0, NULL);
        struct hone_event event = stream_gate(99, body);
        assert_int_equal(hone_trainer_fold(fixture->trainer, &event, NULL, &err),
                         HONE_E_CORRUPT);
        json_decref(body);
    }
    assert_int_equal(hone_trainer_position(fixture->trainer), candidate);
    fold_verdict(fixture->trainer, &report, candidate, 2);
    assert_int_equal(hone_trainer_anchor_version(fixture->trainer), 2);
}

static void a_verdict_on_a_state_before_the_anchor_is_passed_over(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    uint64_t anchor = promote(fixture->trainer, 2);
    stream_teach(fixture->trainer, 0);
    json_t *body = json_pack("{s:s, s:I, s:i}", "verdict", "rejected", "candidate",
                             (json_int_t)anchor, "version", 0);
    struct hone_event event =
        stream_gate(hone_trainer_position(fixture->trainer) + 1, body);
    const char *ignored = NULL;
    support_ok(hone_trainer_fold(fixture->trainer, &event, &ignored, &err), &err);
    assert_non_null(ignored);
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_withdrawn, 0);
    json_decref(body);
}

static void open_labels_grow_up_to_their_limit(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    static const char *const names[] = {"one", "two", " ONE", "three", "four"};
    static const bool learnt[] = {true, true, true, true, false};
    for (uint64_t i = 0; i < 5; i++) {
        const char *ignored = NULL;
        json_t *input = stream_input((unsigned)i % STREAM_N_LABELS, i);
        struct hone_event event = stream_label(i + 1, input, names[i], "");
        support_ok(hone_trainer_fold(fixture->trainer, &event, &ignored, &err), &err);
        assert_int_equal(ignored == NULL, learnt[i]);
        json_decref(input);
    }
    assert_true(hone_trainer_fits_package(fixture->trainer));
}

static void a_checkpoint_is_not_possible_while_a_verdict_is_due(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_gate_report report;
    uint64_t candidate = 0;
    struct hone_trainer_save *save = NULL;
    char *path = hone_alloc_format("%s/x", fixture->folder);
    assert_int_equal(hone_trainer_save_create(&save, fixture->trainer,
                                              HONE_TRAINER_CANDIDATE, path, &err),
                     HONE_E_STALE);
    teach_until_due(fixture->trainer, &report, &candidate);
    assert_int_equal(hone_trainer_save_create(&save, fixture->trainer,
                                              HONE_TRAINER_SERVED, path, &err),
                     HONE_E_STALE);
    assert_null(save);
    free(path);
}

static void a_save_may_outlast_the_verdict_on_what_it_saves(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_gate_report report;
    uint64_t candidate = 0, size_bytes = 0, position = 0;
    struct hone_trainer_save *save = NULL;
    char *path = hone_alloc_format("%s/slow", fixture->folder);
    teach_until_due(fixture->trainer, &report, &candidate);
    struct hone_digest at_once =
        stream_save(fixture->trainer, HONE_TRAINER_CANDIDATE, path);
    support_ok(hone_trainer_save_create(&save, fixture->trainer, HONE_TRAINER_CANDIDATE,
                                        path, &err),
               &err);
    report.verdict = HONE_GATE_REJECTED;
    fold_verdict(fixture->trainer, &report, candidate, 0);
    stream_teach(fixture->trainer, 0);
    int more = 1;
    while (more == 1) {
        more = hone_trainer_save_step(save, 4096, &err);
    }
    support_ok(more, &err);
    struct hone_digest slowly;
    hone_trainer_save_result(save, &slowly, &size_bytes, &position);
    assert_true(hone_digest_equal(at_once, slowly));
    assert_int_equal(position, candidate);
    hone_trainer_save_destroy(save);
    free(path);
}

static void a_skill_that_does_not_learn_has_no_trainer(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_trainer *trainer = NULL;
    struct hone_package *package = stream_load_package("guide");
    assert_int_equal(hone_trainer_create(&trainer, package, &err), HONE_E_UNSUPPORTED);
    assert_int_equal(hone_trainer_load(&trainer, package, 1, 0, "x", NULL, &err),
                     HONE_E_UNSUPPORTED);
    hone_package_destroy(package);
}

#define TRAINED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRAINED(barred_rows_teach_and_are_no_evidence),
        cmocka_unit_test_setup_teardown(
            a_label_that_the_anchor_does_not_know_counts_against_it, set_up_open,
            tear_down),
        TRAINED(a_new_state_is_version_1_at_position_0),
        TRAINED(a_label_is_served_at_once),
        TRAINED(becomes_due_with_min_pairs_and_stays_due_until_the_verdict),
        TRAINED(a_promotion_makes_the_candidate_the_anchor),
        TRAINED(a_rejection_serves_the_anchor_again),
        TRAINED(an_error_withdraws_and_an_inconclusive_verdict_does_not),
        TRAINED(a_rollback_goes_back_and_keeps_the_numbering),
        TRAINED(a_rollback_that_fails_changes_nothing),
        TRAINED(a_package_event_adds_and_retires_labels),
        TRAINED(feedback_that_teaches_nothing_changes_the_position_only),
        TRAINED(repeated_feedback_teaches_and_is_no_evidence),
        TRAINED(rewards_teach_and_each_is_evidence),
        TRAINED(counts_how_often_the_answers_were_right),
        TRAINED(a_drift_alarm_is_counted_with_its_position),
        TRAINED(the_package_switches_drift_off_and_on),
        TRAINED(harm_withdraws_increments_at_once),
        TRAINED(the_package_sets_what_the_limit_is_for),
        TRAINED(damaged_events_are_errors_and_change_nothing),
        TRAINED(damaged_verdicts_are_refused),
        TRAINED(a_verdict_on_a_state_before_the_anchor_is_passed_over),
        cmocka_unit_test_setup_teardown(open_labels_grow_up_to_their_limit, set_up_open,
                                        tear_down),
        TRAINED(a_checkpoint_is_not_possible_while_a_verdict_is_due),
        TRAINED(a_save_may_outlast_the_verdict_on_what_it_saves),
        cmocka_unit_test(a_skill_that_does_not_learn_has_no_trainer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
