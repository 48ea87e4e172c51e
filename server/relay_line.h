/* What a relay must know of a line that passes through it: whether it asks, tells or
 * answers, its id, and whether the relay has to remember it. Thread: any. */
#ifndef HONE_SERVER_RELAY_LINE_H
#define HONE_SERVER_RELAY_LINE_H

#include "base/arena.h"
#include "base/span.h"
#include "protocol/jsonrpc.h"

#include <stdbool.h>

/* What a line is to the relay. */
enum hone_relay_line_role {
    HONE_RELAY_LINE_OTHER,
    HONE_RELAY_LINE_CANCEL,     /* subject: the id that is cancelled, as JSON */
    HONE_RELAY_LINE_INITIALIZE, /* of the legacy handshake */
    HONE_RELAY_LINE_INITIALIZED,
    HONE_RELAY_LINE_KEYED,       /* feedback with an idempotency key */
    HONE_RELAY_LINE_LISTEN,      /* a request that stays open */
    HONE_RELAY_LINE_REPEATABLE,  /* a question whose repetition changes nothing */
    HONE_RELAY_LINE_SUBSCRIBE,   /* subject: the URI */
    HONE_RELAY_LINE_UNSUBSCRIBE, /* subject: the URI */
};

struct hone_relay_line {
    bool readable;    /* false: not a message, or one that breaks the rules */
    bool is_error;    /* of an answer */
    bool is_stopping; /* of an error: the owner takes nothing more and is about to end */
    enum hone_relay_line_role role;
    struct hone_jsonrpc_message message; /* when readable */
    struct hone_span subject;            /* in the arena or borrowed from the message */
};

/* arena: for ids and subjects. Release with hone_relay_line_finish. */
void hone_relay_line_read(struct hone_relay_line *out, struct hone_span bytes,
                          struct hone_arena *arena);
void hone_relay_line_finish(struct hone_relay_line *line);

/* May it be sent again when no answer came? */
bool hone_relay_line_can_repeat(enum hone_relay_line_role role);

#endif
