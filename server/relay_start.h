/* Starts a process that will own the data folder: `hone serve --background`, with the same
 * configuration, in a session of its own and nobody's child, so that it outlives the
 * client that came first.
 *
 * One process at a time starts an owner: the lock on DATA/START is held until the start has
 * ended or the caller lets go. It only saves work. Who owns the folder is decided by the
 * lock of the store. Thread: loop. */
#ifndef HONE_SERVER_RELAY_START_H
#define HONE_SERVER_RELAY_START_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "server/config.h"

#include <stdbool.h>
#include <uv.h>

#define HONE_RELAY_START_READY "ready" /* what the new process says on stdout */

struct hone_relay_start {
    const struct hone_config *config; /* borrowed */
    uv_loop_t *loop;                  /* borrowed */
    /* The new process serves (err NULL), or has ended: HONE_E_CLOSED and why it cannot
     * serve, or HONE_E_CANCELLED when something ended it before it could say anything. */
    void (*on_result)(void *user, const struct hone_error *err);
    void *user;
    int lock; /* -1: not held */
    struct starting *starting;
};

void hone_relay_start_init(struct hone_relay_start *start, uv_loop_t *loop,
                           const struct hone_config *config,
                           void (*on_result)(void *user, const struct hone_error *err),
                           void *user);
/* on_result is not called any more; a process that was started goes on. */
void hone_relay_start_finish(struct hone_relay_start *start);

/* HONE_E_BUSY: somebody else starts an owner. Harmless when held. */
int hone_relay_start_lock(struct hone_relay_start *start,
                          struct hone_error *err) HONE_MUST_USE;
void hone_relay_start_unlock(struct hone_relay_start *start);
bool hone_relay_start_is_running(const struct hone_relay_start *start);
/* The lock must be held. */
int hone_relay_start_run(struct hone_relay_start *start,
                         struct hone_error *err) HONE_MUST_USE;

#endif
