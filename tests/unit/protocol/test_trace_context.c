#include "tests/support/support.h"

#include "protocol/trace_context.h"

#include <string.h>

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define GOOD   "00-" TRACE "-" PARENT "-01"
#define STATE  "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"

static void reads_the_parts_of_a_parent(void **state)
{
    (void)state;
    struct hone_trace_context trace;
    assert_int_equal(
        hone_trace_context_parse(&trace, hone_span_text(GOOD), hone_span_text(STATE)), 0);
    assert_true(hone_span_is(trace.trace_id, TRACE));
    assert_true(hone_span_is(trace.parent_id, PARENT));
    assert_true(hone_span_is(trace.flags, "01"));
    assert_true(hone_span_is(trace.state, STATE));
}

static void versions_to_come_are_read_like_the_first(void **state)
{
    (void)state;
    struct hone_trace_context trace;
    assert_int_equal(
        hone_trace_context_parse(&trace, hone_span_text("fe-" TRACE "-" PARENT "-ff"),
                                 hone_span_of(NULL, 0)),
        0);
    assert_true(hone_span_is(trace.flags, "ff"));
    assert_int_equal(trace.state.len, 0);
}

static void refuses_a_parent_of_another_shape(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "00",
        "00-" TRACE "-" PARENT,
        "00-" TRACE "-" PARENT "-0",
        GOOD "-",
        GOOD "0",
        " " GOOD,
        "ff-" TRACE "-" PARENT "-01",
        "0g-" TRACE "-" PARENT "-01",
        "00_" TRACE "-" PARENT "-01",
        "00-" TRACE "_" PARENT "-01",
        "00-" TRACE "-" PARENT "_01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-" TRACE "-00f067aa0ba902bx-01",
        "00-" TRACE "-" PARENT "-0G",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7f-01",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct hone_trace_context trace = {.trace_id = hone_span_text("untouched")};
        if (hone_trace_context_parse(&trace, hone_span_text(bad[i]),
                                     hone_span_text(STATE)) != HONE_E_INVALID) {
            fail_msg("%s was read", bad[i]);
        }
        assert_true(hone_span_is(trace.trace_id, "untouched"));
    }
}

static void a_bad_state_is_left_out(void **state)
{
    (void)state;
    char text[HONE_TRACE_CONTEXT_STATE_LEN_MAX + 2];
    struct hone_trace_context trace;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(
        hone_trace_context_parse(&trace, hone_span_text(GOOD), hone_span_text(text)), 0);
    assert_int_equal(trace.state.len, 0);
    assert_int_equal(
        hone_trace_context_parse(&trace, hone_span_text(GOOD), hone_span_text(text + 1)),
        0);
    assert_int_equal(trace.state.len, HONE_TRACE_CONTEXT_STATE_LEN_MAX);
    assert_int_equal(hone_trace_context_parse(&trace, hone_span_text(GOOD),
                                              hone_span_text("a=1\r\nx: y")),
                     0);
    assert_int_equal(trace.state.len, 0);
    assert_true(hone_span_is(trace.trace_id, TRACE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_parts_of_a_parent),
        cmocka_unit_test(versions_to_come_are_read_like_the_first),
        cmocka_unit_test(refuses_a_parent_of_another_shape),
        cmocka_unit_test(a_bad_state_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
