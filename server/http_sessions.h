/* Sessions of legacy clients over HTTP, and their event streams that can be resumed.
 *
 * initialize makes a session and the answer names its id; later requests bring it in the
 * Mcp-Session-Id header. An answer that begins with other messages becomes an event
 * stream of the session: its events are numbered and kept for a while, so that a client
 * that lost the connection gets the rest with GET and Last-Event-ID. The closing of a
 * connection cancels nothing. Thread: loop. */
#ifndef HONE_SERVER_HTTP_SESSIONS_H
#define HONE_SERVER_HTTP_SESSIONS_H

#include "base/attr.h"
#include "base/span.h"
#include "server/http_connection.h"
#include "server/session.h"

#define HONE_HTTP_SESSIONS_MAX          100000
#define HONE_HTTP_SESSIONS_IDLE_MS      (30 * 60 * 1000) /* then one is forgotten */
#define HONE_HTTP_SESSIONS_STREAMS_MAX  16 /* ended ones that can still be resumed */
#define HONE_HTTP_SESSIONS_EVENTS_MAX   256
#define HONE_HTTP_SESSIONS_EVENTS_BYTES (4U * 1024 * 1024)
#define HONE_HTTP_SESSIONS_RETRY_MS     1000 /* how soon a client comes back */

struct hone_app;
struct hone_http_sessions;

struct hone_http_sessions *hone_http_sessions_create(struct hone_app *app) HONE_MUST_USE;
void hone_http_sessions_destroy(struct hone_http_sessions *sessions); /* accepts NULL */

/* A new one for the principal; borrowed. NULL when there are too many at work. */
struct hone_session *hone_http_sessions_open(struct hone_http_sessions *sessions,
                                             struct hone_principal principal);
/* The principal's session of that id, or NULL. */
struct hone_session *hone_http_sessions_find(struct hone_http_sessions *sessions,
                                             struct hone_span id,
                                             struct hone_principal principal);
const char *hone_http_sessions_id(const struct hone_session *session);
/* The client ends it: streams end, what is in flight is cancelled. */
void hone_http_sessions_end(struct hone_http_sessions *sessions,
                            struct hone_session *session);

/* A GET: answers the connection's request with the session's own stream or, with a
 * Last-Event-ID, with the rest of the stream that it names. -1 with *problem (static) when
 * there is no such stream any more; the request is not answered then. */
int hone_http_sessions_attach(struct hone_session *session,
                              struct hone_http_connection *connection,
                              struct hone_span last_event_id,
                              const char **problem) HONE_MUST_USE;

/* Moves the exchange from the connection's channel to an event stream of its session,
 * which the connection carries from now on. False for exchanges of no session. */
bool hone_http_sessions_take_stream(struct hone_exchange *exchange,
                                    struct hone_http_connection *connection);

/* Forgets sessions that were idle for long. */
void hone_http_sessions_sweep(struct hone_http_sessions *sessions, uint64_t now_ms);

#endif
