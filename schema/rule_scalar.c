#include "schema/rule_scalar.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "schema/node.h"
#include "schema/value.h"

#include <stdlib.h>
#include <string.h>

/* A sentence lists choices up to about here. */
#define LISTED_BYTES_MAX 240
#define SENTENCE_MAX     480

static const char *with_article(const char *type)
{
    static const char *const articles[][2] = {
        {"array", "an array"},  {"boolean", "true or false"}, {"integer", "an integer"},
        {"number", "a number"}, {"object", "an object"},      {"string", "a string"},
    };
    for (size_t i = 0; i < sizeof(articles) / sizeof(articles[0]); i++) {
        if (strcmp(type, articles[i][0]) == 0) {
            return articles[i][1];
        }
    }
    return type;
}

/* ", got VALUE" and the whole sentence, which buf has so far, becomes the
 * reason. Consumes buf. */
static bool fail_with_value(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at, struct hone_buf *buf)
{
    (void)hone_buf_append_text(buf, ", got ");
    hone_value_describe(buf, at->value);
    bool good = hone_verdict_fail(verdict, at, "%s", buf->data);
    hone_buf_finish(buf);
    return good;
}

static bool fail_type(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    const json_t *types = at->rule->value;
    struct hone_buf buf;
    hone_buf_init(&buf, SENTENCE_MAX);
    (void)hone_buf_append_text(&buf, "expected ");
    if (json_is_string(types)) {
        (void)hone_buf_append_text(&buf, with_article(json_string_value(types)));
    }
    for (size_t i = 0; i < json_array_size(types); i++) {
        const char *name = json_string_value(json_array_get(types, i));
        (void)hone_buf_append_text(&buf, i > 0 ? " or " : "");
        (void)hone_buf_append_text(&buf, with_article(name));
    }
    return fail_with_value(verdict, at, &buf);
}

bool hone_rule_scalar_type(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    return (hone_value_types(at->value) & at->rule->types) != 0 ||
           (verdict->failure != NULL && fail_type(verdict, at));
}

/* The choice that a string was probably meant to be, or NULL. */
static const char *nearest_choice(const json_t *choices, const json_t *value)
{
    size_t n = 0;
    if (!json_is_string(value)) {
        return NULL;
    }
    const char **words = hone_alloc_zeroed(json_array_size(choices), sizeof(*words));
    for (size_t i = 0; i < json_array_size(choices); i++) {
        if (json_is_string(json_array_get(choices, i))) {
            words[n++] = json_string_value(json_array_get(choices, i));
        }
    }
    const char *nearest = hone_text_nearest(json_string_value(value), words, n);
    free(words);
    return nearest;
}

static bool fail_enum(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    const json_t *choices = at->rule->value;
    const char *nearest = nearest_choice(choices, at->value);
    struct hone_buf buf;
    size_t i = 0;
    hone_buf_init(&buf, SENTENCE_MAX);
    (void)hone_buf_append_text(&buf, "expected one of ");
    for (; i < json_array_size(choices) && buf.len < LISTED_BYTES_MAX; i++) {
        (void)hone_buf_append_text(&buf, i > 0 ? ", " : "");
        hone_value_describe(&buf, json_array_get(choices, i));
    }
    if (i < json_array_size(choices)) {
        (void)hone_buf_append_format(&buf, " and %zu more", json_array_size(choices) - i);
    }
    (void)hone_buf_append_text(&buf, ", got ");
    hone_value_describe(&buf, at->value);
    bool good = nearest != NULL
                    ? hone_verdict_fail(verdict, at, "%s; did you mean \"%s\"?", buf.data,
                                        nearest)
                    : hone_verdict_fail(verdict, at, "%s", buf.data);
    hone_buf_finish(&buf);
    return good;
}

bool hone_rule_scalar_enum(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    const json_t *choices = at->rule->value;
    if (!hone_verdict_spend(verdict, json_array_size(choices))) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(choices); i++) {
        if (hone_value_equal(json_array_get(choices, i), at->value)) {
            return true;
        }
    }
    return verdict->failure != NULL && fail_enum(verdict, at);
}

/* "what LIMIT, got VALUE"; what ends in a space. */
static bool fail_limit(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                       const char *what)
{
    struct hone_buf buf;
    if (verdict->failure == NULL) {
        return false;
    }
    hone_buf_init(&buf, SENTENCE_MAX);
    (void)hone_buf_append_text(&buf, what);
    hone_value_describe(&buf, at->rule->value);
    return fail_with_value(verdict, at, &buf);
}

bool hone_rule_scalar_const(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at)
{
    return hone_value_equal(at->rule->value, at->value) ||
           fail_limit(verdict, at, "expected ");
}

bool hone_rule_scalar_minimum(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at)
{
    return !json_is_number(at->value) ||
           hone_value_compare(at->value, at->rule->value) >= 0 ||
           fail_limit(verdict, at, "must be at least ");
}

bool hone_rule_scalar_maximum(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at)
{
    return !json_is_number(at->value) ||
           hone_value_compare(at->value, at->rule->value) <= 0 ||
           fail_limit(verdict, at, "must be at most ");
}

bool hone_rule_scalar_exclusive_minimum(struct hone_verdict *verdict,
                                        const struct hone_verdict_at *at)
{
    return !json_is_number(at->value) ||
           hone_value_compare(at->value, at->rule->value) > 0 ||
           fail_limit(verdict, at, "must be above ");
}

bool hone_rule_scalar_exclusive_maximum(struct hone_verdict *verdict,
                                        const struct hone_verdict_at *at)
{
    return !json_is_number(at->value) ||
           hone_value_compare(at->value, at->rule->value) < 0 ||
           fail_limit(verdict, at, "must be below ");
}

bool hone_rule_scalar_multiple_of(struct hone_verdict *verdict,
                                  const struct hone_verdict_at *at)
{
    return !json_is_number(at->value) ||
           hone_value_is_multiple(at->value, at->rule->value) ||
           fail_limit(verdict, at, "must be a multiple of ");
}

/* Negative, 0 or positive as the string is shorter than the rule's number, as
 * long, or longer. */
static int compare_length(size_t *length, const struct hone_verdict_at *at)
{
    double wanted = json_number_value(at->rule->value);
    *length = hone_text_n_characters(
        hone_span_of(json_string_value(at->value), json_string_length(at->value)));
    return ((double)*length > wanted) - ((double)*length < wanted);
}

bool hone_rule_scalar_min_length(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at)
{
    size_t length = 0;
    return !json_is_string(at->value) || compare_length(&length, at) >= 0 ||
           hone_verdict_fail(verdict, at, "must have at least %.0f characters, has %zu",
                             json_number_value(at->rule->value), length);
}

bool hone_rule_scalar_max_length(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at)
{
    size_t length = 0;
    return !json_is_string(at->value) || compare_length(&length, at) <= 0 ||
           hone_verdict_fail(verdict, at, "must have at most %.0f characters, has %zu",
                             json_number_value(at->rule->value), length);
}

bool hone_rule_scalar_pattern(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at)
{
    struct hone_span text =
        hone_span_of(json_string_value(at->value), json_string_length(at->value));
    return !json_is_string(at->value) ||
           hone_verdict_search(verdict, at->rule->patterns[0], text) ||
           fail_limit(verdict, at, "must match the pattern ");
}
