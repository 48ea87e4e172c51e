/* What the commands on a skill's versions share. Thread: main. */
#ifndef HONE_CLI_COMMAND_VERSIONS_H
#define HONE_CLI_COMMAND_VERSIONS_H

#include "cli/command.h"

#include <jansson.h>
#include <stdio.h>

/* Asks for hone/versions of the skill that the command names, and prints the answer, as JSON
 * with --json. Returns the exit code. */
int hone_command_versions_run(const struct hone_command_input *input,
                              void (*print)(FILE *file, const json_t *answer));

#endif
