#include "protocol/framing.h"

#include "base/error.h"

#include <string.h>

void hone_framing_init(struct hone_framing *framing, size_t line_max_bytes)
{
    *framing = (struct hone_framing){.line_max_bytes = line_max_bytes};
    hone_buf_init(&framing->partial, line_max_bytes);
}

void hone_framing_finish(struct hone_framing *framing)
{
    hone_buf_finish(&framing->partial);
}

static void deliver(struct hone_span line, hone_framing_cb on_line, void *user)
{
    while (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len -= 1;
    }
    if (line.len > 0) {
        on_line(user, line, 0);
    }
}

/* Adds bytes of a line whose newline has not been seen. Over the limit (or the memory
 * that can be had) the line is reported at once, because its end may never come. */
static void keep_partial(struct hone_framing *framing, struct hone_span bytes,
                         hone_framing_cb on_line, void *user)
{
    if (!framing->skipping && hone_buf_append_span(&framing->partial, bytes) != 0) {
        framing->skipping = true;
        hone_buf_clear(&framing->partial);
        on_line(user, hone_span_of(NULL, 0), HONE_E_LIMIT);
    }
}

/* bytes: the rest of a line, newline excluded. */
static void end_line(struct hone_framing *framing, struct hone_span bytes,
                     hone_framing_cb on_line, void *user)
{
    if (!framing->skipping && framing->partial.len == 0 &&
        bytes.len <= framing->line_max_bytes) {
        deliver(bytes, on_line, user);
        return;
    }
    keep_partial(framing, bytes, on_line, user);
    if (!framing->skipping) {
        deliver(hone_buf_span(&framing->partial), on_line, user);
    }
    framing->skipping = false;
    hone_buf_clear(&framing->partial);
}

void hone_framing_feed(struct hone_framing *framing, struct hone_span bytes,
                       hone_framing_cb on_line, void *user)
{
    while (bytes.len > 0) {
        const char *newline = memchr(bytes.data, '\n', bytes.len);
        if (newline == NULL) {
            keep_partial(framing, bytes, on_line, user);
            break;
        }
        size_t len = (size_t)(newline - bytes.data);
        end_line(framing, hone_span_of(bytes.data, len), on_line, user);
        bytes = hone_span_of(newline + 1, bytes.len - len - 1);
    }
    if (framing->partial.len == 0) {
        hone_buf_shrink(&framing->partial, 0);
    }
}
