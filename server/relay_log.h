/* DATA/hone.log: what a process in the background says on stderr. Bounded: at
 * HONE_RELAY_LOG_BYTES_MAX it becomes hone.log.1, and a new one is begun.
 * Thread: any, one at a time; short calls on one local file. */
#ifndef HONE_SERVER_RELAY_LOG_H
#define HONE_SERVER_RELAY_LOG_H

#include "base/attr.h"
#include "base/error.h"

#include <stddef.h>

#define HONE_RELAY_LOG_BYTES_MAX (1024 * 1024)

/* Opens the log for appending; the descriptor is the caller's. */
int hone_relay_log_open(int *out, const char *data_folder,
                        struct hone_error *err) HONE_MUST_USE;
/* In a process whose stderr is the log: begins a new one when it is full. */
void hone_relay_log_turn(const char *data_folder);
/* The last line behind the first begin_bytes, free() it; NULL when there is none. */
char *hone_relay_log_last_line(const char *data_folder, size_t begin_bytes);

#endif
