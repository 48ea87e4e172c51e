/* Which members of an object, or items of an array, the keywords of a schema and of the
 * schemas that it applies in the same place have looked at: what unevaluatedProperties and
 * unevaluatedItems leave alone. Nothing is noted while a value is checked; it is gone
 * through a second time where one of the two keywords asks. Thread: one. */
#ifndef HONE_SCHEMA_EVALUATED_H
#define HONE_SCHEMA_EVALUATED_H

#include "schema/verdict.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_EVALUATED_SMALL 4 /* words: 256 members need no allocation */

struct hone_evaluated {
    uint64_t *bits; /* by the order in which members are iterated */
    size_t n;
    uint64_t small[HONE_EVALUATED_SMALL];
};

/* An empty set for n members. False when memory is out; finish is needed only after true. */
bool hone_evaluated_init(struct hone_evaluated *evaluated, size_t n);
void hone_evaluated_finish(struct hone_evaluated *evaluated);
bool hone_evaluated_has(const struct hone_evaluated *evaluated, size_t index);

/* Adds what at->node has looked at in at->value, which satisfies it; at->rule is
 * left out. */
void hone_evaluated_collect(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at,
                            struct hone_evaluated *evaluated);

/* What one rule has looked at, given that the value keeps it. */
void hone_evaluated_by_properties(struct hone_verdict *verdict,
                                  const struct hone_verdict_at *at,
                                  struct hone_evaluated *evaluated);
void hone_evaluated_by_patterns(struct hone_verdict *verdict,
                                const struct hone_verdict_at *at,
                                struct hone_evaluated *evaluated);
void hone_evaluated_by_any_property(struct hone_verdict *verdict,
                                    const struct hone_verdict_at *at,
                                    struct hone_evaluated *evaluated);
void hone_evaluated_by_prefix(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at,
                              struct hone_evaluated *evaluated);
void hone_evaluated_by_any_item(struct hone_verdict *verdict,
                                const struct hone_verdict_at *at,
                                struct hone_evaluated *evaluated);
void hone_evaluated_by_contains(struct hone_verdict *verdict,
                                const struct hone_verdict_at *at,
                                struct hone_evaluated *evaluated);
/* $ref and allOf; anyOf and oneOf; if with then and else; dependentSchemas. */
void hone_evaluated_by_all(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                           struct hone_evaluated *evaluated);
void hone_evaluated_by_fitting(struct hone_verdict *verdict,
                               const struct hone_verdict_at *at,
                               struct hone_evaluated *evaluated);
void hone_evaluated_by_condition(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at,
                                 struct hone_evaluated *evaluated);
void hone_evaluated_by_dependents(struct hone_verdict *verdict,
                                  const struct hone_verdict_at *at,
                                  struct hone_evaluated *evaluated);

#endif
