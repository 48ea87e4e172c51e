/* `hone eval SKILL --data FILE`: what a state of the skill answers to the rows of a file.
 * Thread: main. */
#ifndef HONE_CLI_EVAL_FILE_H
#define HONE_CLI_EVAL_FILE_H

#include "cli/command.h"

/* Prints the report, or why there is none; returns the exit code. */
int hone_eval_file(const struct hone_command_input *input);

#endif
