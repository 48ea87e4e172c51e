#include "tests/support/support.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void zeroes_what_it_allocates(void **state)
{
    (void)state;
    unsigned char *memory = hone_alloc_zeroed(1000, 3);
    for (size_t i = 0; i < 3000; i++) {
        assert_int_equal(memory[i], 0);
    }
    free(memory);
}

static void refuses_products_that_overflow(void **state)
{
    (void)state;
    char *old = hone_alloc_text("kept");
    assert_null(hone_alloc_try_zeroed(SIZE_MAX / 2 + 1, 2));
    assert_null(hone_alloc_try_zeroed(3, SIZE_MAX / 2));
    assert_null(hone_alloc_try_resize(old, SIZE_MAX, SIZE_MAX));
    assert_string_equal(old, "kept");
    free(old);
}

static void gives_memory_for_nothing_asked(void **state)
{
    (void)state;
    void *none = hone_alloc_try_zeroed(0, 8);
    assert_non_null(none);
    none = hone_alloc_try_resize(none, 0, 0);
    assert_non_null(none);
    free(none);
}

static void keeps_content_when_resized(void **state)
{
    (void)state;
    int *numbers = hone_alloc_zeroed(2, sizeof(int));
    numbers[1] = 7;
    numbers = hone_alloc_resize(numbers, 2000, sizeof(int));
    assert_int_equal(numbers[1], 7);
    free(numbers);
}

static void copies_bytes_with_a_nul_behind(void **state)
{
    (void)state;
    char *copy = hone_alloc_bytes("a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    free(copy);
    copy = hone_alloc_bytes(NULL, 0);
    assert_string_equal(copy, "");
    free(copy);
}

static void formats_text_of_any_length(void **state)
{
    (void)state;
    char *text = hone_alloc_format("%05000d|%s", 1, "end");
    assert_int_equal(strlen(text), 5004);
    assert_string_equal(text + 4999, "1|end");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroes_what_it_allocates),
        cmocka_unit_test(refuses_products_that_overflow),
        cmocka_unit_test(gives_memory_for_nothing_asked),
        cmocka_unit_test(keeps_content_when_resized),
        cmocka_unit_test(copies_bytes_with_a_nul_behind),
        cmocka_unit_test(formats_text_of_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
