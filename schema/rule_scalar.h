/* Rules about one value alone: its type, its set, and the bounds of numbers and
 * strings. Each says whether a value keeps the rule; values of other types keep
 * it. Thread: any. */
#ifndef HONE_SCHEMA_RULE_SCALAR_H
#define HONE_SCHEMA_RULE_SCALAR_H

#include "schema/verdict.h"

#include <stdbool.h>

bool hone_rule_scalar_type(struct hone_verdict *verdict,
                           const struct hone_verdict_at *at);
bool hone_rule_scalar_enum(struct hone_verdict *verdict,
                           const struct hone_verdict_at *at);
bool hone_rule_scalar_const(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at);

bool hone_rule_scalar_minimum(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at);
bool hone_rule_scalar_maximum(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at);
bool hone_rule_scalar_exclusive_minimum(struct hone_verdict *verdict,
                                        const struct hone_verdict_at *at);
bool hone_rule_scalar_exclusive_maximum(struct hone_verdict *verdict,
                                        const struct hone_verdict_at *at);
bool hone_rule_scalar_multiple_of(struct hone_verdict *verdict,
                                  const struct hone_verdict_at *at);
/* In code points. */
bool hone_rule_scalar_min_length(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at);
bool hone_rule_scalar_max_length(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at);
bool hone_rule_scalar_pattern(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at);

#endif
