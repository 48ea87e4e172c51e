#include "schema/evaluated.h"

#include "base/alloc.h"
#include "schema/node.h"

#include <stdlib.h>
#include <string.h>

static size_t words_of(size_t n)
{
    return (n + 63) / 64;
}

bool hone_evaluated_init(struct hone_evaluated *evaluated, size_t n)
{
    *evaluated = (struct hone_evaluated){.n = n};
    evaluated->bits = words_of(n) > HONE_EVALUATED_SMALL
                          ? hone_alloc_try_zeroed(words_of(n), sizeof(uint64_t))
                          : evaluated->small;
    return evaluated->bits != NULL;
}

void hone_evaluated_finish(struct hone_evaluated *evaluated)
{
    if (evaluated->bits != evaluated->small) {
        free(evaluated->bits);
    }
}

bool hone_evaluated_has(const struct hone_evaluated *evaluated, size_t index)
{
    return (evaluated->bits[index / 64] >> index % 64 & 1) != 0;
}

static void add(struct hone_evaluated *evaluated, size_t index)
{
    evaluated->bits[index / 64] |= (uint64_t)1 << index % 64;
}

static void add_first(struct hone_evaluated *evaluated, size_t n)
{
    for (size_t i = 0; i < n && i < evaluated->n; i++) {
        add(evaluated, i);
    }
}

static json_t *mutable_of(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

void hone_evaluated_collect(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at,
                            struct hone_evaluated *evaluated)
{
    const struct hone_node *node = at->node;
    if (verdict->depth == HONE_VERDICT_DEPTH_MAX) {
        verdict->gave_up = true;
    }
    if (!hone_verdict_spend(verdict, 1 + node->n_rules)) {
        return;
    }
    verdict->depth += 1;
    for (size_t i = 0; i < node->n_rules && !verdict->gave_up; i++) {
        const struct hone_node_rule *rule = &node->rules[i];
        struct hone_verdict_at here = {.node = node, .rule = rule, .value = at->value};
        if (rule != at->rule && rule->keyword->mark != NULL) {
            rule->keyword->mark(verdict, &here, evaluated);
        }
    }
    verdict->depth -= 1;
}

static void collect_sub(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                        const struct hone_node *sub, struct hone_evaluated *evaluated)
{
    struct hone_verdict_at there = {.node = sub, .value = at->value};
    hone_evaluated_collect(verdict, &there, evaluated);
}

void hone_evaluated_by_properties(struct hone_verdict *verdict,
                                  const struct hone_verdict_at *at,
                                  struct hone_evaluated *evaluated)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t i = 0;
    if (!json_is_object(at->value) || !hone_verdict_spend(verdict, evaluated->n)) {
        return;
    }
    json_object_foreach(mutable_of(at->value), key, value)
    {
        if (json_object_get(at->rule->value, key) != NULL) {
            add(evaluated, i);
        }
        i += 1;
    }
}

void hone_evaluated_by_patterns(struct hone_verdict *verdict,
                                const struct hone_verdict_at *at,
                                struct hone_evaluated *evaluated)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t i = 0;
    if (!json_is_object(at->value)) {
        return;
    }
    json_object_foreach(mutable_of(at->value), key, value)
    {
        for (size_t j = 0; j < at->rule->n_patterns; j++) {
            if (hone_verdict_search(verdict, at->rule->patterns[j],
                                    hone_span_text(key))) {
                add(evaluated, i);
                break;
            }
        }
        i += 1;
    }
}

/* additionalProperties looks at what its neighbours have not looked at, so together they
 * have looked at all. */
void hone_evaluated_by_any_property(struct hone_verdict *verdict,
                                    const struct hone_verdict_at *at,
                                    struct hone_evaluated *evaluated)
{
    (void)verdict;
    if (json_is_object(at->value)) {
        add_first(evaluated, evaluated->n);
    }
}

void hone_evaluated_by_prefix(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at,
                              struct hone_evaluated *evaluated)
{
    (void)verdict;
    if (json_is_array(at->value)) {
        add_first(evaluated, at->rule->n_subs);
    }
}

void hone_evaluated_by_any_item(struct hone_verdict *verdict,
                                const struct hone_verdict_at *at,
                                struct hone_evaluated *evaluated)
{
    (void)verdict;
    if (json_is_array(at->value)) {
        add_first(evaluated, evaluated->n);
    }
}

void hone_evaluated_by_contains(struct hone_verdict *verdict,
                                const struct hone_verdict_at *at,
                                struct hone_evaluated *evaluated)
{
    for (size_t i = 0; i < json_array_size(at->value); i++) {
        if (hone_verdict_try(verdict, at->rule->subs[0], json_array_get(at->value, i),
                             NULL)) {
            add(evaluated, i);
        }
    }
}

void hone_evaluated_by_all(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                           struct hone_evaluated *evaluated)
{
    for (size_t i = 0; i < at->rule->n_subs; i++) {
        collect_sub(verdict, at, at->rule->subs[i], evaluated);
    }
}

void hone_evaluated_by_fitting(struct hone_verdict *verdict,
                               const struct hone_verdict_at *at,
                               struct hone_evaluated *evaluated)
{
    for (size_t i = 0; i < at->rule->n_subs; i++) {
        if (hone_verdict_try(verdict, at->rule->subs[i], at->value, NULL)) {
            collect_sub(verdict, at, at->rule->subs[i], evaluated);
        }
    }
}

void hone_evaluated_by_condition(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at,
                                 struct hone_evaluated *evaluated)
{
    bool fits = hone_verdict_try(verdict, at->rule->subs[0], at->value, NULL);
    const struct hone_node_rule *branch =
        hone_node_find_rule(at->node, fits ? "then" : "else");
    if (fits) {
        collect_sub(verdict, at, at->rule->subs[0], evaluated);
    }
    if (branch != NULL) {
        collect_sub(verdict, at, branch->subs[0], evaluated);
    }
}

void hone_evaluated_by_dependents(struct hone_verdict *verdict,
                                  const struct hone_verdict_at *at,
                                  struct hone_evaluated *evaluated)
{
    const char *key = NULL;
    json_t *schema = NULL;
    size_t i = 0;
    json_object_foreach(mutable_of(at->rule->value), key, schema)
    {
        const struct hone_node *sub = at->rule->subs[i++];
        if (json_object_get(at->value, key) != NULL) {
            collect_sub(verdict, at, sub, evaluated);
        }
    }
}
