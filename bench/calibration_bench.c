/* calibration-bench: can confidences be trusted, on one or more folders with train.jsonl,
 * test.jsonl and labels.jsonl.
 *
 *   calibration-bench FOLDER... [--seeds N]
 *
 * For each shuffle one pass over the training set, then the test set:
 *   ece            expected calibration error, 15 equal bins of confidence
 *   tempered       the same with the temperature that the newest 3,000 outputs of the pass,
 *                  each before its label was learnt, would have had best
 *   answered,      with the limit that `abstain: {error_rate: 0.05}` set by the same
 *   wrong          outputs: share of the test set that is answered, share of that wrong
 *
 * Then once more with a fifth of the labels left out, from the labels and from the training
 * set: their test rows are out of scope. Confidence tells them from the others:
 *   auroc          the chance that it is higher for a row in scope than for one that is not
 *   recall_5       share out of scope below the confidence that 5 % in scope are below
 *   kept, recall   with the limit of `abstain: {coverage: 0.95}`: share in scope that is
 *                  answered, share out of scope that is not
 *
 * Prints a table and, as the last line, the means as JSON: NAME_FIGURE. */
#include "base/alloc.h"
#include "bench/support/fail.h"
#include "bench/support/task.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_MAX   16
#define FOLDERS_MAX 8
#define BINS        HONE_CALIBRATION_BINS
#define ERROR_RATE  0.05F
#define COVERAGE    0.95F
#define LEFT_OUT    5          /* one label in so many */
#define NO_LABEL    UINT32_MAX /* of a row that is out of scope */

struct options {
    const char *folders[FOLDERS_MAX];
    size_t n_folders, n_seeds;
};

/* Confidences and whether they were right, summed by bin. */
struct bins {
    double confidence[BINS], right[BINS], n;
};

struct result {
    double test, ece, tempered, temperature, answered, wrong;
    double auroc, recall_5, kept, recall;
};

static void bins_add(struct bins *bins, double confidence, bool right)
{
    size_t bin = (size_t)(confidence * BINS);
    bin = bin < BINS ? bin : BINS - 1;
    bins->confidence[bin] += confidence;
    bins->right[bin] += right ? 1.0 : 0.0;
    bins->n += 1.0;
}

static double bins_ece(const struct bins *bins)
{
    double sum = 0.0;
    for (size_t i = 0; i < BINS; i++) {
        sum += fabs(bins->confidence[i] - bins->right[i]);
    }
    return sum / bins->n;
}

/* The highest probability when all are raised to 1 / temperature. */
static double temper(const float *p, size_t n, double temperature)
{
    double best = 0.0, sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        double raised = pow((double)p[k], 1.0 / temperature);
        best = fmax(best, raised);
        sum += raised;
    }
    return best / sum;
}

static size_t best_of(const float *p, size_t n)
{
    size_t best = 0;
    for (size_t k = 1; k < n; k++) {
        best = p[k] > p[best] ? k : best;
    }
    return best;
}

static const float *predict(const struct hone_classifier_view *view,
                            struct hone_classifier_scratch *scratch, const char *text)
{
    struct hone_error err;
    const float *p = NULL;
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    struct hone_encoder_input input = {&field, 1};
    hone_fail_on(hone_classifier_view_predict(view, &input, scratch, &p, &err), &err);
    return p;
}

/* One pass in the order of the seed, over the rows in scope. */
static struct hone_classifier *learn(const struct hone_task *task,
                                     struct hone_calibration_aim aim, uint64_t seed)
{
    struct hone_classifier_config config;
    hone_classifier_config_default(&config);
    config.seed = seed;
    struct hone_classifier *classifier = hone_task_classifier(task, &config, true);
    size_t *order = hone_dataset_shuffle(task->train.n_rows, seed);
    hone_classifier_calibration_aim(classifier, aim);
    for (size_t i = 0; i < task->train.n_rows; i++) {
        uint32_t label = task->train_labels[order[i]];
        if (label != NO_LABEL) {
            hone_task_learn(classifier, task->train.rows[order[i]].text, label,
                            task->labels.n_rows + i + 1);
        }
    }
    free(order);
    return classifier;
}

static void run_whole(struct result *result, const struct hone_task *task, uint64_t seed)
{
    struct hone_calibration_aim aim = {HONE_CALIBRATION_ERROR_RATE, ERROR_RATE};
    struct hone_classifier *classifier = learn(task, aim, seed);
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    struct hone_calibration_report report;
    struct bins raw = {.n = 0.0}, tempered = {.n = 0.0};
    double n_answered = 0.0, n_wrong = 0.0, n = (double)task->test.n_rows;
    hone_classifier_calibration_report(classifier, &report);
    for (size_t i = 0; i < task->test.n_rows; i++) {
        const float *p = predict(view, scratch, task->test.rows[i].text);
        size_t n_labels = task->labels.n_rows, best = best_of(p, n_labels);
        bool right = best == task->test_labels[i];
        bool answered = p[best] >= hone_classifier_view_limit(view);
        bins_add(&raw, (double)p[best], right);
        bins_add(&tempered, temper(p, n_labels, report.temperature), right);
        result->test += right ? 1.0 / n : 0.0;
        n_answered += answered ? 1.0 : 0.0;
        n_wrong += answered && !right ? 1.0 : 0.0;
    }
    result->ece = bins_ece(&raw);
    result->tempered = bins_ece(&tempered);
    result->temperature = report.temperature;
    result->answered = n_answered / n;
    result->wrong = n_wrong / n_answered;
    hone_classifier_view_unref(view);
    hone_classifier_scratch_destroy(scratch);
    hone_classifier_destroy(classifier);
}

/* Confidences of the test rows in scope and out of it. */
struct scope {
    double *in, *out;
    size_t n_in, n_out;
};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* Both sorted; equals count half. */
static double auroc(const struct scope *scope)
{
    double sum = 0.0;
    size_t below = 0, not_above = 0;
    for (size_t i = 0; i < scope->n_in; i++) {
        while (below < scope->n_out && scope->out[below] < scope->in[i]) {
            below++;
        }
        while (not_above < scope->n_out && scope->out[not_above] <= scope->in[i]) {
            not_above++;
        }
        sum += 0.5 * (double)(below + not_above);
    }
    return sum / (double)scope->n_in / (double)scope->n_out;
}

static double share_below(const double *confidences, size_t n, double limit)
{
    size_t n_below = 0;
    for (size_t i = 0; i < n; i++) {
        n_below += confidences[i] < limit ? 1 : 0;
    }
    return (double)n_below / (double)n;
}

static void judge_scope(struct result *result, struct scope *scope, double limit)
{
    qsort(scope->in, scope->n_in, sizeof(double), compare_doubles);
    qsort(scope->out, scope->n_out, sizeof(double), compare_doubles);
    double at_5 = scope->in[scope->n_in / 20];
    result->auroc = auroc(scope);
    result->recall_5 = share_below(scope->out, scope->n_out, at_5);
    result->kept = 1.0 - share_below(scope->in, scope->n_in, limit);
    result->recall = share_below(scope->out, scope->n_out, limit);
}

static uint32_t *renumber(const uint32_t *labels, size_t n, const uint32_t *numbers)
{
    uint32_t *renumbered = hone_alloc_zeroed(n, sizeof(*renumbered));
    for (size_t i = 0; i < n; i++) {
        renumbered[i] = numbers[labels[i]];
    }
    return renumbered;
}

/* The task without some of its labels, which the seed chooses; shares the texts. */
static struct hone_task narrow(const struct hone_task *task, uint64_t seed)
{
    size_t n = task->labels.n_rows, n_left_out = n / LEFT_OUT;
    size_t *chosen = hone_dataset_shuffle(n, seed + 2000);
    uint32_t *numbers = hone_alloc_zeroed(n, sizeof(*numbers));
    struct hone_task narrowed = *task;
    narrowed.labels.rows = hone_alloc_zeroed(n, sizeof(*narrowed.labels.rows));
    narrowed.labels.n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        numbers[chosen[i]] = NO_LABEL;
        if (i >= n_left_out) {
            numbers[chosen[i]] = (uint32_t)narrowed.labels.n_rows;
            narrowed.labels.rows[narrowed.labels.n_rows++] = task->labels.rows[chosen[i]];
        }
    }
    narrowed.train_labels = renumber(task->train_labels, task->train.n_rows, numbers);
    narrowed.test_labels = renumber(task->test_labels, task->test.n_rows, numbers);
    free(numbers);
    free(chosen);
    return narrowed;
}

static void narrow_finish(struct hone_task *narrowed)
{
    free(narrowed->labels.rows);
    free(narrowed->train_labels);
    free(narrowed->test_labels);
}

static void run_scope(struct result *result, const struct hone_task *task, uint64_t seed)
{
    size_t n = task->test.n_rows;
    struct hone_task narrowed = narrow(task, seed);
    struct scope scope = {hone_alloc_zeroed(n, sizeof(double)),
                          hone_alloc_zeroed(n, sizeof(double)), 0, 0};
    struct hone_calibration_aim aim = {HONE_CALIBRATION_COVERAGE, COVERAGE};
    struct hone_classifier *classifier = learn(&narrowed, aim, seed);
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    for (size_t i = 0; i < n; i++) {
        const float *p = predict(view, scratch, task->test.rows[i].text);
        double confidence = (double)p[best_of(p, narrowed.labels.n_rows)];
        if (narrowed.test_labels[i] == NO_LABEL) {
            scope.out[scope.n_out++] = confidence;
        } else {
            scope.in[scope.n_in++] = confidence;
        }
    }
    judge_scope(result, &scope, (double)hone_classifier_view_limit(view));
    hone_classifier_view_unref(view);
    hone_classifier_scratch_destroy(scratch);
    hone_classifier_destroy(classifier);
    free(scope.in);
    free(scope.out);
    narrow_finish(&narrowed);
}

#define COLUMN(member)                                                                   \
    {                                                                                    \
#member, offsetof(struct result, member)                                         \
    }
static const struct column {
    const char *name;
    size_t offset;
} columns[] = {
    COLUMN(test),  COLUMN(ece),   COLUMN(tempered), COLUMN(temperature), COLUMN(answered),
    COLUMN(wrong), COLUMN(auroc), COLUMN(recall_5), COLUMN(kept),        COLUMN(recall),
};

static double value_of(const struct result *result, const struct column *column)
{
    return *(const double *)(const void *)((const char *)result + column->offset);
}

static void report(const char *name, const struct result *results, size_t n,
                   json_t *figures)
{
    char key[96];
    for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
        double sum = 0.0;
        printf("%-10s %-12s", name, columns[c].name);
        for (size_t i = 0; i < n; i++) {
            double value = value_of(&results[i], &columns[c]);
            printf(" %8.4f", value);
            sum += value;
        }
        printf("   mean %8.4f\n", sum / (double)n);
        (void)snprintf(key, sizeof(key), "%s_%s", name, columns[c].name);
        (void)json_object_set_new(figures, key, json_real(sum / (double)n));
    }
    (void)fflush(stdout);
}

static void run_folder(const char *folder, size_t n_seeds, json_t *figures)
{
    struct hone_task task;
    struct result results[SEEDS_MAX] = {{0}};
    const char *slash = strrchr(folder, '/');
    hone_task_read(&task, folder);
    for (uint64_t seed = 0; seed < n_seeds; seed++) {
        run_whole(&results[seed], &task, seed);
        run_scope(&results[seed], &task, seed);
    }
    report(slash != NULL ? slash + 1 : folder, results, n_seeds, figures);
    hone_task_finish(&task);
}

static struct options read_options(char **argv)
{
    struct options options = {.n_seeds = 3};
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--seeds") == 0) {
            options.n_seeds = hone_task_number(arg[1], *arg);
            arg++;
        } else if (**arg != '-' && options.n_folders < FOLDERS_MAX) {
            options.folders[options.n_folders++] = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    if (options.n_folders == 0 || options.n_seeds < 1 || options.n_seeds > SEEDS_MAX) {
        hone_fail("usage: calibration-bench FOLDER... [--seeds N (1 to %d)]", SEEDS_MAX);
    }
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    json_t *figures = json_object();
    for (size_t i = 0; i < options.n_folders; i++) {
        run_folder(options.folders[i], options.n_seeds, figures);
    }
    char *text = json_dumps(figures, JSON_COMPACT | JSON_REAL_PRECISION(5));
    printf("%s\n", text);
    free(text);
    json_decref(figures);
    return 0;
}
