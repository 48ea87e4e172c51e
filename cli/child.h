/* A hone server run as a child process: this very program with `serve`, on a free port,
 * killed and started again at will. The child dies with its parent.
 *
 * Blocks. One thread: the main one, because the kernel ties a child to the thread
 * that made it. */
#ifndef HONE_CLI_CHILD_H
#define HONE_CLI_CHILD_H

#include "base/attr.h"
#include "base/error.h"

#include <jansson.h>
#include <sys/types.h>

struct hone_child {
    pid_t pid;           /* 0: not running */
    const char *data;    /* data folder; borrowed */
    char *const *skills; /* folders; borrowed */
    size_t n_skills;
    char *url;      /* MCP endpoint; owned, NULL when not running */
    char *log_path; /* what the child says on stderr; owned */
};

/* data and skills are borrowed for the child's life. Nothing runs yet. */
void hone_child_init(struct hone_child *child, const char *data, char *const *skills,
                     size_t n_skills);
/* Kills what runs. */
void hone_child_finish(struct hone_child *child);

/* Starts the server and waits until it answers on its control socket. HONE_E_CLOSED
 * with the end of its log when it ends before that, HONE_E_AGAIN when it does not
 * answer in time. */
int hone_child_start(struct hone_child *child, struct hone_error *err) HONE_MUST_USE;
/* HONE_E_CLOSED with what and the end of the child's log as the message. */
int hone_child_report_end(const struct hone_child *child, const char *what,
                          struct hone_error *err);
/* SIGKILL: no chance to save anything. Returns when the process is gone. */
void hone_child_kill(struct hone_child *child);
/* SIGTERM, and SIGKILL when it takes longer than timeout_ms. The exit status as
 * waitpid tells it. */
int hone_child_stop(struct hone_child *child, int timeout_ms);

/* One request on its control socket, over a connection of its own. */
int hone_child_request(const struct hone_child *child, const char *method,
                       const json_t *params, json_t **result,
                       struct hone_error *err) HONE_MUST_USE;

#endif
