#include "tests/support/support.h"

#include "offline/row.h"

#include <stdlib.h>
#include <string.h>

static struct hone_row row;
static struct hone_error err;

static int tear_down(void **state)
{
    (void)state;
    hone_row_finish(&row);
    return 0;
}

static void parse(const char *text)
{
    hone_row_finish(&row);
    support_ok(hone_row_parse(&row, hone_span_text(text), &err), &err);
}

static void refuse(const char *text, const char *why)
{
    hone_row_finish(&row);
    int code = hone_row_parse(&row, hone_span_text(text), &err);
    if ((code != HONE_E_INVALID && code != HONE_E_LIMIT) ||
        strstr(err.message, why) == NULL) {
        fail_msg("%s: code %d, \"%s\"", text, code, err.message);
    }
}

static void every_answer_is_taken(void **state)
{
    (void)state;
    parse("{\"text\":\"a\",\"label\":\"x\",\"weight\":2,\"episode\":\"e\"}");
    assert_int_equal(row.feedback.kind, HONE_FEEDBACK_LABEL);
    assert_true(hone_span_is(row.feedback.value, "x"));
    assert_true(hone_span_is(row.episode, "e"));
    support_near(row.feedback.weight, 2.0, 0.0);
    assert_null(json_object_get(row.item, "episode"));
    assert_string_equal(json_string_value(json_object_get(row.input, "text")), "a");
    parse("{\"input\":{\"n\":1},\"value\":0.1}");
    assert_int_equal(row.feedback.kind, HONE_FEEDBACK_VALUE);
    assert_true(hone_span_is(row.feedback.value, "0.1"));
    parse("{\"input\":{},\"order\":[\"b\",\"a\"]}");
    assert_true(hone_span_is(row.feedback.value, "b\na"));
    parse("{\"text\":\"a\",\"reward\":-1.5,\"output\":\"o\"}");
    support_near(row.feedback.reward, -1.5, 0.0);
    assert_true(hone_span_is(row.output, "o"));
    parse("{\"text\":\"a\",\"labels\":[\"x\",\"y\"]}");
    assert_int_equal(row.feedback.kind, HONE_FEEDBACK_LABEL);
    assert_true(row.is_set && hone_span_is(row.feedback.value, "x\ny\n"));
    parse("{\"text\":\"a\",\"labels\":[]}");
    assert_true(row.is_set && hone_span_is(row.feedback.value, "\n"));
    parse("{\"text\":\"a\",\"choice\":\"c\"}");
    assert_int_equal(row.feedback.kind, HONE_FEEDBACK_CHOICE);
}

static void what_is_no_row_is_refused(void **state)
{
    (void)state;
    refuse("", "JSON");
    refuse("[]", "object");
    refuse("{\"text\":\"a\"}", "answer is missing");
    refuse("{\"label\":\"a\"}", "input or text");
    refuse("{\"text\":\"a\",\"input\":{},\"label\":\"x\"}", "input or text");
    refuse("{\"text\":\"a\",\"label\":\"x\",\"value\":1}", "one answer");
    refuse("{\"text\":\"a\",\"label\":\"\"}", "not empty");
    refuse("{\"text\":\"a\",\"label\":3}", "string");
    refuse("{\"text\":3,\"label\":\"x\"}", "string");
    refuse("{\"input\":[],\"label\":\"x\"}", "object");
    refuse("{\"text\":\"a\",\"value\":\"1\"}", "number");
    refuse("{\"text\":\"a\",\"value\":1e999}", "");
    refuse("{\"text\":\"a\",\"labels\":\"x\"}", "array");
    refuse("{\"text\":\"a\",\"labels\":[\"\"]}", "labels[0]");
    refuse("{\"text\":\"a\",\"order\":[]}", "array");
    refuse("{\"text\":\"a\",\"order\":[\"x\",2]}", "order[1]");
    refuse("{\"text\":\"a\",\"reward\":1}", "output");
    refuse("{\"text\":\"a\",\"label\":\"x\",\"weight\":0}", "weight");
    refuse("{\"text\":\"a\",\"label\":\"x\",\"weight\":101}", "weight");
    refuse("{\"text\":\"a\",\"label\":\"x\",\"text\":\"b\"}", "");
    refuse("{\"text\":\"a\",\"lebel\":\"x\"}", "unknown key");
    assert_non_null(strstr(err.hint, "label"));
}

static void equal_rows_have_equal_digests(void **state)
{
    (void)state;
    const struct hone_span none = hone_span_of(NULL, 0);
    parse("{\"input\":{\"a\":1,\"b\":\"x\"},\"label\":\"y\"}");
    struct hone_digest digest = hone_row_digest(&row, none);
    struct hone_digest text = hone_row_text_digest(&row);
    assert_false(hone_digest_equal(digest, hone_row_digest(&row, hone_span_text("2"))));
    parse("{\"label\":\"y\",\"input\":{\"b\":\"x\",\"a\":1}}");
    assert_true(hone_digest_equal(digest, hone_row_digest(&row, none)));
    parse("{\"label\":\"z\",\"input\":{\"b\":\"X\",\"a\":1}}");
    assert_false(hone_digest_equal(digest, hone_row_digest(&row, none)));
    assert_true(hone_digest_equal(text, hone_row_text_digest(&row)));
    parse("{\"label\":\"y\",\"input\":{\"b\":\"x\",\"a\":2}}");
    assert_false(hone_digest_equal(text, hone_row_text_digest(&row)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_answer_is_taken, tear_down),
        cmocka_unit_test_teardown(what_is_no_row_is_refused, tear_down),
        cmocka_unit_test_teardown(equal_rows_have_equal_digests, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
