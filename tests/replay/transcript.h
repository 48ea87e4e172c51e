/* A transcript: what is sent and what must come back.
 *
 *   # comment                     lines that are empty are passed over, too
 *   @option NAME VALUE            configuration for the server, before the first message
 *   @only TRANSPORT...            loopback, stdio, http; default all; before the first message
 *   @http STATUS                  the status over HTTP of the next answer; default 200, and
 *                                 202 where none is expected
 *   @header NAME: VALUE           over HTTP with the next message; an empty value leaves out
 *                                 one that would be sent
 *   > MESSAGE                     sent as it stands, but for $NAME, which becomes what was
 *                                 captured
 *   < MESSAGE                     the answer; see match.h
 *   @keep NAME / @same NAME       the bytes of the last answer's result are kept / must be
 *                                 those kept
 *
 * A message without an answer behind it must not be answered. Thread: any. */
#ifndef HONE_TESTS_REPLAY_TRANSCRIPT_H
#define HONE_TESTS_REPLAY_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#define TRANSCRIPT_ITEMS_MAX 16

struct transcript_header {
    char *name, *value;
};

/* One message and its answer. */
struct transcript_step {
    int line;
    char *message;
    char *answer; /* NULL: none may come */
    int answer_line;
    int http_status; /* 0: the default */
    struct transcript_header headers[TRANSCRIPT_ITEMS_MAX];
    size_t n_headers;
    char *keep, *same; /* names, or NULL */
};

struct transcript {
    char *path;
    char *options[2 * TRANSCRIPT_ITEMS_MAX]; /* name, value, name ... */
    size_t n_options;
    bool loopback, stdio, http; /* transports it is for */
    struct transcript_step *steps;
    size_t n_steps;
};

/* Prints what is wrong and ends the program when the file cannot be used. */
void transcript_read(struct transcript *out, const char *path);
void transcript_finish(struct transcript *transcript);

#endif
