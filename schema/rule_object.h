/* Rules about the members of an object. Each says whether a value keeps the rule; values
 * of other types keep it. Thread: any. */
#ifndef HONE_SCHEMA_RULE_OBJECT_H
#define HONE_SCHEMA_RULE_OBJECT_H

#include "schema/verdict.h"

#include <stdbool.h>

bool hone_rule_object_required(struct hone_verdict *verdict,
                               const struct hone_verdict_at *at);
bool hone_rule_object_properties(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at);
bool hone_rule_object_pattern_properties(struct hone_verdict *verdict,
                                         const struct hone_verdict_at *at);
bool hone_rule_object_additional(struct hone_verdict *verdict,
                                 const struct hone_verdict_at *at);
bool hone_rule_object_names(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at);
bool hone_rule_object_min(struct hone_verdict *verdict, const struct hone_verdict_at *at);
bool hone_rule_object_max(struct hone_verdict *verdict, const struct hone_verdict_at *at);
bool hone_rule_object_dependent_required(struct hone_verdict *verdict,
                                         const struct hone_verdict_at *at);
bool hone_rule_object_dependent_schemas(struct hone_verdict *verdict,
                                        const struct hone_verdict_at *at);

#endif
