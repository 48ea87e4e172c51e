/* Labels of a classify skill are renamed, removed and weighted while the skill lives. */
#include "tests/unit/skills/trainer_stream.h"

#include "base/file.h"
#include "skills/kind.h"
#include "skills/package_event.h"

#include <sys/stat.h>
#include <unistd.h>

#define N_BEFORE 60
#define HEAD     "---\nname: weather\ndescription: Says what a report speaks of.\n---\n"
#define YAML     "format: 1\nkind: classify\n"

/* A folder whose skill.yaml changes, and the trainer that goes on under each of its packages. */
struct fixture {
    char *root, *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
};

static struct hone_package *load_package(const struct fixture *fixture)
{
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    support_ok(hone_package_load(&package, fixture->folder, &err), &err);
    package->gate_min_pairs = 1000;
    return package;
}

static void write_manifest(const struct fixture *fixture, const char *labels)
{
    char *text = hone_alloc_format("%s%s", YAML, labels);
    char *path = hone_alloc_format("%s/skill.yaml", fixture->folder);
    (void)unlink(path);
    support_write_file(fixture->folder, "skill.yaml", text);
    free(path);
    free(text);
}

/* Teaches the three kinds of weather under the names of the stream. */
static struct fixture *make_fixture(const char *labels, unsigned n_taught)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->root = support_make_folder();
    fixture->folder = hone_alloc_format("%s/weather", fixture->root);
    assert_int_equal(mkdir(fixture->folder, 0755), 0);
    support_write_file(fixture->folder, "SKILL.md", HEAD);
    write_manifest(fixture, labels);
    fixture->package = load_package(fixture);
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    for (unsigned i = 0; i < n_taught; i++) {
        stream_teach(fixture->trainer, i % STREAM_N_LABELS);
    }
    return fixture;
}

static void destroy_fixture(struct fixture *fixture)
{
    hone_trainer_destroy(fixture->trainer);
    hone_package_destroy(fixture->package);
    support_remove_folder(fixture->root);
    free(fixture->folder);
    free(fixture->root);
    free(fixture);
}

/* The server is started again with other labels: the state is saved, loaded under the new
 * package and told of it. */
static void restart_with(struct fixture *fixture, const char *labels)
{
    struct hone_error err = {0};
    char *version = hone_alloc_format("%s/version", fixture->root);
    char *checkpoint = hone_alloc_format("%s/checkpoint", fixture->root);
    uint64_t at = hone_trainer_anchor_position(fixture->trainer);
    (void)stream_save(fixture->trainer, HONE_TRAINER_ANCHOR, version);
    (void)stream_save(fixture->trainer, HONE_TRAINER_SERVED, checkpoint);
    hone_trainer_destroy(fixture->trainer);
    hone_package_destroy(fixture->package);
    write_manifest(fixture, labels);
    fixture->package = load_package(fixture);
    support_ok(hone_trainer_load(&fixture->trainer, fixture->package, 1, at, version,
                                 checkpoint, &err),
               &err);
    assert_false(hone_trainer_fits_package(fixture->trainer));
    json_t *body = hone_package_event_body(fixture->package);
    struct hone_event event = {.position = hone_trainer_position(fixture->trainer) + 1,
                               .kind = HONE_EVENT_PACKAGE,
                               .body = body};
    stream_fold(fixture->trainer, &event);
    assert_true(hone_trainer_fits_package(fixture->trainer));
    json_decref(body);
    free(version);
    free(checkpoint);
}

/* What the skill answers to a report of this weather; to free(). */
static char *answer_to(const struct fixture *fixture, json_t *input)
{
    struct hone_error err = {0};
    const struct hone_kind *kind = fixture->package->kind;
    struct hone_snapshot *snapshot = hone_trainer_snapshot(fixture->trainer);
    struct hone_arena arena;
    struct hone_answer answer = {0};
    void *scratch = kind->make_scratch();
    hone_arena_init(&arena, 65536);
    struct hone_call_input given = {.value = input};
    support_ok(kind->answer(fixture->package, snapshot->view, scratch, &given, &arena,
                            &answer, &err),
               &err);
    char *label = hone_alloc_bytes(answer.output.data, answer.output.len);
    hone_arena_finish(&arena);
    kind->destroy_scratch(scratch);
    hone_snapshot_unref(snapshot);
    json_decref(input);
    return label;
}

static unsigned n_answered(const struct fixture *fixture, unsigned weather,
                           const char *label)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 20; i++) {
        char *answer = answer_to(fixture, stream_input(weather, 70000 + i));
        n += strcmp(answer, label) == 0 ? 1 : 0;
        free(answer);
    }
    return n;
}

static int check(const struct fixture *fixture, const char *label, struct hone_error *err)
{
    struct hone_snapshot *snapshot = hone_trainer_snapshot(fixture->trainer);
    struct hone_feedback feedback = {
        .kind = HONE_FEEDBACK_LABEL, .value = hone_span_text(label), .weight = 1.0};
    *err = (struct hone_error){0};
    int code = fixture->package->kind->check_feedback(fixture->package, snapshot->view,
                                                      &feedback, err);
    hone_snapshot_unref(snapshot);
    return code;
}

/* Folds feedback of a report of rain; what the trainer says of it, or NULL. */
static const char *fold_rain(const struct fixture *fixture, const char *label,
                             const char *output, double reward)
{
    struct hone_error err = {0};
    const char *ignored = NULL;
    uint64_t position = hone_trainer_position(fixture->trainer) + 1;
    json_t *input = stream_input(1, 40000 + position);
    struct hone_event event = stream_label(position, input, label, output);
    if (label == NULL) {
        event.feedback.kind = HONE_FEEDBACK_REWARD;
        event.feedback.reward = reward;
    }
    support_ok(hone_trainer_fold(fixture->trainer, &event, &ignored, &err), &err);
    json_decref(input);
    return ignored;
}

static void a_renamed_label_keeps_what_was_learnt(void **state)
{
    (void)state;
    struct hone_error err;
    struct fixture *fixture = make_fixture("labels: [sun, rain, snow]\n", N_BEFORE);
    assert_int_equal(n_answered(fixture, 1, "rain"), 20);
    restart_with(fixture, "labels: [sun, wet: {was: rain}, snow]\n");
    assert_int_equal(n_answered(fixture, 1, "wet"), 20);
    assert_int_equal(n_answered(fixture, 0, "sun"), 20);
    assert_int_equal(check(fixture, "rain", &err), 0);
    assert_int_equal(check(fixture, "Rain", &err), 0);
    assert_int_equal(check(fixture, "wet", &err), 0);
    /* Feedback on calls from before, and by people who do not know of it yet. */
    uint64_t n_right = hone_trainer_progress(fixture->trainer).n_right;
    assert_null(fold_rain(fixture, "rain", "rain", 0.0));
    assert_null(fold_rain(fixture, "wet", "rain", 0.0));
    assert_null(fold_rain(fixture, "rain", "wet", 0.0));
    assert_null(fold_rain(fixture, NULL, "rain", 1.0));
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_right, n_right + 3);
    assert_int_equal(n_answered(fixture, 1, "wet"), 20);
    /* The anchor is from before the change: the pairs are evidence all the same. */
    assert_int_equal(hone_trainer_evidence(fixture->trainer)->n_pairs, N_BEFORE + 4);
    destroy_fixture(fixture);
}

static void a_label_may_be_renamed_again_and_again(void **state)
{
    (void)state;
    struct hone_error err;
    struct fixture *fixture = make_fixture("labels: [sun, rain, snow]\n", N_BEFORE);
    restart_with(fixture, "labels: [sun, wet: {was: rain}, snow]\n");
    restart_with(fixture, "labels: [sun, umbrella: {was: [wet, rain]}, snow]\n");
    assert_int_equal(n_answered(fixture, 1, "umbrella"), 20);
    assert_int_equal(check(fixture, "rain", &err), 0);
    /* Back to the first name, which nothing else has now. */
    restart_with(fixture, "labels: [sun, rain: {was: umbrella}, snow]\n");
    assert_int_equal(n_answered(fixture, 1, "rain"), 20);
    destroy_fixture(fixture);
}

/* Without `was` a label of another name is another label; it may be given the old one's
 * knowledge later, and the two then change names. */
static void a_rename_may_be_declared_late(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("labels: [sun, rain, snow]\n", N_BEFORE);
    restart_with(fixture, "labels: [sun, snow]\n");
    restart_with(fixture, "labels: [sun, wet: {was: rain}, snow]\n");
    assert_int_equal(n_answered(fixture, 1, "wet"), 20);
    restart_with(fixture, "labels: [sun, snow]\n");
    restart_with(fixture, "labels: [wet, snow: {was: sun}]\n");
    assert_int_equal(n_answered(fixture, 1, "wet"), 20);
    destroy_fixture(fixture);
}

static void a_new_spelling_is_the_same_label(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture("labels: [sun, rain, snow]\n", N_BEFORE);
    restart_with(fixture, "labels: [Sun, RAIN, snow]\n");
    assert_int_equal(n_answered(fixture, 1, "RAIN"), 20);
    assert_int_equal(n_answered(fixture, 0, "Sun"), 20);
    destroy_fixture(fixture);
}

static void a_removed_label_is_refused_and_comes_back_as_it_was(void **state)
{
    (void)state;
    struct hone_error err;
    struct fixture *fixture = make_fixture("labels: [sun, rain, snow]\n", N_BEFORE);
    restart_with(fixture, "labels: [sun, raid, snow]\n");
    assert_int_equal(n_answered(fixture, 1, "rain"), 0);
    assert_int_equal(check(fixture, "rain", &err), HONE_E_INVALID);
    assert_string_equal(err.message,
                        "'rain' is not a label of weather; its labels: sun, snow, raid");
    assert_string_equal(err.hint, "did you mean 'raid'?");
    /* Given before the change was known, it is in the log; it changes nothing. */
    struct hone_digest before = stream_digest(fixture->trainer, fixture->root);
    uint64_t n_learnt = hone_trainer_progress(fixture->trainer).n_learnt;
    assert_non_null(fold_rain(fixture, "rain", "rain", 0.0));
    assert_non_null(fold_rain(fixture, NULL, "rain", 1.0));
    assert_int_equal(hone_trainer_progress(fixture->trainer).n_learnt, n_learnt);
    assert_false(
        hone_digest_equal(before, stream_digest(fixture->trainer, fixture->root)));
    restart_with(fixture, "labels: [sun, rain, snow]\n");
    assert_int_equal(n_answered(fixture, 1, "rain"), 20);
    destroy_fixture(fixture);
}

/* In an open set feedback may have brought the old name beside the new one. */
static void an_open_set_forgets_a_former_name(void **state)
{
    (void)state;
#define OPEN "options: {labels: open}\nlabels: "
    struct fixture *fixture = make_fixture(OPEN "[sun, wet, snow]\n", N_BEFORE);
    assert_int_equal(n_answered(fixture, 1, "rain"), 20);
    /* More was learnt of it than of the declared one. */
    restart_with(fixture, OPEN "[sun, wet: {was: rain}, snow]\n");
    assert_int_equal(n_answered(fixture, 1, "wet"), 20);
    assert_null(fold_rain(fixture, "rain", "wet", 0.0));
    assert_int_equal(n_answered(fixture, 1, "wet"), 20);
    /* And less: what the declared one knows stays. */
    assert_null(fold_rain(fixture, "drizle", "wet", 0.0));
    restart_with(fixture, OPEN "[sun, wet: {was: [drizle, rain]}, snow]\n");
    assert_int_equal(n_answered(fixture, 1, "wet"), 20);
    restart_with(fixture, OPEN "[sun, drops: {was: wet}]\n");
    assert_int_equal(n_answered(fixture, 1, "drops"), 20);
#undef OPEN
    destroy_fixture(fixture);
}

/* Two learners of the same log, one of which was saved and loaded on the way. */
static void resume_after_a_rename_is_exact(void **state)
{
    (void)state;
    static const char labels[] = "labels: [sun, wet: {was: rain, weight: 2}, snow]\n";
    struct fixture *a = make_fixture("labels: [sun, rain, snow]\n", N_BEFORE);
    struct fixture *b = make_fixture("labels: [sun, rain, snow]\n", N_BEFORE);
    restart_with(a, labels);
    json_t *body = hone_package_event_body(a->package);
    struct hone_event event = {
        .position = N_BEFORE + 1, .kind = HONE_EVENT_PACKAGE, .body = body};
    stream_fold(b->trainer, &event);
    for (int i = 0; i < 5; i++) {
        assert_null(fold_rain(a, "wet", "sun", 0.0));
        assert_null(fold_rain(b, "wet", "sun", 0.0));
    }
    assert_true(hone_digest_equal(stream_digest(a->trainer, a->root),
                                  stream_digest(b->trainer, b->root)));
    json_decref(body);
    destroy_fixture(a);
    destroy_fixture(b);
}

/* The same reports are said to be sun and rain in turn: the answer is the heavier one. */
static char *answer_in_doubt(const char *labels)
{
    struct fixture *fixture = make_fixture(labels, 0);
    for (unsigned i = 0; i < 40; i++) {
        json_t *input = stream_input(2, 500);
        struct hone_event event =
            stream_label(i + 1, input, i % 2 == 0 ? "rain" : "sun", "sun");
        stream_fold(fixture->trainer, &event);
        json_decref(input);
    }
    char *answer = answer_to(fixture, stream_input(2, 500));
    destroy_fixture(fixture);
    return answer;
}

static void a_label_weighs_what_the_package_says(void **state)
{
    (void)state;
    char *rain = answer_in_doubt("labels: [sun, rain: {weight: 5}, snow]\n");
    char *sun = answer_in_doubt("labels: [sun: {weight: 5}, rain, snow]\n");
    assert_string_equal(rain, "rain");
    assert_string_equal(sun, "sun");
    free(rain);
    free(sun);
    struct fixture *plain = make_fixture("labels: [sun, rain, snow]\n", N_BEFORE);
    struct fixture *ones =
        make_fixture("labels: [sun: {weight: 1}, rain, snow: {weight: 1}]\n", N_BEFORE);
    double evidence = hone_trainer_evidence(plain->trainer)->sum_gain;
    support_near(hone_trainer_evidence(ones->trainer)->sum_gain, evidence, 0.0);
    destroy_fixture(plain);
    destroy_fixture(ones);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_renamed_label_keeps_what_was_learnt),
        cmocka_unit_test(a_label_may_be_renamed_again_and_again),
        cmocka_unit_test(a_rename_may_be_declared_late),
        cmocka_unit_test(a_new_spelling_is_the_same_label),
        cmocka_unit_test(a_removed_label_is_refused_and_comes_back_as_it_was),
        cmocka_unit_test(an_open_set_forgets_a_former_name),
        cmocka_unit_test(resume_after_a_rename_is_exact),
        cmocka_unit_test(a_label_weighs_what_the_package_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
