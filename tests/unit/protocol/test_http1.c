#include "tests/support/support.h"

#include "base/buf.h"
#include "protocol/http1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX 1000

/* A connection that was fed a text: what came of it, in a form that is easy to compare.
 */
struct outcome {
    struct hone_buf log;
    int refused; /* status, or 0 */
};

static void log_request(struct outcome *outcome, const struct hone_http1_parser *parser)
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
static void feed_pieces(struct outcome *outcome, struct hone_span text, size_t piece)
{
    struct hone_http1_parser *parser = hone_http1_create(BODY_MAX);
    hone_buf_init(&outcome->log, 100000);
    hone_buf_append_text(&outcome->log, "");
    outcome->refused = 0;
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
            outcome->refused = hone_http1_refusal(parser, NULL);
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
static void check_bytes(struct hone_span text, const char *log, int refused)
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

static void check(const char *text, const char *log)
{
    check_bytes(hone_span_text(text), log, 0);
}

static void check_refused(const char *text, int status)
{
    check_bytes(hone_span_text(text), "", status);
}

#define HOST "Host: localhost\r\n"

static void reads_requests_with_and_without_body(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\n" HOST "\r\n", "GET /? keep []\n");
    check("GET /a/b?c=d?e HTTP/1.1\r\n" HOST "\r\n", "GET /a/b?c=d?e keep []\n");
    check("POST /mcp HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
          "POST /mcp? keep [hello]\n");
    check("POST /mcp HTTP/1.1\r\n" HOST "content-LENGTH:0005  \r\n\r\nhello",
          "POST /mcp? keep [hello]\n");
    check("DELETE /mcp HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
          "DELETE /mcp? keep []\n");
    check("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS *? keep []\n");
}

static void reads_chunks(void **state)
{
    (void)state;
    check("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
          "5\r\nhello\r\n6;name=value\r\n world\r\n0\r\n\r\n",
          "POST /? keep [hello world]\n");
    check("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"
          "00A\r\n0123456789\r\n0\r\nX-Trailer: dropped\r\nHost: evil\r\n\r\n",
          "POST /? keep [0123456789]\n");
    check("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "POST /? keep []\n");
}

static void reads_pipelined_requests(void **state)
{
    (void)state;
    check("POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab"
          "GET /2 HTTP/1.1\r\n" HOST "\r\n"
          "\r\nPOST /3 HTTP/1.1\r\n" HOST
          "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
          "GET /4 HTTP/1.1\r\nHo",
          "POST /1? keep [ab]\nGET /2? keep []\nPOST /3? keep [x]\n...");
}

static void keeps_the_connection_as_asked(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "GET /? close []\n");
    check("GET / HTTP/1.1\r\n" HOST "Connection: foo , CLOSE\r\n\r\n",
          "GET /? close []\n");
    check("GET / HTTP/1.1\r\n" HOST "Connection: a\r\nConnection: close\r\n\r\n",
          "GET /? close []\n");
    check("GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n", "GET /? keep []\n");
    check("GET / HTTP/1.0\r\n\r\n", "GET /? close []\n");
    check("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET /? keep []\n");
    check("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET /? close []\n");
}

static void asks_for_the_body_when_the_client_waits(void **state)
{
    (void)state;
    check("POST / HTTP/1.1\r\n" HOST
          "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
          "100\nPOST /? keep [ab]\n");
    check("POST / HTTP/1.1\r\n" HOST
          "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n"
          "1\r\na\r\n0\r\n\r\n",
          "100\nPOST /? keep [a]\n");
    check("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
          "POST /? keep []\n");
    check("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
          "POST /? close [a]\n");
}

static void refuses_malformed_and_ambiguous_requests(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        /* request line */
        {"GET /\r\n", 400},
        {"GET  / HTTP/1.1\r\n", 400},
        {"GET / HTTP/1.1 \r\n", 400},
        {" GET / HTTP/1.1\r\n", 400},
        {"GET\t/ HTTP/1.1\r\n", 400},
        {"GET / a HTTP/1.1\r\n", 400},
        {"GET / http/1.1\r\n", 400},
        {"GET / HTTP/1.1x\r\n", 400},
        {"GET / HTTP/1\r\n", 400},
        {"GET / HTTP/2.0\r\n", 505},
        {"GET / HTTP/1.2\r\n", 505},
        {"GET / HTTP/0.9\r\n", 505},
        {"PRI * HTTP/2.0\r\n", 505},
        {"G(T / HTTP/1.1\r\n", 400},
        {"\xc3\xa9 / HTTP/1.1\r\n", 400},
        {"GET http://localhost/ HTTP/1.1\r\n", 400},
        {"CONNECT localhost:80 HTTP/1.1\r\n", 400},
        {"GET * HTTP/1.1\r\n", 400},
        {"GET mcp HTTP/1.1\r\n", 400},
        {"GET /a#b HTTP/1.1\r\n", 400},
        {"GET /\xc3\xa9 HTTP/1.1\r\n", 400},
        {"GET /\x01 HTTP/1.1\r\n", 400},
        {"GET / HTTP/1.1\n", 400},
        {"GET / HTTP/1.1\rX", 400},
        {"\n", 400},
        {"\r\n\r\n", 400},
        {"\x16\x03\x01", 400},
        /* header lines */
        {"GET / HTTP/1.1\r\nHost: a\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : a\r\n", 400},
        {"GET / HTTP/1.1\r\n: a\r\n", 400},
        {"GET / HTTP/1.1\r\nHost\r\n", 400},
        {"GET / HTTP/1.1\r\nHo st: a\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n", 400},
        {"GET / HTTP/1.1\r\n Host: a\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\x7f\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\vb\r\n", 400},
        /* Host */
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST HOST, 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n", 400},
        {"GET / HTTP/1.1\r\nHost:\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: user@a\r\n", 400},
        /* lengths and codings */
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: -5\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551617\r\n", 413},
        {"POST / HTTP/1.1\r\n" HOST
         "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST
         "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
         "Transfer-Encoding: chunked\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, identity\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding\t: chunked\r\n", 400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Expect: cookies\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST
         "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n",
         413},
        /* single headers of ours */
        {"POST / HTTP/1.1\r\n" HOST "Mcp-Method: a\r\nMCP-METHOD: b\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Mcp-Param-Region: a\r\nmcp-param-region: b\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST "Origin: http://a\r\nOrigin: http://b\r\n", 400},
    };
    assert_true(sizeof(rows) / sizeof(rows[0]) >= 40);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_refused(rows[i].text, rows[i].status);
    }
}

static void refuses_malformed_chunks(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"\r\n", 400},
        {"5\nhello", 400},
        {"5 \r\nhello", 400},
        {" 5\r\nhello", 400},
        {"0x5\r\nhello", 400},
        {"-5\r\nhello", 400},
        {"5h\r\nhello", 400},
        {";a=b\r\nhello", 400},
        {"5\r\nhelloX", 400},
        {"5\r\nhello\n", 400},
        {"5\r\nhello\r5", 400},
        {"5;\x01\r\n", 400},
        {"3e9\r\n", 413},
        {"ffffffffffffffff\r\n", 413},
        {"10000000000000005\r\n", 413},
        {"0\r\nX : a\r\n", 400},
        {"0\r\n folded\r\n", 400},
        {"0\r\nX: a\n", 400},
        {"0\r\nno colon\r\n", 400},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[500];
        (void)snprintf(text, sizeof(text),
                       "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n%s",
                       rows[i].text);
        check_refused(text, rows[i].status);
    }
}

static void refuses_a_nul_anywhere(void **state)
{
    (void)state;
    static const char in_target[] = "GET /\0 HTTP/1.1\r\n";
    static const char in_name[] = "GET / HTTP/1.1\r\nX\0: a\r\n";
    static const char in_value[] = "GET / HTTP/1.1\r\nX: a\0b\r\n";
    check_bytes(hone_span_of(in_target, sizeof(in_target) - 1), "", 400);
    check_bytes(hone_span_of(in_name, sizeof(in_name) - 1), "", 400);
    check_bytes(hone_span_of(in_value, sizeof(in_value) - 1), "", 400);
}

/* before, then n times fill, then after. */
static char *filled(const char *before, char fill, size_t n, const char *after)
{
    char *text = calloc(strlen(before) + n + strlen(after) + 1, 1);
    assert_non_null(text);
    strcpy(text, before);
    memset(text + strlen(before), fill, n);
    strcat(text, after);
    return text;
}

static void check_filled(const char *before, char fill, size_t n, const char *after,
                         int status)
{
    char *text = filled(before, fill, n, after);
    struct outcome outcome;
    for (size_t piece = 1; piece <= 100000; piece *= 10) {
        feed_pieces(&outcome, hone_span_text(text), piece);
        assert_int_equal(outcome.refused, status);
        hone_buf_finish(&outcome.log);
    }
    free(text);
}

static void holds_its_limits(void **state)
{
    (void)state;
    check_filled("GET /", 'a', HONE_HTTP1_TARGET_BYTES_MAX - 1,
                 " HTTP/1.1\r\n" HOST "\r\n", 0);
    check_filled("GET /", 'a', HONE_HTTP1_TARGET_BYTES_MAX, " HTTP/1.1\r\n" HOST "\r\n",
                 414);
    check_filled("GET /", 'a', 1000000, "", 414);
    check_filled("GET / HTTP/1.1\r\n" HOST "X: ", 'a', 16000, "\r\n\r\n", 0);
    check_filled("GET / HTTP/1.1\r\n" HOST "X: ", 'a', HONE_HTTP1_HEAD_BYTES_MAX,
                 "\r\n\r\n", 431);
    check_filled("GET / HTTP/1.1\r\n" HOST, 'a', 1000000, "", 431);
    check_filled("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;", 'a',
                 300, "\r\n", 400);
    check_filled("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
                 'a', 5000, "\r\n", 431);
}

/* unit, repeated n times between before and after. */
static void check_repeated(const char *before, const char *unit, size_t n,
                           const char *after, int status)
{
    struct hone_buf text;
    hone_buf_init(&text, 1000000);
    hone_buf_append_text(&text, before);
    for (size_t i = 0; i < n; i++) {
        hone_buf_append_text(&text, unit);
    }
    hone_buf_append_text(&text, after);
    check_filled(text.data, ' ', 0, "", status);
    hone_buf_finish(&text);
}

static void holds_its_limits_on_numbers_of_lines(void **state)
{
    (void)state;
    const char *begin = "GET / HTTP/1.1\r\n" HOST;
    const char *chunks = "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
    check_repeated(begin, "X: a\r\n", HONE_HTTP1_HEADERS_MAX - 1, "\r\n", 0);
    check_repeated(begin, "X: a\r\n", HONE_HTTP1_HEADERS_MAX, "\r\n", 431);
    check_repeated(chunks, "1\r\nx\r\n", BODY_MAX, "0\r\n\r\n", 0);
    check_repeated(chunks, "1\r\nx\r\n", BODY_MAX + 1, "0\r\n\r\n", 413);
    check_repeated(chunks, "1;abcdefghijklmnopqrstuvwxyz0123456789\r\nx\r\n", 900, "",
                   431);
    check_repeated(chunks, "0\r\n", 1, "", 0);
}

static void gives_header_values(void **state)
{
    (void)state;
    static const char text[] = "POST / HTTP/1.1\r\nHOST:\t [::1]:80 \t\r\nAccept: a\r\n"
                               "accept: b\r\nX-Empty:\r\nX-Raw: \xe9\tx\r\n\r\n";
    struct hone_http1_parser *parser = hone_http1_create(10);
    size_t taken = 0;
    assert_int_equal(hone_http1_feed(parser, text, sizeof(text) - 1, &taken),
                     HONE_HTTP1_REQUEST);
    assert_true(hone_span_is(hone_http1_header(parser, "Host"), "[::1]:80"));
    assert_true(hone_span_is(hone_http1_header(parser, "ACCEPT"), "a"));
    assert_true(hone_span_is(hone_http1_header(parser, "x-empty"), ""));
    assert_true(hone_span_is(hone_http1_header(parser, "x-raw"), "\xe9\tx"));
    assert_int_equal(hone_http1_header(parser, "X").len, 0);
    hone_http1_destroy(parser);
}

static void forgets_a_request_when_told(void **state)
{
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
    struct hone_http1_parser *parser = hone_http1_create(10);
    size_t taken = 0;
    assert_true(hone_http1_is_idle(parser));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hone_http1_feed(parser, text, 3, &taken), HONE_HTTP1_MORE);
        assert_false(hone_http1_is_idle(parser));
        assert_int_equal(hone_http1_feed(parser, text + 3, sizeof(text) - 4, &taken),
                         HONE_HTTP1_REQUEST);
        assert_true(hone_http1_is_idle(parser));
        assert_int_equal(hone_http1_feed(parser, NULL, 0, &taken), HONE_HTTP1_MORE);
        assert_int_equal(hone_http1_header(parser, "Host").len, 0);
        assert_true(hone_http1_is_idle(parser));
    }
    hone_http1_destroy(parser);
    hone_http1_destroy(NULL);
}

static void takes_nothing_after_a_refusal(void **state)
{
    (void)state;
    struct hone_http1_parser *parser = hone_http1_create(10);
    size_t taken = 9;
    const char *reason = NULL;
    assert_int_equal(hone_http1_feed(parser, "\n", 1, &taken), HONE_HTTP1_REFUSED);
    assert_int_equal(hone_http1_feed(parser, "GET / HTTP/1.1\r\n", 16, &taken),
                     HONE_HTTP1_REFUSED);
    assert_int_equal(taken, 0);
    assert_int_equal(hone_http1_refusal(parser, &reason), 400);
    assert_true(strlen(reason) > 0);
    hone_http1_destroy(parser);
}

static void writes_heads(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 1000);
    assert_int_equal(hone_http1_write_head(&buf, 200, "application/json", 12, true, NULL),
                     0);
    assert_string_equal(buf.data, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                  "Content-Length: 12\r\nConnection: keep-alive\r\n\r\n");
    hone_buf_clear(&buf);
    hone_http1_write_head(&buf, 405, NULL, 0, false, "Allow: POST\r\n");
    assert_string_equal(buf.data,
                        "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n"
                        "Connection: close\r\nAllow: POST\r\n\r\n");
    hone_buf_clear(&buf);
    hone_http1_write_head(&buf, 100, NULL, -1, true, NULL);
    assert_string_equal(buf.data, "HTTP/1.1 100 Continue\r\n\r\n");
    hone_buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_requests_with_and_without_body),
        cmocka_unit_test(reads_chunks),
        cmocka_unit_test(reads_pipelined_requests),
        cmocka_unit_test(keeps_the_connection_as_asked),
        cmocka_unit_test(asks_for_the_body_when_the_client_waits),
        cmocka_unit_test(refuses_malformed_and_ambiguous_requests),
        cmocka_unit_test(refuses_malformed_chunks),
        cmocka_unit_test(refuses_a_nul_anywhere),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(holds_its_limits_on_numbers_of_lines),
        cmocka_unit_test(gives_header_values),
        cmocka_unit_test(forgets_a_request_when_told),
        cmocka_unit_test(takes_nothing_after_a_refusal),
        cmocka_unit_test(writes_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
