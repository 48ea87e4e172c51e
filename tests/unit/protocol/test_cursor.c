#include "tests/support/support.h"

#include "protocol/cursor.h"

#include <string.h>

#define LIST "tools/list"

static struct hone_digest content(void)
{
    return hone_digest_of(hone_span_text("a b c"));
}

static int parse(size_t *offset, const char *text, const char *list,
                 struct hone_digest digest, struct hone_error *err)
{
    return hone_cursor_parse(offset, hone_span_text(text), list, digest, 100, err);
}

static void goes_on_where_the_page_ended(void **state)
{
    (void)state;
    static const size_t offsets[] = {0, 1, 50, 100};
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        char text[HONE_CURSOR_TEXT_LEN + 1];
        struct hone_error err;
        size_t offset = 77;
        hone_cursor_format(text, LIST, content(), offsets[i]);
        assert_int_equal(strlen(text), HONE_CURSOR_TEXT_LEN);
        support_ok(parse(&offset, text, LIST, content(), &err), &err);
        assert_int_equal(offset, offsets[i]);
    }
}

static void empty_text_is_the_start(void **state)
{
    (void)state;
    struct hone_error err;
    size_t offset = 77;
    support_ok(parse(&offset, "", LIST, content(), &err), &err);
    assert_int_equal(offset, 0);
}

static void check_refused(const char *text, const char *list, struct hone_digest digest,
                          int code, const char *message)
{
    struct hone_error err;
    size_t offset = 77;
    assert_int_equal(parse(&offset, text, list, digest, &err), code);
    if (strstr(err.message, message) == NULL) {
        fail_msg("%s: %s", text, err.message);
    }
    assert_int_equal(offset, 77);
}

static void tells_foreign_and_stale_cursors_apart(void **state)
{
    (void)state;
    char text[HONE_CURSOR_TEXT_LEN + 1];
    hone_cursor_format(text, LIST, content(), 50);
    check_refused(text, "prompts/list", content(), HONE_E_INVALID, "another list");
    check_refused(text, LIST, hone_digest_of(hone_span_text("a b")), HONE_E_STALE,
                  "has changed");
    hone_cursor_format(text, LIST, content(), 101);
    check_refused(text, LIST, content(), HONE_E_INVALID, "behind the end");
    hone_cursor_format(text, LIST, content(), SIZE_MAX);
    check_refused(text, LIST, content(), HONE_E_INVALID, "behind the end");
}

static void refuses_every_change(void **state)
{
    (void)state;
    char text[HONE_CURSOR_TEXT_LEN + 1];
    struct hone_error err;
    hone_cursor_format(text, LIST, content(), 50);
    for (size_t i = 0; i < HONE_CURSOR_TEXT_LEN; i++) {
        size_t offset = 0;
        char before = text[i];
        text[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(parse(&offset, text, LIST, content(), &err), HONE_E_INVALID);
        text[i] = before;
    }
    check_refused("0", LIST, content(), HONE_E_INVALID, "not a cursor");
    check_refused("................................", LIST, content(), HONE_E_INVALID,
                  "not a cursor");
    check_refused("...........................................", LIST, content(),
                  HONE_E_INVALID, "not a cursor");
    text[HONE_CURSOR_TEXT_LEN - 1] = '\0';
    check_refused(text, LIST, content(), HONE_E_INVALID, "not a cursor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_where_the_page_ended),
        cmocka_unit_test(empty_text_is_the_start),
        cmocka_unit_test(tells_foreign_and_stale_cursors_apart),
        cmocka_unit_test(refuses_every_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
