#include "schema/rule_logic.h"

#include "base/alloc.h"
#include "schema/node.h"

#include <stdlib.h>

bool hone_rule_logic_ref(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    return hone_verdict_check(verdict, at->rule->subs[0], at->value, at->place);
}

bool hone_rule_logic_all_of(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at)
{
    for (size_t i = 0; i < at->rule->n_subs; i++) {
        if (!hone_verdict_check(verdict, at->rule->subs[i], at->value, at->place)) {
            return false;
        }
    }
    return true;
}

/* Of several forms that all fail, the one in which the value got furthest is what was
 * most likely meant; its reason is given. The forms are checked a second time, which
 * only failures pay. */
static bool fail_all(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    struct hone_verdict_failure *asked = verdict->failure;
    if (asked == NULL || verdict->gave_up) {
        return false;
    }
    struct hone_verdict_failure *reasons = hone_alloc_zeroed(2, sizeof(*reasons));
    struct hone_verdict_failure *best = &reasons[0], *tried = &reasons[1];
    for (size_t i = 0; i < at->rule->n_subs; i++) {
        verdict->failure = tried;
        bool good = hone_verdict_check(verdict, at->rule->subs[i], at->value, at->place);
        if (!good && (best->message[0] == '\0' || tried->depth > best->depth)) {
            struct hone_verdict_failure *spare = best;
            best = tried;
            tried = spare;
        }
    }
    verdict->failure = asked;
    (void)hone_verdict_fail(verdict, at,
                            "none of the %zu allowed forms fits; the nearest: %s",
                            at->rule->n_subs, best->message);
    free(reasons);
    return false;
}

bool hone_rule_logic_any_of(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at)
{
    for (size_t i = 0; i < at->rule->n_subs; i++) {
        if (hone_verdict_try(verdict, at->rule->subs[i], at->value, at->place)) {
            return true;
        }
    }
    return fail_all(verdict, at);
}

bool hone_rule_logic_one_of(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at)
{
    size_t n = 0, first = 0;
    for (size_t i = 0; i < at->rule->n_subs; i++) {
        if (!hone_verdict_try(verdict, at->rule->subs[i], at->value, at->place)) {
            continue;
        }
        n += 1;
        if (n == 2) {
            return hone_verdict_fail(verdict, at,
                                     "fits forms %zu and %zu, but must fit exactly one",
                                     first + 1, i + 1);
        }
        first = i;
    }
    return n == 1 || fail_all(verdict, at);
}

bool hone_rule_logic_not(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    return !hone_verdict_try(verdict, at->rule->subs[0], at->value, at->place) ||
           hone_verdict_fail(verdict, at, "is of a form that is not allowed here");
}

bool hone_rule_logic_if(struct hone_verdict *verdict, const struct hone_verdict_at *at)
{
    bool holds = hone_verdict_try(verdict, at->rule->subs[0], at->value, at->place);
    const struct hone_node_rule *then =
        hone_node_find_rule(at->node, holds ? "then" : "else");
    return then == NULL ||
           hone_verdict_check(verdict, then->subs[0], at->value, at->place);
}
