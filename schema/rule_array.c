#include "schema/rule_array.h"

#include "base/alloc.h"
#include "schema/node.h"
#include "schema/value.h"

#include <stdint.h>
#include <stdlib.h>

bool hone_rule_array_min(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    size_t n = json_array_size(at->value);
    double min = json_number_value(at->rule->value);
    return !json_is_array(at->value) || (double)n >= min ||
           hone_verdict_fail(verdict, at, "must have at least %.0f items, has %zu", min,
                             n);
}

bool hone_rule_array_max(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    size_t n = json_array_size(at->value);
    double max = json_number_value(at->rule->value);
    return !json_is_array(at->value) || (double)n <= max ||
           hone_verdict_fail(verdict, at, "must have at most %.0f items, has %zu", max,
                             n);
}

static bool check_item(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                       const struct hone_node *sub, size_t index)
{
    struct hone_verdict_place place = {.up = at->place, .index = index};
    return hone_verdict_check(verdict, sub, json_array_get(at->value, index), &place);
}

bool hone_rule_array_prefix(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at)
{
    size_t n = json_array_size(at->value);
    for (size_t i = 0; i < n && i < at->rule->n_subs; i++) {
        if (!check_item(verdict, at, at->rule->subs[i], i)) {
            return false;
        }
    }
    return true;
}

bool hone_rule_array_items(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    const struct hone_node_rule *prefix = hone_node_find_rule(at->node, "prefixItems");
    size_t first = prefix != NULL ? prefix->n_subs : 0;
    for (size_t i = first; i < json_array_size(at->value); i++) {
        if (!check_item(verdict, at, at->rule->subs[0], i)) {
            return false;
        }
    }
    return true;
}

struct hashed_item {
    uint64_t hash;
    size_t index;
};

static int compare_hashed(const void *a, const void *b)
{
    const struct hashed_item *x = a, *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

/* Two equal items are neighbours by hash. Collisions that a peer has made are paid
 * for in steps. */
static bool find_equal(struct hone_verdict *verdict, const json_t *array,
                       const struct hashed_item *items, size_t n, size_t pair[2])
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n && items[j].hash == items[i].hash; j++) {
            if (!hone_verdict_spend(verdict, 1)) {
                return false;
            }
            if (hone_value_equal(json_array_get(array, items[i].index),
                                 json_array_get(array, items[j].index))) {
                pair[0] = items[i].index;
                pair[1] = items[j].index;
                return true;
            }
        }
    }
    return false;
}

bool hone_rule_array_unique(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at)
{
    size_t n = json_array_size(at->value), pair[2] = {0, 0};
    if (!json_is_true(at->rule->value) || n < 2) {
        return true;
    }
    struct hashed_item *items = hone_alloc_try_zeroed(n, sizeof(*items));
    if (items == NULL || !hone_verdict_spend(verdict, n)) {
        verdict->gave_up = true;
        free(items);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct hashed_item){hone_value_hash(json_array_get(at->value, i)), i};
    }
    qsort(items, n, sizeof(*items), compare_hashed);
    bool repeated = find_equal(verdict, at->value, items, n, pair);
    free(items);
    return !repeated || hone_verdict_fail(verdict, at,
                                          "items %zu and %zu are equal, but each "
                                          "may stand only once",
                                          pair[0], pair[1]);
}

/* The number that a sibling keyword names, or otherwise. */
static double sibling(const struct hone_verdict_at *at, const char *name,
                      double otherwise)
{
    const struct hone_node_rule *rule = hone_node_find_rule(at->node, name);
    return rule != NULL ? json_number_value(rule->value) : otherwise;
}

bool hone_rule_array_contains(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at)
{
    double min = sibling(at, "minContains", 1), max = sibling(at, "maxContains", -1);
    size_t n = 0;
    if (!json_is_array(at->value)) {
        return true;
    }
    for (size_t i = 0; i < json_array_size(at->value); i++) {
        n += hone_verdict_try(verdict, at->rule->subs[0], json_array_get(at->value, i),
                              NULL)
                 ? 1
                 : 0;
    }
    if ((double)n < min) {
        return hone_verdict_fail(
            verdict, at,
            "must contain at least %.0f items of the form asked for, has "
            "%zu",
            min, n);
    }
    if (max >= 0 && (double)n > max) {
        return hone_verdict_fail(
            verdict, at,
            "must contain at most %.0f items of the form asked for, has "
            "%zu",
            max, n);
    }
    return true;
}
