/* A relay: one client's MCP over stdin and stdout, passed on line by line to the process
 * that owns the data folder, which is started when there is none.
 *
 * Opens no store and loads no skill. Thread: the one that calls; it runs a loop of its
 * own. */
#ifndef HONE_SERVER_RELAY_H
#define HONE_SERVER_RELAY_H

#include "base/attr.h"
#include "base/error.h"
#include "server/config.h"
#include "server/stdio_ends.h"

/* connected is called once, with the owner's process id, when messages pass for the first
 * time. Returns when the client has gone, or a signal or the parent's death ends it. An error
 * (HONE_E_DENIED: the owner serves other skills) has been answered to the client and
 * logged already. config: completed. */
int hone_relay_run(const struct hone_config *config, const struct hone_stdio_ends *ends,
                   void (*connected)(void *user, long owner_pid), void *user,
                   struct hone_error *err) HONE_MUST_USE;

#endif
