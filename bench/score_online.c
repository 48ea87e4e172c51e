/* score-online: how well the regressor learns numbers from a stream, beside a ridge that has
 * seen all of it.
 *
 * Streams: the items of a folder's JSON lines ({"input": {...}, "value": N}) by the package
 * beside them, shuffled once per seed; or, with --generated, a made-up one of 8 numbers, a
 * category and a text, whose slopes turn round half way with --shift.
 *
 * One pass: predict, then learn. MAE is the mean absolute error of these predictions; the
 * reference is the same columns' ridge on all examples at once, in hindsight and without
 * text. The last line is JSON.
 *
 *   score-online PACKAGE ITEMS.jsonl [--seeds N]
 *   score-online --generated N [--shift] [--seeds N] */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/rng.h"
#include "skills/kind.h"
#include "skills/score_input.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_NUMBERS 8

struct example {
    json_t *input; /* of an item; NULL for a generated one */
    double value;
    char text[64], category[8];
    double numbers[N_NUMBERS];
};

struct stream {
    struct hone_package *package; /* NULL for a generated one */
    struct hone_dense_field fields[N_NUMBERS + 1];
    char names[N_NUMBERS + 1][8];
    struct hone_regressor_target target;
    struct example *examples;
    size_t n;
};

struct result {
    double mae, mae_half, reference_mae, constant_mae, coverage, coverage_half;
    double width, learn_us, predict_us;
};

static void fail(const char *what)
{
    (void)fprintf(stderr, "score-online: %s\n", what);
    exit(1);
}

static double uniform(struct hone_rng *rng)
{
    return (double)(hone_rng_next(rng) >> 11) * 0x1p-53;
}

/* Sum of twelve uniform numbers less six: nearly normal. */
static double normal(struct hone_rng *rng)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++) {
        sum += uniform(rng);
    }
    return sum;
}

static void generate_one(struct example *out, uint64_t number, bool turned)
{
    struct hone_rng rng = hone_rng_at(4711, number);
    unsigned category = (unsigned)hone_rng_below(&rng, 6);
    unsigned word = (unsigned)hone_rng_below(&rng, 20);
    double sign = turned ? -1.0 : 1.0;
    out->value = 100.0 + 3.0 * (double)category + 0.5 * (double)word;
    for (size_t j = 0; j < N_NUMBERS; j++) {
        double size = pow(10.0, (double)j - 3.0);
        out->numbers[j] = size * (normal(&rng) + (double)j);
        out->value += sign * (double)(j % 3) * 2.0 * out->numbers[j] / size;
    }
    out->value += 2.0 * normal(&rng);
    (void)snprintf(out->category, sizeof(out->category), "c%u", category);
    (void)snprintf(out->text, sizeof(out->text), "word%u among some others %u", word,
                   (unsigned)hone_rng_below(&rng, 50));
}

static void generate(struct stream *stream, size_t n, bool shift)
{
    stream->n = n;
    stream->examples = hone_alloc_zeroed(n, sizeof(*stream->examples));
    stream->target = (struct hone_regressor_target){
        -HONE_REGRESSOR_TARGET_MAX, HONE_REGRESSOR_TARGET_MAX, 0.9, shift ? 200.0 : 0.0};
    for (size_t j = 0; j <= N_NUMBERS; j++) {
        (void)snprintf(stream->names[j], sizeof(stream->names[j]), "n%zu", j);
        stream->fields[j] = (struct hone_dense_field){
            hone_span_text(stream->names[j]),
            j < N_NUMBERS ? HONE_DENSE_NUMBER : HONE_DENSE_CATEGORY, false};
    }
    for (size_t i = 0; i < n; i++) {
        generate_one(&stream->examples[i], i, shift && i >= n / 2);
    }
}

static void read_items(struct stream *stream, const char *folder, const char *path)
{
    struct hone_error err;
    if (hone_package_load(&stream->package, folder, &err) != 0) {
        fail(err.message);
    }
    if (strcmp(stream->package->kind->name, "score") != 0) {
        fail("the package is not of kind score");
    }
    stream->target = hone_score_input_target(stream->package);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fail("the items cannot be read");
    }
    json_error_t why;
    size_t capacity = 0;
    for (json_t *item = NULL;
         (item = json_loadf(file, JSON_DISABLE_EOF_CHECK, &why)) != NULL;) {
        if (stream->n == capacity) {
            capacity = capacity == 0 ? 256 : capacity * 2;
            stream->examples =
                hone_alloc_resize(stream->examples, capacity, sizeof(struct example));
        }
        stream->examples[stream->n++] =
            (struct example){.input = json_incref(json_object_get(item, "input")),
                             .value = json_number_value(json_object_get(item, "value"))};
        json_decref(item);
    }
    (void)fclose(file);
    if (stream->n == 0) {
        fail("there are no items");
    }
}

/* An input and what it borrows from. */
struct input {
    struct hone_score_input of_item;
    struct hone_dense_value values[N_NUMBERS + 1];
    struct hone_encoder_field text;
    struct hone_regressor_input input;
};

static void make_input(struct input *out, const struct stream *stream,
                       const struct example *example)
{
    if (stream->package != NULL) {
        hone_score_input_fill(&out->of_item, stream->package, example->input);
        out->input = out->of_item.input;
        return;
    }
    for (size_t j = 0; j < N_NUMBERS; j++) {
        out->values[j] =
            (struct hone_dense_value){.present = true, .number = example->numbers[j]};
    }
    out->values[N_NUMBERS] = (struct hone_dense_value){
        .present = true, .text = hone_span_text(example->category)};
    out->text = (struct hone_encoder_field){.text = hone_span_text(example->text)};
    out->input = (struct hone_regressor_input){
        stream->fields, out->values, N_NUMBERS + 1, {&out->text, 1}};
}

static size_t *shuffled(size_t n, uint64_t seed)
{
    struct hone_rng rng = hone_rng_at(seed, 0);
    size_t *order = hone_alloc_zeroed(n, sizeof(*order));
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    for (size_t i = n; i > 1 && seed > 0; i--) {
        size_t k = (size_t)hone_rng_below(&rng, i), kept = order[i - 1];
        order[i - 1] = order[k];
        order[k] = kept;
    }
    return order;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Mean absolute distance to the median: the best constant in hindsight. */
static double constant_error(const struct stream *stream)
{
    double *values = hone_alloc_zeroed(stream->n, sizeof(double)), sum = 0.0;
    for (size_t i = 0; i < stream->n; i++) {
        values[i] = stream->examples[i].value;
    }
    qsort(values, stream->n, sizeof(double), compare);
    for (size_t i = 0; i < stream->n; i++) {
        sum += fabs(values[i] - values[stream->n / 2]);
    }
    free(values);
    return sum / (double)stream->n;
}

/* The ridge of all examples at once, on the examples themselves. */
static double reference_error(const struct stream *stream)
{
    struct hone_error err;
    struct hone_dense dense;
    struct hone_ridge ridge;
    struct input input;
    double x[HONE_RIDGE_DIM_MAX], sum = 0.0;
    make_input(&input, stream, &stream->examples[0]);
    if (hone_dense_init(&dense, input.input.fields, input.input.n_fields, &err) != 0) {
        fail(err.message);
    }
    hone_ridge_init(&ridge, dense.n, HONE_REGRESSOR_PENALTY);
    for (size_t i = 0; i < stream->n; i++) {
        make_input(&input, stream, &stream->examples[i]);
        hone_dense_learn(&dense, &ridge, input.input.fields, input.input.values,
                         input.input.n_fields, 1.0, 1.0);
        hone_dense_encode(&dense, input.input.fields, input.input.values,
                          input.input.n_fields, x);
        hone_ridge_add(&ridge, x, stream->examples[i].value, 1.0);
    }
    hone_ridge_solve(&ridge);
    for (size_t i = 0; i < stream->n; i++) {
        make_input(&input, stream, &stream->examples[i]);
        hone_dense_encode(&dense, input.input.fields, input.input.values,
                          input.input.n_fields, x);
        sum += fabs(stream->examples[i].value - hone_ridge_predict(&ridge, x));
    }
    hone_ridge_finish(&ridge);
    return sum / (double)stream->n;
}

static struct hone_regressor *make_regressor(const struct stream *stream)
{
    struct hone_error err;
    struct hone_regressor *regressor = NULL;
    struct input input;
    make_input(&input, stream, &stream->examples[0]);
    if (hone_regressor_create(&regressor, input.input.fields, input.input.n_fields,
                              stream->target.coverage, &err) != 0) {
        fail(err.message);
    }
    return regressor;
}

/* One example: predicts, then learns; *result gets the sums. */
static void step(struct result *result, struct hone_regressor *regressor,
                 const struct stream *stream, const struct example *example,
                 struct hone_regressor_scratch *scratch, bool second_half)
{
    struct hone_error err;
    struct hone_regressor_prediction out;
    struct input input;
    make_input(&input, stream, example);
    struct hone_regressor_view *view = hone_regressor_freeze(regressor);
    uint64_t begin = hone_clock_monotonic_us();
    int code = hone_regressor_view_predict(view, &input.input, &stream->target, scratch,
                                           &out, &err);
    uint64_t middle = hone_clock_monotonic_us();
    hone_regressor_view_unref(view);
    if (code == 0) {
        code = hone_regressor_learn(regressor, &input.input, &stream->target,
                                    example->value, 1.0, &err);
    }
    if (code != 0) {
        fail(err.message);
    }
    result->predict_us += (double)(middle - begin);
    result->learn_us += (double)(hone_clock_monotonic_us() - middle);
    double error = fabs(out.value - example->value);
    double covered = out.low <= example->value && example->value <= out.high ? 1.0 : 0.0;
    result->mae += error;
    result->coverage += covered;
    result->mae_half += second_half ? error : 0.0;
    result->coverage_half += second_half ? covered : 0.0;
    result->width += second_half ? out.high - out.low : 0.0;
}

static struct result run(const struct stream *stream, uint64_t seed)
{
    struct result result = {0};
    size_t *order = shuffled(stream->n, seed);
    struct hone_regressor *regressor = make_regressor(stream);
    struct hone_regressor_scratch *scratch = hone_regressor_scratch_create();
    size_t half = stream->n / 2;
    for (size_t i = 0; i < stream->n; i++) {
        step(&result, regressor, stream, &stream->examples[order[i]], scratch, i >= half);
    }
    double n = (double)stream->n, n_half = (double)(stream->n - half);
    result.mae /= n;
    result.coverage /= n;
    result.predict_us /= n;
    result.learn_us /= n;
    result.mae_half /= n_half;
    result.coverage_half /= n_half;
    result.width /= n_half;
    hone_regressor_scratch_destroy(scratch);
    hone_regressor_destroy(regressor);
    free(order);
    return result;
}

static void print(const char *name, const struct result *result)
{
    printf("%-6s MAE %8.3f  (second half %8.3f)  coverage %.3f (%.3f)  width %8.3f  "
           "predict %.1f us  learn %.1f us\n",
           name, result->mae, result->mae_half, result->coverage, result->coverage_half,
           result->width, result->predict_us, result->learn_us);
}

static void report(const struct stream *stream, size_t n_seeds, bool is_ordered)
{
    struct result mean = {0};
    double reference = reference_error(stream), constant = constant_error(stream);
    for (size_t seed = 0; seed < n_seeds; seed++) {
        char name[24];
        struct result result = run(stream, is_ordered ? 0 : seed + 1);
        (void)snprintf(name, sizeof(name), "%zu", seed);
        print(name, &result);
        const double *from = (const double *)&result;
        for (size_t i = 0; i < sizeof(mean) / sizeof(double); i++) {
            ((double *)&mean)[i] += from[i] / (double)n_seeds;
        }
    }
    print("mean", &mean);
    printf("best constant MAE %.3f, ridge in hindsight (no text) MAE %.3f\n", constant,
           reference);
    printf("{\"examples\":%zu,\"mae\":%.4f,\"mae_second_half\":%.4f,"
           "\"mae_constant\":%.4f,\"mae_ridge_hindsight\":%.4f,\"mae_ratio\":%.4f,"
           "\"coverage\":%.4f,\"coverage_second_half\":%.4f,\"width\":%.4f,"
           "\"predict_us\":%.2f,\"learn_us\":%.2f}\n",
           stream->n, mean.mae, mean.mae_half, constant, reference, mean.mae / reference,
           mean.coverage, mean.coverage_half, mean.width, mean.predict_us, mean.learn_us);
}

static void finish(struct stream *stream)
{
    for (size_t i = 0; i < stream->n; i++) {
        json_decref(stream->examples[i].input);
    }
    free(stream->examples);
    hone_package_destroy(stream->package);
}

int main(int argc, char **argv)
{
    const char *words[2] = {NULL, NULL};
    size_t n_words = 0, n_seeds = 3, n_generated = 0;
    bool shift = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--shift") == 0) {
            shift = true;
        } else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
            n_seeds = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--generated") == 0 && i + 1 < argc) {
            n_generated = strtoul(argv[++i], NULL, 10);
        } else if (n_words < 2) {
            words[n_words++] = argv[i];
        }
    }
    if (n_seeds == 0 || (n_generated == 0) != (n_words == 2)) {
        fail("usage: score-online PACKAGE ITEMS.jsonl | --generated N [--shift], "
             "[--seeds N]");
    }
    struct stream stream = {0};
    if (n_generated > 0) {
        generate(&stream, n_generated, shift);
    } else {
        read_items(&stream, words[0], words[1]);
    }
    report(&stream, n_seeds, shift);
    finish(&stream);
    return 0;
}
