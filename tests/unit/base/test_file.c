#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static int make_folder(void **state)
{
    (void)state;
    folder = support_make_folder();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    support_remove_folder(folder);
    free(folder);
    return 0;
}

static size_t n_entries(const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    size_t n = 0;
    while (readdir(dir) != NULL) {
        n += 1;
    }
    closedir(dir);
    return n - 2; /* . and .. */
}

static void reads_back_what_it_wrote(void **state)
{
    (void)state;
    static char data[200000]; /* more than one read */
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (char)(i * 7);
    }
    struct hone_error err;
    char *path = hone_alloc_format("%s/data", folder);
    static const size_t sizes[] = {0, 1, 65536, sizeof(data)};
    for (size_t i = 0; i < 4; i++) {
        char *out = NULL;
        size_t len = 99;
        struct hone_span span = hone_span_of(data, sizes[i]);
        support_ok(hone_file_write(path, span, 0640, &err), &err);
        support_ok(hone_file_read(&out, &len, path, sizes[i], &err), &err);
        assert_true(hone_span_equal(hone_span_of(out, len), span));
        assert_int_equal(out[len], 0);
        free(out);
    }
    assert_int_equal(n_entries(folder), 1);
    free(path);
}

static void gives_exactly_the_mode_asked_for(void **state)
{
    (void)state;
    struct hone_error err;
    struct stat st;
    char *path = hone_alloc_format("%s/secret", folder);
    mode_t old_mask = umask(0077);
    support_ok(hone_file_write(path, hone_span_text("x"), 0644, &err), &err);
    (void)umask(old_mask);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    free(path);
}

static void replaces_without_touching_open_readers(void **state)
{
    (void)state;
    struct hone_error err;
    char *path = hone_alloc_format("%s/data", folder);
    support_write_file(folder, "data", "old");
    int reader = open(path, O_RDONLY);
    assert_true(reader >= 0);
    support_ok(hone_file_write(path, hone_span_text("new!"), 0600, &err), &err);
    char seen[8] = "";
    assert_int_equal(read(reader, seen, sizeof(seen)), 3);
    assert_string_equal(seen, "old");
    close(reader);
    free(path);
}

static void leaves_nothing_behind_after_a_failed_write(void **state)
{
    (void)state;
    struct hone_error err;
    char *path = hone_alloc_format("%s/taken", folder);
    char *inside = hone_alloc_format("%s/taken/file", folder);
    support_ok(hone_file_make_folder(path, 0755, &err), &err);
    support_ok(hone_file_write(inside, hone_span_text("x"), 0600, &err), &err);
    /* A folder that is not empty cannot be renamed over. */
    assert_int_not_equal(hone_file_write(path, hone_span_text("x"), 0600, &err), 0);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(n_entries(folder), 1);
    assert_true(hone_file_exists(inside));
    free(inside);
    free(path);
}

static void refuses_a_missing_folder(void **state)
{
    (void)state;
    struct hone_error err;
    char *path = hone_alloc_format("%s/no/file", folder);
    assert_int_equal(hone_file_write(path, hone_span_text("x"), 0600, &err),
                     HONE_E_NOT_FOUND);
    free(path);
}

static void refuses_more_than_the_limit(void **state)
{
    (void)state;
    struct hone_error err;
    char *out = NULL;
    size_t len = 77;
    support_write_file(folder, "data", "12345");
    char *path = hone_alloc_format("%s/data", folder);
    assert_int_equal(hone_file_read(&out, &len, path, 4, &err), HONE_E_LIMIT);
    assert_non_null(strstr(err.message, "larger than 4 bytes"));
    assert_null(out);
    assert_int_equal(len, 77);
    support_ok(hone_file_read(&out, &len, path, 5, &err), &err);
    assert_int_equal(len, 5);
    free(out);
    free(path);
}

static void bounds_files_that_hide_their_size(void **state)
{
    (void)state;
    struct hone_error err;
    char *out = NULL;
    size_t len = 0;
    /* Files of /proc say that they are empty. */
    support_ok(hone_file_read(&out, &len, "/proc/self/status", 1 << 20, &err), &err);
    assert_true(len > 10);
    free(out);
    out = NULL;
    assert_int_equal(hone_file_read(&out, &len, "/proc/self/status", 10, &err),
                     HONE_E_LIMIT);
    assert_null(out);
}

static void refuses_what_is_not_a_regular_file(void **state)
{
    (void)state;
    struct hone_error err;
    char *out = NULL;
    char *path = hone_alloc_format("%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(hone_file_read(&out, NULL, path, 10, &err), HONE_E_INVALID);
    assert_int_equal(hone_file_read(&out, NULL, folder, 10, &err), HONE_E_INVALID);
    assert_int_equal(hone_file_read(&out, NULL, "/dev/zero", 10, &err), HONE_E_INVALID);
    free(path);
    path = hone_alloc_format("%s/absent", folder);
    assert_int_equal(hone_file_read(&out, NULL, path, 10, &err), HONE_E_NOT_FOUND);
    assert_null(out);
    free(path);
}

static void makes_folders_with_their_parents(void **state)
{
    (void)state;
    struct hone_error err;
    char *path = hone_alloc_format("%s/a//b/c///", folder);
    support_ok(hone_file_make_folder(path, 0750, &err), &err);
    assert_true(hone_file_is_folder(path));
    support_ok(hone_file_make_folder(path, 0750, &err), &err);
    support_ok(hone_file_make_folder("/", 0750, &err), &err);
    support_ok(hone_file_make_folder(".", 0750, &err), &err);
    assert_int_equal(hone_file_make_folder("", 0750, &err), HONE_E_NOT_FOUND);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0750);
    free(path);
}

static void does_not_take_a_file_for_a_folder(void **state)
{
    (void)state;
    struct hone_error err;
    support_write_file(folder, "plain", "x");
    char *path = hone_alloc_format("%s/plain", folder);
    assert_int_equal(hone_file_make_folder(path, 0755, &err), HONE_E_EXISTS);
    assert_false(hone_file_is_folder(path));
    assert_true(hone_file_exists(path));
    assert_int_not_equal(hone_file_sync_folder(path, &err), 0);
    free(path);
    path = hone_alloc_format("%s/plain/below", folder);
    assert_int_equal(hone_file_make_folder(path, 0755, &err), HONE_E_EXISTS);
    assert_false(hone_file_exists(path));
    free(path);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(reads_back_what_it_wrote),
        in_folder(gives_exactly_the_mode_asked_for),
        in_folder(replaces_without_touching_open_readers),
        in_folder(leaves_nothing_behind_after_a_failed_write),
        in_folder(refuses_a_missing_folder),
        in_folder(refuses_more_than_the_limit),
        in_folder(bounds_files_that_hide_their_size),
        in_folder(refuses_what_is_not_a_regular_file),
        in_folder(makes_folders_with_their_parents),
        in_folder(does_not_take_a_file_for_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
