#include "tests/support/support.h"

#include "base/clock.h"

static void formats_known_moments(void **state)
{
    (void)state;
    static const struct {
        int64_t unix_ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {-1000, "1969-12-31T23:59:59.000Z"},
        {951782399999, "2000-02-28T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {4107542400000, "2100-03-01T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {253402300800000, "9999-12-31T23:59:59.999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
        {-62167219200000, "0000-01-01T00:00:00.000Z"},
        {INT64_MIN, "0000-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[HONE_CLOCK_TEXT_SIZE];
        hone_clock_format_unix_ms(text, cases[i].unix_ms);
        assert_string_equal(text, cases[i].text);
    }
}

static void monotonic_time_never_goes_back(void **state)
{
    (void)state;
    uint64_t last_us = hone_clock_monotonic_us();
    uint64_t start_us = last_us;
    for (long i = 0; last_us == start_us || i < 10000; i++) {
        uint64_t now_us = hone_clock_monotonic_us();
        assert_true(now_us >= last_us);
        last_us = now_us;
    }
    assert_true(last_us > start_us);
}

static void wall_time_is_of_this_century(void **state)
{
    (void)state;
    int64_t now_ms = hone_clock_unix_ms();
    assert_true(now_ms > 1700000000000);
    assert_true(now_ms < 4102444800000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_known_moments),
        cmocka_unit_test(monotonic_time_never_goes_back),
        cmocka_unit_test(wall_time_is_of_this_century),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
