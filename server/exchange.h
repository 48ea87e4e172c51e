/* An exchange: one message being answered, and the way back to who sent it.
 *
 * A handler answers an exchange once, now or later, by one of the functions that say
 * "ends"; before that it may send notifications that belong to it. The exchange owns the
 * arena in which everything made for the answer lives. Exchanges are reused. Thread:
 * loop. */
#ifndef HONE_SERVER_EXCHANGE_H
#define HONE_SERVER_EXCHANGE_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/list.h"
#include "base/span.h"
#include "protocol/jsonrpc.h"
#include "protocol/mcp.h"
#include "protocol/trace_context.h"
#include "server/channel.h"
#include "server/principal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_app;
struct hone_exchange;
struct hone_session;
struct hone_task;

/* Ceiling of what one exchange makes, besides its message. */
#define HONE_EXCHANGE_ARENA_BYTES ((size_t)64 * 1024 * 1024)

struct hone_exchange {
    struct hone_app *app;
    struct hone_session *session;
    struct hone_channel *channel;
    struct hone_list in_channel, in_session; /* of channel and session */
    struct hone_arena arena;
    struct hone_jsonrpc_message message;
    struct hone_mcp_request request;
    const char *version; /* of a legacy request of no session; NULL: the session's */
    struct hone_principal principal;
    /* Answers the request from the start; called again when inputs have come. */
    void (*answer)(struct hone_exchange *exchange);
    /* Set by a handler that works on after it returned: called once at most, when the
     * client cancels; the handler stops working and ends the exchange (what it replies
     * is dropped). NULL: the work is short or cannot be stopped. */
    void (*on_cancel)(struct hone_exchange *exchange);
    void *work;             /* of the handler that set on_cancel */
    struct hone_task *task; /* the exchange answers in its stead; NULL for a client's */
    json_t *inputs;         /* see server/inputs.h; NULL for none */
    json_t *state;          /* likewise */
    double progress;        /* last one sent; below 0 before the first */
    bool cancelled;
    bool owns_message; /* it is in the arena */
    size_t kept_bytes; /* of it; 0 while it is not */
    bool open_ended;   /* waits for events, not for work: the end of input ends it */
    uint64_t began_us; /* monotonic */
    struct hone_exchange *next_free; /* private */
};

/* Takes an exchange for a message of the session that came through the channel. */
struct hone_exchange *hone_exchange_begin(struct hone_session *session,
                                          struct hone_channel *channel) HONE_MUST_USE;

/* For HTTP, where the message says which session and which channel are meant. */
void hone_exchange_set_session(struct hone_exchange *exchange,
                               struct hone_session *session);
void hone_exchange_set_channel(struct hone_exchange *exchange,
                               struct hone_channel *channel);

/* The message is read from the transport's bytes, which are gone once the handler has
 * returned: what of it is a value by then stays (hone_jsonrpc_value), and its id. A handler
 * that reads it later, or runs again, makes it the exchange's own; values that were
 * borrowed from it before are gone then. Does nothing the second time. */
void hone_exchange_keep_message(struct hone_exchange *exchange);
/* The same message for another exchange, that has none yet. */
void hone_exchange_copy_message(struct hone_exchange *exchange,
                                const struct hone_exchange *from);

/* The trace of its client that the request belongs to, as its _meta says; false when it says
 * none, or none that is well formed. Borrowed from the message: see above. */
bool hone_exchange_trace(struct hone_exchange *exchange, struct hone_trace_context *out);
/* 32 hexadecimal digits, or empty. */
struct hone_span hone_exchange_trace_id(struct hone_exchange *exchange);

/* Each answers and ends the exchange, which is not to be touched afterwards. */
void hone_exchange_reply_take(struct hone_exchange *exchange, json_t *result);
/* Sends what was written to app->reply, unless that failed. */
void hone_exchange_reply_written(struct hone_exchange *exchange);
void hone_exchange_reply_bytes(struct hone_exchange *exchange, int http_status,
                               struct hone_span message);
/* Takes problem->data. */
void hone_exchange_refuse_take(struct hone_exchange *exchange,
                               struct hone_jsonrpc_problem *problem);
/* A refusal in one go: code and text; HTTP status 200. */
void hone_exchange_refuse(struct hone_exchange *exchange, int code, const char *format,
                          ...) HONE_PRINTF(3, 4);
/* {} or the modern {"resultType":"complete"}. */
void hone_exchange_reply_empty(struct hone_exchange *exchange);
/* Nothing to say: notifications, and what was cancelled. */
void hone_exchange_drop(struct hone_exchange *exchange);

/* Sends one message before the answer. Dropped where there is no way for it. */
void hone_exchange_send(struct hone_exchange *exchange, struct hone_span message);
/* Sends a notification that belongs to the exchange. params borrowed, may be NULL. */
void hone_exchange_notify(struct hone_exchange *exchange, const char *method,
                          const json_t *params);
/* notifications/progress, if the client gave a token and progress has grown. total below
 * 0: unknown; message may be NULL. */
void hone_exchange_progress(struct hone_exchange *exchange, double progress, double total,
                            const char *message);
/* notifications/message, if the client wants messages of that level (a legacy client all
 * from the level that it set, from info on if it set none; a modern one those from the
 * level of this request, none if it named none). level: a name of RFC 5424 in lower
 * case; data is borrowed. */
void hone_exchange_log(struct hone_exchange *exchange, const char *level,
                       const char *logger, const json_t *data);

/* Lets go of the HTTP connection that waits for the answer, where the client can resume
 * the event stream; else does nothing. */
void hone_exchange_park(struct hone_exchange *exchange);

/* The client gave up on it. Calls on_cancel; without one the answer, when it comes, is
 * dropped. */
void hone_exchange_cancel(struct hone_exchange *exchange);

/* Frees the exchanges kept for reuse. */
void hone_exchange_free_kept(struct hone_app *app);

#endif
