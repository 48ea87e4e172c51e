#include "tests/unit/store/store_support.h"

#include "store/call_cache.h"

static struct hone_uuid id_of(unsigned n)
{
    struct hone_uuid id = {{0}};
    id.bytes[14] = (uint8_t)(n >> 8);
    id.bytes[15] = (uint8_t)n;
    return id;
}

/* Records first, first + step ... up to last. */
static int add_block(struct hone_call_cache *cache, int64_t block_id, unsigned first,
                     unsigned last, unsigned step, bool settled)
{
    struct hone_buf block;
    hone_buf_init(&block, 1 << 20);
    for (unsigned n = first; n <= last; n += step) {
        struct hone_call_record record = {
            .call_id = id_of(n), .outcome = HONE_CALL_OK, .skill_id = (int64_t)n};
        assert_int_equal(0, hone_call_block_append(&block, &record));
    }
    int rc = hone_call_cache_add(cache, block_id, hone_buf_span(&block), settled);
    hone_buf_finish(&block);
    return rc;
}

static void finds_each_record_in_overlapping_blocks(void **state)
{
    (void)state;
    struct hone_call_cache cache;
    struct hone_call_record record;
    hone_call_cache_init(&cache, 1 << 20);
    assert_int_equal(0, add_block(&cache, 1, 0, 200, 2, true));
    assert_int_equal(0, add_block(&cache, 2, 1, 201, 2, true));
    for (unsigned n = 0; n <= 201; n++) {
        assert_true(hone_call_cache_find(&cache, id_of(n), &record));
        assert_int_equal(n, record.skill_id);
    }
    assert_false(hone_call_cache_find(&cache, id_of(202), &record));
    hone_call_cache_finish(&cache);
}

static void drops_the_least_recently_used_block(void **state)
{
    (void)state;
    struct hone_call_cache cache;
    struct hone_call_record record;
    hone_call_cache_init(&cache, 40000);
    for (unsigned block = 0; block < 10; block++) {
        assert_int_equal(
            0, add_block(&cache, block, block * 100, block * 100 + 99, 1, true));
        assert_true(hone_call_cache_find(&cache, id_of(5), &record)); /* keeps block 0 */
        assert_true(cache.used_bytes <= 40000);
    }
    assert_true(hone_call_cache_has(&cache, 0));
    assert_false(hone_call_cache_has(&cache, 1));
    assert_true(hone_call_cache_has(&cache, 9));
    hone_call_cache_finish(&cache);
}

static void drops_blocks_of_a_transaction_that_is_given_up(void **state)
{
    (void)state;
    struct hone_call_cache cache;
    struct hone_call_record record;
    hone_call_cache_init(&cache, 1 << 20);
    assert_int_equal(0, add_block(&cache, 1, 0, 9, 1, false));
    hone_call_cache_settle(&cache, true);
    assert_int_equal(0, add_block(&cache, 2, 10, 19, 1, false));
    hone_call_cache_settle(&cache, false);
    assert_true(hone_call_cache_find(&cache, id_of(3), &record));
    assert_false(hone_call_cache_find(&cache, id_of(13), &record));
    hone_call_cache_finish(&cache);
    assert_int_equal(0, cache.used_bytes);
}

static void forgets_a_block_that_has_changed(void **state)
{
    (void)state;
    struct hone_call_cache cache;
    struct hone_call_record record;
    hone_call_cache_init(&cache, 1 << 20);
    assert_int_equal(0, add_block(&cache, 1, 0, 9, 1, true));
    assert_int_equal(0, add_block(&cache, 2, 10, 19, 1, true));
    hone_call_cache_forget(&cache, 1);
    hone_call_cache_forget(&cache, 3);
    assert_false(hone_call_cache_find(&cache, id_of(3), &record));
    assert_true(hone_call_cache_find(&cache, id_of(13), &record));
    hone_call_cache_finish(&cache);
    assert_int_equal(0, cache.used_bytes);
}

static void refuses_unsorted_empty_and_damaged_blocks(void **state)
{
    (void)state;
    struct hone_call_cache cache;
    struct hone_buf block;
    hone_call_cache_init(&cache, 1 << 20);
    hone_buf_init(&block, 1 << 20);
    for (unsigned n = 2; n > 0; n--) {
        struct hone_call_record record = {.call_id = id_of(n), .outcome = HONE_CALL_OK};
        assert_int_equal(0, hone_call_block_append(&block, &record));
    }
    struct hone_span all = hone_buf_span(&block);
    assert_int_equal(HONE_E_CORRUPT, hone_call_cache_add(&cache, 1, all, true));
    all.len -= 1;
    assert_int_equal(HONE_E_CORRUPT, hone_call_cache_add(&cache, 1, all, true));
    assert_int_equal(HONE_E_CORRUPT,
                     hone_call_cache_add(&cache, 1, hone_span_text(""), true));
    assert_int_equal(0, cache.n_blocks);
    hone_buf_finish(&block);
    hone_call_cache_finish(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_record_in_overlapping_blocks),
        cmocka_unit_test(drops_the_least_recently_used_block),
        cmocka_unit_test(drops_blocks_of_a_transaction_that_is_given_up),
        cmocka_unit_test(forgets_a_block_that_has_changed),
        cmocka_unit_test(refuses_unsorted_empty_and_damaged_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
