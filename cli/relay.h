/* A relay: passes the bytes of one MCP client on stdio to the process that owns the data folder,
 * and its answers back. Both sides have the same framing, so that nothing is parsed here.
 *
 * Blocks. One thread. */
#ifndef HONE_CLI_RELAY_H
#define HONE_CLI_RELAY_H

#include "base/attr.h"
#include "base/error.h"

/* Runs until the client's input has ended and the owner has answered all of it, or until the
 * client takes no more answers: 0. HONE_E_AGAIN: the owner ended between two messages, so that
 * another owner can go on with the same client; a request that it had not answered is lost.
 * HONE_E_CLOSED: the owner ended inside a message. The descriptors are borrowed. */
int hone_relay_run(int in, int out, int owner, struct hone_error *err) HONE_MUST_USE;

#endif
