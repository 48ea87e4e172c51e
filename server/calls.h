/* Calls of skills: make a call, run it, record it, answer.
 * Thread: loop. */
#ifndef HONE_SERVER_CALLS_H
#define HONE_SERVER_CALLS_H

#include "base/uuid.h"
#include "protocol/mcp.h"
#include "server/session.h"
#include "skills/registry.h"

/* Answers and ends the exchange, later when the skill's state is not in memory: then the
 * exchange is answered again from the start. tool_call->arguments: checked against the
 * skill's input schema, and there unless its kind reads their text. */
void hone_calls_run(struct hone_exchange *exchange, struct hone_skill *skill,
                    const struct hone_mcp_tool_call *tool_call);

/* What chance decides of a call: its id as a number. */
uint64_t hone_calls_draw(struct hone_uuid call_id);

/* Answers with a tool error: the text names cause and fix, _meta carries the code. Ends
 * the exchange. */
void hone_calls_refuse(struct hone_exchange *exchange, const struct hone_error *err);

#endif
