#include "tests/support/support.h"

#include "schema/pattern.h"

#include <stdlib.h>
#include <string.h>

#define WORK 10000000

static struct hone_pattern *compile(const char *text)
{
    struct hone_pattern *pattern = NULL;
    struct hone_error err;
    support_ok(hone_pattern_compile(&pattern, hone_span_text(text), &err), &err);
    return pattern;
}

static bool found(const char *pattern_text, const char *text)
{
    struct hone_pattern *pattern = compile(pattern_text);
    size_t work_left = WORK;
    bool found = false;
    assert_int_equal(
        hone_pattern_search(&found, pattern, hone_span_text(text), &work_left), 0);
    hone_pattern_destroy(pattern);
    return found;
}

static void finds_what_a_pattern_says(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *yes, *no; /* no may be NULL */
    } rows[] = {
        {"", "", NULL},
        {"abc", "xabcx", "abxc"},
        {"^abc$", "abc", "abcx"},
        {"a|b|cd", "xcd", "c"},
        {"^(?:a|b|cd)+$", "acdb", "acb"},
        {"^a{2,3}$", "aaa", "aaaa"},
        {"^(a|ab)(c|bcd)(d*)$", "abcd", "abd"},
        {"[^a-y]", "xyz", "xy"},
        {"^\\w+\\s\\d$", "ab 1", "ab1"},
        {"\\bb", "a b", "ab"},
        {"(?=a)\\w(?!c)", "ab", "ac"},
        {"(?<=ab|c)d", "cd", "bd"},
        {"(?<!ab|c)d", "bd", "abd"},
        {"^.$", "\xf0\x9f\x98\x80", "\xc3\xa9\xc3\xa9"},
        {"(?<=\xc3\xa9\xf0\x9f\x98\x80)x", "\xc3\xa9\xf0\x9f\x98\x80x",
         "\xf0\x9f\x98\x80x"},
        {"^\\p{Lu}$", "\xc3\x89", "\xc3\xa9"},
        {"^(?:(?:a*)*)*$", "aaa", "b"},
        {"^(?:|a)+b$", "aab", "a"},
        {"^(a|b)\\1$", "bb", "ab"},
        {"^(?:(a)|b)\\1$", "b", "ba"},
        {"^[\\s]\\s$", "\xc2\xa0\xe2\x80\xa8", " a"},
        {"^[\\S]\\S$",
         "\xe2\x80\x8b"
         "a",
         "\xc2\xa0"
         "a"},
        {"^[\\w-.]+$", "a-.", "a b"},
        {"^\\v$", "\v", "\n"},
        {"\\sfoo", "x\r\nfoo", "foo"},
        {"[^a]b", "\r\nb", "ab"},
        {"^[^]$", "\n", ""},
        {"a|[]", "a", "b"},
        {"^\\u{1F600}\\u0041\\x42$",
         "\xf0\x9f\x98\x80"
         "AB",
         "AB"},
        {"^.$", "\t", "\r"},
        {"a$", "ba", "a\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!found(rows[i].pattern, rows[i].yes) ||
            (rows[i].no != NULL && found(rows[i].pattern, rows[i].no))) {
            fail_msg("%s on \"%s\" and \"%s\"", rows[i].pattern, rows[i].yes, rows[i].no);
        }
    }
}

static int refusal_of(struct hone_span text, const char *words)
{
    struct hone_pattern *pattern = NULL;
    struct hone_error err = {.code = 0};
    int code = hone_pattern_compile(&pattern, text, &err);
    assert_null(pattern);
    if (strstr(err.message, words) == NULL) {
        fail_msg("\"%s\" lacks \"%s\"", err.message, words);
    }
    return code;
}

static void says_where_a_pattern_is_wrong(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"ab(c", "at character 5: missing closing parenthesis"},
        {"\xc3\xa9.**", "at character 4: quantifier does not follow"},
        {"\\S\\S(?<=a*)b", "at character 5: lookbehind assertion is not fixed length"},
        {"a)(b", "at character 2: a ) that closes no group"},
        {"[b-a]", "range out of order"},
        {"(a)\\2", "non-existent subpattern"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(refusal_of(hone_span_text(rows[i][0]), rows[i][1]),
                         HONE_E_INVALID);
    }
}

static void refuses_what_is_not_of_ecma_262(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *words;
    } rows[] = {
        {"a\\A", "at character 2: an escape"},
        {"\\a", "an escape"},
        {"\\C", "an escape"},
        {"\\e", "an escape"},
        {"\\g{1}", "an escape"},
        {"\\G", "an escape"},
        {"\\h", "an escape"},
        {"\\K", "an escape"},
        {"\\N", "an escape"},
        {"\\Qa\\E", "an escape"},
        {"\\R", "an escape"},
        {"\\X", "an escape"},
        {"\\z", "an escape"},
        {"\\Z", "an escape"},
        {"\\01", "an escape"},
        {"[\\1]", "an escape"},
        {"[\\B]", "an escape"},
        {"\\x4", "an escape"},
        {"\\u12", "an escape"},
        {"\\u{}", "an escape"},
        {"\\u{41", "an escape"},
        {"\\pL", "an escape"},
        {"\\p{L", "an escape"},
        {"\\c1", "an escape"},
        {"(?<a>b)\\k{a}", "an escape"},
        {"\\\xc3\xa9", "an escape"},
        {"a\\", "at character 2: an escape"},
        {"(*LIMIT_MATCH=4000000000)a", "at character 1: a kind of group"},
        {"(*UCP)\\d", "a kind of group"},
        {"(*pla:a)", "a kind of group"},
        {"(?>a)", "a kind of group"},
        {"(?i)a", "a kind of group"},
        {"(?|a)", "a kind of group"},
        {"(?R)", "a kind of group"},
        {"(?P<a>b)", "a kind of group"},
        {"(?#a)", "a kind of group"},
        {"(?C1)", "a kind of group"},
        {"(?(1)a)", "a kind of group"},
        {"(?*a)", "a kind of group"},
        {"(?<*a)", "a kind of group"},
        {"(?", "a kind of group"},
        {"a++", "at character 3: a possessive quantifier"},
        {"a?+", "a possessive quantifier"},
        {"a{2}+", "at character 5: a possessive quantifier"},
        {"a*?+", "a possessive quantifier"},
        {"[[:alpha:]]", "at character 2: a POSIX class"},
        {"[[.a.]]", "a POSIX class"},
        {"a{,2}", "at character 2: a { that begins no count"},
        {"a{ 1}", "a { that begins no count"},
        {"{", "a { that begins no count"},
        {"(a|^b){0}c", "at character 7: a group that is repeated no times"},
        {"(?:a){00,0}", "a group that is repeated no times"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(refusal_of(hone_span_text(rows[i].pattern), rows[i].words),
                         HONE_E_INVALID);
    }
}

static void bounds_length_depth_and_size(void **state)
{
    (void)state;
    char text[HONE_PATTERN_BYTES_MAX + 1];
    memset(text, 'a', sizeof(text));
    assert_int_equal(refusal_of(hone_span_of(text, sizeof(text)), "4096 bytes"),
                     HONE_E_LIMIT);
    memset(text, '(', sizeof(text));
    assert_int_equal(refusal_of(hone_span_of(text, HONE_PATTERN_BYTES_MAX), "nested"),
                     HONE_E_LIMIT);
    assert_int_equal(refusal_of(hone_span_text("a{65536}"), "too big"), HONE_E_LIMIT);
    assert_int_equal(refusal_of(hone_span_text("((a{99}){99}){99}"), "too large"),
                     HONE_E_LIMIT);
    memset(text, '|', sizeof(text));
    struct hone_pattern *pattern = NULL;
    struct hone_error err;
    support_ok(
        hone_pattern_compile(&pattern, hone_span_of(text, HONE_PATTERN_BYTES_MAX), &err),
        &err);
    hone_pattern_destroy(pattern);
    hone_pattern_destroy(NULL);
}

/* What a search of n times 'a', behind which stands a 'b', comes to. */
static int search_many(bool *found, const char *pattern_text, size_t n, size_t *work_left)
{
    struct hone_pattern *pattern = compile(pattern_text);
    char *text = malloc(n + 1);
    assert_non_null(text);
    memset(text, 'a', n);
    text[n] = 'b';
    int code = hone_pattern_search(found, pattern, hone_span_of(text, n + 1), work_left);
    free(text);
    hone_pattern_destroy(pattern);
    return code;
}

static void gives_up_when_the_work_is_done(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "^(a+)+$", "^(?:a|a)*$",  "^(?:a*a*)*c",  "(?:a?){30}a{30}$",      "a*[cd]",
        "(?=a*c)", "a{5000}[cd]", "^(a*)\\1[cd]", "(?:a*?)*?c[^]*d|[cd]a",
    };
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        size_t work_left = WORK;
        bool found = true;
        int code = search_many(&found, patterns[i], 100000, &work_left);
        if (code != HONE_E_LIMIT || work_left != 0 || !found) {
            fail_msg("%s: %d, %zu left", patterns[i], code, work_left);
        }
    }
}

static void gives_up_when_it_would_remember_too_much(void **state)
{
    (void)state;
    size_t work_left = SIZE_MAX;
    bool found = false;
    assert_int_equal(search_many(&found, "^(?:a|b)*$", 1000000, &work_left),
                     HONE_E_LIMIT);
    assert_int_equal(work_left, 0);
    work_left = WORK;
    assert_int_equal(search_many(&found, "^(?:a|b)*$", 10000, &work_left), 0);
    assert_true(found);
}

static void counts_the_bytes_that_it_passes(void **state)
{
    (void)state;
    size_t work_left = WORK;
    bool found = false;
    assert_int_equal(search_many(&found, "^a*b$", 100000, &work_left), 0);
    assert_true(found);
    assert_in_range(WORK - work_left, 100000, 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_a_pattern_says),
        cmocka_unit_test(says_where_a_pattern_is_wrong),
        cmocka_unit_test(refuses_what_is_not_of_ecma_262),
        cmocka_unit_test(bounds_length_depth_and_size),
        cmocka_unit_test(gives_up_when_the_work_is_done),
        cmocka_unit_test(gives_up_when_it_would_remember_too_much),
        cmocka_unit_test(counts_the_bytes_that_it_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
