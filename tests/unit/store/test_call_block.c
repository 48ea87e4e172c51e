#include "tests/unit/store/store_support.h"

#include "store/call_block.h"

static struct hone_call_record sample(void)
{
    struct hone_call_record record = {
        .skill_id = -3,
        .version = 4000000000U,
        .learned_through = UINT64_C(1) << 40,
        .time_unix_ms = START_MS,
        .latency_us = 77,
        .outcome = HONE_CALL_ABSTAINED,
        .propensity = 0.125F,
        .confidence = 0.75F,
        .episode = hone_span_text("ep"),
        .source = hone_span_text("client \xc3\xa9"),
        .input = hone_span_of("a\0b", 3),
        .output = hone_span_text(""),
        .input_cut = true,
    };
    for (uint8_t i = 0; i < 16; i++) {
        record.call_id.bytes[i] = i;
    }
    return record;
}

static void reads_back_what_was_appended(void **state)
{
    (void)state;
    struct hone_buf block;
    struct hone_call_record in = sample();
    struct hone_call_record out;
    size_t offset = 0;
    hone_buf_init(&block, 4096);
    assert_int_equal(0, hone_call_block_append(&block, &in));
    in.outcome = HONE_CALL_OK;
    assert_int_equal(0, hone_call_block_append(&block, &in));
    assert_int_equal(1, hone_call_block_next(hone_buf_span(&block), &offset, &out));
    assert_int_equal(HONE_CALL_ABSTAINED, out.outcome);
    assert_int_equal(0, hone_uuid_compare(in.call_id, out.call_id));
    assert_int_equal(-3, out.skill_id);
    assert_int_equal(4000000000U, out.version);
    assert_true(out.learned_through == UINT64_C(1) << 40);
    assert_true(out.time_unix_ms == START_MS);
    assert_int_equal(77, out.latency_us);
    assert_true(out.propensity == 0.125F && out.confidence == 0.75F);
    assert_true(hone_span_is(out.episode, "ep"));
    assert_true(hone_span_equal(out.source, in.source));
    assert_true(hone_span_equal(out.input, in.input));
    assert_int_equal(0, out.output.len);
    assert_true(out.input_cut);
    assert_int_equal(1, hone_call_block_next(hone_buf_span(&block), &offset, &out));
    assert_int_equal(HONE_CALL_OK, out.outcome);
    assert_int_equal(0, hone_call_block_next(hone_buf_span(&block), &offset, &out));
    hone_buf_finish(&block);
}

static void appends_a_record_whole_or_not_at_all(void **state)
{
    (void)state;
    struct hone_call_record in = sample();
    struct hone_buf block;
    hone_buf_init(&block, 150);
    assert_int_equal(0, hone_call_block_append(&block, &in));
    size_t len = block.len;
    assert_int_equal(HONE_E_LIMIT, hone_call_block_append(&block, &in));
    assert_int_equal(len, block.len);
    hone_buf_finish(&block);
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    struct hone_call_record in = sample();
    struct hone_call_record out;
    struct hone_buf block;
    hone_buf_init(&block, 4096);
    assert_int_equal(0, hone_call_block_append(&block, &in));
    for (size_t len = 1; len < block.len; len++) {
        size_t offset = 0;
        struct hone_span cut = hone_span_of(block.data, len);
        assert_int_equal(HONE_E_CORRUPT, hone_call_block_next(cut, &offset, &out));
        assert_int_equal(0, offset);
    }
    hone_buf_finish(&block);
}

static void refuses_unknown_format_outcome_and_flags(void **state)
{
    (void)state;
    struct hone_call_record in = sample();
    struct hone_call_record out;
    struct hone_buf block;
    hone_buf_init(&block, 4096);
    assert_int_equal(0, hone_call_block_append(&block, &in));
    for (size_t at = 4; at < 7; at++) {
        size_t offset = 0;
        char old = block.data[at];
        block.data[at] = 9;
        assert_int_equal(HONE_E_CORRUPT,
                         hone_call_block_next(hone_buf_span(&block), &offset, &out));
        block.data[at] = old;
    }
    hone_buf_finish(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_was_appended),
        cmocka_unit_test(appends_a_record_whole_or_not_at_all),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_unknown_format_outcome_and_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
