/* Threads of another process, by what /proc says of them.
 *
 * Gives up (bench/support/fail.h) when there is no such process. Thread: any. */
#ifndef HONE_BENCH_SUPPORT_THREADS_H
#define HONE_BENCH_SUPPORT_THREADS_H

#include "base/attr.h"

#include <sys/types.h>

/* The thread with the highest nice value: hone's TRAIN lane. */
pid_t hone_threads_find_nicest(pid_t process) HONE_MUST_USE;
/* CPU time that a thread has used. */
double hone_threads_cpu_s(pid_t process, pid_t thread) HONE_MUST_USE;
/* All threads but the first: in a hone server, its lanes. */
void hone_threads_pin_others(pid_t process, int cpu);
/* A thread, or with 0 the caller, runs on this core only. */
void hone_threads_pin(pid_t thread, int cpu);

#endif
