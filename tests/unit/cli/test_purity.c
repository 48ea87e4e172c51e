#include "tests/support/support.h"

#include "cli/purity.h"

#include <string.h>

static int check(size_t *n_answers, const char *text, struct hone_error *err)
{
    return hone_purity_check_lines(n_answers, text, strlen(text), err);
}

static void counts_answers_and_passes_notifications(void **state)
{
    size_t n_answers = 9;
    struct hone_error err;
    (void)state;
    support_ok(check(&n_answers, "", &err), &err);
    assert_int_equal(0, n_answers);
    support_ok(check(&n_answers,
                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n"
                     "{\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n",
                     &err),
               &err);
    assert_int_equal(1, n_answers);
}

static void finds_what_is_no_message(void **state)
{
    static const char *const wrong[] = {
        "hello\n",
        "{\"id\":1}\n",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size_t n_answers = 9;
        struct hone_error err;
        assert_int_equal(HONE_E_CORRUPT, check(&n_answers, wrong[i], &err));
        assert_int_equal(9, n_answers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_answers_and_passes_notifications),
        cmocka_unit_test(finds_what_is_no_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
