#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/rng.h"
#include "optim/classifier.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_LABELS 20

static struct hone_classifier *make(uint32_t replay_capacity)
{
    struct hone_error err;
    struct hone_classifier_config config;
    struct hone_classifier *classifier = NULL;
    hone_classifier_config_default(&config);
    config.dim_bits = 12;
    config.replay_capacity = replay_capacity;
    config.seed = 42;
    support_ok(hone_classifier_create(&classifier, &config, &err), &err);
    return classifier;
}

static void add_label(struct hone_classifier *classifier, unsigned number)
{
    struct hone_error err;
    char name[32], description[64];
    snprintf(name, sizeof(name), "label_%u", number);
    snprintf(description, sizeof(description), "about topic%u matters", number);
    struct hone_classifier_label label = {hone_span_text(name),
                                          hone_span_text(description)};
    support_ok(hone_classifier_add_labels(classifier, &label, 1, number, &err), &err);
}

static int add_name(struct hone_classifier *classifier, const char *name)
{
    struct hone_error err;
    struct hone_classifier_label label = {.name = hone_span_text(name)};
    return hone_classifier_add_labels(classifier, &label, 1, 1, &err);
}

/* Texts of a made-up world: two words tell the label, the rest is noise. */
static uint32_t make_text(char *text, size_t size, uint64_t number)
{
    struct hone_rng rng = hone_rng_at(99, number);
    uint32_t label = (uint32_t)hone_rng_below(&rng, N_LABELS);
    snprintf(text, size, "please w%u look noise%u at word%u thing%u now", label,
             (unsigned)hone_rng_below(&rng, 50), label * 7 + 1,
             (unsigned)hone_rng_below(&rng, 90));
    return label;
}

static int learn_text(struct hone_classifier *classifier, const char *text,
                      uint32_t label, float weight, uint64_t position)
{
    struct hone_error err;
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    struct hone_encoder_input input = {&field, 1};
    return hone_classifier_learn(classifier, &input, label, weight, position, &err);
}

static void learn_range(struct hone_classifier *classifier, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        char text[160];
        uint32_t label = make_text(text, sizeof(text), i);
        if (i % 9 == 5) {
            struct hone_error err;
            struct hone_encoder_field field = {.text = hone_span_text(text)};
            struct hone_encoder_input input = {&field, 1};
            support_ok(hone_classifier_learn_reward(classifier, &input, label, i % 2 == 0,
                                                    1.0F, i, &err),
                       &err);
        } else {
            assert_int_equal(learn_text(classifier, text, label, 1.0F, i), 0);
        }
    }
}

static struct hone_classifier *make_with_labels(uint32_t replay_capacity)
{
    struct hone_classifier *classifier = make(replay_capacity);
    for (unsigned i = 0; i < N_LABELS; i++) {
        add_label(classifier, i);
    }
    return classifier;
}

/* Losses of a text under a view, by label. */
static void losses_of(const struct hone_classifier_view *view, const char *text,
                      float *losses)
{
    struct hone_error err;
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    struct hone_encoder_input input = {&field, 1};
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    for (uint32_t i = 0; i < N_LABELS; i++) {
        struct hone_classifier_score score;
        support_ok(hone_classifier_view_score(view, &input, scratch, i, &score, &err),
                   &err);
        losses[i] = score.loss;
    }
    hone_classifier_scratch_destroy(scratch);
}

static void a_peek_says_what_a_view_says_and_copies_nothing(void **state)
{
    (void)state;
    struct hone_classifier *classifier = make_with_labels(64);
    for (uint64_t i = 0; i < 40; i++) {
        char text[160];
        float peeked[N_LABELS], viewed[N_LABELS];
        uint32_t label = make_text(text, sizeof(text), i);
        losses_of(hone_classifier_peek(classifier), text, peeked);
        struct hone_classifier_stats stats;
        hone_classifier_stats(classifier, &stats);
        assert_int_equal(stats.n_live_views, 0);
        struct hone_classifier_view *view = hone_classifier_freeze(classifier);
        losses_of(view, text, viewed);
        assert_memory_equal(peeked, viewed, sizeof(peeked));
        hone_classifier_view_unref(view);
        assert_int_equal(learn_text(classifier, text, label, 1.0F, i), 0);
    }
    hone_classifier_destroy(classifier);
}

static struct hone_digest save_mark(const struct hone_classifier_mark *mark,
                                    const char *path, size_t slice_bytes)
{
    struct hone_error err;
    struct hone_classifier_save *save = NULL;
    struct hone_digest digest;
    uint64_t size = 0;
    support_ok(
        hone_classifier_save_create(&save, mark, path, hone_span_text("{\"a\":1}"), &err),
        &err);
    int rc = 1;
    while (rc == 1) {
        rc = hone_classifier_save_step(save, slice_bytes, &err);
    }
    support_ok(rc, &err);
    hone_classifier_save_result(save, &digest, &size);
    hone_classifier_save_destroy(save);
    return digest;
}

static struct hone_digest digest_of(struct hone_classifier *classifier, const char *path)
{
    struct hone_classifier_mark *mark = hone_classifier_mark_create(classifier);
    struct hone_digest digest = save_mark(mark, path, 1 << 20);
    hone_classifier_mark_destroy(mark);
    return digest;
}

static struct hone_classifier *load(const char *path)
{
    struct hone_error err;
    struct hone_classifier *classifier = NULL;
    char *extra = NULL;
    support_ok(hone_classifier_load(&classifier, path, &extra, &err), &err);
    assert_string_equal(extra, "{\"a\":1}");
    free(extra);
    return classifier;
}

struct place {
    char *folder, *path;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    place->folder = support_make_folder();
    place->path = hone_alloc_format("%s/state", place->folder);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    support_remove_folder(place->folder);
    free(place->folder);
    free(place->path);
    free(place);
    return 0;
}

static double accuracy(const struct hone_classifier_view *view, uint64_t from,
                       uint64_t to)
{
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    unsigned n_right = 0;
    for (uint64_t i = from; i < to; i++) {
        struct hone_error err;
        struct hone_classifier_score score;
        char text[160];
        uint32_t label = make_text(text, sizeof(text), i);
        struct hone_encoder_field field = {.text = hone_span_text(text)};
        struct hone_encoder_input input = {&field, 1};
        support_ok(hone_classifier_view_score(view, &input, scratch, label, &score, &err),
                   &err);
        assert_true(isfinite(score.loss) && score.loss >= 0.0F);
        n_right += score.best == label ? 1 : 0;
    }
    hone_classifier_scratch_destroy(scratch);
    return (double)n_right / (double)(to - from);
}

static void learns_and_a_view_stays_as_it_was(void **state)
{
    (void)state;
    struct hone_classifier *classifier = make_with_labels(1000);
    struct hone_classifier_view *before = hone_classifier_freeze(classifier);
    double at_start = accuracy(before, 5000, 5300);
    learn_range(classifier, 100, 500);
    struct hone_classifier_view *after = hone_classifier_freeze(classifier);
    assert_true(accuracy(after, 5000, 5300) > 0.95);
    assert_true(accuracy(before, 5000, 5300) == at_start);
    assert_true(at_start < 0.5);
    hone_classifier_view_unref(before);
    hone_classifier_destroy(classifier);
    assert_true(accuracy(after, 5000, 5300) > 0.95); /* views may outlive it */
    hone_classifier_view_unref(after);
}

static void a_label_is_told_from_its_description_alone(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_classifier *classifier = make_with_labels(1000);
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    struct hone_encoder_field field = {.text = hone_span_text("something about topic13")};
    struct hone_classifier_score score;
    support_ok(hone_classifier_view_score(view, &(struct hone_encoder_input){&field, 1},
                                          scratch, 13, &score, &err),
               &err);
    assert_int_equal(score.best, 13);
    uint32_t label = 0;
    assert_int_equal(
        hone_classifier_view_find_label(view, hone_span_text("label_13"), &label), 0);
    assert_int_equal(label, 13);
    assert_int_equal(
        hone_classifier_view_find_label(view, hone_span_text("label"), &label),
        HONE_E_NOT_FOUND);
    assert_true(hone_span_is(hone_classifier_view_label(view, 13), "label_13"));
    hone_classifier_scratch_destroy(scratch);
    hone_classifier_view_unref(view);
    hone_classifier_destroy(classifier);
}

static void probabilities_sum_to_one_and_leave_out_disabled_labels(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_classifier *classifier = make_with_labels(1000);
    learn_range(classifier, 100, 200);
    hone_classifier_enable_label(classifier, 3, false);
    hone_classifier_enable_label(classifier, 3, false);
    char text[160];
    assert_int_equal(learn_text(classifier, "w3", 3, 1.0F, 1), HONE_E_INVALID);
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    assert_false(hone_classifier_view_label_enabled(view, 3));
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    for (uint64_t i = 0; i < 50; i++) {
        make_text(text, sizeof(text), i);
        struct hone_encoder_field field = {.text = hone_span_text(i == 0 ? "" : text)};
        const float *p = NULL;
        double sum = 0.0;
        support_ok(hone_classifier_view_predict(
                       view, &(struct hone_encoder_input){&field, 1}, scratch, &p, &err),
                   &err);
        for (size_t k = 0; k < N_LABELS; k++) {
            sum += (double)p[k];
        }
        support_near(sum, 1.0, 1e-5);
        assert_true(p[3] == 0.0F);
    }
    hone_classifier_view_unref(view);
    for (uint32_t k = 0; k < N_LABELS; k++) {
        hone_classifier_enable_label(classifier, k, false);
    }
    view = hone_classifier_freeze(classifier);
    struct hone_encoder_field field = {.text = hone_span_text("x")};
    const float *p = NULL;
    assert_int_equal(hone_classifier_view_predict(view,
                                                  &(struct hone_encoder_input){&field, 1},
                                                  scratch, &p, &err),
                     HONE_E_INVALID);
    hone_classifier_scratch_destroy(scratch);
    hone_classifier_view_unref(view);
    hone_classifier_destroy(classifier);
}

static void equal_sequences_give_equal_bytes(void **state)
{
    struct place *place = *state;
    struct hone_digest digests[2];
    for (size_t i = 0; i < 2; i++) {
        struct hone_classifier *classifier = make_with_labels(64);
        for (uint64_t n = 100; n < 300; n += 20) {
            learn_range(classifier, n, n + 20);
            /* Looking at the state must not change it. */
            if (i == 1) {
                hone_classifier_view_unref(hone_classifier_freeze(classifier));
            }
        }
        digests[i] = digest_of(classifier, place->path);
        hone_classifier_destroy(classifier);
    }
    assert_true(hone_digest_equal(digests[0], digests[1]));
}

static void continuing_after_a_load_gives_the_bytes_of_an_uninterrupted_run(void **state)
{
    struct place *place = *state;
    struct hone_classifier *whole = make_with_labels(64);
    learn_range(whole, 100, 180);
    /* The ring is not full at the first stop and has wrapped at the second. */
    struct hone_digest first = digest_of(whole, place->path);
    struct hone_classifier *resumed = load(place->path);
    assert_true(hone_digest_equal(digest_of(resumed, place->path), first));
    learn_range(whole, 180, 260);
    learn_range(resumed, 180, 260);
    struct hone_digest second = digest_of(whole, place->path);
    assert_true(hone_digest_equal(digest_of(resumed, place->path), second));
    hone_classifier_destroy(resumed);
    resumed = load(place->path);
    add_label(whole, 77);
    add_label(resumed, 77);
    hone_classifier_enable_label(whole, 2, false);
    hone_classifier_enable_label(resumed, 2, false);
    assert_true(hone_digest_equal(digest_of(whole, place->path),
                                  digest_of(resumed, place->path)));
    assert_false(hone_digest_equal(digest_of(whole, place->path), second));
    hone_classifier_destroy(resumed);
    hone_classifier_destroy(whole);
}

static void restoring_a_mark_gives_its_bytes(void **state)
{
    struct place *place = *state;
    struct hone_classifier *classifier = make_with_labels(64);
    learn_range(classifier, 100, 150);
    struct hone_classifier_mark *mark = hone_classifier_mark_create(classifier);
    struct hone_digest at_mark = save_mark(mark, place->path, 100);
    learn_range(classifier, 150, 230);
    struct hone_digest later = digest_of(classifier, place->path);
    assert_true(hone_digest_equal(save_mark(mark, place->path, 1 << 20), at_mark));
    hone_classifier_restore(classifier, mark);
    assert_true(hone_digest_equal(digest_of(classifier, place->path), at_mark));
    learn_range(classifier, 150, 230);
    assert_true(hone_digest_equal(digest_of(classifier, place->path), later));
    /* Beyond a rebuild for more columns, and back. */
    for (unsigned i = 100; i < 120; i++) {
        add_label(classifier, i);
    }
    hone_classifier_restore(classifier, mark);
    assert_true(hone_digest_equal(digest_of(classifier, place->path), at_mark));
    learn_range(classifier, 150, 230);
    assert_true(hone_digest_equal(digest_of(classifier, place->path), later));
    hone_classifier_mark_destroy(mark);
    struct hone_classifier_stats stats;
    hone_classifier_stats(classifier, &stats);
    assert_int_equal(stats.n_live_views, 0);
    hone_classifier_destroy(classifier);
}

static void memory_stays_flat_while_views_come_and_go(void **state)
{
    (void)state;
    struct hone_classifier *classifier = make_with_labels(64);
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    struct hone_classifier_stats stats;
    uint64_t settled_bytes = 0;
    /* The same few texts, so that no new rows are needed after the first round. */
    for (unsigned round = 0; round < 40; round++) {
        for (uint64_t i = 100; i < 120; i++) {
            learn_range(classifier, i, i + 1);
            struct hone_classifier_view *next = hone_classifier_freeze(classifier);
            hone_classifier_view_unref(view);
            view = next;
        }
        hone_classifier_stats(classifier, &stats);
        if (round == 10) {
            settled_bytes = stats.table_bytes;
        }
    }
    assert_true(stats.table_bytes <= settled_bytes + settled_bytes / 20);
    assert_int_equal(stats.n_live_views, 1);
    assert_int_equal(stats.n_examples, 800);
    assert_int_equal(stats.n_replay, 64 + N_LABELS);
    hone_classifier_view_unref(view);
    hone_classifier_destroy(classifier);
}

static void bad_arguments_are_refused_and_change_nothing(void **state)
{
    struct place *place = *state;
    struct hone_error err;
    struct hone_classifier *classifier = make_with_labels(64);
    learn_range(classifier, 100, 120);
    struct hone_digest before = digest_of(classifier, place->path);
    const float weights[] = {0.0F, -1.0F, 101.0F, NAN, INFINITY};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(learn_text(classifier, "x", 0, weights[i], 1), HONE_E_INVALID);
    }
    assert_int_equal(learn_text(classifier, "x", N_LABELS, 1.0F, 1), HONE_E_INVALID);
    struct hone_encoder_field field = {.text = hone_span_text("x")};
    struct hone_encoder_input input = {&field, 1};
    const float rewards[] = {-0.1F, 1.1F, NAN};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(hone_classifier_learn_reward(classifier, &input, 0, rewards[i],
                                                      1.0F, 1, &err),
                         HONE_E_INVALID);
    }
    assert_int_equal(add_name(classifier, "label_3"), HONE_E_EXISTS);
    assert_int_equal(add_name(classifier, ""), HONE_E_INVALID);
    assert_int_equal(add_name(classifier, "\xff"), HONE_E_INVALID);
    struct hone_classifier_label twice[] = {{.name = hone_span_text("new")},
                                            {.name = hone_span_text("new")}};
    assert_int_equal(hone_classifier_add_labels(classifier, twice, 2, 1, &err),
                     HONE_E_EXISTS);
    assert_true(hone_digest_equal(digest_of(classifier, place->path), before));
    hone_classifier_destroy(classifier);

    struct hone_classifier_config config;
    hone_classifier_config_default(&config);
    config.dim_bits = 9;
    assert_int_equal(hone_classifier_create(&classifier, &config, &err), HONE_E_INVALID);
    hone_classifier_config_default(&config);
    config.smoothing = NAN;
    assert_int_equal(hone_classifier_create(&classifier, &config, &err), HONE_E_INVALID);
}

/* Where the data of a tensor begins in a saved file. */
static size_t data_begin(const char *content, const char *name)
{
    uint64_t header_bytes = 0;
    memcpy(&header_bytes, content, 8);
    char *header = hone_alloc_bytes(content + 8, header_bytes);
    char *key = hone_alloc_format("\"%s\":{\"data_offsets\":[", name);
    const char *found = strstr(header, key);
    if (found == NULL) {
        free(key);
        key = hone_alloc_format("\"%s\":", name);
        found = strstr(strstr(header, key), "\"data_offsets\":[");
        found += strlen("\"data_offsets\":[");
    } else {
        found += strlen(key);
    }
    size_t begin = 8 + header_bytes + strtoul(found, NULL, 10);
    free(key);
    free(header);
    return begin;
}

static int load_bytes(const char *path, const char *content, size_t len)
{
    struct hone_error err;
    struct hone_classifier *classifier = NULL;
    char *extra = NULL;
    support_ok(hone_file_write(path, hone_span_of(content, len), 0600, &err), &err);
    int rc = hone_classifier_load(&classifier, path, &extra, &err);
    if (rc == 0) {
        hone_classifier_destroy(classifier);
        free(extra);
    }
    return rc;
}

/* A file of the first format: what it does not know is as at the start. */
static void reads_files_of_version_1(void **state)
{
    struct place *place = *state;
    struct hone_error err;
    struct hone_classifier *classifier = NULL;
    char *old = support_source_path("tests/fuzz/corpus/classifier_file/taught");
    char *extra = NULL, *content = NULL;
    size_t len = 0;
    support_ok(hone_file_read(&content, &len, old, 1 << 26, &err), &err);
    assert_non_null(memmem(content, len, "\"version\":\"1\"", 13));
    support_ok(hone_classifier_load(&classifier, old, &extra, &err), &err);
    assert_true(hone_classifier_drift_is_watched(classifier));
    /* A version 1 that has what only version 2 has is no file of ours. */
    digest_of(classifier, place->path);
    free(content);
    support_ok(hone_file_read(&content, &len, place->path, 1 << 26, &err), &err);
    char *version = memmem(content, len, "\"version\":\"2\"", 13);
    assert_non_null(version);
    version[11] = '1';
    support_ok(hone_file_write(place->path, hone_span_of(content, len), 0600, &err),
               &err);
    free(extra);
    hone_classifier_destroy(classifier);
    assert_int_equal(hone_classifier_load(&classifier, place->path, &extra, &err),
                     HONE_E_CORRUPT);
    free(content);
    free(old);
}

static void refuses_truncated_and_lying_files(void **state)
{
    struct place *place = *state;
    struct hone_error err;
    struct hone_classifier *classifier = make_with_labels(64);
    learn_range(classifier, 100, 110);
    digest_of(classifier, place->path);
    hone_classifier_destroy(classifier);
    char *content = NULL;
    size_t len = 0;
    support_ok(hone_file_read(&content, &len, place->path, 1 << 26, &err), &err);
    for (size_t i = 1; i < 20; i++) {
        assert_int_equal(load_bytes(place->path, content, len * i / 20), HONE_E_CORRUPT);
    }
    const float nan = NAN, huge = 1e30F, minus = -1.0F, heavy = 101.0F;
    const uint32_t large = 1U << 30, far = N_LABELS;
    const uint64_t odd = 5, wide = 40, none = 0, one = 1, minus_one = UINT64_MAX;
    const float unit = 1.0F; /* with the other features, longer than a vector can be */
    uint32_t first_id = 0;   /* twice in one example */
    memcpy(&first_id, content + data_begin(content, "replay.ids"), 4);
    const struct {
        const char *tensor;
        size_t item;
        const void *value;
        size_t n_bytes;
    } faults[] = {
        {"bias", 0, &nan, 4},
        {"bias", 1, &huge, 4},
        {"totals", 0, &minus, 4},
        {"scalars", 2, &nan, 4},
        {"scalars", 4, &minus, 4},
        {"rows.weights", 3, &nan, 4},
        {"rows.weights", 7, &huge, 4},
        {"rows.counts", 3, &minus, 4},
        {"rows.g", 0, &minus, 4},
        {"rows.df", 0, &large, 4},
        {"rows.ids", 0, &large, 4},
        {"rows.ids", 1, &none, 4},
        {"replay.labels", 25, &far, 4},
        {"replay.weights", 0, &heavy, 4},
        {"replay.rewards", 1, &nan, 4},
        {"replay.values", 9, &huge, 4},
        {"replay.ids", 9, &large, 4},
        {"replay.ids", 1, &first_id, 4},
        {"replay.values", 9, &unit, 4},
        {"replay.ends", 1, &none, 8},
        {"counters", 1, &wide, 8},
        {"counters", 3, &odd, 8},
        {"counters", 4, &odd, 8},
        {"counters", 5, &odd, 8},
        {"counters", 6, &odd, 8},
        {"labels.enabled", 0, &odd, 1},
        {"labels.names", 0, &none, 1},
        {"drift", 0, &odd, 8},
        {"calibration", 0, &none, 8},
        {"calibration", 1, &odd, 8},
        {"calibration", 1, &one, 8},
        {"calibration.limits", 0, &unit, 4},
        {"calibration.limits", 1, &minus, 4},
        {"calibration.losses", 1, &minus_one, 8},
        {"calibration.losses", 159, &minus_one, 8},
        {"drift", 0, &none, 8},
        {"drift", 1, &wide, 8},
        {"drift", 7, &minus_one, 8},
    };
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        char *bad = hone_alloc_bytes(content, len);
        memcpy(bad + data_begin(bad, faults[i].tensor) +
                   faults[i].item * faults[i].n_bytes,
               faults[i].value, faults[i].n_bytes);
        int rc = load_bytes(place->path, bad, len);
        if (rc != HONE_E_CORRUPT) {
            fail_msg("fault %zu in %s: %s", i, faults[i].tensor, hone_error_name(rc));
        }
        free(bad);
    }
    char *newer = hone_alloc_bytes(content, len);
    char *version = memmem(newer, len, "\"version\":\"2\"", 13);
    assert_non_null(version);
    version[11] = '3';
    assert_int_equal(load_bytes(place->path, newer, len), HONE_E_VERSION);
    version[11] = 'x';
    assert_int_equal(load_bytes(place->path, newer, len), HONE_E_CORRUPT);
    assert_int_equal(load_bytes(place->path, content, len), 0);
    free(newer);
    free(content);
}

struct shared {
    pthread_mutex_t lock; /* of view: the pointer and its reference are taken together */
    struct hone_classifier_view *view;
    atomic_bool stop;
    atomic_uint n_predictions;
};

static void *read_views(void *argument)
{
    struct shared *shared = argument;
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    for (uint64_t i = 0; !atomic_load(&shared->stop); i++) {
        struct hone_error err;
        char text[160];
        const float *p = NULL;
        double sum = 0.0;
        make_text(text, sizeof(text), i);
        struct hone_encoder_field field = {.text = hone_span_text(text)};
        pthread_mutex_lock(&shared->lock);
        struct hone_classifier_view *view = hone_classifier_view_ref(shared->view);
        pthread_mutex_unlock(&shared->lock);
        int rc = hone_classifier_view_predict(
            view, &(struct hone_encoder_input){&field, 1}, scratch, &p, &err);
        size_t n = hone_classifier_view_n_labels(view);
        for (size_t k = 0; rc == 0 && k < n; k++) {
            sum += (double)p[k];
        }
        hone_classifier_view_unref(view);
        if (rc != 0 || fabs(sum - 1.0) > 1e-4) {
            abort();
        }
        atomic_fetch_add(&shared->n_predictions, 1);
    }
    hone_classifier_scratch_destroy(scratch);
    return NULL;
}

static void threads_read_views_while_the_owner_learns(void **state)
{
    (void)state;
    struct hone_classifier *classifier = make_with_labels(64);
    struct shared shared = {.lock = PTHREAD_MUTEX_INITIALIZER};
    shared.view = hone_classifier_freeze(classifier);
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_views, &shared), 0);
    }
    uint64_t n = 100;
    while (n < 400 || (atomic_load(&shared.n_predictions) < 300 && n < 20000)) {
        learn_range(classifier, n, n + 1);
        if (n == 150 || n == 250) {
            for (unsigned i = 0; i < 20; i++) {
                add_label(classifier, (unsigned)n + i);
            }
        }
        struct hone_classifier_view *next = hone_classifier_freeze(classifier);
        pthread_mutex_lock(&shared.lock);
        struct hone_classifier_view *old = shared.view;
        shared.view = next;
        pthread_mutex_unlock(&shared.lock);
        hone_classifier_view_unref(old);
        n += 1;
    }
    /* The classifier goes first; the last reader frees what is left. */
    hone_classifier_destroy(classifier);
    atomic_store(&shared.stop, true);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_true(atomic_load(&shared.n_predictions) > 0);
    hone_classifier_view_unref(shared.view);
}

/* Learns n texts whose labels are moved on by `shift`; returns the share that was known
 * before, and counts alarms. */
static double learn_shifted(struct hone_classifier *classifier, uint64_t from, unsigned n,
                            unsigned shift, bool again, unsigned *n_alarms)
{
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    unsigned n_right = 0;
    for (uint64_t i = from; i < from + n; i++) {
        struct hone_error err;
        struct hone_classifier_score score;
        char text[160];
        uint32_t label = (make_text(text, sizeof(text), i) + shift) % N_LABELS;
        struct hone_encoder_field field = {.text = hone_span_text(text)};
        struct hone_encoder_input input = {&field, 1};
        struct hone_classifier_view *view = hone_classifier_freeze(classifier);
        support_ok(hone_classifier_view_score(view, &input, scratch, label, &score, &err),
                   &err);
        hone_classifier_view_unref(view);
        n_right += score.best == label ? 1 : 0;
        support_ok((again ? hone_classifier_learn_again : hone_classifier_learn)(
                       classifier, &input, label, 1.0F, i, &err),
                   &err);
        *n_alarms += hone_classifier_drift_found(classifier) ? 1 : 0;
    }
    hone_classifier_scratch_destroy(scratch);
    return (double)n_right / n;
}

static void drift_is_found_and_forgetting_helps(void **state)
{
    (void)state;
    double share[2] = {0.0, 0.0};
    for (unsigned watch = 0; watch < 2; watch++) {
        struct hone_classifier *classifier = make_with_labels(16384);
        unsigned n_before = 0, n_alarms = 0;
        hone_classifier_drift_watch(classifier, watch == 1);
        (void)learn_shifted(classifier, 1000, 1500, 0, false, &n_before);
        assert_int_equal(n_before, 0);
        share[watch] = learn_shifted(classifier, 2500, 800, 3, false, &n_alarms);
        assert_int_equal(n_alarms, watch);
        struct hone_classifier_stats stats;
        hone_classifier_stats(classifier, &stats);
        assert_true(watch == 0 ? stats.n_replay == N_LABELS + 2300
                               : stats.n_replay < N_LABELS + 50 + 800);
        hone_classifier_destroy(classifier);
    }
    print_message("right after the change: %.3f, with the detector %.3f\n", share[0],
                  share[1]);
    assert_true(share[1] > share[0] + 0.1);
}

/* A second opinion says nothing of what the state would have answered to something new. */
static void second_opinions_do_not_alarm(void **state)
{
    (void)state;
    struct hone_classifier *classifier = make_with_labels(16384);
    unsigned n_alarms = 0;
    (void)learn_shifted(classifier, 1000, 600, 0, false, &n_alarms);
    (void)learn_shifted(classifier, 2000, 600, 3, true, &n_alarms);
    assert_int_equal(n_alarms, 0);
    hone_classifier_destroy(classifier);
}

static void a_load_at_any_point_around_an_alarm_is_exact(void **state)
{
    struct place *place = *state;
    struct hone_classifier *whole = make_with_labels(64);
    unsigned n_alarms = 0;
    (void)learn_shifted(whole, 1000, 600, 0, false, &n_alarms);
    for (uint64_t from = 1600; from < 1720; from += 20) {
        struct hone_digest digest = digest_of(whole, place->path);
        struct hone_classifier *resumed = load(place->path);
        assert_true(hone_digest_equal(digest_of(resumed, place->path), digest));
        unsigned n_whole = 0, n_resumed = 0;
        (void)learn_shifted(resumed, from, 60, 3, false, &n_resumed);
        struct hone_classifier_mark *mark = hone_classifier_mark_create(whole);
        (void)learn_shifted(whole, from, 60, 3, false, &n_whole);
        assert_int_equal(n_whole, n_resumed);
        assert_true(hone_digest_equal(digest_of(resumed, place->path),
                                      digest_of(whole, place->path)));
        hone_classifier_restore(whole, mark);
        hone_classifier_mark_destroy(mark);
        hone_classifier_destroy(resumed);
        (void)learn_shifted(whole, from, 20, 3, false, &n_alarms);
    }
    assert_int_equal(n_alarms, 1);
    hone_classifier_destroy(whole);
}

static void a_reward_moves_the_answer_both_ways(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_classifier *classifier = make_with_labels(64);
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    struct hone_encoder_field field = {.text =
                                           hone_span_text("quite unknown words here")};
    struct hone_encoder_input input = {&field, 1};
    float losses[3];
    for (size_t i = 0; i < 3; i++) {
        struct hone_classifier_score score;
        struct hone_classifier_view *view = hone_classifier_freeze(classifier);
        support_ok(hone_classifier_view_score(view, &input, scratch, 4, &score, &err),
                   &err);
        hone_classifier_view_unref(view);
        losses[i] = score.loss;
        support_ok(hone_classifier_learn_reward(classifier, &input, 4,
                                                i == 0 ? 1.0F : 0.0F, 1.0F, i, &err),
                   &err);
    }
    assert_true(losses[1] < losses[0]);
    assert_true(losses[2] > losses[1]);
    hone_classifier_scratch_destroy(scratch);
    hone_classifier_destroy(classifier);
}

static struct hone_classifier *make_smoothed(float smoothing)
{
    struct hone_error err;
    struct hone_classifier_config config;
    struct hone_classifier *classifier = NULL;
    hone_classifier_config_default(&config);
    config.smoothing = smoothing;
    support_ok(hone_classifier_create(&classifier, &config, &err), &err);
    for (unsigned i = 0; i < N_LABELS; i++) {
        add_label(classifier, i);
    }
    return classifier;
}

static float loss_of(struct hone_classifier *classifier, const char *text, uint32_t label)
{
    struct hone_error err;
    struct hone_classifier_score score;
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    support_ok(hone_classifier_view_score(view, &(struct hone_encoder_input){&field, 1},
                                          scratch, label, &score, &err),
               &err);
    hone_classifier_view_unref(view);
    hone_classifier_scratch_destroy(scratch);
    return score.loss;
}

/* Descriptions are learnt as far as they go; over 10 examples a label the smoothing comes. */
static void labels_are_smoothed_once_examples_are_known(void **state)
{
    (void)state;
    struct hone_classifier *plain = make_smoothed(0.0F), *smoothed = make_smoothed(0.5F);
    char text[160];
    uint32_t label = make_text(text, sizeof(text), 1);
    support_near((double)loss_of(plain, text, label),
                 (double)loss_of(smoothed, text, label), 0.0);
    for (uint64_t i = 2; i < 10 * N_LABELS; i++) {
        char other[160];
        uint32_t truth = make_text(other, sizeof(other), i);
        assert_int_equal(learn_text(plain, other, truth, 1.0F, i), 0);
        assert_int_equal(learn_text(smoothed, other, truth, 1.0F, i), 0);
    }
    assert_true(loss_of(plain, text, label) < loss_of(smoothed, text, label));
    hone_classifier_destroy(smoothed);
    hone_classifier_destroy(plain);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_and_a_view_stays_as_it_was),
        cmocka_unit_test(a_label_is_told_from_its_description_alone),
        cmocka_unit_test(probabilities_sum_to_one_and_leave_out_disabled_labels),
        WITH_PLACE(equal_sequences_give_equal_bytes),
        WITH_PLACE(continuing_after_a_load_gives_the_bytes_of_an_uninterrupted_run),
        WITH_PLACE(restoring_a_mark_gives_its_bytes),
        cmocka_unit_test(memory_stays_flat_while_views_come_and_go),
        WITH_PLACE(bad_arguments_are_refused_and_change_nothing),
        WITH_PLACE(refuses_truncated_and_lying_files),
        WITH_PLACE(reads_files_of_version_1),
        cmocka_unit_test(threads_read_views_while_the_owner_learns),
        cmocka_unit_test(a_reward_moves_the_answer_both_ways),
        cmocka_unit_test(labels_are_smoothed_once_examples_are_known),
        cmocka_unit_test(drift_is_found_and_forgetting_helps),
        cmocka_unit_test(a_peek_says_what_a_view_says_and_copies_nothing),
        cmocka_unit_test(second_opinions_do_not_alarm),
        WITH_PLACE(a_load_at_any_point_around_an_alarm_is_exact),
    };
    return cmocka_run_group_tests_name("classifier", tests, NULL, NULL);
}
