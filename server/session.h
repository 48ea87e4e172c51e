/* A session: one client and what is known of it.
 *
 * On stdio and sockets it lives as long as the stream; on legacy HTTP from `initialize`
 * on, found by its id; a modern request over HTTP has the connection's, which knows
 * nothing. Counted: the transport holds one reference, each exchange another. Thread:
 * loop. */
#ifndef HONE_SERVER_SESSION_H
#define HONE_SERVER_SESSION_H

#include "base/attr.h"
#include "base/list.h"
#include "base/span.h"
#include "server/exchange.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_app;

#define HONE_SESSION_CLIENT_MAX        64
#define HONE_SESSION_SUBSCRIPTIONS_MAX 1000 /* resources */
#define HONE_SESSION_ASKS_MAX          64   /* requests to the client, unanswered */

/* What a client declared that it can do; a set. */
enum hone_session_ability {
    HONE_SESSION_ELICIT_FORM = 1,
    HONE_SESSION_ELICIT_URL = 2,
    HONE_SESSION_SAMPLE = 4,
    HONE_SESSION_ROOTS = 8,
    HONE_SESSION_TASKS = 16,
};

struct hone_session {
    struct hone_app *app;
    struct hone_list link; /* in app->sessions */
    const char *transport; /* the carrier's name; static */
    struct hone_principal principal;
    unsigned n_refs;
    bool closed;
    bool control;      /* may use the hone/... methods */
    bool initialized;  /* by a legacy initialize */
    bool remembers;    /* one client: what it says holds for its later messages */
    uint8_t log_level; /* see hone_mcp_log_level */
    unsigned abilities;
    const char *version;                  /* negotiated by initialize; static, or NULL */
    char client[HONE_SESSION_CLIENT_MAX]; /* name given by initialize, or "" */
    /* Where messages go that belong to no exchange (legacy); NULL for nowhere. */
    struct hone_channel *push;
    void *owner;                    /* the transport's object, if it keeps one */
    struct hone_list exchanges;     /* in flight */
    struct hone_list asks;          /* of struct hone_session_ask */
    struct hone_list subscriptions; /* to resources, legacy */
    uint32_t n_subscriptions, n_asks;
    uint64_t last_ask;
};

/* A request to the client that waits for its answer. */
struct hone_session_ask {
    struct hone_list link;
    uint64_t number;
    /* Called once: result or error are borrowed, one of them NULL; both NULL when the
     * session or the exchange ended before. */
    void (*done)(struct hone_session_ask *ask, const json_t *result, const json_t *error);
};

struct hone_session *hone_session_create(struct hone_app *app, const char *transport,
                                         bool remembers, bool control) HONE_MUST_USE;
/* The client is gone: asks end, nothing is pushed any more. Gives the transport's
 * reference back. */
void hone_session_close(struct hone_session *session);
struct hone_session *hone_session_ref(struct hone_session *session);
void hone_session_unref(struct hone_session *session);

/* Takes over what a legacy initialize says, where the session remembers. */
void hone_session_initialize(struct hone_session *session, const json_t *params);
/* Who speaks: the name of the token, else that from the modern envelope or initialize,
 * else the transport's.
 * exchange may be NULL. Borrowed. */
struct hone_span hone_session_source(const struct hone_session *session,
                                     const struct hone_exchange *exchange);
/* What the client of this exchange can do: its envelope's word, else initialize's. */
unsigned hone_session_abilities(const struct hone_exchange *exchange);

/* Sends a message that belongs to no exchange, if there is a way for it. */
void hone_session_push(struct hone_session *session, struct hone_span message);
/* The same for a notification; params borrowed, may be NULL. */
void hone_session_notify(struct hone_session *session, const char *method,
                         const json_t *params);

/* Sends a request to a legacy client on the exchange's channel; ask->done comes later.
 * HONE_E_LIMIT for too many unanswered ones. */
int hone_session_ask(struct hone_exchange *exchange, struct hone_session_ask *ask,
                     const char *method, const json_t *params) HONE_MUST_USE;
/* The client's answer; unknown ids are ignored. */
void hone_session_take_response(struct hone_session *session,
                                struct hone_jsonrpc_message *message);
/* The client will not answer any more, as it says nothing more: all asks get an error. */
void hone_session_refuse_asks(struct hone_session *session, const char *why);
/* Nobody waits for it any more; done is not called. */
void hone_session_forget_ask(struct hone_session *session, struct hone_session_ask *ask);
/* Tells the client to ask its user no longer. ask: forgotten before, because telling may
 * find out that the client is gone. */
void hone_session_withdraw_ask(struct hone_exchange *exchange,
                               const struct hone_session_ask *ask);

/* notifications/cancelled of a client: the exchange of that id, if it is in flight. */
void hone_session_cancel(struct hone_session *session, const json_t *params);

/* Resources that a legacy client wants to hear of. HONE_E_LIMIT. */
int hone_session_subscribe(struct hone_session *session,
                           struct hone_span uri) HONE_MUST_USE;
void hone_session_unsubscribe(struct hone_session *session, struct hone_span uri);
bool hone_session_is_subscribed(const struct hone_session *session, struct hone_span uri);

#endif
