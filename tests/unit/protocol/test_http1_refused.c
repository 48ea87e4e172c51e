/* What the HTTP/1.1 parser refuses: requests that are malformed, and those that two
 * readers could take for different ones. Each is fed whole, byte by byte and in sevens,
 * alone and with a good request behind it, which must not be seen. */
#include "tests/unit/protocol/http1_feed.h"

#include <stdio.h>
#include <stdlib.h>

#define N_OF(table) (sizeof(table) / sizeof(table)[0])
#define TEXT_MAX    1000
#define GOOD        "\r\n\r\nGET /behind HTTP/1.1\r\n" HOST "\r\n"

struct refused {
    const char *text; /* up to where it is refused at the latest */
    int status;
};

static void check_refused(const char *text, const char *before, int status)
{
    char longer[TEXT_MAX];
    int len = snprintf(longer, sizeof(longer), "%s%s", text, GOOD);
    assert_true(len > 0 && (size_t)len < sizeof(longer));
    check_bytes(hone_span_text(text), before, status);
    check_bytes(hone_span_text(longer), before, status);
}

static void check_rows(const struct refused *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        check_refused(rows[i].text, "", rows[i].status);
    }
}

static void refuses_request_lines(void **state)
{
    (void)state;
    static const struct refused rows[] = {
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
        {"GET / HTTP/1.1 HTTP/1.1\r\n", 400},
        {"GET / HTTP/11\r\n", 400},
        {"GET / HTTP/+1.1\r\n", 400},
        {"GET / HTTP/1.1\r\r\n", 400},
        {"GET / HTTP/3\r\n", 400},
        {"GET / HTP/1.1\r\n", 400},
        {"GET / ICE/1.0\r\n", 400},
        {"GET\r\n", 400},
        {"GET / \r\n", 400},
        {" / HTTP/1.1\r\n", 400},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"AMETHODWITHTHIRTYTHREECHARACTERSX / HTTP/1.1\r\n", 400},
        {"G\x7fT / HTTP/1.1\r\n", 400},
    };
    check_rows(rows, N_OF(rows));
}

static void refuses_targets(void **state)
{
    (void)state;
    static const struct refused rows[] = {
        {"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n", 400},
        {"GET localhost:80/mcp HTTP/1.1\r\n", 400},
        {"OPTIONS ** HTTP/1.1\r\n", 400},
        {"GET /../mcp HTTP/1.1\r\n", 400},
        {"GET /a/../../mcp HTTP/1.1\r\n", 400},
        {"GET /a/.. HTTP/1.1\r\n", 400},
        {"GET /./mcp HTTP/1.1\r\n", 400},
        {"GET /a/.?b HTTP/1.1\r\n", 400},
        {"GET /%2e%2e/mcp HTTP/1.1\r\n", 400},
        {"GET /.%2E/mcp HTTP/1.1\r\n", 400},
        {"GET /%2e HTTP/1.1\r\n", 400},
        {"GET /mcp%00 HTTP/1.1\r\n", 400},
        {"GET /mcp?a=%00 HTTP/1.1\r\n", 400},
        {"GET /mcp% HTTP/1.1\r\n", 400},
        {"GET /mcp%4 HTTP/1.1\r\n", 400},
        {"GET /mcp%4g HTTP/1.1\r\n", 400},
        {"GET /%u0041 HTTP/1.1\r\n", 400},
        {"GET /..\\mcp HTTP/1.1\r\n", 400},
        {"GET /\"mcp\" HTTP/1.1\r\n", 400},
        {"GET /<mcp> HTTP/1.1\r\n", 400},
        {"GET /mcp\r HTTP/1.1\r\n", 400},
        {"GET /mcp\n HTTP/1.1\r\n", 400},
    };
    check_rows(rows, N_OF(rows));
}

static void refuses_header_lines(void **state)
{
    (void)state;
    static const struct refused rows[] = {
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
        {"GET / HTTP/1.1\r\n" HOST "X\xc3\xa9: a\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X\t: a\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X(y): a\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "\"X\": a\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\rTransfer-Encoding: chunked\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\nTransfer-Encoding: chunked\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\r\n\x0bTransfer-Encoding: chunked\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "\r\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "X: a\x1b[2J\r\n", 400},
    };
    check_rows(rows, N_OF(rows));
}

static void refuses_hosts(void **state)
{
    (void)state;
    static const struct refused rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST HOST, 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n", 400},
        {"GET / HTTP/1.1\r\nHost:\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: user@a\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: localhost\r\nHost:\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a,b\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a;b\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: localhost%00.evil\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: :80\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a:80:80\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a:80x\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a:+80\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a:123456\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: localhost:80@evil\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: http://localhost\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: ::1\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: [::1\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: []\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: [::1]x\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: [evil]\r\n", 400},
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400},
    };
    check_rows(rows, N_OF(rows));
}

static void refuses_lengths_and_codings(void **state)
{
    (void)state;
    static const struct refused rows[] = {
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
        {"POST / HTTP/1.1\r\n" HOST "Expect: cookies\r\n", 417},
        {"POST / HTTP/1.1\r\n" HOST
         "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n",
         413},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\ncontent-length: 5\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length : 5\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n 5\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5,\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5.0\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1e1\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: \"5\"\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: five\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775808\r\n", 413},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0000000000000000005\r\n", 413},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity, chunked\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;q=1\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: ,chunked\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\xa0\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b"
         "chunked\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
         "transfer-encoding: identity\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n chunked\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "X: a\r\n\tTransfer-Encoding: chunked\r\n", 400},
        {"POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n"
         "Transfer-Encoding: chunked\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n"
         "Transfer-Encoding: chunked\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST "Expect:\r\n", 417},
        {"POST / HTTP/1.1\r\n" HOST "Expect: 100-continue, x\r\n", 417},
        {"POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nExpect: 100-continue\r\n",
         400},
    };
    check_rows(rows, N_OF(rows));
}

static void refuses_single_headers_twice(void **state)
{
    (void)state;
    static const struct refused rows[] = {
        {"POST / HTTP/1.1\r\n" HOST "Mcp-Method: a\r\nMCP-METHOD: b\r\n", 400},
        {"POST / HTTP/1.1\r\n" HOST "Mcp-Param-Region: a\r\nmcp-param-region: b\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST "Origin: http://a\r\nOrigin: http://b\r\n", 400},

        {"POST / HTTP/1.1\r\n" HOST "Authorization: Bearer a\r\n"
         "authorization: Bearer b\r\n",
         400},
        {"POST / HTTP/1.1\r\n" HOST "Content-Type: a/b\r\nContent-Type: a/b\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Last-Event-ID: 1-1\r\nLast-Event-Id: 1-2\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\n", 400},
    };
    check_rows(rows, N_OF(rows));
}

static void refuses_malformed_chunks(void **state)
{
    (void)state;
    static const struct refused rows[] = {
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
        {"+5\r\nhello", 400},
        {"5\r\n5\r\nhello", 400},
        {"5\r\nhello5\r\n", 400},
        {"5\rhello", 400},
        {"5,5\r\nhello", 400},
        {"5\t;a\r\nhello", 400},
        {"\xff\r\n", 400},
        {"g\r\n", 400},
        {"7fffffffffffffff\r\n", 413},
        {"8000000000000000\r\n", 413},
        {"0000000000000005\r\nhello", 413},
        {"5;a=\"\n\"\r\nhello", 400},
        {"5;a=\"\r\n\"\r\nhello", 400},
        {"0\r\nTransfer-Encoding: chunked\r\n", 400},
        {"0\r\nContent-Length: 5\r\n", 400},
        {"0\r\nHost: evil\r\n", 400},
        {"0\r\nauthorization: Bearer a\r\n", 400},
        {"0\r\nMcp-Param-Region: a\r\n", 400},
        {"0\r\nX: a\rY: b\r\n", 400},
        {"0\r\n\n", 400},
        {"0\r\n\rX", 400},
    };
    for (size_t i = 0; i < N_OF(rows); i++) {
        char text[TEXT_MAX];
        (void)snprintf(text, sizeof(text),
                       "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n%s",
                       rows[i].text);
        check_refused(text, "", rows[i].status);
    }
}

/* Bytes behind a body are the next request, whatever they are. */
static void takes_what_is_behind_a_body_for_the_next_request(void **state)
{
    (void)state;
    static const struct {
        const char *text, *before;
        int status;
    } rows[] = {
        {"POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab{}\r\n",
         "POST /1? keep [ab]\n", 400},
        {"POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\n"
         "Host: a\r\nHost: b\r\n",
         "POST /1? keep [ab]\n", 400},
        {"POST /1 HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n\r\n\r\n",
         "POST /1? keep []\n", 400},
        {"GET /1 HTTP/1.1\r\n" HOST "\r\n0\r\n", "GET /1? keep []\n", 400},
        {"POST /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
         "1\r\na\r\n0\r\n\r\n5\r\nhello\r\n",
         "POST /1? keep [a]\n", 400},
        {"POST /1 HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n"
         "aX\r\n",
         "100\nPOST /1? keep [a]\n", 400},
    };
    for (size_t i = 0; i < N_OF(rows); i++) {
        check_refused(rows[i].text, rows[i].before, rows[i].status);
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

static void takes_nothing_after_a_refusal(void **state)
{
    (void)state;
    struct hone_http1_parser *parser = hone_http1_create(10, NULL);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_request_lines),
        cmocka_unit_test(refuses_targets),
        cmocka_unit_test(refuses_header_lines),
        cmocka_unit_test(refuses_hosts),
        cmocka_unit_test(refuses_lengths_and_codings),
        cmocka_unit_test(refuses_single_headers_twice),
        cmocka_unit_test(refuses_malformed_chunks),
        cmocka_unit_test(takes_what_is_behind_a_body_for_the_next_request),
        cmocka_unit_test(refuses_a_nul_anywhere),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(holds_its_limits_on_numbers_of_lines),
        cmocka_unit_test(takes_nothing_after_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
