#include "offline/row.h"

#include "base/text.h"
#include "schema/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX (16U * 1024 * 1024)
#define KEY_DIGITS     32 /* half a digest in hexadecimal */

/* Sorted; what says the answer has a kind. */
static const struct {
    const char *name;
    bool is_answer;
    enum hone_feedback_kind kind;
} keys[] = {
    {"choice", true, HONE_FEEDBACK_CHOICE},
    {"comment", false, HONE_FEEDBACK_COMMENT},
    {"correction", true, HONE_FEEDBACK_CORRECTION},
    {"episode", false, HONE_FEEDBACK_COMMENT},
    {"input", false, HONE_FEEDBACK_COMMENT},
    {"label", true, HONE_FEEDBACK_LABEL},
    {"labels", true, HONE_FEEDBACK_LABEL},
    {"order", true, HONE_FEEDBACK_ORDER},
    {"output", false, HONE_FEEDBACK_COMMENT},
    {"reward", true, HONE_FEEDBACK_REWARD},
    {"text", false, HONE_FEEDBACK_COMMENT},
    {"value", true, HONE_FEEDBACK_VALUE},
    {"weight", false, HONE_FEEDBACK_COMMENT},
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static int refuse_key(const char *key, struct hone_error *err)
{
    const char *names[N_KEYS];
    for (size_t i = 0; i < N_KEYS; i++) {
        names[i] = keys[i].name;
    }
    const char *nearest = hone_text_nearest(key, names, N_KEYS);
    (void)hone_error_set(err, HONE_E_INVALID, "unknown key \"%.40s\"", key);
    if (nearest != NULL) {
        return hone_error_hint(err, "did you mean \"%s\"?", nearest);
    }
    return hone_error_hint(err, "the skill's own fields go into \"input\"");
}

/* Finds the key that says the answer. */
static int find_answer(const json_t *root, const char **answer,
                       enum hone_feedback_kind *kind, struct hone_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    *answer = NULL;
    json_object_foreach((json_t *)(uintptr_t)root, key, value)
    {
        size_t i = 0;
        while (i < N_KEYS && strcmp(keys[i].name, key) != 0) {
            i++;
        }
        if (i == N_KEYS) {
            return refuse_key(key, err);
        }
        if (keys[i].is_answer && *answer != NULL) {
            return hone_error_set(err, HONE_E_INVALID,
                                  "both %s and %s are given: a row has one answer",
                                  *answer, keys[i].name);
        }
        if (keys[i].is_answer) {
            *answer = keys[i].name;
            *kind = keys[i].kind;
        }
    }
    return *answer != NULL
               ? 0
               : hone_error_set(err, HONE_E_INVALID,
                                "the answer is missing: one of label, labels, value, "
                                "choice, order, correction and reward");
}

static int take_input(struct hone_row *row, struct hone_error *err)
{
    json_t *input = json_object_get(row->root, "input");
    json_t *text = json_object_get(row->root, "text");
    if ((input == NULL) == (text == NULL)) {
        return hone_error_set(err, HONE_E_INVALID, "a row has either input or text");
    }
    if (text != NULL && !json_is_string(text)) {
        return hone_error_set(err, HONE_E_INVALID, "text must be a string");
    }
    if (input != NULL && !json_is_object(input)) {
        return hone_error_set(err, HONE_E_INVALID, "input must be an object");
    }
    json_t *taken = input != NULL ? json_incref(input) : json_pack("{s:O}", "text", text);
    (void)json_object_set_new(row->item, "input", taken);
    row->input = taken;
    return 0;
}

static int take_order(struct hone_row *row, const json_t *order, struct hone_error *err)
{
    size_t i = 0;
    const json_t *id = NULL;
    if (!json_is_array(order) || json_array_size(order) == 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "order must be an array of ids, best first");
    }
    json_array_foreach((json_t *)(uintptr_t)order, i, id)
    {
        if (!json_is_string(id) || json_string_length(id) == 0 ||
            memchr(json_string_value(id), '\n', json_string_length(id)) != NULL) {
            return hone_error_set(err, HONE_E_INVALID, "order[%zu] is not an id", i);
        }
        (void)hone_buf_append(&row->order, "\n", i > 0 ? 1 : 0);
        (void)hone_buf_append(&row->order, json_string_value(id), json_string_length(id));
    }
    row->feedback.value = hone_buf_span(&row->order);
    return row->order.error == 0
               ? 0
               : hone_error_set(err, HONE_E_LIMIT, "the order is too long");
}

/* The shortest text that reads back as the same number. */
static void take_number(struct hone_row *row, double number)
{
    int len = 0;
    for (int digits = 15; digits <= 17; digits++) {
        len = snprintf(row->number, sizeof(row->number), "%.*g", digits, number);
        if (strtod(row->number, NULL) == number) {
            break;
        }
    }
    row->feedback.value = hone_span_of(row->number, (size_t)len);
}

/* All labels that are right, with a line end behind each; a line end alone for none. */
static int take_labels(struct hone_row *row, const json_t *labels, struct hone_error *err)
{
    size_t i = 0;
    const json_t *label = NULL;
    if (!json_is_array(labels)) {
        return hone_error_set(err, HONE_E_INVALID, "labels must be an array of labels");
    }
    json_array_foreach((json_t *)(uintptr_t)labels, i, label)
    {
        if (!json_is_string(label) || json_string_length(label) == 0 ||
            memchr(json_string_value(label), '\n', json_string_length(label)) != NULL) {
            return hone_error_set(err, HONE_E_INVALID, "labels[%zu] is not a label", i);
        }
        (void)hone_buf_append(&row->order, json_string_value(label),
                              json_string_length(label));
        (void)hone_buf_append(&row->order, "\n", 1);
    }
    (void)hone_buf_append(&row->order, "\n", i == 0 ? 1 : 0);
    row->is_set = true;
    row->feedback.value = hone_buf_span(&row->order);
    return row->order.error == 0
               ? 0
               : hone_error_set(err, HONE_E_LIMIT, "the labels are too long");
}

static int take_answer(struct hone_row *row, const char *key, struct hone_error *err)
{
    json_t *answer = json_object_get(row->root, key);
    double number = json_number_value(answer);
    (void)json_object_set(row->item, key, answer);
    if (strcmp(key, "labels") == 0) {
        return take_labels(row, answer, err);
    }
    switch (row->feedback.kind) {
    case HONE_FEEDBACK_ORDER:
        return take_order(row, answer, err);
    case HONE_FEEDBACK_VALUE:
    case HONE_FEEDBACK_REWARD:
        if (!json_is_number(answer) || !isfinite(number)) {
            return hone_error_set(err, HONE_E_INVALID, "%s must be a finite number", key);
        }
        if (row->feedback.kind == HONE_FEEDBACK_REWARD) {
            row->feedback.reward = number;
        } else {
            take_number(row, number);
        }
        return 0;
    default:
        if (!json_is_string(answer) || json_string_length(answer) == 0) {
            return hone_error_set(err, HONE_E_INVALID,
                                  "%s must be a string that is not empty", key);
        }
        row->feedback.value =
            hone_span_of(json_string_value(answer), json_string_length(answer));
        return 0;
    }
}

/* A string member that is handed on, or not. */
static int take_text(struct hone_row *row, const char *key, bool is_told,
                     struct hone_span *out, struct hone_error *err)
{
    json_t *value = json_object_get(row->root, key);
    if (value == NULL) {
        return 0;
    }
    if (!json_is_string(value)) {
        return hone_error_set(err, HONE_E_INVALID, "%s must be a string", key);
    }
    *out = hone_span_of(json_string_value(value), json_string_length(value));
    if (is_told) {
        (void)json_object_set(row->item, key, value);
    }
    return 0;
}

static int take_weight(struct hone_row *row, struct hone_error *err)
{
    json_t *weight = json_object_get(row->root, "weight");
    row->feedback.weight = weight != NULL ? json_number_value(weight) : 1.0;
    if (!(row->feedback.weight > 0.0 && row->feedback.weight <= HONE_ROW_WEIGHT_MAX)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "weight must be a number above 0 and at most %g",
                              HONE_ROW_WEIGHT_MAX);
    }
    if (weight != NULL) {
        (void)json_object_set(row->item, "weight", weight);
    }
    return 0;
}

static int take_row(struct hone_row *row, struct hone_error *err)
{
    const char *answer = NULL;
    if (!json_is_object(row->root)) {
        return hone_error_set(err, HONE_E_INVALID, "a row must be a JSON object");
    }
    int code = find_answer(row->root, &answer, &row->feedback.kind, err);
    if (code != 0 || (code = take_input(row, err)) != 0 ||
        (code = take_answer(row, answer, err)) != 0 ||
        (code = take_text(row, "comment", true, &row->feedback.comment, err)) != 0 ||
        (code = take_text(row, "output", true, &row->output, err)) != 0 ||
        (code = take_text(row, "episode", false, &row->episode, err)) != 0 ||
        (code = take_weight(row, err)) != 0) {
        return code;
    }
    if (row->feedback.kind == HONE_FEEDBACK_REWARD && row->output.len == 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "a reward needs output, the answer that it is for");
    }
    return 0;
}

int hone_row_parse(struct hone_row *out, struct hone_span line, struct hone_error *err)
{
    *out = (struct hone_row){0};
    hone_buf_init(&out->order, TEXT_BYTES_MAX);
    int code = hone_json_parse(&out->root, line, err);
    if (code != 0) {
        return code;
    }
    out->item = json_object();
    return take_row(out, err);
}

void hone_row_finish(struct hone_row *row)
{
    json_decref(row->item);
    json_decref(row->root);
    hone_buf_finish(&row->order);
    *row = (struct hone_row){0};
}

struct hone_digest hone_row_digest(const struct hone_row *row, struct hone_span run)
{
    struct hone_digest_stream stream;
    struct hone_buf text;
    hone_buf_init(&text, TEXT_BYTES_MAX);
    (void)hone_json_append_canonical(&text, row->item);
    hone_digest_stream_init(&stream);
    hone_digest_stream_update(&stream, &run.len, sizeof(run.len));
    hone_digest_stream_update(&stream, run.data, run.len);
    hone_digest_stream_update(&stream, text.data, text.len);
    hone_buf_finish(&text);
    return hone_digest_stream_final(&stream);
}

void hone_row_key(char out[HONE_ROW_KEY_BYTES], struct hone_digest digest, uint32_t nth)
{
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(digest, text);
    (void)snprintf(out, HONE_ROW_KEY_BYTES, "%.*s-%u", KEY_DIGITS, text, nth);
}

void hone_row_text_key(char out[HONE_ROW_KEY_BYTES], struct hone_digest text)
{
    char digits[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(text, digits);
    (void)snprintf(out, HONE_ROW_KEY_BYTES, "%.*s", KEY_DIGITS, digits);
}

uint64_t hone_row_word(struct hone_digest digest)
{
    uint64_t word = 0;
    memcpy(&word, digest.bytes, sizeof(word));
    return word;
}

struct hone_digest hone_row_text_digest(const struct hone_row *row)
{
    struct hone_buf text;
    char *folded = NULL;
    hone_buf_init(&text, TEXT_BYTES_MAX);
    (void)hone_json_append_canonical(&text, row->input);
    struct hone_span said = hone_buf_span(&text);
    if (hone_text_fold(&folded, said) == 0) {
        said = hone_span_text(folded);
    }
    struct hone_digest digest = hone_digest_of(said);
    free(folded);
    hone_buf_finish(&text);
    return digest;
}
