#include "tests/unit/skills/trainer_stream.h"

#include "base/file.h"
#include "schema/json.h"
#include "schema/schema.h"
#include "skills/kind.h"
#include "skills/package_event.h"
#include "skills/score_value.h"
#include "skills/trainer_internal.h"

#include <math.h>
#include <sys/stat.h>

static const char skill_md[] =
    "---\nname: hours\ndescription: Says how long work takes.\n---\n";

static const char manifest[] = "format: 1\n"
                               "kind: score\n"
                               "input:\n"
                               "  text: {type: string}\n"
                               "  files: {type: integer}\n"
                               "  team: {type: string, as: category, required: false}\n"
                               "  urgent: {type: boolean, required: false}\n"
                               "target: {min: 0, max: 100, unit: hours}\n"
                               "gate: {min_pairs: 30}\n";

/* A package in a folder of its own. */
struct world {
    char *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
    void *scratch;
    struct hone_arena arena;
};

static int load(struct hone_package **out, const char *folder, const char *yaml,
                struct hone_error *err)
{
    char *hours = hone_alloc_format("%s/hours", folder);
    (void)mkdir(hours, 0755); /* there already when it is written anew */
    support_write_file(hours, "SKILL.md", skill_md);
    support_write_file(hours, "skill.yaml", yaml);
    int code = hone_package_load(out, hours, err);
    free(hours);
    return code;
}

static struct world make_world(const char *yaml)
{
    struct hone_error err = {0};
    struct world world = {.folder = support_make_folder()};
    support_ok(load(&world.package, world.folder, yaml, &err), &err);
    support_ok(hone_trainer_create(&world.trainer, world.package, &err), &err);
    world.scratch = world.package->kind->make_scratch();
    hone_arena_init(&world.arena, 1 << 20);
    return world;
}

static void finish_world(struct world *world)
{
    hone_arena_finish(&world->arena);
    world->package->kind->destroy_scratch(world->scratch);
    hone_trainer_destroy(world->trainer);
    hone_package_destroy(world->package);
    support_remove_folder(world->folder);
    free(world->folder);
}

/* Work number n: 2 hours a file, 10 for a migration, 6 for team b, and a little noise. */
static json_t *make_work(uint64_t n, double *hours)
{
    struct hone_rng rng = hone_rng_at(31, n);
    int files = 1 + (int)hone_rng_below(&rng, 15);
    bool migrates = hone_rng_below(&rng, 3) == 0, is_b = hone_rng_below(&rng, 2) == 0;
    *hours = 2.0 * files + (migrates ? 10.0 : 0.0) + (is_b ? 6.0 : 0.0) +
             0.1 * (double)hone_rng_below(&rng, 20);
    return json_pack("{s:s, s:i, s:s}", "text",
                     migrates ? "a migration of the tables" : "a look at the page",
                     "files", files, "team", is_b ? "b" : "a");
}

static struct hone_event value_event(uint64_t position, const json_t *input,
                                     const char *value, const char *output)
{
    struct hone_event event = stream_label(position, input, value, output);
    event.feedback.kind = HONE_FEEDBACK_VALUE;
    return event;
}

/* The true hours of the work of the next position; wrong ones when asked for. */
static void teach(struct hone_trainer *trainer, bool wrong)
{
    char text[32];
    double hours = 0.0;
    uint64_t position = hone_trainer_position(trainer) + 1;
    json_t *input = make_work(position, &hours);
    (void)snprintf(text, sizeof(text), "%.17g", wrong ? 100.0 - hours : hours);
    struct hone_event event = value_event(position, input, text, "20");
    stream_fold(trainer, &event);
    json_decref(input);
}

static void teach_many(struct hone_trainer *trainer, int n)
{
    for (int i = 0; i < n; i++) {
        teach(trainer, false);
    }
}

/* Structured; json_decref gives it back. */
static json_t *ask(struct world *world, json_t *input, struct hone_answer *out)
{
    struct hone_error err = {0};
    json_t *structured = NULL;
    struct hone_call_input given = {.value = input};
    struct hone_snapshot *snapshot = hone_trainer_snapshot(world->trainer);
    support_ok(world->package->kind->answer(world->package, snapshot->view,
                                            world->scratch, &given, &world->arena, out,
                                            &err),
               &err);
    hone_snapshot_unref(snapshot);
    json_decref(input);
    support_ok(hone_json_parse(&structured, out->structured, &err), &err);
    return structured;
}

static double number_of(const json_t *structured, const char *key)
{
    return json_number_value(json_object_get(structured, key));
}

static void answers_with_value_interval_and_unit(void **state)
{
    (void)state;
    struct world world = make_world(manifest);
    struct hone_answer answer;
    struct hone_error err = {0};
    struct hone_interface interface = {0};
    struct hone_schema *schema = NULL;
    struct hone_schema_fault fault;
    double hours = 0.0;
    teach_many(world.trainer, 400);
    json_t *structured = ask(&world, make_work(9001, &hours), &answer);
    double value = number_of(structured, "value");
    support_near(value, hours, 3.0);
    assert_true(number_of(structured, "low") <= value);
    assert_true(number_of(structured, "high") >= value);
    support_near(number_of(structured, "coverage"), 0.9, 1e-9);
    assert_string_equal(json_string_value(json_object_get(structured, "unit")), "hours");
    assert_non_null(strstr(answer.text.data, " hours (90 % interval: "));
    double recorded = 0.0;
    support_ok(hone_score_value_parse(&recorded, answer.output, &err), &err);
    support_near(recorded, value, 0.0);
    assert_false(answer.abstained);
    support_ok(world.package->kind->make_interface(world.package, &interface, &err),
               &err);
    support_ok(hone_schema_compile(&schema, interface.output_schema, &err), &err);
    support_ok(hone_schema_check(schema, structured, &fault, &err), &err);
    hone_schema_destroy(schema);
    hone_kind_interface_finish(&interface);
    json_decref(structured);
    finish_world(&world);
}

static void says_that_it_knows_nothing_yet(void **state)
{
    (void)state;
    struct world world = make_world("format: 1\nkind: score\n");
    struct hone_answer answer;
    json_t *structured = ask(&world, json_pack("{s:s}", "text", "x"), &answer);
    assert_true(answer.abstained);
    assert_true(json_is_null(json_object_get(structured, "low")));
    assert_true(json_is_null(json_object_get(structured, "high")));
    assert_null(json_object_get(structured, "unit"));
    assert_int_equal(strncmp(answer.text.data, "not known yet", 13), 0);
    json_decref(structured);
    finish_world(&world);
}

static void fields_of_the_wrong_type_or_absent_are_no_trouble(void **state)
{
    (void)state;
    struct world world = make_world(manifest);
    teach_many(world.trainer, 50);
    json_t *inputs[] = {json_pack("{}"), json_pack("{s:s, s:i}", "files", "x", "team", 3),
                        json_pack("{s:I, s:n}", "files", INT64_MAX, "text"),
                        json_pack("{s:f, s:s}", "files", -1e300, "text", "")};
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct hone_answer answer;
        json_t *structured = ask(&world, inputs[i], &answer);
        double value = number_of(structured, "value");
        assert_true(value >= 0.0 && value <= 100.0);
        json_decref(structured);
    }
    finish_world(&world);
}

static int check(const struct world *world, enum hone_feedback_kind kind,
                 const char *value, struct hone_error *err)
{
    struct hone_feedback feedback = {
        .kind = kind, .value = hone_span_text(value), .weight = 1.0, .reward = 0.5};
    return world->package->kind->check_feedback(world->package, NULL, &feedback, err);
}

static void takes_numbers_in_range_and_nothing_else(void **state)
{
    (void)state;
    struct world world = make_world(manifest);
    struct hone_error err = {0};
    const char *const good[] = {"0", "100", "12.5", "-0", "1e1", " 7 ", "1.5E-3", "1e+1"};
    const char *const bad[] = {"",     "nan", "inf", "-Infinity", "0x10",  "12h",
                               "+5",   "1e",  ".5",  "5.",        "1e400", "01",
                               "-0.1", "101", "1,5", "1e300",     "--1",   "seven"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        support_ok(check(&world, HONE_FEEDBACK_VALUE, good[i], &err), &err);
        support_ok(check(&world, HONE_FEEDBACK_CORRECTION, good[i], &err), &err);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(check(&world, HONE_FEEDBACK_VALUE, bad[i], &err),
                         HONE_E_INVALID);
        assert_int_equal(check(&world, HONE_FEEDBACK_CORRECTION, bad[i], &err),
                         HONE_E_INVALID);
    }
    assert_int_equal(check(&world, HONE_FEEDBACK_VALUE, "101", &err), HONE_E_INVALID);
    assert_non_null(strstr(err.message, "0 to 100"));
    assert_int_equal(check(&world, HONE_FEEDBACK_LABEL, "12", &err), HONE_E_INVALID);
    assert_non_null(strstr(err.hint, "value"));
    assert_int_equal(check(&world, HONE_FEEDBACK_REWARD, "", &err), HONE_E_INVALID);
    finish_world(&world);
}

static void right_is_near_the_true_value(void **state)
{
    (void)state;
    struct hone_package package = {.target = {.min = 0.0, .max = 100.0, .coverage = 0.9}};
    assert_true(hone_score_value_is_right(&package, 50.0, 60.0));
    assert_false(hone_score_value_is_right(&package, 50.0, 60.5));
    package.target.tolerance = 1.0;
    assert_false(hone_score_value_is_right(&package, 50.0, 52.0));
    package.target = (struct hone_package_target){.min = -HONE_PACKAGE_TARGET_MAX,
                                                  .max = HONE_PACKAGE_TARGET_MAX};
    assert_true(hone_score_value_is_right(&package, 8.0, 10.0));
    assert_false(hone_score_value_is_right(&package, 7.9, 10.0));
}

static void a_promotion_keeps_what_was_learnt_and_a_rejection_takes_it_back(void **state)
{
    (void)state;
    struct world world = make_world(manifest);
    struct hone_gate_report report;
    uint64_t candidate = 0;
    teach_many(world.trainer, 30);
    assert_true(hone_trainer_due(world.trainer, &report, &candidate));
    assert_int_equal(report.verdict, HONE_GATE_PROMOTED);
    assert_true(report.mean_gain > 0.0);
    json_t *body = hone_trainer_verdict_body(&report, candidate, 2);
    struct hone_event gate = stream_gate(31, body);
    stream_fold(world.trainer, &gate);
    json_decref(body);
    assert_int_equal(hone_trainer_anchor_version(world.trainer), 2);
    /* From now on every other value is nonsense, and the true ones show what that does. */
    int n = 0;
    while (!hone_trainer_due(world.trainer, &report, &candidate)) {
        assert_true(n++ < 1000);
        teach(world.trainer, n % 2 == 0);
    }
    struct hone_trainer_progress before = hone_trainer_progress(world.trainer);
    assert_true(before.n_labelled > 30);
    body = hone_trainer_verdict_body(
        &(struct hone_gate_report){.verdict = HONE_GATE_REJECTED}, candidate, 0);
    uint64_t position = hone_trainer_position(world.trainer) + 1;
    gate = stream_gate(position, body);
    stream_fold(world.trainer, &gate);
    json_decref(body);
    struct hone_answer answer;
    double hours = 0.0;
    json_t *structured = ask(&world, make_work(9005, &hours), &answer);
    support_near(number_of(structured, "value"), hours, 12.0);
    assert_int_equal(hone_trainer_progress(world.trainer).n_learnt, 30);
    json_decref(structured);
    finish_world(&world);
}

static void counts_answers_that_were_right(void **state)
{
    (void)state;
    struct world world = make_world(manifest);
    double hours = 0.0;
    json_t *input = make_work(1, &hours);
    struct hone_event event = value_event(1, input, "29", "20");
    stream_fold(world.trainer, &event);
    event = value_event(2, input, "31", "20");
    stream_fold(world.trainer, &event);
    struct hone_trainer_progress progress = hone_trainer_progress(world.trainer);
    assert_int_equal(progress.n_labelled, 2);
    assert_int_equal(progress.n_right, 1);
    json_decref(input);
    finish_world(&world);
}

static void what_cannot_be_learnt_changes_nothing(void **state)
{
    (void)state;
    struct world world = make_world(manifest);
    double hours = 0.0;
    json_t *input = make_work(1, &hours);
    const char *const values[] = {"101", "abc", "-3"};
    for (uint64_t i = 0; i < 3; i++) {
        struct hone_error err = {0};
        const char *ignored = NULL;
        struct hone_event event = value_event(1 + i, input, values[i], "20");
        support_ok(hone_trainer_fold(world.trainer, &event, &ignored, &err), &err);
        assert_non_null(ignored);
    }
    struct hone_event comment = value_event(4, input, "", "20");
    comment.feedback.kind = HONE_FEEDBACK_COMMENT;
    stream_fold(world.trainer, &comment);
    struct hone_event label = stream_label(5, input, "12", "20");
    stream_fold(world.trainer, &label);
    assert_int_equal(hone_trainer_progress(world.trainer).n_learnt, 0);
    json_decref(input);
    finish_world(&world);
}

/* Resume. */

static void resume_from_a_checkpoint_is_exact(void **state)
{
    (void)state;
    struct world world = make_world(manifest);
    struct hone_error err = {0};
    char *version = hone_alloc_format("%s/v1", world.folder);
    char *checkpoint = hone_alloc_format("%s/checkpoint", world.folder);
    (void)stream_save(world.trainer, HONE_TRAINER_ANCHOR, version);
    teach_many(world.trainer, 17);
    (void)stream_save(world.trainer, HONE_TRAINER_SERVED, checkpoint);
    stream_check_head(checkpoint, world.trainer);
    teach_many(world.trainer, 12);
    struct hone_digest expected = stream_digest(world.trainer, world.folder);
    for (int i = 0; i < 2; i++) {
        struct hone_trainer *loaded = NULL;
        support_ok(hone_trainer_load(&loaded, world.package, 1, 0, version,
                                     i == 0 ? NULL : checkpoint, &err),
                   &err);
        teach_many(loaded, i == 0 ? 29 : 12);
        struct hone_digest resumed = stream_digest(loaded, world.folder);
        assert_true(hone_digest_equal(expected, resumed));
        hone_trainer_destroy(loaded);
    }
    free(version);
    free(checkpoint);
    finish_world(&world);
}

/* The package changes while an anchor with the old columns is still measured against. */
static void a_package_may_change_its_fields_and_bounds(void **state)
{
    (void)state;
    static const char changed[] = "format: 1\n"
                                  "kind: score\n"
                                  "input:\n"
                                  "  team: {type: string, as: category}\n"
                                  "  weight: {type: number, required: false}\n"
                                  "  files: {type: integer}\n"
                                  "target: {min: 0, max: 40}\n"
                                  "options: {coverage: 0.8, half_life: 100}\n"
                                  "gate: {min_pairs: 30}\n";
    struct world world = make_world(manifest);
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    teach_many(world.trainer, 20);
    char *path = hone_alloc_format("%s/checkpoint", world.folder);
    char *version = hone_alloc_format("%s/v1", world.folder);
    (void)stream_save(world.trainer, HONE_TRAINER_ANCHOR, version);
    (void)stream_save(world.trainer, HONE_TRAINER_SERVED, path);
    support_ok(load(&package, world.folder, changed, &err), &err);
    hone_trainer_destroy(world.trainer);
    hone_package_destroy(world.package);
    world.package = package;
    support_ok(hone_trainer_load(&world.trainer, package, 1, 0, version, path, &err),
               &err);
    assert_false(hone_trainer_fits_package(world.trainer));
    /* Calls are answered by the old columns before the change is folded. */
    struct hone_answer answer;
    double hours = 0.0;
    json_decref(ask(&world, make_work(9006, &hours), &answer));
    json_t *body = hone_package_event_body(package);
    struct hone_event event = {.position = 21, .kind = HONE_EVENT_PACKAGE, .body = body};
    stream_fold(world.trainer, &event);
    json_decref(body);
    assert_true(hone_trainer_fits_package(world.trainer));
    teach_many(world.trainer, 9);
    json_t *structured =
        ask(&world, json_pack("{s:s, s:i}", "team", "b", "files", 100), &answer);
    support_near(number_of(structured, "value"), 40.0, 0.0);
    support_near(number_of(structured, "coverage"), 0.8, 0.0);
    json_decref(structured);
    free(path);
    free(version);
    finish_world(&world);
}

/* Manifest. */

static void a_manifest_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *message;
    } bad[] = {
        {"format: 1\nkind: score\nlabels: [a, b]\n", "skill.yaml:3: 'labels'"},
        {"format: 1\nkind: score\noptions:\n  abstain_below: 0.5\n",
         "skill.yaml:4: 'abstain_below'"},
        {"format: 1\nkind: score\ntarget: {min: 5, max: 5}\n", "below its max"},
        {"format: 1\nkind: score\ntarget: {min: 1, mux: 5}\n", "skill.yaml:3"},
        {"format: 1\nkind: score\noptions: {coverage: 1.5}\n", "skill.yaml:3"},
        {"format: 1\nkind: score\ninput:\n  n: {type: number, as: category}\n",
         "skill.yaml:4: 'as: category'"},
        {"format: 1\nkind: classify\nlabels: [a, b]\ntarget: {max: 1}\n",
         "'target' is for score skills"},
        {"format: 1\nkind: classify\nlabels: [a, b]\noptions: {half_life: 20}\n",
         "'half_life' is for score skills"},
        {"format: 1\nkind: classify\nlabels: [a, b]\ninput:\n  t: {type: string, as: "
         "category}\n",
         "skill.yaml:5: 'as: category'"},
        {"format: 1\nkind: guide\ntarget: {max: 1}\n", "a guide skill has no 'target'"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct hone_error err = {0};
        struct hone_package *package = NULL;
        char *folder = support_make_folder();
        assert_int_equal(load(&package, folder, bad[i].yaml, &err), HONE_E_INVALID);
        if (strstr(err.message, bad[i].message) == NULL) {
            print_message("%zu: %s\n", i, err.message);
        }
        assert_non_null(strstr(err.message, bad[i].message));
        support_remove_folder(folder);
        free(folder);
    }
}

static void the_example_learns_from_its_items(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    char *folder = support_source_path("examples/effort");
    char *path = support_source_path("examples/effort/data/items.jsonl");
    support_ok(hone_package_load(&package, folder, &err), &err);
    struct hone_trainer *trainer = NULL;
    support_ok(hone_trainer_create(&trainer, package, &err), &err);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    json_error_t why;
    json_t *item = NULL;
    uint64_t n = 0;
    while ((item = json_loadf(file, JSON_DISABLE_EOF_CHECK, &why)) != NULL) {
        char value[32];
        (void)snprintf(value, sizeof(value), "%.17g",
                       json_number_value(json_object_get(item, "value")));
        struct hone_event event =
            value_event(++n, json_object_get(item, "input"), value, "10");
        stream_fold(trainer, &event);
        json_decref(item);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(n, 300);
    assert_int_equal(hone_trainer_progress(trainer).n_learnt, 300);
    assert_true(hone_trainer_evidence(trainer)->sum_gain > 0.0);
    hone_trainer_destroy(trainer);
    hone_package_destroy(package);
    free(folder);
    free(path);
}

/* Kinds share the first steps of their interfaces. */
static void kinds_show_the_icon_of_their_package(void **state)
{
    (void)state;
    static const char *const manifests[] = {
        "format: 1\nkind: score\nicon: icon.png\n",
        "format: 1\nkind: rank\nicon: icon.png\n",
        "format: 1\nkind: choose\nicon: icon.png\noptions: [a, b]\n",
        "format: 1\nkind: classify\nicon: icon.png\nlabels: [a, b]\n",
    };
    struct hone_error err = {0};
    char *folder = support_make_folder(), *from = support_source_path("examples/triage");
    char *source = hone_alloc_format("%s/icon.png", from), *bytes = NULL;
    char *target = hone_alloc_format("%s/hours/icon.png", folder);
    char *hours = hone_alloc_format("%s/hours", folder);
    size_t len = 0;
    support_ok(hone_file_read(&bytes, &len, source, 1 << 20, &err), &err);
    assert_int_equal(mkdir(hours, 0755), 0);
    support_ok(hone_file_write(target, hone_span_of(bytes, len), 0644, &err), &err);
    for (size_t i = 0; i < sizeof(manifests) / sizeof(manifests[0]); i++) {
        struct hone_package *package = NULL;
        struct hone_interface interface = {0};
        support_ok(load(&package, folder, manifests[i], &err), &err);
        support_ok(package->kind->make_interface(package, &interface, &err), &err);
        assert_ptr_equal(interface.icon, &package->icon);
        hone_kind_interface_finish(&interface);
        hone_package_destroy(package);
    }
    support_remove_folder(folder);
    free(hours);
    free(target);
    free(bytes);
    free(source);
    free(from);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_show_the_icon_of_their_package),
        cmocka_unit_test(answers_with_value_interval_and_unit),
        cmocka_unit_test(says_that_it_knows_nothing_yet),
        cmocka_unit_test(fields_of_the_wrong_type_or_absent_are_no_trouble),
        cmocka_unit_test(takes_numbers_in_range_and_nothing_else),
        cmocka_unit_test(right_is_near_the_true_value),
        cmocka_unit_test(a_promotion_keeps_what_was_learnt_and_a_rejection_takes_it_back),
        cmocka_unit_test(counts_answers_that_were_right),
        cmocka_unit_test(what_cannot_be_learnt_changes_nothing),
        cmocka_unit_test(resume_from_a_checkpoint_is_exact),
        cmocka_unit_test(a_package_may_change_its_fields_and_bounds),
        cmocka_unit_test(a_manifest_that_makes_no_sense_is_refused),
        cmocka_unit_test(the_example_learns_from_its_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
