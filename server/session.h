/* A session: one peer that sends messages, whatever the transport, and what is known of
 * it.
 *
 * Counted: the transport holds one reference, each exchange in flight another, so that an
 * answer that comes after the peer has gone finds a closed session instead of freed
 * memory. An exchange: one message being answered; it owns the arena in which everything
 * made for the answer lives. Exchanges are reused. Thread: loop. */
#ifndef HONE_SERVER_SESSION_H
#define HONE_SERVER_SESSION_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/span.h"
#include "protocol/jsonrpc.h"
#include "protocol/mcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_app;
struct hone_session;
struct hone_exchange;

#define HONE_SESSION_CLIENT_MAX    64
#define HONE_SESSION_ARENA_BYTES   (64U * 1024 * 1024) /* ceiling of one exchange */
#define HONE_SESSION_IN_FLIGHT_MAX 1024 /* further messages of the peer wait */

/* What a transport does for a session. */
struct hone_session_transport {
    const char *name;    /* "stdio", "unix", "http" */
    bool has_one_client; /* what initialize says holds for all messages of the session */
    /* Delivers one complete message for an exchange; http_status is for HTTP only. An
     * empty body means that nothing is to be said (notifications). Not called after
     * close. */
    void (*send)(struct hone_session *session, struct hone_exchange *exchange,
                 int http_status, struct hone_span body);
    /* The number of messages in flight fell below the limit, or to 0. */
    void (*relax)(struct hone_session *session);
};

struct hone_session {
    struct hone_app *app;
    const struct hone_session_transport *transport;
    void *owner; /* the transport's object; NULL once closed */
    unsigned n_refs;
    unsigned n_in_flight;
    bool control;                         /* may use the hone/... methods */
    char client[HONE_SESSION_CLIENT_MAX]; /* name given by initialize, or "" */
};

struct hone_exchange {
    struct hone_app *app;
    struct hone_session *session;
    struct hone_arena arena;
    struct hone_jsonrpc_message message;
    struct hone_mcp_request request;
    uint64_t began_us;               /* monotonic */
    struct hone_exchange *next_free; /* private */
};

struct hone_session *hone_session_create(struct hone_app *app,
                                         const struct hone_session_transport *transport,
                                         void *owner, bool control) HONE_MUST_USE;
/* The transport is gone: answers to it are dropped from now on. Gives the transport's
 * reference back. */
void hone_session_close(struct hone_session *session);
struct hone_session *hone_session_ref(struct hone_session *session);
void hone_session_unref(struct hone_session *session);
/* Who speaks: the name from initialize or the modern envelope, else the transport's name.
 * Borrowed. */
struct hone_span hone_session_source(const struct hone_session *session,
                                     const struct hone_exchange *exchange);
/* Keeps the name that initialize gave, where the transport has one client. */
void hone_session_set_client(struct hone_session *session, struct hone_span name);

/* Takes an exchange for a message from the session. */
struct hone_exchange *hone_session_begin(struct hone_session *session) HONE_MUST_USE;

/* Each answers and ends the exchange, which is not to be touched afterwards. */
void hone_session_reply_take(struct hone_exchange *exchange,
                             json_t *result); /* takes result */
void hone_session_reply_bytes(struct hone_exchange *exchange, int http_status,
                              struct hone_span message);
/* Takes problem->data. */
void hone_session_refuse_take(struct hone_exchange *exchange,
                              struct hone_jsonrpc_problem *problem);
void hone_session_drop(
    struct hone_exchange *exchange); /* nothing to say: notifications */

/* Frees the exchanges kept for reuse. */
void hone_session_free_exchanges(struct hone_app *app);

#endif
