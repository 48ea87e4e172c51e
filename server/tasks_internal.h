/* What the tests of tasks need besides. Thread: loop. */
#ifndef HONE_SERVER_TASKS_INTERNAL_H
#define HONE_SERVER_TASKS_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

struct hone_tasks;

/* Forgets those that expire at this time or before, here and in the store; how many. */
size_t hone_tasks_expire(struct hone_tasks *tasks, int64_t now_unix_ms);

#endif
