#include "tests/support/support.h"

#include "base/utf8.h"

#include <stdint.h>
#include <utf8proc.h>

/* All texts of three bytes, and four with each lead of four: the same verdict as
 * utf8proc's. */
static void agrees_with_utf8proc(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 0x1000000; i += i < 0x800000 ? 0x40000 : 1) {
        unsigned char bytes[4] = {(unsigned char)(i >> 16), (unsigned char)(i >> 8),
                                  (unsigned char)i, (unsigned char)(i * 7)};
        utf8proc_int32_t code_point = 0;
        utf8proc_ssize_t expected = utf8proc_iterate(bytes, 4, &code_point);
        size_t len = hone_utf8_len((const char *)bytes, 4);
        if (len != (expected > 0 ? (size_t)expected : 0)) {
            fail_msg("%02x %02x %02x %02x: %zu", bytes[0], bytes[1], bytes[2], bytes[3],
                     len);
        }
    }
}

static void reads_no_further_than_the_end(void **state)
{
    (void)state;
    static const char euro[] = "\xe2\x82\xac", face[] = "\xf0\x9f\x98\x80";
    assert_int_equal(hone_utf8_len("\xc3", 1), 0);
    assert_int_equal(hone_utf8_len("\xc3\xa9", 2), 2);
    for (size_t len = 1; len <= 3; len++) {
        assert_int_equal(hone_utf8_len(euro, len), len == 3 ? 3 : 0);
        assert_int_equal(hone_utf8_len(face, len), 0);
    }
    assert_int_equal(hone_utf8_len(face, 4), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_utf8proc),
        cmocka_unit_test(reads_no_further_than_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
