/* A session over a byte stream with newline framing: stdio, Unix sockets and TCP.
 *
 * Reads what is there, answers every whole message, writes once. Stops reading while too
 * much is in flight or unread by the peer; drops a peer that does not read at all.
 * Thread: loop. */
#ifndef HONE_SERVER_STREAM_H
#define HONE_SERVER_STREAM_H

#include "base/buf.h"
#include "protocol/framing.h"
#include "server/session.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define HONE_STREAM_READ_BYTES   65536
#define HONE_STREAM_UNREAD_PAUSE (1024U * 1024)      /* of output: reading pauses */
#define HONE_STREAM_UNREAD_MAX   (64U * 1024 * 1024) /* of output: the peer is dropped */
#define HONE_STREAM_ANSWER_MS    30000               /* default of answer_max_ms */

struct hone_stream {
    struct hone_session *session;
    struct hone_channel *channel;
    struct hone_framing framing;
    uv_stream_t *in, *out;  /* borrowed from the owner; may be the same */
    struct hone_buf output; /* of the present turn */
    struct hone_buf held;   /* whole lines that wait until the peer has read more */
    bool feeding, paused, failed;
    bool suspects;          /* the next line is looked at before anything is answered */
    bool ended;             /* no more input */
    uint64_t answer_max_ms; /* after that: from one answer to the next */
    struct hone_stream_late *late; /* the timer for it, or NULL */
    void (*on_end)(
        struct hone_stream *stream); /* all is answered, or the peer is lost; once */
    void (*on_pause)(struct hone_stream *stream); /* without `in`: paused has changed */
};

/* transport: "stdio", "tcp" or "unix". The owner may change answer_max_ms. */
void hone_stream_init(struct hone_stream *stream, struct hone_app *app,
                      const char *transport, bool control, uv_stream_t *in,
                      uv_stream_t *out);
/* After this nothing is called any more; the handles are the owner's to close. */
void hone_stream_finish(struct hone_stream *stream);
int hone_stream_start(struct hone_stream *stream);
/* Bytes that came by another way than the stream (a file as stdin). */
void hone_stream_feed(struct hone_stream *stream, struct hone_span bytes);
/* No more input: on_end once everything in flight has been answered and written, when
 * nothing has been for answer_max_ms, or when the peer is gone altogether. */
void hone_stream_end(struct hone_stream *stream);

#endif
