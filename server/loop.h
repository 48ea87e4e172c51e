/* The event loop. The only module that runs it.
 * Thread: the one that created it; everything marked "Thread: loop" elsewhere means this
 * one. */
#ifndef HONE_SERVER_LOOP_H
#define HONE_SERVER_LOOP_H

#include "base/attr.h"

#include <stdbool.h>
#include <uv.h>

struct hone_loop {
    uv_loop_t uv;
    uv_thread_t thread;
};

int hone_loop_init(struct hone_loop *loop) HONE_MUST_USE;
/* Runs what is left (close callbacks) and frees; all handles must be closing. */
void hone_loop_finish(struct hone_loop *loop);
/* Runs until *done is true or nothing is left to wait for. Not reentrant. */
void hone_loop_run_until(struct hone_loop *loop, const bool *done);
/* Aborts when called on another thread. */
void hone_loop_assert(const struct hone_loop *loop);
/* Monotonic milliseconds, cached by the loop. */
uint64_t hone_loop_now_ms(const struct hone_loop *loop);

#endif
