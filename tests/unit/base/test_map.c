#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/rng.h"

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
    assert_int_equal(hone_map_n(map), N_KEYS);
    for (size_t i = 0; i < N_KEYS; i += 2) {
        assert_ptr_equal(hone_map_remove(map, key_of(text, i)), &values[i]);
    }
    assert_int_equal(hone_map_n(map), N_KEYS / 2);
    for (size_t i = 0; i < N_KEYS; i++) {
        void *expected = i % 2 == 0 ? NULL : &values[i];
        assert_ptr_equal(hone_map_find(map, key_of(text, i)), expected);
    }
    hone_map_destroy(map);
    free(values);
}

static void visits_each_entry_once(void **state)
{
    (void)state;
    char text[32];
    int visits[1000] = {0};
    struct hone_map *map = hone_map_create();
    for (size_t i = 0; i < 1000; i++) {
        (void)hone_map_set(map, key_of(text, i), &visits[i]);
    }
    size_t cursor = 0;
    struct hone_span key;
    void *value = NULL;
    while (hone_map_each(map, &cursor, &key, &value)) {
        int *visited = value;
        assert_true(hone_span_equal(key, key_of(text, (size_t)(visited - visits))));
        *visited += 1;
    }
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(visits[i], 1);
    }
    hone_map_destroy(map);
}

/* Long random histories in a small table meet every case of closing a hole. */
static void agrees_with_a_plain_table(void **state)
{
    (void)state;
    enum { N = 40 };
    static char marks[N];
    for (uint64_t round = 0; round < 50; round++) {
        char text[32];
        bool present[N] = {false};
        size_t n = 0;
        struct hone_rng rng = hone_rng_at(1, round);
        struct hone_map *map = hone_map_create();
        for (int step = 0; step < 500; step++) {
            size_t i = (size_t)hone_rng_below(&rng, N);
            struct hone_span key = key_of(text, i);
            bool adds = hone_rng_below(&rng, 2) == 0;
            void *before =
                adds ? hone_map_set(map, key, &marks[i]) : hone_map_remove(map, key);
            assert_ptr_equal(before, present[i] ? &marks[i] : NULL);
            n += adds && !present[i] ? 1 : 0;
            n -= !adds && present[i] ? 1 : 0;
            present[i] = adds;
            assert_int_equal(hone_map_n(map), n);
        }
        for (size_t i = 0; i < N; i++) {
            assert_ptr_equal(hone_map_find(map, key_of(text, i)),
                             present[i] ? &marks[i] : NULL);
        }
        hone_map_destroy(map);
    }
}

static void replaces_and_returns_the_old_value(void **state)
{
    (void)state;
    int a = 0, b = 0;
    struct hone_map *map = hone_map_create();
    assert_null(hone_map_set(map, hone_span_text("k"), &a));
    assert_ptr_equal(hone_map_set(map, hone_span_text("k"), &b), &a);
    assert_ptr_equal(hone_map_find(map, hone_span_text("k")), &b);
    assert_int_equal(hone_map_n(map), 1);
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
    size_t cursor = 0;
    struct hone_span key;
    void *value = NULL;
    assert_null(hone_map_find(map, hone_span_text("x")));
    assert_null(hone_map_remove(map, hone_span_text("x")));
    assert_false(hone_map_each(map, &cursor, &key, &value));
    hone_map_destroy(map);
    hone_map_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_many_keys),
        cmocka_unit_test(visits_each_entry_once),
        cmocka_unit_test(agrees_with_a_plain_table),
        cmocka_unit_test(replaces_and_returns_the_old_value),
        cmocka_unit_test(keys_are_bytes_and_copied),
        cmocka_unit_test(accepts_absent_keys_and_no_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
