/* process: what a hone server costs before it is asked anything.
 *
 *   process startup HONE FLOOR MCPLOAD EXAMPLES [--rounds N]
 *   process memory  HONE FLOOR MCPLOAD EXAMPLES [--rounds N]
 *
 * startup: from spawn to the first tools/list over stdio, warm, of the floor, of a server
 * of its own with the example skills, and of one that passes on to a running server.
 * memory: of sessions over HTTP, and of idle HTTP connections that have asked once; then
 * what is left when they are closed. Servers run on core 0, the generator on core 1. */
#include "base/alloc.h"
#include "bench/support/fail.h"
#include "bench/support/load.h"
#include "bench/support/peer.h"
#include "bench/support/samples.h"
#include "bench/support/served.h"
#include "bench/support/threads.h"
#include "cli/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER_CPU  0
#define OTHER_CPU   1
#define ROUNDS_MAX  32
#define FIGURES_MAX 8
#define STARTS      "10" /* a round */
#define MANY        "10000"

struct options {
    const char *program, *floor, *mcpload, *examples;
    bool measures_memory;
    size_t n_rounds;
};

struct figure {
    const char *name;
    double values[ROUNDS_MAX];
};

struct figures {
    struct figure figures[FIGURES_MAX];
    size_t n;
};

static void add(struct figures *figures, const char *name, size_t round, double value)
{
    size_t i = 0;
    while (i < figures->n && strcmp(figures->figures[i].name, name) != 0) {
        i++;
    }
    hone_fail_unless(i < FIGURES_MAX && round < ROUNDS_MAX, "too many figures");
    figures->n = i == figures->n ? i + 1 : figures->n;
    figures->figures[i].name = name;
    figures->figures[i].values[round] = value;
    printf("%-20s %10.2f\n", name, value);
    (void)fflush(stdout);
}

static json_t *run(const char *const *words)
{
    struct hone_load load;
    hone_load_start(&load, words);
    return hone_load_finish(&load);
}

/* ---- start-up ---- */

static double start_ms(const char *const *words)
{
    json_t *line = run(words);
    double p50_ms = hone_load_figure(line, "p50_ms");
    json_decref(line);
    return p50_ms;
}

#define STARTUP(options)                                                                 \
    (options)->mcpload, "startup", "-U", "-c", "1", "-x", "0", "-r", STARTS, "--"

static void measure_startup(struct figures *figures, const struct options *options,
                            size_t round, const char *data)
{
    const char *floor[] = {STARTUP(options), options->floor, "stdio", NULL};
    const char *own[] = {STARTUP(options),
                         options->program,
                         "serve",
                         "--stdio",
                         "--standalone",
                         "--log-level",
                         "error",
                         "--data",
                         data,
                         options->examples,
                         NULL};
    const char *relay[] = {
        STARTUP(options), options->program, "serve", "--stdio",         "--log-level",
        "error",          "--data",         data,    options->examples, NULL};
    struct hone_served served;
    add(figures, "floor_ms", round, start_ms(floor));
    add(figures, "own_ms", round, start_ms(own));
    hone_served_start(&served, options->program, data, options->examples);
    hone_client_destroy(hone_peer_connect(served.control_path));
    add(figures, "relay_ms", round, start_ms(relay));
    hone_served_stop(&served);
}

/* The skills' first versions are made once, before anything is measured. */
static void warm_up(const struct options *options, const char *data)
{
    struct hone_served served;
    hone_served_start(&served, options->program, data, options->examples);
    hone_client_destroy(hone_peer_connect(served.control_path));
    hone_served_stop(&served);
}

/* ---- memory ---- */

static json_t *load_http(const struct options *options, const char *mode,
                         const struct hone_served *served, const char *count_option)
{
    char pid[32];
    struct hone_client *control = hone_peer_connect(served->control_path);
    json_t *status = hone_peer_request(control, "hone/status", NULL);
    (void)snprintf(pid, sizeof(pid), "%d", (int)served->pid);
    const char *words[] = {options->mcpload,
                           mode,
                           "-U",
                           "-c",
                           "1",
                           "-k",
                           "ping",
                           "-S",
                           strcmp(mode, "idle") == 0 ? "shared" : "conn",
                           "-p",
                           pid,
                           count_option,
                           MANY,
                           json_string_value(json_object_get(status, "http")),
                           NULL};
    json_t *line = run(words);
    json_decref(status);
    hone_client_destroy(control);
    return line;
}

static void start_http(struct hone_served *served, const struct options *options,
                       const char *data)
{
    static const char *const more[] = {"--http",      "127.0.0.1:0", "--conformance",
                                       "--log-level", "error",       NULL};
    hone_served_start_with(served, options->program, data, more);
    hone_client_destroy(hone_peer_connect(served->control_path));
    hone_threads_pin(served->pid, SERVER_CPU);
    hone_threads_pin_others(served->pid, SERVER_CPU);
}

static void measure_memory(struct figures *figures, const struct options *options,
                           size_t round, const char *data)
{
    struct hone_served served;
    start_http(&served, options, data);
    json_t *line = load_http(options, "sessions", &served, "-N");
    add(figures, "session_kib", round, hone_load_figure(line, "kb_per_session"));
    json_decref(line);
    hone_served_stop(&served);
    start_http(&served, options, data);
    line = load_http(options, "idle", &served, "-C");
    double before_kib = hone_load_figure(line, "rss_before_kb");
    double held_kib = hone_load_figure(line, "rss_held_kb");
    double after_kib = hone_load_figure(line, "rss_after_kb");
    add(figures, "alone_mib", round, before_kib / 1024.0);
    add(figures, "held_mib", round, held_kib / 1024.0);
    add(figures, "connection_kib", round, hone_load_figure(line, "kb_per_connection"));
    add(figures, "after_mib", round, after_kib / 1024.0);
    add(figures, "given_back_share", round,
        held_kib > before_kib ? (held_kib - after_kib) / (held_kib - before_kib) : 0.0);
    json_decref(line);
    hone_served_stop(&served);
}

/* ---- report ---- */

static void report(struct figures *figures, size_t n_rounds)
{
    json_t *medians = json_object();
    for (size_t i = 0; i < figures->n; i++) {
        struct figure *figure = &figures->figures[i];
        (void)json_object_set_new(
            medians, figure->name,
            json_real(hone_samples_median(figure->values, n_rounds)));
    }
    char *text = json_dumps(medians, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(medians);
}

static struct options read_options(char **argv)
{
    struct options options = {.n_rounds = 3};
    const char *what = NULL;
    const char **words[] = {&what, &options.program, &options.floor, &options.mcpload,
                            &options.examples};
    size_t n_words = 0;
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--rounds") == 0 && arg[1] != NULL) {
            options.n_rounds = strtoul(*++arg, NULL, 10);
        } else if (n_words < sizeof(words) / sizeof(words[0])) {
            *words[n_words++] = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    bool is_known =
        what != NULL && (strcmp(what, "startup") == 0 || strcmp(what, "memory") == 0);
    hone_fail_unless(is_known && options.examples != NULL && options.n_rounds >= 1 &&
                         options.n_rounds <= ROUNDS_MAX,
                     "usage: process startup|memory HONE FLOOR MCPLOAD EXAMPLES "
                     "[--rounds N (1 to 32)]");
    options.measures_memory = strcmp(what, "memory") == 0;
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    struct figures figures = {0};
    struct hone_error err;
    char *data = NULL;
    hone_threads_pin(0, OTHER_CPU);
    hone_fail_on(hone_scratch_create(&data, &err), &err);
    if (!options.measures_memory) {
        warm_up(&options, data);
    }
    for (size_t i = 0; i < options.n_rounds; i++) {
        if (options.measures_memory) {
            measure_memory(&figures, &options, i, data);
        } else {
            measure_startup(&figures, &options, i, data);
        }
    }
    report(&figures, options.n_rounds);
    hone_scratch_remove(data);
    free(data);
    return 0;
}
