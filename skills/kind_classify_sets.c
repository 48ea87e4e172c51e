#include "skills/kind_classify_sets.h"

#include "base/alloc.h"
#include "base/check.h"
#include "optim/classifier.h"
#include "optim/threshold.h"
#include "schema/json.h"
#include "skills/classify_compare.h"
#include "skills/classify_input.h"
#include "skills/classify_label.h"
#include "skills/classify_learner.h"
#include "skills/classify_learner_internal.h"
#include "skills/classify_sets.h"
#include "skills/feedback_check.h"
#include "skills/kind_classify.h"
#include "skills/label.h"

#include <math.h>
#include <stdlib.h>

#define ALTERNATIVES_MAX            3
#define ALTERNATIVE_PROBABILITY_MIN 0.01F
/* What the structured answer takes at most, besides labels and for each of them; a byte of a
 * label can become an escape. */
#define STRUCTURED_BYTES  128
#define CHOICE_BYTES      64
#define ESCAPED_BYTES_MAX 6

/* Interface. */

/* clang-format off */
static const char output_schema_text[] =
    "{"
    "\"type\": \"object\","
    "\"properties\": {"
    "\"labels\": {"
    "\"type\": \"array\","
    "\"description\": \"All labels that the input has, most probable first; may be none.\","
    "\"items\": {"
    "\"type\": \"object\","
    "\"properties\": {\"label\": {\"type\": \"string\"}, \"confidence\": {\"type\": \"number\"}},"
    "\"required\": [\"label\", \"confidence\"]"
    "}"
    "},"
    "\"confidence\": {\"type\": \"number\", \"description\": \"Probability of the least sure of the labels; without labels, that the most probable one is wrong.\"},"
    "\"abstained\": {\"type\": \"boolean\", \"description\": \"True while the skill knows no label.\"},"
    "\"alternatives\": {"
    "\"type\": \"array\","
    "\"description\": \"The next labels, not probable enough.\","
    "\"items\": {"
    "\"type\": \"object\","
    "\"properties\": {\"label\": {\"type\": \"string\"}, \"confidence\": {\"type\": \"number\"}},"
    "\"required\": [\"label\", \"confidence\"]"
    "}"
    "},"
    "\"call_id\": {\"type\": \"string\", \"description\": \"Names this call in feedback.\"},"
    "\"version\": {\"type\": \"integer\", \"description\": \"Version of the skill that answered.\"},"
    "\"learned_through\": {\"type\": \"integer\", \"description\": \"Last log record that the answer had learnt from.\"}"
    "},"
    "\"required\": [\"labels\", \"confidence\", \"abstained\"]"
    "}";
/* clang-format on */

/* As of single labels, but for the answer. */
static int make_interface(const struct hone_package *package, struct hone_interface *out,
                          struct hone_error *err)
{
    int code = hone_kind_classify.make_interface(package, out, err);
    if (code != 0) {
        return code;
    }
    char *description =
        hone_alloc_format("%s Say all right labels in labels.", out->owned_description);
    free(out->owned_description);
    out->owned_description = description;
    out->description = description;
    json_decref(out->output_schema);
    out->output_schema = NULL;
    code = hone_json_parse(&out->output_schema, hone_span_text(output_schema_text), err);
    return code != 0 ? code : hone_kind_interface_seal(out, err);
}

/* Answer. */

struct choice {
    struct hone_span label;
    uint32_t index;
    float probability;
};

struct choices {
    struct choice *items; /* those given, then the next ones; each part by probability */
    size_t n_given, n;
};

static int compare_choices(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    if (x->probability != y->probability) {
        return x->probability > y->probability ? -1 : 1;
    }
    return x->index < y->index ? -1 : 1;
}

/* Takes those labels whose probability reaches the threshold, or those that do not. */
static size_t collect(struct choice *out, const struct hone_classifier_view *view,
                      const float *p, const float *thresholds, bool given)
{
    size_t n = 0;
    for (uint32_t k = 0; k < hone_classifier_view_n_labels(view); k++) {
        float least = given ? 0.0F : ALTERNATIVE_PROBABILITY_MIN;
        if (hone_classifier_view_label_enabled(view, k) &&
            (p[k] >= thresholds[k]) == given && p[k] >= least) {
            out[n++] = (struct choice){hone_classifier_view_label(view, k), k, p[k]};
        }
    }
    qsort(out, n, sizeof(*out), compare_choices);
    return n;
}

static void append_choice(struct hone_buf *out, const struct choice *choice)
{
    (void)hone_buf_append_text(out, "{\"label\":");
    (void)hone_json_append_string(out, choice->label);
    (void)hone_buf_append_text(out, ",\"confidence\":");
    /* Four decimals: what follows them is noise to a reader. */
    (void)hone_json_append_real(out,
                                round((double)choice->probability * 10000.0) / 10000.0);
    (void)hone_buf_append_char(out, '}');
}

static void append_choices(struct hone_buf *out, const struct choice *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)hone_buf_append(out, ",", i > 0 ? 1 : 0);
        append_choice(out, &items[i]);
    }
}

static size_t bytes_of(const struct choices *choices)
{
    size_t n = STRUCTURED_BYTES;
    for (size_t i = 0; i < choices->n; i++) {
        n += CHOICE_BYTES + ESCAPED_BYTES_MAX * choices->items[i].label.len;
    }
    return n;
}

static void append_structured(struct hone_buf *out, const struct choices *choices,
                              float confidence)
{
    (void)hone_buf_append_text(out, "{\"labels\":[");
    append_choices(out, choices->items, choices->n_given);
    (void)hone_buf_append_text(out, "],\"confidence\":");
    (void)hone_json_append_real(out, round((double)confidence * 10000.0) / 10000.0);
    (void)hone_buf_append_text(out, ",\"abstained\":false,\"alternatives\":[");
    append_choices(out, choices->items + choices->n_given, choices->n - choices->n_given);
    (void)hone_buf_append_text(out, "]}");
}

static void append_text(struct hone_buf *out, const struct choices *choices)
{
    (void)hone_buf_append_text(out, choices->n_given == 0 ? "none of the labels" : "");
    for (size_t i = 0; i < choices->n; i++) {
        const struct choice *choice = &choices->items[i];
        const char *before = i == 0 ? "" : ", ";
        if (i == choices->n_given) {
            before = "; next: ";
        }
        (void)hone_buf_append_format(
            out, i < choices->n_given ? "%s%.*s (%.2f)" : "%s%.*s %.2f", before,
            (int)choice->label.len, choice->label.data, (double)choice->probability);
    }
}

static void append_output(struct hone_buf *out, const struct choices *choices)
{
    for (size_t i = 0; i < choices->n_given; i++) {
        (void)hone_buf_append(out, "\n", i > 0 ? 1 : 0);
        (void)hone_buf_append_span(out, choices->items[i].label);
    }
}

static int refuse_answer(struct hone_error *err)
{
    return hone_error_set(err, HONE_E_LIMIT, "no memory is left for the answer");
}

static int fill_answer(const struct choices *choices, struct hone_arena *arena,
                       struct hone_answer *out, struct hone_error *err)
{
    struct hone_buf parts[3];
    size_t bytes = bytes_of(choices);
    for (size_t i = 0; i < 3; i++) {
        char *memory = hone_arena_alloc(arena, bytes, 1);
        if (memory == NULL) {
            return refuse_answer(err);
        }
        hone_buf_init_fixed(&parts[i], memory, bytes);
    }
    float confidence = 1.0F;
    if (choices->n_given > 0) {
        confidence = choices->items[choices->n_given - 1].probability;
    } else if (choices->n > 0) {
        confidence = 1.0F - choices->items[0].probability;
    }
    append_text(&parts[0], choices);
    append_structured(&parts[1], choices, confidence);
    append_output(&parts[2], choices);
    HONE_INVARIANT(parts[0].error == 0 && parts[1].error == 0 && parts[2].error == 0);
    *out = (struct hone_answer){
        .text = hone_buf_span(&parts[0]),
        .structured = hone_buf_span(&parts[1]),
        .output = hone_buf_span(&parts[2]),
        .confidence = confidence,
        .propensity = 1.0F,
    };
    return 0;
}

/* A skill with open labels may begin with none. */
static int answer_nothing(struct hone_answer *out)
{
    *out = (struct hone_answer){
        .text = hone_span_text("no answer: this skill knows no label yet; feedback with "
                               "labels teaches it the first"),
        .structured = hone_span_text("{\"labels\":[],\"confidence\":0.0,"
                                     "\"abstained\":true,\"alternatives\":[]}"),
        .propensity = 1.0F,
        .abstained = true,
    };
    return 0;
}

static int answer(const struct hone_package *package, void *view, void *scratch,
                  const struct hone_call_input *arguments, struct hone_arena *arena,
                  struct hone_answer *out, struct hone_error *err)
{
    HONE_REQUIRE(view != NULL && scratch != NULL);
    if (hone_classify_label_n_enabled(view) == 0) {
        return answer_nothing(out);
    }
    struct hone_classify_input input;
    if (hone_classify_input_read(&input, package, arguments, arena) != 0) {
        return refuse_answer(err);
    }
    const float *p = NULL, *thresholds = NULL;
    int code = hone_classifier_view_sets_predict(view, &input.input, scratch, &p,
                                                 &thresholds, err);
    if (code != 0) {
        return code;
    }
    struct choices choices = {
        .items = hone_arena_alloc(arena, hone_classifier_view_n_labels(view),
                                  sizeof(struct choice))};
    if (choices.items == NULL) {
        return refuse_answer(err);
    }
    choices.n_given = collect(choices.items, view, p, thresholds, true);
    size_t n_next = collect(choices.items + choices.n_given, view, p, thresholds, false);
    choices.n = choices.n_given + (n_next < ALTERNATIVES_MAX ? n_next : ALTERNATIVES_MAX);
    return fill_answer(&choices, arena, out, err);
}

/* Feedback. */

/* A reward is for a label that is there. */
static int check_rewarded(const struct hone_package *package,
                          const struct hone_classifier_view *view, struct hone_span name,
                          struct hone_error *err)
{
    uint32_t label = 0;
    if (name.len == 0 ||
        hone_classify_label_find_known(package, view, name, &label) == 0) {
        return 0;
    }
    int code = hone_classify_label_check_new(package, view, name, err);
    return code != 0
               ? code
               : hone_error_set(err, HONE_E_INVALID,
                                "'%.*s' is not a label of %s yet: a reward is for a "
                                "label that was given",
                                (int)name.len, name.data, package->name);
}

static int check_feedback(const struct hone_package *package, void *view,
                          const struct hone_feedback *feedback, struct hone_error *err)
{
    /* A reward may be about one label. */
    struct hone_feedback alone = *feedback;
    bool is_reward = feedback->kind == HONE_FEEDBACK_REWARD;
    alone.value = is_reward ? hone_span_of(NULL, 0) : feedback->value;
    int code = hone_feedback_check_common(&alone, err);
    if (code != 0 || feedback->kind == HONE_FEEDBACK_COMMENT) {
        return code;
    }
    if (!is_reward && feedback->kind != HONE_FEEDBACK_LABEL &&
        feedback->kind != HONE_FEEDBACK_CORRECTION) {
        (void)hone_error_set(err, HONE_E_INVALID, "%s answers with sets of labels",
                             package->name);
        return hone_error_hint(err, "say all right labels with 'labels'");
    }
    if (!is_reward && feedback->value.len == 0) {
        (void)hone_error_set(err, HONE_E_INVALID, "the right label is missing");
        return hone_error_hint(err, "say that none is right with 'labels': []");
    }
    return is_reward ? check_rewarded(package, view, feedback->value, err)
                     : hone_classify_label_offer(package, view, feedback->offers,
                                                 feedback->value, err);
}

/* Evidence. */

static int score_whole(const struct hone_classifier_view *view,
                       const struct hone_encoder_input *input,
                       struct hone_classifier_scratch *scratch,
                       const struct hone_classify_sets_labels *set,
                       struct hone_kind_score *out, struct hone_error *err)
{
    int code = hone_classifier_view_sets_score(view, input, scratch, set->labels, set->n,
                                               &out->loss, &out->right, err);
    return code != 0 ? code : 1;
}

/* The cross-entropies of each label's probability and its reward. */
static int score_each(const struct hone_classifier_view *view,
                      const struct hone_encoder_input *input,
                      struct hone_classifier_scratch *scratch,
                      const struct hone_classify_sets_labels *set, double reward,
                      struct hone_kind_score *out, struct hone_error *err)
{
    const float *p = NULL, *thresholds = NULL;
    int code =
        hone_classifier_view_sets_predict(view, input, scratch, &p, &thresholds, err);
    if (code != 0 || p == NULL) {
        return code;
    }
    *out = (struct hone_kind_score){.right = true};
    for (size_t i = 0; i < set->n; i++) {
        struct hone_kind_score one = hone_feedback_check_reward_score(
            -log(fmax((double)p[set->labels[i]], 1e-9)), reward);
        out->loss += one.loss;
        out->right = out->right && one.right;
    }
    return 1;
}

static int score(const struct hone_package *package, void *view, void *scratch,
                 const struct hone_event *event, struct hone_kind_score *out,
                 struct hone_error *err)
{
    const struct hone_feedback *feedback = &event->feedback;
    bool is_reward = feedback->kind == HONE_FEEDBACK_REWARD;
    struct hone_span names =
        is_reward && feedback->value.len == 0 ? event->output : feedback->value;
    if (!is_reward && feedback->kind != HONE_FEEDBACK_LABEL &&
        feedback->kind != HONE_FEEDBACK_CORRECTION) {
        return 0;
    }
    struct hone_classify_input input;
    struct hone_classify_sets_labels set;
    hone_classify_input_fill(&input, package, event->input);
    hone_classify_sets_resolve(&set, package, view, names);
    bool is_whole = !is_reward && hone_classify_sets_is_whole(names);
    int code = 0;
    if (input.input.n_fields == 0 || set.n_unknown > 0 || (set.n == 0 && !is_whole) ||
        hone_classify_label_n_enabled(view) == 0) {
        code = 0;
    } else if (is_whole) {
        code = score_whole(view, &input.input, scratch, &set, out, err);
    } else {
        code =
            score_each(view, &input.input, scratch, &set,
                       is_reward ? feedback->reward : HONE_FEEDBACK_REWARD_MAX, out, err);
    }
    hone_classify_sets_finish(&set);
    return code;
}

static bool is_right(const struct hone_package *package, const struct hone_event *event)
{
    struct hone_span said = event->feedback.value;
    return hone_classify_sets_is_whole(said)
               ? hone_classify_sets_same(package, said, event->output)
               : hone_classify_sets_has(package, event->output, said);
}

static json_t *real_or_null(uint64_t part, uint64_t whole)
{
    return whole > 0 ? json_real((double)part / (double)whole) : json_null();
}

static json_t *measure(void *learner)
{
    struct hone_threshold_report report;
    hone_classifier_sets_report(hone_classify_learner_model(learner), &report);
    return json_pack(
        "{s:{s:I,s:I,s:o,s:o,s:o}}", "sets", "right", (json_int_t)report.n_right, "given",
        (json_int_t)report.n_given, "precision",
        real_or_null(report.n_given_right, report.n_given), "recall",
        real_or_null(report.n_given_right, report.n_right), "f1",
        real_or_null(2 * report.n_given_right, report.n_given + report.n_right));
}

const struct hone_kind hone_kind_classify_sets = {
    .name = "classify",
    .learns = true,
    HONE_CLASSIFY_LEARNER_MEMBERS,
    .answer_form = HONE_ANSWER_LABELS,
    .reads_text = true,
    .feedback_form = "\"labels\":[\"<right label>\",...]",
    .make_interface = make_interface,
    .answer = answer,
    .check_feedback = check_feedback,
    .learn = hone_classify_sets_learn,
    .measure = measure,
    .score = score,
    .is_right = is_right,
    .compare = hone_classify_compare,
};
