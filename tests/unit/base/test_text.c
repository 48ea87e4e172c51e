#include "tests/support/support.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define SPAN(literal) hone_span_of("" literal, sizeof(literal) - 1)

static void accepts_valid_utf8(void **state)
{
    (void)state;
    static const char *const valid[] = {
        "",
        "plain",
        "\x7f",
        "\xc2\x80",         /* U+0080, the first of two bytes */
        "\xdf\xbf",         /* U+07FF */
        "\xe0\xa0\x80",     /* U+0800 */
        "\xed\x9f\xbf",     /* U+D7FF, before the surrogates */
        "\xee\x80\x80",     /* U+E000, behind them */
        "\xef\xbf\xbe",     /* U+FFFE, a noncharacter but well-formed */
        "\xef\xbf\xbf",     /* U+FFFF */
        "\xf0\x90\x80\x80", /* U+10000 */
        "\xf4\x8f\xbf\xbf", /* U+10FFFF, the last */
    };
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        if (!hone_text_is_utf8(hone_span_text(valid[i]))) {
            fail_msg("row %zu was refused", i);
        }
    }
    assert_true(hone_text_is_utf8(SPAN("a\0b")));
}

static void rejects_invalid_utf8(void **state)
{
    (void)state;
    static const char *const invalid[] = {
        "\x80",             /* continuation alone */
        "a\xbf",            /* and behind text */
        "\xc2",             /* cut short */
        "\xc2x",            /* continuation missing */
        "\xe2\x82",         /* cut short after two of three */
        "\xf0\x9f\x98",     /* cut short after three of four */
        "\xc0\x80",         /* overlong NUL */
        "\xc1\xbf",         /* overlong */
        "\xe0\x80\x80",     /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x80\x80\x80", /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* first surrogate */
        "\xed\xbf\xbf",     /* last surrogate */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
    };
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        if (hone_text_is_utf8(hone_span_text(invalid[i]))) {
            fail_msg("row %zu was accepted", i);
        }
    }
}

static void prefix_never_cuts_a_character(void **state)
{
    (void)state;
    struct hone_span text = SPAN("a\u00e9\u20ac\U0001f600"); /* 1 + 2 + 3 + 4 bytes */
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t max = 0; max < sizeof(expected) / sizeof(expected[0]); max++) {
        assert_int_equal(hone_text_prefix(text, max).len, expected[max]);
    }
    /* What is not UTF-8 is cut where asked, so that callers make progress. */
    assert_int_equal(hone_text_prefix(SPAN("\x80\x80\x80\x80\x80\x80"), 5).len, 5);
    assert_int_equal(hone_text_prefix(hone_span_of(NULL, 0), 5).len, 0);
}

static void counts_characters(void **state)
{
    (void)state;
    assert_int_equal(hone_text_n_characters(SPAN("")), 0);
    assert_int_equal(hone_text_n_characters(SPAN("a\u00e9\u20ac\U0001f600")), 4);
}

static void makes_plain_text_of_anything(void **state)
{
    (void)state;
    char text[] = "a\r\n\0b\xff\xc3_\xed\xa0\x80\xc2\x85\u20ac\xf0\x9f";
    size_t len = sizeof(text) - 1;
    hone_text_make_plain(text, len);
    assert_string_equal(text, "a   b??_???  \u20ac??");
    assert_int_equal(strlen(text), len);
}

static void assert_nfc(const char *text, const char *expected)
{
    char *out = NULL;
    assert_int_equal(hone_text_nfc(&out, hone_span_text(text)), 0);
    assert_string_equal(out, expected);
    free(out);
}

static void composes_to_nfc(void **state)
{
    (void)state;
    assert_nfc("", "");
    assert_nfc("plain Text", "plain Text");
    assert_nfc("e\u0301", "\u00e9");
    assert_nfc("\u00e9", "\u00e9");
    assert_nfc("\u1112\u1161\u11ab", "\ud55c");
    assert_nfc("\ufb01", "\ufb01"); /* a ligature is not its letters in NFC */
}

static void assert_fold(const char *text, const char *expected)
{
    char *out = NULL;
    assert_int_equal(hone_text_fold(&out, hone_span_text(text)), 0);
    assert_string_equal(out, expected);
    free(out);
}

static void folds_to_the_same_word(void **state)
{
    (void)state;
    assert_fold("Billing", "billing");
    assert_fold(" \t\n Billing \u00a0\u2028\u3000", "billing");
    assert_fold("two  words", "two  words");
    assert_fold("STRASSE", "strasse");
    assert_fold("Stra\u00dfe", "strasse");
    assert_fold("\ufb01le", "file");
    assert_fold("\uff21\uff22", "ab");
    assert_fold("E\u0301", "\u00e9");
    assert_fold(" \u2003 ", "");
    assert_fold("", "");
}

static void refuses_invalid_text_and_nul(void **state)
{
    (void)state;
    char *out = NULL;
    assert_int_equal(hone_text_nfc(&out, SPAN("a\xff")), HONE_E_INVALID);
    assert_int_equal(hone_text_fold(&out, SPAN("\xed\xa0\x80")), HONE_E_INVALID);
    assert_int_equal(hone_text_nfc(&out, SPAN("admin\0x")), HONE_E_INVALID);
    assert_int_equal(hone_text_fold(&out, SPAN("\0")), HONE_E_INVALID);
    assert_null(out);
}

static const char *const words[] = {"classify", "rank", "score", "choose", "guide"};

static const char *nearest(const char *word)
{
    return hone_text_nearest(word, words, sizeof(words) / sizeof(words[0]));
}

static void finds_the_nearest_word(void **state)
{
    (void)state;
    assert_ptr_equal(nearest("classif"), words[0]);
    assert_ptr_equal(nearest("classfiy"), words[0]);
    assert_ptr_equal(nearest("CLASSIFY"), words[0]);
    assert_ptr_equal(nearest("claSSyfi"), words[0]);
    assert_ptr_equal(nearest("rnak"), words[1]);
    assert_ptr_equal(nearest("ranks"), words[1]);
    assert_ptr_equal(nearest("rank"), words[1]);
    assert_ptr_equal(nearest("scroe"), words[2]);
    assert_ptr_equal(nearest("chose"), words[3]);
}

static void finds_nothing_that_is_not_near(void **state)
{
    (void)state;
    assert_null(nearest(""));
    assert_null(nearest("xyz"));
    assert_null(nearest("sc"));
    assert_null(nearest("pipeline"));
    assert_null(nearest("\xff\xff"));
    assert_null(hone_text_nearest("rank", NULL, 0));
}

static void ignores_words_over_64_bytes(void **state)
{
    (void)state;
    char long_word[66];
    memset(long_word, 'a', sizeof(long_word));
    long_word[65] = '\0';
    const char *candidates[] = {long_word};
    assert_null(hone_text_nearest(long_word, candidates, 1));
    long_word[64] = '\0';
    assert_ptr_equal(hone_text_nearest(long_word, candidates, 1), long_word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_valid_utf8),
        cmocka_unit_test(rejects_invalid_utf8),
        cmocka_unit_test(prefix_never_cuts_a_character),
        cmocka_unit_test(counts_characters),
        cmocka_unit_test(makes_plain_text_of_anything),
        cmocka_unit_test(composes_to_nfc),
        cmocka_unit_test(folds_to_the_same_word),
        cmocka_unit_test(refuses_invalid_text_and_nul),
        cmocka_unit_test(finds_the_nearest_word),
        cmocka_unit_test(finds_nothing_that_is_not_near),
        cmocka_unit_test(ignores_words_over_64_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
