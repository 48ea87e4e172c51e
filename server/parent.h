/* Notices the death of the process that started this one, for those that serve one client
 * over stdio: nobody would be left to end them. Thread: loop. */
#ifndef HONE_SERVER_PARENT_H
#define HONE_SERVER_PARENT_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

struct hone_parent {
    uv_signal_t signal;
    pid_t pid;
    bool started;
    void (*on_death)(void *user); /* once */
    void *user;
};

/* parent: zeroed memory that stays until the loop has run its close callbacks. */
void hone_parent_start(struct hone_parent *parent, uv_loop_t *loop,
                       void (*on_death)(void *user), void *user);
void hone_parent_stop(struct hone_parent *parent); /* harmless when not started */

#endif
