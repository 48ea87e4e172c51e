/* What mcpload is asked to do: its command line.
 *
 * Thread: any; filled once, read-only after. */
#ifndef HONE_BENCH_MCPLOAD_OPTIONS_H
#define HONE_BENCH_MCPLOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum hone_options_mode {
    HONE_OPTIONS_HTTP,     /* Streamable HTTP, some connections */
    HONE_OPTIONS_IDLE,     /* holds many HTTP connections, counts the server's memory */
    HONE_OPTIONS_SESSIONS, /* opens many sessions over HTTP, counts the server's memory */
    HONE_OPTIONS_STARTUP,  /* from spawn to the first tools/list, over and over */
    HONE_OPTIONS_STDIO,    /* a child process, some requests in flight */
};

enum hone_options_kind {
    HONE_OPTIONS_CLASSIFY, /* tools/call with a text; the answer must hold a label */
    HONE_OPTIONS_CUSTOM,   /* tools/call with the arguments given */
    HONE_OPTIONS_ECHO, /* tools/call with a text; the answer must hold the same text */
    HONE_OPTIONS_LIST,
    HONE_OPTIONS_PING,
};

enum hone_options_session {
    HONE_OPTIONS_OF_CONNECTION, /* each connection has its own */
    HONE_OPTIONS_NONE,          /* the id is never sent back */
    HONE_OPTIONS_SHARED,        /* all connections use the first one's */
};

struct hone_options {
    enum hone_options_mode mode;
    enum hone_options_kind kind;
    enum hone_options_session session;
    const char *label, *tool, *arguments, *expected, *protocol;
    const char *texts_path;  /* JSON lines with "text", for classify and echo; or NULL */
    const char *counts_path; /* the server's counts of allocations, or NULL */
    uint64_t n_requests, n_warmup;
    double seconds; /* instead of n_requests when above 0 */
    double rate;    /* requests a second, open loop; 0: as fast as they are answered */
    double timeout_s;
    size_t depth;         /* stdio: requests in flight */
    size_t n_connections; /* http */
    size_t payload_bytes;
    size_t n_sessions, n_repeats;
    int cpu, server_cpu; /* -1: not pinned */
    pid_t pid;           /* of the server, for http */
    bool show_stderr, version_always;
    bool urgent; /* the generator, not the server, gets a high priority */
    char **command;
    char host[64], path[256];
    uint16_t port;
};

/* Prints how it is used and exits with 2 when something is wrong. */
void hone_options_read(struct hone_options *out, int n_args, char **args);
const char *hone_options_kind_name(enum hone_options_kind kind);

#endif
