/* learn-drift: what the drift detector is worth, on a folder with train.jsonl ({"text",
 * "label"}) and labels.jsonl ({"label", "description"}).
 *
 * One pass per shuffle: predict, then learn. At mid-stream half of the labels change
 * places with each other. The same stream is learnt with and without the detector, and
 * once more with it but without the change. Prints a table and, as the last line, the
 * means as JSON.
 *
 *   learn-drift FOLDER [--no-descriptions] [--limit N] [--seeds N] */
#include "bench/support/dataset.h"
#include "bench/support/fail.h"

#include "base/alloc.h"
#include "optim/classifier.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_MAX 16
/* An alarm that comes so soon after the change was raised by it. */
#define TRUE_ALARM_EXAMPLES 200
#define PER_EXAMPLES        5000.0

struct options {
    const char *folder;
    bool descriptions;
    size_t limit, n_seeds;
};

struct stream {
    const struct hone_dataset *labels, *train;
    uint32_t *truth;   // (train->n_rows,) label of each row
    uint32_t *changed; // (labels->n_rows,) what each label becomes
    size_t *order;
    size_t n;
};

struct run {
    double before, after; /* share right in the two halves */
    double n_alarms, n_false, delay;
};

static struct hone_classifier *make(const struct stream *stream, bool descriptions,
                                    uint64_t seed)
{
    struct hone_error err;
    struct hone_classifier_config config;
    struct hone_classifier *classifier = NULL;
    size_t n = stream->labels->n_rows;
    hone_classifier_config_default(&config);
    config.seed = seed;
    hone_fail_on(hone_classifier_create(&classifier, &config, &err), &err);
    struct hone_classifier_label *labels = hone_alloc_zeroed(n, sizeof(*labels));
    char(*numbers)[32] = hone_alloc_zeroed(n, sizeof(*numbers));
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(numbers[i], sizeof(numbers[i]), "%zu", i);
        const struct hone_dataset_row *row = &stream->labels->rows[i];
        labels[i].name = hone_span_text(descriptions ? row->label : numbers[i]);
        labels[i].description = hone_span_text(descriptions ? row->text : "");
    }
    hone_fail_on(hone_classifier_add_labels(classifier, labels, n, 1, &err), &err);
    free(numbers);
    free(labels);
    return classifier;
}

/* Half of the labels, chosen by the seed, take each other's place in a circle. */
static void change_labels(struct stream *stream, uint64_t seed)
{
    size_t n = stream->labels->n_rows, n_moved = n / 2;
    size_t *chosen = hone_dataset_shuffle(n, seed + 1000);
    for (size_t i = 0; i < n; i++) {
        stream->changed[i] = (uint32_t)i;
    }
    for (size_t i = 0; i < n_moved; i++) {
        stream->changed[chosen[i]] = (uint32_t)chosen[(i + 1) % n_moved];
    }
    free(chosen);
}

static bool step(struct hone_classifier *classifier,
                 struct hone_classifier_scratch *scratch, const char *text,
                 uint32_t label, uint64_t position)
{
    struct hone_error err;
    struct hone_classifier_score score;
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    struct hone_encoder_input input = {&field, 1};
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    hone_fail_on(hone_classifier_view_score(view, &input, scratch, label, &score, &err),
                 &err);
    hone_classifier_view_unref(view);
    hone_fail_on(hone_classifier_learn(classifier, &input, label, 1.0F, position, &err),
                 &err);
    return score.best == label;
}

static struct run run_stream(const struct stream *stream, const struct options *options,
                             uint64_t seed, bool watch, bool change)
{
    struct run run = {.delay = -1.0};
    struct hone_classifier *classifier = make(stream, options->descriptions, seed);
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    size_t half = stream->n / 2, n_right[2] = {0, 0};
    hone_classifier_drift_watch(classifier, watch);
    for (size_t i = 0; i < stream->n; i++) {
        size_t row = stream->order[i];
        uint32_t label = stream->truth[row];
        label = change && i >= half ? stream->changed[label] : label;
        n_right[i >= half ? 1 : 0] +=
            step(classifier, scratch, stream->train->rows[row].text, label,
                 stream->labels->n_rows + i + 1)
                ? 1
                : 0;
        if (hone_classifier_drift_found(classifier)) {
            bool is_true =
                change && run.delay < 0.0 && i >= half && i < half + TRUE_ALARM_EXAMPLES;
            run.delay = is_true ? (double)(i + 1 - half) : run.delay;
            run.n_alarms += 1.0;
            run.n_false += is_true ? 0.0 : 1.0;
        }
    }
    run.before = (double)n_right[0] / (double)half;
    run.after = (double)n_right[1] / (double)(stream->n - half);
    hone_classifier_scratch_destroy(scratch);
    hone_classifier_destroy(classifier);
    return run;
}

static uint32_t find_label(const struct hone_dataset *labels, const char *name)
{
    for (uint32_t i = 0; i < labels->n_rows; i++) {
        if (strcmp(labels->rows[i].label, name) == 0) {
            return i;
        }
    }
    hone_fail("the label %s is not in labels.jsonl", name);
}

static void read_stream(struct stream *stream, struct hone_dataset *labels,
                        struct hone_dataset *train, const struct options *options)
{
    char *path = hone_alloc_format("%s/labels.jsonl", options->folder);
    hone_dataset_read(labels, path, "description");
    free(path);
    path = hone_alloc_format("%s/train.jsonl", options->folder);
    hone_dataset_read(train, path, "text");
    free(path);
    *stream = (struct stream){.labels = labels, .train = train};
    stream->n = options->limit < train->n_rows ? options->limit : train->n_rows;
    stream->truth = hone_alloc_zeroed(train->n_rows, sizeof(*stream->truth));
    stream->changed = hone_alloc_zeroed(labels->n_rows, sizeof(*stream->changed));
    for (size_t i = 0; i < train->n_rows; i++) {
        stream->truth[i] = find_label(labels, train->rows[i].label);
    }
}

/* The figures of all seeds. */
static void report(const struct run runs[][3], const struct options *options, size_t n)
{
    double sums[7] = {0};
    printf("%-6s %9s %9s %9s %9s %7s %7s %9s\n", "seed", "before", "after", "without",
           "pre-loss", "delay", "false", "no change");
    for (size_t s = 0; s < options->n_seeds; s++) {
        const struct run *with = &runs[s][0], *without = &runs[s][1],
                         *level = &runs[s][2];
        const double values[7] = {
            with->before, with->after,   without->after, without->before - with->before,
            with->delay,  with->n_false, level->n_alarms};
        printf("%-6zu %9.4f %9.4f %9.4f %9.4f %7.0f %7.0f %9.0f\n", s, values[0],
               values[1], values[2], values[3], values[4], values[5], values[6]);
        for (size_t i = 0; i < 7; i++) {
            sums[i] += values[i] / (double)options->n_seeds;
        }
    }
    double n_false = (sums[5] + sums[6]) / 2.0 / (double)n * PER_EXAMPLES;
    printf(
        "{\"before_drift\":%.5f,\"after_drift\":%.5f,\"after_drift_undetected\":%.5f,"
        "\"pre_drift_loss\":%.5f,\"alarm_after\":%.1f,\"false_alarms_per_5000\":%.4f}\n",
        sums[0], sums[1], sums[2], sums[3], sums[4], n_false);
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
    struct options options = {.descriptions = true, .limit = SIZE_MAX, .n_seeds = 3};
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--no-descriptions") == 0) {
            options.descriptions = false;
        } else if (strcmp(*arg, "--limit") == 0) {
            options.limit = number(arg[1], *arg);
            arg++;
        } else if (strcmp(*arg, "--seeds") == 0) {
            options.n_seeds = number(arg[1], *arg);
            arg++;
        } else if (options.folder == NULL && **arg != '-') {
            options.folder = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    if (options.folder == NULL || options.n_seeds < 1 || options.n_seeds > SEEDS_MAX ||
        options.limit < 2) {
        hone_fail("usage: learn-drift FOLDER [--no-descriptions] [--limit N (from "
                  "2)] [--seeds N (1 to %d)]",
                  SEEDS_MAX);
    }
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    struct hone_dataset labels = {0}, train = {0};
    struct stream stream;
    struct run runs[SEEDS_MAX][3];
    read_stream(&stream, &labels, &train, &options);
    for (uint64_t seed = 0; seed < options.n_seeds; seed++) {
        stream.order = hone_dataset_shuffle(train.n_rows, seed);
        change_labels(&stream, seed);
        runs[seed][0] = run_stream(&stream, &options, seed, true, true);
        runs[seed][1] = run_stream(&stream, &options, seed, false, true);
        runs[seed][2] = run_stream(&stream, &options, seed, true, false);
        free(stream.order);
    }
    report((const struct run(*)[3])runs, &options, stream.n);
    free(stream.truth);
    free(stream.changed);
    hone_dataset_finish(&labels);
    hone_dataset_finish(&train);
    return 0;
}
