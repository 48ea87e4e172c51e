#include "cli/demo.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/child.h"
#include "cli/connect.h"
#include "cli/demo_data.h"
#include "cli/demo_meter.h"
#include "cli/mcp_http.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define PACE_MS           14  /* for each message, when somebody watches */
#define LINE_EVERY        100 /* messages, when nobody watches */
#define STOP_TIMEOUT_MS   10000
#define SETTLE_TIMEOUT_MS 20000
#define SETTLE_POLL_MS    10
#define CLAIM_MESSAGES    100  /* learning must show by then; before, chance decides */
#define CONFIDENCE_EQUAL  1e-6 /* answers travel as decimal text */
#define LEARNED_NOTHING   "no better on the test part after learning than before"

/* The answers to the test part at one moment. */
struct test_run {
    char **labels;
    double *confidence;
    size_t n, n_right;
};

/* Where a skill stands, as hone/status tells. */
struct standing {
    json_int_t learned_through, log_end, live_version;
};

struct demo {
    const struct hone_demo_options *options;
    struct hone_output *output;
    FILE *talk; /* stdout, or stderr when stdout carries a document */
    bool live;  /* talk is a terminal: one line that moves, at a pace to watch */
    sigset_t signals, old_signals;
    struct hone_demo_data data;
    struct hone_demo_meter meter;
    struct hone_child child;
    struct hone_mcp_http *mcp;
    struct test_run before, after, again;
    struct standing learned, restored;
    json_int_t n_versions;
    uint64_t call_us, feedback_us; /* sums over the stream */
    bool fresh;                    /* nothing was learned before this run */
};

static double share(size_t n, size_t n_all)
{
    return n_all > 0 ? (double)n / (double)n_all : 0;
}

static bool is_interrupted(void)
{
    const struct timespec now = {0};
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGHUP);
    return sigtimedwait(&wanted, NULL, &now) > 0;
}

static int interrupted(struct hone_error *err)
{
    return hone_error_set(err, HONE_E_CANCELLED, "interrupted");
}

/* ---- start ---- */

/* DIR/SKILL/data/messages.jsonl, or DIR/data/messages.jsonl when DIR is
 * the package itself. */
static char *find_messages(const struct hone_demo_options *options)
{
    for (size_t i = 0; i < options->n_skills; i++) {
        char *inside = hone_alloc_format("%s/%s/data/messages.jsonl", options->skills[i],
                                         options->skill);
        if (hone_file_exists(inside)) {
            return inside;
        }
        free(inside);
        const char *slash = strrchr(options->skills[i], '/');
        const char *name = slash != NULL ? slash + 1 : options->skills[i];
        if (strcmp(name, options->skill) == 0) {
            char *here = hone_alloc_format("%s/data/messages.jsonl", options->skills[i]);
            if (hone_file_exists(here)) {
                return here;
            }
            free(here);
        }
    }
    return NULL;
}

static int read_data(struct demo *demo, struct hone_error *err)
{
    char *path = find_messages(demo->options);
    if (path == NULL) {
        (void)hone_error_set(err, HONE_E_NOT_FOUND,
                             "no skills folder has %s/data/messages.jsonl",
                             demo->options->skill);
        return hone_error_hint(err, "say where the examples are: --skills DIR");
    }
    int code = hone_demo_data_read(&demo->data, path, demo->options->limit, err);
    demo->meter.n_expected = demo->data.n_stream;
    free(path);
    return code;
}

static int check_tools(struct demo *demo, struct hone_error *err)
{
    json_t *result = NULL;
    size_t index;
    const json_t *tool;
    bool has_skill = false;
    bool has_feedback = false;
    int code = hone_mcp_http_request(demo->mcp, "tools/list", NULL, &result, err);
    if (code != 0) {
        return code;
    }
    json_array_foreach(json_object_get(result, "tools"), index, tool)
    {
        const char *name = json_string_value(json_object_get(tool, "name"));
        has_skill =
            has_skill || (name != NULL && strcmp(name, demo->options->skill) == 0);
        has_feedback = has_feedback || (name != NULL && strcmp(name, "feedback") == 0);
    }
    json_decref(result);
    if (!has_skill || !has_feedback) {
        return hone_error_set(err, HONE_E_NOT_FOUND, "the server has no tool \"%s\"",
                              has_skill ? "feedback" : demo->options->skill);
    }
    return 0;
}

static int open_client(struct demo *demo, struct hone_error *err)
{
    const char *url = demo->options->url != NULL ? demo->options->url : demo->child.url;
    hone_mcp_http_close(demo->mcp);
    demo->mcp = NULL;
    return hone_mcp_http_open(&demo->mcp, url, demo->options->url == NULL, err);
}

/* Reads the skill's standing; the same document comes by the tool and by
 * the control socket. */
static int read_standing(struct demo *demo, struct standing *out, struct hone_error *err)
{
    json_t *status = NULL;
    json_t *arguments = json_pack("{s:s}", "skill", demo->options->skill);
    int code =
        demo->options->url != NULL
            ? hone_mcp_http_call_tool(demo->mcp, "hone_status", arguments, &status, err)
            : hone_child_request(&demo->child, "hone/status", arguments, &status, err);
    json_decref(arguments);
    if (code != 0) {
        return code;
    }
    const json_t *skill = json_array_get(json_object_get(status, "skills"), 0);
    if (skill == NULL) {
        code = hone_error_set(err, HONE_E_CORRUPT,
                              "the server's status does not show \"%s\"",
                              demo->options->skill);
    } else {
        out->learned_through =
            json_integer_value(json_object_get(skill, "learned_through"));
        out->log_end = json_integer_value(json_object_get(skill, "log_end"));
        out->live_version = json_integer_value(json_object_get(skill, "live_version"));
    }
    json_decref(status);
    return code;
}

/* Waits until the skill has learned all that its log holds. */
static int settle(struct demo *demo, struct standing *out, struct hone_error *err)
{
    uint64_t deadline_us = hone_clock_monotonic_us() + SETTLE_TIMEOUT_MS * UINT64_C(1000);
    for (;;) {
        int code = read_standing(demo, out, err);
        if (code != 0 || out->learned_through >= out->log_end) {
            return code;
        }
        if (is_interrupted()) {
            return interrupted(err);
        }
        if (hone_clock_monotonic_us() > deadline_us) {
            return hone_error_set(err, HONE_E_AGAIN,
                                  "the skill has learned %lld of %lld events after %d s",
                                  (long long)out->learned_through,
                                  (long long)out->log_end, SETTLE_TIMEOUT_MS / 1000);
        }
        (void)poll(NULL, 0, SETTLE_POLL_MS);
    }
}

static int start(struct demo *demo, struct hone_error *err)
{
    struct standing standing = {0};
    uint64_t start_us = hone_clock_monotonic_us();
    int code = read_data(demo, err);
    if (code == 0 && demo->options->url == NULL) {
        code = hone_child_start(&demo->child, err);
    }
    if (code == 0) {
        code = open_client(demo, err);
    }
    if (code == 0) {
        code = check_tools(demo, err);
    }
    if (code == 0) {
        code = settle(demo, &standing, err);
    }
    if (code != 0) {
        return code;
    }
    demo->fresh = standing.log_end == 0;
    if (demo->options->url == NULL) {
        (void)fprintf(
            demo->talk, "server    process %d, ready after %.0f ms, MCP at %s\n",
            (int)demo->child.pid, (double)(hone_clock_monotonic_us() - start_us) / 1000,
            demo->child.url);
    } else {
        (void)fprintf(demo->talk, "server    %s\n", demo->options->url);
    }
    (void)fprintf(
        demo->talk,
        "messages  %zu to learn from, %zu kept apart as a test (their labels are never "
        "sent)\n",
        demo->data.n_stream, demo->data.n_test);
    return 0;
}

/* ---- measure ---- */

/* What a call answered. */
struct answer {
    char *label;
    char *call_id;
    double confidence;
};

static void answer_finish(struct answer *answer)
{
    free(answer->label);
    free(answer->call_id);
}

static int call_skill(struct demo *demo, const char *text, struct answer *out,
                      struct hone_error *err)
{
    json_t *structured = NULL;
    json_t *arguments = json_pack("{s:s}", "text", text);
    int code = hone_mcp_http_call_tool(demo->mcp, demo->options->skill, arguments,
                                       &structured, err);
    json_decref(arguments);
    if (code != 0) {
        return code;
    }
    const char *label = json_string_value(json_object_get(structured, "label"));
    const char *call_id = json_string_value(json_object_get(structured, "call_id"));
    if (label == NULL || call_id == NULL) {
        code = hone_error_set(err, HONE_E_CORRUPT,
                              "an answer of \"%s\" has no label or call_id",
                              demo->options->skill);
    } else {
        out->label = hone_alloc_text(label);
        out->call_id = hone_alloc_text(call_id);
        out->confidence = json_number_value(json_object_get(structured, "confidence"));
    }
    json_decref(structured);
    return code;
}

static int run_test(struct demo *demo, struct test_run *run, struct hone_error *err)
{
    run->n = demo->data.n_test;
    run->labels = hone_alloc_zeroed(run->n, sizeof *run->labels);
    run->confidence = hone_alloc_zeroed(run->n, sizeof *run->confidence);
    for (size_t i = 0; i < run->n; i++) {
        struct answer answer = {0};
        int code = is_interrupted()
                       ? interrupted(err)
                       : call_skill(demo, demo->data.test[i].text, &answer, err);
        if (code != 0) {
            return code;
        }
        run->n_right += strcmp(answer.label, demo->data.test[i].label) == 0 ? 1 : 0;
        run->confidence[i] = answer.confidence;
        run->labels[i] = answer.label;
        answer.label = NULL;
        answer_finish(&answer);
    }
    return 0;
}

static void test_run_finish(struct test_run *run)
{
    for (size_t i = 0; run->labels != NULL && i < run->n; i++) {
        free(run->labels[i]);
    }
    free(run->labels);
    free(run->confidence);
}

static void print_test(const struct demo *demo, const char *when,
                       const struct test_run *run)
{
    (void)fprintf(demo->talk, "%-9s %.1f %% of the test part right (%zu of %zu)\n", when,
                  100 * share(run->n_right, run->n), run->n_right, run->n);
}

static int measure(struct demo *demo, const char *when, struct test_run *run,
                   struct hone_error *err)
{
    int code = run_test(demo, run, err);
    if (code == 0) {
        print_test(demo, when, run);
    }
    return code;
}

/* ---- stream ---- */

static int send_label(struct demo *demo, const char *call_id, const char *label,
                      struct hone_error *err)
{
    json_t *structured = NULL;
    json_t *arguments = json_pack("{s:s, s:s, s:s}", "call_id", call_id, "label", label,
                                  "wait", "learned");
    int code =
        hone_mcp_http_call_tool(demo->mcp, "feedback", arguments, &structured, err);
    if (code == 0 && !json_is_true(json_object_get(structured, "learned"))) {
        code = hone_error_set(
            err, HONE_E_CORRUPT,
            "a label was stored but not learned although that was asked for");
    }
    json_decref(structured);
    json_decref(arguments);
    return code;
}

static void print_progress(const struct demo *demo)
{
    const struct hone_demo_meter *meter = &demo->meter;
    bool last = meter->n == demo->data.n_stream;
    if (!demo->live && meter->n % LINE_EVERY != 0 && !last) {
        return;
    }
    struct hone_buf chart;
    hone_buf_init(&chart, 1024);
    hone_demo_meter_chart(meter, &chart);
    /* Fits 80 columns: a line that wraps cannot be drawn over. */
    (void)fprintf(demo->talk, "%slearning  %zu/%zu %s last %u: %.0f %%, all: %.0f %%%s",
                  demo->live ? "\r\033[K" : "", meter->n, demo->data.n_stream,
                  chart.len > 0 ? chart.data : "", HONE_DEMO_METER_WINDOW,
                  100 * hone_demo_meter_recent(meter), 100 * hone_demo_meter_share(meter),
                  demo->live && !last ? "" : "\n");
    (void)fflush(demo->talk);
    hone_buf_finish(&chart);
}

static int stream_one(struct demo *demo, const struct hone_demo_data_row *row,
                      struct hone_error *err)
{
    struct answer answer = {0};
    uint64_t start_us = hone_clock_monotonic_us();
    int code = call_skill(demo, row->text, &answer, err);
    uint64_t answered_us = hone_clock_monotonic_us();
    if (code == 0) {
        hone_demo_meter_add(&demo->meter, strcmp(answer.label, row->label) == 0);
        code = send_label(demo, answer.call_id, row->label, err);
    }
    uint64_t learned_us = hone_clock_monotonic_us();
    demo->call_us += answered_us - start_us;
    demo->feedback_us += learned_us - answered_us;
    answer_finish(&answer);
    if (code == 0 && demo->live && learned_us - start_us < PACE_MS * 1000) {
        (void)poll(NULL, 0, (int)(PACE_MS - (learned_us - start_us) / 1000));
    }
    return code;
}

static int stream(struct demo *demo, struct hone_error *err)
{
    int code = 0;
    for (size_t i = 0; i < demo->data.n_stream && code == 0; i++) {
        code = is_interrupted() ? interrupted(err)
                                : stream_one(demo, &demo->data.stream[i], err);
        if (code == 0) {
            print_progress(demo);
        }
    }
    if (code != 0) {
        (void)fputs(demo->live && demo->meter.n > 0 ? "\n" : "", demo->talk);
        return code;
    }
    (void)fprintf(
        demo->talk,
        "timing    a call %.2f ms, a label until it is learned and served %.2f ms "
        "(means)\n",
        (double)demo->call_us / 1000 / (double)demo->meter.n,
        (double)demo->feedback_us / 1000 / (double)demo->meter.n);
    return 0;
}

/* ---- kill and compare ---- */

static size_t count_same(const struct test_run *a, const struct test_run *b)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        if (strcmp(a->labels[i], b->labels[i]) == 0 &&
            fabs(a->confidence[i] - b->confidence[i]) <= CONFIDENCE_EQUAL) {
            n++;
        }
    }
    return n;
}

static int print_versions(struct demo *demo, struct hone_error *err)
{
    json_t *answer = NULL;
    size_t index;
    const json_t *version;
    json_t *params = json_pack("{s:s}", "skill", demo->options->skill);
    int code = hone_child_request(&demo->child, "hone/versions", params, &answer, err);
    json_decref(params);
    if (code != 0) {
        return code;
    }
    const json_t *versions = json_object_get(answer, "versions");
    demo->n_versions = (json_int_t)json_array_size(versions);
    json_array_foreach(versions, index, version)
    {
        const char *status = json_string_value(json_object_get(version, "status"));
        const char *created = json_string_value(json_object_get(version, "created"));
        (void)fprintf(demo->talk, "version   %lld, %s, at log position %lld, %s\n",
                      (long long)json_integer_value(json_object_get(version, "number")),
                      status != NULL ? status : "",
                      (long long)json_integer_value(json_object_get(version, "position")),
                      created != NULL ? created : "");
    }
    json_decref(answer);
    return 0;
}

static int compare(struct demo *demo, struct hone_error *err)
{
    size_t n_same = count_same(&demo->after, &demo->again);
    (void)fprintf(demo->talk,
                  "restored  learned through event %lld of %lld, version %lld; %zu "
                  "of %zu answers "
                  "the same as before\n",
                  (long long)demo->restored.learned_through,
                  (long long)demo->learned.learned_through,
                  (long long)demo->restored.live_version, n_same, demo->after.n);
    if (demo->restored.learned_through < demo->learned.learned_through) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "the killed server lost what it had learned");
    }
    if (n_same != demo->after.n) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "%zu of %zu answers differ after the server was killed",
                              demo->after.n - n_same, demo->after.n);
    }
    return 0;
}

static int kill_and_compare(struct demo *demo, struct hone_error *err)
{
    int killed = (int)demo->child.pid;
    hone_child_kill(&demo->child);
    uint64_t start_us = hone_clock_monotonic_us();
    int code = hone_child_start(&demo->child, err);
    if (code == 0) {
        code = settle(demo, &demo->restored, err);
    }
    if (code == 0) {
        code = open_client(demo, err);
    }
    if (code != 0) {
        hone_error_prefix(err, "after kill -9");
        return code;
    }
    (void)fprintf(demo->talk,
                  "kill -9   process %d is gone; process %d took over after %.0f ms\n",
                  killed, (int)demo->child.pid,
                  (double)(hone_clock_monotonic_us() - start_us) / 1000);
    code = run_test(demo, &demo->again, err);
    if (code == 0) {
        code = compare(demo, err);
    }
    return code == 0 ? print_versions(demo, err) : code;
}

/* ---- the end ---- */

static void print_connect(const struct demo *demo)
{
    const char *names[] = {"claude", "codex", "cursor"};
    struct hone_connect_target target = {
        .url = demo->options->url != NULL ? demo->options->url : demo->child.url};
    (void)fprintf(demo->talk, "\nConnect a client to this server:\n\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct hone_connect_client *client = NULL;
        if (hone_connect_find(&client, names[i], NULL) == 0) {
            hone_connect_print(demo->talk, client, &target);
        }
    }
}

static void print_document(const struct demo *demo)
{
    json_t *document = json_pack(
        "{s:s, s:I, s:I, s:f, s:f, s:f, s:f}", "skill", demo->options->skill, "messages",
        (json_int_t)demo->data.n_stream, "test", (json_int_t)demo->data.n_test, "before",
        share(demo->before.n_right, demo->before.n), "after",
        share(demo->after.n_right, demo->after.n), "call_ms",
        (double)demo->call_us / 1000 / (double)demo->meter.n, "feedback_ms",
        (double)demo->feedback_us / 1000 / (double)demo->meter.n);
    if (demo->options->url == NULL) {
        json_object_set_new(document, "restart",
                            json_pack("{s:I, s:I, s:I, s:I}", "same_answers",
                                      (json_int_t)count_same(&demo->after, &demo->again),
                                      "learned_through", demo->restored.learned_through,
                                      "live_version", demo->restored.live_version,
                                      "versions", demo->n_versions));
    }
    hone_output_json(demo->output, document);
    (void)fflush(demo->output->data);
    json_decref(document);
}

/* Until Ctrl-C, or until the server ends by itself. */
static int serve_on(struct demo *demo, struct hone_error *err)
{
    (void)fprintf(demo->talk, "\nServing until Ctrl-C.\n");
    (void)fflush(demo->talk);
    for (;;) {
        siginfo_t info = {0};
        int signal_number = sigwaitinfo(&demo->signals, &info);
        if (signal_number == SIGINT || signal_number == SIGTERM ||
            signal_number == SIGHUP) {
            return 0;
        }
        if (signal_number == SIGCHLD && info.si_pid == demo->child.pid &&
            demo->child.pid > 0) {
            siginfo_t state = {0};
            if (waitid(P_PID, (id_t)demo->child.pid, &state,
                       WEXITED | WNOHANG | WNOWAIT) == 0 &&
                state.si_pid == demo->child.pid) {
                return hone_child_report_end(&demo->child, "the server ended", err);
            }
        }
    }
}

static int finish(struct demo *demo, struct hone_error *err)
{
    (void)fprintf(demo->talk, "result    %.1f %% -> %.1f %% of the test part right\n",
                  100 * share(demo->before.n_right, demo->before.n),
                  100 * share(demo->after.n_right, demo->after.n));
    if (demo->fresh && demo->data.n_stream >= CLAIM_MESSAGES &&
        demo->after.n_right <= demo->before.n_right) {
        return hone_error_set(err, HONE_E_CORRUPT, LEARNED_NOTHING);
    }
    if (demo->output->json) {
        print_document(demo);
    }
    if (demo->options->once) {
        return 0;
    }
    print_connect(demo);
    return demo->options->url == NULL ? serve_on(demo, err) : 0;
}

static int play(struct demo *demo, struct hone_error *err)
{
    int code = start(demo, err);
    if (code == 0) {
        code = measure(demo, "before", &demo->before, err);
    }
    if (code == 0) {
        code = stream(demo, err);
    }
    if (code == 0) {
        code = settle(demo, &demo->learned, err);
    }
    if (code == 0) {
        code = measure(demo, "after", &demo->after, err);
    }
    if (code == 0 && demo->options->url == NULL) {
        code = kill_and_compare(demo, err);
    }
    return code == 0 ? finish(demo, err) : code;
}

int hone_demo_run(const struct hone_demo_options *options, struct hone_output *output,
                  struct hone_error *err)
{
    struct demo demo = {.options = options, .output = output};
    demo.talk = output->json ? output->talk : output->data;
    demo.live = output->json ? output->talk_is_terminal : output->data_is_terminal;
    sigemptyset(&demo.signals);
    sigaddset(&demo.signals, SIGINT);
    sigaddset(&demo.signals, SIGTERM);
    sigaddset(&demo.signals, SIGHUP);
    sigaddset(&demo.signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &demo.signals, &demo.old_signals);
    hone_child_init(&demo.child, options->data, options->skills, options->n_skills);
    int code = play(&demo, err);
    hone_mcp_http_close(demo.mcp);
    (void)hone_child_stop(&demo.child, STOP_TIMEOUT_MS);
    hone_child_finish(&demo.child);
    test_run_finish(&demo.before);
    test_run_finish(&demo.after);
    test_run_finish(&demo.again);
    hone_demo_data_finish(&demo.data);
    (void)sigprocmask(SIG_SETMASK, &demo.old_signals, NULL);
    return code;
}
