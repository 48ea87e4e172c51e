/* classify-cost: what a call of a skill costs beside its prediction, and what a call costs
 * that predicts nothing.
 *
 *   classify-cost HONE MCPLOAD TRIAGE [--rounds N] [--seconds S]
 *
 * Three costs in CPU time a call, in turns, of the same messages: a call of the skill and
 * a call of the tool echo over stdio, one at a time, both recorded; and the prediction
 * alone, as the library makes it: the JSON text of the arguments in, the answer out. The
 * figure is (skill - prediction) / echo. All on core 0; the generator on core 1. */
#include "base/alloc.h"
#include "base/arena.h"
#include "bench/support/dataset.h"
#include "bench/support/fail.h"
#include "bench/support/load.h"
#include "bench/support/samples.h"
#include "bench/support/threads.h"
#include "cli/scratch.h"
#include "skills/trainer.h"
#include "tensor/blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERVER_CPU  0
#define OTHER_CPU   1
#define ROUNDS_MAX  32
#define DEPTHS      2
#define ARENA_BYTES (1U << 20)
#define PASSES      20 /* over the messages */

struct options {
    const char *program, *mcpload, *triage;
    char seconds[32];
    size_t n_rounds;
};

static const char *const depths[DEPTHS] = {"1", "64"};

/* ---- the prediction alone ---- */

struct predictor {
    struct hone_package *package;
    struct hone_trainer *trainer;
    struct hone_snapshot *snapshot;
    void *scratch;
    struct hone_arena arena;
    char **arguments; /* JSON texts */
    size_t n_arguments;
};

static void predictor_init(struct predictor *out, const char *triage, const char *texts)
{
    struct hone_error err;
    struct hone_dataset rows;
    *out = (struct predictor){0};
    hone_fail_on(hone_blas_init(&err), &err);
    hone_fail_on(hone_package_load(&out->package, triage, &err), &err);
    hone_fail_on(hone_trainer_create(&out->trainer, out->package, &err), &err);
    out->snapshot = hone_trainer_snapshot(out->trainer);
    out->scratch = out->package->kind->make_scratch();
    hone_arena_init(&out->arena, ARENA_BYTES);
    hone_dataset_read(&rows, texts, "text");
    out->arguments = hone_alloc_zeroed(rows.n_rows, sizeof(char *));
    for (size_t i = 0; i < rows.n_rows; i++) {
        json_t *arguments = json_pack("{s:s}", "text", rows.rows[i].text);
        out->arguments[i] = json_dumps(arguments, JSON_COMPACT);
        json_decref(arguments);
    }
    out->n_arguments = rows.n_rows;
    hone_dataset_finish(&rows);
}

static void predictor_finish(struct predictor *predictor)
{
    for (size_t i = 0; i < predictor->n_arguments; i++) {
        free(predictor->arguments[i]);
    }
    free(predictor->arguments);
    hone_arena_finish(&predictor->arena);
    predictor->package->kind->destroy_scratch(predictor->scratch);
    hone_snapshot_unref(predictor->snapshot);
    hone_trainer_destroy(predictor->trainer);
    hone_package_destroy(predictor->package);
}

static double own_cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* CPU time of one prediction. */
static double predict_us(struct predictor *predictor)
{
    const struct hone_kind *kind = predictor->package->kind;
    size_t n = PASSES * predictor->n_arguments;
    double begin_us = own_cpu_us();
    for (size_t i = 0; i < n; i++) {
        struct hone_answer answer;
        struct hone_error err;
        struct hone_call_input given = {
            .text = hone_span_text(predictor->arguments[i % predictor->n_arguments])};
        hone_fail_on(kind->answer(predictor->package, predictor->snapshot->view,
                                  predictor->scratch, &given, &predictor->arena, &answer,
                                  &err),
                     &err);
        hone_fail_unless(answer.structured.len > 0, "a prediction says nothing");
        hone_arena_reset(&predictor->arena);
    }
    return (own_cpu_us() - begin_us) / (double)n;
}

/* ---- calls ---- */

static double call_us(const struct options *options, const char *kind, const char *tool,
                      const char *texts, const char *depth)
{
    struct hone_error err;
    struct hone_load load;
    char *data = NULL;
    hone_fail_on(hone_scratch_create(&data, &err), &err);
    const char *words[] = {options->mcpload,
                           "stdio",
                           "-U",
                           "-c",
                           "1",
                           "-x",
                           "0",
                           "-k",
                           kind,
                           "-t",
                           tool,
                           "-f",
                           texts,
                           "-D",
                           depth,
                           "-w",
                           "5000",
                           "-s",
                           options->seconds,
                           "--",
                           options->program,
                           "serve",
                           "--stdio",
                           "--standalone",
                           "--conformance",
                           "--log-level",
                           "error",
                           "--data",
                           data,
                           options->triage,
                           NULL};
    hone_load_start(&load, words);
    json_t *line = hone_load_finish(&load);
    double cpu_us = hone_load_figure(line, "server_cpu_us_per_req");
    json_decref(line);
    hone_scratch_remove(data);
    free(data);
    return cpu_us;
}

/* ---- report ---- */

static void add(json_t *figures, const char *name, const char *depth, double *values,
                size_t n)
{
    char *key = hone_alloc_format("%s_d%s", name, depth);
    (void)json_object_set_new(figures, key, json_real(hone_samples_median(values, n)));
    free(key);
}

static void measure(json_t *figures, const struct options *options,
                    struct predictor *predictor, const char *texts, const char *depth)
{
    double echo[ROUNDS_MAX], skill[ROUNDS_MAX], prediction[ROUNDS_MAX], rest[ROUNDS_MAX];
    for (size_t i = 0; i < options->n_rounds; i++) {
        echo[i] = call_us(options, "echo", "echo", texts, depth);
        skill[i] = call_us(options, "classify", "triage", texts, depth);
        hone_threads_pin(0, SERVER_CPU);
        prediction[i] = predict_us(predictor);
        hone_threads_pin(0, OTHER_CPU);
        rest[i] = (skill[i] - prediction[i]) / echo[i];
        printf("%-10s %12.2f %12.2f %14.2f %12.2f\n", depth, echo[i], skill[i],
               prediction[i], rest[i]);
        (void)fflush(stdout);
    }
    add(figures, "echo_us", depth, echo, options->n_rounds);
    add(figures, "skill_us", depth, skill, options->n_rounds);
    add(figures, "prediction_us", depth, prediction, options->n_rounds);
    add(figures, "rest_ratio", depth, rest, options->n_rounds);
}

static struct options read_options(char **argv)
{
    struct options options = {.n_rounds = 5, .seconds = "1"};
    const char **words[] = {&options.program, &options.mcpload, &options.triage};
    size_t n_words = 0;
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--seconds") == 0 && arg[1] != NULL) {
            (void)snprintf(options.seconds, sizeof(options.seconds), "%s", *++arg);
        } else if (strcmp(*arg, "--rounds") == 0 && arg[1] != NULL) {
            options.n_rounds = strtoul(*++arg, NULL, 10);
        } else if (n_words < sizeof(words) / sizeof(words[0])) {
            *words[n_words++] = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    hone_fail_unless(options.triage != NULL && options.n_rounds >= 1 &&
                         options.n_rounds <= ROUNDS_MAX,
                     "usage: classify-cost HONE MCPLOAD TRIAGE [--rounds N (1 to 32)] "
                     "[--seconds S]");
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    struct predictor predictor;
    char *texts = hone_alloc_format("%s/data/messages.jsonl", options.triage);
    json_t *figures = json_object();
    hone_threads_pin(0, OTHER_CPU);
    predictor_init(&predictor, options.triage, texts);
    printf("%-10s %12s %12s %14s %12s\n", "in flight", "echo us", "skill us",
           "prediction us", "rest / echo");
    for (size_t i = 0; i < DEPTHS; i++) {
        measure(figures, &options, &predictor, texts, depths[i]);
    }
    char *text = json_dumps(figures, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(figures);
    predictor_finish(&predictor);
    free(texts);
    return 0;
}
