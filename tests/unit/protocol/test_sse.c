#include "tests/support/support.h"

#include "protocol/sse.h"

#include <stdio.h>
#include <string.h>

static void check_written(struct hone_buf *buf, const char *text)
{
    assert_int_equal(buf->error, 0);
    assert_string_equal(buf->data, text);
    hone_buf_clear(buf);
}

static void writes_events(void **state)
{
    (void)state;
    struct hone_buf buf;
    struct hone_sse_id none = {0, 0};
    hone_buf_init(&buf, 1000);
    hone_sse_write_event(&buf, (struct hone_sse_id){3, 14}, hone_span_text("{\"a\":1}"));
    check_written(&buf, "id: 3-14\ndata: {\"a\":1}\n\n");
    hone_sse_write_event(&buf, none, hone_span_text("{}"));
    check_written(&buf, "data: {}\n\n");
    hone_sse_write_event(&buf, none, hone_span_of(NULL, 0));
    check_written(&buf, "data: \n\n");
    hone_sse_write_priming(&buf, (struct hone_sse_id){1, 0}, 3000);
    check_written(&buf, "id: 1-0\nretry: 3000\ndata: \n\n");
    hone_sse_write_priming(&buf, (struct hone_sse_id){1, 0}, -1);
    check_written(&buf, "id: 1-0\ndata: \n\n");
    hone_sse_write_keepalive(&buf);
    check_written(&buf, ": keepalive\n\n");
    hone_buf_finish(&buf);
}

static void data_never_ends_its_event(void **state)
{
    (void)state;
    struct hone_buf buf;
    struct hone_sse_id none = {0, 0};
    hone_buf_init(&buf, 1000);
    hone_sse_write_event(&buf, none, hone_span_text("a\nb\r\nc\rd"));
    check_written(&buf, "data: a\ndata: b\ndata: c\ndata: d\n\n");
    hone_sse_write_event(&buf, none, hone_span_text("a\n\nid: 9-9\n\r"));
    check_written(&buf, "data: a\ndata: \ndata: id: 9-9\ndata: \ndata: \n\n");
    hone_buf_finish(&buf);
}

static void reports_a_full_buffer(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 10);
    assert_int_equal(
        hone_sse_write_event(&buf, (struct hone_sse_id){0, 0}, hone_span_text("1234")),
        HONE_E_LIMIT);
    hone_buf_finish(&buf);
}

static void reads_the_ids_it_writes(void **state)
{
    (void)state;
    static const struct hone_sse_id ids[] = {
        {1, 0}, {1, 1}, {10, 200}, {INT64_MAX, INT64_MAX}};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        char text[HONE_SSE_ID_SIZE];
        struct hone_sse_id id = {0, 0};
        hone_sse_id_format(text, ids[i]);
        assert_int_equal(hone_sse_id_parse(&id, hone_span_text(text)), 0);
        assert_true(id.stream == ids[i].stream && id.number == ids[i].number);
    }
}

static void refuses_other_ids(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "-",
                                        "1",
                                        "1-",
                                        "-1",
                                        "0-1",
                                        "0-0",
                                        "01-1",
                                        "1-01",
                                        "1-00",
                                        "+1-1",
                                        "1-+1",
                                        "1--1",
                                        "1-1-1",
                                        " 1-1",
                                        "1-1 ",
                                        "1 -1",
                                        "1-1\n",
                                        "a-1",
                                        "1-a",
                                        "0x1-1",
                                        "1-1.0",
                                        "1_1",
                                        "\xd9\xa1-1",
                                        "9223372036854775808-1",
                                        "1-9223372036854775808",
                                        "1-18446744073709551616",
                                        "1-00000000000000000000001",
                                        "99999999999999999999999999999999999999-1"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct hone_sse_id id = {7, 7};
        if (hone_sse_id_parse(&id, hone_span_text(texts[i])) != HONE_E_INVALID) {
            fail_msg("taken: \"%s\"", texts[i]);
        }
        assert_true(id.stream == 7 && id.number == 7);
    }
    struct hone_sse_id id;
    assert_int_equal(hone_sse_id_parse(&id, hone_span_of("1-1\0", 4)), HONE_E_INVALID);
}

static void append_numbers(struct hone_sse_log *log, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "event %d", (int)i);
        struct hone_sse_id id = hone_sse_log_append(log, hone_span_text(text));
        assert_true(id.stream == log->stream && id.number == i);
    }
}

static void check_next(const struct hone_sse_log *log, uint64_t after, const char *text)
{
    struct hone_span data;
    assert_int_equal(hone_sse_log_next(log, after, &data), 0);
    assert_true(hone_span_is(data, text));
}

static void check_no_next(const struct hone_sse_log *log, uint64_t after, int code)
{
    struct hone_span data;
    assert_int_equal(hone_sse_log_next(log, after, &data), code);
}

static void replays_what_came_after_an_event(void **state)
{
    (void)state;
    struct hone_sse_log log;
    hone_sse_log_init(&log, 5, 10, 1000);
    check_no_next(&log, 0, HONE_E_NOT_FOUND);
    check_no_next(&log, 1, HONE_E_INVALID);
    append_numbers(&log, 1, 3);
    check_next(&log, 0, "event 1");
    check_next(&log, 1, "event 2");
    check_next(&log, 2, "event 3");
    check_no_next(&log, 3, HONE_E_NOT_FOUND);
    check_no_next(&log, 4, HONE_E_INVALID);
    check_no_next(&log, UINT64_MAX, HONE_E_INVALID);
    hone_sse_log_finish(&log);
}

static void says_when_events_are_gone(void **state)
{
    (void)state;
    struct hone_sse_log log;
    hone_sse_log_init(&log, 5, 3, 1000);
    append_numbers(&log, 1, 100);
    check_no_next(&log, 0, HONE_E_STALE);
    check_no_next(&log, 96, HONE_E_STALE);
    check_next(&log, 97, "event 98");
    check_next(&log, 99, "event 100");
    check_no_next(&log, 100, HONE_E_NOT_FOUND);
    hone_sse_log_finish(&log);
}

static void holds_its_ceiling_of_bytes(void **state)
{
    (void)state;
    struct hone_sse_log log;
    hone_sse_log_init(&log, 1, 100, 20);
    append_numbers(&log, 1, 9); /* of 7 bytes each */
    assert_true(log.bytes <= 20);
    check_no_next(&log, 6, HONE_E_STALE);
    check_next(&log, 7, "event 8");
    check_next(&log, 8, "event 9");
    /* One that is larger than all: nothing can be kept, and it is a gap itself. */
    hone_sse_log_append(&log, hone_span_text("123456789012345678901"));
    assert_int_equal(log.bytes, 0);
    check_no_next(&log, 8, HONE_E_STALE);
    check_no_next(&log, 9, HONE_E_STALE);
    check_no_next(&log, 10, HONE_E_NOT_FOUND);
    append_numbers(&log, 11, 12);
    check_no_next(&log, 9, HONE_E_STALE);
    check_next(&log, 10, "event 11");
    check_next(&log, 11, "event 12");
    /* One of exactly the ceiling pushes out all others; empty ones cost nothing. */
    hone_sse_log_append(&log, hone_span_text("12345678901234567890"));
    hone_sse_log_append(&log, hone_span_of(NULL, 0));
    check_no_next(&log, 11, HONE_E_STALE);
    check_next(&log, 12, "12345678901234567890");
    check_next(&log, 13, "");
    hone_sse_log_finish(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_events),
        cmocka_unit_test(data_never_ends_its_event),
        cmocka_unit_test(reports_a_full_buffer),
        cmocka_unit_test(reads_the_ids_it_writes),
        cmocka_unit_test(refuses_other_ids),
        cmocka_unit_test(replays_what_came_after_an_event),
        cmocka_unit_test(says_when_events_are_gone),
        cmocka_unit_test(holds_its_ceiling_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
