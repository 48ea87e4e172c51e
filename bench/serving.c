/* serving: how fast calls are answered over stdio, alone and while the skill learns.
 *
 *   serving HONE MCPLOAD TRIAGE [--seconds S] [--rounds N] [--training] [--rate N]
 *
 * HONE and MCPLOAD are programs, TRIAGE is the folder of the skill. Each round starts a new
 * server on a new data folder; mcpload runs it as its child. With --training, rounds
 * without and with learning take turns.
 *
 * Who runs where: the server on core 0, all else on core 1. With --training, in both kinds
 * of rounds, only the server's loop is on core 0; its lanes (TRAIN and STORE), the load
 * generator and this program, which sends the feedback, share core 1. The generator gets a
 * high priority where that is allowed: it needs little, but must not be late. While the
 * skill learns, batches of feedback are always under way, so that core 1 is never idle. */
#include "base/alloc.h"
#include "base/clock.h"
#include "bench/support/fail.h"
#include "bench/support/load.h"
#include "bench/support/others.h"
#include "bench/support/peer.h"
#include "bench/support/samples.h"
#include "bench/support/teacher.h"
#include "bench/support/threads.h"
#include "cli/scratch.h"

#include <stdio.h>
#include <stdlib.h>

#define SKILL      "triage"
#define DEPTH      "64"
#define WARM_UP    "20000"
#define SERVER_CPU 0
#define OTHER_CPU  1
#define ROUNDS_MAX 32

#define OTHERS_CORES_MAX 0.1
#define ATTEMPTS_FACTOR  4 /* so many times the rounds that are wanted */

struct options {
    const char *program, *mcpload, *skill_folder, *rate;
    char seconds[32];
    size_t n_rounds;
    bool training;
};

struct round {
    double calls_per_s, p50_us, p99_us, p999_us, cpu_us_a_call, resident_mib, n_errors;
    double others_cores;              /* used by other programs meanwhile */
    double labels_per_s, train_share; /* of one core, by the TRAIN thread */
};

/* ---- the generator ---- */

static void start_mcpload(struct hone_load *out, const struct options *options,
                          const char *data)
{
    char *texts = hone_alloc_format("%s/data/messages.jsonl", options->skill_folder);
    const char *words[] = {options->mcpload,
                           "stdio",
                           "-U",
                           "-c",
                           "1",
                           "-x",
                           "0",
                           "-k",
                           "classify",
                           "-t",
                           SKILL,
                           "-f",
                           texts,
                           "-D",
                           DEPTH,
                           "-w",
                           WARM_UP,
                           "-s",
                           options->seconds,
                           "-R",
                           options->rate,
                           "--",
                           options->program,
                           "serve",
                           "--stdio",
                           "--standalone",
                           "--http",
                           "127.0.0.1:0",
                           "--log-level",
                           "error",
                           "--data",
                           data,
                           options->skill_folder,
                           NULL};
    hone_load_start(out, words);
    free(texts);
}

/* Waits for the generator's one line. */
static void read_mcpload(struct round *round, struct hone_load *load)
{
    json_t *line = hone_load_finish(load);
    round->calls_per_s = hone_load_figure(line, "rps");
    round->p50_us = hone_load_figure(line, "p50_us");
    round->p99_us = hone_load_figure(line, "p99_us");
    round->p999_us = hone_load_figure(line, "p999_us");
    round->cpu_us_a_call = hone_load_figure(line, "server_cpu_us_per_req");
    round->n_errors = hone_load_figure(line, "errors");
    round->resident_mib = hone_load_figure(line, "server_peak_kb") / 1024.0;
    json_decref(line);
}

/* ---- rounds ---- */

/* Feeds the TRAIN thread until the generator is done. Batches are learned in the order in
 * which they were sent, so they are awaited in turn. */
static void teach(struct round *round, struct hone_teacher *teacher, pid_t server,
                  pid_t train, const struct hone_load *load)
{
    const uint64_t start_us = hone_clock_monotonic_us();
    const double start_s = hone_threads_cpu_s(server, train);
    size_t n_learned = 0, way = 0;
    for (size_t i = 0; i < HONE_TEACHER_WAYS; i++) {
        hone_teacher_send(teacher, i);
    }
    for (;;) {
        size_t n = hone_teacher_receive(teacher, way);
        if (!hone_load_is_running(load)) {
            break; /* and its server stops, whatever is under way */
        }
        hone_fail_unless(n == HONE_TEACHER_BATCH, "a batch of feedback was not learned");
        double elapsed_s = (double)(hone_clock_monotonic_us() - start_us) / 1e6;
        n_learned += n;
        round->labels_per_s = (double)n_learned / elapsed_s;
        round->train_share = (hone_threads_cpu_s(server, train) - start_s) / elapsed_s;
        hone_teacher_send(teacher, way);
        way = (way + 1) % HONE_TEACHER_WAYS;
    }
}

/* Beside the generator: places the server's lanes, and teaches if asked to. */
static void accompany(struct round *round, struct hone_teacher *teacher,
                      const struct hone_load *load, const char *data, bool learns)
{
    char *path = hone_alloc_format("%s/hone.sock", data);
    struct hone_client *control = hone_peer_connect(path);
    json_t *status = hone_peer_request(control, "hone/status", NULL);
    pid_t server = (pid_t)json_integer_value(json_object_get(status, "pid"));
    pid_t train = hone_threads_find_nicest(server);
    hone_threads_pin_others(server, OTHER_CPU);
    if (learns) {
        hone_teacher_connect(teacher, json_string_value(json_object_get(status, "http")));
        teach(round, teacher, server, train, load);
        hone_teacher_disconnect(teacher);
    }
    hone_client_destroy(control);
    json_decref(status);
    free(path);
}

static struct round run_round(const struct options *options, struct hone_teacher *teacher,
                              bool learns)
{
    struct round round = {0};
    struct hone_error err;
    char *data = NULL;
    struct hone_others others;
    struct hone_load load;
    hone_fail_on(hone_scratch_create(&data, &err), &err);
    if (options->training) {
        hone_teacher_prepare(teacher, options->program, data, options->skill_folder,
                             SKILL);
    }
    hone_others_begin(&others);
    start_mcpload(&load, options, data);
    if (options->training) {
        accompany(&round, teacher, &load, data, learns);
    }
    read_mcpload(&round, &load);
    round.others_cores = hone_others_cores(&others);
    hone_scratch_remove(data);
    free(data);
    return round;
}

/* ---- report ---- */

#define COLUMN(member)                                                                   \
    {                                                                                    \
#member, offsetof(struct round, member)                                          \
    }
static const struct column {
    const char *name;
    size_t offset;
} columns[] = {
    COLUMN(calls_per_s),   COLUMN(p50_us),       COLUMN(p99_us),   COLUMN(p999_us),
    COLUMN(cpu_us_a_call), COLUMN(resident_mib), COLUMN(n_errors), COLUMN(others_cores),
    COLUMN(labels_per_s),  COLUMN(train_share),
};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static double *value_of(struct round *round, const struct column *column)
{
    return (double *)(void *)((char *)round + column->offset);
}

static void print_round(const char *name, struct round *round)
{
    printf("%-14s", name);
    for (size_t c = 0; c < N_COLUMNS; c++) {
        printf(" %13.2f", *value_of(round, &columns[c]));
    }
    printf("\n");
    (void)fflush(stdout);
}

static struct round median_of(struct round *rounds, size_t n)
{
    struct round median = {0};
    for (size_t c = 0; c < N_COLUMNS; c++) {
        double values[ROUNDS_MAX];
        for (size_t i = 0; i < n; i++) {
            values[i] = *value_of(&rounds[i], &columns[c]);
        }
        *value_of(&median, &columns[c]) = hone_samples_median(values, n);
    }
    return median;
}

static void add_figures(json_t *figures, struct round *round, const char *suffix,
                        size_t n_columns)
{
    for (size_t c = 0; c < n_columns; c++) {
        char *name = hone_alloc_format("%s%s", columns[c].name, suffix);
        (void)json_object_set_new(figures, name,
                                  json_real(*value_of(round, &columns[c])));
        free(name);
    }
}

static void report(struct round *alone, struct round *learning,
                   const struct options *options)
{
    json_t *figures = json_object();
    struct round quiet = median_of(alone, options->n_rounds);
    print_round("median alone", &quiet);
    if (options->training) {
        struct round busy = median_of(learning, options->n_rounds);
        print_round("median learns", &busy);
        add_figures(figures, &quiet, "_alone", N_COLUMNS - 2);
        add_figures(figures, &busy, "_learning", N_COLUMNS);
        (void)json_object_set_new(figures, "throughput_ratio",
                                  json_real(busy.calls_per_s / quiet.calls_per_s));
        (void)json_object_set_new(figures, "p99_ratio",
                                  json_real(busy.p99_us / quiet.p99_us));
    } else {
        add_figures(figures, &quiet, "", N_COLUMNS - 2);
    }
    char *text = json_dumps(figures, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(figures);
}

static void print_head(const struct options *options)
{
    printf("core 0: %s; core 1: generator%s\n",
           options->training ? "the server's loop" : "the server",
           options->training ? ", feedback, the server's lanes (TRAIN, STORE)" : "");
    printf("%-14s", "round");
    for (size_t c = 0; c < N_COLUMNS; c++) {
        printf(" %13s", columns[c].name);
    }
    printf("\n");
}

/* ---- start ---- */

static const char *argument(char **arg)
{
    if (arg[1] == NULL) {
        hone_fail("%s wants a value", *arg);
    }
    return arg[1];
}

static struct options read_options(char **argv)
{
    struct options options = {.n_rounds = 3, .rate = "0", .seconds = "3"};
    const char **words[] = {&options.program, &options.mcpload, &options.skill_folder};
    size_t n_words = 0;
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--training") == 0) {
            options.training = true;
        } else if (strcmp(*arg, "--seconds") == 0) {
            (void)snprintf(options.seconds, sizeof(options.seconds), "%s",
                           argument(arg++));
        } else if (strcmp(*arg, "--rate") == 0) {
            options.rate = argument(arg++);
        } else if (strcmp(*arg, "--rounds") == 0) {
            options.n_rounds = strtoul(argument(arg++), NULL, 10);
        } else if (n_words < 3) {
            *words[n_words++] = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    if (n_words < 3 || options.n_rounds < 1 || options.n_rounds > ROUNDS_MAX) {
        hone_fail(
            "usage: serving HONE MCPLOAD TRIAGE [--seconds S] [--rounds N (1 to 32)] "
            "[--training] [--rate N]");
    }
    return options;
}

/* A pair of rounds counts when other programs left the machine alone in both. */
static bool run_pair(struct round *alone, struct round *learning,
                     const struct options *options, struct hone_teacher *teacher)
{
    *learning = (struct round){0};
    *alone = run_round(options, teacher, false);
    print_round("alone", alone);
    if (options->training) {
        *learning = run_round(options, teacher, true);
        print_round("learns", learning);
    }
    return alone->others_cores <= OTHERS_CORES_MAX &&
           learning->others_cores <= OTHERS_CORES_MAX;
}

/* Repeats disturbed rounds some times; when the machine does not become quiet, they count
 * after all, and it is said. */
static void run_rounds(struct round *alone, struct round *learning,
                       const struct options *options, struct hone_teacher *teacher)
{
    size_t n_left = ATTEMPTS_FACTOR * options->n_rounds, n = 0;
    while (n < options->n_rounds) {
        bool quiet = run_pair(&alone[n], &learning[n], options, teacher);
        n_left--;
        bool counts = quiet || n_left < options->n_rounds - n;
        if (!quiet) {
            printf("other programs used the machine: %s\n",
                   counts ? "counted all the same" : "not counted");
        }
        n += counts ? 1 : 0;
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    struct round alone[ROUNDS_MAX], learning[ROUNDS_MAX];
    struct hone_teacher teacher;
    char *texts = hone_alloc_format("%s/data/messages.jsonl", options.skill_folder);
    hone_teacher_init(&teacher, texts);
    hone_threads_pin(0, OTHER_CPU);
    print_head(&options);
    run_rounds(alone, learning, &options, &teacher);
    report(alone, learning, &options);
    hone_teacher_finish(&teacher);
    free(texts);
    return 0;
}
