/* Help, made from the table of commands.
 *
 * Thread: any, no shared state. */
#ifndef HONE_CLI_COMMAND_HELP_H
#define HONE_CLI_COMMAND_HELP_H

#include "base/buf.h"
#include "cli/command.h"

/* About everything, about one command, and the whole of docs/cli.md. */
void hone_command_help_overview(struct hone_buf *out);
void hone_command_help_details(struct hone_buf *out, const struct hone_command *command);
void hone_command_help_markdown(struct hone_buf *out);

#endif
