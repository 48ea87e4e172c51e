/* Feeds texts to the HTTP/1.1 parser, cut in several ways, and tells what came of it. */
#ifndef HONE_TESTS_UNIT_PROTOCOL_HTTP1_FEED_H
#define HONE_TESTS_UNIT_PROTOCOL_HTTP1_FEED_H

#include "tests/support/support.h"

#include "base/buf.h"
#include "protocol/http1.h"
#include "protocol/http1_internal.h"

#include <string.h>

#define HOST     "Host: localhost\r\n"
#define BODY_MAX 1000

/* A connection that was fed a text: what came of it, in a form that is easy to compare.
 */
struct outcome {
    struct hone_buf log;
    int refused; /* status, or 0 */
};

static inline void log_request(struct outcome *outcome,
                               const struct hone_http1_parser *parser)
{
    const struct hone_http1_request *request = hone_http1_request(parser);
    struct hone_buf *log = &outcome->log;
    hone_buf_append_span(log, request->method);
    hone_buf_append_char(log, ' ');
    hone_buf_append_span(log, request->path);
    hone_buf_append_char(log, '?');
    hone_buf_append_span(log, request->query);
    hone_buf_append_text(log, request->keep_alive ? " keep [" : " close [");
    hone_buf_append_span(log, request->body);
    hone_buf_append_text(log, "]\n");
}

/* Feeds text in pieces; returns what is left of a request at the end. */
static inline void feed_pieces(struct outcome *outcome, struct hone_span text,
                               size_t piece)
{
    struct hone_http1_parser *parser = hone_http1_create(BODY_MAX, NULL);
    hone_buf_init(&outcome->log, 100000);
    hone_buf_append_text(&outcome->log, "");
    outcome->refused = 0;
    const char *reason = NULL;
    size_t at = 0, end = 0;
    while (at < text.len && outcome->refused == 0) {
        size_t taken = 0;
        end = at == end ? (text.len - at < piece ? text.len : at + piece) : end;
        switch (hone_http1_feed(parser, text.data + at, end - at, &taken)) {
        case HONE_HTTP1_REQUEST:
            log_request(outcome, parser);
            break;
        case HONE_HTTP1_CONTINUE:
            hone_buf_append_text(&outcome->log, "100\n");
            break;
        case HONE_HTTP1_REFUSED:
            outcome->refused = hone_http1_refusal(parser, &reason);
            assert_null(strpbrk(reason, "\"\\\n"));
            break;
        case HONE_HTTP1_MORE:
            assert_int_equal(taken, end - at);
            break;
        }
        at += taken;
    }
    hone_buf_append_text(
        &outcome->log, outcome->refused == 0 && !hone_http1_is_idle(parser) ? "..." : "");
    hone_http1_destroy(parser);
}

/* The same whole, byte by byte and in sevens. */
static inline void check_bytes(struct hone_span text, const char *log, int refused)
{
    static const size_t pieces[] = {1000000, 1, 7};
    for (size_t i = 0; i < 3; i++) {
        struct outcome outcome;
        feed_pieces(&outcome, text, pieces[i]);
        const char *seen = outcome.log.len > 0 ? outcome.log.data : "";
        if (outcome.refused != refused || strcmp(seen, log) != 0) {
            fail_msg("by %zu: refused %d, expected %d, saw \"%s\", of:\n%.*s", pieces[i],
                     outcome.refused, refused, seen, (int)text.len, text.data);
        }
        hone_buf_finish(&outcome.log);
    }
}

#endif
