#include "schema/rule_object.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "schema/node.h"

#include <stdint.h>
#include <stdlib.h>

#define SHOWN_KEY_BYTES 48 /* of a key in a sentence */
#define LISTED_KEYS_MAX 12
#define SENTENCE_MAX    400

static json_t *mutable_of(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

/* For "%.*s": the key up to a length that a sentence can carry. */
static struct hone_span shown(const char *key)
{
    return hone_text_prefix(hone_span_text(key), SHOWN_KEY_BYTES);
}

/* Keys of object that are not keys of except (which may be NULL); free() the array. */
static const char **keys_of(const json_t *object, const json_t *except, size_t *n)
{
    const char *key = NULL;
    json_t *value = NULL;
    const char **keys = hone_alloc_zeroed(json_object_size(object) + 1, sizeof(*keys));
    *n = 0;
    json_object_foreach(mutable_of(object), key, value)
    {
        if (json_object_get(except, key) == NULL) {
            keys[(*n)++] = key;
        }
    }
    return keys;
}

static bool fail_missing(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                         const char *missing)
{
    size_t n = 0;
    if (verdict->failure == NULL) {
        return false;
    }
    const json_t *known = json_object_get(at->node->schema, "properties");
    const char **keys = keys_of(at->value, known, &n);
    /* Where every key is welcome, none is a mistyped one. */
    const char *nearest = known != NULL ? hone_text_nearest(missing, keys, n) : NULL;
    free(keys);
    struct hone_span name = shown(missing);
    if (nearest == NULL) {
        return hone_verdict_fail(verdict, at, "missing key \"%.*s\"", (int)name.len,
                                 name.data);
    }
    return hone_verdict_fail(verdict, at,
                             "missing key \"%.*s\"; was \"%s\" meant to be it?",
                             (int)name.len, name.data, nearest);
}

bool hone_rule_object_required(struct hone_verdict *verdict,
                               const struct hone_verdict_at *at)
{
    const json_t *required = at->rule->value;
    if (!json_is_object(at->value)) {
        return true;
    }
    if (!hone_verdict_spend(verdict, json_array_size(required))) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(required); i++) {
        const char *key = json_string_value(json_array_get(required, i));
        if (json_object_get(at->value, key) == NULL) {
            return fail_missing(verdict, at, key);
        }
    }
    return true;
}

bool hone_rule_object_properties(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at)
{
    const char *key = NULL;
    json_t *schema = NULL;
    size_t i = 0;
    if (!json_is_object(at->value)) {
        return true;
    }
    if (!hone_verdict_spend(verdict, at->rule->n_subs)) {
        return false;
    }
    json_object_foreach(mutable_of(at->rule->value), key, schema)
    {
        const struct hone_node *sub = at->rule->subs[i++];
        const json_t *value = json_object_get(at->value, key);
        struct hone_verdict_place place = {.up = at->place, .key = key};
        if (value != NULL && !hone_verdict_check(verdict, sub, value, &place)) {
            return false;
        }
    }
    return true;
}

bool hone_rule_object_pattern_properties(struct hone_verdict *verdict,
                                         const struct hone_verdict_at *at)
{
    const char *key = NULL;
    json_t *value = NULL;
    if (!json_is_object(at->value)) {
        return true;
    }
    json_object_foreach(mutable_of(at->value), key, value)
    {
        struct hone_verdict_place place = {.up = at->place, .key = key};
        for (size_t i = 0; i < at->rule->n_subs; i++) {
            if (hone_verdict_search(verdict, at->rule->patterns[i],
                                    hone_span_text(key)) &&
                !hone_verdict_check(verdict, at->rule->subs[i], value, &place)) {
                return false;
            }
        }
    }
    return !verdict->gave_up;
}

/* The names of properties, then the patterns of others as "/PATTERN/". */
static void append_known_keys(struct hone_buf *buf, const char *const *keys, size_t n,
                              const json_t *patterns)
{
    const char *pattern = NULL;
    json_t *schema = NULL;
    size_t n_all = n + json_object_size(patterns), i = 0;
    (void)hone_buf_append_text(buf, n_all > 0 ? "; known keys: " : "; no keys are known");
    for (; i < n && i < LISTED_KEYS_MAX; i++) {
        (void)hone_buf_append_text(buf, i > 0 ? ", " : "");
        (void)hone_buf_append_span(buf, shown(keys[i]));
    }
    json_object_foreach(mutable_of(patterns), pattern, schema)
    {
        struct hone_span text = shown(pattern);
        if (i++ < LISTED_KEYS_MAX) {
            (void)hone_buf_append_format(buf, "%s/%.*s/", i > 1 ? ", " : "",
                                         (int)text.len, text.data);
        }
    }
    if (n_all > LISTED_KEYS_MAX) {
        (void)hone_buf_append_format(buf, " and %zu more", n_all - LISTED_KEYS_MAX);
    }
}

static bool fail_unknown(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                         const char *unknown)
{
    size_t n = 0;
    if (verdict->failure == NULL) {
        return false;
    }
    struct hone_buf buf;
    struct hone_span name = shown(unknown);
    const char **keys =
        keys_of(json_object_get(at->node->schema, "properties"), NULL, &n);
    const char *nearest = hone_text_nearest(unknown, keys, n);
    hone_buf_init(&buf, SENTENCE_MAX);
    (void)hone_buf_append_format(&buf, "unknown key \"%.*s\"", (int)name.len, name.data);
    if (nearest != NULL) {
        (void)hone_buf_append_format(&buf, "; did you mean \"%s\"?", nearest);
    } else {
        append_known_keys(&buf, keys, n,
                          json_object_get(at->node->schema, "patternProperties"));
    }
    bool good = hone_verdict_fail(verdict, at, "%s", buf.data);
    hone_buf_finish(&buf);
    free(keys);
    return good;
}

static bool matches_any(struct hone_verdict *verdict, const struct hone_node_rule *rule,
                        const char *key)
{
    for (size_t i = 0; rule != NULL && i < rule->n_patterns; i++) {
        if (hone_verdict_search(verdict, rule->patterns[i], hone_span_text(key))) {
            return true;
        }
    }
    return false;
}

bool hone_rule_object_additional(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at)
{
    const json_t *known = json_object_get(at->node->schema, "properties");
    const struct hone_node_rule *patterns =
        hone_node_find_rule(at->node, "patternProperties");
    const struct hone_node *sub = at->rule->subs[0];
    const char *key = NULL;
    json_t *value = NULL;
    if (!json_is_object(at->value) ||
        !hone_verdict_spend(verdict, json_object_size(at->value))) {
        return !json_is_object(at->value);
    }
    json_object_foreach(mutable_of(at->value), key, value)
    {
        struct hone_verdict_place place = {.up = at->place, .key = key};
        if (json_object_get(known, key) != NULL || matches_any(verdict, patterns, key)) {
            continue;
        }
        if (json_is_false(sub->schema)) {
            return fail_unknown(verdict, at, key);
        }
        if (!hone_verdict_check(verdict, sub, value, &place)) {
            return false;
        }
    }
    return !verdict->gave_up;
}

bool hone_rule_object_names(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at)
{
    const char *key = NULL;
    json_t *value = NULL;
    bool good = true;
    if (!json_is_object(at->value)) {
        return true;
    }
    json_object_foreach(mutable_of(at->value), key, value)
    {
        json_t *name = json_string_nocheck(key);
        good = name != NULL && hone_verdict_try(verdict, at->rule->subs[0], name, NULL);
        json_decref(name);
        if (!good) {
            struct hone_span text = shown(key);
            return hone_verdict_fail(verdict, at,
                                     "the key \"%.*s\" is not of an allowed form",
                                     (int)text.len, text.data);
        }
    }
    return true;
}

bool hone_rule_object_min(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    size_t n = json_object_size(at->value);
    double min = json_number_value(at->rule->value);
    return !json_is_object(at->value) || (double)n >= min ||
           hone_verdict_fail(verdict, at, "must have at least %.0f keys, has %zu", min,
                             n);
}

bool hone_rule_object_max(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    size_t n = json_object_size(at->value);
    double max = json_number_value(at->rule->value);
    return !json_is_object(at->value) || (double)n <= max ||
           hone_verdict_fail(verdict, at, "must have at most %.0f keys, has %zu", max, n);
}

/* Does the object have every key of the list, which the presence of another
 * key asks for? */
static bool has_all(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                    const char *key, const json_t *wanted)
{
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const char *other = json_string_value(json_array_get(wanted, i));
        if (json_object_get(at->value, other) == NULL) {
            struct hone_span name = shown(key), missing = shown(other);
            return hone_verdict_fail(
                verdict, at, "missing key \"%.*s\", which must come with \"%.*s\"",
                (int)missing.len, missing.data, (int)name.len, name.data);
        }
    }
    return true;
}

bool hone_rule_object_dependent_required(struct hone_verdict *verdict,
                                         const struct hone_verdict_at *at)
{
    const char *key = NULL;
    json_t *wanted = NULL;
    if (!json_is_object(at->value) ||
        !hone_verdict_spend(verdict, json_object_size(at->rule->value))) {
        return !json_is_object(at->value);
    }
    json_object_foreach(mutable_of(at->rule->value), key, wanted)
    {
        if (json_object_get(at->value, key) != NULL &&
            !has_all(verdict, at, key, wanted)) {
            return false;
        }
    }
    return true;
}

bool hone_rule_object_dependent_schemas(struct hone_verdict *verdict,
                                        const struct hone_verdict_at *at)
{
    const char *key = NULL;
    json_t *schema = NULL;
    size_t i = 0;
    if (!json_is_object(at->value) || !hone_verdict_spend(verdict, at->rule->n_subs)) {
        return !json_is_object(at->value);
    }
    json_object_foreach(mutable_of(at->rule->value), key, schema)
    {
        const struct hone_node *sub = at->rule->subs[i++];
        if (json_object_get(at->value, key) != NULL &&
            !hone_verdict_check(verdict, sub, at->value, at->place)) {
            return false;
        }
    }
    return true;
}
