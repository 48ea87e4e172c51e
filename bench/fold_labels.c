/* fold-labels: a trainer that learns from a stream of right labels as the server makes it
 * do: fold, publish, and at each verdict the event that the server would write.
 *
 * The stream is a folder with train.jsonl ({"text", "label"}) and labels.jsonl ({"label",
 * "description"}), shuffled, or made up: 77 labels, messages of a dozen words. Prints what CPU time a
 * label costs, alone (published at once) and in batches of 32, and what the gate made of
 * learning that does no harm: any rejection is a false alarm. The last line is the
 * figures as JSON.
 *
 *   fold-labels [FOLDER] [--limit N] [--seeds N] [--gated]
 *
 * --gated  nothing is published before its gain is proven (publish: gated) */
#include "bench/support/dataset.h"
#include "bench/support/fail.h"
#include "bench/support/make_skill.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/rng.h"
#include "skills/package.h"
#include "skills/trainer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SEEDS_MAX      64
#define BATCH          32
#define GENERATED      5000
#define N_LABELS       77
#define WORDS          4000
#define WORDS_OF_LABEL 24
#define MESSAGE_WORDS  11
#define OUTPUT_MAX     256

struct options {
    const char *folder; /* NULL: made up */
    size_t limit, n_seeds;
    bool is_gated;
};

struct stream {
    struct hone_dataset labels, train;
};

/* Of one pass. */
struct result {
    double alone_us, batched_us; /* a label, means of the second half */
    unsigned n_promoted, n_rejected, n_harm, n_inconclusive;
    double first_half, second_half; /* share right, as published */
    double max_change;   /* from the anchor, once that is a version that was learnt */
    unsigned n_withheld; /* labels after which calls saw less than what was learnt */
};

/* Of this thread: others may use the machine meanwhile. */
static double cpu_us(void)
{
    struct timespec now;
    hone_fail_unless(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "no clock");
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static char *make_word(uint64_t n)
{
    static const char *const parts[] = {"ka",  "lo", "mi",  "ter", "su",  "van",
                                        "der", "o",  "pri", "en",  "sta", "gu",
                                        "bel", "ri", "ton", "ex"};
    struct hone_rng rng = hone_rng_at(77, n);
    char *word = hone_alloc_text("");
    for (uint64_t i = 0, n_parts = 1 + hone_rng_below(&rng, 3); i < n_parts; i++) {
        char *longer = hone_alloc_format("%s%s", word, parts[hone_rng_below(&rng, 16)]);
        free(word);
        word = longer;
    }
    return word;
}

/* A third of the words are those of the label, the rest anybody's, the first ones most often. */
static char *make_message(uint64_t label, uint64_t n, size_t n_words)
{
    struct hone_rng rng = hone_rng_at(label + 1, n);
    char *text = hone_alloc_text("");
    for (size_t i = 0; i < n_words; i++) {
        uint64_t word =
            i % 3 == 0
                ? WORDS + label * WORDS_OF_LABEL + hone_rng_below(&rng, WORDS_OF_LABEL)
                : hone_rng_below(&rng, 1 + hone_rng_below(&rng, WORDS));
        char *part = make_word(word);
        char *longer = hone_alloc_format("%s%s%s", text, i > 0 ? " " : "", part);
        free(part);
        free(text);
        text = longer;
    }
    return text;
}

static void generate(struct stream *out)
{
    out->labels = (struct hone_dataset){
        hone_alloc_zeroed(N_LABELS, sizeof(struct hone_dataset_row)), N_LABELS};
    out->train = (struct hone_dataset){
        hone_alloc_zeroed(GENERATED, sizeof(struct hone_dataset_row)), GENERATED};
    for (size_t i = 0; i < N_LABELS; i++) {
        out->labels.rows[i].label = hone_alloc_format("label-%zu", i);
        out->labels.rows[i].text = make_message(i, 0, 6);
    }
    for (size_t i = 0; i < GENERATED; i++) {
        out->train.rows[i].label = hone_alloc_format("label-%zu", i % N_LABELS);
        out->train.rows[i].text = make_message(i % N_LABELS, i + 1, MESSAGE_WORDS);
    }
}

static void read_stream(struct stream *out, const struct options *options)
{
    if (options->folder == NULL) {
        generate(out);
        return;
    }
    char *path = hone_alloc_format("%s/labels.jsonl", options->folder);
    hone_dataset_read(&out->labels, path, "description");
    free(path);
    path = hone_alloc_format("%s/train.jsonl", options->folder);
    hone_dataset_read(&out->train, path, "text");
    free(path);
}

static struct hone_package *make_package(const struct stream *stream)
{
    struct hone_error err;
    struct hone_package *package = NULL;
    char parent[] = "/tmp/fold-labels-XXXXXX";
    hone_fail_unless(mkdtemp(parent) != NULL, "no folder in /tmp");
    hone_make_skill(parent, "stream", &stream->labels);
    char *folder = hone_alloc_format("%s/stream", parent);
    hone_fail_on(hone_package_load(&package, folder, &err), &err);
    char *text = hone_alloc_format("%s/SKILL.md", folder);
    char *settings = hone_alloc_format("%s/skill.yaml", folder);
    hone_fail_unless(unlink(text) == 0 && unlink(settings) == 0 && rmdir(folder) == 0 &&
                         rmdir(parent) == 0,
                     "the skill in /tmp cannot be removed");
    free(settings);
    free(text);
    free(folder);
    return package;
}

/* Answers, then folds the right label; is the answer right? */
static bool learn_row(struct hone_trainer *trainer, const struct hone_package *package,
                      struct hone_snapshot *snapshot, void *scratch,
                      const struct hone_dataset_row *row, double *spent_us)
{
    struct hone_error err;
    struct hone_arena arena;
    struct hone_answer answer = {0};
    char output[OUTPUT_MAX];
    json_t *input = json_pack("{s:s}", "text", row->text);
    hone_arena_init(&arena, 1U << 20);
    struct hone_call_input arguments = {.value = input};
    hone_fail_on(package->kind->answer(package, snapshot->view, scratch, &arguments,
                                       &arena, &answer, &err),
                 &err);
    (void)snprintf(output, sizeof(output), "%.*s", (int)answer.output.len,
                   answer.output.data);
    struct hone_event event = {
        .position = hone_trainer_position(trainer) + 1,
        .kind = HONE_EVENT_FEEDBACK,
        .feedback = {.kind = HONE_FEEDBACK_LABEL,
                     .value = hone_span_text(row->label),
                     .weight = 1.0},
        .input = input,
        .output = hone_span_text(output),
    };
    double begin_us = cpu_us();
    hone_fail_on(hone_trainer_fold(trainer, &event, NULL, &err), &err);
    *spent_us += cpu_us() - begin_us;
    hone_arena_finish(&arena);
    json_decref(input);
    return strcmp(output, row->label) == 0;
}

static struct hone_snapshot *publish(struct hone_trainer *trainer,
                                     struct hone_snapshot *former, double *spent_us)
{
    double begin_us = cpu_us();
    struct hone_snapshot *snapshot = hone_trainer_snapshot(trainer);
    hone_snapshot_unref(former);
    *spent_us += cpu_us() - begin_us;
    return snapshot;
}

static void count_verdict(struct result *result, const struct hone_gate_report *report)
{
    result->n_promoted += report->verdict == HONE_GATE_PROMOTED ? 1 : 0;
    result->n_inconclusive += report->verdict == HONE_GATE_INCONCLUSIVE ? 1 : 0;
    result->n_rejected += report->verdict == HONE_GATE_REJECTED ? 1 : 0;
    result->n_harm += report->verdict == HONE_GATE_REJECTED &&
                              strstr(report->reason, "harm test") != NULL
                          ? 1
                          : 0;
}

static void note_change(struct result *result, const struct hone_trainer *trainer)
{
    double change = hone_trainer_change(trainer);
    if (hone_trainer_anchor_position(trainer) > 0 && change > result->max_change) {
        result->max_change = change;
    }
    result->n_withheld += hone_trainer_withholds(trainer) ? 1 : 0;
}

/* Folds the verdict that is due, if any. */
static void judge(struct hone_trainer *trainer, struct result *result, uint32_t *version)
{
    struct hone_error err;
    struct hone_gate_report report;
    uint64_t candidate = 0;
    if (!hone_trainer_due(trainer, &report, &candidate)) {
        return;
    }
    count_verdict(result, &report);
    bool promoted = report.verdict == HONE_GATE_PROMOTED;
    *version += promoted ? 1 : 0;
    json_t *body = hone_trainer_verdict_body(&report, candidate, promoted ? *version : 0);
    struct hone_event event = {.position = hone_trainer_position(trainer) + 1,
                               .kind = HONE_EVENT_GATE,
                               .body = body};
    hone_fail_on(hone_trainer_fold(trainer, &event, NULL, &err), &err);
    json_decref(body);
}

/* One pass, published after each `batch` labels. */
static void run_pass(const struct stream *stream, const struct hone_package *package,
                     const size_t *order, size_t n, size_t batch, struct result *result,
                     double *label_us)
{
    struct hone_error err;
    struct hone_trainer *trainer = NULL;
    hone_fail_on(hone_trainer_create(&trainer, package, &err), &err);
    void *scratch = package->kind->make_scratch();
    double spent_us = 0.0;
    struct hone_snapshot *snapshot = publish(trainer, NULL, &spent_us);
    size_t n_right[2] = {0, 0};
    uint32_t version = 1;
    for (size_t i = 0; i < n; i++) {
        if (i == n / 2) {
            spent_us = 0.0;
        }
        n_right[i >= n / 2] += learn_row(trainer, package, snapshot, scratch,
                                         &stream->train.rows[order[i]], &spent_us)
                                   ? 1
                                   : 0;
        if ((i + 1) % batch == 0) {
            snapshot = publish(trainer, snapshot, &spent_us);
        }
        note_change(result, trainer);
        judge(trainer, result, &version);
    }
    *label_us = spent_us / (double)(n - n / 2);
    result->first_half = (double)n_right[0] / (double)(n / 2);
    result->second_half = (double)n_right[1] / (double)(n - n / 2);
    hone_snapshot_unref(snapshot);
    package->kind->destroy_scratch(scratch);
    hone_trainer_destroy(trainer);
}

static void run_seed(const struct stream *stream, const struct hone_package *package,
                     const struct options *options, uint64_t seed, struct result *result)
{
    struct result unused = {0};
    size_t n =
        stream->train.n_rows < options->limit ? stream->train.n_rows : options->limit;
    size_t *order = hone_dataset_shuffle(stream->train.n_rows, seed);
    run_pass(stream, package, order, n, BATCH, &unused, &result->batched_us);
    run_pass(stream, package, order, n, 1, result, &result->alone_us);
    free(order);
    printf("%4llu %9.1f %9.1f %9.3f %9.3f %9u %9u %9u %9u %9.3f %9u\n",
           (unsigned long long)seed, result->alone_us, result->batched_us,
           result->first_half, result->second_half, result->n_promoted,
           result->n_inconclusive, result->n_rejected, result->n_harm, result->max_change,
           result->n_withheld);
    (void)fflush(stdout);
}

static void add(struct result *sum, const struct result *result)
{
    sum->alone_us += result->alone_us;
    sum->batched_us += result->batched_us;
    sum->first_half += result->first_half;
    sum->second_half += result->second_half;
    sum->n_promoted += result->n_promoted;
    sum->n_inconclusive += result->n_inconclusive;
    sum->n_rejected += result->n_rejected;
    sum->n_harm += result->n_harm;
    sum->max_change =
        result->max_change > sum->max_change ? result->max_change : sum->max_change;
    sum->n_withheld += result->n_withheld;
}

static void print_figures(const struct result *sum, size_t n_seeds)
{
    double n = (double)n_seeds;
    unsigned n_verdicts = sum->n_promoted + sum->n_inconclusive + sum->n_rejected;
    printf("{\"label_us\":%.1f,\"label_in_batch_us\":%.1f,\"first_half\":%.4f,"
           "\"second_half\":%.4f,\"shuffles\":%zu,\"promoted\":%u,\"inconclusive\":%u,"
           "\"rejected_share\":%.4f,\"harm_found\":%u,\"max_change\":%.3f,"
           "\"withheld\":%u}\n",
           sum->alone_us / n, sum->batched_us / n, sum->first_half / n,
           sum->second_half / n, n_seeds, sum->n_promoted, sum->n_inconclusive,
           n_verdicts > 0 ? (double)sum->n_rejected / (double)n_verdicts : 0.0,
           sum->n_harm, sum->max_change, sum->n_withheld);
}

static void parse(int argc, char **argv, struct options *out)
{
    *out = (struct options){.limit = SIZE_MAX, .n_seeds = 1};
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            out->folder = argv[i];
        } else if (strcmp(argv[i], "--limit") == 0 && i + 1 < argc) {
            out->limit = (size_t)strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
            out->n_seeds = (size_t)strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--gated") == 0) {
            out->is_gated = true;
        } else {
            hone_fail("unknown option: %s", argv[i]);
        }
    }
    hone_fail_unless(out->limit >= 2, "--limit is at least 2");
    hone_fail_unless(out->n_seeds >= 1 && out->n_seeds <= SEEDS_MAX,
                     "--seeds is 1 to 64");
}

int main(int argc, char **argv)
{
    struct options options;
    struct stream stream;
    struct result sum = {0};
    parse(argc, argv, &options);
    read_stream(&stream, &options);
    struct hone_package *package = make_package(&stream);
    package->is_gated = options.is_gated;
    printf("%4s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n", "seed", "us alone", "batched",
           "1st half", "2nd half", "promoted", "inconcl.", "rejected", "by harm",
           "change", "withheld");
    for (size_t seed = 1; seed <= options.n_seeds; seed++) {
        struct result result = {0};
        run_seed(&stream, package, &options, seed, &result);
        add(&sum, &result);
    }
    print_figures(&sum, options.n_seeds);
    hone_package_destroy(package);
    hone_dataset_finish(&stream.labels);
    hone_dataset_finish(&stream.train);
    return 0;
}
