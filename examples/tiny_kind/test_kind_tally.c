/* The kind under the real trainer: it learns, meets the gate, and goes on after a restart as
 * if there had been none. */
#include "tests/unit/skills/trainer_stream.h"

#include "skills/kind.h"
#include "skills/manifest_schema.h"
#include "skills/package_event.h"

#include <sys/stat.h>

#define N_EVENTS 90

struct world {
    char *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
};

static const char *const labels[] = {"thanks", "complaint", "question"};

static struct hone_package *load_package(const char *folder)
{
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    support_ok(hone_package_load(&package, folder, &err), &err);
    return package;
}

static int set_up(void **state)
{
    struct hone_error err = {0};
    struct world *world = hone_alloc_zeroed(1, sizeof(*world));
    char *tone = support_source_path("examples/tiny_kind/skills/tone");
    world->folder = support_make_folder();
    world->package = load_package(tone);
    support_ok(hone_trainer_create(&world->trainer, world->package, &err), &err);
    free(tone);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    hone_trainer_destroy(world->trainer);
    hone_package_destroy(world->package);
    support_remove_folder(world->folder);
    free(world->folder);
    free(world);
    return 0;
}

/* A message of label number `label`; words that no description has. New reference. */
static json_t *message(unsigned label, uint64_t n)
{
    static const char *const words[3][4] = {
        {"great", "lovely", "cheers", "perfect"},
        {"broken", "again", "useless", "refund"},
        {"could", "possible", "opening", "price"},
    };
    char text[64];
    (void)snprintf(text, sizeof(text), "%s the %s", words[label][n % 4],
                   words[label][n / 4 % 4]);
    return json_pack("{s:s}", "text", text);
}

static void teach(struct hone_trainer *trainer, unsigned label)
{
    uint64_t position = hone_trainer_position(trainer) + 1;
    json_t *input = message(label, position);
    struct hone_event event =
        stream_label(position, input, labels[label], labels[position % 3]);
    stream_fold(trainer, &event);
    json_decref(input);
}

static void teach_many(struct hone_trainer *trainer, int n)
{
    for (int i = 0; i < n; i++) {
        teach(trainer, (unsigned)hone_trainer_position(trainer) % 3);
    }
}

/* What the trainer's state answers: the label's number, and its confidence. */
static unsigned ask(const struct world *world, struct hone_trainer *trainer,
                    const char *text, double *confidence)
{
    struct hone_error err = {0};
    struct hone_arena arena;
    struct hone_answer answer;
    const struct hone_kind *kind = world->package->kind;
    void *scratch = kind->make_scratch();
    struct hone_snapshot *snapshot = hone_trainer_snapshot(trainer);
    json_t *arguments = json_pack("{s:s}", "text", text);
    struct hone_call_input given = {.value = arguments};
    unsigned label = 0;
    hone_arena_init(&arena, 1 << 16);
    support_ok(kind->answer(world->package, snapshot->view, scratch, &given, &arena,
                            &answer, &err),
               &err);
    while (label < 3 && !hone_span_is(answer.output, labels[label])) {
        label++;
    }
    *confidence = (double)answer.confidence;
    hone_arena_finish(&arena);
    json_decref(arguments);
    hone_snapshot_unref(snapshot);
    kind->destroy_scratch(scratch);
    return label;
}

static void a_package_may_name_the_kind(void **state)
{
    struct world *world = *state;
    char *schema = hone_manifest_schema_skill();
    assert_string_equal(world->package->kind->name, "tally");
    assert_ptr_equal(hone_kind_find(hone_span_text("tally")), world->package->kind);
    assert_non_null(strstr(schema, "\"tally\""));
    free(schema);
}

static void descriptions_are_known_from_the_start(void **state)
{
    struct world *world = *state;
    double confidence = 0.0;
    assert_int_equal(ask(world, world->trainer, "Thank you!", &confidence), 0);
    assert_int_equal(ask(world, world->trainer, "it does not work", &confidence), 1);
    assert_int_equal(ask(world, world->trainer, "how and when?", &confidence), 2);
}

static void labels_change_the_next_answer(void **state)
{
    struct world *world = *state;
    double before = 0.0, after = 0.0;
    (void)ask(world, world->trainer, "perfect", &before);
    assert_true(before < 0.5);
    teach_many(world->trainer, 12);
    assert_int_equal(ask(world, world->trainer, "perfect", &after), 0);
    assert_true(after > 0.5);
    assert_int_equal(ask(world, world->trainer, "useless", &after), 1);
    assert_int_equal(hone_trainer_progress(world->trainer).n_learnt, 12);
}

static void good_learning_becomes_a_version(void **state)
{
    struct world *world = *state;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    teach_many(world->trainer, N_EVENTS);
    assert_true(hone_trainer_due(world->trainer, &report, &candidate));
    assert_int_equal(report.verdict, HONE_GATE_PROMOTED);
}

static struct hone_trainer *load(const struct world *world, const char *version,
                                 const char *checkpoint)
{
    struct hone_error err = {0};
    struct hone_trainer *trainer = NULL;
    support_ok(
        hone_trainer_load(&trainer, world->package, 1, 0, version, checkpoint, &err),
        &err);
    return trainer;
}

/* At any point, from the first version's file and a checkpoint: the rest of the log leads to
 * the same bytes. */
static void a_restart_changes_nothing(void **state)
{
    struct world *world = *state;
    char *version = hone_alloc_format("%s/version", world->folder);
    char *checkpoint = hone_alloc_format("%s/checkpoint", world->folder);
    (void)stream_save(world->trainer, HONE_TRAINER_ANCHOR, version);
    for (int n = 0; n <= 28; n += 7) {
        struct hone_trainer *whole = load(world, version, NULL);
        struct hone_trainer *first = load(world, version, NULL);
        teach_many(whole, 28);
        teach_many(first, n);
        (void)stream_save(first, HONE_TRAINER_SERVED, checkpoint);
        hone_trainer_destroy(first);
        struct hone_trainer *second = load(world, version, checkpoint);
        teach_many(second, 28 - n);
        struct hone_digest expected = stream_digest(whole, world->folder);
        struct hone_digest got = stream_digest(second, world->folder);
        assert_memory_equal(&expected, &got, sizeof(got));
        hone_trainer_destroy(second);
        hone_trainer_destroy(whole);
    }
    free(checkpoint);
    free(version);
}

/* A package of the same name with other labels, in a folder of its own. */
static struct hone_package *load_changed(const struct world *world, const char *manifest)
{
    char *folder = hone_alloc_format("%s/tone", world->folder);
    assert_int_equal(mkdir(folder, 0755), 0);
    support_write_file(folder, "SKILL.md",
                       "---\nname: tone\ndescription: A tone.\n---\n");
    support_write_file(folder, "skill.yaml", manifest);
    struct hone_package *package = load_package(folder);
    free(folder);
    return package;
}

static void labels_that_stay_keep_what_they_learnt(void **state)
{
    struct world *world = *state;
    struct hone_error err = {0};
    struct hone_trainer *trainer = NULL;
    char *version = hone_alloc_format("%s/version", world->folder);
    (void)stream_save(world->trainer, HONE_TRAINER_ANCHOR, version);
    struct hone_package *changed = load_changed(
        world, "format: 1\nkind: tally\nlabels: [anger, complaint, question]\n");
    support_ok(hone_trainer_load(&trainer, changed, 1, 0, version, NULL, &err), &err);
    teach_many(trainer, 24);
    assert_false(hone_trainer_fits_package(trainer));
    json_t *body = hone_package_event_body(changed);
    struct hone_event event = {.position = 25, .kind = HONE_EVENT_PACKAGE, .body = body};
    stream_fold(trainer, &event);
    assert_true(hone_trainer_fits_package(trainer));
    struct world then = {.package = changed};
    double confidence = 0.0;
    assert_int_equal(ask(&then, trainer, "useless again", &confidence), 1);
    assert_int_equal(ask(&then, trainer, "anger", &confidence), 3);
    json_decref(body);
    hone_trainer_destroy(trainer);
    hone_package_destroy(changed);
    free(version);
}

static void refuses_what_it_cannot_learn(void **state)
{
    struct world *world = *state;
    struct hone_error err = {0};
    struct hone_snapshot *snapshot = hone_trainer_snapshot(world->trainer);
    struct hone_feedback feedback = {
        .kind = HONE_FEEDBACK_LABEL, .value = hone_span_text("anger"), .weight = 1.0};
    const struct hone_kind *kind = world->package->kind;
    assert_int_equal(
        kind->check_feedback(world->package, snapshot->view, &feedback, &err),
        HONE_E_INVALID);
    assert_non_null(strstr(err.message, "its own labels"));
    feedback.value = hone_span_text("Thanks");
    support_ok(kind->check_feedback(world->package, snapshot->view, &feedback, &err),
               &err);
    hone_snapshot_unref(snapshot);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_package_may_name_the_kind),   TEST(descriptions_are_known_from_the_start),
        TEST(labels_change_the_next_answer), TEST(good_learning_becomes_a_version),
        TEST(a_restart_changes_nothing),     TEST(labels_that_stay_keep_what_they_learnt),
        TEST(refuses_what_it_cannot_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
