/* A classifier of sets: any of its labels may be right for a text. */
#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/rng.h"
#include "optim/classifier.h"
#include "optim/threshold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_LABELS 12
#define SET_MAX  3

struct world {
    char *folder;
    struct hone_classifier *classifier;
    struct hone_classifier_scratch *scratch;
};

static struct hone_classifier *make_classifier(bool described)
{
    struct hone_error err = {0};
    struct hone_classifier_config config;
    struct hone_classifier *classifier = NULL;
    struct hone_classifier_label labels[N_LABELS] = {0};
    char names[N_LABELS][16], descriptions[N_LABELS][64];
    hone_classifier_config_default(&config);
    config.dim_bits = 12;
    config.seed = 7;
    config.rewards = HONE_CLASSIFIER_REWARDS_OF_SETS;
    support_ok(hone_classifier_create(&classifier, &config, &err), &err);
    for (unsigned k = 0; k < N_LABELS; k++) {
        (void)snprintf(names[k], sizeof(names[k]), "t%u", k);
        (void)snprintf(descriptions[k], sizeof(descriptions[k]), "alpha%u beta%u", k, k);
        labels[k].name = hone_span_text(names[k]);
        labels[k].description = hone_span_text(described ? descriptions[k] : "");
    }
    support_ok(hone_classifier_add_labels(classifier, labels, N_LABELS, 0, &err), &err);
    return classifier;
}

static int set_up(void **state)
{
    struct world *world = hone_alloc_zeroed(1, sizeof(*world));
    world->folder = support_make_folder();
    world->classifier = make_classifier(true);
    world->scratch = hone_classifier_scratch_create();
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    hone_classifier_scratch_destroy(world->scratch);
    hone_classifier_destroy(world->classifier);
    support_remove_folder(world->folder);
    free(world->folder);
    free(world);
    return 0;
}

/* A text of none to three topics, the first ones more often, and the set; one word in eight is of a
 * topic that is not there. Returns the size of the set. */
static size_t make_text(char text[256], uint32_t set[SET_MAX], uint64_t number)
{
    static const char *const words[4] = {"alpha", "beta", "gamma", "delta"};
    struct hone_rng rng = hone_rng_at(5, number);
    size_t n = 0, wanted = (size_t)hone_rng_below(&rng, SET_MAX + 1);
    int used = snprintf(text, 256, "please");
    while (n < wanted) {
        uint32_t k = (uint32_t)hone_rng_below(&rng, 1 + hone_rng_below(&rng, N_LABELS));
        bool known = false;
        for (size_t i = 0; i < n; i++) {
            known = known || set[i] == k;
        }
        if (known) {
            wanted--;
            continue;
        }
        set[n++] = k;
        for (int i = 0; i < 2; i++) {
            uint32_t topic = hone_rng_below(&rng, 8) == 0
                                 ? (uint32_t)hone_rng_below(&rng, N_LABELS)
                                 : k;
            used += snprintf(text + used, 256 - (size_t)used, " %s%u noise%u",
                             words[hone_rng_below(&rng, 4)], topic,
                             (unsigned)hone_rng_below(&rng, 30));
        }
    }
    return n;
}

static void learn(struct hone_classifier *classifier, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        struct hone_error err = {0};
        char text[256];
        uint32_t set[SET_MAX];
        size_t n = make_text(text, set, i);
        struct hone_encoder_field field = {.text = hone_span_text(text)};
        struct hone_encoder_input input = {&field, 1};
        int code = 0;
        if (i % 14 == 10 && n > 1) {
            code = hone_classifier_sets_reward(classifier, &input, set, n, 1.0F, 1.0F, i,
                                               &err);
        } else if (i % 7 == 3) {
            code = hone_classifier_learn_reward(classifier, &input, (uint32_t)(i % 5),
                                                n > 0 && set[0] == i % 5 ? 1 : 0, 1.0F, i,
                                                &err);
        } else {
            code = hone_classifier_sets_learn(classifier, &input, set, n, 1.0F, i, true,
                                              &err);
        }
        support_ok(code, &err);
    }
}

struct measured {
    double precision, recall, f1, ece, loss;
    unsigned n_exact;
};

/* On so many texts that nobody has learnt. */
static struct measured measure_on(struct hone_classifier *classifier,
                                  struct hone_classifier_scratch *scratch,
                                  unsigned n_texts)
{
    struct hone_error err = {0};
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    struct measured out = {0};
    double given = 0, right = 0, both = 0, bin_n[10] = {0}, bin_p[10] = {0},
           bin_y[10] = {0};
    for (uint64_t i = 0; i < n_texts; i++) {
        char text[256];
        uint32_t set[SET_MAX];
        size_t n = make_text(text, set, 1000000 + i);
        struct hone_encoder_field field = {.text = hone_span_text(text)};
        struct hone_encoder_input input = {&field, 1};
        const float *p = NULL, *thresholds = NULL;
        double loss = 0.0;
        bool exact = false;
        support_ok(hone_classifier_view_sets_score(view, &input, scratch, set, n, &loss,
                                                   &exact, &err),
                   &err);
        support_ok(hone_classifier_view_sets_predict(view, &input, scratch, &p,
                                                     &thresholds, &err),
                   &err);
        out.loss += loss / (double)n_texts;
        out.n_exact += exact ? 1 : 0;
        for (uint32_t k = 0; k < N_LABELS; k++) {
            bool is_right = (n > 0 && set[0] == k) || (n > 1 && set[1] == k) ||
                            (n > 2 && set[2] == k);
            bool is_given = p[k] >= thresholds[k];
            size_t bin = (size_t)fmin((double)p[k] * 10.0, 9.0);
            given += is_given;
            right += is_right;
            both += is_given && is_right;
            bin_n[bin] += 1.0;
            bin_p[bin] += (double)p[k];
            bin_y[bin] += is_right;
        }
    }
    for (size_t b = 0; b < 10; b++) {
        out.ece += fabs(bin_p[b] - bin_y[b]) / ((double)n_texts * N_LABELS);
    }
    out.precision = both / fmax(given, 1.0);
    out.recall = both / fmax(right, 1.0);
    out.f1 = 2.0 * both / fmax(given + right, 1.0);
    hone_classifier_view_unref(view);
    return out;
}

static struct measured measure(struct hone_classifier *classifier,
                               struct hone_classifier_scratch *scratch)
{
    return measure_on(classifier, scratch, 500);
}

static void learns_which_sets_are_right(void **state)
{
    struct world *world = *state;
    struct measured before = measure(world->classifier, world->scratch);
    learn(world->classifier, 1, 1200);
    struct measured after = measure(world->classifier, world->scratch);
    struct hone_threshold_report report;
    hone_classifier_sets_report(world->classifier, &report);
    support_near((double)report.n_given_right / (double)report.n_given, after.precision,
                 0.04);
    support_near((double)report.n_given_right / (double)report.n_right, after.recall,
                 0.06);
    assert_true(after.f1 > 0.88);
    assert_true(after.ece < 0.02);
    assert_true(after.loss < 0.5 * before.loss);
    assert_true(after.n_exact > 350);
}

static void a_description_is_a_start(void **state)
{
    struct world *world = *state;
    struct hone_classifier *bare = make_classifier(false);
    learn(world->classifier, 1, 40);
    learn(bare, 1, 40);
    struct measured with = measure(world->classifier, world->scratch);
    struct measured without = measure(bare, world->scratch);
    assert_true(with.f1 > without.f1);
    assert_true(with.loss < without.loss - 0.2);
    hone_classifier_destroy(bare);
}

static void a_wanted_precision_is_kept(void **state)
{
    struct world *world = *state;
    hone_classifier_calibration_aim(
        world->classifier,
        (struct hone_calibration_aim){HONE_CALIBRATION_ERROR_RATE, 0.03F});
    learn(world->classifier, 1, 1200);
    struct measured strict = measure(world->classifier, world->scratch);
    hone_classifier_calibration_aim(
        world->classifier,
        (struct hone_calibration_aim){HONE_CALIBRATION_ERROR_RATE, 0.3F});
    struct measured lax = measure(world->classifier, world->scratch);
    assert_true(strict.precision > 0.95);
    assert_true(lax.precision > 0.65);
    assert_true(lax.recall > strict.recall);
}

static struct hone_digest save(struct hone_classifier *classifier, const char *path)
{
    struct hone_error err = {0};
    struct hone_classifier_mark *mark = hone_classifier_mark_create(classifier);
    struct hone_classifier_save *saving = NULL;
    struct hone_digest digest;
    uint64_t size = 0;
    int rc = hone_classifier_save_create(&saving, mark, path, hone_span_text("{}"), &err);
    support_ok(rc, &err);
    do {
        rc = hone_classifier_save_step(saving, 4096, &err);
    } while (rc == 1);
    support_ok(rc, &err);
    hone_classifier_save_result(saving, &digest, &size);
    hone_classifier_save_destroy(saving);
    hone_classifier_mark_destroy(mark);
    return digest;
}

static void resuming_and_going_back_are_exact(void **state)
{
    struct world *world = *state;
    struct hone_error err = {0};
    struct hone_classifier *loaded = NULL;
    char *extra = NULL, *path = hone_alloc_format("%s/state", world->folder);
    learn(world->classifier, 1, 210);
    struct hone_digest here = save(world->classifier, path);
    struct hone_classifier_mark *mark = hone_classifier_mark_create(world->classifier);
    support_ok(hone_classifier_load(&loaded, path, &extra, &err), &err);
    learn(loaded, 210, 333);
    learn(world->classifier, 210, 333);
    char *other = hone_alloc_format("%s/other", world->folder);
    assert_true(hone_digest_equal(save(loaded, other), save(world->classifier, path)));
    hone_classifier_restore(world->classifier, mark);
    assert_true(hone_digest_equal(save(world->classifier, path), here));
    hone_classifier_mark_destroy(mark);
    hone_classifier_destroy(loaded);
    free(extra);
    free(path);
    free(other);
}

/* Any byte of the file may be another: it loads, or it is refused. */
static void damaged_files_are_refused_or_harmless(void **state)
{
    struct world *world = *state;
    struct hone_error err = {0};
    char *path = hone_alloc_format("%s/state", world->folder), *bytes = NULL;
    size_t n = 0, n_refused = 0;
    learn(world->classifier, 1, 30);
    (void)save(world->classifier, path);
    support_ok(hone_file_read(&bytes, &n, path, 1 << 24, &err), &err);
    for (size_t i = 0; i < 400; i++) {
        size_t at = (size_t)(hone_rng_mix(i) % n);
        struct hone_classifier *loaded = NULL;
        char *extra = NULL;
        bytes[at] = (char)(bytes[at] ^ 0x41);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, n, file), n);
        assert_int_equal(fclose(file), 0);
        bytes[at] = (char)(bytes[at] ^ 0x41);
        int code = hone_classifier_load(&loaded, path, &extra, &err);
        assert_true(code == 0 || code == HONE_E_CORRUPT || code == HONE_E_VERSION);
        if (code == 0) {
            (void)measure_on(loaded, world->scratch, 10);
        }
        n_refused += code != 0;
        hone_classifier_destroy(loaded);
        free(extra);
    }
    assert_true(n_refused > 0);
    free(bytes);
    free(path);
}

static void labels_come_and_go(void **state)
{
    struct world *world = *state;
    struct hone_error err = {0};
    struct hone_classifier_label more = {.name = hone_span_text("late")};
    const uint32_t late[1] = {N_LABELS}, twice[2] = {3, 3}, beyond[1] = {N_LABELS + 1};
    struct hone_encoder_field field = {.text = hone_span_text("omega psi")};
    struct hone_encoder_input input = {&field, 1};
    const float *p = NULL, *thresholds = NULL;
    learn(world->classifier, 1, 60);
    hone_classifier_enable_label(world->classifier, 0, false);
    support_ok(hone_classifier_add_labels(world->classifier, &more, 1, 60, &err), &err);
    for (uint64_t i = 61; i < 90; i++) {
        support_ok(hone_classifier_sets_learn(world->classifier, &input, late, 1, 1.0F, i,
                                              true, &err),
                   &err);
    }
    learn(world->classifier, 91, 100);
    struct hone_classifier_view *view = hone_classifier_freeze(world->classifier);
    support_ok(hone_classifier_view_sets_predict(view, &input, world->scratch, &p,
                                                 &thresholds, &err),
               &err);
    assert_true(p[N_LABELS] > 0.5F && p[N_LABELS] >= thresholds[N_LABELS]);
    support_near((double)p[0], 0.0, 0.0);
    hone_classifier_view_unref(view);
    assert_int_equal(hone_classifier_sets_learn(world->classifier, &input, twice, 2, 1.0F,
                                                101, true, &err),
                     HONE_E_INVALID);
    assert_int_equal(hone_classifier_sets_learn(world->classifier, &input, beyond, 1,
                                                1.0F, 101, true, &err),
                     HONE_E_INVALID);
    assert_int_equal(hone_classifier_sets_learn(world->classifier, &input, late, 1, NAN,
                                                101, true, &err),
                     HONE_E_INVALID);
}

/* ln(p / (1 - p)) of label 1. */
static double log_odds(struct world *world, const char *text)
{
    struct hone_error err = {0};
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    const float *p = NULL, *thresholds = NULL;
    struct hone_classifier_view *view = hone_classifier_freeze(world->classifier);
    support_ok(hone_classifier_view_sets_predict(view,
                                                 &(struct hone_encoder_input){&field, 1},
                                                 world->scratch, &p, &thresholds, &err),
               &err);
    double odds = (double)p[1] / (1.0 - (double)p[1]);
    hone_classifier_view_unref(view);
    return log(odds);
}

/* It would be replayed as a text of which no label is right. */
static void a_set_whose_labels_are_all_off_is_not_replayed(void **state)
{
    struct world *world = *state;
    struct hone_error err = {0};
    const uint32_t off[1] = {0};
    struct hone_encoder_field field = {.text = hone_span_text("omega psi")};
    struct hone_encoder_input input = {&field, 1};
    for (uint64_t i = 1; i < 20; i++) {
        support_ok(hone_classifier_sets_learn(world->classifier, &input, off, 1, 1.0F, i,
                                              true, &err),
                   &err);
    }
    hone_classifier_enable_label(world->classifier, 0, false);
    double before = log_odds(world, "omega psi") - log_odds(world, "");
    /* What has no words moves no row but by what is replayed with it: here priors of other words. */
    field.text = hone_span_text("");
    for (uint64_t i = 20; i < 60; i++) {
        support_ok(hone_classifier_learn_reward(world->classifier, &input, 1, 0.5F, 1.0F,
                                                i, &err),
                   &err);
    }
    support_near(log_odds(world, "omega psi") - log_odds(world, ""), before, 0.2);
}

static void a_reward_for_several_labels_is_one_example(void **state)
{
    struct world *world = *state;
    struct hone_error err = {0};
    const uint32_t labels[3] = {4, 1, 7};
    struct hone_encoder_field field = {.text = hone_span_text("alpha4 beta1 gamma7")};
    struct hone_encoder_input input = {&field, 1};
    struct hone_classifier_stats before, after;
    char *path = hone_alloc_format("%s/state", world->folder);
    hone_classifier_stats(world->classifier, &before);
    double odds = log_odds(world, "alpha4 beta1 gamma7");
    support_ok(hone_classifier_sets_reward(world->classifier, &input, labels, 3, 1.0F,
                                           1.0F, 1, &err),
               &err);
    hone_classifier_stats(world->classifier, &after);
    assert_int_equal(before.n_examples + 1, after.n_examples);
    assert_int_equal(before.n_replay + 1, after.n_replay);
    assert_true(log_odds(world, "alpha4 beta1 gamma7") > odds);
    /* One label is an ordinary reward. */
    struct hone_classifier_mark *mark = hone_classifier_mark_create(world->classifier);
    support_ok(hone_classifier_sets_reward(world->classifier, &input, labels, 1, 0.0F,
                                           1.0F, 2, &err),
               &err);
    struct hone_digest by_set = save(world->classifier, path);
    hone_classifier_restore(world->classifier, mark);
    support_ok(hone_classifier_learn_reward(world->classifier, &input, labels[0], 0.0F,
                                            1.0F, 2, &err),
               &err);
    assert_true(hone_digest_equal(by_set, save(world->classifier, path)));
    /* What cannot be one changes nothing. */
    hone_classifier_enable_label(world->classifier, 7, false);
    by_set = save(world->classifier, path);
    assert_int_equal(hone_classifier_sets_reward(world->classifier, &input, labels, 3,
                                                 1.0F, 1.0F, 3, &err),
                     HONE_E_INVALID);
    assert_int_equal(hone_classifier_sets_reward(world->classifier, &input, labels, 0,
                                                 1.0F, 1.0F, 3, &err),
                     HONE_E_INVALID);
    assert_int_equal(hone_classifier_sets_reward(world->classifier, &input, labels, 2,
                                                 1.5F, 1.0F, 3, &err),
                     HONE_E_INVALID);
    assert_true(hone_digest_equal(by_set, save(world->classifier, path)));
    hone_classifier_mark_destroy(mark);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(learns_which_sets_are_right, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_description_is_a_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wanted_precision_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resuming_and_going_back_are_exact, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(damaged_files_are_refused_or_harmless, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(labels_come_and_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reward_for_several_labels_is_one_example,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_set_whose_labels_are_all_off_is_not_replayed,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
