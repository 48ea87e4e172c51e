/* fuzz: protocol - the requests seen do not depend on how the bytes are cut into feeds,
 * and no request is larger than its limits. */
#include "protocol/http1.h"

#include "base/check.h"
#include "protocol/http1_internal.h"

#include <stdint.h>

#define BODY_MAX 64
#define SEEN_MAX (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note_request(struct hone_buf *seen, const struct hone_http1_parser *parser)
{
    static const char *const names[] = {"Host", "Content-Type", "Mcp-Name", "X"};
    const struct hone_http1_request *request = hone_http1_request(parser);
    HONE_INVARIANT(request->body.len <= BODY_MAX);
    HONE_INVARIANT(request->target.len <= HONE_HTTP1_TARGET_BYTES_MAX);
    HONE_INVARIANT(request->method.len > 0 && request->path.len > 0);
    (void)hone_buf_append_span(seen, request->method);
    (void)hone_buf_append_span(seen, request->target);
    (void)hone_buf_append_span(seen, request->path);
    (void)hone_buf_append_span(seen, request->query);
    (void)hone_buf_append_span(seen, request->body);
    (void)hone_buf_append_text(seen, request->keep_alive ? "+" : "-");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)hone_buf_append_span(seen, hone_http1_header(parser, names[i]));
        (void)hone_buf_append_char(seen, '\n');
    }
}

static void feed(struct hone_buf *seen, struct hone_span bytes, size_t piece,
                 struct hone_http1_spare *spare)
{
    struct hone_http1_parser *parser = hone_http1_create(BODY_MAX, spare);
    enum hone_http1_step step = HONE_HTTP1_MORE;
    size_t at = 0;
    hone_buf_init(seen, SEEN_MAX);
    while (at < bytes.len && step != HONE_HTTP1_REFUSED) {
        size_t left = bytes.len - at, taken = 0;
        size_t len = left < piece ? left : piece;
        step = hone_http1_feed(parser, bytes.data + at, len, &taken);
        HONE_INVARIANT(taken <= len && (step != HONE_HTTP1_MORE || taken == len));
        at += taken;
        if (step == HONE_HTTP1_REQUEST) {
            note_request(seen, parser);
            (void)hone_http1_feed(parser, NULL, 0, &taken); /* gives its memory away */
        } else if (step == HONE_HTTP1_CONTINUE) {
            (void)hone_buf_append_text(seen, "continue\n");
        } else if (step == HONE_HTTP1_REFUSED) {
            (void)hone_buf_append_format(seen, "%d", hone_http1_refusal(parser, NULL));
        }
    }
    (void)hone_buf_append_text(seen, hone_http1_is_idle(parser) ? " idle" : " busy");
    hone_http1_destroy(parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_span bytes = hone_span_of((const char *)data, size);
    struct hone_buf whole, single, some;
    struct hone_http1_spare *spare = hone_http1_spare_create();
    feed(&whole, bytes, size + 1, spare);
    feed(&single, bytes, 1, spare);
    feed(&some, bytes, 7, NULL);
    hone_http1_spare_destroy(spare);
    HONE_INVARIANT(hone_span_equal(hone_buf_span(&whole), hone_buf_span(&single)));
    HONE_INVARIANT(hone_span_equal(hone_buf_span(&whole), hone_buf_span(&some)));
    hone_buf_finish(&whole);
    hone_buf_finish(&single);
    hone_buf_finish(&some);
    return 0;
}
