#include "offline/predict.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/rng.h"
#include "schema/json.h"
#include "schema/schema.h"
#include "skills/kind.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES (256U * 1024 * 1024)
#define PLACES      100 /* of an order that are looked at */

/* One thread's share of a batch. */
struct part {
    struct hone_predict *predict;
    void *scratch;
    struct hone_arena arena;
    pthread_t thread;
    const struct hone_row *rows;
    struct hone_prediction *out;
    size_t n;
    uint64_t first;
};

struct hone_predict {
    const struct hone_package *package;
    void *view;
    struct hone_schema *schema;
    enum hone_answer_form form;
    unsigned n_jobs;
    struct part parts[HONE_PREDICT_JOBS_MAX];
};

int hone_predict_create(struct hone_predict **out, const struct hone_package *package,
                        void *view, unsigned n_jobs, struct hone_error *err)
{
    HONE_REQUIRE(n_jobs >= 1 && n_jobs <= HONE_PREDICT_JOBS_MAX);
    struct hone_interface interface = {0};
    struct hone_predict *predict = hone_alloc_zeroed(1, sizeof(*predict));
    predict->package = package;
    predict->view = view;
    predict->n_jobs = n_jobs;
    predict->form = package->kind->answer_form;
    int code = package->kind->make_interface(package, &interface, err);
    if (code == 0) {
        code = hone_schema_compile(&predict->schema, interface.input_schema, err);
    }
    hone_kind_interface_finish(&interface);
    for (unsigned i = 0; i < n_jobs; i++) {
        predict->parts[i].predict = predict;
        predict->parts[i].scratch = package->kind->make_scratch();
        hone_arena_init(&predict->parts[i].arena, ARENA_BYTES);
    }
    if (code != 0) {
        hone_predict_destroy(predict);
        return code;
    }
    *out = predict;
    return 0;
}

void hone_predict_destroy(struct hone_predict *predict)
{
    if (predict == NULL) {
        return;
    }
    for (unsigned i = 0; i < predict->n_jobs; i++) {
        predict->package->kind->destroy_scratch(predict->parts[i].scratch);
        hone_arena_finish(&predict->parts[i].arena);
    }
    hone_schema_destroy(predict->schema);
    free(predict);
}

struct hone_event hone_predict_event(const struct hone_row *row, uint64_t position)
{
    return (struct hone_event){
        .position = position,
        .kind = HONE_EVENT_FEEDBACK,
        .feedback = row->feedback,
        .input = row->input,
        .output = row->output,
        .is_demonstration = true,
    };
}

/* ---- one row ---- */

static struct hone_span first_line(struct hone_span value)
{
    const char *end = value.len > 0 ? memchr(value.data, '\n', value.len) : NULL;
    return end != NULL ? hone_span_of(value.data, (size_t)(end - value.data)) : value;
}

static void read_value(const json_t *answer, struct hone_prediction *out)
{
    const json_t *low = json_object_get(answer, "low");
    const json_t *high = json_object_get(answer, "high");
    out->value = json_number_value(json_object_get(answer, "value"));
    out->has_interval = json_is_number(low) && json_is_number(high);
    out->low = json_number_value(low);
    out->high = json_number_value(high);
}

static void read_order(const json_t *answer, struct hone_prediction *out)
{
    size_t i = 0;
    const json_t *place = NULL;
    json_array_foreach(json_object_get(answer, "order"), i, place)
    {
        if (hone_span_equal(hone_json_text(place, "candidate"), out->truth)) {
            out->place = (uint32_t)i + 1;
            return;
        }
    }
}

static int read_label(const json_t *item, struct hone_arena *arena,
                      struct hone_prediction_label *out)
{
    out->confidence = json_number_value(json_object_get(item, "confidence"));
    return hone_arena_span(arena, hone_json_text(item, "label"), &out->name);
}

static int read_labels(const json_t *answer, struct hone_arena *arena,
                       struct hone_prediction *out, struct hone_error *err)
{
    const json_t *given = json_object_get(answer, "labels");
    const json_t *next = json_object_get(answer, "alternatives");
    size_t n_given = json_array_size(given), n = n_given + json_array_size(next);
    struct hone_prediction_label *labels =
        hone_arena_alloc(arena, n > 0 ? n : 1, sizeof(*labels));
    int code = labels != NULL ? 0 : HONE_E_NOMEM;
    for (size_t i = 0; i < n && code == 0; i++) {
        code = read_label(i < n_given ? json_array_get(given, i)
                                      : json_array_get(next, i - n_given),
                          arena, &labels[i]);
    }
    if (code != 0) {
        return hone_error_set(err, HONE_E_NOMEM, "no memory is left for the answer");
    }
    out->labels = labels;
    out->n_labels = n;
    out->n_given = n_given;
    return 0;
}

/* What is only in the structured answer. */
static int read_structured(struct part *part, const struct hone_answer *answer,
                           struct hone_prediction *out, struct hone_error *err)
{
    json_t *root = NULL;
    if (part->predict->form == HONE_ANSWER_LABEL) {
        return 0;
    }
    int code = hone_json_parse(&root, answer->structured, err);
    if (code == 0 && part->predict->form == HONE_ANSWER_LABELS) {
        code = read_labels(root, &part->arena, out, err);
    } else if (code == 0 && part->predict->form == HONE_ANSWER_VALUE) {
        read_value(root, out);
    } else if (code == 0) {
        read_order(root, out);
    }
    json_decref(root);
    return code;
}

/* The arguments, of an order with as many places as there may be. New reference. */
static json_t *arguments_of(const struct part *part, const struct hone_row *row)
{
    json_t *input = (json_t *)(uintptr_t)row->input;
    if (part->predict->form != HONE_ANSWER_ORDER) {
        return json_incref(input);
    }
    json_t *copy = json_copy(input);
    (void)json_object_set_new(copy, "n", json_integer(PLACES));
    return copy;
}

static int predict_row(struct part *part, const struct hone_row *row, uint64_t number,
                       struct hone_prediction *out, struct hone_error *err)
{
    const struct hone_predict *predict = part->predict;
    const struct hone_kind *kind = predict->package->kind;
    struct hone_kind_score scored = {0};
    struct hone_answer answer = {.draw = hone_rng_mix(number)};
    struct hone_event event = hone_predict_event(row, number);
    json_t *arguments = arguments_of(part, row);
    int code = hone_schema_check(predict->schema, arguments, NULL, err);
    if (code == 0) {
        struct hone_call_input input = {.value = arguments};
        code = kind->answer(predict->package, predict->view, part->scratch, &input,
                            &part->arena, &answer, err);
    }
    if (code == 0) {
        code = read_structured(part, &answer, out, err);
    }
    json_decref(arguments);
    if (code != 0) {
        return code;
    }
    out->output = answer.output;
    out->confidence = (double)answer.confidence;
    out->abstained = answer.abstained;
    code =
        kind->score(predict->package, predict->view, part->scratch, &event, &scored, err);
    out->is_scored = code == 1;
    out->loss = scored.loss;
    out->right = scored.right;
    if (predict->form == HONE_ANSWER_LABELS && out->truth.len > 0) {
        event.output = answer.output; /* of one label: is it among those given? */
        out->right = kind->is_right(predict->package, &event);
    }
    return code < 0 ? code : 0;
}

static void *run_part(void *user)
{
    struct part *part = user;
    hone_arena_reset(&part->arena);
    for (size_t i = 0; i < part->n; i++) {
        const struct hone_row *row = &part->rows[i];
        struct hone_prediction *out = &part->out[i];
        *out = (struct hone_prediction){0};
        if (!row->is_set) {
            out->truth = first_line(row->feedback.value);
        } else if (part->predict->form == HONE_ANSWER_LABELS) {
            out->truth = row->feedback.value;
            out->is_whole = true;
        }
        if (row->feedback.kind == HONE_FEEDBACK_VALUE) {
            out->true_value = strtod(row->number, NULL);
        }
        out->status = predict_row(part, row, part->first + i, out, &out->error);
    }
    return NULL;
}

/* A thread that cannot be had costs time, nothing else. */
void hone_predict_rows(struct hone_predict *predict, const struct hone_row *rows,
                       size_t n_rows, uint64_t first, struct hone_prediction *out)
{
    bool is_running[HONE_PREDICT_JOBS_MAX] = {false};
    size_t at = 0;
    for (unsigned i = 0; i < predict->n_jobs; i++) {
        struct part *part = &predict->parts[i];
        part->rows = rows + at;
        part->out = out + at;
        part->first = first + at;
        part->n = (n_rows - at) / (predict->n_jobs - i);
        at += part->n;
        is_running[i] = i + 1 < predict->n_jobs && part->n > 0 &&
                        pthread_create(&part->thread, NULL, run_part, part) == 0;
        if (!is_running[i]) {
            (void)run_part(part);
        }
    }
    for (unsigned i = 0; i < predict->n_jobs; i++) {
        if (is_running[i]) {
            (void)pthread_join(predict->parts[i].thread, NULL);
        }
    }
}
