#include "optim/memory_slots.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 16

void hone_memory_slots_finish(struct hone_memory_slots *slots)
{
    free(slots->keys);
    free(slots->touched);
    free(slots->table);
    *slots = (struct hone_memory_slots){0};
}

static void *copy_of(const void *data, size_t n, size_t size)
{
    void *copy = hone_alloc_zeroed(n + 1, size);
    if (n > 0) {
        memcpy(copy, data, n * size);
    }
    return copy;
}

void hone_memory_slots_copy(struct hone_memory_slots *dst,
                            const struct hone_memory_slots *src)
{
    *dst = *src;
    dst->capacity = src->n;
    dst->keys = copy_of(src->keys, src->n, sizeof(*src->keys));
    dst->touched = copy_of(src->touched, src->n, sizeof(*src->touched));
    dst->table = copy_of(src->table, src->n_table, sizeof(*src->table));
}

/* Where the key is, or would be. n_table > n. */
static size_t place_of(const struct hone_memory_slots *slots, uint64_t key)
{
    size_t place = key & (slots->n_table - 1);
    while (slots->table[place] != HONE_MEMORY_SLOTS_NONE &&
           slots->keys[slots->table[place]] != key) {
        place = (place + 1) & (slots->n_table - 1);
    }
    return place;
}

uint32_t hone_memory_slots_find(const struct hone_memory_slots *slots, uint64_t key)
{
    return slots->n_table == 0 ? HONE_MEMORY_SLOTS_NONE
                               : slots->table[place_of(slots, key)];
}

static void fill_table(struct hone_memory_slots *slots)
{
    memset(slots->table, 0xff, slots->n_table * sizeof(*slots->table));
    for (size_t i = 0; i < slots->n; i++) {
        slots->table[place_of(slots, slots->keys[i])] = (uint32_t)i;
    }
}

static void grow_table(struct hone_memory_slots *slots)
{
    slots->n_table = slots->n_table == 0 ? 4 * CAPACITY_FIRST : slots->n_table * 2;
    slots->table = hone_alloc_resize(slots->table, slots->n_table, sizeof(*slots->table));
    fill_table(slots);
}

uint32_t hone_memory_slots_add(struct hone_memory_slots *slots, uint64_t key)
{
    if (slots->n == slots->capacity) {
        slots->capacity = slots->n < CAPACITY_FIRST ? CAPACITY_FIRST : slots->n * 2;
        slots->keys =
            hone_alloc_resize(slots->keys, slots->capacity, sizeof(*slots->keys));
        slots->touched =
            hone_alloc_resize(slots->touched, slots->capacity, sizeof(*slots->touched));
    }
    if ((slots->n + 1) * 2 > slots->n_table) {
        grow_table(slots);
    }
    uint32_t slot = (uint32_t)slots->n;
    slots->table[place_of(slots, key)] = slot;
    slots->keys[slot] = key;
    slots->touched[slot] = 0;
    slots->n++;
    return slot;
}

struct age {
    uint64_t touched;
    size_t slot;
};

static int compare_ages(const void *a, const void *b)
{
    const struct age *x = a, *y = b;
    if (x->touched != y->touched) {
        return x->touched < y->touched ? -1 : 1;
    }
    return x->slot < y->slot ? -1 : 1;
}

void hone_memory_slots_forget(struct hone_memory_slots *slots, size_t n_gone,
                              uint32_t *renumbered)
{
    struct age *ages = hone_alloc_zeroed(slots->n + 1, sizeof(*ages));
    size_t n = slots->n;
    for (size_t i = 0; i < n; i++) {
        ages[i] = (struct age){slots->touched[i], i};
        renumbered[i] = 0;
    }
    qsort(ages, n, sizeof(*ages), compare_ages);
    for (size_t i = 0; i < n_gone; i++) {
        renumbered[ages[i].slot] = HONE_MEMORY_SLOTS_NONE;
    }
    free(ages);
    slots->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (renumbered[i] != HONE_MEMORY_SLOTS_NONE) {
            slots->keys[slots->n] = slots->keys[i];
            slots->touched[slots->n] = slots->touched[i];
            renumbered[i] = (uint32_t)slots->n++;
        }
    }
    if (n > 0) {
        fill_table(slots);
    }
}
