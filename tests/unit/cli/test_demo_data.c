#include "tests/support/support.h"

#include "base/alloc.h"
#include "cli/demo_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_text(struct hone_demo_data *out, const char *content, size_t limit,
                     struct hone_error *err)
{
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/messages.jsonl", folder);
    support_write_file(folder, "messages.jsonl", content);
    int code = hone_demo_data_read(out, path, limit, err);
    free(path);
    support_remove_folder(folder);
    free(folder);
    return code;
}

/* n rows "message I" with label "l". */
static char *make_rows(size_t n)
{
    size_t size = 64 * n + 1;
    char *rows = hone_alloc_zeroed(size, 1);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        len += (size_t)snprintf(rows + len, size - len,
                                "{\"text\": \"message %zu\", \"label\": \"l\"}\n", i);
    }
    return rows;
}

static void keeps_about_one_in_six_apart(void **state)
{
    char *rows = make_rows(3000);
    struct hone_demo_data data;
    struct hone_error err;
    (void)state;
    support_ok(read_text(&data, rows, 0, &err), &err);
    assert_int_equal(3000, data.n_stream + data.n_test);
    assert_in_range(data.n_test, 400, 600);
    hone_demo_data_finish(&data);
    free(rows);
}

static void a_text_is_on_one_side_only(void **state)
{
    char *rows = make_rows(200);
    struct hone_demo_data data;
    struct hone_error err;
    (void)state;
    support_ok(read_text(&data, rows, 0, &err), &err);
    for (size_t i = 0; i < data.n_stream; i++) {
        assert_false(hone_demo_data_is_test(hone_span_text(data.stream[i].text)));
    }
    for (size_t i = 0; i < data.n_test; i++) {
        assert_true(hone_demo_data_is_test(hone_span_text(data.test[i].text)));
    }
    assert_string_equal("l", data.stream[0].label);
    hone_demo_data_finish(&data);
    free(rows);
}

static void limit_shortens_the_stream_and_not_the_test(void **state)
{
    char *rows = make_rows(300);
    struct hone_demo_data all, some;
    struct hone_error err;
    (void)state;
    support_ok(read_text(&all, rows, 0, &err), &err);
    support_ok(read_text(&some, rows, 10, &err), &err);
    assert_int_equal(10, some.n_stream);
    assert_int_equal(all.n_test, some.n_test);
    for (size_t i = 0; i < 10; i++) {
        assert_string_equal(all.stream[i].text, some.stream[i].text);
    }
    hone_demo_data_finish(&all);
    hone_demo_data_finish(&some);
    free(rows);
}

static void names_the_line_of_a_bad_row(void **state)
{
    struct hone_demo_data data;
    struct hone_error err;
    (void)state;
    assert_int_equal(
        HONE_E_INVALID,
        read_text(&data, "{\"text\":\"a\",\"label\":\"b\"}\n\n{\"text\":1}\n", 0, &err));
    assert_non_null(strstr(err.message, "messages.jsonl:3: "));
    assert_int_equal(HONE_E_INVALID, read_text(&data, "no json\n", 0, &err));
    assert_non_null(strstr(err.message, "messages.jsonl:1: "));
}

static void refuses_too_few_rows(void **state)
{
    struct hone_demo_data data;
    struct hone_error err;
    (void)state;
    assert_int_equal(HONE_E_INVALID, read_text(&data, "", 0, &err));
    assert_int_equal(HONE_E_INVALID,
                     read_text(&data, "{\"text\":\"a\",\"label\":\"b\"}", 0, &err));
    assert_int_equal(HONE_E_NOT_FOUND, hone_demo_data_read(&data, "/nowhere/x", 0, &err));
}

static void reads_the_messages_that_come_with_the_example(void **state)
{
    char *path = support_source_path("examples/triage/data/messages.jsonl");
    struct hone_demo_data data;
    struct hone_error err;
    (void)state;
    support_ok(hone_demo_data_read(&data, path, 0, &err), &err);
    assert_true(data.n_stream >= 300);
    assert_true(data.n_test >= 60);
    hone_demo_data_finish(&data);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_about_one_in_six_apart),
        cmocka_unit_test(a_text_is_on_one_side_only),
        cmocka_unit_test(limit_shortens_the_stream_and_not_the_test),
        cmocka_unit_test(names_the_line_of_a_bad_row),
        cmocka_unit_test(refuses_too_few_rows),
        cmocka_unit_test(reads_the_messages_that_come_with_the_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
