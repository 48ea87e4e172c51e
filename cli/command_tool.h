/* What `hone call` and `hone feedback` share: one tool call and its answer on stdout. */
#ifndef HONE_CLI_COMMAND_TOOL_H
#define HONE_CLI_COMMAND_TOOL_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "cli/command.h"

#include <jansson.h>

/* The arguments of a skill as people write them: a JSON object, or text that does not
 * start with '{' for {"text": TEXT}. New reference. */
int hone_command_tool_parse(json_t **out, struct hone_span text,
                            struct hone_error *err) HONE_MUST_USE;

/* Calls the tool and prints its answer. On a terminal the next command follows: next_format has one %s for
 * the member next_key of the structured answer. Returns the exit code. */
int hone_command_tool_run(const struct hone_command_input *input, const char *tool,
                          const json_t *arguments, const char *next_format,
                          const char *next_key);

#endif
