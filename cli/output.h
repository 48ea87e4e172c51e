/* Where a command's words go: data to stdout, talk to stderr; what an error looks like
 * and which exit code it means.
 *
 * Thread: one. */
#ifndef HONE_CLI_OUTPUT_H
#define HONE_CLI_OUTPUT_H

#include "base/attr.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum hone_output_exit {
    HONE_OUTPUT_OK = 0,
    HONE_OUTPUT_FAILED = 1,
    HONE_OUTPUT_USAGE = 2, /* wrong usage or configuration */
    HONE_OUTPUT_DENIED = 3,
    HONE_OUTPUT_UNREACHABLE = 4,
    HONE_OUTPUT_REFUSED = 5, /* the server answered with an error */
    HONE_OUTPUT_GATE = 6,
    HONE_OUTPUT_NOT_FOUND = 7,
    HONE_OUTPUT_INTERRUPTED = 130,
};

struct hone_output {
    FILE *data, *talk; /* borrowed */
    bool json;         /* one JSON document on data, whatever happens */
    bool data_is_terminal, talk_is_terminal;
    bool color; /* on talk */
};

/* Colour needs a terminal, no NO_COLOR and a TERM other than "dumb". */
void hone_output_init(struct hone_output *output, FILE *data, FILE *talk);

/* Prints "error: cause" and "  hint: fix" on talk; in JSON mode also {"error": {...}} on
 * data. Returns exit_code. */
int hone_output_fail(struct hone_output *output, int exit_code,
                     const struct hone_error *err);
/* The exit code for an error that was found on this side. */
int hone_output_exit_code(int code);
/* What an exit code means, for help; NULL for numbers that are not used. */
const char *hone_output_exit_sentence(int exit_code);

/* A line for the person, on a terminal only: what could be done next. */
void hone_output_next(struct hone_output *output, const char *format, ...)
    HONE_PRINTF(2, 3);
/* Prints one document, indented, and a newline. */
void hone_output_json(struct hone_output *output, const json_t *document);
/* Prints text for people, of which a peer wrote a part: control characters but newline
 * and tab are dropped, so that nothing reaches the terminal as a command. */
void hone_output_plain(FILE *file, const char *text);
/* Asks a yes-or-no question on talk and reads the answer from stdin. Anything but
 * yes is no. */
bool hone_output_confirm(struct hone_output *output, const char *question);
/* Is somebody there to be asked? */
bool hone_output_can_ask(const struct hone_output *output);

#endif
