/* Features are hashed, so a weight does not know its feature: the recorded inputs are taken
 * apart again, and each of their features gives its number a name. Of several the shortest
 * group counts: a word before a pair of words before letters. */
#include "skills/classify_compare.h"

#include "base/alloc.h"
#include "optim/classifier.h"
#include "skills/classify_input.h"
#include "skills/classify_label.h"

#include <math.h>
#include <stdlib.h>

#define N_TOP  HONE_CLASSIFY_COMPARE_FEATURES
#define ABSENT UINT32_MAX
#define STEPS  1000.0F /* of a weight */

struct name {
    char *text;        /* NULL: unknown */
    const char *field; /* borrowed from the package; "" for a sole text */
    size_t group;
    int sign; /* of the feature's values: the weight counts with it */
};

/* A feature whose weight for a label has moved. */
struct moved {
    uint32_t id;
    float before, after;
};

/* A label of the later view: its column in the earlier one, and what has moved most, the
 * farthest first. */
struct label {
    uint32_t before; /* ABSENT: it is new */
    size_t n_moved;
    struct moved moved[N_TOP];
};

struct comparison {
    const struct hone_package *package;
    const struct hone_classifier_view *before, *after;
    struct name *names;   // (n_ids,)
    size_t n_ids;         /* 0: the views number features differently */
    struct label *labels; // (n_labels,)
    size_t n_labels;
};

static uint32_t enabled_label(const struct hone_classifier_view *view,
                              struct hone_span name)
{
    uint32_t label = 0;
    return hone_classifier_view_find_label(view, name, &label) == 0 &&
                   hone_classifier_view_label_enabled(view, label)
               ? label
               : ABSENT;
}

/* ---- names ---- */

struct naming {
    struct comparison *comparison;
    const struct hone_classify_input *input;
};

static void note_name(void *user, uint32_t id, int sign, size_t group, size_t field,
                      const char *text)
{
    struct naming *naming = user;
    struct name *name = &naming->comparison->names[id];
    if (name->text == NULL || name->group > group) {
        free(name->text);
        *name = (struct name){hone_alloc_text(text),
                              naming->input->fields[field].name.data, group, sign};
    }
}

static void name_features(struct comparison *comparison, const json_t *inputs)
{
    uint32_t dim_bits = hone_classifier_view_dim_bits(comparison->after);
    size_t index;
    const json_t *arguments;
    json_array_foreach(inputs, index, arguments)
    {
        struct hone_classify_input input;
        hone_classify_input_fill(&input, comparison->package, arguments);
        struct naming naming = {comparison, &input};
        hone_encoder_name(&input.input, dim_bits, note_name, &naming);
    }
}

/* ---- what has moved ---- */

static float distance(struct moved moved)
{
    return fabsf(moved.after - moved.before);
}

/* In steps that people would tell apart. */
static float rounded(struct moved moved)
{
    return roundf(distance(moved) * STEPS);
}

/* Of those that moved as far, what people can read comes first. */
static bool comes_before(const struct comparison *comparison, struct moved a,
                         struct moved b)
{
    const struct name *name_a = &comparison->names[a.id];
    const struct name *name_b = &comparison->names[b.id];
    size_t group_a = name_a->text != NULL ? name_a->group : HONE_ENCODER_N_GROUPS;
    size_t group_b = name_b->text != NULL ? name_b->group : HONE_ENCODER_N_GROUPS;
    if (rounded(a) != rounded(b)) {
        return rounded(a) > rounded(b);
    }
    return group_a != group_b ? group_a < group_b : distance(a) > distance(b);
}

static void insert_moved(const struct comparison *comparison, struct label *label,
                         struct moved moved)
{
    size_t at = label->n_moved;
    while (at > 0 && comes_before(comparison, moved, label->moved[at - 1])) {
        at--;
    }
    if (at == N_TOP) {
        return;
    }
    label->n_moved += label->n_moved < N_TOP ? 1 : 0;
    for (size_t i = label->n_moved - 1; i > at; i--) {
        label->moved[i] = label->moved[i - 1];
    }
    label->moved[at] = moved;
}

static void compare_feature(struct comparison *comparison, uint32_t id)
{
    const float *before = hone_classifier_view_weights(comparison->before, id);
    const float *after = hone_classifier_view_weights(comparison->after, id);
    if (before == NULL && after == NULL) {
        return;
    }
    for (size_t k = 0; k < comparison->n_labels; k++) {
        struct label *label = &comparison->labels[k];
        bool had = before != NULL && label->before != ABSENT;
        struct moved moved = {id, had ? before[label->before] : 0.0F,
                              after != NULL ? after[k] : 0.0F};
        if (moved.before != moved.after) {
            insert_moved(comparison, label, moved);
        }
    }
}

static json_t *features_json(const struct comparison *comparison,
                             const struct label *label)
{
    json_t *list = json_array();
    for (size_t i = 0; i < label->n_moved; i++) {
        const struct moved *moved = &label->moved[i];
        const struct name *name = &comparison->names[moved->id];
        json_t *text = name->text != NULL ? json_string(name->text) : NULL;
        /* A zero has no sign. */
        double sign = name->text != NULL ? (double)name->sign : 1.0;
        (void)json_array_append_new(
            list,
            json_pack("{s:o,s:s?,s:f,s:f}", "feature", text != NULL ? text : json_null(),
                      "field", name->field, "before", sign * (double)moved->before + 0.0,
                      "after", sign * (double)moved->after + 0.0));
    }
    return list;
}

/* Labels of one view that the other has not. */
static json_t *labels_beyond(const struct hone_classifier_view *view,
                             const struct hone_classifier_view *other)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < hone_classifier_view_n_labels(view); i++) {
        struct hone_span name = hone_classifier_view_label(view, i);
        if (hone_classifier_view_label_enabled(view, i) &&
            enabled_label(other, name) == ABSENT) {
            (void)json_array_append_new(list, json_stringn(name.data, name.len));
        }
    }
    return list;
}

static void comparison_init(struct comparison *comparison,
                            const struct hone_package *package, void *before, void *after)
{
    *comparison = (struct comparison){
        .package = package,
        .before = before,
        .after = after,
        .n_labels = hone_classifier_view_n_labels(after),
    };
    if (hone_classifier_view_dim_bits(before) == hone_classifier_view_dim_bits(after)) {
        comparison->n_ids = (size_t)1 << hone_classifier_view_dim_bits(after);
    }
    comparison->names =
        hone_alloc_zeroed(comparison->n_ids + 1, sizeof(comparison->names[0]));
    comparison->labels =
        hone_alloc_zeroed(comparison->n_labels + 1, sizeof(comparison->labels[0]));
    for (uint32_t i = 0; i < comparison->n_labels; i++) {
        comparison->labels[i].before =
            enabled_label(before, hone_classifier_view_label(after, i));
    }
}

static void comparison_finish(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->n_ids; i++) {
        free(comparison->names[i].text);
    }
    free(comparison->names);
    free(comparison->labels);
}

json_t *hone_classify_compare(const struct hone_package *package, void *before,
                              void *after, const json_t *inputs)
{
    struct comparison comparison;
    comparison_init(&comparison, package, before, after);
    if (comparison.n_ids > 0) {
        name_features(&comparison, inputs);
    }
    for (uint32_t id = 0; id < comparison.n_ids; id++) {
        compare_feature(&comparison, id);
    }
    json_t *features = json_object();
    for (uint32_t i = 0; i < comparison.n_labels; i++) {
        struct hone_span name = hone_classifier_view_label(after, i);
        if (hone_classifier_view_label_enabled(after, i)) {
            (void)json_object_setn_new(features, name.data, name.len,
                                       features_json(&comparison, &comparison.labels[i]));
        }
    }
    json_t *out =
        json_pack("{s:o,s:o,s:o}", "added", labels_beyond(after, before), "removed",
                  labels_beyond(before, after), "features", features);
    comparison_finish(&comparison);
    return out;
}
