/* What the tests of the worker need besides. Thread: loop. */
#ifndef HONE_SERVER_WORKER_INTERNAL_H
#define HONE_SERVER_WORKER_INTERNAL_H

#include <stddef.h>

struct hone_worker;

/* Jobs handed over and not yet back. */
size_t hone_worker_n_pending(const struct hone_worker *worker);

#endif
