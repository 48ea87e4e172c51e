/* The words after a command's name: its own options, the options of the configuration
 * that the command takes (handed on, unread, to hone_config_read) and plain words.
 *
 * "--name value" and "--name=value" both work, "--" ends options, "-" is a plain word.
 * Thread: any, no shared state. */
#ifndef HONE_CLI_ARGUMENTS_H
#define HONE_CLI_ARGUMENTS_H

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define HONE_ARGUMENTS_OPTIONS_MAX 16
/* What the data folder's option is called by commands whose own --data is a file. */
#define HONE_ARGUMENTS_DATA_FOLDER "data-folder"

/* An option of one command. */
struct hone_arguments_option {
    const char *name;  /* without the dashes */
    const char *value; /* what its value is called in help; NULL: a flag */
    const char *sentence;
};

/* Which options of the configuration a command takes. */
enum hone_arguments_settings {
    HONE_ARGUMENTS_NO_SETTINGS,
    HONE_ARGUMENTS_PLACE, /* those that say which data folder: config, data, skills */
    HONE_ARGUMENTS_ALL_SETTINGS,
};

/* Everything is borrowed from the argument vector except the arrays. */
struct hone_arguments {
    const struct hone_arguments_option *options;
    size_t n_options;
    const char *values[HONE_ARGUMENTS_OPTIONS_MAX]; /* NULL: not given; "" for a flag */
    char **words;
    int n_words;
    char **settings;
    int n_settings;
    bool help; /* --help or -h */
    bool json; /* --json, which every command takes */
};

/* HONE_E_INVALID for an unknown option (with the nearest one as hint), a missing
 * value, a value for a flag, an option of the command given twice. options are
 * borrowed for out's life. */
int hone_arguments_parse(struct hone_arguments *out,
                         const struct hone_arguments_option *options, size_t n_options,
                         enum hone_arguments_settings settings, int n_args, char **args,
                         struct hone_error *err) HONE_MUST_USE;
void hone_arguments_finish(struct hone_arguments *arguments); /* accepts zeroed memory */

/* Does a command with these settings take this option of the configuration? */
bool hone_arguments_takes(enum hone_arguments_settings settings, const char *setting);

/* The value of an option of the command; NULL when it was not given. name must be
 * in the table. */
const char *hone_arguments_value(const struct hone_arguments *arguments,
                                 const char *name);
bool hone_arguments_flag(const struct hone_arguments *arguments, const char *name);
/* 1 and *out when given, 0 when not, HONE_E_INVALID when not a number in [min, max]. */
int hone_arguments_number(double *out, const struct hone_arguments *arguments,
                          const char *name, double min, double max,
                          struct hone_error *err) HONE_MUST_USE;
/* The same for a whole number. */
int hone_arguments_integer(long *out, const struct hone_arguments *arguments,
                           const char *name, long min, long max,
                           struct hone_error *err) HONE_MUST_USE;
/* HONE_E_INVALID unless the number of plain words is in [min, max]; usage goes
 * in the hint. */
int hone_arguments_check_words(const struct hone_arguments *arguments, int min, int max,
                               const char *usage, struct hone_error *err) HONE_MUST_USE;

#endif
