#include "offline/import_vw.h"

#include "base/alloc.h"
#include "base/map.h"
#include "schema/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 64
#define LABELS_MAX   4 /* words before the first bar: label, importance, base, tag */

/* What stands before the first bar. */
struct head {
    struct hone_span label, tag;
    double importance;
    /* of a bandit's example: */
    bool is_bandit;
    double cost;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool next_word(struct hone_span *rest, struct hone_span *word)
{
    size_t start = 0;
    while (start < rest->len && is_space(rest->data[start])) {
        start++;
    }
    size_t end = start;
    while (end < rest->len && !is_space(rest->data[end])) {
        end++;
    }
    *word = hone_span_of(rest->data + start, end - start);
    *rest = hone_span_of(rest->data + end, rest->len - end);
    return word->len > 0;
}

static bool read_number(double *out, struct hone_span text)
{
    char copy[NUMBER_BYTES];
    char *end = NULL;
    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (strspn(copy, "+-0123456789.eE") != text.len) {
        return false; /* no hexadecimal, infinity or NaN */
    }
    *out = strtod(copy, &end);
    return *end == '\0' && isfinite(*out);
}

/* What stands before and behind the first colon; false when there is none. */
static bool cut_at_colon(struct hone_span word, struct hone_span *left,
                         struct hone_span *right)
{
    const char *colon = word.len > 0 ? memchr(word.data, ':', word.len) : NULL;
    size_t len = colon != NULL ? (size_t)(colon - word.data) : word.len;
    *left = hone_span_of(word.data, len);
    *right = colon != NULL ? hone_span_of(colon + 1, word.len - len - 1)
                           : hone_span_of(word.data + len, 0);
    return colon != NULL;
}

/* ---- before the bar ---- */

static int read_bandit(struct head *head, struct hone_span word, struct hone_error *err)
{
    struct hone_span rest, cost, probability;
    double ignored = 0.0;
    (void)cut_at_colon(word, &head->label, &rest);
    if (!cut_at_colon(rest, &cost, &probability)) {
        (void)hone_error_set(err, HONE_E_INVALID,
                             "a cost for each label (\"%.*s\") is not taken",
                             (int)(word.len < 60 ? word.len : 60), word.data);
        return hone_error_hint(err, "one label, or action:cost:probability, is taken");
    }
    head->is_bandit = true;
    if (head->label.len == 0 || !read_number(&head->cost, cost) ||
        !read_number(&ignored, probability)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "\"%.*s\" is not action:cost:probability",
                              (int)(word.len < 60 ? word.len : 60), word.data);
    }
    return 0;
}

/* None is a set, too. */
static int read_labels(struct head *head, const struct hone_span *words, size_t n_words,
                       struct hone_error *err)
{
    head->label = n_words > 0 ? words[0] : hone_span_of(NULL, 0);
    if (n_words < 2 &&
        (n_words == 0 || (!hone_span_is(words[0], "shared") &&
                          memchr(words[0].data, ':', words[0].len) == NULL))) {
        return 0;
    }
    (void)hone_error_set(err, HONE_E_INVALID,
                         "with sets of labels, only labels stand before the bar");
    return hone_error_hint(err,
                           "as in 1,2,3 | features; costs, importance and examples of "
                           "several lines are not taken");
}

static int read_words(struct head *head, const struct hone_span *words, size_t n_words,
                      struct hone_error *err)
{
    double ignored = 0.0;
    if (n_words == 0) {
        return hone_error_set(err, HONE_E_INVALID, "the example has no label");
    }
    if (hone_span_is(words[0], "shared")) {
        return hone_error_set(err, HONE_E_UNSUPPORTED,
                              "examples of several lines (shared |...) are not taken");
    }
    head->label = words[0];
    if (memchr(words[0].data, ':', words[0].len) != NULL) {
        return n_words == 1 ? read_bandit(head, words[0], err)
                            : hone_error_set(err, HONE_E_INVALID,
                                             "costs of several actions are not taken");
    }
    if (memchr(words[0].data, ',', words[0].len) != NULL) {
        (void)hone_error_set(err, HONE_E_INVALID, "there are several labels");
        return hone_error_hint(err, "--labels makes a set of them");
    }
    if (n_words > 1 &&
        (!read_number(&head->importance, words[1]) || head->importance <= 0.0)) {
        return hone_error_set(
            err, HONE_E_INVALID, "the importance \"%.*s\" is not a number above 0",
            (int)(words[1].len < 60 ? words[1].len : 60), words[1].data);
    }
    if (n_words > 2 && !read_number(&ignored, words[2])) {
        return hone_error_set(err, HONE_E_INVALID, "the base is not a number");
    }
    return 0;
}

/* The tag begins with a quote or stands right before the bar. */
static int read_head(struct head *head, struct hone_span text, bool takes_labels,
                     struct hone_error *err)
{
    struct hone_span words[LABELS_MAX], word;
    bool touches_bar = text.len > 0 && !is_space(text.data[text.len - 1]);
    size_t n = 0;
    *head = (struct head){.importance = 1.0};
    while (next_word(&text, &word)) {
        if (n == LABELS_MAX) {
            return hone_error_set(
                err, HONE_E_INVALID,
                "more than label, importance, base and tag stand before "
                "the bar");
        }
        words[n++] = word;
    }
    bool is_quoted = n > 0 && words[n - 1].data[0] == '\'';
    if (is_quoted || (touches_bar && n > 1)) {
        size_t skip = is_quoted ? 1 : 0;
        head->tag = hone_span_of(words[n - 1].data + skip, words[n - 1].len - skip);
        n--;
    }
    return takes_labels ? read_labels(head, words, n, err)
                        : read_words(head, words, n, err);
}

/* ---- features ---- */

/* One line's features on their way into a row. */
struct features {
    enum hone_import_input form;
    struct hone_buf text;      /* words of a text, or members of an object */
    struct hone_map *seen;     /* names of members */
    struct hone_span name;     /* of the namespace */
    struct hone_buf namespace; /* its text so far */
    size_t n;
};

/* How often a feature is said: its value where that is a small whole number, else once. */
static size_t times_of(double value)
{
    if (value == 0.0) {
        return 0;
    }
    return value == floor(value) && value >= 1.0 && value <= HONE_IMPORT_WORD_TIMES_MAX
               ? (size_t)value
               : 1;
}

static void add_words(struct hone_buf *out, struct hone_span word, double value)
{
    for (size_t i = times_of(value); i > 0; i--) {
        (void)hone_buf_append(out, " ", out->len > 0 ? 1 : 0);
        (void)hone_buf_append_span(out, word);
    }
}

/* False when there is such a member already. */
static bool add_key(struct features *features, struct hone_span key)
{
    if (hone_map_set(features->seen, key, features) != NULL) {
        return false;
    }
    (void)hone_buf_append(&features->text, ",", features->text.len > 0 ? 1 : 0);
    (void)hone_json_append_string(&features->text, key);
    (void)hone_buf_append_char(&features->text, ':');
    return true;
}

static int end_namespace(struct features *features, struct hone_error *err)
{
    struct hone_span name =
        features->name.len > 0 ? features->name : hone_span_text("text");
    if (features->form != HONE_IMPORT_NAMESPACES || features->namespace.len == 0) {
        return 0;
    }
    if (!add_key(features, name)) {
        return hone_error_set(err, HONE_E_INVALID, "the namespace %.*s is there twice",
                              (int)(name.len < 60 ? name.len : 60), name.data);
    }
    (void)hone_json_append_string(&features->text, hone_buf_span(&features->namespace));
    hone_buf_clear(&features->namespace);
    return 0;
}

static int add_feature(struct features *features, struct hone_span word,
                       struct hone_error *err)
{
    struct hone_span name, number;
    double value = 1.0;
    if (cut_at_colon(word, &name, &number) && !read_number(&value, number)) {
        return hone_error_set(err, HONE_E_INVALID,
                              "the value of feature \"%.*s\" is not a number",
                              (int)(word.len < 60 ? word.len : 60), word.data);
    }
    if (name.len == 0) {
        return hone_error_set(err, HONE_E_INVALID, "a feature has no name");
    }
    if (++features->n > HONE_IMPORT_VW_FEATURES_MAX) {
        return hone_error_set(err, HONE_E_LIMIT, "the example has more than %d features",
                              HONE_IMPORT_VW_FEATURES_MAX);
    }
    if (features->form == HONE_IMPORT_TEXT) {
        add_words(&features->text, name, value);
    } else if (features->form == HONE_IMPORT_NAMESPACES) {
        add_words(&features->namespace, name, value);
    } else if (add_key(features, name)) {
        (void)hone_json_append_real(&features->text, value);
    } else {
        return hone_error_set(err, HONE_E_INVALID, "the feature %.*s is there twice",
                              (int)(name.len < 60 ? name.len : 60), name.data);
    }
    return 0;
}

/* What stands between two bars: a name when it touches the bar, then features. */
static int add_namespace(struct features *features, struct hone_span part,
                         struct hone_error *err)
{
    bool is_named = part.len > 0 && !is_space(part.data[0]);
    struct hone_span word, scale;
    features->name = hone_span_of(NULL, 0);
    if (is_named && next_word(&part, &word)) {
        (void)cut_at_colon(word, &features->name, &scale);
    }
    int code = 0;
    while (code == 0 && next_word(&part, &word)) {
        code = add_feature(features, word, err);
    }
    return code == 0 ? end_namespace(features, err) : code;
}

static int read_features(struct features *features, struct hone_span rest,
                         struct hone_error *err)
{
    int code = 0;
    for (bool more = true; code == 0 && more;) {
        const char *bar = rest.len > 0 ? memchr(rest.data, '|', rest.len) : NULL;
        size_t len = bar != NULL ? (size_t)(bar - rest.data) : rest.len;
        code = add_namespace(features, hone_span_of(rest.data, len), err);
        more = bar != NULL;
        rest = more ? hone_span_of(bar + 1, rest.len - len - 1) : rest;
    }
    if (code == 0 && (features->text.error != 0 || features->namespace.error != 0)) {
        code = hone_error_set(err, HONE_E_LIMIT, "the example is too long");
    }
    if (code == 0 && features->text.len == 0) {
        code = hone_error_set(err, HONE_E_INVALID, "the example has no feature");
    }
    return code;
}

/* ---- the row ---- */

static int append_answer(struct hone_buf *out, const struct head *head,
                         const struct hone_import_settings *settings,
                         struct hone_error *err)
{
    double value = 0.0;
    if (head->is_bandit) {
        (void)hone_buf_append_text(out, ",\"reward\":");
        (void)hone_json_append_real(out, head->cost == 0.0 ? 0.0 : -head->cost);
        (void)hone_buf_append_text(out, ",\"output\":");
        (void)hone_json_append_string(out, head->label);
    } else if (settings->takes_labels) {
        int code = hone_import_append_labels(out, head->label, ',', err);
        if (code != 0) {
            return code;
        }
    } else if (settings->answer_is_value) {
        if (!read_number(&value, head->label)) {
            return hone_error_set(
                err, HONE_E_INVALID, "the label \"%.*s\" is not a number",
                (int)(head->label.len < 60 ? head->label.len : 60), head->label.data);
        }
        (void)hone_buf_append_text(out, ",\"value\":");
        (void)hone_json_append_real(out, value);
    } else {
        (void)hone_buf_append_text(out, ",\"label\":");
        (void)hone_json_append_string(out, head->label);
    }
    if (head->importance != 1.0) {
        (void)hone_buf_append_text(out, ",\"weight\":");
        (void)hone_json_append_real(out, head->importance);
    }
    if (head->tag.len > 0) {
        (void)hone_buf_append_text(out, ",\"comment\":");
        (void)hone_json_append_string(out, head->tag);
    }
    return 0;
}

static void append_input(struct hone_buf *out, const struct features *features)
{
    if (features->form == HONE_IMPORT_TEXT) {
        (void)hone_buf_append_text(out, "{\"text\":");
        (void)hone_json_append_string(out, hone_buf_span(&features->text));
        return;
    }
    (void)hone_buf_append_text(out, "{\"input\":{");
    (void)hone_buf_append_span(out, hone_buf_span(&features->text));
    (void)hone_buf_append_char(out, '}');
}

int hone_import_vw_line(const struct hone_import_settings *settings,
                        struct hone_span line, struct hone_buf *out,
                        struct hone_error *err)
{
    struct hone_span blank = line, word;
    struct head head;
    if (!next_word(&blank, &word)) {
        return 0;
    }
    const char *bar = memchr(line.data, '|', line.len);
    if (bar == NULL) {
        return hone_error_set(err, HONE_E_INVALID,
                              "the example has no | before features");
    }
    size_t len = (size_t)(bar - line.data);
    int code =
        read_head(&head, hone_span_of(line.data, len), settings->takes_labels, err);
    if (code != 0) {
        return code;
    }
    struct features features = {.form = settings->input, .seen = hone_map_create()};
    hone_buf_init(&features.text, HONE_IMPORT_WORD_TIMES_MAX * line.len + 16);
    hone_buf_init(&features.namespace, HONE_IMPORT_WORD_TIMES_MAX * line.len + 16);
    code = read_features(&features, hone_span_of(bar + 1, line.len - len - 1), err);
    if (code == 0) {
        append_input(out, &features);
        code = append_answer(out, &head, settings, err);
        (void)hone_buf_append_text(out, "}\n");
    }
    hone_buf_finish(&features.text);
    hone_buf_finish(&features.namespace);
    hone_map_destroy(features.seen);
    return code;
}
