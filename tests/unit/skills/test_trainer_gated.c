/* publish: gated: the skill learns, the last version answers until the strict test has
 * proven a gain. */
#include "tests/unit/skills/trainer_stream.h"

#include "skills/kind.h"
#include "skills/package_event.h"

#include <math.h>

struct fixture {
    char *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
};

static int set_up(void **state)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->folder = support_make_folder();
    fixture->package = stream_load_package("weather");
    fixture->package->is_gated = true;
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
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

/* What a call is answered: the whole answer as text. */
static char *ask(const struct fixture *fixture, unsigned label)
{
    struct hone_error err = {0};
    struct hone_arena arena;
    struct hone_answer answer = {0};
    const struct hone_kind *kind = fixture->package->kind;
    struct hone_snapshot *snapshot = hone_trainer_snapshot(fixture->trainer);
    void *scratch = kind->make_scratch();
    json_t *input = stream_input(label, 7777);
    hone_arena_init(&arena, 65536);
    struct hone_call_input arguments = {.value = input};
    support_ok(kind->answer(fixture->package, snapshot->view, scratch, &arguments, &arena,
                            &answer, &err),
               &err);
    char *text = hone_alloc_bytes(answer.structured.data, answer.structured.len);
    hone_arena_finish(&arena);
    json_decref(input);
    kind->destroy_scratch(scratch);
    hone_snapshot_unref(snapshot);
    return text;
}

static uint64_t shown_through(struct fixture *fixture)
{
    struct hone_snapshot *snapshot = hone_trainer_snapshot(fixture->trainer);
    uint64_t position = snapshot->learned_through;
    hone_snapshot_unref(snapshot);
    return position;
}

static void fold_body(struct hone_trainer *trainer, enum hone_event_kind kind,
                      json_t *body)
{
    struct hone_event event = {
        .position = hone_trainer_position(trainer) + 1, .kind = kind, .body = body};
    stream_fold(trainer, &event);
    json_decref(body);
}

/* Teaches until a verdict is due; how many labels that took. */
static unsigned teach_until_due(struct fixture *fixture, struct hone_gate_report *report,
                                uint64_t *candidate)
{
    unsigned n = 0;
    while (!hone_trainer_due(fixture->trainer, report, candidate)) {
        stream_teach(fixture->trainer, n++ % STREAM_N_LABELS);
    }
    return n;
}

static void answers_are_those_of_the_version_until_a_gain_is_proven(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    char *before = ask(fixture, 1);
    assert_true(hone_trainer_withholds(fixture->trainer));
    unsigned n = teach_until_due(fixture, &report, &candidate);
    char *meanwhile = ask(fixture, 1);
    assert_string_equal(before, meanwhile);
    assert_int_equal(0, shown_through(fixture));
    assert_int_equal(n, hone_trainer_progress(fixture->trainer).n_learnt);
    assert_int_equal(HONE_GATE_PROMOTED, report.verdict);
    assert_non_null(strstr(report.reason, "proven"));
    assert_true(report.log_wealth_gain >= -log(hone_gate_alpha(1)));
    fold_body(fixture->trainer, HONE_EVENT_GATE,
              hone_trainer_verdict_body(&report, candidate, 2));
    char *after = ask(fixture, 1);
    assert_string_not_equal(before, after);
    assert_int_equal(candidate, shown_through(fixture));
    free(before);
    free(meanwhile);
    free(after);
}

/* One label at random, so light that it teaches next to nothing. */
static void babble(struct fixture *fixture)
{
    struct hone_rng rng = hone_rng_at(3, hone_trainer_position(fixture->trainer));
    stream_mislead(fixture->trainer, (unsigned)hone_rng_below(&rng, STREAM_N_LABELS),
                   (unsigned)hone_rng_below(&rng, STREAM_N_LABELS), 1e-9);
}

static void nothing_is_promoted_by_the_fixed_rule(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    unsigned n = 0;
    for (; !hone_trainer_due(fixture->trainer, &report, &candidate); n++) {
        babble(fixture);
    }
    assert_int_equal(10 * fixture->package->gate_min_pairs, n);
    assert_int_equal(HONE_GATE_INCONCLUSIVE, report.verdict);
    /* What was learnt stays; the bet begins anew. Never a rejection by counting. */
    for (unsigned i = 0; i < 4; i++) {
        report.verdict = HONE_GATE_INCONCLUSIVE;
        fold_body(fixture->trainer, HONE_EVENT_GATE,
                  hone_trainer_verdict_body(&report, candidate, 0));
        assert_int_equal(0, hone_trainer_evidence(fixture->trainer)->gain.n);
        while (!hone_trainer_due(fixture->trainer, &report, &candidate)) {
            babble(fixture);
        }
        assert_int_not_equal(HONE_GATE_REJECTED, report.verdict);
    }
    assert_int_equal(0, hone_trainer_progress(fixture->trainer).n_withdrawn);
}

/* Teaches a heavy lie without being evidence. */
static void lie_again(struct fixture *fixture, unsigned label)
{
    uint64_t position = hone_trainer_position(fixture->trainer) + 1;
    json_t *input = stream_input(label, position);
    struct hone_event event =
        stream_label(position, input, stream_labels[(label + 1) % STREAM_N_LABELS],
                     stream_labels[label]);
    event.is_repeated = true;
    event.feedback.weight = 100.0;
    stream_fold(fixture->trainer, &event);
    json_decref(input);
}

static void harm_is_withdrawn_without_ever_having_been_served(void **state)
{
    struct fixture *fixture = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    char *before = ask(fixture, 2);
    for (unsigned i = 0; i < 9; i++) {
        lie_again(fixture, i % STREAM_N_LABELS);
    }
    for (unsigned i = 0; !hone_trainer_due(fixture->trainer, &report, &candidate); i++) {
        stream_mislead(fixture->trainer, i % STREAM_N_LABELS, 0, 1e-9);
        char *now = ask(fixture, 2);
        assert_string_equal(before, now);
        free(now);
    }
    assert_int_equal(HONE_GATE_REJECTED, report.verdict);
    fold_body(fixture->trainer, HONE_EVENT_GATE,
              hone_trainer_verdict_body(&report, candidate, 0));
    assert_int_equal(0, hone_trainer_progress(fixture->trainer).n_learnt);
    free(before);
}

/* Labels come and go by the package, not by proof. */
static void a_change_of_the_package_is_served_at_once(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 6; i++) {
        stream_teach(fixture->trainer, i % STREAM_N_LABELS);
    }
    json_t *body = hone_package_event_body(fixture->package);
    json_t *labels = json_object_get(body, "labels");
    (void)json_array_remove(labels, 0);
    (void)json_array_append_new(labels, json_pack("{s:s,s:s}", "name", "hail",
                                                  "description", "hard pouring soaked"));
    fold_body(fixture->trainer, HONE_EVENT_PACKAGE, body);
    char *now = ask(fixture, 1);
    assert_non_null(strstr(now, "hail"));
    assert_null(strstr(now, "sun"));
    free(now);
    assert_true(hone_trainer_withholds(fixture->trainer));
    assert_int_equal(0, shown_through(fixture));
}

static void going_over_to_eager_serves_what_is_learnt(void **state)
{
    struct fixture *fixture = *state;
    stream_teach(fixture->trainer, 1);
    char *before = ask(fixture, 1);
    json_t *body = hone_package_event_body(fixture->package);
    (void)json_object_del(body, "publish");
    fold_body(fixture->trainer, HONE_EVENT_PACKAGE, body);
    char *after = ask(fixture, 1);
    assert_string_not_equal(before, after);
    assert_false(hone_trainer_withholds(fixture->trainer));
    assert_int_equal(hone_trainer_position(fixture->trainer), shown_through(fixture));
    free(before);
    free(after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_are_those_of_the_version_until_a_gain_is_proven),
        TEST(nothing_is_promoted_by_the_fixed_rule),
        TEST(harm_is_withdrawn_without_ever_having_been_served),
        TEST(a_change_of_the_package_is_served_at_once),
        TEST(going_over_to_eager_serves_what_is_learnt),
    };
    return cmocka_run_group_tests_name("trainer_gated", tests, NULL, NULL);
}
