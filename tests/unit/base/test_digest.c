#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

static void assert_digest(struct hone_digest digest, const char *expected)
{
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(digest, text);
    assert_string_equal(text, expected);
}

/* FIPS 180-4 examples. */
static void matches_published_values(void **state)
{
    (void)state;
    assert_digest(hone_digest_of(hone_span_of(NULL, 0)),
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest(hone_digest_of(hone_span_text("abc")),
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    char *million = hone_alloc_zeroed(1000000, 1);
    memset(million, 'a', 1000000);
    assert_digest(hone_digest_of(hone_span_of(million, 1000000)),
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

static void gives_the_same_in_pieces(void **state)
{
    (void)state;
    char data[1000];
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (char)(i * 31);
    }
    struct hone_digest whole = hone_digest_of(hone_span_of(data, sizeof(data)));
    for (size_t piece = 1; piece < 200; piece += 7) {
        struct hone_digest_stream stream;
        hone_digest_stream_init(&stream);
        for (size_t at = 0; at < sizeof(data); at += piece) {
            size_t left = sizeof(data) - at;
            hone_digest_stream_update(&stream, data + at, left < piece ? left : piece);
            hone_digest_stream_update(&stream, NULL, 0);
        }
        assert_true(hone_digest_equal(hone_digest_stream_final(&stream), whole));
    }
}

static void parses_what_it_formats(void **state)
{
    (void)state;
    struct hone_digest digest = hone_digest_of(hone_span_text("x"));
    struct hone_digest parsed = {{0}};
    char text[HONE_DIGEST_TEXT_LEN + 1];
    hone_digest_format(digest, text);
    assert_int_equal(hone_digest_parse(&parsed, hone_span_text(text)), 0);
    assert_true(hone_digest_equal(digest, parsed));
}

static void rejects_what_is_not_64_digits(void **state)
{
    (void)state;
    char good[HONE_DIGEST_TEXT_LEN + 2];
    memset(good, 'a', sizeof(good));
    struct hone_digest untouched = {{7}};
    struct hone_digest digest = untouched;
    assert_int_equal(hone_digest_parse(&digest, hone_span_of(good, 63)), HONE_E_INVALID);
    assert_int_equal(hone_digest_parse(&digest, hone_span_of(good, 65)), HONE_E_INVALID);
    assert_int_equal(hone_digest_parse(&digest, hone_span_of(NULL, 0)), HONE_E_INVALID);
    static const char bad[] = {'g', ' ', ':', '\0', '-', '\n', '/', '@', '`'};
    for (size_t i = 0; i < sizeof(bad); i++) {
        for (size_t at = 0; at < HONE_DIGEST_TEXT_LEN; at += 21) {
            good[at] = bad[i];
            assert_int_equal(hone_digest_parse(&digest, hone_span_of(good, 64)),
                             HONE_E_INVALID);
            good[at] = 'a';
        }
    }
    assert_true(hone_digest_equal(digest, untouched));
    assert_int_equal(hone_digest_parse(&digest, hone_span_of(good, 64)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_published_values),
        cmocka_unit_test(gives_the_same_in_pieces),
        cmocka_unit_test(parses_what_it_formats),
        cmocka_unit_test(rejects_what_is_not_64_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
