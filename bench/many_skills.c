/* many-skills: what a thousand skills cost of which few are used.
 *
 *   many-skills HONE EXAMPLES [--skills N] [--hot N] [--taught N] [--examples N] [--seconds S]
 *
 * EXAMPLES is the folder that has triage: every skill is a copy of it under another name.
 * 1. A server sees the skills for the first time; some of them (--taught) learn so many
 *    examples each (--examples).
 * 2. A second one knows them all and has nothing in memory: its start, its memory beside
 *    that of a server with one skill.
 * 3. The hot skills are called once a millisecond, over one connection, alone; then again
 *    while over another connection a cold skill is called for the first time every ten
 *    milliseconds, taught ones among them.
 * 4. What was called once is idle, and its memory is given back. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "bench/support/dataset.h"
#include "bench/support/fail.h"
#include "bench/support/peer.h"
#include "bench/support/samples.h"
#include "bench/support/served.h"
#include "cli/scratch.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#define TEXT_MAX      (64U * 1024)
#define HOT_PERIOD_US 1000
#define PERIOD_US     10000
#define TAUGHT_EVERY  8 /* of the first calls, one in so many is of a taught skill */
#define IDLE_MS       "3000"
#define WAIT_US       60000000

struct options {
    const char *program, *examples;
    size_t n_skills, n_hot, n_taught, n_examples, n_seconds;
};

struct world {
    struct options options;
    struct hone_dataset rows;
    char *folder, *skills, *one, *data, *one_data;
    json_t *figures;
};

static void sleep_until(uint64_t time_us)
{
    uint64_t now_us = hone_clock_monotonic_us();
    if (now_us < time_us) {
        const struct timespec pause = {.tv_nsec = (long)(time_us - now_us) * 1000};
        (void)nanosleep(&pause, NULL);
    }
}

static void note(struct world *world, const char *name, double value)
{
    printf("%-22s %12.2f\n", name, value);
    (void)fflush(stdout);
    (void)json_object_set_new(world->figures, name, json_real(value));
}

/* ---- packages ---- */

static char *read_text(const struct world *world, const char *name)
{
    struct hone_error err;
    char *text = NULL,
         *path = hone_alloc_format("%s/triage/%s", world->options.examples, name);
    size_t len = 0;
    hone_fail_on(hone_file_read(&text, &len, path, TEXT_MAX, &err), &err);
    free(path);
    return text;
}

static void write_text(const char *folder, const char *name, const char *text)
{
    struct hone_error err;
    char *path = hone_alloc_format("%s/%s", folder, name);
    hone_fail_on(hone_file_write(path, hone_span_text(text), 0644, &err), &err);
    free(path);
}

/* The text with one line, found by its start, in another form. */
static char *replace_line(const char *text, const char *start, const char *line)
{
    const char *at = strstr(text, start);
    hone_fail_unless(at != NULL, "triage is not as it was");
    const char *end = strchr(at, '\n');
    return hone_alloc_format("%.*s%s%s", (int)(at - text), text, line, end);
}

static void make_skill(const struct world *world, const char *parent, size_t index)
{
    struct hone_error err;
    char name[32], line[64];
    (void)snprintf(name, sizeof(name), "skill-%zu", index);
    (void)snprintf(line, sizeof(line), "name: %s", name);
    char *folder = hone_alloc_format("%s/%s", parent, name);
    char *document = read_text(world, "SKILL.md"),
         *manifest = read_text(world, "skill.yaml");
    char *named = replace_line(document, "name: ", line);
    char *plain = replace_line(manifest, "icon: ", "");
    hone_fail_on(hone_file_make_folder(folder, 0755, &err), &err);
    write_text(folder, "SKILL.md", named);
    write_text(folder, "skill.yaml", plain);
    free(plain);
    free(named);
    free(manifest);
    free(document);
    free(folder);
}

static void make_folders(struct world *world)
{
    struct hone_error err;
    hone_fail_on(hone_scratch_create(&world->folder, &err), &err);
    world->skills = hone_alloc_format("%s/skills", world->folder);
    world->one = hone_alloc_format("%s/one", world->folder);
    world->data = hone_alloc_format("%s/data", world->folder);
    world->one_data = hone_alloc_format("%s/one-data", world->folder);
    char *const folders[] = {world->skills, world->one, world->data, world->one_data};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        hone_fail_on(hone_file_make_folder(folders[i], 0755, &err), &err);
    }
    for (size_t i = 0; i < world->options.n_skills; i++) {
        make_skill(world, world->skills, i);
    }
    make_skill(world, world->one, 0);
}

/* ---- servers ---- */

static json_int_t residence(struct hone_client *control, const char *what)
{
    json_t *status = hone_peer_request(control, "hone/status", NULL);
    json_int_t value =
        json_integer_value(json_object_get(json_object_get(status, "residence"), what));
    json_decref(status);
    return value;
}

/* Until so many skills are in memory, at most. */
static void wait_for_loaded(struct hone_client *control, json_int_t at_most)
{
    uint64_t start_us = hone_clock_monotonic_us();
    while (residence(control, "loaded") > at_most) {
        hone_fail_unless(hone_clock_monotonic_us() - start_us < WAIT_US,
                         "skills were not unloaded within a minute");
        sleep_until(hone_clock_monotonic_us() + 100000);
    }
}

static struct hone_client *start(const struct world *world, struct hone_served *served,
                                 const char *data, const char *skills,
                                 const char *idle_ms)
{
    char *socket = hone_alloc_format("%s/bench.sock", data);
    const char *const more[] = {"--skills",    skills,  "--socket",        socket,
                                "--log-level", "error", "--skill-idle-ms", idle_ms,
                                NULL};
    hone_served_start_with(served, world->options.program, data, more);
    free(socket);
    return hone_peer_connect(served->control_path);
}

static double resident_kib(const struct hone_served *served)
{
    return (double)hone_served_memory(served->pid).resident_bytes / 1024.0;
}

/* Calls the skill with the next of the texts. */
static void call(struct hone_peer_answer *out, const struct world *world,
                 struct hone_client *client, size_t skill, size_t row)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "skill-%zu", skill);
    hone_peer_classify(out, client, name,
                       world->rows.rows[row % world->rows.n_rows].text);
}

/* ---- 1: the first start, and what is learnt ---- */

/* The taught skills are the last ones, the hot ones the first. */
static size_t first_taught(const struct options *options)
{
    return options->n_skills - options->n_taught;
}

static void teach(struct world *world)
{
    const struct options *options = &world->options;
    struct hone_served served;
    struct hone_peer_answer answer;
    uint64_t start_us = hone_clock_monotonic_us();
    struct hone_client *client =
        start(world, &served, world->data, world->skills, "1000");
    note(world, "first_start_ms", (double)(hone_clock_monotonic_us() - start_us) / 1e3);
    for (size_t skill = first_taught(options); skill < options->n_skills; skill++) {
        for (size_t i = 0; i < options->n_examples; i++) {
            call(&answer, world, client, skill, i);
            hone_peer_teach(client, answer.call_id,
                            world->rows.rows[i % world->rows.n_rows].label);
        }
    }
    wait_for_loaded(client, 0); /* all that was learnt is in files */
    hone_client_destroy(client);
    hone_served_stop(&served);
    client = start(world, &served, world->one_data, world->one, "1000");
    hone_client_destroy(client);
    hone_served_stop(&served);
}

/* ---- 2: all cold ---- */

static struct hone_client *start_cold(struct world *world, struct hone_served *served)
{
    struct hone_client *client =
        start(world, served, world->one_data, world->one, IDLE_MS);
    hone_fail_unless(residence(client, "loaded") == 0, "the one skill is not cold");
    double one_kib = resident_kib(served);
    hone_client_destroy(client);
    hone_served_stop(served);
    uint64_t start_us = hone_clock_monotonic_us();
    client = start(world, served, world->data, world->skills, IDLE_MS);
    note(world, "start_ms", (double)(hone_clock_monotonic_us() - start_us) / 1e3);
    double all_kib = resident_kib(served);
    hone_fail_unless(residence(client, "loaded") == 0, "the skills are not cold");
    note(world, "one_mib", one_kib / 1024.0);
    note(world, "all_cold_mib", all_kib / 1024.0);
    note(world, "cold_kib", (all_kib - one_kib) / (double)(world->options.n_skills - 1));
    return client;
}

/* ---- 3: hot calls, alone and beside first calls ---- */

struct hot {
    const struct world *world;
    const char *path;
    struct hone_samples samples;
    atomic_bool stop;
};

static void run_hot(void *arg)
{
    struct hot *hot = arg;
    struct hone_client *client = hone_peer_connect(hot->path);
    struct hone_peer_answer answer;
    uint64_t next_us = hone_clock_monotonic_us();
    hone_peer_initialize(client);
    for (size_t i = 0; !atomic_load(&hot->stop); i++) {
        sleep_until(next_us);
        uint64_t start_us = hone_clock_monotonic_us();
        call(&answer, hot->world, client, i % hot->world->options.n_hot, i);
        hone_samples_add(&hot->samples, hone_clock_monotonic_us() - start_us);
        next_us += HOT_PERIOD_US;
        next_us = next_us < start_us ? start_us : next_us;
    }
    hone_client_destroy(client);
}

struct first_calls {
    struct hone_samples fresh, taught;
};

/* One first call every period, until none is left or the time is over. */
static void make_first_calls(const struct world *world, struct hone_client *client,
                             struct first_calls *first)
{
    const struct options *options = &world->options;
    size_t fresh = options->n_hot, taught = first_taught(options);
    uint64_t next_us = hone_clock_monotonic_us();
    uint64_t end_us = next_us + options->n_seconds * 1000000U;
    for (size_t i = 0; hone_clock_monotonic_us() < end_us; i++) {
        bool is_taught = i % TAUGHT_EVERY == 0 && taught < options->n_skills;
        struct hone_peer_answer answer;
        if (!is_taught && fresh == first_taught(options)) {
            return;
        }
        sleep_until(next_us);
        uint64_t start_us = hone_clock_monotonic_us();
        call(&answer, world, client, is_taught ? taught++ : fresh++, i);
        hone_samples_add(is_taught ? &first->taught : &first->fresh,
                         hone_clock_monotonic_us() - start_us);
        next_us += PERIOD_US;
    }
}

/* The 99th percentile of the hot calls, in us. */
static double measure_hot(const struct world *world, const struct hone_served *served,
                          struct hone_client *client, struct first_calls *first)
{
    struct hot hot = {.world = world, .path = served->mcp_path};
    uv_thread_t thread;
    uint64_t start_us = hone_clock_monotonic_us();
    hone_fail_unless(uv_thread_create(&thread, run_hot, &hot) == 0, "no thread");
    if (first != NULL) {
        make_first_calls(world, client, first);
    } else {
        sleep_until(start_us); /* nothing beside it */
        while (hone_clock_monotonic_us() - start_us <
               world->options.n_seconds * 1000000U) {
            sleep_until(hone_clock_monotonic_us() + PERIOD_US);
        }
    }
    atomic_store(&hot.stop, true);
    hone_fail_unless(uv_thread_join(&thread) == 0, "no end of a thread");
    double p99_us = hone_samples_quantile_us(&hot.samples, 0.99);
    hone_samples_finish(&hot.samples);
    return p99_us;
}

static void note_times(struct world *world, const char *what,
                       struct hone_samples *samples)
{
    static const struct {
        const char *name;
        double share;
    } shares[] = {{"p50_ms", 0.5}, {"p99_ms", 0.99}, {"max_ms", 1.0}};
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "%s_%s", what, shares[i].name);
        note(world, name, hone_samples_quantile_us(samples, shares[i].share) / 1e3);
    }
    hone_samples_finish(samples);
}

static void measure_calls(struct world *world, const struct hone_served *served,
                          struct hone_client *client)
{
    struct first_calls first = {0};
    struct hone_peer_answer answer;
    for (size_t i = 0; i < world->options.n_hot; i++) {
        call(&answer, world, client, i, i);
    }
    double alone_us = measure_hot(world, served, client, NULL);
    double beside_us = measure_hot(world, served, client, &first);
    note(world, "first_calls", (double)(first.fresh.n + first.taught.n));
    note_times(world, "first", &first.fresh);
    note_times(world, "taught", &first.taught);
    note(world, "hot_p99_us", alone_us);
    note(world, "hot_p99_loading_us", beside_us);
    note(world, "hot_p99_ratio", beside_us / alone_us);
}

/* ---- 4: given back ---- */

static void measure_unloading(struct world *world, const struct hone_served *served,
                              struct hone_client *client, double cold_kib)
{
    double loaded = (double)residence(client, "loaded");
    double full_kib = resident_kib(served);
    note(world, "loaded_kib", (full_kib - cold_kib) / loaded);
    wait_for_loaded(client, 0);
    sleep_until(hone_clock_monotonic_us() + 1000000);
    note(world, "given_back_share",
         (full_kib - resident_kib(served)) / (full_kib - cold_kib));
}

/* ---- all of it ---- */

static struct options read_options(char **argv)
{
    struct options options = {.n_skills = 1000,
                              .n_hot = 50,
                              .n_taught = 12,
                              .n_examples = 1000,
                              .n_seconds = 8};
    const struct {
        const char *name;
        size_t *value;
    } numbers[] = {{"--skills", &options.n_skills},
                   {"--hot", &options.n_hot},
                   {"--taught", &options.n_taught},
                   {"--examples", &options.n_examples},
                   {"--seconds", &options.n_seconds}};
    const size_t n_numbers = sizeof(numbers) / sizeof(numbers[0]);
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        size_t i = 0;
        while (i < n_numbers && strcmp(*arg, numbers[i].name) != 0) {
            i++;
        }
        if (i < n_numbers && arg[1] != NULL) {
            *numbers[i].value = strtoul(*++arg, NULL, 10);
        } else if (options.program == NULL) {
            options.program = *arg;
        } else {
            options.examples = *arg;
        }
    }
    hone_fail_unless(
        options.examples != NULL && options.n_skills >= 2 && options.n_hot > 0 &&
            options.n_seconds > 0 && options.n_hot + options.n_taught < options.n_skills,
        "usage: many-skills HONE EXAMPLES [--skills N] [--hot N] [--taught N] "
        "[--examples N] [--seconds S]");
    return options;
}

static void finish(struct world *world)
{
    char *text = json_dumps(world->figures, JSON_COMPACT | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(world->figures);
    hone_scratch_remove(world->folder);
    hone_dataset_finish(&world->rows);
    free(world->folder);
    free(world->skills);
    free(world->one);
    free(world->data);
    free(world->one_data);
}

int main(int argc, char **argv)
{
    (void)argc;
    struct world world = {.options = read_options(argv), .figures = json_object()};
    struct hone_served served;
    char *texts =
        hone_alloc_format("%s/triage/data/messages.jsonl", world.options.examples);
    hone_dataset_read(&world.rows, texts, "text");
    free(texts);
    make_folders(&world);
    teach(&world);
    struct hone_client *client = start_cold(&world, &served);
    double cold_kib = resident_kib(&served);
    measure_calls(&world, &served, client);
    measure_unloading(&world, &served, client, cold_kib);
    hone_client_destroy(client);
    hone_served_stop(&served);
    finish(&world);
    return 0;
}
