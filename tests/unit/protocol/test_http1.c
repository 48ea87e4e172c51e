#include "tests/support/support.h"

#include "tests/unit/protocol/http1_feed.h"

static void check(const char *text, const char *log)
{
    check_bytes(hone_span_text(text), log, 0);
}

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
          "00A\r\n0123456789\r\n0\r\nX-Trailer: dropped\r\nY:\r\n\r\n",
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

static void shows_the_head_before_it_asks_for_the_body(void **state)
{
    (void)state;
    static const char head[] = "POST /mcp?a HTTP/1.1\r\n" HOST
                               "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    struct hone_http1_parser *parser = hone_http1_create(10, NULL);
    size_t taken = 0;
    assert_int_equal(hone_http1_feed(parser, head, sizeof(head) - 1, &taken),
                     HONE_HTTP1_CONTINUE);
    const struct hone_http1_request *request = hone_http1_request(parser);
    assert_true(hone_span_is(request->method, "POST"));
    assert_true(hone_span_is(request->path, "/mcp"));
    assert_true(hone_span_is(hone_http1_header(parser, "host"), "localhost"));
    assert_int_equal(request->body.len, 0);
    assert_int_equal(hone_http1_feed(parser, "ab", 2, &taken), HONE_HTTP1_REQUEST);
    assert_true(hone_span_is(hone_http1_request(parser)->body, "ab"));
    hone_http1_destroy(parser);
}

static void takes_what_is_unusual_but_clear(void **state)
{
    (void)state;
    check("get / HTTP/1.1\r\n" HOST "\r\n", "get /? keep []\n");
    check("GET / HTTP/1.1\r\n" HOST "Connection: close, keep-alive\r\n\r\n",
          "GET /? close []\n");
    check("GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n"
          "Connection: close\r\n\r\n",
          "GET /? close []\n");
    check("GET / HTTP/1.1\r\n" HOST "Connection: Upgrade, HTTP2-Settings\r\n"
          "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
          "GET /? keep []\n");
    check("GET / HTTP/1.1\r\n" HOST "Keep-Alive: timeout=5, max=9\r\nX:\r\n\r\n",
          "GET /? keep []\n");
    check("GET /..a/.b/c.. HTTP/1.1\r\n" HOST "\r\n", "GET /..a/.b/c..? keep []\n");
    check("GET /%41%c3%a9?../x/.. HTTP/1.1\r\n" HOST "\r\n",
          "GET /%41%c3%a9?../x/.. keep []\n");
    check("GET / HTTP/1.1\r\nHost: [2001:db8::192.0.2.1]:65535\r\n\r\n",
          "GET /? keep []\n");
    check("GET / HTTP/1.1\r\nHost: a-b.c_d.example.:\r\n\r\n", "GET /? keep []\n");
}

static void gives_header_values(void **state)
{
    (void)state;
    static const char text[] = "POST / HTTP/1.1\r\nHOST:\t [::1]:80 \t\r\nAccept: a\r\n"
                               "accept: b\r\nX-Empty:\r\nX-Raw: \xe9\tx\r\n\r\n";
    struct hone_http1_parser *parser = hone_http1_create(10, NULL);
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
    struct hone_http1_parser *parser = hone_http1_create(10, NULL);
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

/* Takes one whole request; where its bytes are. */
static const char *feed_whole(struct hone_http1_parser *parser, const char *body)
{
    static const char head[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n";
    size_t taken = 0;
    assert_int_equal(hone_http1_feed(parser, head, sizeof(head) - 1, &taken),
                     HONE_HTTP1_MORE);
    assert_int_equal(hone_http1_feed(parser, body, 2, &taken), HONE_HTTP1_REQUEST);
    assert_true(hone_span_is(hone_http1_request(parser)->body, body));
    assert_true(hone_span_is(hone_http1_header(parser, "host"), "localhost"));
    return hone_http1_request(parser)->method.data;
}

static void parsers_hand_each_other_their_memory(void **state)
{
    (void)state;
    struct hone_http1_spare *spare = hone_http1_spare_create();
    struct hone_http1_parser *a = hone_http1_create(10, spare);
    struct hone_http1_parser *b = hone_http1_create(10, spare);
    size_t taken = 0;
    const char *first = feed_whole(a, "a1");
    const char *second = feed_whole(b, "b1"); /* both are busy: two of all */
    assert_ptr_not_equal(first, second);
    assert_int_equal(hone_http1_feed(a, NULL, 0, &taken), HONE_HTTP1_MORE);
    assert_true(hone_span_is(hone_http1_request(b)->body, "b1"));
    assert_int_equal(hone_http1_feed(b, NULL, 0, &taken), HONE_HTTP1_MORE);
    assert_ptr_equal(feed_whole(b, "b2"), first);
    hone_http1_destroy(a);
    assert_true(hone_span_is(hone_http1_request(b)->body, "b2"));
    hone_http1_destroy(b);
    hone_http1_spare_destroy(spare);
    hone_http1_spare_destroy(NULL);
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
        cmocka_unit_test(shows_the_head_before_it_asks_for_the_body),
        cmocka_unit_test(takes_what_is_unusual_but_clear),
        cmocka_unit_test(gives_header_values),
        cmocka_unit_test(forgets_a_request_when_told),
        cmocka_unit_test(parsers_hand_each_other_their_memory),
        cmocka_unit_test(writes_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
