#include "skills/kind_classify.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"
#include "optim/classifier.h"
#include "schema/json.h"
#include "skills/classify_compare.h"
#include "skills/classify_input.h"
#include "skills/classify_label.h"
#include "skills/classify_learner.h"
#include "skills/feedback_check.h"
#include "skills/input_schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ALTERNATIVES_MAX            3
#define ALTERNATIVE_PROBABILITY_MIN 0.01F
/* What the structured answer takes at most, besides labels and for each choice; a byte of a
 * label can become an escape. */
#define STRUCTURED_BYTES  64
#define CHOICE_BYTES      64
#define ESCAPED_BYTES_MAX 6

/* Interface. */

/* Labels are plain strings, not an enumeration: the interface stays when labels come and
 * go. */
/* clang-format off */
static const char output_schema_text[] =
    "{"
    "\"type\": \"object\","
    "\"properties\": {"
    "\"label\": {\"type\": \"string\", \"description\": \"The answer.\"},"
    "\"confidence\": {\"type\": \"number\", \"description\": \"Probability, 0 to 1.\"},"
    "\"abstained\": {\"type\": \"boolean\", \"description\": \"True when the confidence is below the skill's limit: label is then a guess.\"},"
    "\"alternatives\": {"
    "\"type\": \"array\","
    "\"description\": \"The next best labels.\","
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
    "\"required\": [\"label\", \"confidence\", \"abstained\"]"
    "}";
/* clang-format on */

static int make_interface(const struct hone_package *package, struct hone_interface *out,
                          struct hone_error *err)
{
    out->name = package->name;
    out->title = package->title;
    out->icon = package->icon.file != NULL ? &package->icon : NULL;
    size_t len = strlen(package->description);
    bool is_sentence = strchr(".!?", package->description[len - 1]) != NULL;
    out->owned_description =
        hone_alloc_format("%s%s Once the right label is known, report it with the tool "
                          "feedback and the call_id of "
                          "this call, also when the answer was right.",
                          package->description, is_sentence ? "" : ".");
    out->description = out->owned_description;
    out->input_schema = hone_input_schema_make(package);
    if (out->input_schema == NULL) {
        return hone_error_set(err, HONE_E_NOMEM, "no memory for the interface");
    }
    int code =
        hone_json_parse(&out->output_schema, hone_span_text(output_schema_text), err);
    return code != 0 ? code : hone_kind_interface_seal(out, err);
}

/* Answer. */

struct choice {
    struct hone_span label;
    double probability;
};

/* The best labels, most probable first; of equals the earlier one. */
struct choices {
    struct choice items[ALTERNATIVES_MAX + 1];
    size_t n;
};

static void insert_choice(struct choices *choices, struct choice item)
{
    size_t at = choices->n;
    while (at > 0 && choices->items[at - 1].probability < item.probability) {
        at--;
    }
    if (at > ALTERNATIVES_MAX) {
        return;
    }
    if (choices->n <= ALTERNATIVES_MAX) {
        choices->n++;
    }
    for (size_t i = choices->n - 1; i > at; i--) {
        choices->items[i] = choices->items[i - 1];
    }
    choices->items[at] = item;
}

static void choose(struct choices *out, const struct hone_classifier_view *view,
                   const float *probabilities)
{
    out->n = 0;
    for (uint32_t i = 0; i < hone_classifier_view_n_labels(view); i++) {
        if (hone_classifier_view_label_enabled(view, i)) {
            insert_choice(out, (struct choice){hone_classifier_view_label(view, i),
                                               (double)probabilities[i]});
        }
    }
    while (out->n > 1 &&
           out->items[out->n - 1].probability < (double)ALTERNATIVE_PROBABILITY_MIN) {
        out->n--;
    }
}

/* Four decimals: what follows them is noise to a reader. */
static double rounded(double probability)
{
    return round(probability * 10000.0) / 10000.0;
}

static void append_choice(struct hone_buf *out, const struct choice *choice)
{
    (void)hone_buf_append_text(out, "{\"label\":");
    (void)hone_json_append_string(out, choice->label);
    (void)hone_buf_append_text(out, ",\"confidence\":");
    (void)hone_json_append_real(out, rounded(choice->probability));
}

/* The empty span when the arena is full. */
static struct hone_span make_structured(const struct choices *choices, bool abstained,
                                        struct hone_arena *arena)
{
    struct hone_buf out;
    size_t max_bytes = STRUCTURED_BYTES;
    for (size_t i = 0; i < choices->n; i++) {
        max_bytes += CHOICE_BYTES + ESCAPED_BYTES_MAX * choices->items[i].label.len;
    }
    char *memory = hone_arena_alloc(arena, max_bytes, 1);
    if (memory == NULL) {
        return hone_span_of(NULL, 0);
    }
    hone_buf_init_fixed(&out, memory, max_bytes);
    append_choice(&out, &choices->items[0]);
    (void)hone_buf_append_text(&out, abstained ? ",\"abstained\":true"
                                               : ",\"abstained\":false");
    (void)hone_buf_append_text(&out, ",\"alternatives\":[");
    for (size_t i = 1; i < choices->n; i++) {
        (void)hone_buf_append(&out, ",", i > 1 ? 1 : 0);
        append_choice(&out, &choices->items[i]);
        (void)hone_buf_append_char(&out, '}');
    }
    (void)hone_buf_append_text(&out, "]}");
    HONE_INVARIANT(out.error == 0);
    return hone_buf_span(&out);
}

static char *make_text(const struct choices *choices, bool abstained, float abstain_below,
                       struct hone_arena *arena)
{
    char next[(ALTERNATIVES_MAX + 1) * (HONE_PACKAGE_LABEL_BYTES_MAX + 16)] = "";
    size_t used = 0;
    for (size_t i = 1; i < choices->n && used < sizeof(next); i++) {
        used += (size_t)snprintf(next + used, sizeof(next) - used, "%s%s %.2f",
                                 i == 1 ? "; next: " : ", ", choices->items[i].label.data,
                                 choices->items[i].probability);
    }
    const struct choice *best = &choices->items[0];
    if (abstained) {
        return hone_arena_format(
            arena,
            "not sure: %s is the best guess (confidence %.2f, below the "
            "limit of %.2f%s)",
            best->label.data, best->probability, (double)abstain_below, next);
    }
    return hone_arena_format(arena, "%s (confidence %.2f%s)", best->label.data,
                             best->probability, next);
}

static int refuse_answer(struct hone_error *err)
{
    return hone_error_set(err, HONE_E_LIMIT, "no memory is left for the answer");
}

static int fill_answer(const struct choices *choices, float abstain_below,
                       struct hone_arena *arena, struct hone_answer *out,
                       struct hone_error *err)
{
    const struct choice *best = &choices->items[0];
    bool abstained = best->probability < (double)abstain_below;
    const char *text = make_text(choices, abstained, abstain_below, arena);
    struct hone_span output;
    if (text == NULL || hone_arena_span(arena, best->label, &output) != 0) {
        return refuse_answer(err);
    }
    struct hone_span structured = make_structured(choices, abstained, arena);
    if (structured.len == 0) {
        return refuse_answer(err);
    }
    *out = (struct hone_answer){
        .text = hone_span_text(text),
        .structured = structured,
        .output = output,
        .confidence = (float)best->probability,
        .propensity = 1.0F,
        .abstained = abstained,
    };
    return 0;
}

/* A skill with open labels may begin with none; a call is what its first feedback refers
 * to. */
static int answer_nothing(struct hone_arena *arena, struct hone_answer *out,
                          struct hone_error *err)
{
    const char *text =
        hone_arena_format(arena, "no answer: this skill knows no label yet; "
                                 "feedback with a label teaches it the first");
    if (text == NULL) {
        return refuse_answer(err);
    }
    *out = (struct hone_answer){
        .text = hone_span_text(text),
        .structured = hone_span_text("{\"label\":\"\",\"confidence\":0.0,"
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
        return answer_nothing(arena, out, err);
    }
    struct hone_classify_input input;
    if (hone_classify_input_read(&input, package, arguments, arena) != 0) {
        return refuse_answer(err);
    }
    const float *probabilities = NULL;
    int code =
        hone_classifier_view_predict(view, &input.input, scratch, &probabilities, err);
    if (code != 0) {
        return code;
    }
    struct choices choices = {0};
    choose(&choices, view, probabilities);
    float limit = fmaxf(package->abstain_below, hone_classifier_view_limit(view));
    return fill_answer(&choices, limit, arena, out, err);
}

/* Feedback. */

static int check_value(const struct hone_package *package,
                       const struct hone_classifier_view *view,
                       const struct hone_feedback *feedback, struct hone_error *err)
{
    struct hone_span value = feedback->value;
    if (value.len == 0) {
        return hone_error_set(err, HONE_E_INVALID, "the right label is missing");
    }
    if (memchr(value.data, '\n', value.len) != NULL) {
        (void)hone_error_set(err, HONE_E_INVALID, "%s gives one label for each call",
                             package->name);
        return hone_error_hint(err, "say the right one with 'label'");
    }
    return hone_classify_label_offer(package, view, feedback->offers, value, err);
}

static int check_feedback(const struct hone_package *package, void *view,
                          const struct hone_feedback *feedback, struct hone_error *err)
{
    int code = hone_feedback_check_common(feedback, err);
    if (code == 0 && (feedback->kind == HONE_FEEDBACK_CHOICE ||
                      feedback->kind == HONE_FEEDBACK_ORDER)) {
        (void)hone_error_set(err, HONE_E_INVALID,
                             "%s gives labels, not an order of candidates",
                             package->name);
        return hone_error_hint(err, "say the right label with 'label'");
    }
    bool names_label = feedback->kind == HONE_FEEDBACK_LABEL ||
                       feedback->kind == HONE_FEEDBACK_CORRECTION;
    if (code == 0 && names_label) {
        code = check_value(package, view, feedback, err);
    }
    if (code == 0 && feedback->kind == HONE_FEEDBACK_VALUE) {
        (void)hone_error_set(err, HONE_E_INVALID, "%s answers with labels, not numbers",
                             package->name);
        code = hone_error_hint(err, "give the right label as label");
    }
    return code;
}

/* Evidence. */

/* The label that the feedback is about: empty when it says nothing of any. */
static struct hone_span judged_label(const struct hone_event *event)
{
    switch (event->feedback.kind) {
    case HONE_FEEDBACK_LABEL:
    case HONE_FEEDBACK_CORRECTION:
        return event->feedback.value;
    case HONE_FEEDBACK_REWARD:
        return event->output;
    case HONE_FEEDBACK_VALUE:
    case HONE_FEEDBACK_COMMENT:
    case HONE_FEEDBACK_CHOICE:
    case HONE_FEEDBACK_ORDER:
    default:
        return hone_span_of(NULL, 0);
    }
}

static int score(const struct hone_package *package, void *view, void *scratch,
                 const struct hone_event *event, struct hone_kind_score *out,
                 struct hone_error *err)
{
    uint32_t label = 0;
    struct hone_span name = judged_label(event);
    if (name.len == 0 ||
        hone_classify_label_find_known(package, view, name, &label) != 0) {
        return 0;
    }
    struct hone_classify_input input;
    hone_classify_input_fill(&input, package, event->input);
    if (input.input.n_fields == 0) {
        return 0;
    }
    struct hone_classifier_score scored;
    int code =
        hone_classifier_view_score(view, &input.input, scratch, label, &scored, err);
    if (code != 0) {
        return code;
    }
    *out = event->feedback.kind == HONE_FEEDBACK_REWARD
               ? hone_feedback_check_reward_score((double)scored.loss,
                                                  event->feedback.reward)
               : (struct hone_kind_score){.loss = (double)scored.loss,
                                          .right = scored.best == label};
    out->shares = scored.probabilities;
    out->n_shares = hone_classifier_view_n_labels(view);
    return 1;
}

static size_t share_place(void *view, size_t index, void *other)
{
    size_t n = hone_classifier_view_n_labels(other);
    struct hone_span name = hone_classifier_view_label(view, (uint32_t)index);
    uint32_t place = 0;
    if (index < n &&
        hone_span_equal(name, hone_classifier_view_label(other, (uint32_t)index))) {
        return index;
    }
    return hone_classifier_view_find_label(other, name, &place) == 0 ? place : n + index;
}

/* The label may have been renamed since the call. */
static bool is_right(const struct hone_package *package, const struct hone_event *event)
{
    return hone_classify_label_same(package, event->feedback.value, event->output);
}

const struct hone_kind hone_kind_classify = {
    .name = "classify",
    .learns = true,
    HONE_CLASSIFY_LEARNER_MEMBERS,
    .answer_form = HONE_ANSWER_LABEL,
    .reads_text = true,
    .feedback_form = "\"label\":\"<right label>\"",
    .make_interface = make_interface,
    .answer = answer,
    .check_feedback = check_feedback,
    .learn = hone_classify_learner_learn,
    .measure = hone_classify_learner_measure,
    .score = score,
    .share_place = share_place,
    .is_right = is_right,
    .compare = hone_classify_compare,
};
