/* A hone server as a child process of a benchmark. It dies with its parent.
 *
 * Blocks; gives up (bench/support/fail.h) when the server does not do as it should. One
 * thread: the main one. */
#ifndef HONE_BENCH_SUPPORT_SERVED_H
#define HONE_BENCH_SUPPORT_SERVED_H

#include "base/attr.h"

#include <stdint.h>
#include <sys/types.h>

struct hone_served {
    pid_t pid;
    char *control_path; /* DATA/hone.sock */
    char *mcp_path;     /* DATA/bench.sock: MCP and nothing else */
};

/* Starts `program serve` on the data folder with one skills folder. What it logs goes to
 * DATA/serve.log. Returns before it listens: hone_peer_connect waits for that. */
void hone_served_start(struct hone_served *out, const char *program, const char *data,
                       const char *skills);
/* The same with words of one's own behind `serve --data DATA`, ended by NULL. */
void hone_served_start_with(struct hone_served *out, const char *program,
                            const char *data, const char *const *more);
/* SIGTERM, then the exit code must be 0. */
void hone_served_stop(struct hone_served *served);
/* SIGKILL: nothing can be saved. */
void hone_served_kill(struct hone_served *served);

struct hone_served_memory {
    uint64_t resident_bytes, peak_bytes;
};

struct hone_served_memory hone_served_memory(pid_t pid) HONE_MUST_USE;

#endif
