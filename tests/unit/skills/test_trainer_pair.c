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
    tell(trainer, "bright blue warm", "rain", HONE_FEEDBACK_LABEL);
    assert_int_equal(1, evidence->n_pairs);
    assert_int_equal(0, evidence->n_served_right);
    support_near(evidence->sum_gain, 0.0, 0.0);
    tell(trainer, "wet shower drizzle", "rain", HONE_FEEDBACK_LABEL);
    assert_int_equal(2, evidence->n_pairs);
    assert_int_equal(1, evidence->n_only_served);
    support_near(evidence->sum_gain, HONE_GATE_GAIN_CLIP, 1e-12);
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
    };
    return cmocka_run_group_tests_name("trainer_pair", tests, NULL, NULL);
}
