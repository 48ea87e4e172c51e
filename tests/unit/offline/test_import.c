#include "tests/support/support.h"

#include "offline/import.h"
#include "offline/row.h"

#include <stdlib.h>
#include <string.h>

static const struct hone_import_settings vw = {.from = HONE_IMPORT_VW};
static const struct hone_import_settings fasttext = {.from = HONE_IMPORT_FASTTEXT};
static const struct hone_import_settings csv = {.from = HONE_IMPORT_CSV,
                                                .delimiter = ','};

/* What becomes of a line; every row of it must be one. */
static void expect_of(struct hone_import *import, const char *line, int code,
                      const char *rows)
{
    struct hone_error err = {0};
    struct hone_buf out;
    hone_buf_init(&out, 65536);
    int got = hone_import_line(import, hone_span_text(line), &out, &err);
    if (got != code || !hone_span_is(hone_buf_span(&out), rows)) {
        fail_msg("<%s>: code %d (%s), <%.*s>", line, got, err.message, (int)out.len,
                 out.data != NULL ? out.data : "");
    }
    if (code != 0) {
        assert_true(err.message[0] != '\0');
    }
    for (const char *at = out.data; got == 0 && out.len > 0 && at < out.data + out.len;) {
        const char *end = memchr(at, '\n', (size_t)(out.data + out.len - at));
        struct hone_row row;
        assert_non_null(end);
        support_ok(hone_row_parse(&row, hone_span_of(at, (size_t)(end - at)), &err),
                   &err);
        hone_row_finish(&row);
        at = end + 1;
    }
    hone_buf_finish(&out);
}

static void expect(const struct hone_import_settings *settings, const char *line,
                   int code, const char *rows)
{
    struct hone_import *import = hone_import_create(settings);
    expect_of(import, line, code, rows);
    hone_import_destroy(import);
}

static void vw_becomes_a_text(void **state)
{
    (void)state;
    expect(&vw, "spam | win a prize", 0,
           "{\"text\":\"win a prize\",\"label\":\"spam\"}\n");
    expect(
        &vw, "1 0.5 't1|a x:3 y:0 z:0.25 |b w", 0,
        "{\"text\":\"x x x z w\",\"label\":\"1\",\"weight\":0.5,\"comment\":\"t1\"}\n");
    expect(&vw, "1 2 0.5 tag|x:2 a", 0,
           "{\"text\":\"a\",\"label\":\"1\",\"weight\":2.0,\"comment\":\"tag\"}\n");
    expect(&vw, "", 0, "");
    expect(&vw, " \t ", 0, "");
}

static void vw_becomes_fields(void **state)
{
    (void)state;
    struct hone_import_settings settings = vw;
    settings.input = HONE_IMPORT_NAMESPACES;
    expect(
        &settings, "1 |user tall young | hi there", 0,
        "{\"input\":{\"user\":\"tall young\",\"text\":\"hi there\"},\"label\":\"1\"}\n");
    expect(&settings, "1 |a x |a y", HONE_E_INVALID, "");
    settings.input = HONE_IMPORT_FEATURES;
    settings.answer_is_value = true;
    expect(&settings, "-2.5 | rooms:3 area:80.5 garden", 0,
           "{\"input\":{\"rooms\":3.0,\"area\":80.5,\"garden\":1.0},\"value\":-2.5}\n");
    expect(&settings, "1 | a a", HONE_E_INVALID, "");
    expect(&settings, "high | a", HONE_E_INVALID, "");
    expect(&settings, "inf | a", HONE_E_INVALID, "");
    expect(&settings, "0x10 | a", HONE_E_INVALID, "");
}

static void vw_bandits_become_rewards(void **state)
{
    (void)state;
    expect(&vw, "3:0.25:0.5 | a b", 0,
           "{\"text\":\"a b\",\"reward\":-0.25,\"output\":\"3\"}\n");
    expect(&vw, "3:0:1 | a", 0, "{\"text\":\"a\",\"reward\":0.0,\"output\":\"3\"}\n");
    expect(&vw, "3:x:0.5 | a", HONE_E_INVALID, "");
    expect(&vw, "1:0.5 | a", HONE_E_INVALID, "");
    expect(&vw, "1:0 2:1 | a", HONE_E_INVALID, "");
    expect(&vw, "shared | a", HONE_E_UNSUPPORTED, "");
}

static void bad_vw_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"1 a b",   "| a",      "'tag | a",     "1 |",
                                      "1 | :3",  "1 | a:b",  "1 x | a",      "1 0 | a",
                                      "1,2 | a", "1 -1 | a", "1 1 1 1 1| a", "1 1 x | a"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect(&vw, bad[i], HONE_E_INVALID, "");
    }
    expect(&vw, "1 | \xff", HONE_E_INVALID, "");
}

static void fasttext_becomes_a_row_for_each_label(void **state)
{
    (void)state;
    expect(&fasttext, "__label__a hello  world", 0,
           "{\"text\":\"hello world\",\"label\":\"a\"}\n");
    expect(&fasttext, "__label__a hi __label__b,c", 0,
           "{\"text\":\"hi\",\"label\":\"a\",\"weight\":0.5}\n"
           "{\"text\":\"hi\",\"label\":\"b,c\",\"weight\":0.5}\n");
    struct hone_import_settings settings = fasttext;
    settings.first_label_only = true;
    expect(&settings, "__label__a hi __label__b", 0,
           "{\"text\":\"hi\",\"label\":\"a\"}\n");
    expect(&fasttext, "", 0, "");
    expect(&fasttext, "no label", HONE_E_INVALID, "");
    expect(&fasttext, "__label__a", HONE_E_INVALID, "");
    expect(&fasttext, "__label__ x", HONE_E_INVALID, "");
}

static void labels_of_a_record_become_a_set(void **state)
{
    (void)state;
    struct hone_import_settings settings = fasttext;
    settings.takes_labels = true;
    expect(&settings, "__label__a hi __label__b,c", 0,
           "{\"text\":\"hi\",\"labels\":[\"a\",\"b,c\"]}\n");
    expect(&settings, "__label__a hi", 0, "{\"text\":\"hi\",\"labels\":[\"a\"]}\n");
    expect(&settings, "", 0, "");
    expect(&settings, "no label", HONE_E_INVALID, "");
    settings = vw;
    settings.takes_labels = true;
    expect(&settings, "1,x,3 'tag| a b", 0,
           "{\"text\":\"a b\",\"labels\":[\"1\",\"x\",\"3\"],\"comment\":\"tag\"}\n");
    expect(&settings, "1 | a", 0, "{\"text\":\"a\",\"labels\":[\"1\"]}\n");
    expect(&settings, " | a", 0, "{\"text\":\"a\",\"labels\":[]}\n");
    static const char *const bad[] = {"1,,2 | a",  "1, | a",      "1,2 0.5 | a",
                                      "1:0.5 | a", "1:0 2:1 | a", "3:1:0.5 | a",
                                      "shared | a"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect(&settings, bad[i], HONE_E_INVALID, "");
    }
    settings = csv;
    settings.takes_labels = true;
    settings.labels_separator = ';';
    settings.text_column = "text";
    struct hone_import *import = hone_import_create(&settings);
    expect_of(import, "text,tags", 0, "");
    expect_of(import, "x,a; b c ;d", 0,
              "{\"text\":\"x\",\"labels\":[\"a\",\"b c\",\"d\"]}\n");
    expect_of(import, "x,", 0, "{\"text\":\"x\",\"labels\":[]}\n");
    expect_of(import, "x,a;;b", HONE_E_INVALID, "");
    hone_import_destroy(import);
}

static void csv_becomes_fields(void **state)
{
    (void)state;
    struct hone_import *import = hone_import_create(&csv);
    expect_of(import, "size,note,label", 0, "");
    expect_of(import, "3,\"a, b\",yes", 0,
              "{\"input\":{\"size\":3,\"note\":\"a, b\"},\"label\":\"yes\"}\n");
    expect_of(import, "007,,no", 0, "{\"input\":{\"size\":\"007\"},\"label\":\"no\"}\n");
    expect_of(import, "1,2", HONE_E_INVALID, "");
    expect_of(import, "1,2,", HONE_E_INVALID, "");
    expect_of(import, "1,\"two", 0, "");
    expect_of(import, "lines\",12", 0,
              "{\"input\":{\"size\":1,\"note\":\"two\\nlines\"},\"label\":\"12\"}\n");
    assert_int_equal(hone_import_n_lines(import), 2);
    expect_of(import, "1,\"two", 0, "");
    struct hone_error err;
    assert_int_equal(hone_import_end(import, &err), HONE_E_INVALID);
    hone_import_destroy(import);
}

static void csv_fields_have_names_of_their_own(void **state)
{
    (void)state;
    struct hone_import_settings settings = csv;
    expect(&settings, "size,size,label", HONE_E_NOT_FOUND, "");
    expect(&settings, "column_2,,label", HONE_E_NOT_FOUND, "");
    expect(&settings, "size,label,label", 0, "");
    settings.text_column = "3";
    expect(&settings, "size,size,text,label", 0, "");
}

static void a_bad_byte_in_a_cell_costs_the_whole_record(void **state)
{
    (void)state;
    struct hone_import *import = hone_import_create(&csv);
    expect_of(import, "text,label", 0, "");
    expect_of(import, "\"begin \xff", HONE_E_INVALID, "");
    expect_of(import, "inner,row", 0, "");
    expect_of(import, "more \xff", 0, "");
    assert_int_equal(hone_import_n_lines(import), 3);
    expect_of(import, "end\",yes", 0, "");
    expect_of(import, "next,no", 0, "{\"input\":{\"text\":\"next\"},\"label\":\"no\"}\n");
    expect_of(import, "\"begin", 0, "");
    assert_true(hone_import_skip(import, true));
    expect_of(import, "next,no", 0, "{\"input\":{\"text\":\"next\"},\"label\":\"no\"}\n");
    hone_import_destroy(import);
}

static void csv_columns_are_found_by_name_or_number(void **state)
{
    (void)state;
    struct hone_import_settings settings = csv;
    settings.label_column = "2";
    settings.text_column = "words";
    struct hone_import *import = hone_import_create(&settings);
    expect_of(import, "words,what,id", 0, "");
    expect_of(import, "hello,greeting,1", 0,
              "{\"text\":\"hello\",\"label\":\"greeting\"}\n");
    hone_import_destroy(import);
    settings.label_column = "wht";
    expect(&settings, "words,what,id", HONE_E_NOT_FOUND, "");
    settings.label_column = "words";
    expect(&settings, "words,what,id", HONE_E_NOT_FOUND, "");
    settings = (struct hone_import_settings){.from = HONE_IMPORT_CSV,
                                             .delimiter = ';',
                                             .has_no_header = true,
                                             .only_strings = true,
                                             .answer_is_value = true};
    expect(&settings, "3;x;1.5", 0,
           "{\"input\":{\"column_1\":\"3\",\"column_2\":\"x\"},\"value\":1.5}\n");
    expect(&settings, "3;x;cheap", HONE_E_INVALID, "");
    expect(&settings, "alone", HONE_E_NOT_FOUND, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vw_becomes_a_text),
        cmocka_unit_test(vw_becomes_fields),
        cmocka_unit_test(vw_bandits_become_rewards),
        cmocka_unit_test(bad_vw_is_refused),
        cmocka_unit_test(fasttext_becomes_a_row_for_each_label),
        cmocka_unit_test(labels_of_a_record_become_a_set),
        cmocka_unit_test(csv_becomes_fields),
        cmocka_unit_test(csv_fields_have_names_of_their_own),
        cmocka_unit_test(a_bad_byte_in_a_cell_costs_the_whole_record),
        cmocka_unit_test(csv_columns_are_found_by_name_or_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
