#include "skills/kind_score.h"

#include "base/alloc.h"
#include "base/check.h"
#include "optim/regressor.h"
#include "schema/json.h"
#include "skills/feedback_check.h"
#include "skills/input_schema.h"
#include "skills/score_input.h"
#include "skills/score_learner.h"
#include "skills/score_manifest.h"
#include "skills/score_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_BYTES 32
/* What the structured answer takes at most, besides the unit; a byte of that can become an
 * escape. */
#define STRUCTURED_BYTES  256
#define ESCAPED_BYTES_MAX 6

/* Interface. */

/* clang-format off */
static const char output_schema_text[] =
    "{"
    "\"type\": \"object\","
    "\"properties\": {"
    "\"value\": {\"type\": \"number\", \"description\": \"The answer.\"},"
    "\"low\": {\"type\": [\"number\", \"null\"], \"description\": \"Lower end of the interval; null while too little is known.\"},"
    "\"high\": {\"type\": [\"number\", \"null\"], \"description\": \"Upper end of the interval; null while too little is known.\"},"
    "\"coverage\": {\"type\": \"number\", \"description\": \"Share of true values that such intervals hold.\"},"
    "\"unit\": {\"type\": \"string\", \"description\": \"What the numbers count.\"},"
    "\"call_id\": {\"type\": \"string\", \"description\": \"Names this call in feedback.\"},"
    "\"version\": {\"type\": \"integer\", \"description\": \"Version of the skill that answered.\"},"
    "\"learned_through\": {\"type\": \"integer\", \"description\": \"Last log record that the answer had learnt from.\"}"
    "},"
    "\"required\": [\"value\", \"low\", \"high\", \"coverage\"]"
    "}";
/* clang-format on */

static int make_interface(const struct hone_package *package, struct hone_interface *out,
                          struct hone_error *err)
{
    hone_kind_interface_begin(
        out, package,
        "Once the true number is known, report it as value with the tool feedback and "
        "the call_id of this call.");
    out->input_schema = hone_input_schema_make(package);
    return hone_kind_interface_end(out, output_schema_text, err);
}

/* Answer. */

/* Six digits: what follows them is noise to a reader. The text is a number in JSON too. */
struct number {
    char text[NUMBER_BYTES];
};

static struct number format(double value)
{
    struct number number;
    (void)snprintf(number.text, sizeof(number.text), "%.6g", value + 0.0);
    return number;
}

static struct number format_or_null(bool known, double value)
{
    return known ? format(value) : (struct number){"null"};
}

/* The empty span when the arena is full. */
static struct hone_span
make_structured(const struct hone_package *package,
                const struct hone_regressor_prediction *prediction,
                struct hone_arena *arena)
{
    struct hone_buf out;
    struct hone_span unit = hone_span_text(package->target.unit);
    size_t max_bytes = STRUCTURED_BYTES + ESCAPED_BYTES_MAX * unit.len;
    char *memory = hone_arena_alloc(arena, max_bytes, 1);
    if (memory == NULL) {
        return hone_span_of(NULL, 0);
    }
    bool known = prediction->has_interval;
    hone_buf_init_fixed(&out, memory, max_bytes);
    (void)hone_buf_append_format(
        &out, "{\"value\":%s,\"low\":%s,\"high\":%s,\"coverage\":%s",
        format(prediction->value).text, format_or_null(known, prediction->low).text,
        format_or_null(known, prediction->high).text,
        format(package->target.coverage).text);
    if (unit.len > 0) {
        (void)hone_buf_append_text(&out, ",\"unit\":");
        (void)hone_json_append_string(&out, unit);
    }
    (void)hone_buf_append_char(&out, '}');
    HONE_INVARIANT(out.error == 0);
    return hone_buf_span(&out);
}

static const char *make_text(const struct hone_package *package,
                             const struct hone_regressor_prediction *prediction,
                             struct hone_arena *arena)
{
    const char *unit = package->target.unit, *space = unit[0] != '\0' ? " " : "";
    const char *value =
        hone_arena_format(arena, "%s%s%s", format(prediction->value).text, space, unit);
    if (value == NULL) {
        return NULL;
    }
    if (prediction->is_guess) {
        return hone_arena_format(arena,
                                 "not known yet: no true value has been reported to this "
                                 "skill; %s is no more than a placeholder",
                                 value);
    }
    if (!prediction->has_interval) {
        return hone_arena_format(
            arena, "%s (one true value is known so far: no interval yet)", value);
    }
    return hone_arena_format(arena, "%s (%s %% interval: %s to %s)", value,
                             format(100.0 * package->target.coverage).text,
                             format(prediction->low).text, format(prediction->high).text);
}

static int answer(const struct hone_package *package, void *view, void *scratch,
                  const struct hone_call_input *arguments, struct hone_arena *arena,
                  struct hone_answer *out, struct hone_error *err)
{
    HONE_REQUIRE(view != NULL && scratch != NULL);
    struct hone_score_input input;
    struct hone_regressor_prediction prediction;
    struct hone_regressor_target target = hone_score_input_target(package);
    hone_score_input_fill(&input, package, arguments->value);
    int code = hone_regressor_view_predict(view, &input.input, &target, scratch,
                                           &prediction, err);
    if (code != 0) {
        return code;
    }
    const char *text = make_text(package, &prediction, arena);
    const char *output = hone_arena_format(arena, "%s", format(prediction.value).text);
    struct hone_span structured = make_structured(package, &prediction, arena);
    if (text == NULL || output == NULL || structured.len == 0) {
        return hone_error_set(err, HONE_E_LIMIT, "no memory is left for the answer");
    }
    *out = (struct hone_answer){
        .text = hone_span_text(text),
        .structured = structured,
        .output = hone_span_text(output),
        .confidence = prediction.has_interval && !prediction.is_guess
                          ? (float)package->target.coverage
                          : 0.0F,
        .propensity = 1.0F,
        .abstained = prediction.is_guess,
    };
    return 0;
}

/* Feedback. */

static int check_value(const struct hone_package *package, struct hone_span text,
                       struct hone_error *err)
{
    double value = 0.0;
    int code = hone_score_value_parse(&value, text, err);
    return code != 0 ? code : hone_score_value_check(package, value, err);
}

static int refuse_kind(const struct hone_package *package, const char *what,
                       struct hone_error *err)
{
    (void)hone_error_set(err, HONE_E_INVALID, "%s predicts a number: %s teaches nothing",
                         package->name, what);
    return hone_error_hint(err, "give the true number as value");
}

static int check_feedback(const struct hone_package *package, void *view,
                          const struct hone_feedback *feedback, struct hone_error *err)
{
    (void)view;
    int code = hone_feedback_check_comment(feedback, err);
    if (code == 0) {
        code = hone_feedback_check_weight(feedback, err);
    }
    if (code != 0) {
        return code;
    }
    switch (feedback->kind) {
    case HONE_FEEDBACK_VALUE:
    case HONE_FEEDBACK_CORRECTION:
        return check_value(package, feedback->value, err);
    case HONE_FEEDBACK_LABEL:
        return refuse_kind(package, "a label", err);
    case HONE_FEEDBACK_REWARD:
        return refuse_kind(package, "a reward", err);
    case HONE_FEEDBACK_COMMENT:
    default:
        return 0;
    }
}

static bool is_right(const struct hone_package *package, const struct hone_event *event)
{
    double value = 0.0, given = 0.0;
    return hone_score_learner_value(package, event, &value) &&
           hone_score_value_parse(&given, event->output, NULL) == 0 &&
           hone_score_value_is_right(package, given, value);
}

/* Evidence. */

static int score(const struct hone_package *package, void *view, void *scratch,
                 const struct hone_event *event, struct hone_kind_score *out,
                 struct hone_error *err)
{
    double value = 0.0;
    struct hone_score_input input;
    struct hone_regressor_prediction prediction;
    if (!hone_score_learner_value(package, event, &value)) {
        return 0;
    }
    struct hone_regressor_target target = hone_score_input_target(package);
    hone_score_input_fill(&input, package, event->input);
    int code = hone_regressor_view_predict(view, &input.input, &target, scratch,
                                           &prediction, err);
    if (code != 0) {
        return code;
    }
    *out = (struct hone_kind_score){
        .loss = hone_regressor_loss(&prediction, value),
        .right = hone_score_value_is_right(package, prediction.value, value),
    };
    return 1;
}

/* The table's remaining functions: those of optim/ without their types. */

static void *make_scratch(void)
{
    return hone_regressor_scratch_create();
}

static void destroy_scratch(void *scratch)
{
    hone_regressor_scratch_destroy(scratch);
}

static void *view_ref(void *view)
{
    return hone_regressor_view_ref(view);
}

static void view_unref(void *view)
{
    hone_regressor_view_unref(view);
}

static void *mark_view(void *mark)
{
    return mark;
}

static int save_create(void **save, void *mark, const char *path, struct hone_span extra,
                       struct hone_error *err)
{
    struct hone_regressor_save *made = NULL;
    int code = hone_regressor_save_create(&made, mark, path, extra, err);
    if (code == 0) {
        *save = made;
    }
    return code;
}

static int save_step(void *save, size_t max_bytes, struct hone_error *err)
{
    return hone_regressor_save_step(save, max_bytes, err);
}

static void save_result(const void *save, struct hone_digest *digest,
                        uint64_t *size_bytes)
{
    hone_regressor_save_result(save, digest, size_bytes);
}

static void save_destroy(void *save)
{
    hone_regressor_save_destroy(save);
}

const struct hone_kind hone_kind_score = {
    .name = "score",
    .learns = true,
    .answer_form = HONE_ANSWER_VALUE,
    .takes_repeats = true,
    .takes_categories = true,
    .feedback_form = "\"value\":<true number>",
    .read_manifest = hone_score_manifest_read,
    .make_interface = make_interface,
    .answer = answer,
    .make_scratch = make_scratch,
    .destroy_scratch = destroy_scratch,
    .check_feedback = check_feedback,
    .create = hone_score_learner_create,
    .load = hone_score_learner_load,
    .destroy = hone_score_learner_destroy,
    .learn = hone_score_learner_learn,
    .adapt = hone_score_learner_adapt,
    .fits = hone_score_learner_fits,
    .freeze = hone_score_learner_freeze,
    .peek = hone_score_learner_peek,
    .view_ref = view_ref,
    .view_unref = view_unref,
    .score = score,
    .is_right = is_right,
    .mark_create = hone_score_learner_freeze,
    .mark_destroy = view_unref,
    .mark_view = mark_view,
    .restore = hone_score_learner_restore,
    .save_create = save_create,
    .save_step = save_step,
    .save_result = save_result,
    .save_destroy = save_destroy,
};
