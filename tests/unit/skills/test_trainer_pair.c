/* Evidence compares what was learnt: what the package has brought or taken away since the anchor is
 * there on both sides. */
#include "tests/unit/skills/trainer_stream.h"

#include "skills/kind.h"
#include "skills/package_event.h"

#include <math.h>

static struct hone_trainer *make(struct hone_package **package, const char *name)
{
    struct hone_error err = {0};
    struct hone_trainer *trainer = NULL;
    *package = stream_load_package(name);
    (*package)->gate_min_pairs = 1000;
    support_ok(hone_trainer_create(&trainer, *package, &err), &err);
    return trainer;
}

static void finish(struct hone_trainer *trainer, struct hone_package *package)
{
    hone_trainer_destroy(trainer);
    hone_package_destroy(package);
}

/* The package has now these labels; the event is given back. */
static void change_labels(struct hone_trainer *trainer,
                          const struct hone_package *package, json_t *labels)
{
    json_t *body = hone_package_event_body(package);
    (void)json_object_set_new(body, "labels", labels);
    struct hone_event event = {.position = hone_trainer_position(trainer) + 1,
                               .kind = HONE_EVENT_PACKAGE,
                               .body = body};
    stream_fold(trainer, &event);
    json_decref(body);
}

static json_t *labels_of(const struct hone_package *package)
{
    json_t *body = hone_package_event_body(package);
    json_t *labels = json_incref(json_object_get(body, "labels"));
    json_decref(body);
    return labels;
}

static void tell(struct hone_trainer *trainer, const char *text, const char *label,
                 enum hone_feedback_kind kind)
{
    json_t *input = json_pack("{s:s}", "text", text);
    struct hone_event event =
        stream_label(hone_trainer_position(trainer) + 1, input, label, label);
    event.feedback.kind = kind;
    stream_fold(trainer, &event);
    json_decref(input);
}

static void a_label_that_goes_is_no_gain(void **state)
{
    (void)state;
    struct hone_package *package = NULL;
    struct hone_trainer *trainer = make(&package, "weather");
    json_t *labels = labels_of(package);
    (void)json_array_remove(labels, 2);
    change_labels(trainer, package, labels);
    tell(trainer, "grey and white, perhaps wet", "rain", HONE_FEEDBACK_LABEL);
    assert_int_equal(1, hone_trainer_evidence(trainer)->n_pairs);
    support_near(hone_trainer_evidence(trainer)->sum_gain, 0.0, 0.0);
    support_near(hone_trainer_change(trainer), 0.0, 0.0);
    finish(trainer, package);
}

static void a_label_that_comes_is_no_gain(void **state)
{
    (void)state;
    struct hone_package *package = NULL;
    struct hone_trainer *trainer = make(&package, "weather");
    json_t *labels = labels_of(package);
    (void)json_array_append_new(labels, json_pack("{s:s,s:s}", "name", "hail",
                                                  "description", "hard pouring soaked"));
    change_labels(trainer, package, labels);
    tell(trainer, "pouring, hard and white", "hail", HONE_FEEDBACK_LABEL);
    assert_int_equal(1, hone_trainer_evidence(trainer)->n_pairs);
    support_near(hone_trainer_evidence(trainer)->sum_gain, 0.0, 0.1);
    finish(trainer, package);
}

static void candidates_that_change_places_are_no_change(void **state)
{
    (void)state;
    struct hone_package *package = NULL;
    struct hone_trainer *trainer = make(&package, "../rank/rank-held");
    json_t *labels = labels_of(package);
    (void)json_array_insert_new(labels, 0,
                                json_pack("{s:s,s:s}", "name", "grow_disk", "description",
                                          "Grow a disk that is full."));
    (void)json_array_append(labels, json_array_get(labels, 1));
    (void)json_array_remove(labels, 1);
    change_labels(trainer, package, labels);
    tell(trainer, "the disk is full of old logs", "grow_disk\nclear_disk",
         HONE_FEEDBACK_ORDER);
    assert_int_equal(1, hone_trainer_evidence(trainer)->n_pairs);
    support_near(hone_trainer_evidence(trainer)->sum_gain, 0.0, 0.0);
    support_near(hone_trainer_change(trainer), 0.0, 0.0);
    finish(trainer, package);
}

static void an_order_that_begins_with_what_is_gone_is_no_evidence(void **state)
{
    (void)state;
    struct hone_package *package = NULL;
    struct hone_trainer *trainer = make(&package, "../rank/rank-held");
    tell(trainer, "the disk is full of old logs", "grow_disk\nclear_disk",
         HONE_FEEDBACK_ORDER);
    assert_int_equal(1, hone_trainer_progress(trainer).n_learnt);
    assert_int_equal(0, hone_trainer_evidence(trainer)->n_pairs);
    finish(trainer, package);
}

/* Probability of the label for the text, as a call would see it. */
static double probability(struct hone_trainer *trainer,
                          const struct hone_package *package, const char *text,
                          const char *label)
{
    struct hone_error err = {0};
    struct hone_kind_score score = {0};
    struct hone_snapshot *snapshot = hone_trainer_snapshot(trainer);
    void *scratch = package->kind->make_scratch();
    json_t *input = json_pack("{s:s}", "text", text);
    struct hone_event event = stream_label(1, input, label, label);
    assert_int_equal(
        1, package->kind->score(package, snapshot->view, scratch, &event, &score, &err));
    json_decref(input);
    package->kind->destroy_scratch(scratch);
    hone_snapshot_unref(snapshot);
    return exp(-score.loss);
}

/* The served state has learnt two labels before the package declares a third, which is the only one
 * of the anchor's. */
static void labels_are_compared_by_name(void **state)
{
    (void)state;
    struct hone_package *package = NULL;
    struct hone_trainer *trainer = make(&package, "open-topics");
    const char *text = "hard shower, bright and warm";
    tell(trainer, "bright blue warm", "sun", HONE_FEEDBACK_LABEL);
    tell(trainer, "wet shower drizzle", "rain", HONE_FEEDBACK_LABEL);
    change_labels(
        trainer, package,
        json_pack("[{s:s,s:s}]", "name", "hail", "description", "hard pouring soaked"));
    double p = probability(trainer, package, text, "hail");
    assert_true(p < 0.1 && probability(trainer, package, text, "sun") > 0.9);
    tell(trainer, text, "hail", HONE_FEEDBACK_LABEL);
    support_near(hone_trainer_change(trainer), 1.0 - p, 1e-6);
    finish(trainer, package);
}

/* The anchor has no label at all. */
static void who_is_wrong_gains_nothing_over_who_cannot_know(void **state)
{
    (void)state;
    struct hone_package *package = NULL;
    struct hone_trainer *trainer = make(&package, "open-topics");
    const struct hone_gate_evidence *evidence = hone_trainer_evidence(trainer);
    tell(trainer, "bright blue warm", "sun", HONE_FEEDBACK_LABEL);
    tell(trainer, "wet shower drizzle", "rain", HONE_FEEDBACK_LABEL);
    assert_int_equal(0, evidence->n_pairs);
    tell(trainer, "warm, bright and blue", "rain", HONE_FEEDBACK_LABEL);
    assert_int_equal(1, evidence->n_pairs);
    assert_int_equal(0, evidence->n_served_right);
    support_near(evidence->sum_gain, 0.0, 0.0);
    tell(trainer, "drizzle, wet shower", "rain", HONE_FEEDBACK_LABEL);
    assert_int_equal(2, evidence->n_pairs);
    assert_int_equal(1, evidence->n_only_served);
    support_near(evidence->sum_gain, HONE_GATE_GAIN_CLIP, 1e-12);
    finish(trainer, package);
}

/* Neither in another spelling nor after it was only taught, until there is another anchor. */
static void a_text_that_comes_again_is_no_evidence(void **state)
{
    (void)state;
    struct hone_package *package = NULL;
    struct hone_trainer *trainer = make(&package, "weather");
    const struct hone_gate_evidence *evidence = hone_trainer_evidence(trainer);
    struct hone_gate_report report = {.verdict = HONE_GATE_REJECTED};
    tell(trainer, "Grey, and wet.", "rain", HONE_FEEDBACK_LABEL);
    assert_int_equal(1, evidence->n_pairs);
    tell(trainer, "grey and  WET", "snow", HONE_FEEDBACK_CORRECTION);
    tell(trainer, "grey and wet", "rain", HONE_FEEDBACK_REWARD);
    assert_int_equal(1, evidence->n_pairs);
    json_t *input = json_pack("{s:s}", "text", "white flakes");
    struct hone_event barred =
        stream_label(hone_trainer_position(trainer) + 1, input, "snow", "");
    barred.is_barred = true;
    stream_fold(trainer, &barred);
    tell(trainer, "white flakes", "snow", HONE_FEEDBACK_LABEL);
    assert_int_equal(1, evidence->n_pairs);
    tell(trainer, "white flakes again", "snow", HONE_FEEDBACK_LABEL);
    assert_int_equal(2, evidence->n_pairs);
    assert_int_equal(6, hone_trainer_progress(trainer).n_learnt);
    json_t *body = hone_trainer_verdict_body(&report, 5, 0);
    struct hone_event gate = stream_gate(hone_trainer_position(trainer) + 1, body);
    stream_fold(trainer, &gate);
    tell(trainer, "grey and wet", "rain", HONE_FEEDBACK_LABEL);
    assert_int_equal(1, evidence->n_pairs);
    json_decref(body);
    json_decref(input);
    finish(trainer, package);
}

static void a_restart_knows_what_was_learnt(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    struct hone_trainer *trainer = make(&package, "weather"), *loaded = NULL;
    char *folder = support_make_folder();
    char *version = hone_alloc_format("%s/version", folder);
    char *checkpoint = hone_alloc_format("%s/checkpoint", folder);
    (void)stream_save(trainer, HONE_TRAINER_ANCHOR, version);
    tell(trainer, "grey and wet", "rain", HONE_FEEDBACK_LABEL);
    (void)stream_save(trainer, HONE_TRAINER_SERVED, checkpoint);
    support_ok(hone_trainer_load(&loaded, package, 1, 0, version, checkpoint, &err),
               &err);
    struct hone_trainer *both[] = {trainer, loaded};
    for (size_t i = 0; i < 2; i++) {
        tell(both[i], "grey and wet", "rain", HONE_FEEDBACK_LABEL);
        tell(both[i], "white flakes", "snow", HONE_FEEDBACK_LABEL);
        assert_int_equal(2, hone_trainer_evidence(both[i])->n_pairs);
    }
    assert_true(
        hone_digest_equal(stream_digest(trainer, folder), stream_digest(loaded, folder)));
    hone_trainer_destroy(loaded);
    finish(trainer, package);
    support_remove_folder(folder);
    free(version);
    free(checkpoint);
    free(folder);
}

/* A context comes again, and its rewards are what is to be known. */
static void what_is_chosen_for_comes_again(void **state)
{
    (void)state;
    struct hone_package *package = NULL;
    struct hone_trainer *trainer = make(&package, "../../../examples/prompts");
    json_t *input = json_pack("{s:s}", "task", "say what the weather is");
    for (unsigned i = 0; i < 5; i++) {
        struct hone_event event =
            stream_label(hone_trainer_position(trainer) + 1, input, "", "brief");
        event.feedback.kind = HONE_FEEDBACK_REWARD;
        event.feedback.reward = 2.0 * i;
        stream_fold(trainer, &event);
    }
    assert_int_equal(5, hone_trainer_evidence(trainer)->n_pairs);
    json_decref(input);
    finish(trainer, package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_that_goes_is_no_gain),
        cmocka_unit_test(a_label_that_comes_is_no_gain),
        cmocka_unit_test(candidates_that_change_places_are_no_change),
        cmocka_unit_test(an_order_that_begins_with_what_is_gone_is_no_evidence),
        cmocka_unit_test(labels_are_compared_by_name),
        cmocka_unit_test(who_is_wrong_gains_nothing_over_who_cannot_know),
        cmocka_unit_test(a_text_that_comes_again_is_no_evidence),
        cmocka_unit_test(a_restart_knows_what_was_learnt),
        cmocka_unit_test(what_is_chosen_for_comes_again),
    };
    return cmocka_run_group_tests_name("trainer_pair", tests, NULL, NULL);
}
