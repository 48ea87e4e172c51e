/* learn-online: how well and how fast the classifier learns from a stream, on a folder with
 * train.jsonl, test.jsonl ({"text", "label"}) and labels.jsonl ({"label", "description"}).
 *
 * One pass over the shuffled training set per seed: predict, then learn (progressive accuracy),
 * then the test set. Prints a table and, as the last line, the means as JSON.
 *
 *   learn-online FOLDER [--no-descriptions] [--rewards] [--replays N] [--limit N] [--seeds N]
 *               [--chooser exclusive|independent]
 *
 * --no-descriptions  labels are known by number only, so that nothing is learnt from their names
 * --rewards          the learner is only told whether its answer was right
 * --chooser          as --rewards, with the reward model of a choose skill; options are
 *                    chosen greedily */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/rng.h"
#include "optim/classifier.h"
#include "tensor/kernels.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEEDS_MAX  16
#define LINE_MAX_B (1 << 20)
#define ECE_BINS   15

struct record {
    char *text;
    uint32_t label;
};

struct records {
    struct record *items;
    size_t n;
};

struct label {
    char *name, *description;
};

struct data {
    struct label *labels;
    size_t n_labels;
    struct records train, test;
};

struct options {
    const char *folder;
    bool descriptions, rewards;
    uint32_t n_replays;
    size_t limit, n_seeds;
    enum hone_classifier_rewards chooser; /* BESIDE_LABELS: none */
};

enum mark { AT_500, AT_1000, AT_2000, N_MARKS };
static const size_t mark_examples[N_MARKS] = {500, 1000, 2000};

struct result {
    double progressive, progressive_loss, at[N_MARKS];
    double test, test_loss, test_ece; /* losses in nats */
    double encode_us, predict_us, learn_us, freeze_us;
    double n_rows, table_bytes, file_bytes, save_us, load_us;
};

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "learn-online: %s: %s\n", what, detail);
    exit(1);
}

static void check(int code, const struct hone_error *err)
{
    if (code != 0) {
        fail(hone_error_name(code), err->message);
    }
}

static char *copy_member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return hone_alloc_text(text != NULL ? text : "");
}

/* The next line as JSON, or NULL at the end. */
static json_t *next_object(FILE *file, char *line, const char *path)
{
    if (fgets(line, LINE_MAX_B, file) == NULL) {
        return NULL;
    }
    json_t *object = json_loads(line, 0, NULL);
    if (object == NULL) {
        fail(path, "a line is not JSON");
    }
    return object;
}

static FILE *open_member(char **path, const char *folder, const char *name)
{
    *path = hone_alloc_format("%s/%s", folder, name);
    FILE *file = fopen(*path, "rb");
    if (file == NULL) {
        fail(*path, "cannot be opened");
    }
    return file;
}

static void read_labels(struct data *data, const char *folder, char *line)
{
    char *path = NULL;
    FILE *file = open_member(&path, folder, "labels.jsonl");
    for (json_t *object = next_object(file, line, path); object != NULL;
         object = next_object(file, line, path)) {
        data->labels =
            hone_alloc_resize(data->labels, data->n_labels + 1, sizeof(*data->labels));
        data->labels[data->n_labels++] = (struct label){
            copy_member(object, "label"), copy_member(object, "description")};
        json_decref(object);
    }
    fclose(file);
    free(path);
}

static uint32_t find_label(const struct data *data, const char *name)
{
    for (uint32_t i = 0; i < data->n_labels; i++) {
        if (strcmp(data->labels[i].name, name) == 0) {
            return i;
        }
    }
    fail(name, "is not in labels.jsonl");
    return 0;
}

static struct records read_records(const struct data *data, const char *folder,
                                   const char *name, char *line)
{
    struct records records = {0};
    size_t capacity = 0;
    char *path = NULL;
    FILE *file = open_member(&path, folder, name);
    for (json_t *object = next_object(file, line, path); object != NULL;
         object = next_object(file, line, path)) {
        if (records.n == capacity) {
            capacity = capacity == 0 ? 1024 : capacity * 2;
            records.items =
                hone_alloc_resize(records.items, capacity, sizeof(*records.items));
        }
        const char *label = json_string_value(json_object_get(object, "label"));
        records.items[records.n++] = (struct record){
            copy_member(object, "text"), find_label(data, label != NULL ? label : "")};
        json_decref(object);
    }
    fclose(file);
    free(path);
    return records;
}

static void free_data(struct data *data)
{
    for (size_t i = 0; i < data->n_labels; i++) {
        free(data->labels[i].name);
        free(data->labels[i].description);
    }
    struct records *sets[] = {&data->train, &data->test};
    for (size_t s = 0; s < 2; s++) {
        for (size_t i = 0; i < sets[s]->n; i++) {
            free(sets[s]->items[i].text);
        }
        free(sets[s]->items);
    }
    free(data->labels);
}

static size_t *shuffled(size_t n, uint64_t seed)
{
    size_t *order = hone_alloc_zeroed(n, sizeof(*order));
    struct hone_rng rng = hone_rng_at(seed, 0);
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)hone_rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return order;
}

static struct hone_classifier *
make_classifier(const struct data *data, const struct options *options, uint64_t seed)
{
    struct hone_error err;
    struct hone_classifier_config config;
    struct hone_classifier *classifier = NULL;
    hone_classifier_config_default(&config);
    config.n_replays = options->n_replays;
    config.seed = seed;
    config.rewards = options->chooser;
    check(hone_classifier_create(&classifier, &config, &err), &err);
    struct hone_classifier_label *labels =
        hone_alloc_zeroed(data->n_labels, sizeof(*labels));
    char(*numbers)[32] = hone_alloc_zeroed(data->n_labels, sizeof(*numbers));
    for (size_t i = 0; i < data->n_labels; i++) {
        (void)snprintf(numbers[i], sizeof(numbers[i]), "%zu", i);
        labels[i].name =
            hone_span_text(options->descriptions ? data->labels[i].name : numbers[i]);
        labels[i].description =
            hone_span_text(options->descriptions ? data->labels[i].description : "");
    }
    check(hone_classifier_add_labels(classifier, labels, data->n_labels, 1, &err), &err);
    free(numbers);
    free(labels);
    return classifier;
}

/* As predict, by a chooser's estimates: probabilities that need not sum to 1. */
static struct hone_classifier_score choose(const struct hone_classifier_view *view,
                                           const struct hone_encoder_input *input,
                                           struct hone_classifier_scratch *scratch,
                                           uint32_t label)
{
    struct hone_error err;
    const float *q = NULL, *deviations = NULL;
    check(hone_classifier_view_estimate(view, input, scratch, &q, &deviations, &err),
          &err);
    uint32_t best = (uint32_t)hone_argmax(q, hone_classifier_view_n_labels(view));
    return (struct hone_classifier_score){
        .best = best, .best_probability = q[best], .loss = -logf(fmaxf(q[label], 1e-9F))};
}

static struct hone_classifier_score predict(const struct hone_classifier_view *view,
                                            const struct record *record,
                                            struct hone_classifier_scratch *scratch)
{
    struct hone_error err;
    struct hone_encoder_field field = {.text = hone_span_text(record->text)};
    struct hone_encoder_input input = {&field, 1};
    struct hone_classifier_score score;
    if (hone_classifier_view_is_chooser(view)) {
        return choose(view, &input, scratch, record->label);
    }
    check(hone_classifier_view_score(view, &input, scratch, record->label, &score, &err),
          &err);
    return score;
}

static void learn(struct hone_classifier *classifier, const struct record *record,
                  uint32_t answer, bool rewards, uint64_t position)
{
    struct hone_error err;
    struct hone_encoder_field field = {.text = hone_span_text(record->text)};
    struct hone_encoder_input input = {&field, 1};
    int rc = rewards ? hone_classifier_learn_reward(classifier, &input, answer,
                                                    answer == record->label ? 1.0F : 0.0F,
                                                    1.0F, position, &err)
                     : hone_classifier_learn(classifier, &input, record->label, 1.0F,
                                             position, &err);
    check(rc, &err);
}

/* The pass: predict with what is served, learn, publish. */
static struct hone_classifier_view *run_stream(struct result *result,
                                               struct hone_classifier *classifier,
                                               const struct data *data,
                                               const struct options *options,
                                               const size_t *order, size_t n)
{
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    uint64_t predict_us = 0, learn_us = 0, freeze_us = 0;
    size_t n_right = 0;
    double loss = 0.0;
    for (size_t i = 0; i < n; i++) {
        const struct record *record = &data->train.items[order[i]];
        uint64_t start = hone_clock_monotonic_us();
        struct hone_classifier_score score = predict(view, record, scratch);
        uint32_t answer = score.best;
        uint64_t predicted = hone_clock_monotonic_us();
        learn(classifier, record, answer, options->rewards, data->n_labels + i + 1);
        uint64_t learnt = hone_clock_monotonic_us();
        struct hone_classifier_view *next = hone_classifier_freeze(classifier);
        hone_classifier_view_unref(view);
        view = next;
        freeze_us += hone_clock_monotonic_us() - learnt;
        learn_us += learnt - predicted;
        predict_us += predicted - start;
        n_right += answer == record->label ? 1 : 0;
        loss += (double)score.loss;
        for (size_t m = 0; m < N_MARKS; m++) {
            if (i + 1 == mark_examples[m]) {
                result->at[m] = (double)n_right / (double)(i + 1);
            }
        }
    }
    double count = n > 0 ? (double)n : 1.0;
    result->progressive = (double)n_right / count;
    result->progressive_loss = loss / count;
    result->predict_us = (double)predict_us / count;
    result->learn_us = (double)learn_us / count;
    result->freeze_us = (double)freeze_us / count;
    hone_classifier_scratch_destroy(scratch);
    return view;
}

/* Accuracy, log loss, and the expected calibration error over equal bins of confidence. */
static void run_test(struct result *result, const struct hone_classifier_view *view,
                     const struct data *data)
{
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    double confidence[ECE_BINS] = {0}, right[ECE_BINS] = {0}, loss = 0.0, n_right = 0.0;
    for (size_t i = 0; i < data->test.n; i++) {
        const struct record *record = &data->test.items[i];
        struct hone_classifier_score score = predict(view, record, scratch);
        size_t bin = (size_t)(score.best_probability * (float)ECE_BINS);
        bin = bin < ECE_BINS ? bin : ECE_BINS - 1;
        confidence[bin] += (double)score.best_probability;
        right[bin] += score.best == record->label ? 1.0 : 0.0;
        n_right += score.best == record->label ? 1.0 : 0.0;
        loss += (double)score.loss;
    }
    double n = (double)data->test.n;
    for (size_t bin = 0; bin < ECE_BINS; bin++) {
        result->test_ece += fabs(confidence[bin] - right[bin]) / n;
    }
    result->test = n_right / n;
    result->test_loss = loss / n;
    hone_classifier_scratch_destroy(scratch);
}

static void time_encoder(struct result *result, const struct data *data)
{
    struct hone_encoder *encoder = hone_encoder_create();
    uint64_t start = hone_clock_monotonic_us();
    for (size_t i = 0; i < data->test.n; i++) {
        struct hone_error err;
        const uint32_t *ids = NULL;
        size_t n = 0;
        struct hone_encoder_field field = {.text =
                                               hone_span_text(data->test.items[i].text)};
        check(hone_encoder_encode(encoder, &(struct hone_encoder_input){&field, 1}, 15,
                                  &ids, &n, &err),
              &err);
    }
    result->encode_us =
        (double)(hone_clock_monotonic_us() - start) / (double)data->test.n;
    hone_encoder_destroy(encoder);
}

static void time_file(struct result *result, struct hone_classifier *classifier)
{
    struct hone_error err;
    char path[] = "/tmp/learn-online-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) {
        fail(path, "cannot be made");
    }
    close(fd);
    struct hone_classifier_mark *mark = hone_classifier_mark_create(classifier);
    struct hone_classifier_save *save = NULL;
    uint64_t start = hone_clock_monotonic_us();
    check(hone_classifier_save_create(&save, mark, path, hone_span_text("{}"), &err),
          &err);
    int rc = 1;
    while (rc == 1) {
        rc = hone_classifier_save_step(save, 4 << 20, &err);
    }
    check(rc, &err);
    result->save_us = (double)(hone_clock_monotonic_us() - start);
    struct hone_digest digest;
    uint64_t size = 0;
    hone_classifier_save_result(save, &digest, &size);
    result->file_bytes = (double)size;
    hone_classifier_save_destroy(save);
    hone_classifier_mark_destroy(mark);
    struct hone_classifier *loaded = NULL;
    char *extra = NULL;
    start = hone_clock_monotonic_us();
    check(hone_classifier_load(&loaded, path, &extra, &err), &err);
    result->load_us = (double)(hone_clock_monotonic_us() - start);
    hone_classifier_destroy(loaded);
    free(extra);
    unlink(path);
}

static struct result run_seed(const struct data *data, const struct options *options,
                              uint64_t seed)
{
    struct result result = {0};
    size_t *order = shuffled(data->train.n, seed);
    size_t n = options->limit < data->train.n ? options->limit : data->train.n;
    struct hone_classifier *classifier = make_classifier(data, options, seed);
    struct hone_classifier_view *view =
        run_stream(&result, classifier, data, options, order, n);
    run_test(&result, view, data);
    hone_classifier_view_unref(view);
    time_encoder(&result, data);
    struct hone_classifier_stats stats;
    hone_classifier_stats(classifier, &stats);
    result.n_rows = (double)stats.n_rows;
    result.table_bytes = (double)stats.table_bytes;
    time_file(&result, classifier);
    hone_classifier_destroy(classifier);
    free(order);
    return result;
}

struct column {
    const char *name;
    size_t offset;
};

#define COLUMN(name, member)                                                             \
    {                                                                                    \
        name, offsetof(struct result, member)                                            \
    }
static const struct column columns[] = {
    COLUMN("progressive", progressive), COLUMN("progressive_loss", progressive_loss),
    COLUMN("at_500", at[AT_500]),       COLUMN("at_1000", at[AT_1000]),
    COLUMN("at_2000", at[AT_2000]),     COLUMN("test", test),
    COLUMN("test_loss", test_loss),     COLUMN("test_ece", test_ece),
    COLUMN("encode_us", encode_us),     COLUMN("predict_us", predict_us),
    COLUMN("learn_us", learn_us),       COLUMN("freeze_us", freeze_us),
    COLUMN("n_rows", n_rows),           COLUMN("table_bytes", table_bytes),
    COLUMN("file_bytes", file_bytes),   COLUMN("save_us", save_us),
    COLUMN("load_us", load_us),
};

static double value_of(const struct result *result, size_t c)
{
    return *(const double *)(const void *)((const char *)result + columns[c].offset);
}

static void report(const struct result *results, const struct options *options)
{
    size_t n_columns = sizeof(columns) / sizeof(columns[0]);
    json_t *means = json_object();
    json_object_set_new(means, "folder", json_string(options->folder));
    json_object_set_new(means, "descriptions", json_boolean(options->descriptions));
    json_object_set_new(means, "rewards", json_boolean(options->rewards));
    json_object_set_new(means, "n_replays", json_integer(options->n_replays));
    for (size_t c = 0; c < n_columns; c++) {
        double sum = 0.0;
        printf("%-16s", columns[c].name);
        for (size_t s = 0; s < options->n_seeds; s++) {
            double value = value_of(&results[s], c);
            printf(" %14.4f", value);
            sum += value;
        }
        double mean = sum / (double)options->n_seeds;
        printf("   mean %.4f\n", mean);
        json_object_set_new(means, columns[c].name, json_real(mean));
    }
    char *text = json_dumps(means, JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(means);
}

static size_t number(const char *text, const char *option)
{
    char *end = NULL;
    unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
    if (text == NULL || end == text || *end != '\0') {
        fail(option, "wants a number");
    }
    return value;
}

static enum hone_classifier_rewards chooser(const char *name)
{
    if (name != NULL && strcmp(name, "exclusive") == 0) {
        return HONE_CLASSIFIER_REWARDS_EXCLUSIVE;
    }
    if (name == NULL || strcmp(name, "independent") != 0) {
        fail("--chooser", "wants exclusive or independent");
    }
    return HONE_CLASSIFIER_REWARDS_INDEPENDENT;
}

static struct options read_options(char **argv)
{
    struct options options = {
        .descriptions = true, .n_replays = 4, .limit = SIZE_MAX, .n_seeds = 3};
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--no-descriptions") == 0) {
            options.descriptions = false;
        } else if (strcmp(*arg, "--rewards") == 0) {
            options.rewards = true;
        } else if (strcmp(*arg, "--chooser") == 0) {
            options.chooser = chooser(arg[1]);
            options.rewards = true;
            arg++;
        } else if (strcmp(*arg, "--replays") == 0) {
            options.n_replays = (uint32_t)number(arg[1], *arg);
            arg++;
        } else if (strcmp(*arg, "--limit") == 0) {
            options.limit = number(arg[1], *arg);
            arg++;
        } else if (strcmp(*arg, "--seeds") == 0) {
            options.n_seeds = number(arg[1], *arg);
            arg++;
        } else if (options.folder == NULL && **arg != '-') {
            options.folder = *arg;
        } else {
            fail(*arg, "is not an option");
        }
    }
    if (options.folder == NULL || options.n_seeds < 1 || options.n_seeds > SEEDS_MAX) {
        fail("usage", "learn-online FOLDER [--no-descriptions] [--rewards] [--replays N] "
                      "[--limit N] [--seeds N (1 to 16)] "
                      "[--chooser exclusive|independent]");
    }
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    struct data data = {0};
    char *line = hone_alloc_zeroed(LINE_MAX_B, 1);
    read_labels(&data, options.folder, line);
    data.train = read_records(&data, options.folder, "train.jsonl", line);
    data.test = read_records(&data, options.folder, "test.jsonl", line);
    free(line);
    if (data.n_labels == 0 || data.train.n == 0 || data.test.n == 0) {
        fail(options.folder, "a file is empty");
    }
    struct result results[SEEDS_MAX];
    for (size_t seed = 0; seed < options.n_seeds; seed++) {
        results[seed] = run_seed(&data, &options, seed);
    }
    report(results, &options);
    free_data(&data);
    return 0;
}
