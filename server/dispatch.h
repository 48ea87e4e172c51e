/* From a message's bytes to the function that answers it.
 * Thread: loop. */
#ifndef HONE_SERVER_DISPATCH_H
#define HONE_SERVER_DISPATCH_H

#include "base/attr.h"
#include "base/span.h"
#include "protocol/mcp.h"
#include "server/session.h"

/* One message of a session that came through a channel; it is answered there, now or
 * later. headers: for HTTP, else NULL. */
void hone_dispatch_message(struct hone_session *session, struct hone_channel *channel,
                           struct hone_span bytes,
                           const struct hone_mcp_headers *headers);
/* A message that was longer than the limit. */
void hone_dispatch_too_long(struct hone_session *session, struct hone_channel *channel);

/* What hone_dispatch_message does, in steps, for HTTP, where the message says whose
 * session it belongs to. open: NULL when it has been refused and is over. */
struct hone_exchange *
hone_dispatch_open(struct hone_session *session, struct hone_channel *channel,
                   struct hone_span bytes,
                   const struct hone_mcp_headers *headers) HONE_MUST_USE;
void hone_dispatch_run(struct hone_exchange *exchange);

#endif
