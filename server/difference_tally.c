#include "server/difference_tally.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define A HONE_DIFFERENCE_A
#define B HONE_DIFFERENCE_B

#define CLASSES_MAX   4096
#define EXCERPT_BYTES 160
#define NUMBER_BYTES  64

struct class
{
    char *label;
    size_t label_len;
    uint64_t n_examples, n_labelled, n_right[HONE_DIFFERENCE_N];
};

struct hone_difference_tally {
    struct hone_map *by_label; /* of struct class */
    struct class **classes;
    size_t n_classes;
    uint64_t n_calls, n_labelled, n_right[HONE_DIFFERENCE_N], n_flips, n_numbers;
    double sum_change;
    size_t n_flips_max;
    json_t *flipped;
};

struct hone_difference_tally *hone_difference_tally_create(size_t n_flips_max)
{
    struct hone_difference_tally *tally = hone_alloc_zeroed(1, sizeof(*tally));
    tally->by_label = hone_map_create();
    tally->classes = hone_alloc_zeroed(CLASSES_MAX, sizeof(tally->classes[0]));
    tally->n_flips_max = n_flips_max;
    tally->flipped = json_array();
    return tally;
}

void hone_difference_tally_destroy(struct hone_difference_tally *tally)
{
    if (tally == NULL) {
        return;
    }
    for (size_t i = 0; i < tally->n_classes; i++) {
        free(tally->classes[i]->label);
        free(tally->classes[i]);
    }
    free(tally->classes);
    hone_map_destroy(tally->by_label);
    json_decref(tally->flipped);
    free(tally);
}

/* NULL when there are too many. */
static struct class *class_of(struct hone_difference_tally *tally, struct hone_span label)
{
    struct class *class = hone_map_find(tally->by_label, label);
    if (class == NULL && tally->n_classes < CLASSES_MAX) {
        class = hone_alloc_zeroed(1, sizeof(*class));
        class->label = hone_alloc_bytes(label.data, label.len);
        class->label_len = label.len;
        tally->classes[tally->n_classes++] = class;
        (void)hone_map_set(tally->by_label, label, class);
    }
    return class;
}

void hone_difference_tally_add_examples(struct hone_difference_tally *tally,
                                        struct hone_span label, uint64_t n)
{
    struct class *class = class_of(tally, label);
    if (class != NULL) {
        class->n_examples += n;
    }
}

/* ---- one call ---- */

static bool read_number(struct hone_span text, double *out)
{
    char copy[NUMBER_BYTES];
    char *end = NULL;
    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *out = strtod(copy, &end);
    return *end == '\0' && isfinite(*out);
}

static void add_right(struct hone_difference_tally *tally,
                      const struct hone_difference_call *call)
{
    struct class *class = call->names_class ? class_of(tally, call->right) : NULL;
    tally->n_labelled += 1;
    for (int v = A; v <= B; v++) {
        tally->n_right[v] += call->answers[v].is_right ? 1 : 0;
    }
    if (class != NULL) {
        class->n_labelled += 1;
        for (int v = A; v <= B; v++) {
            class->n_right[v] += call->answers[v].is_right ? 1 : 0;
        }
    }
}

static json_t *make_text(struct hone_span text)
{
    json_t *value = json_stringn(text.len > 0 ? text.data : "", text.len);
    return value != NULL ? value : json_null();
}

static void add_flip(struct hone_difference_tally *tally,
                     const struct hone_difference_call *call)
{
    char id[HONE_UUID_TEXT_LEN + 1];
    tally->n_flips += 1;
    if (json_array_size(tally->flipped) >= tally->n_flips_max) {
        return;
    }
    hone_uuid_format(call->call_id, id);
    (void)json_array_append_new(
        tally->flipped,
        json_pack("{s:s,s:o,s:o,s:f,s:o,s:f,s:o}", "call_id", id, "input",
                  make_text(hone_text_prefix(call->input, EXCERPT_BYTES)), "a",
                  make_text(call->answers[A].output), "confidence_a",
                  call->answers[A].confidence, "b", make_text(call->answers[B].output),
                  "confidence_b", call->answers[B].confidence, "right",
                  call->is_labelled ? make_text(call->right) : json_null()));
}

void hone_difference_tally_add(struct hone_difference_tally *tally,
                               const struct hone_difference_call *call)
{
    double a = 0.0;
    double b = 0.0;
    tally->n_calls += 1;
    if (read_number(call->answers[A].output, &a) &&
        read_number(call->answers[B].output, &b)) {
        tally->n_numbers += 1;
        tally->sum_change += fabs(b - a);
    }
    if (call->is_labelled) {
        add_right(tally, call);
    }
    if (!hone_span_equal(call->answers[A].output, call->answers[B].output)) {
        add_flip(tally, call);
    }
}

/* ---- the report ---- */

/* Most examples first, then by label. */
static int compare_classes(const void *left, const void *right)
{
    const struct class *a = *(const struct class *const *)left;
    const struct class *b = *(const struct class *const *)right;
    uint64_t n_a = a->n_examples + a->n_labelled;
    uint64_t n_b = b->n_examples + b->n_labelled;
    return n_a != n_b ? (n_a < n_b ? 1 : -1) : strcmp(a->label, b->label);
}

static json_t *class_json(const struct class *class, const json_t *features)
{
    const json_t *moved = json_object_get(features, class->label);
    return json_pack("{s:o,s:I,s:I,s:I,s:I,s:o}", "label",
                     make_text(hone_span_of(class->label, class->label_len)), "examples",
                     (json_int_t) class->n_examples, "labelled",
                     (json_int_t) class->n_labelled, "right_a",
                     (json_int_t) class->n_right[A], "right_b",
                     (json_int_t) class->n_right[B], "features",
                     moved != NULL ? json_deep_copy(moved) : json_array());
}

static json_t *classes_json(const struct hone_difference_tally *tally,
                            const json_t *features)
{
    json_t *list = json_array();
    const char *label = NULL;
    const json_t *moved = NULL;
    json_t *rest = json_copy((json_t *)(uintptr_t)features);
    qsort(tally->classes, tally->n_classes, sizeof(struct class *), compare_classes);
    for (size_t i = 0; i < tally->n_classes; i++) {
        (void)json_array_append_new(list, class_json(tally->classes[i], features));
        (void)json_object_del(rest, tally->classes[i]->label);
    }
    /* Labels that nobody has given may have changed with the others. */
    json_object_foreach(rest, label, moved)
    {
        struct class silent = {.label = (char *)(uintptr_t)label,
                               .label_len = strlen(label)};
        if (json_array_size(moved) > 0) {
            (void)json_array_append_new(list, class_json(&silent, features));
        }
    }
    json_decref(rest);
    return list;
}

static void set_number(json_t *out, const char *key, uint64_t value)
{
    (void)json_object_set_new(out, key, json_integer((json_int_t)value));
}

void hone_difference_tally_report(const struct hone_difference_tally *tally,
                                  const json_t *features, json_t *out)
{
    bool is_number = tally->n_calls > 0 && tally->n_numbers == tally->n_calls;
    set_number(out, "calls", tally->n_calls);
    set_number(out, "labelled", tally->n_labelled);
    set_number(out, "right_a", tally->n_right[A]);
    set_number(out, "right_b", tally->n_right[B]);
    set_number(out, "flips", tally->n_flips);
    (void)json_object_set_new(
        out, "mean_change",
        is_number ? json_real(tally->sum_change / (double)tally->n_calls) : json_null());
    (void)json_object_set_new(out, "classes", classes_json(tally, features));
    (void)json_object_set(out, "flipped", tally->flipped);
}
