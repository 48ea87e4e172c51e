#include "tests/support/support.h"

#include "base/rng.h"
#include "optim/memory_slots.h"
#include "optim/memory_table.h"

#include <stdlib.h>
#include <string.h>

#define DIM_BITS 8
#define N_IDS    (1U << DIM_BITS)
#define N_SLOTS  40

/* The same in plain arrays. */
struct plain {
    float weights[N_IDS][N_SLOTS];
    uint32_t df[N_IDS];
};

static float weight_of(const struct hone_memory_table *table, uint32_t id, uint32_t slot)
{
    const struct hone_memory_row *row = hone_memory_table_find(table, id);
    for (size_t i = 0; row != NULL && i < row->n; i++) {
        assert_true(i == 0 || row->entries[i - 1].slot < row->entries[i].slot);
        if (row->entries[i].slot == slot) {
            return row->entries[i].weight;
        }
    }
    return 0.0F;
}

static void assert_same(const struct hone_memory_table *table, const struct plain *plain)
{
    for (uint32_t id = 0; id < N_IDS; id++) {
        const struct hone_memory_row *row = hone_memory_table_find(table, id);
        assert_int_equal(row != NULL ? row->df : 0, plain->df[id]);
        for (uint32_t slot = 0; slot < N_SLOTS; slot++) {
            assert_true(weight_of(table, id, slot) == plain->weights[id][slot]);
        }
    }
}

static void add_some(struct hone_memory_table *table, struct plain *plain, uint64_t step)
{
    struct hone_rng rng = hone_rng_at(7, step);
    struct hone_memory_entry entries[N_SLOTS];
    uint32_t id = (uint32_t)hone_rng_below(&rng, N_IDS);
    size_t n = 0;
    for (uint32_t slot = 0; slot < N_SLOTS; slot++) {
        if (hone_rng_below(&rng, 4) == 0) {
            float weight = (float)hone_rng_below(&rng, 16) - 8.0F;
            entries[n++] = (struct hone_memory_entry){slot, weight};
            plain->weights[id][slot] += 0.5F * weight;
        }
    }
    plain->df[id] += 1;
    hone_memory_table_add(table, id, 1, entries, n, 0.5F);
}

static void copies_stay_as_they_were(void **state)
{
    (void)state;
    struct plain *now = calloc(1, sizeof(*now)), *then = calloc(1, sizeof(*then));
    struct hone_memory_table *table = hone_memory_table_create(DIM_BITS), *copy = NULL;
    for (uint64_t step = 0; step < 600; step++) {
        if (step == 300) {
            copy = hone_memory_table_copy(table);
            memcpy(then, now, sizeof(*then));
        }
        add_some(table, now, step);
    }
    assert_same(table, now);
    assert_same(copy, then);
    hone_memory_table_destroy(table);
    assert_same(copy, then);
    hone_memory_table_destroy(copy);
    free(now);
    free(then);
}

static void forgets_what_was_touched_longest_ago(void **state)
{
    (void)state;
    struct hone_memory_slots slots = {0};
    struct hone_memory_table *table = hone_memory_table_create(DIM_BITS);
    uint32_t renumbered[4];
    static const uint64_t touched[4] = {30, 10, 40, 20};
    struct hone_memory_entry entries[4];
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(hone_memory_slots_add(&slots, 100 + i), i);
        slots.touched[i] = touched[i];
        entries[i] = (struct hone_memory_entry){i, (float)i + 1.0F};
    }
    hone_memory_table_add(table, 3, 1, entries, 4, 1.0F);
    hone_memory_slots_forget(&slots, 2, renumbered);
    hone_memory_table_renumber(table, renumbered, 4);
    assert_int_equal(slots.n, 2);
    assert_int_equal(hone_memory_slots_find(&slots, 100), 0);
    assert_int_equal(hone_memory_slots_find(&slots, 102), 1);
    assert_int_equal(hone_memory_slots_find(&slots, 101), HONE_MEMORY_SLOTS_NONE);
    assert_int_equal(hone_memory_slots_find(&slots, 103), HONE_MEMORY_SLOTS_NONE);
    assert_int_equal(hone_memory_table_find(table, 3)->n, 2);
    assert_true(weight_of(table, 3, 0) == 1.0F && weight_of(table, 3, 1) == 3.0F);
    hone_memory_slots_finish(&slots);
    hone_memory_table_destroy(table);
}

static void slots_are_found_among_many(void **state)
{
    (void)state;
    struct hone_memory_slots slots = {0}, copy;
    for (uint64_t i = 0; i < 5000; i++) {
        assert_int_equal(hone_memory_slots_add(&slots, hone_rng_mix(i)), i);
    }
    hone_memory_slots_copy(&copy, &slots);
    (void)hone_memory_slots_add(&slots, hone_rng_mix(5000));
    (void)hone_memory_slots_add(&copy, hone_rng_mix(5001));
    for (uint64_t i = 0; i < 5000; i++) {
        assert_int_equal(hone_memory_slots_find(&slots, hone_rng_mix(i)), i);
        assert_int_equal(hone_memory_slots_find(&copy, hone_rng_mix(i)), i);
    }
    assert_int_equal(hone_memory_slots_find(&copy, hone_rng_mix(5000)),
                     HONE_MEMORY_SLOTS_NONE);
    hone_memory_slots_finish(&slots);
    hone_memory_slots_finish(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_stay_as_they_were),
        cmocka_unit_test(forgets_what_was_touched_longest_ago),
        cmocka_unit_test(slots_are_found_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
