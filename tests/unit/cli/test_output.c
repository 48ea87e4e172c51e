#include "tests/support/support.h"

#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

static void exit_codes_tell_kinds_of_failure_apart(void **state)
{
    (void)state;
    assert_int_equal(0, hone_output_exit_code(0));
    assert_int_equal(2, hone_output_exit_code(HONE_E_INVALID));
    assert_int_equal(4, hone_output_exit_code(HONE_E_CLOSED));
    assert_int_equal(7, hone_output_exit_code(HONE_E_NOT_FOUND));
    assert_int_equal(130, hone_output_exit_code(HONE_E_CANCELLED));
    assert_int_equal(1, hone_output_exit_code(HONE_E_CORRUPT));
    assert_int_equal(1, hone_output_exit_code(HONE_E_IO));
}

static void prints_cause_and_fix_without_color_into_a_file(void **state)
{
    char *data = NULL;
    char *talk = NULL;
    size_t data_len = 0;
    size_t talk_len = 0;
    struct hone_output output;
    struct hone_error err;
    (void)state;
    FILE *data_file = open_memstream(&data, &data_len);
    FILE *talk_file = open_memstream(&talk, &talk_len);
    hone_output_init(&output, data_file, talk_file);
    (void)hone_error_set(&err, HONE_E_INVALID, "it is wrong");
    assert_int_equal(5, hone_output_fail(&output, 5, &err));
    (void)hone_error_hint(&err, "make it right");
    assert_int_equal(2, hone_output_fail(&output, 2, &err));
    hone_output_next(&output, "this is for terminals only");
    (void)fclose(data_file);
    (void)fclose(talk_file);
    assert_string_equal("", data);
    assert_string_equal("error: it is wrong\nerror: it is wrong\n  hint: make it right\n",
                        talk);
    free(data);
    free(talk);
}

static void a_peers_text_gives_the_terminal_no_orders(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    (void)state;
    hone_output_plain(file, "a\033[31mb\x7f\xc2\x9b"
                            "c\r\n\td\xc3\xa9\xe2\x96\x81");
    (void)fclose(file);
    assert_string_equal("a[31mbc\n\td\xc3\xa9\xe2\x96\x81", text);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_tell_kinds_of_failure_apart),
        cmocka_unit_test(prints_cause_and_fix_without_color_into_a_file),
        cmocka_unit_test(a_peers_text_gives_the_terminal_no_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
