#include "skills/kind_rank.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/text.h"
#include "schema/json.h"
#include "skills/feedback_check.h"
#include "skills/input_schema.h"
#include "skills/rank_input.h"
#include "skills/rank_learner.h"

#include <math.h>
#include <stdlib.h>

#define PLACES_DEFAULT    10
#define PLACES_MAX        HONE_RANKER_ORDER_MAX
#define PLACE_TEXT_BYTES  120 /* of a candidate's text, in the text of an answer */
#define LOSS_MAX          20.0
#define QUOTED_BYTES      60
#define ESCAPED_BYTES_MAX 6
/* What the structured answer takes at most, besides ids and for each place. */
#define STRUCTURED_BYTES 96
#define PLACE_BYTES      96
/* The record of a call that is too long to be recorded as it is: see record_best. */
#define RECORD_BYTES           (14 * 1024)
#define RECORD_QUERY_BYTES     4096 /* of all query fields together */
#define RECORD_CANDIDATE_BYTES 480
#define RECORD_WHEN_BYTES      (8 * 1024) /* of ids and texts */

/* Interface. */

/* clang-format off */
static const char output_schema_text[] =
    "{"
    "\"type\": \"object\","
    "\"properties\": {"
    "\"order\": {"
    "\"type\": \"array\","
    "\"description\": \"The best candidates, best first.\","
    "\"items\": {"
    "\"type\": \"object\","
    "\"properties\": {"
    "\"candidate\": {\"type\": \"string\", \"description\": \"Its id.\"},"
    "\"score\": {\"type\": \"number\"},"
    "\"probability\": {\"type\": \"number\", \"description\": \"Of being the best of all candidates, 0 to 1.\"}"
    "},"
    "\"required\": [\"candidate\", \"score\", \"probability\"]"
    "}"
    "},"
    "\"n_candidates\": {\"type\": \"integer\", \"description\": \"How many were ranked.\"},"
    "\"abstained\": {\"type\": \"boolean\", \"description\": \"True when the first one's probability is below the skill's limit, or the query has no word: the order is then a guess.\"},"
    "\"call_id\": {\"type\": \"string\", \"description\": \"Names this call in feedback.\"},"
    "\"version\": {\"type\": \"integer\", \"description\": \"Version of the skill that answered.\"},"
    "\"learned_through\": {\"type\": \"integer\", \"description\": \"Last log record that the answer had learnt from.\"}"
    "},"
    "\"required\": [\"order\", \"n_candidates\", \"abstained\"]"
    "}";

static const char candidates_schema_text[] =
    "{"
    "\"type\": \"array\","
    "\"description\": \"What to choose from.\","
    "\"minItems\": 1,"
    "\"maxItems\": 10000,"
    "\"items\": {"
    "\"type\": \"object\","
    "\"properties\": {"
    "\"id\": {\"type\": \"string\", \"description\": \"Names it, in the answer and in feedback.\"},"
    "\"text\": {\"type\": \"string\", \"description\": \"What it is, in words. Without it the id has to do.\"}"
    "},"
    "\"required\": [\"id\"],"
    "\"additionalProperties\": false"
    "}"
    "}";
/* clang-format on */
_Static_assert(HONE_RANKER_CANDIDATES_MAX == 10000, "the schema above says the limit");

static int add_candidates(struct hone_interface *out, struct hone_error *err)
{
    json_t *schema = NULL;
    int code = hone_json_parse(&schema, hone_span_text(candidates_schema_text), err);
    if (code == 0) {
        (void)json_object_set_new(json_object_get(out->input_schema, "properties"),
                                  HONE_RANK_INPUT_CANDIDATES, schema);
        (void)json_array_append_new(json_object_get(out->input_schema, "required"),
                                    json_string(HONE_RANK_INPUT_CANDIDATES));
    }
    return code;
}

static int make_input_schema(const struct hone_package *package,
                             struct hone_interface *out, struct hone_error *err)
{
    out->input_schema = hone_input_schema_make(package);
    json_t *places = json_pack("{s:s, s:s, s:i, s:i}", "type", "integer", "description",
                               "How many places of the order are wanted. Default: 10.",
                               "minimum", 1, "maximum", PLACES_MAX);
    if (out->input_schema == NULL ||
        json_object_set_new(json_object_get(out->input_schema, "properties"),
                            HONE_RANK_INPUT_N, places) != 0) {
        return hone_error_set(err, HONE_E_NOMEM, "no memory for the interface");
    }
    return hone_rank_input_is_held(package) ? 0 : add_candidates(out, err);
}

static int make_interface(const struct hone_package *package, struct hone_interface *out,
                          struct hone_error *err)
{
    hone_kind_interface_begin(
        out, package,
        "Once it is known which candidate was the right one, report it with the tool "
        "feedback and the call_id of this call (choice, or order for several, best "
        "first), also when the first one was right.");
    int code = make_input_schema(package, out, err);
    return code != 0 ? code : hone_kind_interface_end(out, output_schema_text, err);
}

/* Answer. */

/* One ranking, while its answer is written. */
struct ranking {
    const struct hone_rank_input *input;
    const struct hone_ranker_view *view;
    struct hone_ranker_scores scores;
    uint32_t best[PLACES_MAX];
    size_t n_best;
    bool abstained;
    double abstain_below;
};

static struct hone_match_candidate candidate_at(const struct ranking *ranking,
                                                size_t place)
{
    return hone_rank_input_candidate(ranking->input, ranking->view, ranking->best[place]);
}

/* Four decimals: what follows them is noise to a reader. */
static double rounded(float value)
{
    return round((double)value * 10000.0) / 10000.0;
}

static void append_place(struct hone_buf *out, const struct ranking *ranking,
                         size_t place)
{
    uint32_t index = ranking->best[place];
    (void)hone_buf_append_text(out, place > 0 ? ",{\"candidate\":" : "{\"candidate\":");
    (void)hone_json_append_string(out, candidate_at(ranking, place).name);
    (void)hone_buf_append_text(out, ",\"score\":");
    (void)hone_json_append_real(out, rounded(ranking->scores.scores[index]));
    (void)hone_buf_append_text(out, ",\"probability\":");
    (void)hone_json_append_real(out, rounded(ranking->scores.probabilities[index]));
    (void)hone_buf_append_char(out, '}');
}

/* The empty span when the arena is full. */
static struct hone_span make_structured(const struct ranking *ranking,
                                        struct hone_arena *arena)
{
    struct hone_buf out;
    size_t max_bytes = STRUCTURED_BYTES;
    for (size_t i = 0; i < ranking->n_best; i++) {
        max_bytes += PLACE_BYTES + ESCAPED_BYTES_MAX * candidate_at(ranking, i).name.len;
    }
    char *memory = hone_arena_alloc(arena, max_bytes, 1);
    if (memory == NULL) {
        return hone_span_of(NULL, 0);
    }
    hone_buf_init_fixed(&out, memory, max_bytes);
    (void)hone_buf_append_text(&out, "{\"order\":[");
    for (size_t i = 0; i < ranking->n_best; i++) {
        append_place(&out, ranking, i);
    }
    (void)hone_buf_append_format(&out, "],\"n_candidates\":%zu,\"abstained\":%s}",
                                 ranking->scores.n,
                                 ranking->abstained ? "true" : "false");
    HONE_INVARIANT(out.error == 0);
    return hone_buf_span(&out);
}

static void append_heading(struct hone_buf *out, const struct ranking *ranking)
{
    if (ranking->scores.n_features == 0) {
        (void)hone_buf_append_format(
            out, "the query has no word to go by: %zu of %zu candidates as they came\n",
            ranking->n_best, ranking->scores.n);
        return;
    }
    if (ranking->abstained) {
        (void)hone_buf_append_format(
            out, "not sure: the first one's probability is below the limit of %.2f\n",
            ranking->abstain_below);
    }
    (void)hone_buf_append_format(out, "best %zu of %zu candidates:\n", ranking->n_best,
                                 ranking->scores.n);
}

/* The first line of what a candidate is, when that says more than its id. */
static struct hone_span first_words(struct hone_match_candidate candidate)
{
    const char *end = candidate.text.len > 0
                          ? memchr(candidate.text.data, '\n', candidate.text.len)
                          : NULL;
    size_t len = end != NULL ? (size_t)(end - candidate.text.data) : candidate.text.len;
    return hone_text_prefix(hone_span_of(candidate.text.data, len), PLACE_TEXT_BYTES);
}

/* The empty span when the arena is full. */
static struct hone_span make_text(const struct ranking *ranking, struct hone_arena *arena)
{
    struct hone_buf out;
    size_t line_bytes = HONE_PACKAGE_LABEL_BYTES_MAX + PLACE_TEXT_BYTES + PLACE_BYTES;
    size_t max_bytes = 256 + ranking->n_best * line_bytes;
    char *memory = hone_arena_alloc(arena, max_bytes, 1);
    if (memory == NULL) {
        return hone_span_of(NULL, 0);
    }
    hone_buf_init_fixed(&out, memory, max_bytes);
    append_heading(&out, ranking);
    for (size_t i = 0; i < ranking->n_best; i++) {
        struct hone_match_candidate candidate = candidate_at(ranking, i);
        struct hone_span words = first_words(candidate);
        (void)hone_buf_append_format(
            &out, "%zu. %.*s (probability %.2f)%s%.*s\n", i + 1, (int)candidate.name.len,
            candidate.name.data, (double)ranking->scores.probabilities[ranking->best[i]],
            words.len > 0 ? ": " : "", (int)words.len, words.data);
    }
    HONE_INVARIANT(out.error == 0);
    return hone_span_of(out.data, out.len - 1); /* without the last line end */
}

static void record_query(struct hone_buf *out, const struct hone_package *package,
                         const json_t *arguments)
{
    size_t share = RECORD_QUERY_BYTES / package->n_fields;
    for (size_t i = 0; i < package->n_fields; i++) {
        const char *name = package->fields[i].name;
        const json_t *value = json_object_get(arguments, name);
        if (value == NULL || json_is_array(value) || json_is_object(value)) {
            continue;
        }
        (void)hone_json_append_string(out, hone_span_text(name));
        (void)hone_buf_append_char(out, ':');
        if (json_is_string(value)) {
            struct hone_span text =
                hone_span_of(json_string_value(value), json_string_length(value));
            (void)hone_json_append_string(out, hone_text_prefix(text, share));
        } else {
            (void)hone_json_append(out, value);
        }
        (void)hone_buf_append_char(out, ',');
    }
}

/* The given candidates' bytes, ids and texts. */
static size_t given_bytes(const struct hone_rank_input *input)
{
    size_t n_bytes = 0;
    for (size_t i = 0; i < input->query.n_candidates; i++) {
        n_bytes += input->given[i].name.len + input->given[i].text.len;
    }
    return n_bytes;
}

/* What is recorded instead of the arguments where these are too long: the query and, best
 * first, as many of the given candidates as there is room for, their texts cut. Feedback can
 * name these. The empty span when the arguments are short, or the arena is full. */
static struct hone_span record_best(const struct ranking *ranking,
                                    const struct hone_package *package,
                                    const json_t *arguments, struct hone_arena *arena)
{
    uint32_t best[PLACES_MAX];
    struct hone_buf out;
    if (ranking->input->given == NULL ||
        given_bytes(ranking->input) < RECORD_WHEN_BYTES) {
        return hone_span_of(NULL, 0);
    }
    hone_buf_init(&out, ESCAPED_BYTES_MAX * (size_t)RECORD_BYTES);
    size_t n = hone_ranker_best(&ranking->scores, best, PLACES_MAX);
    (void)hone_buf_append_char(&out, '{');
    record_query(&out, package, arguments);
    (void)hone_buf_append_format(&out, "\"%s\":%zu,\"%s\":[", HONE_RANK_INPUT_RANKED,
                                 ranking->scores.n, HONE_RANK_INPUT_CANDIDATES);
    for (size_t i = 0; i < n && out.error == 0; i++) {
        struct hone_match_candidate candidate = ranking->input->given[best[i]];
        size_t len = out.len;
        (void)hone_buf_append_text(&out, i > 0 ? ",{\"id\":" : "{\"id\":");
        (void)hone_json_append_string(&out, candidate.name);
        (void)hone_buf_append_text(&out, ",\"text\":");
        (void)hone_json_append_string(
            &out, hone_text_prefix(candidate.text, RECORD_CANDIDATE_BYTES));
        (void)hone_buf_append_char(&out, '}');
        if (out.len > RECORD_BYTES - 2 && i > 0) {
            out.len = len;
            break;
        }
    }
    (void)hone_buf_append_text(&out, "]}");
    struct hone_span record = hone_span_of(NULL, 0);
    if (out.error == 0 && hone_arena_span(arena, hone_buf_span(&out), &record) != 0) {
        record = hone_span_of(NULL, 0);
    }
    hone_buf_finish(&out);
    return record;
}

static int fill_answer(const struct ranking *ranking, const struct hone_package *package,
                       const json_t *arguments, struct hone_arena *arena,
                       struct hone_answer *out, struct hone_error *err)
{
    struct hone_span output = hone_span_of(NULL, 0);
    struct hone_span text = make_text(ranking, arena),
                     structured = make_structured(ranking, arena);
    if (text.len == 0 || structured.len == 0 ||
        hone_arena_span(arena, candidate_at(ranking, 0).name, &output) != 0) {
        return hone_error_set(err, HONE_E_LIMIT, "no memory is left for the answer");
    }
    *out = (struct hone_answer){
        .text = text,
        .structured = structured,
        .output = output,
        .recorded = record_best(ranking, package, arguments, arena),
        .confidence = ranking->scores.probabilities[ranking->best[0]],
        .propensity = 1.0F,
        .abstained = ranking->abstained,
    };
    return 0;
}

static size_t places_wanted(const json_t *arguments)
{
    const json_t *n = json_object_get(arguments, HONE_RANK_INPUT_N);
    json_int_t wanted = json_is_integer(n) ? json_integer_value(n) : PLACES_DEFAULT;
    return wanted < 1 ? 1 : wanted > PLACES_MAX ? PLACES_MAX : (size_t)wanted;
}

static int answer(const struct hone_package *package, void *view, void *scratch,
                  const struct hone_call_input *given, struct hone_arena *arena,
                  struct hone_answer *out, struct hone_error *err)
{
    HONE_REQUIRE(view != NULL && scratch != NULL);
    const json_t *arguments = given->value;
    struct hone_rank_input input;
    int code = hone_rank_input_fill(&input, package, arguments, err);
    if (code != 0) {
        return code;
    }
    struct ranking ranking = {
        .input = &input, .view = view, .abstain_below = (double)package->abstain_below};
    code = hone_ranker_view_rank(view, &input.query, scratch, &ranking.scores, err);
    if (code == 0) {
        ranking.n_best =
            hone_ranker_best(&ranking.scores, ranking.best, places_wanted(arguments));
        ranking.abstained =
            ranking.scores.n_features == 0 ||
            (double)ranking.scores.probabilities[ranking.best[0]] < ranking.abstain_below;
        code = fill_answer(&ranking, package, arguments, arena, out, err);
    }
    hone_rank_input_finish(&input);
    return code;
}

/* Feedback. */

static const char **names_of(const struct hone_rank_input *input,
                             const struct hone_ranker_view *view, char ***owned)
{
    size_t n = hone_rank_input_n(input, view);
    const char **names = hone_alloc_zeroed(n + 1, sizeof(*names));
    *owned = hone_alloc_zeroed(n + 1, sizeof(**owned));
    for (size_t i = 0; i < n; i++) {
        struct hone_span name = hone_rank_input_candidate(input, view, i).name;
        names[i] = (*owned)[i] = hone_alloc_bytes(name.data, name.len);
    }
    return names;
}

static int refuse_unknown(const struct hone_rank_input *input,
                          const struct hone_ranker_view *view, struct hone_span id,
                          struct hone_error *err)
{
    size_t n = hone_rank_input_n(input, view);
    char **owned = NULL;
    const char **names = names_of(input, view, &owned);
    struct hone_span quoted = hone_text_prefix(id, QUOTED_BYTES);
    int code = hone_error_set(
        err, HONE_E_INVALID, "'%.*s%s' is not one of the %zu candidates %s",
        (int)quoted.len, quoted.data, quoted.len < id.len ? "..." : "", n,
        input->given != NULL ? "that are recorded of this call" : "of the skill");
    char *word = hone_alloc_bytes(id.data, id.len);
    const char *nearest = hone_text_nearest(word, names, n);
    if (nearest != NULL) {
        (void)hone_error_hint(err, "did you mean '%s'?", nearest);
    }
    free(word);
    for (size_t i = 0; i < n; i++) {
        free(owned[i]);
    }
    free(owned);
    free(names);
    return code;
}

static int check_ids(const struct hone_rank_input *input,
                     const struct hone_ranker_view *view, struct hone_span order,
                     struct hone_error *err)
{
    uint32_t seen[HONE_RANKER_ORDER_MAX], index = 0;
    struct hone_span id;
    for (size_t n = 0; hone_rank_input_next_id(&order, &id); n++) {
        if (n == HONE_RANKER_ORDER_MAX) {
            return hone_error_set(err, HONE_E_LIMIT,
                                  "an order has at most %d places: give the best ones",
                                  HONE_RANKER_ORDER_MAX);
        }
        if (hone_rank_input_find(input, view, id, &index) != 0) {
            return refuse_unknown(input, view, id, err);
        }
        for (size_t i = 0; i < n; i++) {
            if (seen[i] == index) {
                return hone_error_set(err, HONE_E_INVALID, "'%.*s' is in the order twice",
                                      (int)id.len, id.data);
            }
        }
        seen[n] = index;
    }
    return 0;
}

/* Against the candidates of the call, or of the skill when it holds them. */
static int check_order(const struct hone_package *package,
                       const struct hone_ranker_view *view,
                       const struct hone_feedback *feedback, struct hone_error *err)
{
    struct hone_rank_input input;
    json_t *arguments = NULL;
    if (feedback->value.len == 0) {
        return hone_error_set(err, HONE_E_INVALID, "the right candidate is missing");
    }
    int code = 0;
    if (!hone_rank_input_is_held(package)) {
        code = hone_json_parse(&arguments, feedback->call_input, err);
    }
    if (code == 0) {
        code = hone_rank_input_fill(&input, package, arguments, err);
    }
    if (code != 0) {
        json_decref(arguments);
        return hone_error_set(
            err, HONE_E_INVALID,
            "the call's candidates are not recorded: only a reward or a "
            "comment is taken");
    }
    code = check_ids(&input, view, feedback->value, err);
    hone_rank_input_finish(&input);
    json_decref(arguments);
    return code;
}

static int check_feedback(const struct hone_package *package, void *view,
                          const struct hone_feedback *feedback, struct hone_error *err)
{
    int code = hone_feedback_check_common(feedback, err);
    if (code != 0 || feedback->kind == HONE_FEEDBACK_REWARD ||
        feedback->kind == HONE_FEEDBACK_COMMENT) {
        return code;
    }
    return check_order(package, view, feedback, err);
}

/* Evidence. */

static double loss_of_first(const struct hone_ranker_scores *scores, uint32_t candidate)
{
    double p = (double)scores->probabilities[candidate];
    return fmin(p > 0.0 ? -log(p) : LOSS_MAX, LOSS_MAX);
}

static bool is_best(const struct hone_ranker_scores *scores, uint32_t candidate)
{
    uint32_t best = 0;
    return hone_ranker_best(scores, &best, 1) == 1 && best == candidate;
}

static int score_input(const struct hone_rank_input *input, struct hone_ranker_view *view,
                       void *scratch, const struct hone_event *event,
                       struct hone_kind_score *out, struct hone_error *err)
{
    struct hone_ranker_scores scores;
    bool is_reward = event->feedback.kind == HONE_FEEDBACK_REWARD;
    struct hone_span order = event->feedback.value, id = event->output;
    uint32_t first = 0;
    if ((!is_reward && !hone_rank_input_next_id(&order, &id)) ||
        hone_rank_input_find(input, view, id, &first) != 0 ||
        hone_rank_input_n(input, view) < 2) {
        return 0;
    }
    int code = hone_ranker_view_rank(view, &input->query, scratch, &scores, err);
    if (code != 0) {
        return code;
    }
    if (scores.n_features == 0) {
        return 0;
    }
    double loss = loss_of_first(&scores, first);
    *out = is_reward
               ? hone_feedback_check_reward_score(loss, event->feedback.reward)
               : (struct hone_kind_score){.loss = loss, .right = is_best(&scores, first)};
    out->shares = scores.probabilities;
    out->n_shares = scores.n;
    return 1;
}

/* Evidence is the loss of the first place, -ln P(first), also of an order: that is what all
 * feedback speaks of, and what callers act on. An order whose first place is of a candidate that
 * is not there is none. */
static int score(const struct hone_package *package, void *view, void *scratch,
                 const struct hone_event *event, struct hone_kind_score *out,
                 struct hone_error *err)
{
    struct hone_rank_input input;
    if (event->feedback.kind == HONE_FEEDBACK_COMMENT ||
        hone_rank_input_fill(&input, package, event->input, NULL) != 0) {
        return 0;
    }
    int code = score_input(&input, view, scratch, event, out, err);
    hone_rank_input_finish(&input);
    return code;
}

/* The table's remaining functions: those of optim/ without their types. A mark is a view:
 * that is all of the state. */

static void *make_scratch(void)
{
    return hone_ranker_scratch_create();
}

static void destroy_scratch(void *scratch)
{
    hone_ranker_scratch_destroy(scratch);
}

static void *view_ref(void *view)
{
    return hone_ranker_view_ref(view);
}

static void view_unref(void *view)
{
    hone_ranker_view_unref(view);
}

static void *mark_view(void *mark)
{
    return mark;
}

static int save_create(void **save, void *mark, const char *path, struct hone_span extra,
                       struct hone_error *err)
{
    struct hone_ranker_save *made = NULL;
    int code = hone_ranker_save_create(&made, mark, path, extra, err);
    if (code == 0) {
        *save = made;
    }
    return code;
}

static int save_step(void *save, size_t max_bytes, struct hone_error *err)
{
    return hone_ranker_save_step(save, max_bytes, err);
}

static void save_result(const void *save, struct hone_digest *digest,
                        uint64_t *size_bytes)
{
    hone_ranker_save_result(save, digest, size_bytes);
}

static void save_destroy(void *save)
{
    hone_ranker_save_destroy(save);
}

const struct hone_kind hone_kind_rank = {
    .name = "rank",
    .learns = true,
    .answer_form = HONE_ANSWER_ORDER,
    .feedback_form = "\"choice\":\"<right choice>\"",
    .make_interface = make_interface,
    .answer = answer,
    .make_scratch = make_scratch,
    .destroy_scratch = destroy_scratch,
    .check_feedback = check_feedback,
    .create = hone_rank_learner_create,
    .load = hone_rank_learner_load,
    .destroy = hone_rank_learner_destroy,
    .learn = hone_rank_learner_learn,
    .adapt = hone_rank_learner_adapt,
    .fits = hone_rank_learner_fits,
    .freeze = hone_rank_learner_freeze,
    .peek = hone_rank_learner_peek,
    .view_ref = view_ref,
    .view_unref = view_unref,
    .score = score,
    .mark_create = hone_rank_learner_freeze,
    .mark_destroy = view_unref,
    .mark_view = mark_view,
    .restore = hone_rank_learner_restore,
    .save_create = save_create,
    .save_step = save_step,
    .save_result = save_result,
    .save_destroy = save_destroy,
};
