/* The trust region: how far what is learnt may move the answers before the gate speaks. */
#include "tests/unit/skills/trainer_stream.h"

#include "optim/region.h"

struct fixture {
    char *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
};

static void fold_body(struct hone_trainer *trainer, enum hone_event_kind kind,
                      json_t *body)
{
    struct hone_event event = {
        .position = hone_trainer_position(trainer) + 1, .kind = kind, .body = body};
    stream_fold(trainer, &event);
    json_decref(body);
}

static uint64_t shown_through(struct fixture *fixture)
{
    struct hone_snapshot *snapshot = hone_trainer_snapshot(fixture->trainer);
    uint64_t position = snapshot->learned_through;
    hone_snapshot_unref(snapshot);
    return position;
}

/* One label, the meanings turned round by `shift`; it is no evidence when it is repeated. */
static void tell(struct fixture *fixture, unsigned label, unsigned shift, bool repeated)
{
    uint64_t position = hone_trainer_position(fixture->trainer) + 1;
    json_t *input = stream_input(label, position);
    struct hone_event event =
        stream_label(position, input, stream_labels[(label + shift) % STREAM_N_LABELS],
                     stream_labels[label]);
    event.is_repeated = repeated;
    event.feedback.weight = repeated ? 20.0 : 1.0;
    stream_fold(fixture->trainer, &event);
    json_decref(input);
}

/* A version that has learnt what there is to learn; then few verdicts come. */
static int set_up(void **state)
{
    struct hone_error err = {0};
    struct hone_gate_report report;
    uint64_t candidate = 0;
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->folder = support_make_folder();
    fixture->package = stream_load_package("weather");
    fixture->package->gate_min_pairs = 100;
    fixture->package->gate_max_change = 0.2;
    fixture->package->ignores_drift = true;
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    bool was_far = false;
    for (unsigned i = 0; !hone_trainer_due(fixture->trainer, &report, &candidate); i++) {
        tell(fixture, i % STREAM_N_LABELS, 0, false);
        was_far = was_far || hone_trainer_change(fixture->trainer) > 0.2;
        /* The first version has learnt nothing: being far from it is no offence. */
        assert_false(hone_trainer_withholds(fixture->trainer));
    }
    assert_true(was_far);
    char *path = hone_alloc_format("%s/v2", fixture->folder);
    (void)stream_save(fixture->trainer, HONE_TRAINER_CANDIDATE, path);
    free(path);
    fold_body(fixture->trainer, HONE_EVENT_GATE,
              hone_trainer_verdict_body(&report, candidate, 2));
    support_near(hone_trainer_change(fixture->trainer), 0.0, 0.0);
    *state = fixture;
    return 0;
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

/* Sudden heavy relabelling, mostly without evidence, until the region is left. */
static uint64_t leave(struct fixture *fixture)
{
    for (unsigned i = 0; i < 30; i++) {
        tell(fixture, i % STREAM_N_LABELS, 1, true);
    }
    for (unsigned i = 0; !hone_trainer_withholds(fixture->trainer); i++) {
        assert_true(i < 2 * HONE_REGION_PROBES);
        assert_int_equal(hone_trainer_position(fixture->trainer), shown_through(fixture));
        /* Half of the evidence is for it, half against: neither is proven soon. */
        tell(fixture, i % STREAM_N_LABELS, i % 2, false);
    }
    return hone_trainer_position(fixture->trainer);
}

static void outside_of_it_calls_see_where_it_was_left(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_trainer_save *save = NULL;
    uint64_t left_at = leave(fixture);
    assert_true(hone_trainer_change(fixture->trainer) >
                fixture->package->gate_max_change);
    tell(fixture, 1, 0, true);
    assert_int_equal(left_at, shown_through(fixture));
    /* No checkpoint could hold both states. */
    char *path = hone_alloc_format("%s/checkpoint", fixture->folder);
    assert_int_equal(hone_trainer_save_create(&save, fixture->trainer,
                                              HONE_TRAINER_SERVED, path, &err),
                     HONE_E_STALE);
    free(path);
}

static void a_proven_gain_ends_it_without_min_pairs(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    for (unsigned i = 0; i < 30; i++) {
        tell(fixture, i % STREAM_N_LABELS, 1, true);
    }
    for (unsigned i = 0; !hone_trainer_due(fixture->trainer, &report, &candidate); i++) {
        assert_false(hone_trainer_withholds(fixture->trainer));
        tell(fixture, i % STREAM_N_LABELS, 1, false);
    }
    assert_true(hone_trainer_withholds(fixture->trainer));
    assert_int_equal(HONE_REGION_PROBES, report.n_pairs);
    assert_int_equal(HONE_GATE_PROMOTED, report.verdict);
    assert_non_null(strstr(report.reason, "proven"));
    fold_body(fixture->trainer, HONE_EVENT_GATE,
              hone_trainer_verdict_body(&report, candidate, 3));
    assert_false(hone_trainer_withholds(fixture->trainer));
    assert_int_equal(hone_trainer_position(fixture->trainer), shown_through(fixture));
}

static void coming_back_ends_it(void **state)
{
    struct fixture *fixture = *state;
    (void)leave(fixture);
    for (unsigned i = 0; hone_trainer_withholds(fixture->trainer); i++) {
        assert_true(i < 400);
        tell(fixture, i % STREAM_N_LABELS, 0, true);
        tell(fixture, i % STREAM_N_LABELS, i % 2, false);
    }
    assert_true(hone_trainer_change(fixture->trainer) <=
                fixture->package->gate_max_change);
    assert_int_equal(hone_trainer_position(fixture->trainer), shown_through(fixture));
}

static void fold_inconclusive(struct fixture *fixture)
{
    struct hone_gate_report report;
    uint64_t candidate = 0;
    assert_true(hone_trainer_due(fixture->trainer, &report, &candidate));
    assert_int_equal(HONE_GATE_INCONCLUSIVE, report.verdict);
    fold_body(fixture->trainer, HONE_EVENT_GATE,
              hone_trainer_verdict_body(&report, candidate, 0));
    assert_false(hone_trainer_due(fixture->trainer, &report, &candidate));
}

/* Feedback that is no evidence brings a verdict, but however many of them that say that there were
 * too few pairs are none against what was learnt. */
static void a_verdict_comes_whether_there_is_evidence_or_not(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    (void)leave(fixture);
    for (unsigned verdict = 0; verdict < 4; verdict++) {
        uint64_t n_pairs = hone_trainer_evidence(fixture->trainer)->n_pairs;
        unsigned n = 0;
        for (; !hone_trainer_due(fixture->trainer, &report, &candidate); n++) {
            assert_true(n <= 1000);
            tell(fixture, n % STREAM_N_LABELS, 1, true);
        }
        assert_true(n > 900);
        fold_inconclusive(fixture);
        assert_true(hone_trainer_withholds(fixture->trainer));
        assert_int_equal(n_pairs, hone_trainer_evidence(fixture->trainer)->n_pairs);
    }
    assert_int_equal(0, hone_trainer_progress(fixture->trainer).n_withdrawn);
}

/* As a file of examples that is taught at once. */
static void what_is_barred_from_being_evidence_brings_no_verdict(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    (void)leave(fixture);
    uint64_t n_learnt = hone_trainer_progress(fixture->trainer).n_learnt;
    for (unsigned i = 0; i < 1200; i++) {
        uint64_t position = hone_trainer_position(fixture->trainer) + 1;
        json_t *input = stream_input(i % STREAM_N_LABELS, position);
        struct hone_event event =
            stream_label(position, input, stream_labels[i % STREAM_N_LABELS], "");
        event.is_barred = true;
        event.is_demonstration = true;
        stream_fold(fixture->trainer, &event);
        json_decref(input);
        assert_false(hone_trainer_due(fixture->trainer, &report, &candidate));
    }
    assert_int_equal(n_learnt + 1200, hone_trainer_progress(fixture->trainer).n_learnt);
}

static void check_same(struct fixture *fixture, struct hone_trainer *other)
{
    struct hone_snapshot *a = hone_trainer_snapshot(fixture->trainer);
    struct hone_snapshot *b = hone_trainer_snapshot(other);
    assert_int_equal(a->learned_through, b->learned_through);
    hone_snapshot_unref(a);
    hone_snapshot_unref(b);
    support_near(hone_trainer_change(fixture->trainer), hone_trainer_change(other), 0.0);
    assert_int_equal(hone_trainer_withholds(fixture->trainer),
                     hone_trainer_withholds(other));
}

/* From a checkpoint that was written on the way out. */
static void resuming_leaves_it_at_the_same_event(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    char *v2 = hone_alloc_format("%s/v2", fixture->folder);
    char *checkpoint = hone_alloc_format("%s/checkpoint", fixture->folder);
    uint64_t anchor = hone_trainer_anchor_position(fixture->trainer);
    for (unsigned i = 0; i < 50; i++) {
        tell(fixture, i % STREAM_N_LABELS, i < 30 ? 1 : i % 2, i < 30);
    }
    (void)stream_save(fixture->trainer, HONE_TRAINER_SERVED, checkpoint);
    struct fixture other = *fixture;
    support_ok(hone_trainer_load(&other.trainer, fixture->package, 2, anchor, v2,
                                 checkpoint, &err),
               &err);
    check_same(fixture, other.trainer);
    unsigned n_outside = 0;
    for (unsigned i = 0; i < 200; i++) {
        tell(fixture, i % STREAM_N_LABELS, i % 2, false);
        tell(&other, i % STREAM_N_LABELS, i % 2, false);
        check_same(fixture, other.trainer);
        n_outside += hone_trainer_withholds(fixture->trainer) ? 1 : 0;
    }
    assert_true(n_outside > 0);
    hone_trainer_destroy(other.trainer);
    free(checkpoint);
    free(v2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(outside_of_it_calls_see_where_it_was_left),
        TEST(a_proven_gain_ends_it_without_min_pairs),
        TEST(coming_back_ends_it),
        TEST(a_verdict_comes_whether_there_is_evidence_or_not),
        TEST(what_is_barred_from_being_evidence_brings_no_verdict),
        TEST(resuming_leaves_it_at_the_same_event),
    };
    return cmocka_run_group_tests_name("trainer_region", tests, NULL, NULL);
}
