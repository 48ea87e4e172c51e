#include "tests/support/support.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

static void returns_the_code_with_the_message(void **state)
{
    (void)state;
    struct hone_error err = {.hint = "of an older failure"};
    assert_int_equal(hone_error_set(&err, HONE_E_LIMIT, "%d is too many", 12),
                     HONE_E_LIMIT);
    assert_int_equal(err.code, HONE_E_LIMIT);
    assert_string_equal(err.message, "12 is too many");
    assert_string_equal(err.hint, "");
    assert_int_equal(hone_error_hint(&err, "use %d", 10), HONE_E_LIMIT);
    assert_string_equal(err.hint, "use 10");
    assert_string_equal(err.message, "12 is too many");
}

static void accepts_nobody_who_listens(void **state)
{
    (void)state;
    assert_int_equal(hone_error_set(NULL, HONE_E_BUSY, "%s", "x"), HONE_E_BUSY);
    assert_int_equal(hone_error_set_errno(NULL, ENOSPC, "%s", "x"), HONE_E_FULL);
    assert_int_equal(hone_error_hint(NULL, "x"), HONE_E_INVALID);
    hone_error_prefix(NULL, "x");
}

static void cuts_long_text_between_characters(void **state)
{
    (void)state;
    /* Two-, three- and four-byte characters, at each offset to the cut. */
    static const char *const characters[] = {"\u00e9", "\u20ac", "\U0001f600"};
    for (size_t c = 0; c < 3; c++) {
        for (size_t offset = 0; offset < 4; offset++) {
            char text[4 * HONE_ERROR_MESSAGE_MAX] = "";
            memset(text, 'x', offset);
            for (size_t i = 0; i < HONE_ERROR_MESSAGE_MAX; i++) {
                strncat(text, characters[c], 4);
                if (strlen(text) > 3 * HONE_ERROR_MESSAGE_MAX) {
                    break;
                }
            }
            struct hone_error err;
            (void)hone_error_set(&err, HONE_E_INVALID, "%s", text);
            (void)hone_error_hint(&err, "%s", text);
            size_t len = strlen(err.message);
            assert_true(len >= HONE_ERROR_MESSAGE_MAX - 4);
            assert_true(strlen(err.hint) >= HONE_ERROR_HINT_MAX - 4);
            assert_memory_equal(err.message, text, len);
            assert_memory_equal(err.hint, text, strlen(err.hint));
            assert_true(hone_text_is_utf8(hone_span_text(err.message)));
            assert_true(hone_text_is_utf8(hone_span_text(err.hint)));
        }
    }
}

static void keeps_text_that_just_fits(void **state)
{
    (void)state;
    char text[HONE_ERROR_MESSAGE_MAX];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct hone_error err;
    (void)hone_error_set(&err, HONE_E_INVALID, "%s", text);
    assert_string_equal(err.message, text);
}

static void is_safe_to_print(void **state)
{
    (void)state;
    struct hone_error err;
    (void)hone_error_set(&err, HONE_E_INVALID, "a\nb\tc\x1b[31m\x7f%s",
                         "\xff\xc3 \xc2\x9b");
    assert_string_equal(err.message, "a b c [31m ??   ");
}

static void formats_from_itself(void **state)
{
    (void)state;
    struct hone_error err;
    (void)hone_error_set(&err, HONE_E_IO, "disk");
    (void)hone_error_set(&err, HONE_E_CORRUPT, "while saving: %s", err.message);
    assert_string_equal(err.message, "while saving: disk");
    hone_error_prefix(&err, "skill %s", "a");
    assert_string_equal(err.message, "skill a: while saving: disk");
    assert_int_equal(err.code, HONE_E_CORRUPT);
}

static void prefix_of_a_full_message_still_fits(void **state)
{
    (void)state;
    struct hone_error err;
    (void)hone_error_set(&err, HONE_E_IO, "%01000d", 1);
    hone_error_prefix(&err, "%0600d", 2);
    assert_int_equal(strlen(err.message), HONE_ERROR_MESSAGE_MAX - 1);
}

static void converts_errno(void **state)
{
    (void)state;
    static const struct {
        int errno_value, code;
    } cases[] = {
        {ENOSPC, HONE_E_FULL},     {EDQUOT, HONE_E_FULL},   {EROFS, HONE_E_READ_ONLY},
        {EACCES, HONE_E_DENIED},   {EPERM, HONE_E_DENIED},  {ENOENT, HONE_E_NOT_FOUND},
        {ENOMEM, HONE_E_NOMEM},    {EEXIST, HONE_E_EXISTS}, {EIO, HONE_E_IO},
        {ECONNREFUSED, HONE_E_IO},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hone_error err;
        assert_int_equal(hone_error_set_errno(&err, cases[i].errno_value, "open"),
                         cases[i].code);
    }
    struct hone_error err;
    (void)hone_error_set_errno(&err, ENOENT, "cannot open %s", "/x");
    assert_string_equal(err.message, "cannot open /x: No such file or directory");
}

static void keeps_the_cause_behind_a_long_path(void **state)
{
    (void)state;
    struct hone_error err;
    (void)hone_error_set_errno(&err, ENOENT, "cannot open /%01000d", 1);
    assert_non_null(strstr(err.message, ": No such file or directory"));
}

static void names_every_code(void **state)
{
    (void)state;
    assert_string_equal(hone_error_name(0), "ok");
    assert_string_equal(hone_error_name(HONE_E_NOMEM), "nomem");
    assert_string_equal(hone_error_name(HONE_E_NOT_FOUND), "not_found");
    assert_string_equal(hone_error_name(HONE_E_CANCELLED), "cancelled");
    assert_string_equal(hone_error_name(HONE_E_CLOSED), "closed");
    assert_string_equal(hone_error_name(HONE_E_CLOSED - 1), "unknown");
    assert_string_equal(hone_error_name(1), "unknown");
    for (int a = 0; a >= HONE_E_CLOSED; a--) {
        for (int b = a - 1; b >= HONE_E_CLOSED; b--) {
            assert_string_not_equal(hone_error_name(a), hone_error_name(b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_the_code_with_the_message),
        cmocka_unit_test(accepts_nobody_who_listens),
        cmocka_unit_test(cuts_long_text_between_characters),
        cmocka_unit_test(keeps_text_that_just_fits),
        cmocka_unit_test(is_safe_to_print),
        cmocka_unit_test(formats_from_itself),
        cmocka_unit_test(prefix_of_a_full_message_still_fits),
        cmocka_unit_test(converts_errno),
        cmocka_unit_test(keeps_the_cause_behind_a_long_path),
        cmocka_unit_test(names_every_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
