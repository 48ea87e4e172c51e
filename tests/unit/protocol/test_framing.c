#include "tests/support/support.h"

#include "base/buf.h"
#include "protocol/framing.h"

#include <string.h>

/* What came out: lines in brackets, "!" for a line that was too long. */
static void on_line(void *user, struct hone_span line, int code)
{
    struct hone_buf *seen = user;
    if (code != 0) {
        assert_int_equal(code, HONE_E_LIMIT);
        assert_int_equal(line.len, 0);
        hone_buf_append_char(seen, '!');
        return;
    }
    hone_buf_append_char(seen, '[');
    hone_buf_append_span(seen, line);
    hone_buf_append_char(seen, ']');
}

/* Feeds text in pieces of the given size; checks the lines seen. */
static void check_pieces(const char *text, size_t piece, const char *expected)
{
    struct hone_framing framing;
    struct hone_buf seen;
    hone_framing_init(&framing, 8);
    hone_buf_init(&seen, 10000);
    for (size_t at = 0; at < strlen(text); at += piece) {
        size_t left = strlen(text) - at;
        hone_framing_feed(&framing, hone_span_of(text + at, left < piece ? left : piece),
                          on_line, &seen);
    }
    if (strcmp(seen.len > 0 ? seen.data : "", expected) != 0) {
        fail_msg("\"%s\" by %zu: %s", text, piece, seen.data);
    }
    hone_buf_finish(&seen);
    hone_framing_finish(&framing);
}

static void check(const char *text, const char *expected)
{
    for (size_t piece = 1; piece <= strlen(text) + 1; piece++) {
        check_pieces(text, piece, expected);
    }
}

static void gives_lines_in_order(void **state)
{
    (void)state;
    check("a\nbc\ndef\n", "[a][bc][def]");
    check("12345678\nx\n", "[12345678][x]");
}

static void keeps_an_unfinished_line_back(void **state)
{
    (void)state;
    check("a\nbc", "[a]");
    check("abc", "");
}

static void drops_carriage_returns_and_empty_lines(void **state)
{
    (void)state;
    check("\r\na\r\n\n\n\r\r\nb\r\r\n", "[a][b]");
    check("a\rb\n", "[a\rb]");
}

static void reports_a_long_line_once_and_goes_on(void **state)
{
    (void)state;
    check("123456789\nx\n", "![x]");
    check("1234567890123456789012345678901234567890\nx\n", "![x]");
    check("a\n123456789\n123456789\nb\n", "[a]!![b]");
    check("123456789", "!");
}

static void holds_no_memory_between_lines(void **state)
{
    (void)state;
    struct hone_framing framing;
    struct hone_buf seen;
    hone_framing_init(&framing, 1000);
    hone_buf_init(&seen, 1000);
    hone_framing_feed(&framing, hone_span_text("abc"), on_line, &seen);
    assert_non_null(framing.partial.data);
    hone_framing_feed(&framing, hone_span_text("d\n"), on_line, &seen);
    assert_null(framing.partial.data);
    assert_string_equal(seen.data, "[abcd]");
    hone_buf_finish(&seen);
    hone_framing_finish(&framing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_lines_in_order),
        cmocka_unit_test(keeps_an_unfinished_line_back),
        cmocka_unit_test(drops_carriage_returns_and_empty_lines),
        cmocka_unit_test(reports_a_long_line_once_and_goes_on),
        cmocka_unit_test(holds_no_memory_between_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
