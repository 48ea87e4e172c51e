/* Lines over a pair of streams, or over one in both directions, for a relay's two ends.
 *
 * Lines that were appended leave with the next flush. The owner of the pipe looks at
 * hone_line_pipe_unwritten and pauses its reading elsewhere: there is no limit in here but
 * HONE_LINE_PIPE_UNWRITTEN_MAX, beyond which the peer counts as lost. Thread: loop. */
#ifndef HONE_SERVER_LINE_PIPE_H
#define HONE_SERVER_LINE_PIPE_H

#include "base/attr.h"
#include "base/buf.h"
#include "protocol/framing.h"

#include <stdbool.h>
#include <uv.h>

#define HONE_LINE_PIPE_READ_BYTES    65536
#define HONE_LINE_PIPE_UNWRITTEN_MAX (256U * 1024 * 1024)

struct hone_line_pipe_events {
    /* A line without its newline, or HONE_E_LIMIT for one that was too long. */
    void (*line)(void *user, struct hone_span line, int code);
    /* The lines of one read have been handed over. */
    void (*fed)(void *user);
    /* No more input; status 0, or the error of either direction. Once. */
    void (*end)(void *user, int status);
    /* What had waited was written. */
    void (*drained)(void *user);
};

struct hone_line_pipe {
    uv_stream_t *in, *out; /* borrowed; in is NULL when lines come by another way */
    struct hone_framing framing;
    struct hone_buf output;
    char *read_buffer; /* borrowed: HONE_LINE_PIPE_READ_BYTES */
    const struct hone_line_pipe_events *events;
    void *user;
    bool reading, ended, stopped;
};

/* The handles' data is set to the pipe. */
void hone_line_pipe_init(struct hone_line_pipe *pipe, uv_stream_t *in, uv_stream_t *out,
                         size_t line_max_bytes, char *read_buffer,
                         const struct hone_line_pipe_events *events, void *user);
/* Nothing is called any more. */
void hone_line_pipe_stop(struct hone_line_pipe *pipe);
/* Frees; only after the handles' close callbacks, because writes end before those. */
void hone_line_pipe_finish(struct hone_line_pipe *pipe);

/* Starts or pauses reading; nothing after the end of input. */
void hone_line_pipe_read(struct hone_line_pipe *pipe, bool on);
/* Bytes that came by another way than the stream. */
void hone_line_pipe_feed(struct hone_line_pipe *pipe, struct hone_span bytes);
/* The end of such bytes, or of the stream. */
void hone_line_pipe_end(struct hone_line_pipe *pipe, int status);

/* The caller appends whole lines, with their newlines, to pipe->output, then flushes. */
void hone_line_pipe_flush(struct hone_line_pipe *pipe);
size_t hone_line_pipe_unwritten(const struct hone_line_pipe *pipe);

#endif
