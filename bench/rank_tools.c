/* rank-tools: how well the ranker finds the right one of the labels of a folder with
 * train.jsonl, test.jsonl ({"text", "label"}) and labels.jsonl ({"label", "description"}):
 * by the descriptions alone, beside BM25; after one pass with only "was the first one right",
 * and after one pass in which the right one is named. Prints a table and, as the last line, the
 * means as JSON.
 *
 *   rank-tools FOLDER [--limit N] [--seeds N] [--given-only]
 *
 * given_* times 10,000 candidates that come with the call: their texts encoded, ranked at first
 * sight, ranked again; --given-only does nothing else. */
#include "base/alloc.h"
#include "base/clock.h"
#include "bench/support/bm25.h"
#include "bench/support/dataset.h"
#include "bench/support/fail.h"
#include "bench/support/samples.h"
#include "optim/match_text.h"
#include "optim/ranker.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEEDS_MAX    16
#define TOP          5
#define N_GIVEN      HONE_RANKER_CANDIDATES_MAX
#define GIVEN_ROUNDS 9

struct data {
    struct hone_dataset labels, train, test;
    struct hone_match_candidate *candidates; // (labels.n_rows,)
};

struct options {
    const char *folder;
    size_t limit, n_seeds;
    bool given_only;
};

/* Shares of queries whose right candidate is first, and among the first TOP. */
struct shares {
    double top1, top5;
};

struct pass {
    double progressive; /* mean of "the first one was right" on the way */
    double at_500;
    struct shares after;
    double rank_us, learn_us;
};

static uint32_t find(const struct data *data, const char *label)
{
    for (uint32_t i = 0; i < data->labels.n_rows; i++) {
        if (strcmp(data->labels.rows[i].label, label) == 0) {
            return i;
        }
    }
    hone_fail("%s is not in labels.jsonl", label);
}

static void read_member(struct hone_dataset *out, const char *folder, const char *name,
                        const char *key)
{
    char *path = hone_alloc_format("%s/%s", folder, name);
    hone_dataset_read(out, path, key);
    free(path);
}

static void read_data(struct data *data, const char *folder)
{
    read_member(&data->labels, folder, "labels.jsonl", "description");
    read_member(&data->train, folder, "train.jsonl", "text");
    read_member(&data->test, folder, "test.jsonl", "text");
    data->candidates = hone_alloc_zeroed(data->labels.n_rows, sizeof(*data->candidates));
    for (size_t i = 0; i < data->labels.n_rows; i++) {
        data->candidates[i] =
            (struct hone_match_candidate){hone_span_text(data->labels.rows[i].label),
                                          hone_span_text(data->labels.rows[i].text)};
    }
}

static struct hone_ranker_query query_of(const char *text,
                                         struct hone_encoder_field *field)
{
    *field = (struct hone_encoder_field){.text = hone_span_text(text)};
    return (struct hone_ranker_query){.input = {field, 1}};
}

/* The first TOP candidates. */
static void rank(const struct hone_ranker_view *view, const char *text,
                 struct hone_ranker_scratch *scratch, uint32_t best[TOP])
{
    struct hone_error err;
    struct hone_encoder_field field;
    struct hone_ranker_scores scores;
    struct hone_ranker_query query = query_of(text, &field);
    hone_fail_on(hone_ranker_view_rank(view, &query, scratch, &scores, &err), &err);
    hone_fail_unless(hone_ranker_best(&scores, best, TOP) == TOP, "too few candidates");
}

static void count(struct shares *shares, const uint32_t best[TOP], uint32_t right,
                  double n)
{
    shares->top1 += best[0] == right ? 1.0 / n : 0.0;
    for (size_t i = 0; i < TOP; i++) {
        shares->top5 += best[i] == right ? 1.0 / n : 0.0;
    }
}

static struct shares test(const struct hone_ranker_view *view, const struct data *data)
{
    struct shares shares = {0};
    struct hone_ranker_scratch *scratch = hone_ranker_scratch_create();
    for (size_t i = 0; i < data->test.n_rows; i++) {
        uint32_t best[TOP];
        rank(view, data->test.rows[i].text, scratch, best);
        count(&shares, best, find(data, data->test.rows[i].label),
              (double)data->test.n_rows);
    }
    hone_ranker_scratch_destroy(scratch);
    return shares;
}

static struct shares test_bm25(const struct data *data)
{
    size_t n = data->labels.n_rows;
    struct shares shares = {0};
    const char **texts = hone_alloc_zeroed(n, sizeof(*texts));
    char **composed = hone_alloc_zeroed(n, sizeof(*composed));
    double *scores = hone_alloc_zeroed(n, sizeof(*scores));
    for (size_t i = 0; i < n; i++) {
        composed[i] =
            hone_match_text_compose(data->candidates[i].name, data->candidates[i].text);
        texts[i] = composed[i];
    }
    struct hone_bm25 *bm25 = hone_bm25_create(texts, n);
    for (size_t i = 0; i < data->test.n_rows; i++) {
        uint32_t right = find(data, data->test.rows[i].label);
        size_t n_before = 0;
        hone_bm25_score(bm25, data->test.rows[i].text, scores);
        for (size_t c = 0; c < n; c++) {
            n_before +=
                scores[c] > scores[right] || (scores[c] == scores[right] && c < right)
                    ? 1
                    : 0;
        }
        shares.top1 += n_before == 0 ? 1.0 / (double)data->test.n_rows : 0.0;
        shares.top5 += n_before < TOP ? 1.0 / (double)data->test.n_rows : 0.0;
    }
    hone_bm25_destroy(bm25);
    for (size_t i = 0; i < n; i++) {
        free(composed[i]);
    }
    free(composed);
    free(texts);
    free(scores);
    return shares;
}

static void learn(struct hone_ranker *ranker, const char *text, uint32_t first,
                  uint32_t right, bool names_choice, uint64_t position)
{
    struct hone_error err;
    struct hone_encoder_field field;
    struct hone_ranker_query query = query_of(text, &field);
    int code = names_choice ? hone_ranker_learn_order(ranker, &query, &right, 1, 1.0F,
                                                      position, &err)
                            : hone_ranker_learn_reward(ranker, &query, first,
                                                       first == right ? 1.0F : 0.0F, 1.0F,
                                                       position, &err);
    hone_fail_on(code < 0 ? code : 0, &err);
}

static struct pass run_pass(const struct data *data, const struct options *options,
                            uint64_t seed, bool names_choice)
{
    struct pass pass = {0};
    size_t n = options->limit < data->train.n_rows ? options->limit : data->train.n_rows;
    size_t *order = hone_dataset_shuffle(data->train.n_rows, seed);
    struct hone_ranker *ranker = hone_ranker_create();
    struct hone_ranker_scratch *scratch = hone_ranker_scratch_create();
    hone_ranker_hold(ranker, data->candidates, data->labels.n_rows);
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    for (size_t i = 0; i < n; i++) {
        const struct hone_dataset_row *row = &data->train.rows[order[i]];
        uint32_t right = find(data, row->label), best[TOP];
        uint64_t start = hone_clock_monotonic_us();
        rank(view, row->text, scratch, best);
        uint64_t ranked = hone_clock_monotonic_us();
        learn(ranker, row->text, best[0], right, names_choice, i + 1);
        hone_ranker_view_unref(view);
        view = hone_ranker_freeze(ranker);
        pass.learn_us += (double)(hone_clock_monotonic_us() - ranked) / (double)n;
        pass.rank_us += (double)(ranked - start) / (double)n;
        pass.progressive += best[0] == right ? 1.0 / (double)n : 0.0;
        pass.at_500 += i < 500 && best[0] == right ? 1.0 / 500.0 : 0.0;
    }
    pass.after = test(view, data);
    hone_ranker_view_unref(view);
    hone_ranker_scratch_destroy(scratch);
    hone_ranker_destroy(ranker);
    free(order);
    return pass;
}

/* Milliseconds (CPU time) of a query over N_GIVEN requests as candidates. */
struct given {
    double encode_ms, first_ms, again_ms;
};

static double now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double time_rank(const struct data *data, const struct hone_match_candidate *given,
                        const struct hone_ranker_view *view,
                        struct hone_ranker_scratch *scratch)
{
    struct hone_error err;
    struct hone_encoder_field field;
    struct hone_ranker_scores scores;
    struct hone_ranker_query query = query_of(data->test.rows[0].text, &field);
    query.candidates = given;
    query.n_candidates = N_GIVEN;
    double start = now_ms();
    hone_fail_on(hone_ranker_view_rank(view, &query, scratch, &scores, &err), &err);
    return now_ms() - start;
}

static double time_encode(const struct hone_match_candidate *given)
{
    struct hone_encoder *encoder = hone_encoder_create();
    double start = now_ms();
    for (size_t i = 0; i < N_GIVEN; i++) {
        free(hone_match_text_create(encoder, given[i].text, HONE_RANKER_DIM_BITS));
    }
    double spent = now_ms() - start;
    hone_encoder_destroy(encoder);
    return spent;
}

/* Medians of rounds: the texts encoded, then ranked by a ranker that has not seen them, and
 * again by the same. */
static struct given time_given(const struct data *data)
{
    struct hone_match_candidate *given = hone_alloc_zeroed(N_GIVEN, sizeof(*given));
    char(*names)[16] = hone_alloc_zeroed(N_GIVEN, sizeof(*names));
    double times[3][GIVEN_ROUNDS];
    for (size_t i = 0; i < N_GIVEN; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "c%zu", i);
        given[i] = (struct hone_match_candidate){
            hone_span_text(names[i]),
            hone_span_text(data->train.rows[i % data->train.n_rows].text)};
    }
    struct hone_ranker *ranker = hone_ranker_create();
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    for (size_t round = 0; round < GIVEN_ROUNDS; round++) {
        struct hone_ranker_scratch *scratch = hone_ranker_scratch_create();
        times[0][round] = time_encode(given);
        times[1][round] = time_rank(data, given, view, scratch);
        times[2][round] = time_rank(data, given, view, scratch);
        hone_ranker_scratch_destroy(scratch);
    }
    hone_ranker_view_unref(view);
    hone_ranker_destroy(ranker);
    free(names);
    free(given);
    return (struct given){hone_samples_median(times[0], GIVEN_ROUNDS),
                          hone_samples_median(times[1], GIVEN_ROUNDS),
                          hone_samples_median(times[2], GIVEN_ROUNDS)};
}

static size_t number(const char *text, const char *option)
{
    char *end = NULL;
    unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
    if (text == NULL || end == text || *end != '\0') {
        hone_fail("%s wants a number", option);
    }
    return value;
}

static struct options read_options(char **argv)
{
    struct options options = {.limit = SIZE_MAX, .n_seeds = 3};
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--limit") == 0) {
            options.limit = number(arg[1], *arg);
            arg++;
        } else if (strcmp(*arg, "--seeds") == 0) {
            options.n_seeds = number(arg[1], *arg);
            arg++;
        } else if (strcmp(*arg, "--given-only") == 0) {
            options.given_only = true;
        } else if (options.folder == NULL && **arg != '-') {
            options.folder = *arg;
        } else {
            hone_fail("%s is not an option", *arg);
        }
    }
    if (options.folder == NULL || options.n_seeds < 1 || options.n_seeds > SEEDS_MAX) {
        hone_fail("usage: rank-tools FOLDER [--limit N] [--seeds N (1 to 16)] "
                  "[--given-only]");
    }
    return options;
}

static void figure(json_t *figures, const char *name, double value)
{
    printf("%-22s %10.4f\n", name, value);
    (void)json_object_set_new(figures, name, json_real(value));
}

/* Means over the seeds. */
static void report_passes(json_t *figures, const char *prefix, const struct pass *passes,
                          size_t n)
{
    struct pass mean = {0};
    double share = 1.0 / (double)n;
    for (size_t i = 0; i < n; i++) {
        mean.progressive += passes[i].progressive * share;
        mean.at_500 += passes[i].at_500 * share;
        mean.after.top1 += passes[i].after.top1 * share;
        mean.after.top5 += passes[i].after.top5 * share;
        mean.rank_us += passes[i].rank_us * share;
        mean.learn_us += passes[i].learn_us * share;
    }
    const struct {
        const char *name;
        double value;
    } values[] = {
        {"progressive", mean.progressive}, {"at_500", mean.at_500},
        {"top1", mean.after.top1},         {"top5", mean.after.top5},
        {"rank_us", mean.rank_us},         {"learn_us", mean.learn_us},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "%s_%s", prefix, values[i].name);
        figure(figures, name, values[i].value);
    }
}

static struct shares test_before(const struct data *data)
{
    struct hone_ranker *ranker = hone_ranker_create();
    hone_ranker_hold(ranker, data->candidates, data->labels.n_rows);
    struct hone_ranker_view *view = hone_ranker_freeze(ranker);
    struct shares shares = test(view, data);
    hone_ranker_view_unref(view);
    hone_ranker_destroy(ranker);
    return shares;
}

static void report_learning(json_t *figures, const struct data *data,
                            const struct options *options)
{
    struct pass rewards[SEEDS_MAX], choices[SEEDS_MAX];
    struct shares bm25 = test_bm25(data), before = test_before(data);
    figure(figures, "bm25_top1", bm25.top1);
    figure(figures, "bm25_top5", bm25.top5);
    figure(figures, "before_top1", before.top1);
    figure(figures, "before_top5", before.top5);
    for (size_t seed = 0; seed < options->n_seeds; seed++) {
        rewards[seed] = run_pass(data, options, seed, false);
        choices[seed] = run_pass(data, options, seed, true);
    }
    report_passes(figures, "reward", rewards, options->n_seeds);
    report_passes(figures, "choice", choices, options->n_seeds);
}

int main(int argc, char **argv)
{
    (void)argc;
    struct options options = read_options(argv);
    struct data data = {0};
    json_t *figures = json_object();
    read_data(&data, options.folder);
    if (!options.given_only) {
        report_learning(figures, &data, &options);
    }
    struct given given = time_given(&data);
    figure(figures, "given_encode_ms", given.encode_ms);
    figure(figures, "given_first_ms", given.first_ms);
    figure(figures, "given_again_ms", given.again_ms);
    char *text = json_dumps(figures, JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
    json_decref(figures);
    hone_dataset_finish(&data.labels);
    hone_dataset_finish(&data.train);
    hone_dataset_finish(&data.test);
    free(data.candidates);
    return 0;
}
