#include "tests/unit/skills/trainer_stream.h"

#include "base/file.h"
#include "schema/json.h"
#include "schema/schema.h"
#include "skills/choose_learner.h"
#include "skills/choose_view.h"
#include "skills/kind.h"
#include "skills/package_event.h"

#include <math.h>
#include <sys/stat.h>

#define HEAD "---\nname: demo\ndescription: Picks one.\n---\n"
#define BASE                                                                             \
    "format: 1\nkind: choose\ngate: {min_pairs: 1000000}\noptions:\n"                    \
    "  - {id: red, description: first}\n  - {id: green}\n  - blue\n"

struct fixture {
    char *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
    struct hone_snapshot *snapshot;
    void *scratch;
    struct hone_arena arena;
};

static int load_text(struct hone_package **out, const char *folder, const char *manifest,
                     struct hone_error *err)
{
    char *path = hone_alloc_format("%s/demo", folder);
    (void)mkdir(path, 0755);
    support_write_file(path, "SKILL.md", HEAD);
    support_write_file(path, "skill.yaml", manifest);
    int code = hone_package_load(out, path, err);
    free(path);
    return code;
}

static struct hone_package *load_package(const char *folder, const char *manifest)
{
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    support_ok(load_text(&package, folder, manifest, &err), &err);
    return package;
}

static struct fixture *make_fixture(const char *manifest)
{
    struct hone_error err = {0};
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->folder = support_make_folder();
    fixture->package = load_package(fixture->folder, manifest);
    support_ok(hone_trainer_create(&fixture->trainer, fixture->package, &err), &err);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
    fixture->scratch = fixture->package->kind->make_scratch();
    hone_arena_init(&fixture->arena, 1 << 24);
    return fixture;
}

static void destroy_fixture(struct fixture *fixture)
{
    hone_arena_finish(&fixture->arena);
    fixture->package->kind->destroy_scratch(fixture->scratch);
    hone_snapshot_unref(fixture->snapshot);
    hone_trainer_destroy(fixture->trainer);
    hone_package_destroy(fixture->package);
    support_remove_folder(fixture->folder);
    free(fixture->folder);
    free(fixture);
}

static void publish(struct fixture *fixture)
{
    hone_snapshot_unref(fixture->snapshot);
    fixture->snapshot = hone_trainer_snapshot(fixture->trainer);
}

static int try_answer(struct fixture *fixture, const json_t *arguments, uint64_t draw,
                      struct hone_answer *out, struct hone_error *err)
{
    *out = (struct hone_answer){.draw = draw};
    struct hone_call_input given = {.value = arguments};
    return fixture->package->kind->answer(fixture->package, fixture->snapshot->view,
                                          fixture->scratch, &given, &fixture->arena, out,
                                          err);
}

static struct hone_answer answer_to(struct fixture *fixture, unsigned weather,
                                    uint64_t draw)
{
    struct hone_error err = {0};
    struct hone_answer answer;
    json_t *arguments = stream_input(weather, draw);
    support_ok(try_answer(fixture, arguments, draw, &answer, &err), &err);
    json_decref(arguments);
    return answer;
}

static struct hone_event reward_event(uint64_t position, const json_t *input,
                                      const char *option, double reward)
{
    struct hone_event event = stream_label(position, input, "", option);
    event.feedback.kind = HONE_FEEDBACK_REWARD;
    event.feedback.reward = reward;
    return event;
}

static void reward(struct hone_trainer *trainer, unsigned weather, const char *option,
                   double value)
{
    uint64_t position = hone_trainer_position(trainer) + 1;
    json_t *input = stream_input(weather, position);
    struct hone_event event = reward_event(position, input, option, value);
    stream_fold(trainer, &event);
    json_decref(input);
}

static const char *const options[3] = {"red", "green", "blue"};

/* Weather w is for option w: 1 there, 0 elsewhere, all options in turn. */
static void teach(struct hone_trainer *trainer, unsigned n, double low, double high)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned weather = i % 3, option = i / 3 % 3;
        reward(trainer, weather, options[option], weather == option ? high : low);
    }
}

static double share_right(struct fixture *fixture, unsigned n)
{
    unsigned n_right = 0;
    for (unsigned i = 0; i < n; i++) {
        struct hone_answer answer = answer_to(fixture, i % 3, 50000 + i);
        n_right += hone_span_is(answer.output, options[i % 3]) ? 1 : 0;
    }
    return (double)n_right / n;
}

static void learns_which_option_suits_which_context(void **state)
{
    (void)state;
    static const char *const policies[] = {"squarecb", "epsilon", "greedy", "none",
                                           "thompson"};
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture(BASE);
    assert_true(share_right(fixture, 150) < 0.6);
    teach(fixture->trainer, 300, 0.0, 1.0);
    publish(fixture);
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        support_ok(hone_bandit_config_parse(&fixture->package->choose.explore,
                                            hone_span_text(policies[i]), &err),
                   &err);
        double share = share_right(fixture, 150);
        if (share < 0.75) {
            fail_msg("%s: %.3f", policies[i], share);
        }
    }
    destroy_fixture(fixture);
}

static void an_answer_says_option_propensity_and_estimates(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture(BASE "reward: {min: -10, max: 10}\n");
    teach(fixture->trainer, 450, -10.0, 10.0);
    publish(fixture);
    struct hone_answer answer = answer_to(fixture, 1, 7);
    struct hone_answer again = answer_to(fixture, 1, 7);
    assert_true(hone_span_equal(answer.text, again.text));
    assert_true(hone_span_is(answer.output, "green"));
    json_t *structured = NULL;
    support_ok(hone_json_parse(&structured, answer.structured, &err), &err);
    struct hone_interface interface = {0};
    struct hone_schema *schema = NULL;
    struct hone_schema_fault fault;
    support_ok(fixture->package->kind->make_interface(fixture->package, &interface, &err),
               &err);
    support_ok(hone_schema_compile(&schema, interface.output_schema, &err), &err);
    support_ok(hone_schema_check(schema, structured, &fault, &err), &err);
    double propensity = json_number_value(json_object_get(structured, "propensity"));
    assert_true(propensity == (double)answer.propensity);
    assert_true(propensity > 0.5 && propensity < 1.0);
    const json_t *estimates = json_object_get(structured, "estimates");
    assert_int_equal(json_array_size(estimates), 3);
    const json_t *first = json_array_get(estimates, 0);
    assert_true(hone_span_is(hone_json_text(first, "option"), "green"));
    double expected = json_number_value(json_object_get(first, "reward"));
    assert_true(expected > 2.0 && expected <= 10.0);
    assert_int_equal(strncmp(answer.text.data, "green (expected reward ", 23), 0);
    hone_schema_destroy(schema);
    hone_kind_interface_finish(&interface);
    json_decref(structured);
    destroy_fixture(fixture);
}

static void options_come_as_often_as_their_propensity_says(void **state)
{
    (void)state;
    struct fixture *fixture =
        make_fixture(BASE "explore: {policy: squarecb, gamma: 0.2}\n");
    teach(fixture->trainer, 90, 0.0, 1.0);
    publish(fixture);
    struct hone_error err = {0};
    struct hone_answer answer;
    json_t *arguments = stream_input(0, 1);
    unsigned n = 3000, counts[3] = {0};
    double propensities[3] = {0};
    for (unsigned i = 0; i < n; i++) {
        support_ok(try_answer(fixture, arguments, i, &answer, &err), &err);
        for (size_t k = 0; k < 3; k++) {
            if (hone_span_is(answer.output, options[k])) {
                counts[k]++;
                propensities[k] = (double)answer.propensity;
            }
        }
    }
    support_near(propensities[0] + propensities[1] + propensities[2], 1.0, 1e-12);
    for (size_t k = 0; k < 3; k++) {
        double p = propensities[k];
        support_near((double)counts[k] / n, p, 5.0 * sqrt(p * (1.0 - p) / n));
    }
    json_decref(arguments);
    destroy_fixture(fixture);
}

static void of_equals_the_cheaper_is_better(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture(
        "format: 1\nkind: choose\ngate: {min_pairs: 1000000}\noptions:\n"
        "  - {id: red, cost: 3}\n  - {id: green, cost: 1}\n  - {id: blue, cost: 2}\n"
        "reward: {min: 0, max: 10, cost_weight: 2}\nexplore: {policy: none}\n");
    for (unsigned i = 0; i < 120; i++) {
        reward(fixture->trainer, i % 3, options[i / 3 % 3], 8.0);
    }
    publish(fixture);
    assert_true(hone_span_is(answer_to(fixture, 0, 1).output, "green"));
    /* A reward that outweighs the cost. */
    for (unsigned i = 0; i < 300; i++) {
        reward(fixture->trainer, i % 3, options[i / 3 % 3], i / 3 % 3 == 0 ? 10.0 : 2.0);
    }
    publish(fixture);
    assert_true(hone_span_is(answer_to(fixture, 0, 2).output, "red"));
    destroy_fixture(fixture);
}

static void a_sole_option_is_always_the_answer(void **state)
{
    (void)state;
    static const char *const policies[] = {"squarecb", "thompson", "uniform", "greedy"};
    for (size_t i = 0; i < 4; i++) {
        char *manifest = hone_alloc_format(
            "format: 1\nkind: choose\noptions: [only]\nexplore: {policy: %s}\n",
            policies[i]);
        struct fixture *fixture = make_fixture(manifest);
        reward(fixture->trainer, 0, "only", 0.0);
        publish(fixture);
        struct hone_answer answer = answer_to(fixture, 0, i);
        assert_true(hone_span_is(answer.output, "only"));
        support_near((double)answer.propensity, 1.0, 0.0);
        destroy_fixture(fixture);
        free(manifest);
    }
}

static struct hone_trainer_progress fold_and_count(struct fixture *fixture,
                                                   struct hone_event event)
{
    event.position = hone_trainer_position(fixture->trainer) + 1;
    stream_fold(fixture->trainer, &event);
    return hone_trainer_progress(fixture->trainer);
}

static void feedback_that_says_nothing_of_an_option_changes_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture(BASE);
    json_t *input = stream_input(0, 1);
    struct hone_event gone = reward_event(1, input, "violet", 1.0);
    assert_int_equal(fold_and_count(fixture, gone).n_learnt, 0);
    struct hone_event comment = stream_label(1, input, "", "red");
    comment.feedback.kind = HONE_FEEDBACK_COMMENT;
    comment.feedback.comment = hone_span_text("well done");
    assert_int_equal(fold_and_count(fixture, comment).n_learnt, 0);
    struct hone_event better = stream_label(1, input, "Green", "red");
    assert_int_equal(fold_and_count(fixture, better).n_learnt, 1);
    /* Outside of today's range, which may have been another when it was given. */
    struct hone_event huge = reward_event(1, input, "red", 1e300);
    assert_int_equal(fold_and_count(fixture, huge).n_learnt, 2);
    json_decref(input);
    destroy_fixture(fixture);
}

static void refuses_feedback_that_cannot_be_meant(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture(BASE "reward: {min: -1, max: 5}\n");
    const struct {
        struct hone_feedback feedback;
        const char *message;
    } cases[] = {
        {{.kind = HONE_FEEDBACK_REWARD, .reward = 5.1, .weight = 1}, "from -1 to 5"},
        {{.kind = HONE_FEEDBACK_REWARD, .reward = 1e300, .weight = 1}, "from -1 to 5"},
        {{.kind = HONE_FEEDBACK_REWARD, .reward = (double)NAN, .weight = 1}, "got "},
        {{.kind = HONE_FEEDBACK_REWARD, .reward = 1, .weight = 0}, "weight"},
        {{.kind = HONE_FEEDBACK_REWARD, .reward = 1, .weight = (double)NAN}, "weight"},
        {{.kind = HONE_FEEDBACK_LABEL, .value = hone_span_text("gren"), .weight = 1},
         "'gren' is not one of the 3 options of demo"},
        {{.kind = HONE_FEEDBACK_COMMENT, .weight = 1}, "comment is missing"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hone_error err = {0};
        int code = fixture->package->kind->check_feedback(
            fixture->package, fixture->snapshot->view, &cases[i].feedback, &err);
        assert_int_equal(code, HONE_E_INVALID);
        if (strstr(err.message, cases[i].message) == NULL) {
            fail_msg("case %zu: %s", i, err.message);
        }
    }
    struct hone_error err = {0};
    struct hone_feedback good = {
        .kind = HONE_FEEDBACK_REWARD, .reward = -1.0, .weight = 1.0};
    support_ok(fixture->package->kind->check_feedback(
                   fixture->package, fixture->snapshot->view, &good, &err),
               &err);
    destroy_fixture(fixture);
}

#define APPRENTICE BASE "mode: apprentice\n"

static void an_apprentice_gives_the_default(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_answer answer;
    struct fixture *fixture = make_fixture(APPRENTICE "default: blue\n");
    teach(fixture->trainer, 45, 0.0, 1.0);
    publish(fixture);
    answer = answer_to(fixture, 0, 1);
    assert_true(hone_span_is(answer.output, "blue"));
    support_near((double)answer.propensity, 1.0, 0.0);
    json_t *named = json_pack("{s:s,s:s}", "text", "wet", "default_option", "GREEN");
    support_ok(try_answer(fixture, named, 1, &answer, &err), &err);
    assert_true(hone_span_is(answer.output, "green"));
    json_object_set_new(named, "default_option", json_string("gren"));
    assert_int_equal(try_answer(fixture, named, 1, &answer, &err), HONE_E_INVALID);
    assert_non_null(strstr(err.hint, "green"));
    json_decref(named);
    destroy_fixture(fixture);
}

static void an_apprentice_without_a_default_wants_one(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture(APPRENTICE);
    struct hone_interface interface = {0};
    support_ok(fixture->package->kind->make_interface(fixture->package, &interface, &err),
               &err);
    const json_t *required = json_object_get(interface.input_schema, "required");
    assert_int_equal(json_array_size(required), 2);
    assert_string_equal(json_string_value(json_array_get(required, 1)), "default_option");
    hone_kind_interface_finish(&interface);
    destroy_fixture(fixture);
}

static json_t *gain_of(struct fixture *fixture)
{
    publish(fixture);
    json_t *details =
        fixture->package->kind->describe(fixture->package, fixture->snapshot->view);
    json_t *gain = json_incref(json_object_get(details, "gain"));
    json_decref(details);
    return gain;
}

/* Callers that choose without looking earn a third; the best they could is 1. */
static void an_apprentice_says_when_it_would_do_better(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture(APPRENTICE "reward: {min: 0, max: 10}\n");
    json_t *gain = gain_of(fixture);
    assert_true(json_is_false(json_object_get(gain, "is_better")));
    json_decref(gain);
    teach(fixture->trainer, 450, 0.0, 10.0);
    gain = gain_of(fixture);
    assert_true(json_is_true(json_object_get(gain, "is_better")));
    double low = json_number_value(json_object_get(gain, "low"));
    double high = json_number_value(json_object_get(gain, "high"));
    assert_true(low > 1.0 && low < high && high < 10.0);
    json_decref(gain);
    destroy_fixture(fixture);
}

/* A caller who already does the right thing, and one who never tries anything else. */
static void an_apprentice_does_not_boast(void **state)
{
    (void)state;
    struct fixture *fixture = make_fixture(APPRENTICE);
    for (unsigned i = 0; i < 300; i++) {
        reward(fixture->trainer, i % 3, options[i % 3], 1.0);
    }
    json_t *gain = gain_of(fixture);
    assert_true(json_is_false(json_object_get(gain, "is_better")));
    json_decref(gain);
    destroy_fixture(fixture);
    fixture = make_fixture(APPRENTICE);
    for (unsigned i = 0; i < 300; i++) {
        reward(fixture->trainer, i % 3, "red", 0.1);
    }
    gain = gain_of(fixture);
    assert_true(json_is_false(json_object_get(gain, "is_better")));
    support_near(json_number_value(json_object_get(gain, "mean")), 0.0, 1e-9);
    json_decref(gain);
    destroy_fixture(fixture);
}

static void options_may_come_and_go(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture(BASE "explore: {policy: none}\n");
    teach(fixture->trainer, 300, 0.0, 1.0);
    publish(fixture);
    assert_true(hone_span_is(answer_to(fixture, 1, 3).output, "green"));
    struct hone_package *later = load_package(
        fixture->folder,
        "format: 1\nkind: choose\ngate: {min_pairs: 1000000}\nexplore: {policy: none}\n"
        "options: [red, blue, yellow]\n");
    /* Before the state has adapted: the option that is not learnt yet is no best one. */
    struct hone_package *earlier = fixture->package;
    fixture->package = later;
    assert_false(hone_span_is(answer_to(fixture, 1, 3).output, "green"));
    json_t *body = hone_package_event_body(later);
    struct hone_event event = {.position = hone_trainer_position(fixture->trainer) + 1,
                               .kind = HONE_EVENT_PACKAGE,
                               .body = body};
    stream_fold(fixture->trainer, &event);
    reward(fixture->trainer, 1, "green", 1.0); /* late: for an option that is gone */
    for (unsigned i = 0; i < 90; i++) {
        reward(fixture->trainer, 1, "yellow", 1.0);
    }
    publish(fixture);
    assert_true(hone_span_is(answer_to(fixture, 1, 3).output, "yellow"));
    assert_true(hone_span_is(answer_to(fixture, 0, 3).output, "red"));
    (void)err;
    json_decref(body);
    fixture->package = earlier;
    destroy_fixture(fixture);
    hone_package_destroy(later);
}

static void fold_number(struct hone_trainer *trainer, unsigned i)
{
    unsigned weather = i % 3, option = i / 2 % 3;
    reward(trainer, weather, options[option], weather == option ? 9.0 : (double)(i % 5));
}

static void resuming_is_exact(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture(
        APPRENTICE "reward: {min: 0, max: 10, cost_weight: 0.5}\ndefault: red\n");
    char *version = hone_alloc_format("%s/v1", fixture->folder);
    char *checkpoint = hone_alloc_format("%s/checkpoint", fixture->folder);
    (void)stream_save(fixture->trainer, HONE_TRAINER_ANCHOR, version);
    struct hone_trainer *whole = NULL;
    support_ok(hone_trainer_load(&whole, fixture->package, 1, 0, version, NULL, &err),
               &err);
    for (unsigned i = 0; i < 90; i++) {
        fold_number(whole, i);
    }
    struct hone_digest expected = stream_digest(whole, fixture->folder);
    for (unsigned cut = 1; cut < 90; cut += 40) {
        struct hone_trainer *first = NULL, *resumed = NULL;
        support_ok(hone_trainer_load(&first, fixture->package, 1, 0, version, NULL, &err),
                   &err);
        for (unsigned i = 0; i < cut; i++) {
            fold_number(first, i);
        }
        (void)stream_save(first, HONE_TRAINER_SERVED, checkpoint);
        stream_check_head(checkpoint, first);
        support_ok(hone_trainer_load(&resumed, fixture->package, 1, 0, version,
                                     checkpoint, &err),
                   &err);
        for (unsigned i = cut; i < 90; i++) {
            fold_number(resumed, i);
        }
        struct hone_digest digest = stream_digest(resumed, fixture->folder);
        assert_true(hone_digest_equal(expected, digest));
        hone_trainer_destroy(first);
        hone_trainer_destroy(resumed);
    }
    hone_trainer_destroy(whole);
    free(version);
    free(checkpoint);
    destroy_fixture(fixture);
}

static void a_mark_brings_model_and_gain_back(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct fixture *fixture = make_fixture(APPRENTICE "default: red\n");
    const struct hone_kind *kind = fixture->package->kind;
    void *learner = NULL;
    support_ok(kind->create(&learner, fixture->package, &err), &err);
    json_t *input = stream_input(0, 1);
    struct hone_choose_gain gains[3];
    void *mark = NULL;
    for (uint64_t i = 1; i <= 60; i++) {
        struct hone_event event = reward_event(i, input, options[i % 3], i % 3 == 0);
        assert_int_equal(kind->learn(learner, fixture->package, &event, &err), 1);
        if (i == 30) {
            mark = kind->mark_create(learner);
        }
    }
    struct hone_choose_view *after = kind->freeze(learner);
    kind->restore(learner, mark);
    struct hone_choose_view *restored = kind->freeze(learner);
    const struct hone_choose_view *marked = kind->mark_view(mark);
    gains[0] = after->gain;
    gains[1] = restored->gain;
    gains[2] = marked->gain;
    assert_memory_equal(&gains[1], &gains[2], sizeof(gains[1]));
    assert_memory_not_equal(&gains[0], &gains[1], sizeof(gains[1]));
    kind->view_unref(after);
    kind->view_unref(restored);
    kind->mark_destroy(mark);
    kind->destroy(learner);
    json_decref(input);
    destroy_fixture(fixture);
}

static void refuses_manifests_that_cannot_be_meant(void **state)
{
    (void)state;
    static const struct {
        const char *manifest, *message;
    } cases[] = {
        {"format: 1\nkind: choose\n", "needs a list 'options'"},
        {"format: 1\nkind: choose\noptions: []\n", "at least one option"},
        {"format: 1\nkind: choose\noptions: {labels: open}\n", "needs a list 'options'"},
        {"format: 1\nkind: choose\noptions: [a, A]\n", "skill.yaml:3: the label 'A'"},
        {"format: 1\nkind: choose\noptions: [{description: x}]\n", "id"},
        {"format: 1\nkind: choose\noptions: [{id: a, cost: -1}]\n", "/options/0/cost"},
        {"format: 1\nkind: choose\noptions: [{id: a, price: 1}]\n", "price"},
        {"format: 1\nkind: choose\noptions: [a]\nlabels: [a, b]\n", "has no 'labels'"},
        {"format: 1\nkind: choose\noptions: [a]\nreward: {min: 1, max: 1}\n",
         "must be below its max"},
        {"format: 1\nkind: choose\noptions: [a]\nreward: {max: 1e10}\n", "/reward/max"},
        {"format: 1\nkind: choose\noptions: [a]\nexplore: {policy: best}\n", "policy"},
        {"format: 1\nkind: choose\noptions: [a]\nexplore: {gamma: 0}\n", "gamma"},
        {"format: 1\nkind: choose\noptions: [abc]\nmode: apprentice\ndefault: abd\n",
         "skill.yaml:5: the default 'abd' is not one of the options"},
        {"format: 1\nkind: choose\noptions: [a]\ndefault: a\n", "mode: apprentice"},
        {"format: 1\nkind: choose\noptions: [a]\ninput: {default_option: {type: "
         "string}}\n",
         "'default_option' is taken"},
        {"format: 1\nkind: classify\nlabels: [a, b]\nreward: {max: 2}\n",
         "it is for 'kind: choose'"},
        {"format: 1\nkind: classify\nlabels: [a, b]\noptions: [a]\n",
         "a list of options is for"},
        {"format: 1\nkind: guide\nmode: serve\n", "has no 'mode'"},
    };
    char *folder = support_make_folder();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hone_error err = {0};
        struct hone_package *package = NULL;
        int code = load_text(&package, folder, cases[i].manifest, &err);
        assert_int_equal(code, HONE_E_INVALID);
        if (strstr(err.message, cases[i].message) == NULL) {
            fail_msg("case %zu: %s", i, err.message);
        }
    }
    support_remove_folder(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_which_option_suits_which_context),
        cmocka_unit_test(an_answer_says_option_propensity_and_estimates),
        cmocka_unit_test(options_come_as_often_as_their_propensity_says),
        cmocka_unit_test(of_equals_the_cheaper_is_better),
        cmocka_unit_test(a_sole_option_is_always_the_answer),
        cmocka_unit_test(feedback_that_says_nothing_of_an_option_changes_nothing),
        cmocka_unit_test(refuses_feedback_that_cannot_be_meant),
        cmocka_unit_test(an_apprentice_gives_the_default),
        cmocka_unit_test(an_apprentice_without_a_default_wants_one),
        cmocka_unit_test(an_apprentice_says_when_it_would_do_better),
        cmocka_unit_test(an_apprentice_does_not_boast),
        cmocka_unit_test(options_may_come_and_go),
        cmocka_unit_test(resuming_is_exact),
        cmocka_unit_test(a_mark_brings_model_and_gain_back),
        cmocka_unit_test(refuses_manifests_that_cannot_be_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
