/* What a relay remembers of its client's conversation, so that it can go on with another
 * owner: requests in flight, the legacy handshake, resource subscriptions.
 *
 * Bytes in, lines out; no I/O. Bounded: requests beyond the limits pass, but are answered
 * with an error, instead of being sent again, when the owner is lost. Thread: one. */
#ifndef HONE_SERVER_RELAY_MEMORY_H
#define HONE_SERVER_RELAY_MEMORY_H

#include "base/buf.h"
#include "base/list.h"
#include "server/relay_line.h"

#include <stdbool.h>
#include <stddef.h>

#define HONE_RELAY_MEMORY_KEPT_BYTES_MAX (4U * 1024 * 1024) /* of lines to send again */
#define HONE_RELAY_MEMORY_LISTENS_MAX    64   /* open requests that are kept */
#define HONE_RELAY_MEMORY_URIS_MAX       1024 /* subscriptions that are kept */
#define HONE_RELAY_MEMORY_SENT_MAX       3    /* times that a line is sent at most */

struct hone_relay_memory {
    struct hone_list requests; /* in flight, in the order of their sending */
    size_t n_waiting;          /* of them, those that are answered in a while */
    size_t n_listens;          /* that are sent again */
    size_t kept_bytes;
    struct hone_list spares; /* requests of before, for those to come */
    size_t n_spares;
    char *handshake; /* params of the accepted initialize, as JSON; or NULL */
    bool initialized;
    struct hone_list uris;
    size_t n_uris;
    unsigned long long last_id; /* of the relay's own requests */
};

void hone_relay_memory_init(struct hone_relay_memory *memory);
void hone_relay_memory_finish(struct hone_relay_memory *memory);

/* The revision that the client's last initialize leads to, answered or not; NULL before
 * one. Static. */
const char *hone_relay_memory_version(const struct hone_relay_memory *memory);

/* The client's line goes to the owner now. */
void hone_relay_memory_note_sent(struct hone_relay_memory *memory,
                                 const struct hone_relay_line *line,
                                 struct hone_span bytes);
/* The owner's line. False: it is not for the client. It answers one of the relay's own
 * requests, or says that the owner is stopping, where the next one can be asked. */
bool hone_relay_memory_note_answer(struct hone_relay_memory *memory,
                                   const struct hone_relay_line *line);

/* The owner is gone. Appends to out, a line each, errors for what cannot be sent again. */
void hone_relay_memory_lose(struct hone_relay_memory *memory, struct hone_buf *out);
/* There will be no owner: the same for everything in flight. */
void hone_relay_memory_give_up(struct hone_relay_memory *memory, struct hone_buf *out);
/* Is there anything in force that an owner is needed for, though the client asks nothing? */
bool hone_relay_memory_needs_owner(const struct hone_relay_memory *memory);
/* Appends to out, a line each, what brings a new owner to where the old one was: the
 * handshake, the subscriptions, and what is in flight. */
void hone_relay_memory_replay(struct hone_relay_memory *memory, struct hone_buf *out);

/* Appends the error line for a request; id is JSON text. */
void hone_relay_memory_refuse(struct hone_buf *out, struct hone_span id, bool retriable,
                              const char *message);

#endif
