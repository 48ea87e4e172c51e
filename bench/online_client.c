/* online-client: one pass of a stream of labelled texts through a real server.
 *
 * For each seed: a new server on a new data folder; the training texts in shuffled order,
 * each called and then taught (feedback with wait "learned", so that the next call sees
 * it); then the test texts, called only. Every answer is checked, and compared with that of
 * the library alone after the same feedback: `differences` counts those that are not the
 * same to the last digit. Prints a table and, as the last line, the means as JSON.
 *
 *   online-client HONE FOLDER [--seeds N] [--limit N]
 *
 * HONE is the program to measure. FOLDER has train.jsonl, test.jsonl and labels.jsonl; its
 * last part names the skill. */
#include "base/alloc.h"
#include "base/clock.h"
#include "bench/support/dataset.h"
#include "bench/support/fail.h"
#include "bench/support/make_skill.h"
#include "bench/support/peer.h"
#include "bench/support/samples.h"
#include "bench/support/served.h"
#include "bench/support/twin.h"
#include "cli/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_MAX 16
#define MIB       (1024.0 * 1024.0)

struct data {
    struct hone_dataset labels, train, test;
};

struct options {
    const char *program, *folder, *skill;
    size_t limit, n_seeds;
};

struct result {
    double progressive, at_500, at_1000, at_2000, test;
    double call_p50_us, call_p99_us, learned_p50_ms, learned_p99_ms, learned_max_ms;
    double test_call_p50_us, versions, tensors_mib, resident_mib, peak_mib, wall_s;
    double compared, differences;
};

/* ---- one seed ---- */

struct run {
    const struct data *data;
    const struct options *options;
    struct hone_client *mcp, *control;
    struct hone_twin *twin;
    struct hone_samples calls, learned;
};

static bool call_is_right(struct run *run, struct hone_peer_answer *answer,
                          const struct hone_dataset_row *row)
{
    uint64_t start_us = hone_clock_monotonic_us();
    json_t *structured = hone_peer_ask(run->mcp, run->options->skill, row->text);
    hone_samples_add(&run->calls, hone_clock_monotonic_us() - start_us);
    json_t *arguments = json_pack("{s:s}", "text", row->text);
    hone_peer_read(answer, structured);
    hone_twin_compare(run->twin, arguments, structured);
    json_decref(arguments);
    json_decref(structured);
    return strcmp(answer->label, row->label) == 0;
}

static void teach(struct run *run, const struct hone_peer_answer *answer,
                  const struct hone_dataset_row *row)
{
    uint64_t start_us = hone_clock_monotonic_us();
    uint64_t position = hone_peer_teach(run->mcp, answer->call_id, row->label);
    hone_samples_add(&run->learned, hone_clock_monotonic_us() - start_us);
    struct hone_feedback feedback = {
        .kind = HONE_FEEDBACK_LABEL, .value = hone_span_text(row->label), .weight = 1.0};
    hone_twin_learn(run->twin, &feedback, position);
}

static void note_accuracy(struct result *result, size_t n, size_t n_right)
{
    double accuracy = (double)n_right / (double)n;
    result->progressive = accuracy;
    if (n <= 500) {
        result->at_500 = accuracy;
    }
    if (n <= 1000) {
        result->at_1000 = accuracy;
    }
    if (n <= 2000) {
        result->at_2000 = accuracy;
    }
}

static void run_stream(struct run *run, struct result *result, uint64_t seed)
{
    const struct hone_dataset *train = &run->data->train;
    size_t n = run->options->limit < train->n_rows ? run->options->limit : train->n_rows;
    size_t *order = hone_dataset_shuffle(train->n_rows, seed);
    size_t n_right = 0;
    for (size_t i = 0; i < n; i++) {
        const struct hone_dataset_row *row = &train->rows[order[i]];
        struct hone_peer_answer answer;
        n_right += call_is_right(run, &answer, row) ? 1 : 0;
        teach(run, &answer, row);
        note_accuracy(result, i + 1, n_right);
    }
    free(order);
    result->call_p50_us = hone_samples_quantile_us(&run->calls, 0.5);
    result->call_p99_us = hone_samples_quantile_us(&run->calls, 0.99);
    result->learned_p50_ms = hone_samples_quantile_us(&run->learned, 0.5) / 1e3;
    result->learned_p99_ms = hone_samples_quantile_us(&run->learned, 0.99) / 1e3;
    result->learned_max_ms = hone_samples_quantile_us(&run->learned, 1.0) / 1e3;
}

static void run_test(struct run *run, struct result *result)
{
    const struct hone_dataset *test = &run->data->test;
    size_t n_right = 0;
    hone_samples_finish(&run->calls);
    for (size_t i = 0; i < test->n_rows; i++) {
        struct hone_peer_answer answer;
        n_right += call_is_right(run, &answer, &test->rows[i]) ? 1 : 0;
    }
    result->test = (double)n_right / (double)test->n_rows;
    result->test_call_p50_us = hone_samples_quantile_us(&run->calls, 0.5);
}

static void ask_status(struct run *run, struct result *result, pid_t pid)
{
    json_t *status = hone_peer_skill_status(run->control, run->options->skill);
    json_t *params = json_pack("{s:s}", "skill", run->options->skill);
    json_t *versions = hone_peer_request(run->control, "hone/versions", params);
    struct hone_served_memory memory = hone_served_memory(pid);
    result->versions = (double)json_array_size(json_object_get(versions, "versions"));
    result->tensors_mib =
        (double)json_integer_value(json_object_get(status, "tensors_bytes")) / MIB;
    result->resident_mib = (double)memory.resident_bytes / MIB;
    result->peak_mib = (double)memory.peak_bytes / MIB;
    json_decref(versions);
    json_decref(params);
    json_decref(status);
}

static struct result run_seed(const struct data *data, const struct options *options,
                              uint64_t seed)
{
    struct result result = {0};
    struct run run = {.data = data, .options = options};
    struct hone_error err;
    struct hone_served served;
    char *scratch = NULL;
    hone_fail_on(hone_scratch_create(&scratch, &err), &err);
    char *skills = hone_alloc_format("%s/skills", scratch);
    hone_make_skill(skills, options->skill, &data->labels);
    char *package = hone_alloc_format("%s/%s", skills, options->skill);
    run.twin = hone_twin_create(package);
    uint64_t start_us = hone_clock_monotonic_us();
    hone_served_start(&served, options->program, scratch, skills);
    run.control = hone_peer_connect(served.control_path);
    run.mcp = hone_peer_connect(served.mcp_path);
    hone_peer_initialize(run.mcp);
    run_stream(&run, &result, seed);
    run_test(&run, &result);
    result.wall_s = (double)(hone_clock_monotonic_us() - start_us) / 1e6;
    ask_status(&run, &result, served.pid);
    result.compared = (double)hone_twin_n_compared(run.twin);
    result.differences = (double)hone_twin_n_different(run.twin);
    hone_client_destroy(run.mcp);
    hone_client_destroy(run.control);
    hone_served_stop(&served);
    hone_samples_finish(&run.calls);
    hone_samples_finish(&run.learned);
    hone_scratch_remove(scratch);
    hone_twin_destroy(run.twin);
    free(package);
    free(skills);
    free(scratch);
    return result;
}

/* ---- report ---- */

#define COLUMN(member)                                                                   \
    {                                                                                    \
#member, offsetof(struct result, member)                                         \
    }
static const struct column {
    const char *name;
    size_t offset;
} columns[] = {
    COLUMN(progressive),    COLUMN(at_500),
    COLUMN(at_1000),        COLUMN(at_2000),
    COLUMN(test),           COLUMN(call_p50_us),
    COLUMN(call_p99_us),    COLUMN(test_call_p50_us),
    COLUMN(learned_p50_ms), COLUMN(learned_p99_ms),
    COLUMN(learned_max_ms), COLUMN(versions),
    COLUMN(tensors_mib),    COLUMN(resident_mib),
    COLUMN(peak_mib),       COLUMN(wall_s),
    COLUMN(compared),       COLUMN(differences),
};

static double value_of(const struct result *result, const struct column *column)
{
    return *(const double *)(const void *)((const char *)result + column->offset);
}

static void report(const struct result *results, size_t n_seeds)
{
    json_t *means = json_object();
    for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
        double sum = 0.0;
        printf("%-18s", columns[c].name);
        for (size_t s = 0; s < n_seeds; s++) {
            double value = value_of(&results[s], &columns[c]);
            printf(" %11.4f", value);
            sum += value;
        }
        printf("   mean %11.4f\n", sum / (double)n_seeds);
        (void)json_object_set_new(means, columns[c].name,
                                  json_real(sum / (double)n_seeds));
    }
    char *text = json_dumps(means, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(means);
}

/* ---- start ---- */

static size_t number(const char *text, const char *option)
{
    char *end = NULL;
    unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
    if (text == NULL || end == text || *end != '\0' || value == 0) {
        hone_fail("%s wants a number from 1", option);
    }
    return value;
}

static struct options read_options(char **argv)
{
    struct options options = {.limit = SIZE_MAX, .n_seeds = 1};
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--limit") == 0) {
            options.limit = number(arg[1], *arg);
            arg++;
        } else if (strcmp(*arg, "--seeds") == 0) {
            options.n_seeds = number(arg[1], *arg);
            arg++;
        } else if (options.program == NULL) {
            options.program = *arg;
        } else if (options.folder == NULL) {
            options.folder = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    if (options.folder == NULL || options.n_seeds > SEEDS_MAX) {
        hone_fail("usage: online-client HONE FOLDER [--seeds N (1 to 16)] [--limit N]");
    }
    const char *slash = strrchr(options.folder, '/');
    options.skill = slash != NULL ? slash + 1 : options.folder;
    return options;
}

static void read_member(struct hone_dataset *out, const char *folder, const char *name,
                        const char *text_key)
{
    char *path = hone_alloc_format("%s/%s", folder, name);
    hone_dataset_read(out, path, text_key);
    free(path);
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    struct data data;
    struct result results[SEEDS_MAX];
    read_member(&data.labels, options.folder, "labels.jsonl", "description");
    read_member(&data.train, options.folder, "train.jsonl", "text");
    read_member(&data.test, options.folder, "test.jsonl", "text");
    for (size_t seed = 0; seed < options.n_seeds; seed++) {
        results[seed] = run_seed(&data, &options, seed);
    }
    report(results, options.n_seeds);
    hone_dataset_finish(&data.labels);
    hone_dataset_finish(&data.train);
    hone_dataset_finish(&data.test);
    return 0;
}
