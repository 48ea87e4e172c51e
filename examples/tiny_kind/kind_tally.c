/* Multinomial naive Bayes over hashed words:
 *
 *   s_k = ln(n_k + 1) + sum over the words w of the input of ln((C[w,k] + a) / (T_k + a B))
 *   P = softmax(s)
 *
 * n_k examples and T_k words of label k were taught, C[w,k] of them the word w, which is a
 * bucket of B; a = 0.1. A label's name and description are its first words. */
#include "examples/tiny_kind/kind_tally.h"

#include "base/alloc.h"
#include "base/check.h"
#include "schema/json.h"
#include "skills/classify_input.h"
#include "skills/feedback_check.h"
#include "skills/flat_state.h"
#include "skills/input_schema.h"
#include "skills/label.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_MAX        64
#define NO_ROW            SIZE_MAX
#define N_BUCKETS         256
#define WORDS_MAX         512 /* of an input; those that follow are not looked at */
#define SMOOTHING         0.1F
#define PROBABILITY_MIN   1e-9
#define STRUCTURED_BYTES  64 /* of the answer, besides the label */
#define ESCAPED_BYTES_MAX 6

/* State: one struct, no pointers, no gaps. */

struct row {
    uint64_t name; /* hash of the label's name */
    float n_examples, n_words;
    float counts[N_BUCKETS];
};

struct tally {
    uint64_t n_rows;
    struct row rows[LABELS_MAX];
};

static bool is_count(float value)
{
    return value >= 0.0F && isfinite(value);
}

static bool is_sound(const void *state)
{
    const struct tally *tally = state;
    bool sound = tally->n_rows <= LABELS_MAX;
    for (size_t i = 0; i < LABELS_MAX; i++) {
        const struct row *row = &tally->rows[i];
        sound = sound && is_count(row->n_examples) && is_count(row->n_words);
        for (size_t k = 0; k < N_BUCKETS; k++) {
            sound = sound && is_count(row->counts[k]);
        }
    }
    return sound;
}

static const struct hone_flat_form form = {
    .name = "hone.tally",
    .version = 1,
    .n_bytes = sizeof(struct tally),
    .is_sound = is_sound,
};

/* Words. */

struct words {
    uint16_t buckets[WORDS_MAX];
    size_t n;
};

/* FNV-1a, without regard to ASCII case. */
static uint64_t hash_of(const char *data, size_t len)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (uint64_t)tolower((unsigned char)data[i])) * 0x100000001b3U;
    }
    return hash;
}

static bool is_part(char c)
{
    return isalnum((unsigned char)c) != 0 || (unsigned char)c >= 0x80;
}

static void add_words(struct words *words, struct hone_span text)
{
    for (size_t start = 0; start < text.len && words->n < WORDS_MAX;) {
        size_t end = start;
        while (end < text.len && is_part(text.data[end])) {
            end++;
        }
        if (end > start) {
            uint64_t hash = hash_of(text.data + start, end - start);
            words->buckets[words->n++] = (uint16_t)(hash % N_BUCKETS);
        }
        start = end + 1;
    }
}

static void find_words(struct words *out, const struct hone_package *package,
                       const json_t *arguments)
{
    struct hone_classify_input input;
    hone_classify_input_fill(&input, package, arguments);
    out->n = 0;
    for (size_t i = 0; i < input.input.n_fields; i++) {
        add_words(out, input.fields[i].text);
    }
}

/* Predicting and learning. */

/* NO_ROW when the state has not got the label. */
static size_t find_row(const struct tally *tally, const char *label)
{
    uint64_t name = hash_of(label, strlen(label));
    for (size_t i = 0; i < tally->n_rows; i++) {
        if (tally->rows[i].name == name) {
            return i;
        }
    }
    return NO_ROW;
}

static float score_of(const struct row *row, const struct words *words)
{
    float score = logf(row->n_examples + 1.0F);
    float total = row->n_words + SMOOTHING * N_BUCKETS;
    for (size_t i = 0; i < words->n; i++) {
        score += logf((row->counts[words->buckets[i]] + SMOOTHING) / total);
    }
    return score;
}

/* What a call needs while it runs. */
struct scratch {
    struct words words;
    float p[LABELS_MAX]; // (n_labels,) of the package
};

/* Fills scratch->p; returns the label with the highest probability. A label that the state
 * has not got, as of a package newer than it, has 0. */
static size_t predict(const struct hone_package *package, const struct tally *tally,
                      struct scratch *scratch)
{
    float best_score = -INFINITY, sum = 0.0F;
    size_t best = 0;
    for (size_t i = 0; i < package->n_labels; i++) {
        size_t row = find_row(tally, package->labels[i].name);
        scratch->p[i] =
            row != NO_ROW ? score_of(&tally->rows[row], &scratch->words) : -INFINITY;
        if (scratch->p[i] > best_score) {
            best_score = scratch->p[i];
            best = i;
        }
    }
    for (size_t i = 0; i < package->n_labels; i++) {
        scratch->p[i] = isinf(best_score) ? 1.0F : expf(scratch->p[i] - best_score);
        sum += scratch->p[i];
    }
    for (size_t i = 0; i < package->n_labels; i++) {
        scratch->p[i] /= sum;
    }
    return best;
}

static void count_words(struct row *row, const struct words *words, float weight)
{
    for (size_t i = 0; i < words->n; i++) {
        row->counts[words->buckets[i]] += weight;
        row->n_words += weight;
    }
}

/* The label that a feedback names: false when it names none of the package's. */
static bool find_label(const struct hone_package *package,
                       const struct hone_feedback *feedback, size_t *label)
{
    if (feedback->kind != HONE_FEEDBACK_LABEL &&
        feedback->kind != HONE_FEEDBACK_CORRECTION) {
        return false;
    }
    for (size_t i = 0; i < package->n_labels; i++) {
        if (hone_label_same(feedback->value, hone_span_text(package->labels[i].name))) {
            *label = i;
            return true;
        }
    }
    return false;
}

static int learn(void *learner, const struct hone_package *package,
                 const struct hone_event *event, struct hone_error *err)
{
    (void)err;
    size_t label = 0;
    struct words words;
    if (!find_label(package, &event->feedback, &label)) {
        return 0;
    }
    find_words(&words, package, event->input);
    size_t row = find_row(hone_flat_state_read(learner), package->labels[label].name);
    if (row == NO_ROW) {
        return 0;
    }
    struct tally *tally = hone_flat_state_write(learner);
    tally->rows[row].n_examples += (float)event->feedback.weight;
    count_words(&tally->rows[row], &words, (float)event->feedback.weight);
    return 1;
}

/* Labels: one row for each of the package's, in its order. */

static int check_labels(const struct hone_package *package, struct hone_error *err)
{
    if (package->n_labels >= 2 && package->n_labels <= LABELS_MAX) {
        return 0;
    }
    return hone_error_set(err, HONE_E_LIMIT,
                          "a tally skill needs 2 to %d labels, not %zu", LABELS_MAX,
                          package->n_labels);
}

static bool fits(void *learner, const struct hone_package *package)
{
    const struct tally *tally = hone_flat_state_read(learner);
    bool fit = tally->n_rows == package->n_labels;
    for (size_t i = 0; fit && i < package->n_labels; i++) {
        fit = find_row(tally, package->labels[i].name) == i;
    }
    return fit;
}

static void begin_row(struct row *row, const struct hone_package_label *label)
{
    struct words words = {.n = 0};
    add_words(&words, hone_span_text(label->name));
    add_words(&words, hone_span_text(label->description));
    row->name = hash_of(label->name, strlen(label->name));
    count_words(row, &words, 1.0F);
}

/* Labels that are gone are forgotten, new ones begin with their description. */
static int adapt(void *learner, const struct hone_package *package, uint64_t position,
                 struct hone_error *err)
{
    (void)position;
    int code = check_labels(package, err);
    if (code != 0 || fits(learner, package)) {
        return code;
    }
    struct tally *tally = hone_flat_state_write(learner);
    struct tally *before = hone_alloc_zeroed(1, sizeof(*before));
    *before = *tally;
    memset(tally, 0, sizeof(*tally));
    tally->n_rows = package->n_labels;
    for (size_t i = 0; i < package->n_labels; i++) {
        size_t known = find_row(before, package->labels[i].name);
        if (known != NO_ROW) {
            tally->rows[i] = before->rows[known];
        } else {
            begin_row(&tally->rows[i], &package->labels[i]);
        }
    }
    free(before);
    return 1;
}

static int create(void **learner, const struct hone_package *package,
                  struct hone_error *err)
{
    void *made = hone_flat_state_create(&form);
    int code = adapt(made, package, 0, err);
    if (code < 0) {
        hone_flat_state_destroy(made);
        return code;
    }
    *learner = made;
    return 0;
}

static int load(void **learner, const struct hone_package *package, const char *path,
                char **extra, struct hone_error *err)
{
    (void)package;
    return hone_flat_state_load(learner, &form, path, extra, err);
}

/* What clients see. */

static int make_interface(const struct hone_package *package, struct hone_interface *out,
                          struct hone_error *err)
{
    static const char output_schema[] =
        "{\"type\": \"object\", \"properties\": {"
        "\"label\": {\"type\": \"string\", \"description\": \"The answer.\"},"
        "\"confidence\": {\"type\": \"number\", \"description\": \"Probability, 0 to "
        "1.\"},"
        "\"call_id\": {\"type\": \"string\"}, \"version\": {\"type\": \"integer\"},"
        "\"learned_through\": {\"type\": \"integer\"}},"
        "\"required\": [\"label\", \"confidence\"]}";
    int code = check_labels(package, err);
    if (code != 0) {
        return code;
    }
    hone_kind_interface_begin(out, package,
                              "Once the right label is known, report it with the tool "
                              "feedback and the call_id of this call.");
    out->input_schema = hone_input_schema_make(package);
    return hone_kind_interface_end(out, output_schema, err);
}

/* The empty span when the arena is full. */
static struct hone_span make_structured(struct hone_span label, float confidence,
                                        struct hone_arena *arena)
{
    struct hone_buf out;
    size_t max_bytes = STRUCTURED_BYTES + ESCAPED_BYTES_MAX * label.len;
    char *memory = hone_arena_alloc(arena, max_bytes, 1);
    if (memory == NULL) {
        return hone_span_of(NULL, 0);
    }
    hone_buf_init_fixed(&out, memory, max_bytes);
    (void)hone_buf_append_text(&out, "{\"label\":");
    (void)hone_json_append_string(&out, label);
    (void)hone_buf_append_format(&out, ",\"confidence\":%.4f}", (double)confidence);
    HONE_INVARIANT(out.error == 0);
    return hone_buf_span(&out);
}

static int answer(const struct hone_package *package, void *view, void *scratch,
                  const struct hone_call_input *arguments, struct hone_arena *arena,
                  struct hone_answer *out, struct hone_error *err)
{
    struct scratch *self = scratch;
    find_words(&self->words, package, arguments->value);
    size_t best = predict(package, hone_flat_state_view(view), self);
    struct hone_span label;
    int code = hone_arena_span(arena, hone_span_text(package->labels[best].name), &label);
    struct hone_span structured = make_structured(label, self->p[best], arena);
    if (code != 0 || structured.len == 0) {
        return hone_error_set(err, HONE_E_LIMIT, "no memory is left for the answer");
    }
    *out = (struct hone_answer){
        .text = label,
        .structured = structured,
        .output = label,
        .confidence = self->p[best],
        .propensity = 1.0F,
    };
    return 0;
}

static int check_feedback(const struct hone_package *package, void *view,
                          const struct hone_feedback *feedback, struct hone_error *err)
{
    (void)view;
    size_t label = 0;
    int code = hone_feedback_check_common(feedback, err);
    if (code != 0 || feedback->kind == HONE_FEEDBACK_COMMENT ||
        find_label(package, feedback, &label)) {
        return code;
    }
    (void)hone_error_set(err, HONE_E_INVALID, "%s learns from its own labels only",
                         package->name);
    return hone_error_hint(err, "give one of its labels as label, as in \"%s\"",
                           package->labels[0].name);
}

/* Evidence for the gate: how well a state knew this label before it learnt it. */
static int score(const struct hone_package *package, void *view, void *scratch,
                 const struct hone_event *event, struct hone_kind_score *out,
                 struct hone_error *err)
{
    (void)err;
    size_t label = 0;
    struct scratch *self = scratch;
    if (!find_label(package, &event->feedback, &label)) {
        return 0;
    }
    find_words(&self->words, package, event->input);
    size_t best = predict(package, hone_flat_state_view(view), self);
    *out = (struct hone_kind_score){
        .loss = -log(fmax((double)self->p[label], PROBABILITY_MIN)),
        .right = best == label,
    };
    return 1;
}

static void *make_scratch(void)
{
    return hone_alloc_zeroed(1, sizeof(struct scratch));
}

const struct hone_kind hone_kind_tally = {
    .name = "tally",
    .learns = true,
    .answer_form = HONE_ANSWER_LABEL,
    .feedback_form = "\"label\":\"<right label>\"",
    .make_interface = make_interface,
    .answer = answer,
    .make_scratch = make_scratch,
    .destroy_scratch = free,
    .check_feedback = check_feedback,
    .create = create,
    .load = load,
    .learn = learn,
    .adapt = adapt,
    .fits = fits,
    .score = score,
    HONE_FLAT_STATE_MEMBERS,
};
