#include "protocol/sse.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 19 /* of a number below 2^63 */

/* Kept events have the numbers newest - n_kept + 1 to newest. */
struct hone_sse_kept {
    char *data;
    size_t len;
};

/* ---- ids ---- */

void hone_sse_id_format(char out[HONE_SSE_ID_SIZE], struct hone_sse_id id)
{
    HONE_REQUIRE(id.stream > 0 && id.stream <= INT64_MAX && id.number <= INT64_MAX);
    (void)snprintf(out, HONE_SSE_ID_SIZE, "%" PRIu64 "-%" PRIu64, id.stream, id.number);
}

/* Decimal digits at the start of *text, which moves behind them. */
static bool take_number(uint64_t *out, struct hone_span *text)
{
    uint64_t value = 0;
    size_t n = 0;
    while (n < text->len && n < DIGITS_MAX && text->data[n] >= '0' &&
           text->data[n] <= '9') {
        value = value * 10 + (uint64_t)(text->data[n] - '0');
        n += 1;
    }
    if (n == 0 || (n > 1 && text->data[0] == '0') || value > INT64_MAX) {
        return false;
    }
    *text = hone_span_of(text->data + n, text->len - n);
    *out = value;
    return true;
}

int hone_sse_id_parse(struct hone_sse_id *out, struct hone_span text)
{
    struct hone_sse_id id = {0};
    if (!take_number(&id.stream, &text) || id.stream == 0 || text.len == 0 ||
        text.data[0] != '-') {
        return HONE_E_INVALID;
    }
    text = hone_span_of(text.data + 1, text.len - 1);
    if (!take_number(&id.number, &text) || text.len > 0) {
        return HONE_E_INVALID;
    }
    *out = id;
    return 0;
}

/* ---- writing ---- */

static void write_id(struct hone_buf *buf, struct hone_sse_id id)
{
    char text[HONE_SSE_ID_SIZE];
    if (id.stream > 0) {
        hone_sse_id_format(text, id);
        (void)hone_buf_append_format(buf, "id: %s\n", text);
    }
}

/* Length of the first line; *next is where the one behind it starts, or the end. */
static size_t line_len(struct hone_span text, size_t *next)
{
    size_t len = 0;
    while (len < text.len && text.data[len] != '\n' && text.data[len] != '\r') {
        len += 1;
    }
    *next = len;
    if (*next < text.len) {
        bool crlf =
            text.data[len] == '\r' && len + 1 < text.len && text.data[len + 1] == '\n';
        *next += crlf ? 2 : 1;
    }
    return len;
}

int hone_sse_write_event(struct hone_buf *buf, struct hone_sse_id id,
                         struct hone_span data)
{
    bool goes_on = true;
    write_id(buf, id);
    while (goes_on) {
        size_t next = 0;
        size_t len = line_len(data, &next);
        (void)hone_buf_append_text(buf, "data: ");
        (void)hone_buf_append(buf, data.data, len);
        (void)hone_buf_append_char(buf, '\n');
        goes_on = next > len; /* behind a line ending there is a line, maybe empty */
        data = hone_span_of(data.data + next, data.len - next);
    }
    return hone_buf_append_char(buf, '\n');
}

int hone_sse_write_priming(struct hone_buf *buf, struct hone_sse_id id, int64_t retry_ms)
{
    write_id(buf, id);
    if (retry_ms >= 0) {
        (void)hone_buf_append_format(buf, "retry: %" PRId64 "\n", retry_ms);
    }
    return hone_buf_append_text(buf, "data: \n\n");
}

int hone_sse_write_keepalive(struct hone_buf *buf)
{
    return hone_buf_append_text(buf, ": keepalive\n\n");
}

/* ---- the log ---- */

void hone_sse_log_init(struct hone_sse_log *log, uint64_t stream, size_t n_events_max,
                       size_t bytes_max)
{
    HONE_REQUIRE(stream > 0 && n_events_max > 0);
    *log = (struct hone_sse_log){
        .stream = stream, .n_events_max = n_events_max, .bytes_max = bytes_max};
}

static struct hone_sse_kept *kept_at(const struct hone_sse_log *log, size_t index)
{
    return &log->ring[(log->first_at + index) % log->n_events_max];
}

static void drop_oldest(struct hone_sse_log *log)
{
    struct hone_sse_kept *oldest = kept_at(log, 0);
    log->bytes -= oldest->len;
    free(oldest->data);
    *oldest = (struct hone_sse_kept){.data = NULL};
    log->first_at = (log->first_at + 1) % log->n_events_max;
    log->n_kept -= 1;
}

void hone_sse_log_finish(struct hone_sse_log *log)
{
    while (log->n_kept > 0) {
        drop_oldest(log);
    }
    free(log->ring);
    log->ring = NULL;
}

/* A copy, for which there is room afterwards; NULL when it cannot be kept at all. */
static char *copy_within(struct hone_sse_log *log, struct hone_span data)
{
    char *copy =
        data.len <= log->bytes_max ? hone_alloc_try_zeroed(data.len + 1, 1) : NULL;
    while (log->n_kept > 0 && (copy == NULL || log->n_kept == log->n_events_max ||
                               log->bytes + data.len > log->bytes_max)) {
        drop_oldest(log);
    }
    if (copy != NULL && data.len > 0) {
        memcpy(copy, data.data, data.len);
    }
    return copy;
}

struct hone_sse_id hone_sse_log_append(struct hone_sse_log *log, struct hone_span data)
{
    char *copy = copy_within(log, data);
    log->newest += 1;
    if (copy != NULL) {
        if (log->ring == NULL) {
            log->ring = hone_alloc_zeroed(log->n_events_max, sizeof(*log->ring));
        }
        log->n_kept += 1;
        log->bytes += data.len;
        *kept_at(log, log->n_kept - 1) =
            (struct hone_sse_kept){.data = copy, .len = data.len};
    }
    return (struct hone_sse_id){log->stream, log->newest};
}

int hone_sse_log_next(const struct hone_sse_log *log, uint64_t after,
                      struct hone_span *data)
{
    if (after >= log->newest) {
        return after == log->newest ? HONE_E_NOT_FOUND : HONE_E_INVALID;
    }
    uint64_t back = log->newest - after; /* 1: the newest */
    if (back > log->n_kept) {
        return HONE_E_STALE;
    }
    const struct hone_sse_kept *kept = kept_at(log, log->n_kept - (size_t)back);
    *data = hone_span_of(kept->data, kept->len);
    return 0;
}
