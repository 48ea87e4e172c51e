/* few-shot: how well a skill answers that was taught a few examples of each label, on one or
 * more folders with train.jsonl, test.jsonl and labels.jsonl.
 *
 *   few-shot FOLDER... [--draws N] [--replays N] [--rows PATH]
 *
 * For each number of examples a label (1, 5, 10) and each draw: so many rows of each label
 * are drawn from the training set, shuffled and learnt once, one after the other, as a
 * server does; then the test set is answered. With and without the labels' names and
 * descriptions. 0 examples: descriptions alone.
 *
 * --rows writes the numbers of the rows that were drawn, so that others can learn the same:
 * {FOLDER: {"1": [[row, ...] for each draw], ...}}. Prints a table and, as the last line,
 * the means as JSON: NAME_SHOTS and NAME_SHOTS_described. */
#include "base/alloc.h"
#include "bench/support/fail.h"
#include "bench/support/task.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS_MAX   16
#define FOLDERS_MAX 8

static const size_t shots[] = {1, 5, 10};
#define N_SHOTS (sizeof(shots) / sizeof(shots[0]))

struct options {
    const char *folders[FOLDERS_MAX], *rows_path;
    size_t n_folders, n_draws;
    uint32_t n_replays;
};

/* Row numbers, in the order of learning. */
struct draw {
    size_t *rows;
    size_t n;
};

static struct draw draw_rows(const struct hone_task *task, size_t n_shots, uint64_t seed)
{
    size_t *order = hone_dataset_shuffle(task->train.n_rows, seed);
    size_t *taken = hone_alloc_zeroed(task->labels.n_rows, sizeof(*taken));
    struct draw draw = {hone_alloc_zeroed(task->train.n_rows, sizeof(*draw.rows)), 0};
    for (size_t i = 0; i < task->train.n_rows; i++) {
        uint32_t label = task->train_labels[order[i]];
        if (taken[label]++ < n_shots) {
            draw.rows[draw.n++] = order[i];
        }
    }
    free(taken);
    free(order);
    return draw;
}

static double run(const struct hone_task *task, const struct draw *draw,
                  const struct options *options, uint64_t seed, bool descriptions)
{
    struct hone_classifier_config config;
    hone_classifier_config_default(&config);
    config.seed = seed;
    config.n_replays = options->n_replays;
    struct hone_classifier *classifier =
        hone_task_classifier(task, &config, descriptions);
    for (size_t i = 0; i < draw->n; i++) {
        size_t row = draw->rows[i];
        hone_task_learn(classifier, task->train.rows[row].text, task->train_labels[row],
                        task->labels.n_rows + i + 1);
    }
    double accuracy = hone_task_accuracy(task, classifier);
    hone_classifier_destroy(classifier);
    return accuracy;
}

static const char *name_of(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    return slash != NULL ? slash + 1 : folder;
}

static void note_draw(json_t *rows, size_t n_shots, const struct draw *draw)
{
    char key[32];
    (void)snprintf(key, sizeof(key), "%zu", n_shots);
    json_t *draws = json_object_get(rows, key), *numbers = json_array();
    if (draws == NULL) {
        draws = json_array();
        (void)json_object_set_new(rows, key, draws);
    }
    for (size_t i = 0; i < draw->n; i++) {
        (void)json_array_append_new(numbers, json_integer((json_int_t)draw->rows[i]));
    }
    (void)json_array_append_new(draws, numbers);
}

static void note_figure(json_t *figures, const char *name, size_t n_shots,
                        bool descriptions, double accuracy)
{
    char key[96];
    (void)snprintf(key, sizeof(key), "%s_%zu%s", name, n_shots,
                   descriptions ? "_described" : "");
    (void)json_object_set_new(figures, key, json_real(accuracy));
}

/* One line of the table: plain and described, each draw and the mean. */
static void run_shots(const struct hone_task *task, const struct options *options,
                      const char *name, size_t n_shots, json_t *figures, json_t *rows)
{
    double sums[2] = {0};
    printf("%-10s %4zu ", name, n_shots);
    for (uint64_t seed = 0; seed < options->n_draws; seed++) {
        struct draw draw = draw_rows(task, n_shots, seed);
        double plain = run(task, &draw, options, seed, false);
        double described = run(task, &draw, options, seed, true);
        note_draw(rows, n_shots, &draw);
        sums[0] += plain / (double)options->n_draws;
        sums[1] += described / (double)options->n_draws;
        printf("  %.4f %.4f", plain, described);
        free(draw.rows);
    }
    printf("   mean %.4f %.4f\n", sums[0], sums[1]);
    (void)fflush(stdout);
    note_figure(figures, name, n_shots, false, sums[0]);
    note_figure(figures, name, n_shots, true, sums[1]);
}

static json_t *run_folder(const char *folder, const struct options *options,
                          json_t *figures)
{
    struct hone_task task;
    json_t *rows = json_object();
    const struct draw none = {NULL, 0};
    hone_task_read(&task, folder);
    double zero = run(&task, &none, options, 0, true);
    printf("%-10s    0   descriptions alone %.4f\n", name_of(folder), zero);
    note_figure(figures, name_of(folder), 0, true, zero);
    for (size_t i = 0; i < N_SHOTS; i++) {
        run_shots(&task, options, name_of(folder), shots[i], figures, rows);
    }
    hone_task_finish(&task);
    return rows;
}

static struct options read_options(char **argv)
{
    struct hone_classifier_config config;
    hone_classifier_config_default(&config);
    struct options options = {.n_draws = 3, .n_replays = config.n_replays};
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--draws") == 0) {
            options.n_draws = hone_task_number(arg[1], *arg);
            arg++;
        } else if (strcmp(*arg, "--replays") == 0) {
            options.n_replays = (uint32_t)hone_task_number(arg[1], *arg);
            arg++;
        } else if (strcmp(*arg, "--rows") == 0 && arg[1] != NULL) {
            options.rows_path = arg[1];
            arg++;
        } else if (**arg != '-' && options.n_folders < FOLDERS_MAX) {
            options.folders[options.n_folders++] = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    if (options.n_folders == 0 || options.n_draws < 1 || options.n_draws > DRAWS_MAX) {
        hone_fail("usage: few-shot FOLDER... [--draws N (1 to %d)] [--replays N] "
                  "[--rows PATH]",
                  DRAWS_MAX);
    }
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    json_t *figures = json_object(), *rows = json_object();
    printf("%-10s %4s   plain and described, each of %zu draws\n", "set", "shot",
           options.n_draws);
    for (size_t i = 0; i < options.n_folders; i++) {
        json_t *drawn = run_folder(options.folders[i], &options, figures);
        (void)json_object_set_new(rows, options.folders[i], drawn);
    }
    if (options.rows_path != NULL &&
        json_dump_file(rows, options.rows_path, JSON_COMPACT) != 0) {
        hone_fail("%s cannot be written", options.rows_path);
    }
    char *text = json_dumps(figures, JSON_COMPACT | JSON_REAL_PRECISION(5));
    printf("%s\n", text);
    free(text);
    json_decref(rows);
    json_decref(figures);
    return 0;
}
