#include "tests/support/support.h"

#include "base/secret.h"

#include <string.h>

/* The key of RFC 4231, test case 2, is the text "Jefe": shorter keys are filled
 * with zeros. */
static void mac_is_hmac_sha256(void **state)
{
    (void)state;
    struct hone_secret_key key = {"Jefe"};
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(
        hone_secret_mac(&key, hone_span_text("what do ya want for nothing?")), text);
    assert_string_equal(
        text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void compares_all_bytes(void **state)
{
    (void)state;
    struct hone_digest a = hone_digest_of(hone_span_text("a"));
    for (size_t i = 0; i < sizeof(a.bytes); i++) {
        struct hone_digest b = a;
        assert_true(hone_secret_equal(a, b));
        b.bytes[i] ^= 1;
        assert_false(hone_secret_equal(a, b));
    }
}

static void keys_differ(void **state)
{
    (void)state;
    struct hone_secret_key a = hone_secret_make_key(), b = hone_secret_make_key();
    assert_memory_not_equal(a.bytes, b.bytes, sizeof(a.bytes));
    hone_secret_wipe(&a, sizeof(a));
    struct hone_secret_key zero = {{0}};
    assert_memory_equal(a.bytes, zero.bytes, sizeof(a.bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mac_is_hmac_sha256),
        cmocka_unit_test(compares_all_bytes),
        cmocka_unit_test(keys_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
