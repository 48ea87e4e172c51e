/* Rules about what no other keyword has looked at. Each says whether a value keeps the
 * rule; values of other types keep it. Thread: any. */
#ifndef HONE_SCHEMA_RULE_UNEVALUATED_H
#define HONE_SCHEMA_RULE_UNEVALUATED_H

#include "schema/verdict.h"

#include <stdbool.h>

bool hone_rule_unevaluated_properties(struct hone_verdict *verdict,
                                      const struct hone_verdict_at *at);
bool hone_rule_unevaluated_items(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at);

#endif
