#include "tests/support/support.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

static void chains_appends(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 1000);
    hone_buf_append_text(&buf, "ab");
    hone_buf_append_char(&buf, 'c');
    hone_buf_append_span(&buf, hone_span_of("def", 2));
    hone_buf_append_format(&buf, "-%d-", 42);
    assert_int_equal(hone_buf_append(&buf, NULL, 0), 0);
    assert_true(hone_span_is(hone_buf_span(&buf), "abcde-42-"));
    assert_int_equal(buf.data[buf.len], 0);
    hone_buf_finish(&buf);
}

static void fills_exactly_to_its_ceiling(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(hone_buf_append_char(&buf, 'x'), 0);
    }
    assert_int_equal(hone_buf_append_char(&buf, 'y'), HONE_E_LIMIT);
    assert_int_equal(buf.len, 100);
    hone_buf_finish(&buf);
}

static void stays_in_the_memory_it_is_given(void **state)
{
    (void)state;
    char memory[11];
    struct hone_buf buf;
    memset(memory, 'm', sizeof(memory));
    hone_buf_init_fixed(&buf, memory, 10);
    assert_string_equal(memory, "");
    assert_int_equal(hone_buf_append_text(&buf, "123456789"), 0);
    assert_ptr_equal(buf.data, memory);
    assert_string_equal(memory, "123456789");
    assert_int_equal(hone_buf_append_char(&buf, 'x'), HONE_E_LIMIT);
    assert_true(hone_span_is(hone_buf_span(&buf), "123456789"));
    assert_int_equal(memory[10], 'm');
}

static void does_nothing_after_an_error(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 4);
    assert_int_equal(hone_buf_append_text(&buf, "12345"), HONE_E_LIMIT);
    assert_int_equal(hone_buf_append_text(&buf, "1"), HONE_E_LIMIT);
    assert_int_equal(hone_buf_append_format(&buf, "%d", 1), HONE_E_LIMIT);
    assert_null(hone_buf_reserve(&buf, 1));
    assert_int_equal(buf.len, 0);
    assert_null(hone_buf_take(&buf, NULL));
    assert_int_equal(hone_buf_append_text(&buf, "1234"), 0);
    hone_buf_finish(&buf);
}

static void reports_sizes_that_overflow(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, SIZE_MAX);
    hone_buf_append_text(&buf, "x");
    assert_null(hone_buf_reserve(&buf, SIZE_MAX));
    assert_int_equal(buf.error, HONE_E_LIMIT);
    hone_buf_clear(&buf);
    assert_null(hone_buf_reserve(&buf, SIZE_MAX));
    assert_int_equal(buf.error, HONE_E_NOMEM);
    hone_buf_finish(&buf);
}

static void accepts_zeroed_memory(void **state)
{
    (void)state;
    struct hone_buf buf = {0};
    assert_int_equal(hone_buf_append(&buf, "", 0), 0);
    assert_int_equal(hone_buf_append_char(&buf, 'x'), HONE_E_LIMIT);
    hone_buf_finish(&buf);
}

static void writes_integers_in_little_endian(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 8);
    assert_int_equal(hone_buf_append_u64(&buf, 0xf1f2f3f4f5f6f7f8u), 0);
    assert_memory_equal(buf.data, "\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1", 8);
    hone_buf_finish(&buf);
}

static void writes_decimal_digits(void **state)
{
    static const struct {
        unsigned long long value;
        const char *digits;
    } rows[] = {{0, "0"},
                {9, "9"},
                {10, "10"},
                {100200, "100200"},
                {18446744073709551615ull, "18446744073709551615"}};
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 32);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hone_buf_clear(&buf);
        assert_int_equal(hone_buf_append_decimal(&buf, rows[i].value), 0);
        assert_string_equal(buf.data, rows[i].digits);
    }
    hone_buf_finish(&buf);
}

static void counts_what_was_written_into_reserved_room(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 1000);
    hone_buf_append_text(&buf, "head ");
    char *end = hone_buf_reserve(&buf, 500);
    assert_non_null(end);
    memcpy(end, "tail", 4);
    hone_buf_grow(&buf, 4);
    assert_true(hone_span_is(hone_buf_span(&buf), "head tail"));
    assert_int_equal(buf.data[buf.len], 0);
    hone_buf_finish(&buf);
}

static void consumes_from_the_front(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 100);
    hone_buf_consume(&buf, 0);
    hone_buf_append_text(&buf, "one two");
    hone_buf_consume(&buf, 4);
    assert_string_equal(buf.data, "two");
    hone_buf_consume(&buf, 3);
    assert_int_equal(buf.len, 0);
    hone_buf_finish(&buf);
}

static void gives_memory_back_but_keeps_content(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 100000);
    hone_buf_append_format(&buf, "%050000d", 1);
    hone_buf_consume(&buf, 49990);
    hone_buf_shrink(&buf, 100);
    assert_int_equal(buf.capacity, 100);
    assert_string_equal(buf.data, "0000000001");
    hone_buf_shrink(&buf, 2);
    assert_int_equal(buf.capacity, 10);
    hone_buf_clear(&buf);
    hone_buf_shrink(&buf, 0);
    assert_null(buf.data);
    assert_int_equal(hone_buf_append_text(&buf, "again"), 0);
    hone_buf_finish(&buf);
}

static void hands_its_memory_over(void **state)
{
    (void)state;
    struct hone_buf buf;
    size_t len = 9;
    hone_buf_init(&buf, 100);
    char *nothing = hone_buf_take(&buf, &len);
    assert_string_equal(nothing, "");
    assert_int_equal(len, 0);
    free(nothing);
    hone_buf_append_text(&buf, "gone");
    char *text = hone_buf_take(&buf, &len);
    assert_string_equal(text, "gone");
    assert_int_equal(len, 4);
    assert_int_equal(buf.len, 0);
    assert_null(buf.data);
    free(text);
}

static void hands_its_memory_to_another(void **state)
{
    (void)state;
    struct hone_buf from, to;
    hone_buf_init(&from, 100);
    hone_buf_init(&to, 100);
    hone_buf_hand_over(&to, &from); /* there is none */
    assert_null(to.data);
    hone_buf_append_text(&from, "text");
    hone_buf_clear(&from);
    const char *memory = from.data;
    hone_buf_hand_over(&to, &from);
    assert_null(from.data);
    hone_buf_append_text(&to, "more");
    assert_ptr_equal(to.data, memory);
    assert_string_equal(to.data, "more");
    hone_buf_append_text(&from, "again");
    hone_buf_clear(&from);
    hone_buf_clear(&to);
    hone_buf_hand_over(&to, &from); /* it has some */
    assert_ptr_equal(to.data, memory);
    assert_non_null(from.data);
    hone_buf_finish(&to);
    hone_buf_init(&to, from.capacity - 1);
    hone_buf_hand_over(&to, &from); /* too much */
    assert_null(to.data);
    hone_buf_finish(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_appends),
        cmocka_unit_test(fills_exactly_to_its_ceiling),
        cmocka_unit_test(stays_in_the_memory_it_is_given),
        cmocka_unit_test(does_nothing_after_an_error),
        cmocka_unit_test(reports_sizes_that_overflow),
        cmocka_unit_test(accepts_zeroed_memory),
        cmocka_unit_test(writes_integers_in_little_endian),
        cmocka_unit_test(writes_decimal_digits),
        cmocka_unit_test(counts_what_was_written_into_reserved_room),
        cmocka_unit_test(consumes_from_the_front),
        cmocka_unit_test(gives_memory_back_but_keeps_content),
        cmocka_unit_test(hands_its_memory_over),
        cmocka_unit_test(hands_its_memory_to_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
