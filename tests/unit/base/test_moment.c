#include "tests/support/support.h"

#include "base/clock.h"
#include "base/moment.h"

#define NOW INT64_C(1700000000000)

static void reads_what_people_write(void **state)
{
    static const struct {
        const char *text;
        int64_t unix_ms;
    } moments[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01", 0},
        {"2000-02-29T12:00:00Z", INT64_C(951825600000)},
        {"2023-11-14T22:13:20Z", NOW},
        {"2023-11-14 22:13:20.25Z", NOW + 250},
        {"2023-11-14t22:13:20.123456789z", NOW + 123},
        {"2023-11-15T00:13:20+02:00", NOW},
        {"2023-11-14T16:43:20-05:30", NOW},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799000)},
        {"now", NOW},
        {"0s ago", NOW},
        {"90s ago", NOW - 90000},
        {"15m ago", NOW - 15 * 60000},
        {"2h ago", NOW - 2 * 3600000},
        {"3 d ago", NOW - INT64_C(3) * 86400000},
        {"1w ago", NOW - INT64_C(604800000)},
        {"999999999w ago", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        int64_t found = -1;
        struct hone_error err;
        support_ok(hone_moment_parse(&found, hone_span_text(moments[i].text), NOW, &err),
                   &err);
        if (found != moments[i].unix_ms) {
            fail_msg("\"%s\" is %lld, not %lld", moments[i].text, (long long)found,
                     (long long)moments[i].unix_ms);
        }
    }
}

static void refuses_what_is_no_moment(void **state)
{
    static const char *const texts[] = {
        "",
        "2h",
        "ago",
        "h ago",
        "-2h ago",
        "2y ago",
        "2h agoo",
        "1234567890s ago",
        "2023-13-01",
        "2023-00-01",
        "2023-02-29",
        "2023-11-31",
        "1969-12-31",
        "2023-11-14T",
        "2023-11-14T22:13:20",
        "2023-11-14T22:13:20.Z",
        "2023-11-14T24:00:00Z",
        "2023-11-14T22:60:20Z",
        "2023-11-14T22:13:61Z",
        "2023-11-14T22:13:20+24:00",
        "2023-11-14T22:13:20Z ",
        "23-11-14",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        int64_t found = 77;
        struct hone_error err;
        if (hone_moment_parse(&found, hone_span_text(texts[i]), NOW, &err) !=
            HONE_E_INVALID) {
            fail_msg("\"%s\" was taken as %lld", texts[i], (long long)found);
        }
        assert_non_null(strstr(err.hint, "2h ago"));
    }
}

/* What the clock writes is read back, day after day through some leap years. */
static void reads_what_the_clock_writes(void **state)
{
    (void)state;
    for (int64_t ms = 0; ms < INT64_C(4200000000000); ms += INT64_C(86399123)) {
        char text[HONE_CLOCK_TEXT_SIZE];
        int64_t found = -1;
        struct hone_error err;
        hone_clock_format_unix_ms(text, ms);
        support_ok(hone_moment_parse(&found, hone_span_text(text), NOW, &err), &err);
        assert_int_equal(ms, found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_people_write),
        cmocka_unit_test(refuses_what_is_no_moment),
        cmocka_unit_test(reads_what_the_clock_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
