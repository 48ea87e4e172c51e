#include "schema/rule_unevaluated.h"

#include "base/text.h"
#include "schema/evaluated.h"
#include "schema/node.h"

#include <stdint.h>

#define SHOWN_KEY_BYTES 48

/* What the neighbours of the rule, which the value keeps, have looked at. */
static bool collect(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                    size_t n, struct hone_evaluated *evaluated)
{
    if (!hone_verdict_spend(verdict, n) || !hone_evaluated_init(evaluated, n)) {
        verdict->gave_up = true;
        return false;
    }
    hone_evaluated_collect(verdict, at, evaluated);
    return true;
}

static bool check_member(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                         const char *key, const json_t *value)
{
    const struct hone_node *sub = at->rule->subs[0];
    struct hone_verdict_place place = {.up = at->place, .key = key};
    if (json_is_false(sub->schema)) {
        struct hone_span name = hone_text_prefix(hone_span_text(key), SHOWN_KEY_BYTES);
        return hone_verdict_fail(verdict, at,
                                 "unknown key \"%.*s\"; nothing in the schema that "
                                 "applies here describes it",
                                 (int)name.len, name.data);
    }
    return hone_verdict_check(verdict, sub, value, &place);
}

bool hone_rule_unevaluated_properties(struct hone_verdict *verdict,
                                      const struct hone_verdict_at *at)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t n = json_object_size(at->value), i = 0;
    struct hone_evaluated evaluated;
    bool good = true;
    if (n == 0 || !collect(verdict, at, n, &evaluated)) {
        return n == 0;
    }
    json_object_foreach((json_t *)(uintptr_t)at->value, key, value)
    {
        if (!hone_evaluated_has(&evaluated, i++)) {
            good = check_member(verdict, at, key, value);
        }
        if (!good) {
            break;
        }
    }
    hone_evaluated_finish(&evaluated);
    return good && !verdict->gave_up;
}

bool hone_rule_unevaluated_items(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at)
{
    size_t n = json_array_size(at->value);
    struct hone_evaluated evaluated;
    bool good = true;
    if (n == 0 || !collect(verdict, at, n, &evaluated)) {
        return n == 0;
    }
    for (size_t i = 0; i < n && good; i++) {
        struct hone_verdict_place place = {.up = at->place, .index = i};
        if (!hone_evaluated_has(&evaluated, i)) {
            good = hone_verdict_check(verdict, at->rule->subs[0],
                                      json_array_get(at->value, i), &place);
        }
    }
    hone_evaluated_finish(&evaluated);
    return good && !verdict->gave_up;
}
