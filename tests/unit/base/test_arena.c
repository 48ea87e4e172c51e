#include "tests/support/support.h"

#include "base/arena.h"

#include <string.h>

static void aligns_for_any_type(void **state)
{
    (void)state;
    struct hone_arena arena;
    hone_arena_init(&arena, 1 << 20);
    for (size_t bytes = 0; bytes < 300; bytes++) {
        void *memory = hone_arena_alloc(&arena, bytes, 1);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
    }
    hone_arena_finish(&arena);
}

static void keeps_allocations_apart(void **state)
{
    (void)state;
    enum { N = 500 };
    unsigned char *pieces[N];
    struct hone_arena arena;
    hone_arena_init(&arena, 4 << 20);
    for (size_t i = 0; i < N; i++) {
        size_t bytes = (i * 37) % 9000 + 1;
        pieces[i] = hone_arena_alloc(&arena, bytes, 1);
        assert_non_null(pieces[i]);
        memset(pieces[i], (int)(i % 251), bytes);
    }
    for (size_t i = 0; i < N; i++) {
        size_t bytes = (i * 37) % 9000 + 1;
        assert_int_equal(pieces[i][0], i % 251);
        assert_int_equal(pieces[i][bytes - 1], i % 251);
    }
    hone_arena_finish(&arena);
}

static void refuses_above_its_ceiling(void **state)
{
    (void)state;
    struct hone_arena arena;
    hone_arena_init(&arena, 1024);
    assert_null(hone_arena_alloc(&arena, 1025, 1));
    assert_non_null(hone_arena_alloc(&arena, 1000, 1));
    assert_non_null(hone_arena_alloc(&arena, 16, 1));
    assert_null(hone_arena_alloc(&arena, 1, 1));
    assert_true(arena.total_bytes <= 1024);
    hone_arena_finish(&arena);
}

static void refuses_sizes_that_overflow(void **state)
{
    (void)state;
    struct hone_arena arena;
    hone_arena_init(&arena, SIZE_MAX);
    assert_null(hone_arena_alloc(&arena, SIZE_MAX / 2 + 1, 2));
    assert_null(hone_arena_alloc(&arena, SIZE_MAX, 1));
    assert_null(hone_arena_alloc(&arena, SIZE_MAX - 15, 1));
    hone_arena_finish(&arena);
}

static void zeroes_memory_that_is_used_again(void **state)
{
    (void)state;
    struct hone_arena arena;
    hone_arena_init(&arena, 1 << 20);
    memset(hone_arena_alloc(&arena, 256, 1), 0xff, 256);
    hone_arena_reset(&arena);
    size_t total_bytes = arena.total_bytes;
    const unsigned char *again = hone_arena_alloc(&arena, 256, 1);
    for (size_t i = 0; i < 256; i++) {
        assert_int_equal(again[i], 0);
    }
    assert_int_equal(arena.total_bytes, total_bytes);
    hone_arena_finish(&arena);
}

static void gives_a_huge_block_back_at_reset(void **state)
{
    (void)state;
    struct hone_arena arena;
    hone_arena_init(&arena, 4 << 20);
    assert_non_null(hone_arena_alloc(&arena, 1 << 20, 1));
    hone_arena_reset(&arena);
    assert_int_equal(arena.total_bytes, 0);
    hone_arena_finish(&arena);
}

static void copies_text_and_spans(void **state)
{
    (void)state;
    struct hone_arena arena;
    hone_arena_init(&arena, 1 << 16);
    assert_string_equal(hone_arena_text(&arena, hone_span_of("abcdef", 3)), "abc");
    assert_string_equal(hone_arena_text(&arena, hone_span_of(NULL, 0)), "");
    assert_string_equal(hone_arena_format(&arena, "%d-%s", 12, "x"), "12-x");
    struct hone_span copy = hone_span_of("old", 3);
    assert_int_equal(hone_arena_span(&arena, hone_span_of("a\0b", 3), &copy), 0);
    assert_true(hone_span_equal(copy, hone_span_of("a\0b", 3)));
    assert_int_equal(hone_arena_span(&arena, hone_span_of(NULL, 0), &copy), 0);
    assert_int_equal(copy.len, 0);
    hone_arena_finish(&arena);
}

static void leaves_the_result_alone_on_failure(void **state)
{
    (void)state;
    struct hone_arena arena;
    hone_arena_init(&arena, 8);
    struct hone_span copy = hone_span_text("old");
    assert_int_equal(hone_arena_span(&arena, hone_span_text("0123456789"), &copy),
                     HONE_E_NOMEM);
    assert_true(hone_span_is(copy, "old"));
    assert_null(hone_arena_format(&arena, "%0100d", 1));
    hone_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligns_for_any_type),
        cmocka_unit_test(keeps_allocations_apart),
        cmocka_unit_test(refuses_above_its_ceiling),
        cmocka_unit_test(refuses_sizes_that_overflow),
        cmocka_unit_test(zeroes_memory_that_is_used_again),
        cmocka_unit_test(gives_a_huge_block_back_at_reset),
        cmocka_unit_test(copies_text_and_spans),
        cmocka_unit_test(leaves_the_result_alone_on_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
