#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

#define N_KEYS 100000

static struct hone_span key_of(char out[32], size_t i)
{
    int len = snprintf(out, 32, "key-%zu", i);
    return hone_span_of(out, (size_t)len);
}

static void holds_many_keys(void **state)
{
    (void)state;
    char text[32];
    int *values = hone_alloc_zeroed(N_KEYS, sizeof(int));
    struct hone_map *map = hone_map_create();
    for (size_t i = 0; i < N_KEYS; i++) {
        assert_null(hone_map_set(map, key_of(text, i), &values[i]));
    }
    for (size_t i = 0; i < N_KEYS; i++) {
        assert_ptr_equal(hone_map_find(map, key_of(text, i)), &values[i]);
    }
    assert_null(hone_map_find(map, key_of(text, N_KEYS)));
    hone_map_destroy(map);
    free(values);
}

static void replaces_and_returns_the_old_value(void **state)
{
    (void)state;
    int a = 0, b = 0;
    struct hone_map *map = hone_map_create();
    assert_null(hone_map_set(map, hone_span_text("k"), &a));
    assert_ptr_equal(hone_map_set(map, hone_span_text("k"), &b), &a);
    assert_ptr_equal(hone_map_find(map, hone_span_text("k")), &b);
    hone_map_destroy(map);
}

static void keys_are_bytes_and_copied(void **state)
{
    (void)state;
    int a = 0, b = 0, c = 0;
    char key[] = "a\0b";
    struct hone_map *map = hone_map_create();
    (void)hone_map_set(map, hone_span_of(key, 3), &a);
    (void)hone_map_set(map, hone_span_of(key, 1), &b);
    (void)hone_map_set(map, hone_span_of(NULL, 0), &c);
    key[0] = 'x';
    assert_ptr_equal(hone_map_find(map, hone_span_of("a\0b", 3)), &a);
    assert_ptr_equal(hone_map_find(map, hone_span_text("a")), &b);
    assert_ptr_equal(hone_map_find(map, hone_span_text("")), &c);
    assert_null(hone_map_find(map, hone_span_of("a\0c", 3)));
    hone_map_destroy(map);
}

static void accepts_absent_keys_and_no_map(void **state)
{
    (void)state;
    struct hone_map *map = hone_map_create();
    assert_null(hone_map_find(map, hone_span_text("x")));
    hone_map_destroy(map);
    hone_map_destroy(NULL);
}

/* Many keys in a full table, so that runs of them wrap around and overlap. */
static void removal_leaves_the_others(void **state)
{
    (void)state;
    enum { N = 3000 };
    static int values[N];
    char key[16];
    struct hone_map *map = hone_map_create();
    for (int i = 0; i < N; i++) {
        (void)snprintf(key, sizeof(key), "key %d", i);
        (void)hone_map_set(map, hone_span_text(key), &values[i]);
    }
    for (int i = 0; i < N; i += 3) {
        (void)snprintf(key, sizeof(key), "key %d", i);
        assert_ptr_equal(hone_map_remove(map, hone_span_text(key)), &values[i]);
        assert_null(hone_map_remove(map, hone_span_text(key)));
    }
    for (int i = 0; i < N; i++) {
        (void)snprintf(key, sizeof(key), "key %d", i);
        void *wanted = i % 3 == 0 ? NULL : &values[i];
        assert_ptr_equal(hone_map_find(map, hone_span_text(key)), wanted);
    }
    hone_map_destroy(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_many_keys),
        cmocka_unit_test(replaces_and_returns_the_old_value),
        cmocka_unit_test(keys_are_bytes_and_copied),
        cmocka_unit_test(accepts_absent_keys_and_no_map),
        cmocka_unit_test(removal_leaves_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
