/* learn-speed: what a prediction, a label learnt and its publishing cost, example by example.
 *
 *   learn-speed [FOLDER] [--rounds N] [--labels N] [--examples N]
 *
 * FOLDER holds train.jsonl ({"text", "label"}) and labels.jsonl ({"label", "description"});
 * without it, texts of 77 labels are made up. Each round makes one pass with 4 replays a label
 * and one with none, in turns: predict with what is served, learn, publish. Figures are medians
 * over all examples of a pass (what other programs take away hits few of them), then over
 * the rounds. Then --labels labels (100,000) are learnt from the same texts again and again:
 * memory must not grow with them. Prints a table and, as the last line, the figures as JSON. */
#include "base/alloc.h"
#include "base/rng.h"
#include "bench/support/dataset.h"
#include "bench/support/fail.h"
#include "bench/support/samples.h"
#include "optim/classifier.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX      16
#define MADE_LABELS     77
#define MADE_EXAMPLES   10000
#define MADE_WORDS      10 /* of a text */
#define MADE_OWN_WORDS  20 /* of a label */
#define MADE_ALL_WORDS  2000
#define MADE_TEXT_BYTES 256
#define MIB             (1024.0 * 1024.0)

struct data {
    struct hone_dataset labels, train;
    uint32_t *right; // (train.n_rows,) label of each
};

struct options {
    const char *folder;
    size_t n_rounds, n_labels, n_examples;
};

enum step { ENCODE, PREDICT, LEARN, PUBLISH, LEARN_PUBLISH, N_STEPS };
static const char *const step_names[N_STEPS] = {"encode", "predict", "learn", "publish",
                                                "learn_publish"};
static const uint32_t replays_of[2] = {4, 0};

/* ---- texts ---- */

static char *make_text(struct hone_rng *rng, uint32_t label)
{
    char *text = hone_alloc_zeroed(MADE_TEXT_BYTES, 1);
    size_t len = 0;
    for (size_t i = 0; i < MADE_WORDS; i++) {
        uint64_t own =
            (uint64_t)label * MADE_OWN_WORDS + hone_rng_below(rng, MADE_OWN_WORDS);
        /* Rare words are many and common ones few. */
        uint64_t below = 1 + hone_rng_below(rng, MADE_ALL_WORDS);
        uint64_t word = i % 3 == 0 ? MADE_ALL_WORDS + own : hone_rng_below(rng, below);
        uint64_t mixed = hone_rng_mix(word);
        char letters[8] = {0};
        for (size_t j = 0; j < 3 + mixed % 5; j++) {
            letters[j] = (char)('a' + (mixed >> (8 + 5 * j)) % 26);
        }
        len += (size_t)snprintf(text + len, MADE_TEXT_BYTES - len, "%s ", letters);
    }
    return text;
}

static void make_set(struct hone_dataset *out, size_t n, uint64_t seed)
{
    struct hone_rng rng = hone_rng_at(seed, 0);
    out->rows = hone_alloc_zeroed(n, sizeof(*out->rows));
    out->n_rows = n;
    for (size_t i = 0; i < n; i++) {
        uint32_t label = (uint32_t)(i % MADE_LABELS);
        out->rows[i] = (struct hone_dataset_row){make_text(&rng, label),
                                                 hone_alloc_format("label %u", label)};
    }
}

static void read_member(struct hone_dataset *out, const char *folder, const char *name,
                        const char *key)
{
    char *path = hone_alloc_format("%s/%s", folder, name);
    hone_dataset_read(out, path, key);
    free(path);
}

static uint32_t find_label(const struct hone_dataset *labels, const char *name)
{
    for (uint32_t i = 0; i < labels->n_rows; i++) {
        if (strcmp(labels->rows[i].label, name) == 0) {
            return i;
        }
    }
    hone_fail("%s is not in labels.jsonl", name);
}

static void load_data(struct data *data, const struct options *options)
{
    if (options->folder != NULL) {
        read_member(&data->labels, options->folder, "labels.jsonl", "description");
        read_member(&data->train, options->folder, "train.jsonl", "text");
    } else {
        make_set(&data->labels, MADE_LABELS, 1);
        make_set(&data->train, MADE_EXAMPLES, 2);
    }
    data->right = hone_alloc_zeroed(data->train.n_rows, sizeof(*data->right));
    for (size_t i = 0; i < data->train.n_rows; i++) {
        data->right[i] = find_label(&data->labels, data->train.rows[i].label);
    }
}

/* ---- the classifier ---- */

static struct hone_classifier *make_classifier(const struct data *data,
                                               uint32_t n_replays)
{
    struct hone_error err;
    struct hone_classifier_config config;
    struct hone_classifier *classifier = NULL;
    hone_classifier_config_default(&config);
    config.n_replays = n_replays;
    hone_fail_on(hone_classifier_create(&classifier, &config, &err), &err);
    size_t n = data->labels.n_rows;
    struct hone_classifier_label *labels = hone_alloc_zeroed(n, sizeof(*labels));
    for (size_t i = 0; i < n; i++) {
        labels[i].name = hone_span_text(data->labels.rows[i].label);
        labels[i].description = hone_span_text(data->labels.rows[i].text);
    }
    hone_fail_on(hone_classifier_add_labels(classifier, labels, n, 1, &err), &err);
    free(labels);
    return classifier;
}

static struct hone_encoder_input input_of(struct hone_encoder_field *field,
                                          const struct data *data, size_t row)
{
    *field =
        (struct hone_encoder_field){.text = hone_span_text(data->train.rows[row].text)};
    return (struct hone_encoder_input){field, 1};
}

static void learn(struct hone_classifier *classifier, const struct data *data, size_t row,
                  uint64_t position)
{
    struct hone_error err;
    struct hone_encoder_field field;
    struct hone_encoder_input input = input_of(&field, data, row);
    hone_fail_on(
        hone_classifier_learn(classifier, &input, data->right[row], 1.0F, position, &err),
        &err);
}

/* Makes what was learnt the view that is served. */
static void publish(struct hone_classifier *classifier,
                    struct hone_classifier_view **view)
{
    struct hone_classifier_view *next = hone_classifier_freeze(classifier);
    hone_classifier_view_unref(*view);
    *view = next;
}

/* ---- times ---- */

static double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

struct pass {
    double *times_us[N_STEPS]; // (n,)
    double n_right;
};

static void encode(struct hone_encoder *encoder, const struct hone_encoder_input *input)
{
    struct hone_error err;
    const uint32_t *ids = NULL;
    size_t n = 0;
    hone_fail_on(hone_encoder_encode(encoder, input, 15, &ids, &n, &err), &err);
}

static void run_stream(struct pass *pass, const struct data *data, const size_t *order,
                       size_t n, uint32_t n_replays)
{
    struct hone_error err;
    struct hone_encoder *encoder = hone_encoder_create();
    struct hone_classifier *classifier = make_classifier(data, n_replays);
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    for (size_t i = 0; i < n; i++) {
        struct hone_encoder_field field;
        struct hone_encoder_input input = input_of(&field, data, order[i]);
        struct hone_classifier_score score;
        double at[5] = {now_us()};
        encode(encoder, &input);
        at[1] = now_us();
        hone_fail_on(hone_classifier_view_score(view, &input, scratch,
                                                data->right[order[i]], &score, &err),
                     &err);
        at[2] = now_us();
        learn(classifier, data, order[i], i + 2);
        at[3] = now_us();
        publish(classifier, &view);
        at[4] = now_us();
        for (size_t s = ENCODE; s <= PUBLISH; s++) {
            pass->times_us[s][i] = at[s + 1] - at[s];
        }
        pass->times_us[LEARN_PUBLISH][i] = at[4] - at[2];
        pass->n_right += score.best == data->right[order[i]] ? 1.0 : 0.0;
    }
    hone_classifier_view_unref(view);
    hone_classifier_scratch_destroy(scratch);
    hone_classifier_destroy(classifier);
    hone_encoder_destroy(encoder);
}

/* Medians of a pass; share of right predictions. */
static double run_pass(const struct data *data, const size_t *order, size_t n,
                       uint32_t n_replays, double medians[N_STEPS])
{
    struct pass pass = {0};
    for (size_t s = 0; s < N_STEPS; s++) {
        pass.times_us[s] = hone_alloc_zeroed(n, sizeof(double));
    }
    run_stream(&pass, data, order, n, n_replays);
    for (size_t s = 0; s < N_STEPS; s++) {
        medians[s] = hone_samples_median(pass.times_us[s], n);
        free(pass.times_us[s]);
    }
    return pass.n_right / (double)n;
}

/* ---- memory ---- */

static double resident_mib(void)
{
    unsigned long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    hone_fail_unless(file != NULL && fscanf(file, "%lu %lu", &size, &resident) == 2,
                     "/proc/self/statm cannot be read");
    (void)fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / MIB;
}

struct memory {
    double table_mib, resident_mib;
};

enum mark { AT_TENTH, AT_HALF, AT_END, N_MARKS };

static void run_memory(const struct data *data, size_t n_labels,
                       struct memory out[N_MARKS])
{
    struct hone_classifier *classifier = make_classifier(data, replays_of[0]);
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    size_t n = data->train.n_rows, *order = hone_dataset_shuffle(n, 0);
    const size_t marks[N_MARKS] = {n_labels / 10, n_labels / 2, n_labels};
    for (size_t i = 0; i < n_labels; i++) {
        learn(classifier, data, order[i % n], i + 2);
        publish(classifier, &view);
        for (size_t m = 0; m < N_MARKS; m++) {
            if (i + 1 == marks[m]) {
                struct hone_classifier_stats stats;
                hone_classifier_stats(classifier, &stats);
                out[m] = (struct memory){(double)stats.table_bytes / MIB, resident_mib()};
            }
        }
    }
    free(order);
    hone_classifier_view_unref(view);
    hone_classifier_destroy(classifier);
}

/* ---- the report ---- */

static void figure(json_t *figures, const char *name, double value)
{
    printf("%-28s %10.4f\n", name, value);
    (void)json_object_set_new(figures, name, json_real(value));
}

static void report_times(json_t *figures, const struct data *data,
                         const struct options *options)
{
    static double medians[2][N_STEPS][ROUNDS_MAX];
    double right[2] = {0};
    size_t n = options->n_examples < data->train.n_rows ? options->n_examples
                                                        : data->train.n_rows;
    size_t *order = hone_dataset_shuffle(data->train.n_rows, 0);
    for (size_t round = 0; round < options->n_rounds; round++) {
        for (size_t r = 0; r < 2; r++) {
            double of_pass[N_STEPS];
            right[r] = run_pass(data, order, n, replays_of[r], of_pass);
            for (size_t s = 0; s < N_STEPS; s++) {
                medians[r][s][round] = of_pass[s];
            }
        }
    }
    free(order);
    for (size_t r = 0; r < 2; r++) {
        char name[64];
        for (size_t s = r == 0 ? ENCODE : LEARN; s < N_STEPS; s++) {
            (void)snprintf(name, sizeof(name), s < LEARN ? "%s_us" : "%s_r%u_us",
                           step_names[s], replays_of[r]);
            figure(figures, name, hone_samples_median(medians[r][s], options->n_rounds));
        }
        (void)snprintf(name, sizeof(name), "progressive_r%u", replays_of[r]);
        figure(figures, name, right[r]);
    }
}

static void report_memory(json_t *figures, const struct data *data, size_t n_labels)
{
    static const char *const mark_names[N_MARKS] = {"tenth", "half", "end"};
    struct memory memory[N_MARKS];
    run_memory(data, n_labels, memory);
    for (size_t m = 0; m < N_MARKS; m++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "table_mib_%s", mark_names[m]);
        figure(figures, name, memory[m].table_mib);
        (void)snprintf(name, sizeof(name), "resident_mib_%s", mark_names[m]);
        figure(figures, name, memory[m].resident_mib);
    }
    figure(figures, "table_growth", memory[AT_END].table_mib / memory[AT_HALF].table_mib);
    figure(figures, "resident_growth",
           memory[AT_END].resident_mib / memory[AT_HALF].resident_mib);
}

static size_t number(const char *text, const char *option)
{
    char *end = NULL;
    unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
    if (text == NULL || end == text || *end != '\0') {
        hone_fail("%s wants a number", option);
    }
    return value;
}

static struct options read_options(char **argv)
{
    struct options options = {.n_rounds = 3, .n_labels = 100000, .n_examples = SIZE_MAX};
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--rounds") == 0) {
            options.n_rounds = number(*++arg, "--rounds");
        } else if (strcmp(*arg, "--labels") == 0) {
            options.n_labels = number(*++arg, "--labels");
        } else if (strcmp(*arg, "--examples") == 0) {
            options.n_examples = number(*++arg, "--examples");
        } else if (options.folder == NULL && **arg != '-') {
            options.folder = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
        hone_fail_unless(*arg != NULL, "an option wants a number");
    }
    if (options.n_rounds < 1 || options.n_rounds > ROUNDS_MAX || options.n_labels < 10 ||
        options.n_examples < 1) {
        hone_fail("usage: learn-speed [FOLDER] [--rounds N (1 to %d)] [--labels N (10 or "
                  "more)] [--examples N]",
                  ROUNDS_MAX);
    }
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    struct data data = {0};
    json_t *figures = json_object();
    load_data(&data, &options);
    report_times(figures, &data, &options);
    report_memory(figures, &data, options.n_labels);
    char *text = json_dumps(figures, JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(figures);
    hone_dataset_finish(&data.labels);
    hone_dataset_finish(&data.train);
    free(data.right);
    return 0;
}
