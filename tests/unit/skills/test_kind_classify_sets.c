/* Classify with multi_label: reports of several kinds of weather at once. */
#include "tests/unit/skills/trainer_stream.h"

#include "schema/json.h"
#include "schema/schema.h"
#include "skills/kind.h"
#include "skills/kind_classify_sets.h"
#include "skills/package_event.h"

#include <math.h>

struct fixture {
    char *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
    struct hone_snapshot *snapshot;
    void *scratch;
    struct hone_arena arena;
};

static int set_up(void **state)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->folder = support_make_folder();
    fixture->package = stream_load_package("../labels/topics");
    fixture->package->gate_min_pairs = 100000;
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
    fixture->scratch = fixture->package->kind->make_scratch();
    hone_arena_init(&fixture->arena, 1 << 20);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    hone_arena_finish(&fixture->arena);
    fixture->package->kind->destroy_scratch(fixture->scratch);
    hone_snapshot_unref(fixture->snapshot);
    hone_trainer_destroy(fixture->trainer);
    hone_package_destroy(fixture->package);
    support_remove_folder(fixture->folder);
    free(fixture->folder);
    free(fixture);
    return 0;
}

/* A report of the kinds whose bits are set; and its labels as feedback has them. */
static json_t *make_report(unsigned kinds, uint64_t n, char lines[64])
{
    char text[1024] = "report";
    lines[0] = '\0';
    for (unsigned k = 0; k < STREAM_N_LABELS; k++) {
        if ((kinds & 1U << k) != 0) {
            json_t *part = stream_input(k, n);
            strcat(text, " ");
            strcat(text, json_string_value(json_object_get(part, "text")));
            strcat(lines, stream_labels[k]);
            strcat(lines, "\n");
            json_decref(part);
        }
    }
    if (lines[0] == '\0') {
        strcat(lines, "\n");
        strcat(text, " nothing in particular, all as ever");
    }
    return json_pack("{s:s}", "text", text);
}

static void fold(struct hone_trainer *trainer, json_t *input, const char *value,
                 const char *output, const double *reward)
{
    struct hone_event event =
        stream_label(hone_trainer_position(trainer) + 1, input, value, output);
    if (reward != NULL) {
        event.feedback.kind = HONE_FEEDBACK_REWARD;
        event.feedback.reward = *reward;
    }
    stream_fold(trainer, &event);
}

static void teach(struct hone_trainer *trainer, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char lines[64];
        json_t *input = make_report(i % 8, hone_trainer_position(trainer) + 1, lines);
        fold(trainer, input, lines, "sun", NULL);
        json_decref(input);
    }
}

static void publish(struct fixture *fixture)
{
    hone_snapshot_unref(fixture->snapshot);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
}

static struct hone_answer answer_to(struct fixture *fixture, const json_t *input)
{
    struct hone_error err = {0};
    struct hone_answer answer = {0};
    struct hone_call_input given = {.value = input};
    support_ok(fixture->package->kind->answer(fixture->package, fixture->snapshot->view,
                                              fixture->scratch, &given, &fixture->arena,
                                              &answer, &err),
               &err);
    return answer;
}

/* Of 40 reports that nobody has learnt, how many get exactly their labels? */
static unsigned n_exact(struct fixture *fixture)
{
    unsigned n = 0;
    publish(fixture);
    for (unsigned i = 0; i < 40; i++) {
        char lines[64];
        json_t *input = make_report(i % 8, 500000 + i, lines);
        struct hone_event event = stream_label(1, input, lines, "");
        event.output = answer_to(fixture, input).output;
        n += fixture->package->kind->is_right(fixture->package, &event) ? 1 : 0;
        json_decref(input);
    }
    return n;
}

static bool contains(struct hone_span text, const char *part)
{
    char *copy = hone_alloc_bytes(text.data, text.len);
    bool found = strstr(copy, part) != NULL;
    free(copy);
    return found;
}

static void the_package_chooses_the_kind(void **state)
{
    struct fixture *fixture = *state;
    assert_ptr_equal(fixture->package->kind, &hone_kind_classify_sets);
    assert_string_equal(fixture->package->kind->name, "classify");
    assert_true(fixture->package->multi_label);
    json_t *body = hone_package_event_body(fixture->package);
    assert_true(json_is_true(json_object_get(body, "multi_label")));
    json_decref(body);
}

static void learns_sets_and_answers_with_them(void **state)
{
    struct fixture *fixture = *state;
    unsigned before = n_exact(fixture);
    teach(fixture->trainer, 400);
    unsigned after = n_exact(fixture);
    assert_true(after >= 36 && after > before);
    assert_true(hone_trainer_memory_bytes(fixture->trainer) > 400 * 64);
    assert_true(hone_trainer_evidence(fixture->trainer)->sum_gain > 0.0);
    char lines[64];
    json_t *input = make_report(6, 600001, lines), *structured = NULL;
    struct hone_answer answer = answer_to(fixture, input);
    struct hone_error err = {0};
    support_ok(hone_json_parse(&structured, answer.structured, &err), &err);
    const json_t *labels = json_object_get(structured, "labels");
    assert_int_equal(json_array_size(labels), 2);
    double first =
        json_number_value(json_object_get(json_array_get(labels, 0), "confidence"));
    double last =
        json_number_value(json_object_get(json_array_get(labels, 1), "confidence"));
    assert_true(first >= last);
    support_near((double)answer.confidence, last, 1e-4);
    assert_true(contains(answer.output, "rain") && contains(answer.output, "snow"));
    assert_true(contains(answer.text, "rain (0.") || contains(answer.text, "rain (1."));
    json_decref(structured);
    json_decref(input);
    input = make_report(0, 1, lines);
    answer = answer_to(fixture, input);
    assert_int_equal(answer.output.len, 0);
    assert_true(contains(answer.text, "none of the labels"));
    assert_false(answer.abstained);
    json_decref(input);
}

static void the_answer_fits_the_output_schema(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_interface interface = {0};
    struct hone_schema *schema = NULL;
    struct hone_schema_fault fault;
    teach(fixture->trainer, 60);
    publish(fixture);
    support_ok(fixture->package->kind->make_interface(fixture->package, &interface, &err),
               &err);
    support_ok(hone_schema_compile(&schema, interface.output_schema, &err), &err);
    for (unsigned i = 0; i < 8; i++) {
        char lines[64];
        json_t *input = make_report(i, 700000, lines), *structured = NULL;
        support_ok(
            hone_json_parse(&structured, answer_to(fixture, input).structured, &err),
            &err);
        support_ok(hone_schema_check(schema, structured, &fault, &err), &err);
        json_decref(structured);
        json_decref(input);
    }
    hone_schema_destroy(schema);
    hone_kind_interface_finish(&interface);
}

static int check(struct fixture *fixture, struct hone_feedback feedback,
                 struct hone_error *err)
{
    *err = (struct hone_error){0};
    return fixture->package->kind->check_feedback(
        fixture->package, fixture->snapshot->view, &feedback, err);
}

static struct hone_feedback said(enum hone_feedback_kind kind, const char *value,
                                 double reward)
{
    return (struct hone_feedback){
        .kind = kind, .value = hone_span_text(value), .reward = reward, .weight = 1.0};
}

static void feedback_is_checked(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err;
    static const struct {
        enum hone_feedback_kind kind;
        const char *value;
        double reward;
        int code;
        const char *says;
    } cases[] = {
        {HONE_FEEDBACK_LABEL, "sun\nRAIN\n", 0.0, 0, ""},
        {HONE_FEEDBACK_LABEL, "sun\nsun\n", 0.0, 0, ""},
        {HONE_FEEDBACK_LABEL, "\n", 0.0, 0, ""},
        {HONE_FEEDBACK_LABEL, "snow", 0.0, 0, ""},
        {HONE_FEEDBACK_CORRECTION, "snow", 0.0, 0, ""},
        {HONE_FEEDBACK_REWARD, "", 0.5, 0, ""},
        {HONE_FEEDBACK_REWARD, "snow", 0.0, 0, ""},
        {HONE_FEEDBACK_LABEL, "", 0.0, HONE_E_INVALID, "missing"},
        {HONE_FEEDBACK_LABEL, "sun\nrein\n", 0.0, HONE_E_INVALID,
         "'rein' is not a label"},
        {HONE_FEEDBACK_REWARD, "rein", 0.0, HONE_E_INVALID, "'rein' is not a label"},
        {HONE_FEEDBACK_REWARD, "snow", 1.5, HONE_E_INVALID, "reward must be"},
        {HONE_FEEDBACK_REWARD, "snow", (double)NAN, HONE_E_INVALID, "reward must be"},
        {HONE_FEEDBACK_CHOICE, "snow", 0.0, HONE_E_INVALID, "sets of labels"},
        {HONE_FEEDBACK_ORDER, "snow\nsun", 0.0, HONE_E_INVALID, "sets of labels"},
        {HONE_FEEDBACK_VALUE, "1", 0.0, HONE_E_INVALID, "sets of labels"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int code =
            check(fixture, said(cases[i].kind, cases[i].value, cases[i].reward), &err);
        if (code != cases[i].code || strstr(err.message, cases[i].says) == NULL) {
            fail_msg("case %zu: %d \"%s\"", i, code, err.message);
        }
    }
    /* An open set takes new labels, as many as there is room for. */
    fixture->package->labels_open = true;
    fixture->package->labels_max = 5;
    assert_int_equal(
        check(fixture, said(HONE_FEEDBACK_LABEL, "sun\nfog\nhail\n", 0.0), &err), 0);
    assert_int_equal(
        check(fixture, said(HONE_FEEDBACK_LABEL, "wind\nfog\nhail\n", 0.0), &err),
        HONE_E_INVALID);
    assert_non_null(strstr(err.message, "no more than 5 labels are allowed"));
    assert_int_equal(check(fixture, said(HONE_FEEDBACK_REWARD, "fog", 0.0), &err),
                     HONE_E_INVALID);
}

static double probability_of(struct fixture *fixture, const json_t *input,
                             const char *label)
{
    struct hone_error err = {0};
    json_t *structured = NULL, *item = NULL;
    double p = 0.0;
    size_t i = 0;
    publish(fixture);
    support_ok(hone_json_parse(&structured, answer_to(fixture, input).structured, &err),
               &err);
    static const char *const lists[] = {"labels", "alternatives"};
    for (size_t list = 0; list < 2; list++) {
        json_array_foreach(json_object_get(structured, lists[list]), i, item)
        {
            if (strcmp(json_string_value(json_object_get(item, "label")), label) == 0) {
                p = json_number_value(json_object_get(item, "confidence"));
            }
        }
    }
    json_decref(structured);
    return p;
}

/* One label is right or wrong: nothing is said of the others. */
static void a_single_label_is_learnt_for_itself(void **state)
{
    struct fixture *fixture = *state;
    static const double no = 0.0, yes = 1.0;
    char lines[64];
    teach(fixture->trainer, 100);
    json_t *input = make_report(7, 800000, lines);
    double sun = probability_of(fixture, input, "sun");
    double rain = probability_of(fixture, input, "rain");
    for (int i = 0; i < 6; i++) {
        fold(fixture->trainer, input, "rain", "rain", &no);
    }
    assert_true(probability_of(fixture, input, "rain") < rain - 0.1);
    support_near(probability_of(fixture, input, "sun"), sun, 0.2);
    double low = probability_of(fixture, input, "rain");
    for (int i = 0; i < 6; i++) {
        fold(fixture->trainer, input, i % 2 == 0 ? "RAIN" : "rain", "sun", NULL);
    }
    assert_true(probability_of(fixture, input, "rain") > low + 0.1);
    /* The whole answer was right, then all wrong. */
    low = probability_of(fixture, input, "sun");
    for (int i = 0; i < 6; i++) {
        fold(fixture->trainer, input, "", "sun\nrain", &no);
    }
    assert_true(probability_of(fixture, input, "sun") < low);
    low = probability_of(fixture, input, "sun");
    for (int i = 0; i < 6; i++) {
        fold(fixture->trainer, input, "", "sun\nrain", &yes);
    }
    assert_true(probability_of(fixture, input, "sun") > low);
    json_decref(input);
}

static void what_says_nothing_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    static const double yes = 1.0;
    char lines[64];
    teach(fixture->trainer, 20);
    json_t *input = make_report(1, 3, lines);
    uint64_t n = hone_trainer_progress(fixture->trainer).n_learnt;
    fold(fixture->trainer, input, "fog\nhail\n", "sun", NULL); /* all gone */
    fold(fixture->trainer, input, "fog", "sun", NULL);
    fold(fixture->trainer, input, "", "", &yes); /* nothing was given */
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, n);
    fold(fixture->trainer, input, "sun\nfog\n", "sun", NULL); /* the rest counts */
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, n + 1);
    json_decref(input);
}

static void resume_is_exact_and_the_other_kind_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_trainer *loaded = NULL;
    char *version = hone_alloc_format("%s/version", fixture->folder);
    char *checkpoint = hone_alloc_format("%s/checkpoint", fixture->folder);
    (void)stream_save(fixture->trainer, HONE_TRAINER_ANCHOR, version);
    teach(fixture->trainer, 77);
    (void)stream_save(fixture->trainer, HONE_TRAINER_SERVED, checkpoint);
    support_ok(
        hone_trainer_load(&loaded, fixture->package, 1, 0, version, checkpoint, &err),
        &err);
    teach(fixture->trainer, 33);
    teach(loaded, 33);
    assert_true(hone_digest_equal(stream_digest(fixture->trainer, fixture->folder),
                                  stream_digest(loaded, fixture->folder)));
    hone_trainer_destroy(loaded);
    loaded = NULL;
    struct hone_package *single = stream_load_package("weather");
    assert_int_equal(hone_trainer_load(&loaded, single, 1, 0, version, NULL, &err),
                     HONE_E_INVALID);
    assert_non_null(strstr(err.message, "has learnt sets of labels"));
    hone_package_destroy(single);
    free(version);
    free(checkpoint);
}

/* The example learns from its reviews, each scored before it is learnt. */
static void the_example_learns_from_its_reviews(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    char *folder = support_source_path("examples/reviews");
    char *path = support_source_path("examples/reviews/data/reviews.jsonl");
    support_ok(hone_package_load(&package, folder, &err), &err);
    package->gate_min_pairs = 100000;
    struct hone_trainer *trainer = NULL;
    support_ok(hone_trainer_create(&trainer, package, &err), &err);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    json_error_t why;
    json_t *review = NULL;
    while ((review = json_loadf(file, JSON_DISABLE_EOF_CHECK, &why)) != NULL) {
        const json_t *labels = json_object_get(review, "labels");
        char lines[512] = "";
        for (size_t i = 0; i < json_array_size(labels); i++) {
            strcat(lines, json_string_value(json_array_get(labels, i)));
            strcat(lines, "\n");
        }
        fold(trainer, review, lines[0] != '\0' ? lines : "\n", "", NULL);
        json_decref(review);
    }
    assert_int_equal(fclose(file), 0);
    json_t *measured = hone_trainer_measure(trainer);
    const json_t *sets = json_object_get(measured, "sets");
    double f1 = json_number_value(json_object_get(sets, "f1"));
    assert_int_equal(hone_trainer_progress(trainer).n_learnt, 400);
    assert_true(f1 > 0.7);
    json_decref(measured);
    hone_trainer_destroy(trainer);
    hone_package_destroy(package);
    free(folder);
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_package_chooses_the_kind),
        TEST(learns_sets_and_answers_with_them),
        TEST(the_answer_fits_the_output_schema),
        TEST(feedback_is_checked),
        TEST(a_single_label_is_learnt_for_itself),
        TEST(what_says_nothing_changes_nothing),
        TEST(resume_is_exact_and_the_other_kind_is_refused),
        cmocka_unit_test(the_example_learns_from_its_reviews),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
