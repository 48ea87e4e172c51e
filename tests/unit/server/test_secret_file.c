#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "server/secret_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int set_up(void **state)
{
    *state = support_make_folder();
    return 0;
}

static int tear_down(void **state)
{
    support_remove_folder(*state);
    free(*state);
    return 0;
}

static void makes_a_key_once_and_keeps_it_from_others(void **state)
{
    const char *folder = *state;
    struct hone_secret_key first, second;
    struct hone_error err;
    struct stat info;
    support_ok(hone_secret_file_open(&first, folder, &err), &err);
    support_ok(hone_secret_file_open(&second, folder, &err), &err);
    assert_memory_equal(first.bytes, second.bytes, sizeof(first.bytes));
    char *path = hone_alloc_format("%s/secret", folder);
    assert_int_equal(0, stat(path, &info));
    assert_int_equal(0600, info.st_mode & 07777);
    free(path);
}

static void another_folder_has_another_key(void **state)
{
    struct hone_secret_key first, second;
    struct hone_error err;
    char *other = support_make_folder();
    support_ok(hone_secret_file_open(&first, *state, &err), &err);
    support_ok(hone_secret_file_open(&second, other, &err), &err);
    assert_memory_not_equal(first.bytes, second.bytes, sizeof(first.bytes));
    support_remove_folder(other);
    free(other);
}

static void refuses_a_file_that_is_no_key_and_says_what_to_do(void **state)
{
    static const char *const contents[] = {"", "short",
                                           "0123456789012345678901234567890123"};
    struct hone_secret_key key = {{7}};
    struct hone_error err;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        support_write_file(*state, "secret", contents[i]);
        assert_int_equal(HONE_E_CORRUPT, hone_secret_file_open(&key, *state, &err));
        assert_non_null(strstr(err.hint, "remove it"));
        assert_int_equal(7, key.bytes[0]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(makes_a_key_once_and_keeps_it_from_others),
        TEST(another_folder_has_another_key),
        TEST(refuses_a_file_that_is_no_key_and_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
