/* The commands of hone: one table from which dispatch, help and docs/cli.md come. Each
 * command is a function of its own file, command_NAME.c.
 *
 * Thread: main. */
#ifndef HONE_CLI_COMMAND_H
#define HONE_CLI_COMMAND_H

#include "cli/arguments.h"
#include "cli/output.h"

#include <stddef.h>

struct hone_command_input {
    const char *usage; /* "hone NAME ARGUMENTS" */
    const struct hone_arguments *arguments;
    struct hone_output *output;
};

struct hone_command {
    const char *name;
    const char *arguments; /* as help shows them; "" for none */
    const char *sentence;
    const char *more; /* a paragraph for the command's own help, or NULL */
    int (*run)(const struct hone_command_input *input); /* returns the exit code */
    const struct hone_arguments_option *options;
    size_t n_options;
    enum hone_arguments_settings settings;
};

/* Sorted by name. */
const struct hone_command *hone_command_table(size_t *n_commands);
const struct hone_command *
hone_command_find(const char *name); /* NULL when there is none */
/* The name nearest to a mistyped one, or NULL. */
const char *hone_command_nearest(const char *name);

/* The program: args[0] is its name. Returns the exit code. */
int hone_command_main(int n_args, char **args, FILE *data, FILE *talk);

int hone_command_backup(const struct hone_command_input *input);
int hone_command_call(const struct hone_command_input *input);
int hone_command_connect(const struct hone_command_input *input);
int hone_command_demo(const struct hone_command_input *input);
int hone_command_diff(const struct hone_command_input *input);
int hone_command_doctor(const struct hone_command_input *input);
int hone_command_explain(const struct hone_command_input *input);
int hone_command_feedback(const struct hone_command_input *input);
int hone_command_help(const struct hone_command_input *input);
int hone_command_eval(const struct hone_command_input *input);
int hone_command_import(const struct hone_command_input *input);
int hone_command_log(const struct hone_command_input *input);
int hone_command_quarantine(const struct hone_command_input *input);
int hone_command_action_freeze(const struct hone_command_input *input);
int hone_command_action_pin(const struct hone_command_input *input);
int hone_command_action_promote(const struct hone_command_input *input);
int hone_command_action_thaw(const struct hone_command_input *input);
int hone_command_action_unpin(const struct hone_command_input *input);
int hone_command_restore(const struct hone_command_input *input);
int hone_command_rollback(const struct hone_command_input *input);
int hone_command_serve(const struct hone_command_input *input);
int hone_command_status(const struct hone_command_input *input);
int hone_command_train(const struct hone_command_input *input);
int hone_command_token(const struct hone_command_input *input);
int hone_command_stop(const struct hone_command_input *input);
int hone_command_validate(const struct hone_command_input *input);
int hone_command_verify(const struct hone_command_input *input);
int hone_command_version(const struct hone_command_input *input);
int hone_command_versions(const struct hone_command_input *input);

#endif
