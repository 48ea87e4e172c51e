/* restart: how long a server takes from exec to its first answer.
 *
 *   restart HONE EXAMPLES [--labels N] [--repeats N]
 *
 * EXAMPLES is the folder that has triage. Three cases: an empty data folder; a data folder
 * that was left in order; and one whose server was killed (SIGKILL) right after it had
 * acknowledged the last of N labels. After the kill the first answer must rest on all of
 * them, or the benchmark fails. */
#include "base/alloc.h"
#include "base/clock.h"
#include "bench/support/dataset.h"
#include "bench/support/fail.h"
#include "bench/support/peer.h"
#include "bench/support/samples.h"
#include "bench/support/served.h"
#include "cli/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKILL       "triage"
#define TEXT        "where is my refund"
#define REPEATS_MAX 32

struct options {
    const char *program, *examples;
    size_t n_labels, n_repeats;
};

struct times {
    double empty_ms, in_order_ms, killed_ms, killed_all_ms;
};

/* The position of the last label that the skill has learned. */
static json_int_t learned_through(struct hone_client *control)
{
    json_t *status = hone_peer_skill_status(control, SKILL);
    json_int_t position = json_integer_value(json_object_get(status, "learned_through"));
    json_decref(status);
    return position;
}

struct start {
    struct hone_served served;
    double first_ms; /* to the first answer */
    double all_ms;   /* until all of the log is learned again */
};

static struct start start_server(const struct options *options, const char *data,
                                 json_int_t position)
{
    struct start start = {0};
    struct hone_peer_answer answer;
    uint64_t start_us = hone_clock_monotonic_us();
    hone_served_start(&start.served, options->program, data, options->examples);
    struct hone_client *client = hone_peer_connect(start.served.control_path);
    hone_peer_classify(&answer, client, SKILL, TEXT);
    start.first_ms = (double)(hone_clock_monotonic_us() - start_us) / 1e3;
    while (learned_through(client) < position) {
        hone_fail_unless(hone_clock_monotonic_us() - start_us < 60000000,
                         "the log was not learned within a minute");
    }
    start.all_ms = (double)(hone_clock_monotonic_us() - start_us) / 1e3;
    hone_client_destroy(client);
    return start;
}

/* Teaches n labels and returns the position of the last. */
static json_int_t teach(const struct hone_served *served, const struct hone_dataset *rows,
                        size_t n)
{
    struct hone_client *client = hone_peer_connect(served->control_path);
    for (size_t i = 0; i < n; i++) {
        const struct hone_dataset_row *row = &rows->rows[i % rows->n_rows];
        struct hone_peer_answer answer;
        hone_peer_classify(&answer, client, SKILL, row->text);
        hone_peer_teach(client, answer.call_id, row->label);
    }
    json_int_t position = learned_through(client);
    hone_client_destroy(client);
    return position;
}

static struct times run_once(const struct options *options,
                             const struct hone_dataset *rows)
{
    struct times times;
    struct hone_error err;
    char *data = NULL;
    hone_fail_on(hone_scratch_create(&data, &err), &err);
    struct start start = start_server(options, data, 0);
    times.empty_ms = start.first_ms;
    hone_served_stop(&start.served);
    start = start_server(options, data, 0);
    times.in_order_ms = start.first_ms;
    json_int_t position = teach(&start.served, rows, options->n_labels);
    hone_served_kill(&start.served);
    start = start_server(options, data, position);
    times.killed_ms = start.first_ms;
    times.killed_all_ms = start.all_ms;
    hone_served_stop(&start.served);
    hone_scratch_remove(data);
    free(data);
    return times;
}

/* ---- report ---- */

#define COLUMN(member)                                                                   \
    {                                                                                    \
#member, offsetof(struct times, member)                                          \
    }
static const struct column {
    const char *name;
    size_t offset;
} columns[] = {COLUMN(empty_ms), COLUMN(in_order_ms), COLUMN(killed_ms),
               COLUMN(killed_all_ms)};

static void report(const struct times *times, const struct options *options)
{
    json_t *medians = json_object();
    (void)json_object_set_new(medians, "labels",
                              json_integer((json_int_t)options->n_labels));
    for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
        double values[REPEATS_MAX];
        printf("%-14s", columns[c].name);
        for (size_t i = 0; i < options->n_repeats; i++) {
            const char *base = (const char *)&times[i];
            values[i] = *(const double *)(const void *)(base + columns[c].offset);
            printf(" %9.2f", values[i]);
        }
        double median = hone_samples_median(values, options->n_repeats);
        printf("   median %9.2f\n", median);
        (void)json_object_set_new(medians, columns[c].name, json_real(median));
    }
    char *text = json_dumps(medians, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(medians);
}

static struct options read_options(char **argv)
{
    struct options options = {.n_labels = 2000, .n_repeats = 3};
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--labels") == 0 && arg[1] != NULL) {
            options.n_labels = strtoul(*++arg, NULL, 10);
        } else if (strcmp(*arg, "--repeats") == 0 && arg[1] != NULL) {
            options.n_repeats = strtoul(*++arg, NULL, 10);
        } else if (options.program == NULL) {
            options.program = *arg;
        } else if (options.examples == NULL) {
            options.examples = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    hone_fail_unless(options.examples != NULL && options.n_repeats >= 1 &&
                         options.n_repeats <= REPEATS_MAX,
                     "usage: restart HONE EXAMPLES [--labels N] [--repeats N (1 to 32)]");
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    struct times times[REPEATS_MAX];
    struct hone_dataset rows;
    char *texts = hone_alloc_format("%s/triage/data/messages.jsonl", options.examples);
    hone_dataset_read(&rows, texts, "text");
    for (size_t i = 0; i < options.n_repeats; i++) {
        times[i] = run_once(&options, &rows);
    }
    report(times, &options);
    hone_dataset_finish(&rows);
    free(texts);
    return 0;
}
