#include "tests/support/support.h"

static void empty_spans_are_equal(void **state)
{
    (void)state;
    assert_true(hone_span_equal(hone_span_of(NULL, 0), hone_span_text("")));
    assert_true(hone_span_equal(hone_span_text(NULL), hone_span_of("x", 0)));
    assert_true(hone_span_is(hone_span_of(NULL, 0), ""));
}

static void compares_length_and_bytes(void **state)
{
    (void)state;
    assert_true(hone_span_is(hone_span_of("abcd", 3), "abc"));
    assert_false(hone_span_is(hone_span_of("abcd", 4), "abc"));
    assert_false(hone_span_is(hone_span_of("abd", 3), "abc"));
    assert_false(hone_span_equal(hone_span_of("a\0b", 3), hone_span_of("a\0c", 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_spans_are_equal),
        cmocka_unit_test(compares_length_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
