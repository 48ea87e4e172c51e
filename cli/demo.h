/* The demo: a skill learns from labels while one watches, through MCP over HTTP like any
 * client, and keeps what it learnt when its server is killed.
 *
 * States, in this order: start, measure, stream, measure, kill and compare, serve on.
 * Blocks. Main thread. */
#ifndef HONE_CLI_DEMO_H
#define HONE_CLI_DEMO_H

#include "base/attr.h"
#include "base/error.h"
#include "cli/output.h"

#include <stdbool.h>
#include <stddef.h>

struct hone_demo_options {
    const char *skill;
    /* Folders; the first that holds the skill with its messages is used. */
    char *const *skills;
    size_t n_skills;
    const char *data; /* data folder of the server that is started */
    const char *url;  /* MCP endpoint of a server that runs already, or NULL */
    bool once;        /* do not serve on at the end */
    size_t limit;     /* messages of the stream; 0: all */
};

/* 0 when everything was as promised. HONE_E_CANCELLED: interrupted by SIGINT, SIGTERM or
 * SIGHUP (at the end, while serving on, that is 0). HONE_E_CORRUPT: learned state was
 * lost or nothing was learned. These and SIGCHLD are blocked meanwhile. */
int hone_demo_run(const struct hone_demo_options *options, struct hone_output *output,
                  struct hone_error *err) HONE_MUST_USE;

#endif
