#include "tests/unit/skills/trainer_stream.h"

#include "schema/json.h"
#include "schema/schema.h"
#include "skills/kind.h"
#include "skills/package_event.h"

#include <math.h>

/* A skill with a trained (or not) state, as a call sees it. */
struct fixture {
    struct hone_package *package;
    struct hone_trainer *trainer;
    struct hone_snapshot *snapshot;
    void *scratch;
    struct hone_arena arena;
};

static struct fixture *make_fixture(const char *name)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->package = stream_load_package(name);
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
    fixture->scratch = fixture->package->kind->make_scratch();
    hone_arena_init(&fixture->arena, 1 << 20);
    return fixture;
}

static void destroy_fixture(struct fixture *fixture)
{
    hone_arena_finish(&fixture->arena);
    fixture->package->kind->destroy_scratch(fixture->scratch);
    hone_snapshot_unref(fixture->snapshot);
    hone_trainer_destroy(fixture->trainer);
    hone_package_destroy(fixture->package);
    free(fixture);
}

static void publish(struct fixture *fixture)
{
    hone_snapshot_unref(fixture->snapshot);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
}

static void teach_weather(struct fixture *fixture)
{
    for (unsigned i = 0; i < 90; i++) {
        stream_teach(fixture->trainer, i % STREAM_N_LABELS);
    }
    publish(fixture);
}

struct answer {
    struct hone_answer given;
    json_t *structured; /* as a value; json_decref gives it back */
};

static struct answer answer_to(struct fixture *fixture, json_t *arguments)
{
    struct hone_error err = {0};
    struct answer answer = {0};
    struct hone_call_input given = {.value = arguments};
    support_ok(fixture->package->kind->answer(fixture->package, fixture->snapshot->view,
                                              fixture->scratch, &given, &fixture->arena,
                                              &answer.given, &err),
               &err);
    support_ok(hone_json_parse(&answer.structured, answer.given.structured, &err), &err);
    json_decref(arguments);
    return answer;
}

static bool contains(struct hone_span text, const char *part)
{
    char *copy = hone_alloc_bytes(text.data, text.len);
    bool found = strstr(copy, part) != NULL;
    free(copy);
    return found;
}

static void answers_with_label_confidence_and_alternatives(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("weather");
    fixture->package->abstain_below = 0.0F;
    struct answer answer = answer_to(fixture, stream_input(1, 7777));
    assert_true(hone_span_is(answer.given.output, "rain"));
    assert_false(answer.given.abstained);
    support_near((double)answer.given.propensity, 1.0, 0.0);
    assert_int_equal(strncmp(answer.given.text.data, "rain (confidence 0.", 19), 0);
    assert_true(contains(answer.given.text, "; next: "));
    const json_t *alternatives = json_object_get(answer.structured, "alternatives");
    assert_true(json_array_size(alternatives) >= 1 && json_array_size(alternatives) <= 2);
    double last = json_number_value(json_object_get(answer.structured, "confidence"));
    support_near(last, (double)answer.given.confidence, 0.5e-4 + 1e-9);
    double sum = last;
    for (size_t i = 0; i < json_array_size(alternatives); i++) {
        const json_t *item = json_array_get(alternatives, i);
        double confidence = json_number_value(json_object_get(item, "confidence"));
        assert_true(confidence <= last && confidence >= 0.01);
        last = confidence;
        sum += confidence;
    }
    assert_true(sum <= 1.0 + 3e-4);
    json_decref(answer.structured);
    destroy_fixture(fixture);
}

static void a_sure_answer_lists_no_unlikely_alternatives(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("weather");
    fixture->package->gate_min_pairs = 1000000;
    for (unsigned i = 0; i < 1500; i++) {
        stream_teach(fixture->trainer, i % STREAM_N_LABELS);
    }
    publish(fixture);
    size_t n_listed = 0;
    for (unsigned i = 0; i < 30; i++) {
        struct answer answer = answer_to(fixture, stream_input(i % 3, 90000 + i));
        const json_t *alternatives = json_object_get(answer.structured, "alternatives");
        for (size_t k = 0; k < json_array_size(alternatives); k++) {
            const json_t *item = json_array_get(alternatives, k);
            assert_true(json_number_value(json_object_get(item, "confidence")) >= 0.01);
            n_listed++;
        }
        json_decref(answer.structured);
    }
    assert_true(n_listed < 30 * 2);
    destroy_fixture(fixture);
}

static void a_doubtful_answer_is_a_guess_that_says_so(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("weather");
    struct answer answer = answer_to(fixture, json_pack("{s:s}", "text", "who knows"));
    assert_true(answer.given.abstained);
    assert_true(json_is_true(json_object_get(answer.structured, "abstained")));
    assert_true(json_string_length(json_object_get(answer.structured, "label")) > 0);
    assert_int_equal(strncmp(answer.given.text.data, "not sure: ", 10), 0);
    assert_true(contains(answer.given.text, "below the limit of 0.90"));
    json_decref(answer.structured);
    teach_weather(fixture);
    fixture->package->abstain_below = 0.4F;
    answer = answer_to(fixture, stream_input(2, 123456));
    assert_false(answer.given.abstained);
    json_decref(answer.structured);
    destroy_fixture(fixture);
}

/* The higher one of the package's limit and the measured one holds. */
static void nothing_is_answered_before_an_error_rate_is_known(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("weather");
    teach_weather(fixture);
    fixture->package->abstain_below = 0.0F;
    fixture->package->abstain_error_rate = 0.1F;
    json_t *body = hone_package_event_body(fixture->package);
    struct hone_event event = {.position = hone_trainer_position(fixture->trainer) + 1,
                               .kind = HONE_EVENT_PACKAGE,
                               .body = body};
    stream_fold(fixture->trainer, &event);
    publish(fixture);
    struct answer answer = answer_to(fixture, stream_input(2, 123456));
    assert_true(answer.given.abstained);
    assert_true(contains(answer.given.text, "below the limit of 1.00"));
    json_decref(answer.structured);
    json_decref(body);
    destroy_fixture(fixture);
}

static void a_skill_without_any_label_answers_nothing_but_can_be_called(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("open-topics");
    struct answer answer = answer_to(fixture, json_pack("{s:s}", "text", "x"));
    assert_true(answer.given.abstained);
    assert_int_equal(answer.given.output.len, 0);
    assert_string_equal(json_string_value(json_object_get(answer.structured, "label")),
                        "");
    assert_true(contains(answer.given.text, "knows no label yet"));
    json_decref(answer.structured);
    json_t *input = stream_input(0, 1);
    struct hone_event event = stream_label(1, input, "first", "");
    stream_fold(fixture->trainer, &event);
    publish(fixture);
    answer = answer_to(fixture, input);
    assert_true(hone_span_is(answer.given.output, "first"));
    json_decref(answer.structured);
    destroy_fixture(fixture);
}

static void the_structured_answer_fits_the_output_schema(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("weather");
    struct hone_interface interface = {0};
    struct hone_schema *schema = NULL;
    support_ok(fixture->package->kind->make_interface(fixture->package, &interface, &err),
               &err);
    support_ok(hone_schema_compile(&schema, interface.output_schema, &err), &err);
    struct answer answer = answer_to(fixture, stream_input(2, 5));
    support_ok(hone_schema_check(schema, answer.structured, NULL, &err), &err);
    (void)json_object_set_new(answer.structured, "call_id", json_string("x"));
    (void)json_object_set_new(answer.structured, "version", json_integer(3));
    (void)json_object_set_new(answer.structured, "learned_through", json_integer(9));
    support_ok(hone_schema_check(schema, answer.structured, NULL, &err), &err);
    (void)json_object_set_new(answer.structured, "label", json_integer(3));
    assert_int_equal(hone_schema_check(schema, answer.structured, NULL, NULL),
                     HONE_E_INVALID);
    json_decref(answer.structured);
    hone_schema_destroy(schema);
    hone_kind_interface_finish(&interface);
    destroy_fixture(fixture);
}

static void the_input_schema_has_the_fields_and_no_others(void **state)
{
    (void)state;
    static const struct {
        const char *arguments;
        bool good;
    } table[] = {
        {"{\"message\":\"m\",\"amount\":1.5}", true},
        {"{\"message\":\"m\",\"amount\":1,\"items\":2,\"express\":true}", true},
        {"{\"message\":\"m\"}", false},
        {"{\"message\":1,\"amount\":1}", false},
        {"{\"message\":\"m\",\"amount\":1,\"items\":2.5}", false},
        {"{\"message\":\"m\",\"amount\":1,\"more\":2}", false},
    };
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("full");
    struct hone_interface interface = {0};
    struct hone_schema *schema = NULL;
    support_ok(fixture->package->kind->make_interface(fixture->package, &interface, &err),
               &err);
    support_ok(hone_schema_compile(&schema, interface.input_schema, &err), &err);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        json_t *arguments = json_loads(table[i].arguments, 0, NULL);
        assert_int_equal(hone_schema_check(schema, arguments, NULL, NULL) == 0,
                         table[i].good);
        json_decref(arguments);
    }
    hone_schema_destroy(schema);
    hone_kind_interface_finish(&interface);
    destroy_fixture(fixture);
}

static void the_description_says_how_to_correct_an_answer(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("weather");
    struct hone_interface interface = {0};
    support_ok(fixture->package->kind->make_interface(fixture->package, &interface, &err),
               &err);
    size_t len = strlen(fixture->package->description);
    assert_int_equal(strncmp(interface.description, fixture->package->description, len),
                     0);
    assert_non_null(strstr(interface.description + len, "feedback"));
    assert_non_null(strstr(interface.description + len, "call_id"));
    hone_kind_interface_finish(&interface);
    destroy_fixture(fixture);
}

static void learning_does_not_move_the_interface(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("open-topics");
    struct hone_interface before = {0}, after = {0};
    support_ok(fixture->package->kind->make_interface(fixture->package, &before, &err),
               &err);
    json_t *input = stream_input(0, 1);
    struct hone_event event = stream_label(1, input, "new topic", "");
    stream_fold(fixture->trainer, &event);
    support_ok(fixture->package->kind->make_interface(fixture->package, &after, &err),
               &err);
    assert_true(hone_digest_equal(before.digest, after.digest));
    json_decref(input);
    hone_kind_interface_finish(&after);
    hone_kind_interface_finish(&before);
    destroy_fixture(fixture);
}

/* Feedback. */

static int check(struct fixture *fixture, struct hone_feedback feedback,
                 struct hone_error *err)
{
    return fixture->package->kind->check_feedback(
        fixture->package, fixture->snapshot->view, &feedback, err);
}

static struct hone_feedback label(const char *value)
{
    return (struct hone_feedback){
        .kind = HONE_FEEDBACK_LABEL, .value = hone_span_text(value), .weight = 1.0};
}

static void feedback_must_name_a_label_of_the_skill(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("weather");
    assert_int_equal(check(fixture, label("rain"), &err), 0);
    assert_int_equal(check(fixture, label(" Rain "), &err), 0);
    struct hone_feedback correction = label("snow");
    correction.kind = HONE_FEEDBACK_CORRECTION;
    assert_int_equal(check(fixture, correction, &err), 0);
    assert_int_equal(check(fixture, label("rian"), &err), HONE_E_INVALID);
    assert_string_equal(err.message,
                        "'rian' is not a label of weather; its labels: sun, rain, snow");
    assert_string_equal(err.hint, "did you mean 'rain'?");
    assert_int_equal(check(fixture, label("\xFF"), &err), HONE_E_INVALID);
    assert_int_equal(check(fixture, label(""), &err), HONE_E_INVALID);
    assert_non_null(strstr(err.message, "label is missing"));
    correction.value = hone_span_of(NULL, 0);
    assert_int_equal(check(fixture, correction, &err), HONE_E_INVALID);
    destroy_fixture(fixture);
}

static void numbers_of_feedback_must_be_in_range(void **state)
{
    (void)state;
    static const struct {
        double reward, weight;
        bool good;
    } table[] = {
        {0.0, 1.0, true},
        {1.0, 100.0, true},
        {0.5, 1e-9, true},
        {-0.1, 1.0, false},
        {1.1, 1.0, false},
        {(double)NAN, 1.0, false},
        {(double)INFINITY, 1.0, false},
        {0.5, 0.0, false},
        {0.5, -1.0, false},
        {0.5, 100.1, false},
        {0.5, (double)NAN, false},
    };
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("weather");
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct hone_feedback feedback = {.kind = HONE_FEEDBACK_REWARD,
                                         .reward = table[i].reward,
                                         .weight = table[i].weight};
        assert_int_equal(check(fixture, feedback, &err),
                         table[i].good ? 0 : HONE_E_INVALID);
    }
    destroy_fixture(fixture);
}

static void a_comment_must_be_there_and_within_the_limit(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("weather");
    char *text = hone_alloc_zeroed(16 * 1024 + 2, 1);
    memset(text, 'a', 16 * 1024 + 1);
    struct hone_feedback comment = {.kind = HONE_FEEDBACK_COMMENT, .weight = 1.0};
    assert_int_equal(check(fixture, comment, &err), HONE_E_INVALID);
    comment.comment = hone_span_of(text, 16 * 1024);
    assert_int_equal(check(fixture, comment, &err), 0);
    comment.comment.len++;
    assert_int_equal(check(fixture, comment, &err), HONE_E_LIMIT);
    comment.comment = hone_span_text("\xC3(");
    assert_int_equal(check(fixture, comment, &err), HONE_E_INVALID);
    struct hone_feedback with_comment = label("sun");
    with_comment.comment = hone_span_of(text, 16 * 1024 + 1);
    assert_int_equal(check(fixture, with_comment, &err), HONE_E_LIMIT);
    free(text);
    destroy_fixture(fixture);
}

static void an_open_set_takes_new_labels_within_limits(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("open-topics");
    char long_label[202];
    memset(long_label, 'x', sizeof(long_label) - 1);
    long_label[201] = '\0';
    assert_int_equal(check(fixture, label("anything"), &err), 0);
    assert_int_equal(check(fixture, label(long_label), &err), HONE_E_LIMIT);
    long_label[200] = '\0';
    assert_int_equal(check(fixture, label(long_label), &err), 0);
    assert_int_equal(check(fixture, label("two\nlines"), &err), HONE_E_INVALID);
    assert_int_equal(check(fixture, label(" led by space"), &err), HONE_E_INVALID);
    assert_int_equal(check(fixture, label("\xC2\x85"), &err), HONE_E_INVALID);
    assert_int_equal(check(fixture, label("\xFF"), &err), HONE_E_INVALID);
    static const char *const names[] = {"one", "two", "three"};
    for (uint64_t i = 0; i < 3; i++) {
        json_t *input = stream_input(0, i);
        struct hone_event event = stream_label(i + 1, input, names[i], "");
        stream_fold(fixture->trainer, &event);
        json_decref(input);
    }
    publish(fixture);
    assert_int_equal(check(fixture, label("Three"), &err), 0);
    assert_int_equal(check(fixture, label("thrree"), &err), HONE_E_INVALID);
    assert_non_null(strstr(err.message, "no more than 3 labels"));
    assert_string_equal(err.hint, "did you mean 'three'?");
    destroy_fixture(fixture);
}

static void a_skill_of_many_labels_counts_them_in_the_message(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture("open-topics");
    fixture->package->labels_max = 21;
    json_t *definition = hone_package_event_body(fixture->package);
    struct hone_event changed = {
        .position = 1, .kind = HONE_EVENT_PACKAGE, .body = definition};
    stream_fold(fixture->trainer, &changed);
    json_decref(definition);
    for (uint64_t i = 0; i < 21; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "label-%c", (char)('a' + i));
        json_t *input = stream_input(0, i);
        struct hone_event event = stream_label(i + 2, input, name, "");
        stream_fold(fixture->trainer, &event);
        json_decref(input);
    }
    publish(fixture);
    fixture->package->labels_open = false;
    assert_int_equal(check(fixture, label("nothing like it"), &err), HONE_E_INVALID);
    assert_non_null(strstr(err.message, "it has 21 labels"));
    assert_string_equal(err.hint, "");
    destroy_fixture(fixture);
}

static void feedback_learnt_in_any_spelling_is_one_label(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("weather");
    struct hone_trainer *other = NULL;
    struct hone_error err = {0};
    support_ok(hone_trainer_create(&other, fixture->package, &err), &err);
    char *folder = support_make_folder();
    json_t *input = stream_input(1, 1);
    struct hone_event event = stream_label(1, input, "rain", "rain");
    stream_fold(fixture->trainer, &event);
    event.feedback.value = hone_span_text("  RAIN");
    stream_fold(other, &event);
    assert_true(hone_digest_equal(stream_digest(fixture->trainer, folder),
                                  stream_digest(other, folder)));
    json_decref(input);
    support_remove_folder(folder);
    free(folder);
    hone_trainer_destroy(other);
    destroy_fixture(fixture);
}

/* Evidence. */

static struct hone_kind_score score_reward(struct fixture *fixture, const json_t *input,
                                           const char *output, double reward)
{
    struct hone_error err = {0};
    struct hone_kind_score score = {0};
    struct hone_event event = stream_label(9, input, "", output);
    event.feedback.kind = HONE_FEEDBACK_REWARD;
    event.feedback.reward = reward;
    assert_int_equal(
        fixture->package->kind->score(fixture->package, fixture->snapshot->view,
                                      fixture->scratch, &event, &score, &err),
        1);
    return score;
}

/* With one label its probability is 1, which counts as 1 - 1e-6: the losses can be told
 * by hand from ln 1e-6 = -13.815510558 and ln(1 - 1e-6) = -1.0000005e-6. */
static void a_reward_is_evidence_by_its_cross_entropy(void **state)
{
    (void)state;
    static const struct {
        double reward, loss;
        bool right;
    } table[] = {
        {1.0, 1.0000005e-6, true},  {0.5, 6.907755779, true},
        {0.49, 7.045910875, false}, {0.25, 10.361633168, false},
        {0.0, 13.815510558, false},
    };
    struct fixture *fixture = make_fixture("open-topics");
    json_t *input = stream_input(0, 1);
    struct hone_event first = stream_label(1, input, "first", "");
    stream_fold(fixture->trainer, &first);
    publish(fixture);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct hone_kind_score score =
            score_reward(fixture, input, "first", table[i].reward);
        support_near(score.loss, table[i].loss, 1e-8);
        assert_int_equal(score.right, table[i].right);
    }
    json_decref(input);
    destroy_fixture(fixture);
}

static void a_reward_is_measured_on_the_answered_labels_probability(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("weather");
    json_t *input = json_pack("{s:s}", "text", "wet umbrella in the cold");
    struct answer answer = answer_to(fixture, json_incref(input));
    double p = (double)answer.given.confidence;
    assert_true(hone_span_is(answer.given.output, "rain") && p > 0.5 && p < 0.99);
    struct hone_kind_score score = score_reward(fixture, input, "rain", 0.3);
    support_near(score.loss, -(0.3 * log(p) + 0.7 * log(1.0 - p)), 1e-5);
    assert_false(score.right);
    assert_true(score_reward(fixture, input, "rain", 0.9).right);
    /* Another answer, unlikely under this state: a poor reward agrees with that. */
    assert_true(score_reward(fixture, input, "sun", 0.0).right);
    assert_false(score_reward(fixture, input, "sun", 1.0).right);
    json_decref(answer.structured);
    json_decref(input);
    destroy_fixture(fixture);
}

/* ---- two states beside each other ---- */

static const json_t *feature_of(const json_t *compared, const char *label, size_t index)
{
    const json_t *features = json_object_get(compared, "features");
    return json_array_get(json_object_get(features, label), index);
}

static double moved_by(const json_t *feature)
{
    return fabs(json_number_value(json_object_get(feature, "after")) -
                json_number_value(json_object_get(feature, "before")));
}

static void names_the_features_that_moved_most(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("weather");
    struct hone_snapshot *before = hone_snapshot_ref(fixture->snapshot);
    json_t *inputs = json_array();
    json_t *none = json_array();
    for (unsigned i = 0; i < 40; i++) {
        (void)json_array_append_new(inputs, stream_input(i % STREAM_N_LABELS, i));
    }
    teach_weather(fixture);
    const struct hone_kind *kind = fixture->package->kind;
    json_t *compared =
        kind->compare(fixture->package, before->view, fixture->snapshot->view, inputs);
    assert_int_equal(0, json_array_size(json_object_get(compared, "added")));
    assert_int_equal(0, json_array_size(json_object_get(compared, "removed")));
    assert_int_equal(3, json_object_size(json_object_get(compared, "features")));
    assert_true(
        json_is_string(json_object_get(feature_of(compared, "rain", 0), "feature")));
    assert_true(moved_by(feature_of(compared, "rain", 0)) >=
                moved_by(feature_of(compared, "rain", 4)) - 1e-3);
    assert_true(moved_by(feature_of(compared, "rain", 4)) > 0.0);
    /* The same weights without inputs that could name them. */
    json_t *unnamed =
        kind->compare(fixture->package, before->view, fixture->snapshot->view, none);
    assert_true(json_is_null(json_object_get(feature_of(unnamed, "rain", 0), "feature")));
    support_near(moved_by(feature_of(unnamed, "rain", 0)),
                 moved_by(feature_of(compared, "rain", 0)), 1e-3);
    json_t *same = kind->compare(fixture->package, before->view, before->view, inputs);
    assert_null(feature_of(same, "rain", 0));
    json_decref(same);
    json_decref(unnamed);
    json_decref(compared);
    json_decref(inputs);
    json_decref(none);
    hone_snapshot_unref(before);
    destroy_fixture(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_with_label_confidence_and_alternatives),
        cmocka_unit_test(a_sure_answer_lists_no_unlikely_alternatives),
        cmocka_unit_test(a_doubtful_answer_is_a_guess_that_says_so),
        cmocka_unit_test(nothing_is_answered_before_an_error_rate_is_known),
        cmocka_unit_test(a_skill_without_any_label_answers_nothing_but_can_be_called),
        cmocka_unit_test(the_structured_answer_fits_the_output_schema),
        cmocka_unit_test(the_input_schema_has_the_fields_and_no_others),
        cmocka_unit_test(the_description_says_how_to_correct_an_answer),
        cmocka_unit_test(learning_does_not_move_the_interface),
        cmocka_unit_test(feedback_must_name_a_label_of_the_skill),
        cmocka_unit_test(numbers_of_feedback_must_be_in_range),
        cmocka_unit_test(a_comment_must_be_there_and_within_the_limit),
        cmocka_unit_test(an_open_set_takes_new_labels_within_limits),
        cmocka_unit_test(a_skill_of_many_labels_counts_them_in_the_message),
        cmocka_unit_test(feedback_learnt_in_any_spelling_is_one_label),
        cmocka_unit_test(a_reward_is_evidence_by_its_cross_entropy),
        cmocka_unit_test(a_reward_is_measured_on_the_answered_labels_probability),
        cmocka_unit_test(names_the_features_that_moved_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
