/* fuzz: protocol - the lines seen do not depend on how the bytes are cut into feeds. */
#include "protocol/framing.h"

#include "base/check.h"
#include "base/error.h"

#include <stdint.h>

#define LINE_MAX_BYTES 32
#define SEEN_MAX       (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_line(void *user, struct hone_span line, int code)
{
    struct hone_buf *seen = user;
    HONE_INVARIANT(code == 0 || (code == HONE_E_LIMIT && line.len == 0));
    HONE_INVARIANT(line.len <= LINE_MAX_BYTES && (code != 0 || line.len > 0));
    (void)hone_buf_append_char(seen, code == 0 ? '[' : '!');
    (void)hone_buf_append_span(seen, line);
    (void)hone_buf_append_char(seen, '\n');
}

static void feed(struct hone_buf *seen, struct hone_span bytes, size_t piece)
{
    struct hone_framing framing;
    hone_buf_init(seen, SEEN_MAX);
    hone_framing_init(&framing, LINE_MAX_BYTES);
    for (size_t at = 0; at < bytes.len; at += piece) {
        size_t left = bytes.len - at;
        hone_framing_feed(&framing,
                          hone_span_of(bytes.data + at, left < piece ? left : piece),
                          on_line, seen);
    }
    hone_framing_finish(&framing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_span bytes = hone_span_of((const char *)data, size);
    struct hone_buf whole, single, some;
    feed(&whole, bytes, size + 1);
    feed(&single, bytes, 1);
    feed(&some, bytes, 5);
    HONE_INVARIANT(hone_span_equal(hone_buf_span(&whole), hone_buf_span(&single)));
    HONE_INVARIANT(hone_span_equal(hone_buf_span(&whole), hone_buf_span(&some)));
    hone_buf_finish(&whole);
    hone_buf_finish(&single);
    hone_buf_finish(&some);
    return 0;
}
