/* Verdicts that cannot tell: so many in a row are one that does. */
#include "tests/unit/skills/trainer_stream.h"

struct fixture {
    char *folder;
    char *version_path, *checkpoint_path;
    struct hone_package *package;
    struct hone_trainer *trainer;
};

static void fold_verdict(struct hone_trainer *trainer,
                         const struct hone_gate_report *report, uint64_t candidate,
                         uint32_t version)
{
    json_t *body = hone_trainer_verdict_body(report, candidate, version);
    struct hone_event event = stream_gate(hone_trainer_position(trainer) + 1, body);
    stream_fold(trainer, &event);
    json_decref(body);
}

/* Teaches until the gate is content; gives the position of the new anchor. */
static uint64_t promote(struct fixture *fixture, uint32_t version)
{
    uint64_t candidate = 0;
    struct hone_gate_report report;
    for (unsigned i = 0; !hone_trainer_due(fixture->trainer, &report, &candidate); i++) {
        stream_teach(fixture->trainer, i % STREAM_N_LABELS);
    }
    assert_int_equal(HONE_GATE_PROMOTED, report.verdict);
    (void)stream_save(fixture->trainer, HONE_TRAINER_CANDIDATE, fixture->version_path);
    fold_verdict(fixture->trainer, &report, candidate, version);
    return candidate;
}

/* Lies about one label that teach without being evidence. */
static void mislead_a_little(struct hone_trainer *trainer)
{
    for (unsigned i = 0; i < 5; i++) {
        uint64_t position = hone_trainer_position(trainer) + 1;
        json_t *input = stream_input(0, position);
        struct hone_event event =
            stream_label(position, input, stream_labels[1], stream_labels[0]);
        event.is_repeated = true;
        event.feedback.weight = 100.0;
        stream_fold(trainer, &event);
        json_decref(input);
    }
}

/* Evidence of a state that errs about one label, from truths that are too light to repair it; few
 * of them are about that label. */
static struct hone_gate_report judge_again(struct hone_trainer *trainer,
                                           uint64_t *candidate)
{
    struct hone_gate_report report;
    for (unsigned i = 0; !hone_trainer_due(trainer, &report, candidate); i++) {
        stream_mislead(trainer, i % 10 == 0 ? 0 : 1 + i % 2, 0, 1e-6);
    }
    return report;
}

static void stay_inconclusive(struct hone_trainer *trainer, unsigned n_times)
{
    for (unsigned i = 0; i < n_times; i++) {
        uint64_t candidate = 0;
        struct hone_gate_report report = judge_again(trainer, &candidate);
        assert_int_equal(HONE_GATE_INCONCLUSIVE, report.verdict);
        fold_verdict(trainer, &report, candidate, 0);
    }
}

static int set_up(void **state)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->folder = support_make_folder();
    fixture->version_path = hone_alloc_format("%s/version", fixture->folder);
    fixture->checkpoint_path = hone_alloc_format("%s/checkpoint", fixture->folder);
    fixture->package = stream_load_package("weather");
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
    free(fixture->version_path);
    free(fixture->checkpoint_path);
    free(fixture->folder);
    free(fixture);
    return 0;
}

static void the_third_inconclusive_verdict_in_a_row_is_a_rejection(void **state)
{
    struct fixture *fixture = *state;
    uint64_t candidate = 0;
    (void)promote(fixture, 2);
    uint64_t n_learnt = hone_trainer_progress(fixture->trainer).n_learnt;
    mislead_a_little(fixture->trainer);
    stay_inconclusive(fixture->trainer, 2);
    assert_true(hone_trainer_progress(fixture->trainer).n_learnt > n_learnt);
    struct hone_gate_report report = judge_again(fixture->trainer, &candidate);
    assert_int_equal(HONE_GATE_REJECTED, report.verdict);
    assert_non_null(strstr(report.reason, "in a row"));
    fold_verdict(fixture->trainer, &report, candidate, 0);
    assert_int_equal(n_learnt, hone_trainer_progress(fixture->trainer).n_learnt);
    /* The count begins anew. */
    mislead_a_little(fixture->trainer);
    stay_inconclusive(fixture->trainer, 2);
}

/* A promotion after two verdicts that, as it were, could not tell. */
static uint64_t promote_after_a_row(struct fixture *fixture)
{
    for (unsigned i = 0; i < 2; i++) {
        uint64_t candidate = 0;
        struct hone_gate_report report;
        for (unsigned n = 0; !hone_trainer_due(fixture->trainer, &report, &candidate);
             n++) {
            stream_teach(fixture->trainer, n % STREAM_N_LABELS);
        }
        report.verdict = HONE_GATE_INCONCLUSIVE;
        fold_verdict(fixture->trainer, &report, candidate, 0);
    }
    return promote(fixture, 2);
}

static void a_promotion_ends_the_row(void **state)
{
    struct fixture *fixture = *state;
    (void)promote_after_a_row(fixture);
    mislead_a_little(fixture->trainer);
    stay_inconclusive(fixture->trainer, 2);
}

static void the_count_survives_a_checkpoint(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_trainer *loaded = NULL;
    uint64_t anchor = promote(fixture, 2), candidate = 0;
    mislead_a_little(fixture->trainer);
    stay_inconclusive(fixture->trainer, 2);
    (void)stream_save(fixture->trainer, HONE_TRAINER_SERVED, fixture->checkpoint_path);
    support_ok(hone_trainer_load(&loaded, fixture->package, 2, anchor,
                                 fixture->version_path, fixture->checkpoint_path, &err),
               &err);
    assert_int_equal(HONE_GATE_REJECTED, judge_again(loaded, &candidate).verdict);
    hone_trainer_destroy(loaded);
}

/* Its file was written when two verdicts had been inconclusive. */
static void a_version_that_is_loaded_has_no_row_behind_it(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    uint64_t position = promote_after_a_row(fixture) + 2;
    support_ok(
        hone_trainer_rollback(fixture->trainer, 2, fixture->version_path, position, &err),
        &err);
    mislead_a_little(fixture->trainer);
    stay_inconclusive(fixture->trainer, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_third_inconclusive_verdict_in_a_row_is_a_rejection),
        TEST(a_promotion_ends_the_row),
        TEST(the_count_survives_a_checkpoint),
        TEST(a_version_that_is_loaded_has_no_row_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
