#include "tests/support/support.h"

#include "base/uuid.h"

#include <string.h>

#define NOW_MS INT64_C(1767225600123)

static void carries_version_variant_and_time(void **state)
{
    (void)state;
    struct hone_uuid_source source = {0};
    for (int i = 0; i < 1000; i++) {
        struct hone_uuid uuid = hone_uuid_next(&source, NOW_MS);
        assert_int_equal(uuid.bytes[6] >> 4, 7);
        assert_int_equal(uuid.bytes[8] >> 6, 2);
        assert_true(hone_uuid_unix_ms(uuid) == NOW_MS);
    }
}

static void sorts_in_the_order_of_making(void **state)
{
    (void)state;
    struct hone_uuid_source source = {0};
    struct hone_uuid last = hone_uuid_next(&source, NOW_MS);
    for (int i = 1; i < 20000; i++) {
        /* The clock stands, runs, jumps ahead and steps back. */
        int64_t now_ms =
            NOW_MS + i / 100 + (i == 5000 ? 3600000 : 0) - (i > 10000 ? 86400000 : 0);
        struct hone_uuid uuid = hone_uuid_next(&source, now_ms);
        assert_true(hone_uuid_compare(last, uuid) < 0);
        last = uuid;
    }
}

static void keeps_order_when_the_counter_is_used_up(void **state)
{
    (void)state;
    struct hone_uuid_source source = {.last_unix_ms = NOW_MS, .counter = (1u << 26) - 2};
    struct hone_uuid first = hone_uuid_next(&source, NOW_MS);
    struct hone_uuid second = hone_uuid_next(&source, NOW_MS);
    struct hone_uuid third = hone_uuid_next(&source, NOW_MS);
    assert_true(hone_uuid_unix_ms(first) == NOW_MS);
    assert_true(hone_uuid_unix_ms(second) == NOW_MS + 1);
    assert_true(hone_uuid_compare(first, second) < 0);
    assert_true(hone_uuid_compare(second, third) < 0);
}

static void two_sources_never_agree(void **state)
{
    (void)state;
    struct hone_uuid_source a = {0}, b = {0};
    for (int i = 0; i < 1000; i++) {
        assert_int_not_equal(
            hone_uuid_compare(hone_uuid_next(&a, NOW_MS), hone_uuid_next(&b, NOW_MS)), 0);
    }
}

static void survives_strange_clocks(void **state)
{
    (void)state;
    static const int64_t clocks_ms[] = {0, -5, INT64_MIN, 1, INT64_MAX, 0};
    struct hone_uuid_source source = {0};
    struct hone_uuid last = hone_uuid_next(&source, 0);
    for (size_t i = 0; i < sizeof(clocks_ms) / sizeof(clocks_ms[0]); i++) {
        struct hone_uuid uuid = hone_uuid_next(&source, clocks_ms[i]);
        assert_true(hone_uuid_compare(last, uuid) < 0);
        last = uuid;
    }
}

/* The example of RFC 9562, appendix A.6. */
static void parses_the_published_example(void **state)
{
    (void)state;
    struct hone_uuid uuid;
    char text[HONE_UUID_TEXT_LEN + 1];
    assert_int_equal(
        hone_uuid_parse(&uuid, hone_span_text("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")),
        0);
    assert_true(hone_uuid_unix_ms(uuid) == INT64_C(1645557742000));
    hone_uuid_format(uuid, text);
    assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void parses_what_it_formats(void **state)
{
    (void)state;
    struct hone_uuid_source source = {0};
    for (int i = 0; i < 200; i++) {
        struct hone_uuid uuid = hone_uuid_next(&source, NOW_MS), parsed;
        char text[HONE_UUID_TEXT_LEN + 1];
        hone_uuid_format(uuid, text);
        assert_int_equal(strlen(text), HONE_UUID_TEXT_LEN);
        assert_int_equal(hone_uuid_parse(&parsed, hone_span_text(text)), 0);
        assert_int_equal(hone_uuid_compare(uuid, parsed), 0);
    }
}

static void rejects_other_forms(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "017f22e279b07cc398c4dc0c0c07398f",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c4xdc0c0c07398f",
        "017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
        "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct hone_uuid uuid = {{9}};
        assert_int_equal(hone_uuid_parse(&uuid, hone_span_text(bad[i])), HONE_E_INVALID);
        assert_int_equal(uuid.bytes[0], 9);
    }
}

static void random_ids_are_of_version_4_and_vary_in_every_bit(void **state)
{
    (void)state;
    struct hone_uuid ones = {{0}};
    struct hone_uuid zeros = {{0}};
    for (int i = 0; i < 200; i++) {
        struct hone_uuid uuid = hone_uuid_random();
        assert_int_equal(0x40, uuid.bytes[6] & 0xf0);
        assert_int_equal(0x80, uuid.bytes[8] & 0xc0);
        for (size_t k = 0; k < sizeof(uuid.bytes); k++) {
            ones.bytes[k] |= uuid.bytes[k];
            zeros.bytes[k] |= (uint8_t)~uuid.bytes[k];
        }
    }
    for (size_t k = 0; k < sizeof(ones.bytes); k++) {
        uint8_t fixed = k == 6 ? 0xf0 : k == 8 ? 0xc0 : 0;
        assert_int_equal(0xff, ones.bytes[k] | fixed);
        assert_int_equal(0xff, zeros.bytes[k] | fixed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_version_variant_and_time),
        cmocka_unit_test(sorts_in_the_order_of_making),
        cmocka_unit_test(keeps_order_when_the_counter_is_used_up),
        cmocka_unit_test(two_sources_never_agree),
        cmocka_unit_test(survives_strange_clocks),
        cmocka_unit_test(parses_the_published_example),
        cmocka_unit_test(parses_what_it_formats),
        cmocka_unit_test(rejects_other_forms),
        cmocka_unit_test(random_ids_are_of_version_4_and_vary_in_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
