/* From a message's bytes to the function that answers it.
 * Thread: loop. */
#ifndef HONE_SERVER_DISPATCH_H
#define HONE_SERVER_DISPATCH_H

#include "base/span.h"
#include "protocol/mcp.h"
#include "server/session.h"

/* One message of a session; it is answered through the session's transport, now or later.
 * headers: for HTTP, else NULL. */
void hone_dispatch_message(struct hone_session *session, struct hone_span bytes,
                           const struct hone_mcp_headers *headers);
/* A message that was longer than the limit. */
void hone_dispatch_too_long(struct hone_session *session);

#endif
