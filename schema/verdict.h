/* One check of one value: where it stands in the value, what it may still spend, and the
 * sentence that says why the value fails. Thread: owned by one thread. */
#ifndef HONE_SCHEMA_VERDICT_H
#define HONE_SCHEMA_VERDICT_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "schema/schema.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define HONE_VERDICT_STEPS_MAX    1000000
#define HONE_VERDICT_DEPTH_MAX    256
#define HONE_VERDICT_STEP_MATCHES 16 /* what a step buys of work in pattern.h */

struct hone_node;
struct hone_node_rule;
struct hone_pattern;

/* A place in the value, as a chain up to the root, whose place is NULL. */
struct hone_verdict_place {
    const struct hone_verdict_place *up;
    const char *key; /* of an object, or NULL: then index of an array */
    size_t index;
};

struct hone_verdict_failure {
    struct hone_schema_fault fault;
    char message[HONE_ERROR_MESSAGE_MAX];
    size_t depth; /* of the place: how far the value was right */
};

struct hone_verdict {
    size_t steps_left;
    size_t depth;                         /* of nested checks */
    bool gave_up;                         /* a limit was met: there is no verdict */
    bool pattern_gave_up;                 /* and it was met in a regular expression */
    struct hone_verdict_failure *failure; /* NULL when nobody asks why */
};

/* What a rule's check is given. */
struct hone_verdict_at {
    const struct hone_node *node;
    const struct hone_node_rule *rule;
    const json_t *value;
    const struct hone_verdict_place *place;
};

void hone_verdict_init(struct hone_verdict *verdict,
                       struct hone_verdict_failure *failure);
/* Counts n steps; false, for good, when there are not so many left. */
bool hone_verdict_spend(struct hone_verdict *verdict, size_t n);
/* Does a part of text match the pattern? What it takes is counted in steps. */
bool hone_verdict_search(struct hone_verdict *verdict, const struct hone_pattern *pattern,
                         struct hone_span text);
/* Does the value satisfy the node? Once gave_up is set the answer means nothing. */
bool hone_verdict_check(struct hone_verdict *verdict, const struct hone_node *node,
                        const json_t *value, const struct hone_verdict_place *place);
/* The same without keeping the reason. */
bool hone_verdict_try(struct hone_verdict *verdict, const struct hone_node *node,
                      const json_t *value, const struct hone_verdict_place *place);
/* Keeps the reason, "pointer: sentence", if somebody asks; returns false. */
bool hone_verdict_fail(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                       const char *format, ...) HONE_PRINTF(3, 4);

#endif
