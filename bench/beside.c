/* beside: a hone server beside the floor, which is the least that a server can do.
 *
 *   beside CASE HONE FLOOR MCPLOAD [--rounds N] [--seconds S]
 *
 * CASE is echo-stdio, echo-http, echo-large or tools-list; the other words are programs. The
 * server runs on core 0, the generator on core 1. In each round the floor and hone take
 * turns in each load, each on a new start; a figure is the median of the rounds, a ratio
 * the median of the rounds' ratios, so that a busy minute touches both sides. */
#include "base/alloc.h"
#include "base/file.h"
#include "bench/support/fail.h"
#include "bench/support/load.h"
#include "bench/support/make_skill.h"
#include "bench/support/peer.h"
#include "bench/support/samples.h"
#include "bench/support/served.h"
#include "bench/support/threads.h"
#include "cli/scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVER_CPU 0
#define OTHER_CPU  1
#define ROUNDS_MAX 32
#define LOADS_MAX  2
#define WORDS_MAX  40
#define N_SKILLS   1000

struct load {
    const char *name;
    const char *kind, *width, *payload, *warm_up; /* of mcpload */
};

struct bench_case {
    const char *name;
    bool is_http, is_list;
    struct load loads[LOADS_MAX]; /* the last may be empty */
};

static const struct bench_case cases[] = {
    {"echo-http",
     true,
     false,
     {{"c16", "echo", "16", "64", "2000"}, {"c256", "echo", "256", "64", "4000"}}},
    {"echo-large",
     false,
     false,
     {{"16k", "echo", "1", "16384", "200"}, {"256k", "echo", "1", "262144", "50"}}},
    {"echo-stdio",
     false,
     false,
     {{"d1", "echo", "1", "64", "5000"}, {"d64", "echo", "64", "64", "50000"}}},
    {"tools-list", false, true, {{"list", "list", "1", "0", "20"}, {0}}},
};

struct options {
    const struct bench_case *bench_case;
    const char *hone, *floor, *mcpload;
    char seconds[32];
    size_t n_rounds;
    /* for the list: */
    char *skills, *data, *list;
};

/* What a load said of one server. */
struct figures {
    double rate, p50_us, p99_us, cpu_us, n_errors;
};

struct pair {
    struct figures floor, hone;
};

/* ---- loads ---- */

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

static void add_load(struct words *out, const struct options *options,
                     const struct load *load)
{
    const bool is_http = options->bench_case->is_http;
    const char *common[] = {options->mcpload,
                            is_http ? "http" : "stdio",
                            "-U",
                            "-c",
                            "1",
                            "-k",
                            load->kind,
                            "-P",
                            load->payload,
                            is_http ? "-C" : "-D",
                            load->width,
                            "-w",
                            load->warm_up,
                            "-s",
                            options->seconds,
                            NULL};
    add_words(out, common);
}

static struct figures run_load(const struct words *words)
{
    struct hone_load load;
    hone_load_start(&load, words->words);
    json_t *line = hone_load_finish(&load);
    struct figures figures = {
        .rate = hone_load_figure(line, "rps"),
        .p50_us = hone_load_figure(line, "p50_us"),
        .p99_us = hone_load_figure(line, "p99_us"),
        .cpu_us = hone_load_figure(line, "server_cpu_us_per_req"),
        .n_errors = hone_load_figure(line, "errors"),
    };
    json_decref(line);
    return figures;
}

/* ---- servers: over stdio the generator starts them ---- */

static struct figures measure_stdio(const struct options *options,
                                    const struct load *load, bool is_floor,
                                    const char *data)
{
    struct words words = {0};
    const char *pinned[] = {"-x", "0", "--", NULL};
    const char *floor[] = {options->floor, "stdio", options->list, NULL};
    const char *hone[] = {
        options->hone, "serve", "--stdio", "--standalone", "--conformance",
        "--log-level", "error", "--data",  data,           NULL};
    const char *skills[] = {"--tools-list-max", "100000", options->skills, NULL};
    add_load(&words, options, load);
    add_words(&words, pinned);
    add_words(&words, is_floor ? floor : hone);
    if (!is_floor && options->skills != NULL) {
        add_words(&words, skills);
    }
    return run_load(&words);
}

static struct figures measure_http(const struct options *options, const struct load *load,
                                   pid_t pid, const char *url)
{
    char pid_text[32];
    struct words words = {0};
    (void)snprintf(pid_text, sizeof(pid_text), "%d", (int)pid);
    const char *where[] = {"-p", pid_text, url, NULL};
    add_load(&words, options, load);
    add_words(&words, where);
    return run_load(&words);
}

static pid_t start_floor(const struct options *options, char *url, size_t size)
{
    int ends[2];
    unsigned port = 0;
    hone_fail_unless(pipe2(ends, O_CLOEXEC) == 0, "no pipe could be made");
    pid_t pid = fork();
    hone_fail_unless(pid >= 0, "no process could be started");
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        hone_threads_pin(0, SERVER_CPU);
        if (dup2(ends[1], STDOUT_FILENO) >= 0) {
            execl(options->floor, options->floor, "http", "0", (char *)NULL);
        }
        _exit(127);
    }
    (void)close(ends[1]);
    FILE *file = fdopen(ends[0], "r");
    hone_fail_unless(file != NULL && fscanf(file, "%u", &port) == 1,
                     "the floor does not listen");
    (void)fclose(file);
    (void)snprintf(url, size, "http://127.0.0.1:%u/mcp", port);
    return pid;
}

static struct figures measure_floor_http(const struct options *options,
                                         const struct load *load)
{
    char url[64];
    pid_t pid = start_floor(options, url, sizeof(url));
    struct figures figures = measure_http(options, load, pid, url);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    return figures;
}

static struct figures measure_hone_http(const struct options *options,
                                        const struct load *load, const char *data)
{
    static const char *const more[] = {"--http",      "127.0.0.1:0", "--conformance",
                                       "--log-level", "error",       NULL};
    struct hone_served served;
    hone_served_start_with(&served, options->hone, data, more);
    struct hone_client *control = hone_peer_connect(served.control_path);
    json_t *status = hone_peer_request(control, "hone/status", NULL);
    hone_threads_pin(served.pid, SERVER_CPU);
    hone_threads_pin_others(served.pid, SERVER_CPU);
    struct figures figures = measure_http(
        options, load, served.pid, json_string_value(json_object_get(status, "http")));
    json_decref(status);
    hone_client_destroy(control);
    hone_served_stop(&served);
    return figures;
}

static struct figures measure_hone(const struct options *options, const struct load *load)
{
    struct hone_error err;
    struct figures figures;
    char *data = options->data;
    if (data == NULL) {
        hone_fail_on(hone_scratch_create(&data, &err), &err);
    }
    if (options->bench_case->is_http) {
        figures = measure_hone_http(options, load, data);
    } else {
        figures = measure_stdio(options, load, false, data);
    }
    if (data != options->data) {
        hone_scratch_remove(data);
        free(data);
    }
    return figures;
}

/* ---- the list ---- */

static void make_skills(struct options *options)
{
    static char label_a[] = "invoice", label_b[] = "order", label_c[] = "other";
    static char text_a[] = "about a bill", text_b[] = "about an order",
                text_c[] = "anything else";
    struct hone_dataset_row rows[] = {
        {.label = label_a, .text = text_a},
        {.label = label_b, .text = text_b},
        {.label = label_c, .text = text_c},
    };
    const struct hone_dataset labels = {.rows = rows, .n_rows = 3};
    char name[32];
    for (int i = 0; i < N_SKILLS; i++) {
        (void)snprintf(name, sizeof(name), "skill-%04d", i);
        hone_make_skill(options->skills, name, &labels);
    }
}

/* Starts a server on the skills, says how long that took, and keeps what it lists, as the
 * floor is to give out the same bytes. */
static void prepare_list(struct options *options)
{
    struct hone_error err;
    struct hone_served served;
    hone_fail_on(hone_scratch_create(&options->skills, &err), &err);
    hone_fail_on(hone_scratch_create(&options->data, &err), &err);
    make_skills(options);
    options->list = hone_alloc_format("%s/list.json", options->data);
    char *socket = hone_alloc_format("%s/bench.sock", options->data);
    const char *more[] = {"--conformance", "--tools-list-max", "100000", "--socket",
                          socket,          options->skills,    NULL};
    hone_served_start_with(&served, options->hone, options->data, more);
    struct hone_client *client = hone_peer_connect(socket);
    hone_peer_initialize(client);
    json_t *list = hone_peer_request(client, "tools/list", NULL);
    char *text = json_dumps(list, JSON_COMPACT);
    hone_fail_on(hone_file_write(options->list, hone_span_text(text), 0600, &err), &err);
    printf("a list of %zu tools, %zu bytes\n",
           json_array_size(json_object_get(list, "tools")), strlen(text));
    free(text);
    json_decref(list);
    hone_client_destroy(client);
    hone_served_stop(&served);
    free(socket);
}

static void finish_list(struct options *options)
{
    hone_scratch_remove(options->skills);
    hone_scratch_remove(options->data);
    free(options->skills);
    free(options->data);
    free(options->list);
}

/* ---- rounds and report ---- */

static void print_row(const char *who, const char *load, const struct figures *figures)
{
    printf("%-6s %-6s %12.0f %12.1f %12.1f %12.2f %8.0f\n", load, who, figures->rate,
           figures->p50_us, figures->p99_us, figures->cpu_us, figures->n_errors);
    (void)fflush(stdout);
}

static struct pair run_pair(const struct options *options, const struct load *load)
{
    struct pair pair;
    pair.floor = options->bench_case->is_http ? measure_floor_http(options, load)
                                              : measure_stdio(options, load, true, NULL);
    pair.hone = measure_hone(options, load);
    print_row("floor", load->name, &pair.floor);
    print_row("hone", load->name, &pair.hone);
    return pair;
}

#define MEMBER(member)                                                                   \
    {                                                                                    \
#member, offsetof(struct figures, member)                                        \
    }
static const struct member {
    const char *name;
    size_t offset;
} members[] = {MEMBER(rate), MEMBER(p50_us), MEMBER(p99_us), MEMBER(cpu_us)};

static double member_of(const struct figures *figures, const struct member *member)
{
    return *(const double *)(const void *)((const char *)figures + member->offset);
}

static void add_figure(json_t *out, const char *load, const char *name, const char *what,
                       double value)
{
    char *key = hone_alloc_format("%s_%s%s", load, name, what);
    (void)json_object_set_new(out, key, json_real(value));
    free(key);
}

static void report_load(json_t *out, const struct load *load, const struct pair *pairs,
                        size_t n)
{
    double n_errors = 0.0;
    for (size_t m = 0; m < sizeof(members) / sizeof(members[0]); m++) {
        double floor[ROUNDS_MAX], hone[ROUNDS_MAX], ratio[ROUNDS_MAX];
        for (size_t i = 0; i < n; i++) {
            floor[i] = member_of(&pairs[i].floor, &members[m]);
            hone[i] = member_of(&pairs[i].hone, &members[m]);
            ratio[i] = floor[i] > 0.0 ? hone[i] / floor[i] : 0.0;
        }
        add_figure(out, load->name, members[m].name, "", hone_samples_median(hone, n));
        add_figure(out, load->name, members[m].name, "_floor",
                   hone_samples_median(floor, n));
        add_figure(out, load->name, members[m].name, "_ratio",
                   hone_samples_median(ratio, n));
    }
    for (size_t i = 0; i < n; i++) {
        n_errors += pairs[i].hone.n_errors;
    }
    add_figure(out, load->name, "errors", "", n_errors);
}

static void run_rounds(const struct options *options)
{
    struct pair pairs[LOADS_MAX][ROUNDS_MAX];
    const struct load *loads = options->bench_case->loads;
    json_t *figures = json_object();
    printf("%-6s %-6s %12s %12s %12s %12s %8s\n", "load", "server", "requests/s",
           "p50 us", "p99 us", "CPU us/req", "errors");
    for (size_t i = 0; i < options->n_rounds; i++) {
        for (size_t j = 0; j < LOADS_MAX && loads[j].name != NULL; j++) {
            pairs[j][i] = run_pair(options, &loads[j]);
        }
    }
    for (size_t j = 0; j < LOADS_MAX && loads[j].name != NULL; j++) {
        report_load(figures, &loads[j], pairs[j], options->n_rounds);
    }
    char *text = json_dumps(figures, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(figures);
}

static const struct bench_case *find_case(const char *name)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (name != NULL && strcmp(cases[i].name, name) == 0) {
            return &cases[i];
        }
    }
    return NULL;
}

static struct options read_options(char **argv)
{
    struct options options = {.n_rounds = 5, .seconds = "1"};
    const char *name = NULL;
    const char **words[] = {&name, &options.hone, &options.floor, &options.mcpload};
    size_t n_words = 0;
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--seconds") == 0 && arg[1] != NULL) {
            (void)snprintf(options.seconds, sizeof(options.seconds), "%s", *++arg);
        } else if (strcmp(*arg, "--rounds") == 0 && arg[1] != NULL) {
            options.n_rounds = strtoul(*++arg, NULL, 10);
        } else if (n_words < 4) {
            *words[n_words++] = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    options.bench_case = find_case(name);
    hone_fail_unless(options.bench_case != NULL && n_words == 4 &&
                         options.n_rounds >= 1 && options.n_rounds <= ROUNDS_MAX,
                     "usage: beside CASE HONE FLOOR MCPLOAD [--rounds N (1 to 32)] "
                     "[--seconds S]");
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    hone_threads_pin(0, OTHER_CPU);
    if (options.bench_case->is_list) {
        prepare_list(&options);
    }
    run_rounds(&options);
    if (options.bench_case->is_list) {
        finish_list(&options);
    }
    return 0;
}
