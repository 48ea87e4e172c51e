/* Newline framing: one message per line, as MCP's stdio transport wants it.
 *
 * Bytes in, lines out. A line over the limit is reported once and skipped to its newline;
 * the framing then goes on. Carriage returns before the newline are dropped, empty lines
 * are skipped. Thread: owned by one thread. */
#ifndef HONE_PROTOCOL_FRAMING_H
#define HONE_PROTOCOL_FRAMING_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct hone_framing {
    struct hone_buf partial; /* begin of a line whose end has not come */
    size_t line_max_bytes;
    bool skipping; /* inside a line that was too long */
};

/* line: without its newline, borrowed for the call. code 0, or HONE_E_LIMIT with
 * an empty line. */
typedef void (*hone_framing_cb)(void *user, struct hone_span line, int code);

void hone_framing_init(struct hone_framing *framing, size_t line_max_bytes);
void hone_framing_finish(struct hone_framing *framing);
/* Calls back for every complete line in order. The callback must not feed or finish. */
void hone_framing_feed(struct hone_framing *framing, struct hone_span bytes,
                       hone_framing_cb on_line, void *user);

#endif
