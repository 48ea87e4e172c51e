/* Rules about the items of an array. Each says whether a value keeps the rule; values of
 * other types keep it. Thread: any. */
#ifndef HONE_SCHEMA_RULE_ARRAY_H
#define HONE_SCHEMA_RULE_ARRAY_H

#include "schema/verdict.h"

#include <stdbool.h>

bool hone_rule_array_min(struct hone_verdict *verdict, const struct hone_verdict_at *at);
bool hone_rule_array_max(struct hone_verdict *verdict, const struct hone_verdict_at *at);
bool hone_rule_array_prefix(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at);
bool hone_rule_array_items(struct hone_verdict *verdict,
                           const struct hone_verdict_at *at);
bool hone_rule_array_unique(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at);
bool hone_rule_array_contains(struct hone_verdict *verdict,
                              const struct hone_verdict_at *at);

#endif
