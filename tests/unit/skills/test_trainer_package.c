/* A package may change while its skill lives: events from before the change are folded under the
 * definition that was in force when they came, wherever the fold begins. */
#include "tests/unit/skills/trainer_stream.h"

#include "skills/kind.h"
#include "skills/package_event.h"

#define N_BEFORE    30 /* labels before the package changes */
#define N_AFTER     15
#define NEVER_PAIRS 1000 /* so that no verdict comes in between */

struct fixture {
    char *folder;
    char *version_path, *checkpoint_path; /* version 1, and N_BEFORE labels later */
    struct hone_package *package;         /* as the folder is today */
    struct hone_package *former;          /* as it was at first */
    const char *field;                    /* of the input, today */
    struct hone_trainer *trainer;         /* never stopped */
};

static void teach(struct hone_trainer *trainer, const char *field, uint64_t n)
{
    unsigned label = (unsigned)(n % STREAM_N_LABELS);
    json_t *report = stream_input(label, n);
    json_t *input = json_pack("{s:O}", field, json_object_get(report, "text"));
    struct hone_event event =
        stream_label(n, input, stream_labels[label], stream_labels[label]);
    stream_fold(trainer, &event);
    json_decref(input);
    json_decref(report);
}

static void teach_all(struct hone_trainer *trainer, const char *field, uint64_t first,
                      uint64_t last)
{
    for (uint64_t n = first; n <= last; n++) {
        teach(trainer, field, n);
    }
}

static int set_up_with(void **state, const char *name)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->folder = support_make_folder();
    fixture->version_path = hone_alloc_format("%s/version", fixture->folder);
    fixture->checkpoint_path = hone_alloc_format("%s/checkpoint", fixture->folder);
    fixture->package = stream_load_package(name);
    fixture->former = stream_load_package(name);
    fixture->package->gate_min_pairs = NEVER_PAIRS;
    fixture->field = "text";
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    (void)stream_save(fixture->trainer, HONE_TRAINER_ANCHOR, fixture->version_path);
    teach_all(fixture->trainer, "text", 1, N_BEFORE);
    (void)stream_save(fixture->trainer, HONE_TRAINER_SERVED, fixture->checkpoint_path);
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
    hone_package_destroy(fixture->former);
    support_remove_folder(fixture->folder);
    free(fixture->version_path);
    free(fixture->checkpoint_path);
    free(fixture->folder);
    free(fixture);
    return 0;
}

/* A trainer of the package of today, from version 1 and perhaps the checkpoint. */
static struct hone_trainer *load(const struct fixture *fixture, bool with_checkpoint)
{
    struct hone_error err = {0};
    struct hone_trainer *trainer = NULL;
    support_ok(hone_trainer_load(&trainer, fixture->package, 1, 0, fixture->version_path,
                                 with_checkpoint ? fixture->checkpoint_path : NULL, &err),
               &err);
    return trainer;
}

static void fold_package_event(const struct fixture *fixture,
                               struct hone_trainer *trainer)
{
    json_t *body = hone_package_event_body(fixture->package);
    struct hone_event event = {.position = hone_trainer_position(trainer) + 1,
                               .kind = HONE_EVENT_PACKAGE,
                               .body = body};
    stream_fold(trainer, &event);
    json_decref(body);
}

/* Asked as before the change: a field's name is part of what is learnt of its words. */
static unsigned n_right_of_30(const struct fixture *fixture, struct hone_trainer *trainer)
{
    const struct hone_kind *kind = fixture->former->kind;
    struct hone_snapshot *snapshot = hone_trainer_snapshot(trainer);
    void *scratch = kind->make_scratch();
    unsigned n_right = 0;
    for (unsigned i = 0; i < 30; i++) {
        struct hone_error err = {0};
        struct hone_arena arena;
        struct hone_answer answer = {0};
        unsigned label = i % STREAM_N_LABELS;
        json_t *input = stream_input(label, 100000 + i);
        struct hone_call_input given = {.value = input};
        hone_arena_init(&arena, 65536);
        support_ok(kind->answer(fixture->former, snapshot->view, scratch, &given, &arena,
                                &answer, &err),
                   &err);
        n_right += hone_span_is(answer.output, stream_labels[label]) ? 1 : 0;
        json_decref(input);
        hone_arena_finish(&arena);
    }
    kind->destroy_scratch(scratch);
    hone_snapshot_unref(snapshot);
    return n_right;
}

static void assert_same(const struct fixture *fixture, struct hone_trainer *a,
                        struct hone_trainer *b)
{
    assert_true(hone_digest_equal(stream_digest(a, fixture->folder),
                                  stream_digest(b, fixture->folder)));
}

/* The package has just changed. What was learnt must be there in a trainer that folds the log
 * again, in one that goes on from the checkpoint and in one that never stopped; and stay so. */
static void check_nothing_is_lost(const struct fixture *fixture)
{
    struct hone_trainer *refolded = load(fixture, false);
    struct hone_trainer *resumed = load(fixture, true);
    struct hone_trainer *trainers[] = {refolded, resumed, fixture->trainer};
    teach_all(refolded, "text", 1, N_BEFORE);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(N_BEFORE, hone_trainer_progress(trainers[i]).n_labelled);
        assert_int_equal(N_BEFORE, hone_trainer_progress(trainers[i]).n_learnt);
        assert_false(hone_trainer_fits_package(trainers[i]));
        assert_same(fixture, trainers[i], fixture->trainer);
    }
    for (size_t i = 0; i < 3; i++) {
        fold_package_event(fixture, trainers[i]);
        assert_true(hone_trainer_fits_package(trainers[i]));
        assert_true(n_right_of_30(fixture, trainers[i]) >= 27);
        teach_all(trainers[i], fixture->field, N_BEFORE + 2, N_BEFORE + 1 + N_AFTER);
        assert_int_equal(N_BEFORE + N_AFTER,
                         hone_trainer_progress(trainers[i]).n_labelled);
    }
    assert_same(fixture, refolded, fixture->trainer);
    assert_same(fixture, resumed, fixture->trainer);
    hone_trainer_destroy(refolded);
    hone_trainer_destroy(resumed);
}

static void what_was_learnt_stays_when_a_field_is_renamed(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->package->fields[0].name);
    fixture->package->fields[0].name = hone_alloc_text("message");
    fixture->field = "message";
    check_nothing_is_lost(fixture);
}

static void what_was_learnt_stays_when_open_labels_are_closed(void **state)
{
    struct fixture *fixture = *state;
    struct hone_package *package = fixture->package;
    assert_int_equal(0, package->n_labels);
    free(package->labels);
    package->labels = hone_alloc_zeroed(STREAM_N_LABELS, sizeof(package->labels[0]));
    for (unsigned i = 0; i < STREAM_N_LABELS; i++) {
        package->labels[i].name = hone_alloc_text(stream_labels[i]);
        package->labels[i].description = hone_alloc_text("");
    }
    package->n_labels = STREAM_N_LABELS;
    package->labels_open = false;
    check_nothing_is_lost(fixture);
}

/* A version keeps the definition that it was made under. */
static void a_version_from_after_the_change_needs_no_event(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->package->fields[0].name);
    fixture->package->fields[0].name = hone_alloc_text("message");
    struct hone_trainer *trainer = load(fixture, true);
    fold_package_event(fixture, trainer);
    (void)stream_save(trainer, HONE_TRAINER_SERVED, fixture->checkpoint_path);
    hone_trainer_destroy(trainer);
    trainer = load(fixture, true);
    assert_true(hone_trainer_fits_package(trainer));
    hone_trainer_destroy(trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_learnt_stays_when_a_field_is_renamed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_learnt_stays_when_open_labels_are_closed,
                                        set_up_open, tear_down),
        cmocka_unit_test_setup_teardown(a_version_from_after_the_change_needs_no_event,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
