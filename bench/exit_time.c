/* exit-time: how long a process that serves one client over stdio lives on when that goes.
 *
 *   exit-time HONE EXAMPLES [--repeats N]
 *
 * EXAMPLES is the folder that has triage. A process of its own (--standalone) and a relay are
 * each ended in five ways: stdin ends, three signals, and the death of the process that
 * started them; once with nothing in flight and once with a call that would take ten minutes.
 * Before, a feedback is acknowledged; after, it must be stored, or the benchmark fails. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "bench/support/fail.h"
#include "bench/support/peer.h"
#include "bench/support/samples.h"
#include "bench/support/served.h"
#include "cli/scratch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKILL       "triage"
#define REPEATS_MAX 32
#define END_MAX_MS  60000

struct options {
    const char *program, *examples;
    size_t n_repeats;
};

enum way { BY_STDIN, BY_SIGTERM, BY_SIGINT, BY_SIGHUP, BY_PARENT, N_WAYS };

static const char *const way_names[N_WAYS] = {"stdin", "sigterm", "sigint", "sighup",
                                              "parent"};
static const int way_signals[N_WAYS] = {0, SIGTERM, SIGINT, SIGHUP, 0};

struct scene {
    bool is_relay;
    enum way way;
    bool is_busy; /* with a call that hangs */
};
#define N_SCENES (2 * 2 * N_WAYS)

static struct scene scene_at(size_t i)
{
    return (struct scene){
        .is_relay = i >= N_SCENES / 2,
        .way = (enum way)(i / 2 % N_WAYS),
        .is_busy = i % 2 == 1,
    };
}

/* ---- the process, and the one between it and us ---- */

struct client {
    pid_t starter, pid;
    int pidfd;
    FILE *in, *out;
    int next_id;
};

static _Noreturn void become_hone(const struct options *options, bool is_relay,
                                  const char *data, int in, int out)
{
    char *log = hone_alloc_format("%s/stdio.log", data);
    const char *words[] = {"hone",
                           "serve",
                           "--stdio",
                           "--conformance",
                           "--data",
                           data,
                           "--skills",
                           options->examples,
                           "--idle-timeout-ms=10000",
                           is_relay ? NULL : "--standalone",
                           NULL};
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
        freopen(log, "a", stderr) != NULL) {
        (void)execv(options->program, (char *const *)(uintptr_t)words);
    }
    _exit(127);
}

/* Starts hone, says its process id, and is there until hone has ended. */
static _Noreturn void become_starter(const struct options *options, bool is_relay,
                                     const char *data, int in, int out, int tell)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(tell);
        become_hone(options, is_relay, data, in, out);
    }
    ssize_t n_told = write(tell, &pid, sizeof(pid));
    (void)close(in);
    (void)close(out);
    (void)waitpid(pid, NULL, 0);
    _exit(n_told == (ssize_t)sizeof(pid) ? 0 : 1);
}

static struct client start(const struct options *options, bool is_relay, const char *data)
{
    struct client client = {.next_id = 1};
    int in[2], out[2], told[2];
    hone_fail_unless(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
                         pipe2(told, O_CLOEXEC) == 0,
                     "no pipe could be made");
    (void)fflush(NULL);
    client.starter = fork();
    if (client.starter == 0) {
        (void)close(in[1]);
        (void)close(out[0]);
        become_starter(options, is_relay, data, in[0], out[1], told[1]);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    (void)close(told[1]);
    hone_fail_unless(read(told[0], &client.pid, sizeof(client.pid)) ==
                         (ssize_t)sizeof(client.pid),
                     "no process could be started");
    (void)close(told[0]);
    client.pidfd = pidfd_open(client.pid, 0);
    client.in = fdopen(in[1], "w");
    client.out = fdopen(out[0], "r");
    hone_fail_unless(client.pidfd >= 0 && client.in != NULL && client.out != NULL,
                     "the process cannot be watched");
    return client;
}

static void wait_for_end(int pidfd)
{
    struct pollfd entry = {.fd = pidfd, .events = POLLIN};
    hone_fail_unless(poll(&entry, 1, END_MAX_MS) == 1, "it did not end within a minute");
}

/* Milliseconds. */
static double end(struct client *client, enum way way)
{
    uint64_t start_us = hone_clock_monotonic_us();
    if (way == BY_STDIN) {
        (void)fclose(client->in);
        client->in = NULL;
    } else if (way == BY_PARENT) {
        (void)kill(client->starter, SIGKILL);
    } else {
        (void)kill(client->pid, way_signals[way]);
    }
    wait_for_end(client->pidfd);
    return (double)(hone_clock_monotonic_us() - start_us) / 1e3;
}

static void finish(struct client *client)
{
    if (client->in != NULL) {
        (void)fclose(client->in);
    }
    (void)fclose(client->out);
    (void)close(client->pidfd);
    (void)waitpid(client->starter, NULL, 0);
}

/* ---- what it is asked ---- */

static void send_request(struct client *client, const char *method, json_t *params_taken)
{
    json_t *request =
        json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", client->next_id++,
                  "method", method, "params", params_taken);
    hone_fail_unless(json_dumpf(request, client->in, JSON_COMPACT) == 0 &&
                         fputc('\n', client->in) == '\n' && fflush(client->in) == 0,
                     "hone does not read its stdin");
    json_decref(request);
}

/* The result of the last request; new reference. */
static json_t *receive(struct client *client)
{
    char *line = NULL;
    size_t capacity = 0;
    json_t *result = NULL;
    while (result == NULL) {
        hone_fail_unless(getline(&line, &capacity, client->out) > 0,
                         "hone ended instead of answering");
        json_t *message = json_loads(line, 0, NULL);
        if (json_integer_value(json_object_get(message, "id")) == client->next_id - 1) {
            result = json_incref(json_object_get(message, "result"));
            hone_fail_unless(result != NULL, "hone answered with an error");
        }
        json_decref(message);
    }
    free(line);
    return result;
}

static json_t *call(struct client *client, const char *tool, json_t *arguments_taken)
{
    send_request(client, "tools/call",
                 json_pack("{s:s, s:o}", "name", tool, "arguments", arguments_taken));
    return receive(client);
}

static void teach(struct client *client)
{
    json_t *answer =
        call(client, SKILL, json_pack("{s:s}", "text", "where is my refund"));
    const json_t *content = json_object_get(answer, "structuredContent");
    json_t *told =
        call(client, "feedback",
             json_pack("{s:O, s:O}", "call_id", json_object_get(content, "call_id"),
                       "label", json_object_get(content, "label")));
    hone_fail_unless(json_object_get(told, "isError") == NULL,
                     "the feedback was not taken");
    json_decref(told);
    json_decref(answer);
}

/* The answer to the ping comes after the call has begun. */
static void hang(struct client *client)
{
    send_request(client, "tools/call",
                 json_pack("{s:s, s:{s:i, s:s}}", "name", "slow_compute", "arguments",
                           "seconds", 600, "label", "exit"));
    send_request(client, "ping", json_object());
    json_decref(receive(client));
}

/* ---- what is left ---- */

static void check_stored(const char *control_path)
{
    struct hone_client *control = hone_peer_connect(control_path);
    json_t *status = hone_peer_skill_status(control, SKILL);
    hone_fail_unless(json_integer_value(json_object_get(status, "feedback")) == 1,
                     "a feedback that was acknowledged is not stored");
    json_decref(status);
    hone_client_destroy(control);
}

static void check_own(const struct options *options, const char *data)
{
    struct hone_served served;
    hone_served_start(&served, options->program, data, options->examples);
    check_stored(served.control_path);
    hone_served_stop(&served);
}

/* The relay's owner goes on; it is ended too. */
static void check_owner(const char *data)
{
    struct hone_error err;
    char *control_path = hone_alloc_format("%s/hone.sock", data);
    char *lock = hone_alloc_format("%s/LOCK", data), *text = NULL;
    check_stored(control_path);
    hone_fail_on(hone_file_read(&text, NULL, lock, 64, &err), &err);
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    int pidfd = pidfd_open(pid, 0);
    hone_fail_unless(pidfd >= 0 && kill(pid, SIGTERM) == 0, "the owner is gone");
    wait_for_end(pidfd);
    (void)close(pidfd);
    free(text);
    free(lock);
    free(control_path);
}

static double run(const struct options *options, struct scene scene)
{
    struct hone_error err;
    char *data = NULL;
    hone_fail_on(hone_scratch_create(&data, &err), &err);
    struct client client = start(options, scene.is_relay, data);
    teach(&client);
    if (scene.is_busy) {
        hang(&client);
    }
    double ms = end(&client, scene.way);
    finish(&client);
    if (scene.is_relay) {
        check_owner(data);
    } else {
        check_own(options, data);
    }
    hone_scratch_remove(data);
    free(data);
    return ms;
}

/* ---- report ---- */

static void report(double times_ms[N_SCENES][REPEATS_MAX], size_t n_repeats)
{
    json_t *figures = json_object();
    double slowest_ms = 0.0;
    for (size_t i = 0; i < N_SCENES; i++) {
        struct scene scene = scene_at(i);
        char *name =
            hone_alloc_format("%s_%s%s_ms", scene.is_relay ? "relay" : "own",
                              way_names[scene.way], scene.is_busy ? "_busy" : "");
        printf("%-22s", name);
        for (size_t k = 0; k < n_repeats; k++) {
            printf(" %8.1f", times_ms[i][k]);
            slowest_ms = times_ms[i][k] > slowest_ms ? times_ms[i][k] : slowest_ms;
        }
        double median_ms = hone_samples_median(times_ms[i], n_repeats);
        printf("   median %8.1f\n", median_ms);
        (void)json_object_set_new(figures, name, json_real(median_ms));
        free(name);
    }
    (void)json_object_set_new(figures, "slowest_ms", json_real(slowest_ms));
    char *text = json_dumps(figures, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(figures);
}

static struct options read_options(char **argv)
{
    struct options options = {.n_repeats = 3};
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--repeats") == 0 && arg[1] != NULL) {
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
                     "usage: exit-time HONE EXAMPLES [--repeats N (1 to 32)]");
    return options;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    double times_ms[N_SCENES][REPEATS_MAX];
    for (size_t k = 0; k < options.n_repeats; k++) {
        for (size_t i = 0; i < N_SCENES; i++) {
            times_ms[i][k] = run(&options, scene_at(i));
        }
    }
    report(times_ms, options.n_repeats);
    return 0;
}
