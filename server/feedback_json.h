/* The JSON forms of feedback: the tool's schemas and the outcome of one item.
 * Thread: any. */
#ifndef HONE_SERVER_FEEDBACK_JSON_H
#define HONE_SERVER_FEEDBACK_JSON_H

#include "server/feedback.h"

#include <jansson.h>

/* {"feedback_id","status","call_id","skill","position","learned","version"} for status 0,
 * and "served": false when what was learnt is not what calls see yet;
 * otherwise
 * {"status":"error","code","message","hint"?}. New reference. */
json_t *hone_feedback_json_outcome(const struct hone_feedback_outcome *outcome);

/* Input and output schema of the tool, as JSON text. Static. */
const char *hone_feedback_json_input_schema(void);
const char *hone_feedback_json_output_schema(void);

#endif
