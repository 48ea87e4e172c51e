#include "tests/support/support.h"

#include "base/base64.h"

#include <string.h>

static void check_both_ways(enum hone_base64_form form, const char *bytes, size_t len,
                            const char *text)
{
    struct hone_buf buf;
    hone_buf_init(&buf, 100);
    assert_int_equal(hone_base64_append(&buf, hone_span_of(bytes, len), form), 0);
    assert_true(hone_span_is(hone_buf_span(&buf), text));
    hone_buf_clear(&buf);
    assert_int_equal(hone_base64_parse(&buf, hone_span_text(text), form), 0);
    assert_true(hone_span_equal(hone_buf_span(&buf), hone_span_of(bytes, len)));
    hone_buf_finish(&buf);
}

static void writes_and_reads_both_forms(void **state)
{
    (void)state;
    check_both_ways(HONE_BASE64_PADDED, "", 0, "");
    check_both_ways(HONE_BASE64_PADDED, "f", 1, "Zg==");
    check_both_ways(HONE_BASE64_PADDED, "ba", 2, "YmE=");
    check_both_ways(HONE_BASE64_PADDED, "foo", 3, "Zm9v");
    check_both_ways(HONE_BASE64_PADDED, "foobar", 6, "Zm9vYmFy");
    check_both_ways(HONE_BASE64_PADDED, "\xfb\xff\0", 3, "+/8A");
    check_both_ways(HONE_BASE64_URL, "f", 1, "Zg");
    check_both_ways(HONE_BASE64_URL, "ba", 2, "YmE");
    check_both_ways(HONE_BASE64_URL, "foo", 3, "Zm9v");
    check_both_ways(HONE_BASE64_URL, "\xfb\xff\0", 3, "-_8A");
}

static void appends_behind_what_is_there(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 100);
    hone_buf_append_text(&buf, "a=");
    hone_base64_append(&buf, hone_span_text("foo"), HONE_BASE64_URL);
    assert_true(hone_span_is(hone_buf_span(&buf), "a=Zm9v"));
    assert_int_equal(hone_base64_parse(&buf, hone_span_text("Zm9v"), HONE_BASE64_URL), 0);
    assert_string_equal(buf.data, "a=Zm9vfoo");
    hone_buf_finish(&buf);
}

static void check_refused(enum hone_base64_form form, const char *text, size_t len)
{
    struct hone_buf buf;
    hone_buf_init(&buf, 100);
    hone_buf_append_text(&buf, "before");
    if (hone_base64_parse(&buf, hone_span_of(text, len), form) != HONE_E_INVALID) {
        fail_msg("taken: %s", text);
    }
    assert_string_equal(buf.data, "before");
    hone_buf_finish(&buf);
}

static void refuses_all_but_the_one_text_of_a_value(void **state)
{
    (void)state;
    static const char *const padded[] = {
        "Z",     "Zg",     "Zg=",  "Zg===", "====", "=",        "Zh==",     "Zm9=",
        "Z m8=", "Zm8=\n", "-_8A", "Zm9v=", "=Zm8", "Zg==Zg==", "Zm8=Zm8=", "\xc3\xa9=="};
    static const char *const url[] = {"Z",    "Zg==",  "Zm8=", "Zh",       "Zm9",
                                      "+/8A", "Zm9v=", "Z.g",  "Zm9v Zm9v"};
    for (size_t i = 0; i < sizeof(padded) / sizeof(padded[0]); i++) {
        check_refused(HONE_BASE64_PADDED, padded[i], strlen(padded[i]));
    }
    for (size_t i = 0; i < sizeof(url) / sizeof(url[0]); i++) {
        check_refused(HONE_BASE64_URL, url[i], strlen(url[i]));
    }
    check_refused(HONE_BASE64_URL, "Zm9v\0", 5);
}

static void holds_the_ceiling_exactly(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 4);
    assert_int_equal(hone_base64_append(&buf, hone_span_text("foo"), HONE_BASE64_PADDED),
                     0);
    assert_int_equal(hone_base64_append(&buf, hone_span_text("f"), HONE_BASE64_PADDED),
                     HONE_E_LIMIT);
    hone_buf_finish(&buf);
    hone_buf_init(&buf, 3);
    assert_int_equal(hone_base64_parse(&buf, hone_span_text("Zm9v"), HONE_BASE64_URL), 0);
    hone_buf_finish(&buf);
    hone_buf_init(&buf, 2);
    assert_int_equal(hone_base64_parse(&buf, hone_span_text("Zm9v"), HONE_BASE64_URL),
                     HONE_E_LIMIT);
    hone_buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_both_forms),
        cmocka_unit_test(appends_behind_what_is_there),
        cmocka_unit_test(refuses_all_but_the_one_text_of_a_value),
        cmocka_unit_test(holds_the_ceiling_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
