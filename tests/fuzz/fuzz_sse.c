/* fuzz: protocol - an id that is taken is the only text of its value; a log replays
 * exactly what was appended, in order, within its ceilings; data never leaves its event.
 * Input: a line that may be an id, then the data of events, one a line. */
#include "protocol/sse.h"

#include "base/check.h"
#include "base/error.h"

#include <stdint.h>
#include <string.h>

#define N_EVENTS_MAX 4
#define BYTES_MAX    24
#define SEEN_MAX     (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hone_span take_line(struct hone_span *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - rest->data) : rest->len;
    size_t used = end != NULL ? len + 1 : len;
    struct hone_span line = hone_span_of(rest->data, len);
    *rest = hone_span_of(rest->data + used, rest->len - used);
    return line;
}

/* Every line of an event is one of data, but the last, which is empty. */
static void check_framing(struct hone_span data)
{
    struct hone_buf buf;
    hone_buf_init(&buf, SEEN_MAX);
    HONE_INVARIANT(hone_sse_write_event(&buf, (struct hone_sse_id){0, 0}, data) == 0);
    struct hone_span rest = hone_buf_span(&buf);
    HONE_INVARIANT(rest.len > 0 && rest.data[rest.len - 1] == '\n');
    while (rest.len > 0) {
        struct hone_span line = take_line(&rest);
        HONE_INVARIANT(line.len == 0 || memchr(line.data, '\r', line.len) == NULL);
        HONE_INVARIANT(line.len == 0
                           ? rest.len == 0
                           : line.len >= 6 && memcmp(line.data, "data: ", 6) == 0);
    }
    hone_buf_finish(&buf);
}

/* What follows each number, against the events as they were appended. */
static void check_log(const struct hone_sse_log *log, struct hone_span events)
{
    int before = HONE_E_STALE;
    HONE_INVARIANT(log->bytes <= BYTES_MAX && log->n_kept <= N_EVENTS_MAX);
    for (uint64_t number = 0; number < log->newest; number++) {
        struct hone_span event = take_line(&events);
        struct hone_span seen;
        int code = hone_sse_log_next(log, number, &seen);
        HONE_INVARIANT(code == 0 || (code == HONE_E_STALE && before == HONE_E_STALE));
        HONE_INVARIANT(code != 0 || hone_span_equal(seen, event));
        before = code;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_span rest = hone_span_of((const char *)data, size);
    struct hone_span id_text = take_line(&rest), events = rest;
    struct hone_sse_id id;
    struct hone_sse_log log;
    uint64_t n = 0;
    if (hone_sse_id_parse(&id, id_text) == 0) {
        char again[HONE_SSE_ID_SIZE];
        hone_sse_id_format(again, id);
        HONE_INVARIANT(hone_span_is(id_text, again));
    }
    check_framing(rest);
    hone_sse_log_init(&log, 1, N_EVENTS_MAX, BYTES_MAX);
    while (rest.len > 0) {
        HONE_INVARIANT(hone_sse_log_append(&log, take_line(&rest)).number == ++n);
    }
    check_log(&log, events);
    hone_sse_log_finish(&log);
    return 0;
}
