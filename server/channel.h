/* A channel: where an exchange's messages go - a stream's (stdio, sockets), an HTTP
 * connection's, an event stream's of a legacy HTTP session, a batch's, a task's.
 *
 * Counted: who carries the bytes holds one reference, each exchange in flight another, so
 * that an answer that comes after the peer has gone finds a closed channel instead of
 * freed memory. Thread: loop. */
#ifndef HONE_SERVER_CHANNEL_H
#define HONE_SERVER_CHANNEL_H

#include "base/attr.h"
#include "base/list.h"
#include "base/span.h"

#include <stdbool.h>

struct hone_channel;
struct hone_exchange;

/* What carries a channel's messages. None is called after the channel was closed. */
struct hone_channel_carrier {
    const char *name; /* "stdio", "unix", "tcp", "http", "task": who speaks, if unnamed */
    /* Delivers the answer, a complete message; http_status is for HTTP only. An empty
     * body means that nothing is to be said. */
    void (*reply)(struct hone_channel *channel, struct hone_exchange *exchange,
                  int http_status, struct hone_span body);
    /* Delivers a message that comes before the answer (a notification, or a request to a
     * legacy client). NULL: there is no way for such messages, they are dropped. */
    void (*send)(struct hone_channel *channel, struct hone_exchange *exchange,
                 struct hone_span body);
    /* The channel is no longer full, or nothing is in flight any more. May be NULL. */
    void (*relax)(struct hone_channel *channel);
    /* Lets the connection go that carries the channel; the client comes back for the
     * rest. NULL where that cannot be. */
    void (*park)(struct hone_channel *channel, struct hone_exchange *exchange);
};

/* What may be under way; further messages of the peer wait. */
#define HONE_CHANNEL_IN_FLIGHT_MAX  1024
#define HONE_CHANNEL_KEPT_BYTES_MAX (32U * 1024 * 1024) /* of messages in flight */

struct hone_channel {
    const struct hone_channel_carrier *carrier;
    void *owner; /* the carrier's object; NULL once closed */
    unsigned n_refs;
    unsigned n_in_flight;
    size_t kept_bytes; /* of messages that exchanges in flight keep */
    /* The peer's going away cancels what is in flight; else only what is of the modern
     * era, whose rule this is. */
    bool closing_cancels;
    struct hone_list exchanges;
};

struct hone_channel *hone_channel_create(const struct hone_channel_carrier *carrier,
                                         void *owner, bool closing_cancels) HONE_MUST_USE;
bool hone_channel_is_full(const struct hone_channel *channel);
struct hone_channel *hone_channel_ref(struct hone_channel *channel);
void hone_channel_unref(struct hone_channel *channel);
/* The carrier is gone: answers are dropped from now on, exchanges cancelled as
 * closing_cancels says. Gives the carrier's reference back. */
void hone_channel_close(struct hone_channel *channel);

#endif
