/* Rules that combine schemas. Each says whether a value keeps the rule. Thread: any. */
#ifndef HONE_SCHEMA_RULE_LOGIC_H
#define HONE_SCHEMA_RULE_LOGIC_H

#include "schema/verdict.h"

#include <stdbool.h>

bool hone_rule_logic_ref(struct hone_verdict *verdict, const struct hone_verdict_at *at);
bool hone_rule_logic_all_of(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at);
bool hone_rule_logic_any_of(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at);
bool hone_rule_logic_one_of(struct hone_verdict *verdict,
                            const struct hone_verdict_at *at);
bool hone_rule_logic_not(struct hone_verdict *verdict, const struct hone_verdict_at *at);
bool hone_rule_logic_if(struct hone_verdict *verdict, const struct hone_verdict_at *at);

#endif
