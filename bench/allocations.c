/* allocations: how often a server asks for memory per call, once it has served some.
 *
 *   allocations HONE MCPLOAD COUNTER TRIAGE [--calls N] [--at-most X]
 *
 * HONE and MCPLOAD are programs, COUNTER is the library of bench/support/count_allocations.c
 * and TRIAGE the folder of the skill. Each row is a new server. What it asks for while it
 * answers N calls, after a warm-up on the same connections, is counted: by its main thread,
 * which is the loop, and by its lanes. With --at-most the exit code is 1 when the loop asks
 * for more than that per call. */
#include "base/alloc.h"
#include "base/file.h"
#include "bench/support/fail.h"
#include "bench/support/load.h"
#include "bench/support/peer.h"
#include "bench/support/served.h"
#include "cli/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_DEFAULT 20000
#define WARM_UP       "20000" /* calls: then all that is reused is there */
#define CALLS_MIN     100
#define CALLS_MAX     10000000
#define WORDS_MAX     48
#define PRELOAD       "LD_PRELOAD"
#define COUNTS        "HONE_ALLOCATIONS" /* of the library */

struct options {
    const char *hone, *mcpload, *counter, *triage;
    size_t n_calls;
    double at_most; /* below 0: not asked for */
};

/* A kind of call and a way to send it; width: how many are in flight. */
static const struct row {
    const char *name, *kind, *tool, *width;
    bool is_http;
} rows[] = {
    {"stdio_echo_d1", "echo", "echo", "1", false},
    {"stdio_echo_d64", "echo", "echo", "64", false},
    {"stdio_classify_d1", "classify", "triage", "1", false},
    {"stdio_classify_d64", "classify", "triage", "64", false},
    {"http_echo_c1", "echo", "echo", "1", true},
    {"http_echo_c16", "echo", "echo", "16", true},
    {"http_classify_c16", "classify", "triage", "16", true},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

struct counts {
    double loop, lanes; /* the main thread; all others; per call */
};

struct words {
    const char *words[WORDS_MAX];
    size_t n;
};

static void add_words(struct words *out, const char *const *more)
{
    for (; *more != NULL; more++) {
        hone_fail_unless(out->n + 1 < WORDS_MAX, "too many words");
        out->words[out->n++] = *more;
    }
}

/* ---- one server ---- */

static struct counts load(const struct words *words, size_t n_calls)
{
    struct hone_load started;
    hone_load_start(&started, words->words);
    json_t *line = hone_load_finish(&started);
    hone_fail_unless(!(hone_load_figure(line, "errors") > 0), "a call was not answered");
    struct counts counts = {
        .loop = hone_load_figure(line, "main_allocations") / (double)n_calls,
        .lanes = hone_load_figure(line, "other_allocations") / (double)n_calls,
    };
    json_decref(line);
    return counts;
}

static void add_load(struct words *words, const struct options *options,
                     const struct row *row, const char *n_calls, const char *texts,
                     const char *counts)
{
    const char *more[] = {options->mcpload,
                          row->is_http ? "http" : "stdio",
                          "-k",
                          row->kind,
                          "-t",
                          row->tool,
                          "-f",
                          texts,
                          row->is_http ? "-C" : "-D",
                          row->width,
                          "-w",
                          WARM_UP,
                          "-n",
                          n_calls,
                          "-A",
                          counts,
                          NULL};
    add_words(words, more);
}

static struct counts load_stdio(const struct options *options, struct words *words,
                                const char *data, const char *counts)
{
    char *preload = hone_alloc_format(PRELOAD "=%s", options->counter);
    char *place = hone_alloc_format(COUNTS "=%s", counts);
    const char *server[] = {
        "--",    "env",     preload,        place,           options->hone,
        "serve", "--stdio", "--standalone", "--conformance", "--log-level",
        "error", "--data",  data,           options->triage, NULL};
    add_words(words, server);
    struct counts measured = load(words, options->n_calls);
    free(preload);
    free(place);
    return measured;
}

static struct counts load_http(const struct options *options, struct words *words,
                               const char *data, const char *counts)
{
    const char *const more[] = {"--http",      "127.0.0.1:0", "--conformance",
                                "--log-level", "error",       options->triage,
                                NULL};
    struct hone_served served;
    /* For the server alone: it reads these when it starts. */
    hone_fail_unless(setenv(PRELOAD, options->counter, 1) == 0 &&
                         setenv(COUNTS, counts, 1) == 0,
                     "the environment cannot be set");
    hone_served_start_with(&served, options->hone, data, more);
    (void)unsetenv(PRELOAD);
    (void)unsetenv(COUNTS);
    struct hone_client *control = hone_peer_connect(served.control_path);
    json_t *status = hone_peer_request(control, "hone/status", NULL);
    const char *where[] = {json_string_value(json_object_get(status, "http")), NULL};
    add_words(words, where);
    struct counts measured = load(words, options->n_calls);
    json_decref(status);
    hone_client_destroy(control);
    hone_served_stop(&served);
    return measured;
}

/* A file of two counts that are 0, for the library to count in. */
static void make_counts(const char *path)
{
    static const uint64_t none[2] = {0, 0};
    struct hone_error err;
    hone_fail_on(
        hone_file_write(path, hone_span_of((const char *)none, sizeof(none)), 0600, &err),
        &err);
}

/* Starting a server asks for memory, or it is not counted. */
static void check_counts(const char *path)
{
    uint64_t n = 0;
    FILE *file = fopen(path, "rb");
    hone_fail_unless(file != NULL && fread(&n, sizeof(n), 1, file) == 1 && n > 0,
                     "nothing was counted: is the library preloaded?");
    (void)fclose(file);
}

static struct counts count(const struct options *options, const struct row *row)
{
    struct hone_error err;
    struct words words = {0};
    char *data = NULL;
    char n_text[32];
    hone_fail_on(hone_scratch_create(&data, &err), &err);
    char *path = hone_alloc_format("%s/allocations", data);
    char *texts = hone_alloc_format("%s/data/messages.jsonl", options->triage);
    make_counts(path);
    (void)snprintf(n_text, sizeof(n_text), "%zu", options->n_calls);
    add_load(&words, options, row, n_text, texts, path);
    struct counts counts = row->is_http ? load_http(options, &words, data, path)
                                        : load_stdio(options, &words, data, path);
    check_counts(path);
    hone_scratch_remove(data);
    free(texts);
    free(path);
    free(data);
    return counts;
}

/* ---- report ---- */

/* False when the loop asks for more than it may. */
static bool measure(json_t *figures, const struct options *options, const struct row *row)
{
    struct counts counts = count(options, row);
    char *lanes_name = hone_alloc_format("%s_lanes", row->name);
    printf("%-20s %12.4f %12.4f\n", row->name, counts.loop, counts.lanes);
    (void)fflush(stdout);
    (void)json_object_set_new(figures, row->name, json_real(counts.loop));
    (void)json_object_set_new(figures, lanes_name, json_real(counts.lanes));
    free(lanes_name);
    return options->at_most < 0 || counts.loop <= options->at_most;
}

static struct options read_options(char **argv)
{
    struct options options = {.n_calls = CALLS_DEFAULT, .at_most = -1};
    const char **words[] = {&options.hone, &options.mcpload, &options.counter,
                            &options.triage};
    size_t n_words = 0;
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--calls") == 0 && arg[1] != NULL) {
            options.n_calls = strtoul(*++arg, NULL, 10);
        } else if (strcmp(*arg, "--at-most") == 0 && arg[1] != NULL) {
            options.at_most = strtod(*++arg, NULL);
        } else if (n_words < sizeof(words) / sizeof(words[0])) {
            *words[n_words++] = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    hone_fail_unless(options.triage != NULL && options.n_calls >= CALLS_MIN &&
                         options.n_calls <= CALLS_MAX,
                     "usage: allocations HONE MCPLOAD COUNTER TRIAGE [--calls N (from "
                     "100)] [--at-most X]");
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    json_t *figures = json_object();
    bool good = true;
    printf("%-20s %12s %12s\n", "per call", "loop", "lanes");
    for (size_t i = 0; i < N_ROWS; i++) {
        good = measure(figures, &options, &rows[i]) && good;
    }
    char *text = json_dumps(figures, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(figures);
    if (!good) {
        hone_fail("the loop asks for memory more than %g times a call", options.at_most);
    }
    return 0;
}
