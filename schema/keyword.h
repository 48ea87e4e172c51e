/* The keywords of JSON Schema that we know: what shape their values have and how a value
 * is checked against them. Tables only. Thread: any. */
#ifndef HONE_SCHEMA_KEYWORD_H
#define HONE_SCHEMA_KEYWORD_H

#include "base/attr.h"
#include "base/error.h"
#include "schema/verdict.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum hone_keyword_shape {
    HONE_KEYWORD_ANY,
    HONE_KEYWORD_ARRAY, /* with at least one item */
    HONE_KEYWORD_BOOLEAN,
    HONE_KEYWORD_COUNT, /* an integer, 0 or more */
    HONE_KEYWORD_NUMBER,
    HONE_KEYWORD_PATTERN,     /* a regular expression */
    HONE_KEYWORD_PATTERN_MAP, /* an object of schemas whose keys are such */
    HONE_KEYWORD_POSITIVE,    /* a number above 0 */
    HONE_KEYWORD_REFERENCE,   /* a string that names a place in the schema */
    HONE_KEYWORD_SCHEMA,      /* one schema */
    HONE_KEYWORD_SCHEMA_LIST, /* an array of schemas, at least one */
    HONE_KEYWORD_SCHEMA_MAP,  /* an object of schemas */
    HONE_KEYWORD_STRINGS,     /* an array of strings, each once */
    HONE_KEYWORD_STRINGS_MAP, /* an object of such arrays */
    HONE_KEYWORD_TYPES,       /* the name of a type, or an array of them */
};

struct hone_evaluated;
struct hone_quick;
struct hone_quick_at;

struct hone_keyword {
    const char *name;
    enum hone_keyword_shape shape;
    /* Does the value keep this rule? NULL where another keyword reads this one. */
    bool (*check)(struct hone_verdict *verdict, const struct hone_verdict_at *at);
    /* Given that it does: which members or items has the rule looked at? NULL for none. */
    void (*mark)(struct hone_verdict *verdict, const struct hone_verdict_at *at,
                 struct hone_evaluated *evaluated);
    /* Does a value's text certainly keep this rule (quick.h)? NULL where that is not known;
     * a rule without check needs none. */
    bool (*accepts)(struct hone_quick *quick, const struct hone_quick_at *at);
};

/* All keywords, in the order in which they are checked: what says most comes first. */
const struct hone_keyword *hone_keyword_all(size_t *n);

/* Has a keyword's value its shape? 0, or HONE_E_INVALID with the reason. */
int hone_keyword_check_shape(const struct hone_keyword *keyword, const json_t *value,
                             struct hone_error *err) HONE_MUST_USE;
/* 0, or HONE_E_UNSUPPORTED for a keyword that would change verdicts and that we
 * do not know. */
int hone_keyword_check_known(const char *name, struct hone_error *err) HONE_MUST_USE;

#endif
