#include "skills/kind_choose.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"
#include "schema/json.h"
#include "skills/choose_learner.h"
#include "skills/choose_view.h"
#include "skills/classify_learner.h"
#include "skills/feedback_check.h"
#include "skills/input_schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ESTIMATES_MAX     4 /* shown with an answer: the chosen option and the best others */
#define SHARE_MIN         1e-6
#define STRUCTURED_BYTES  192
#define ESTIMATE_BYTES    64
#define ESCAPED_BYTES_MAX 6
#define DEFAULT_ARGUMENT  "default_option"

/* Interface. */

/* Options are plain strings, not an enumeration: the interface stays when they come and
 * go. */
/* clang-format off */
static const char output_schema_text[] =
    "{"
    "\"type\": \"object\","
    "\"properties\": {"
    "\"option\": {\"type\": \"string\", \"description\": \"The option to take.\"},"
    "\"propensity\": {\"type\": \"number\", \"description\": \"Probability with which it was chosen.\"},"
    "\"estimates\": {"
    "\"type\": \"array\","
    "\"description\": \"Expected rewards: of the option chosen, then of the best others.\","
    "\"items\": {"
    "\"type\": \"object\","
    "\"properties\": {\"option\": {\"type\": \"string\"}, \"reward\": {\"type\": \"number\"}},"
    "\"required\": [\"option\", \"reward\"]"
    "}"
    "},"
    "\"call_id\": {\"type\": \"string\", \"description\": \"Names this call in feedback.\"},"
    "\"version\": {\"type\": \"integer\", \"description\": \"Version of the skill that answered.\"},"
    "\"learned_through\": {\"type\": \"integer\", \"description\": \"Last log record that the answer had learnt from.\"}"
    "},"
    "\"required\": [\"option\", \"propensity\", \"estimates\"]"
    "}";
/* clang-format on */

/* An apprentice's caller may name the default, and must where none is declared. */
static void add_default_argument(json_t *schema, const struct hone_package *package)
{
    if (!package->choose.apprentice) {
        return;
    }
    (void)json_object_set_new(
        json_object_get(schema, "properties"), DEFAULT_ARGUMENT,
        json_pack("{s:s,s:s}", "type", "string", "description",
                  "The option that you would take: it is the answer."));
    if (package->choose.default_option >= package->n_labels) {
        (void)json_array_append_new(json_object_get(schema, "required"),
                                    json_string(DEFAULT_ARGUMENT));
    }
}

static int make_interface(const struct hone_package *package, struct hone_interface *out,
                          struct hone_error *err)
{
    hone_kind_interface_begin(
        out, package,
        "Once it is known how the option did, report it with the tool feedback and "
        "the call_id of this call, as a reward from %g to %g.",
        package->choose.reward_min, package->choose.reward_max);
    out->input_schema = hone_input_schema_make(package);
    add_default_argument(out->input_schema, package);
    return hone_kind_interface_end(out, output_schema_text, err);
}

/* Answer. */

static int refuse_option(const struct hone_package *package, struct hone_span name,
                         struct hone_error *err)
{
    const char **names = hone_alloc_zeroed(package->n_labels + 1, sizeof(*names));
    for (size_t i = 0; i < package->n_labels; i++) {
        names[i] = package->labels[i].name;
    }
    char *word = hone_alloc_bytes(name.data, name.len);
    struct hone_span shown = hone_text_prefix(name, 60);
    int code =
        hone_error_set(err, HONE_E_INVALID, "'%.*s' is not one of the %zu options of %s",
                       (int)shown.len, shown.data, package->n_labels, package->name);
    const char *nearest = hone_text_nearest(word, names, package->n_labels);
    (void)hone_error_hint(err,
                          nearest != NULL ? "did you mean '%s'?" : "the first is '%s'",
                          nearest != NULL ? nearest : names[0]);
    free(word);
    free(names);
    return code;
}

/* The apprentice's answer: the caller's default, else the declared one. */
static int find_default(size_t *out, const struct hone_package *package,
                        const json_t *arguments, struct hone_error *err)
{
    struct hone_span name = hone_json_text(arguments, DEFAULT_ARGUMENT);
    *out = package->choose.default_option;
    if (name.len > 0) {
        *out = hone_choose_view_find_option(package, name);
    }
    return *out < package->n_labels ? 0 : refuse_option(package, name, err);
}

struct choice {
    size_t option;
    double propensity;
};

static int choose(struct choice *out, const struct hone_package *package,
                  const json_t *arguments, const struct hone_choose_estimates *estimates,
                  uint64_t draw, struct hone_error *err)
{
    double p[HONE_BANDIT_OPTIONS_MAX];
    if (package->choose.apprentice) {
        out->propensity = 1.0;
        return find_default(&out->option, package, arguments, err);
    }
    hone_bandit_probabilities(p, &package->choose.explore, estimates->utilities,
                              estimates->deviations, estimates->n, estimates->n_rewards);
    out->option =
        hone_bandit_draw(p, estimates->n, hone_classify_learner_seed(package), draw);
    out->propensity = p[out->option];
    return 0;
}

/* The chosen option, then the best of the others that something is known of. */
struct shown {
    size_t items[ESTIMATES_MAX];
    size_t n;
};

static void fill_shown(struct shown *out, const struct hone_choose_estimates *estimates,
                       size_t chosen)
{
    out->items[0] = chosen;
    out->n = 1;
    while (out->n < ESTIMATES_MAX) {
        size_t best = estimates->n;
        for (size_t i = 0; i < estimates->n; i++) {
            bool taken = !isfinite(estimates->utilities[i]);
            for (size_t k = 0; k < out->n; k++) {
                taken = taken || out->items[k] == i;
            }
            if (!taken && (best == estimates->n ||
                           estimates->utilities[i] > estimates->utilities[best])) {
                best = i;
            }
        }
        if (best == estimates->n) {
            return;
        }
        out->items[out->n++] = best;
    }
}

/* What is expected of an option; of one not learnt yet the middle of the range. */
static double expected(const struct hone_package *package,
                       const struct hone_choose_estimates *estimates, size_t option)
{
    double share = estimates->shares[option];
    double reward =
        hone_choose_settings_reward(&package->choose, isfinite(share) ? share : 0.5);
    double range = package->choose.reward_max - package->choose.reward_min;
    double step = range * 1e-4; /* what is finer is noise to a reader */
    return round(reward / step) * step;
}

static struct hone_span make_structured(const struct hone_package *package,
                                        const struct hone_choose_estimates *estimates,
                                        const struct choice *choice,
                                        const struct shown *shown,
                                        struct hone_arena *arena)
{
    struct hone_buf out;
    size_t max_bytes = STRUCTURED_BYTES;
    for (size_t i = 0; i < shown->n; i++) {
        max_bytes += ESTIMATE_BYTES + 2 * ESCAPED_BYTES_MAX *
                                          strlen(package->labels[shown->items[i]].name);
    }
    char *memory = hone_arena_alloc(arena, max_bytes, 1);
    if (memory == NULL) {
        return hone_span_of(NULL, 0);
    }
    hone_buf_init_fixed(&out, memory, max_bytes);
    (void)hone_buf_append_text(&out, "{\"option\":");
    (void)hone_json_append_string(&out,
                                  hone_span_text(package->labels[choice->option].name));
    (void)hone_buf_append_text(&out, ",\"propensity\":");
    (void)hone_json_append_real(&out, choice->propensity);
    (void)hone_buf_append_text(&out, ",\"estimates\":[");
    for (size_t i = 0; i < shown->n; i++) {
        size_t option = shown->items[i];
        (void)hone_buf_append_text(&out, i > 0 ? ",{\"option\":" : "{\"option\":");
        (void)hone_json_append_string(&out, hone_span_text(package->labels[option].name));
        (void)hone_buf_append_text(&out, ",\"reward\":");
        (void)hone_json_append_real(&out, expected(package, estimates, option));
        (void)hone_buf_append_char(&out, '}');
    }
    (void)hone_buf_append_text(&out, "]}");
    HONE_INVARIANT(out.error == 0);
    return hone_buf_span(&out);
}

static const char *make_text(const struct hone_package *package,
                             const struct hone_choose_estimates *estimates,
                             const struct choice *choice, const struct shown *shown,
                             struct hone_arena *arena)
{
    const char *name = package->labels[choice->option].name;
    if (package->choose.apprentice) {
        return hone_arena_format(arena, "%s (the default; expected reward %.4g)", name,
                                 expected(package, estimates, choice->option));
    }
    char next[HONE_PACKAGE_LABEL_BYTES_MAX + 64] = "";
    if (shown->n > 1) {
        size_t other = shown->items[1];
        (void)snprintf(next, sizeof(next), "; best other: %s %.4g",
                       package->labels[other].name, expected(package, estimates, other));
    }
    return hone_arena_format(
        arena, "%s (expected reward %.4g, chosen with probability %.3g%s)", name,
        expected(package, estimates, choice->option), choice->propensity, next);
}

static int answer(const struct hone_package *package, void *view, void *scratch,
                  const struct hone_call_input *given, struct hone_arena *arena,
                  struct hone_answer *out, struct hone_error *err)
{
    HONE_REQUIRE(view != NULL && scratch != NULL);
    const json_t *arguments = given->value;
    struct hone_choose_estimates estimates;
    struct choice choice = {0};
    struct shown shown;
    int code =
        hone_choose_view_estimate(view, package, arguments, scratch, &estimates, err);
    if (code == 0) {
        code = choose(&choice, package, arguments, &estimates, out->draw, err);
    }
    if (code != 0) {
        return code;
    }
    fill_shown(&shown, &estimates, choice.option);
    const char *text = make_text(package, &estimates, &choice, &shown, arena);
    struct hone_span structured =
        make_structured(package, &estimates, &choice, &shown, arena);
    struct hone_span output;
    if (text == NULL || structured.len == 0 ||
        hone_arena_span(arena, hone_span_text(package->labels[choice.option].name),
                        &output) != 0) {
        return hone_error_set(err, HONE_E_LIMIT, "no memory is left for the answer");
    }
    double share = estimates.shares[choice.option];
    *out = (struct hone_answer){
        .text = hone_span_text(text),
        .structured = structured,
        .output = output,
        .confidence = isfinite(share) ? (float)share : 0.5F,
        .propensity = (float)choice.propensity,
        .draw = out->draw,
    };
    return 0;
}

/* Feedback. */

static int check_reward(const struct hone_package *package, double reward,
                        struct hone_error *err)
{
    double min = package->choose.reward_min, max = package->choose.reward_max;
    if (reward >= min && reward <= max) {
        return 0;
    }
    (void)hone_error_set(err, HONE_E_INVALID, "reward must be from %g to %g, got %g", min,
                         max, reward);
    return hone_error_hint(err, "the range is that of 'reward' in skill.yaml of %s",
                           package->name);
}

static int check_feedback(const struct hone_package *package, void *view,
                          const struct hone_feedback *feedback, struct hone_error *err)
{
    (void)view;
    int code = hone_feedback_check_comment(feedback, err);
    if (code == 0) {
        code = hone_feedback_check_weight(feedback, err);
    }
    if (code == 0) {
        code = hone_feedback_check_whole(feedback, err);
    }
    if (code == 0 && feedback->kind == HONE_FEEDBACK_REWARD) {
        code = check_reward(package, feedback->reward, err);
    }
    bool names_option = feedback->kind == HONE_FEEDBACK_LABEL ||
                        feedback->kind == HONE_FEEDBACK_CORRECTION;
    if (code == 0 && names_option &&
        hone_choose_view_find_option(package, feedback->value) == package->n_labels) {
        code = refuse_option(package, feedback->value, err);
    }
    return code;
}

/* Evidence: the cross-entropy of the estimate q and the reward as a share r of its range,
 *   -(r ln q + (1 - r) ln(1 - q)),
 * and a state is right when it and the reward are on the same side of one half. */
static int score(const struct hone_package *package, void *view, void *scratch,
                 const struct hone_event *event, struct hone_kind_score *out,
                 struct hone_error *err)
{
    size_t option = 0;
    double r = 0.0;
    struct hone_choose_estimates estimates;
    if (!hone_choose_learner_judged(package, event, &option, &r)) {
        return 0;
    }
    int code =
        hone_choose_view_estimate(view, package, event->input, scratch, &estimates, err);
    if (code != 0 || !isfinite(estimates.shares[option])) {
        return code;
    }
    double q = fmin(fmax(estimates.shares[option], SHARE_MIN), 1.0 - SHARE_MIN);
    *out = (struct hone_kind_score){
        .loss = -(r * log(q) + (1.0 - r) * log(1.0 - q)),
        .right = (q >= 0.5) == (r >= 0.5),
    };
    return 1;
}

/* Status: per option what was learnt, and of an apprentice whether it would do better. */
static json_t *describe_options(const struct hone_package *package,
                                const struct hone_choose_view *view)
{
    json_t *options = json_array();
    for (size_t i = 0; i < package->n_labels; i++) {
        uint32_t label = 0;
        double n = 0.0;
        const char *name = package->labels[i].name;
        if (hone_classifier_view_find_label(view->model, hone_span_text(name), &label) ==
            0) {
            n = (double)hone_classifier_view_label_weight(view->model, label);
        }
        (void)json_array_append_new(options,
                                    json_pack("{s:s,s:f}", "option", name, "rewards", n));
    }
    return options;
}

static json_t *describe(const struct hone_package *package, void *view)
{
    const struct hone_choose_view *self = view;
    json_t *out = json_pack("{s:s,s:s,s:o}", "mode",
                            package->choose.apprentice ? "apprentice" : "serve", "policy",
                            hone_bandit_policy_name(package->choose.explore.policy),
                            "options", describe_options(package, self));
    if (package->choose.apprentice) {
        struct hone_choose_gain_report report;
        double range = package->choose.reward_max - package->choose.reward_min;
        hone_choose_gain_judge(&self->gain, &report);
        (void)json_object_set_new(
            out, "gain",
            json_pack("{s:f,s:f,s:f,s:f,s:b}", "records", report.n, "mean",
                      report.mean * range, "low", report.low * range, "high",
                      report.high * range, "is_better", (int)report.is_better));
    }
    return out;
}

static void *view_ref(void *view)
{
    return hone_choose_view_ref(view);
}

static void view_unref(void *view)
{
    hone_choose_view_unref(view);
}

const struct hone_kind hone_kind_choose = {
    .name = "choose",
    .learns = true,
    .answer_form = HONE_ANSWER_LABEL,
    .takes_repeats = true,
    .takes_any_reward = true,
    .feedback_form = "\"reward\":<how it did>",
    .make_interface = make_interface,
    .answer = answer,
    .make_scratch = hone_classify_learner_make_scratch,
    .destroy_scratch = hone_classify_learner_destroy_scratch,
    .check_feedback = check_feedback,
    .create = hone_choose_learner_create,
    .load = hone_choose_learner_load,
    .destroy = hone_choose_learner_destroy,
    .learn = hone_choose_learner_learn,
    .memory_bytes = hone_choose_learner_memory_bytes,
    .adapt = hone_choose_learner_adapt,
    .fits = hone_choose_learner_fits,
    .freeze = hone_choose_learner_freeze,
    .peek = hone_choose_learner_peek,
    .view_ref = view_ref,
    .view_unref = view_unref,
    .score = score,
    .describe = describe,
    .mark_create = hone_choose_learner_mark_create,
    .mark_destroy = hone_choose_learner_mark_destroy,
    .mark_view = hone_choose_learner_mark_view,
    .restore = hone_choose_learner_restore,
    .save_create = hone_choose_learner_save_create,
    .save_step = hone_classify_learner_save_step,
    .save_result = hone_classify_learner_save_result,
    .save_destroy = hone_classify_learner_save_destroy,
};
