/* Server-sent events: what a text/event-stream response is made of, the event ids by
 * which a client resumes one, and the log from which it is then served.
 *
 * An id reads "STREAM-NUMBER", both decimal: streams count from 1 within a session,
 * the events of a stream from 1, and number 0 is the priming event, which says nothing
 * but how to resume. Bytes only, no I/O. Thread: any, one at a time. */
#ifndef HONE_PROTOCOL_SSE_H
#define HONE_PROTOCOL_SSE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

#define HONE_SSE_CONTENT_TYPE "text/event-stream"
/* Two numbers below 2^63, a dash and a NUL. */
#define HONE_SSE_ID_SIZE 40

struct hone_sse_id {
    uint64_t stream; /* 0: no id */
    uint64_t number;
};

/* Both numbers must be below 2^63, the stream above 0. */
void hone_sse_id_format(char out[HONE_SSE_ID_SIZE], struct hone_sse_id id);
/* A Last-Event-ID: exactly what hone_sse_id_format writes, so no sign, no white space
 * and no leading zero; else HONE_E_INVALID. */
int hone_sse_id_parse(struct hone_sse_id *out, struct hone_span text) HONE_MUST_USE;

/* Each appends and returns buf->error. */

/* An event with data, one "data:" line for each line of it (they may end in LF, CRLF or
 * CR; the client sees LF). stream 0: without an id. */
int hone_sse_write_event(struct hone_buf *buf, struct hone_sse_id id,
                         struct hone_span data);
/* The first event of a stream that can be resumed: an id, empty data and after how many
 * milliseconds to come back; retry_ms < 0 leaves that out. */
int hone_sse_write_priming(struct hone_buf *buf, struct hone_sse_id id, int64_t retry_ms);
/* A comment that keeps proxies and clients from giving an idle stream up. */
int hone_sse_write_keepalive(struct hone_buf *buf);

/* The newest events of one stream, for clients that resume it. Bounded in events and in
 * bytes of data: the oldest go first. Appending never fails: what cannot be kept is a
 * gap, and those who ask for it are told so. */
struct hone_sse_kept; /* private */

struct hone_sse_log {
    struct hone_sse_kept *ring; /* NULL before the first event is kept */
    size_t n_events_max, bytes_max;
    size_t first_at, n_kept; /* in the ring */
    size_t bytes;
    uint64_t stream;
    uint64_t newest; /* number of the newest event; 0: none yet */
};

/* stream > 0, n_events_max > 0. */
void hone_sse_log_init(struct hone_sse_log *log, uint64_t stream, size_t n_events_max,
                       size_t bytes_max);
void hone_sse_log_finish(struct hone_sse_log *log); /* accepts zeroed memory */
/* Copies data, without the framing; returns the event's id. */
struct hone_sse_id hone_sse_log_append(struct hone_sse_log *log, struct hone_span data);
/* The event that follows number `after` (0: the first of all); its data is borrowed until
 * the next append. HONE_E_NOT_FOUND: after is the newest; HONE_E_STALE: the event is no
 * longer kept; HONE_E_INVALID: no event has had the number after. */
int hone_sse_log_next(const struct hone_sse_log *log, uint64_t after,
                      struct hone_span *data) HONE_MUST_USE;

#endif
