/* MCP over stdin and stdout. stdout is the protocol's alone: the real one is kept
 * privately and descriptor 1 is pointed at stderr, so that nothing else in the process
 * can write to it. Thread: loop. */
#ifndef HONE_SERVER_STDIO_H
#define HONE_SERVER_STDIO_H

#include "base/attr.h"
#include "base/error.h"

struct hone_app;
struct hone_stdio;
struct hone_stdio_ends;

/* The end of stdin stops the app once all has been answered. */
int hone_stdio_start(struct hone_stdio **out, struct hone_app *app,
                     const struct hone_stdio_ends *ends,
                     struct hone_error *err) HONE_MUST_USE;
void hone_stdio_destroy(struct hone_stdio *stdio); /* accepts NULL */

#endif
