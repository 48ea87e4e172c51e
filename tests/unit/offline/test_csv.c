#include "tests/support/support.h"

#include "offline/csv.h"

#include <stdlib.h>
#include <string.h>

static struct hone_csv csv;
static struct hone_error err;

static int set_up(void **state)
{
    (void)state;
    hone_csv_init(&csv, ',');
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hone_csv_finish(&csv);
    return 0;
}

static int give(const char *line)
{
    return hone_csv_line(&csv, hone_span_text(line), &err);
}

static void expect(const char *line, size_t n, const char *const *cells)
{
    assert_int_equal(give(line), 1);
    assert_int_equal(csv.n_cells, n);
    for (size_t i = 0; i < n; i++) {
        if (!hone_span_is(hone_csv_cell(&csv, i), cells[i])) {
            fail_msg("cell %zu of <%s>: \"%.*s\", not \"%s\"", i, line,
                     (int)hone_csv_cell(&csv, i).len, hone_csv_cell(&csv, i).data,
                     cells[i]);
        }
    }
}

static void cells_are_parted_by_the_delimiter(void **state)
{
    (void)state;
    expect("a,b,c", 3, (const char *const[]){"a", "b", "c"});
    expect("", 1, (const char *const[]){""});
    expect(",", 2, (const char *const[]){"", ""});
    expect(" a ,b,", 3, (const char *const[]){" a ", "b", ""});
    csv.delimiter = '\t';
    expect("a,b\tc", 2, (const char *const[]){"a,b", "c"});
}

static void quotes_hold_anything(void **state)
{
    (void)state;
    expect("\"a,b\",\"say \"\"x\"\"\",\"\"", 3,
           (const char *const[]){"a,b", "say \"x\"", ""});
    expect("\"\"\"\"", 1, (const char *const[]){"\""});
    assert_int_equal(give("1,\"two"), 0);
    assert_int_equal(give("lines, \"\"and"), 0);
    expect("a third\",2", 3,
           (const char *const[]){"1", "two\nlines, \"and\na third", "2"});
    assert_int_equal(csv.n_lines, 3);
    expect("next", 1, (const char *const[]){"next"});
    assert_int_equal(csv.n_lines, 1);
}

static void a_bad_record_costs_only_itself(void **state)
{
    (void)state;
    static const char *const bad[] = {"a\"b,c", "\"a\"b", "\"a\" ,b"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(give(bad[i]), HONE_E_INVALID);
        expect("x,y", 2, (const char *const[]){"x", "y"});
    }
}

static void a_line_that_cannot_be_taken_costs_its_record(void **state)
{
    (void)state;
    assert_true(hone_csv_skip(&csv, hone_span_text("a,\"b")));
    assert_int_equal(give("c,d"), 0);
    assert_false(hone_csv_skip(&csv, hone_span_text("e \"\" f")));
    assert_int_equal(csv.n_lines, 3);
    assert_int_equal(give("g\",\"h\",i"), 0);
    expect("x,y", 2, (const char *const[]){"x", "y"});
    assert_true(hone_csv_skip(&csv, hone_span_text("it\"s,one line")));
    expect("x,y", 2, (const char *const[]){"x", "y"});
    assert_int_equal(give("\"goes on"), 0);
    assert_true(hone_csv_skip_unseen(&csv, false));
    assert_int_equal(give("here\",too"), 0);
    assert_true(hone_csv_skip_unseen(&csv, true));
    assert_false(hone_csv_skip_unseen(&csv, true));
    expect("x,y", 2, (const char *const[]){"x", "y"});
}

static void limits_are_held(void **state)
{
    (void)state;
    char *many = malloc(HONE_CSV_CELLS_MAX + 1);
    assert_non_null(many);
    memset(many, ',', HONE_CSV_CELLS_MAX);
    many[HONE_CSV_CELLS_MAX] = '\0';
    assert_int_equal(give(many), HONE_E_LIMIT);
    many[HONE_CSV_CELLS_MAX - 1] = '\0';
    assert_int_equal(give(many), 1);
    free(many);
    assert_int_equal(give("\"never closed"), 0);
    char line[65536];
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    int code = 0;
    for (int i = 0; i < 100 && code == 0; i++) {
        code = give(line);
    }
    assert_int_equal(code, HONE_E_LIMIT);
    assert_int_equal(give("in,the \"\"cell\"\""), 0);
    assert_int_equal(give("still\",\"and the next"), 0);
    assert_int_equal(give("one\",end"), 0);
    expect("a,b", 2, (const char *const[]){"a", "b"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cells_are_parted_by_the_delimiter, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(quotes_hold_anything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bad_record_costs_only_itself, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_cannot_be_taken_costs_its_record,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_are_held, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
