/* Open addressing: a key's slot is its low bits, or the next free one. */
#include "offline/seen.h"

#include "base/alloc.h"

#include <stddef.h>
#include <stdlib.h>

#define SLOTS_MIN 1024

struct slot {
    uint64_t key;
    uint32_t n; /* 0: free */
};

struct hone_seen {
    struct slot *slots;
    size_t n_slots, n_used; /* slots: a power of two */
};

struct hone_seen *hone_seen_create(void)
{
    struct hone_seen *seen = hone_alloc_zeroed(1, sizeof(*seen));
    seen->n_slots = SLOTS_MIN;
    seen->slots = hone_alloc_zeroed(SLOTS_MIN, sizeof(*seen->slots));
    return seen;
}

void hone_seen_destroy(struct hone_seen *seen)
{
    if (seen != NULL) {
        free(seen->slots);
        free(seen);
    }
}

static struct slot *find(struct slot *slots, size_t n_slots, uint64_t key)
{
    size_t at = (size_t)key & (n_slots - 1);
    while (slots[at].n != 0 && slots[at].key != key) {
        at = (at + 1) & (n_slots - 1);
    }
    return &slots[at];
}

static void grow(struct hone_seen *seen)
{
    size_t n_slots = seen->n_slots * 2;
    struct slot *slots = hone_alloc_zeroed(n_slots, sizeof(*slots));
    for (size_t i = 0; i < seen->n_slots; i++) {
        if (seen->slots[i].n != 0) {
            *find(slots, n_slots, seen->slots[i].key) = seen->slots[i];
        }
    }
    free(seen->slots);
    seen->slots = slots;
    seen->n_slots = n_slots;
}

uint32_t hone_seen_add(struct hone_seen *seen, uint64_t key)
{
    if (seen->n_used * 2 >= seen->n_slots) {
        grow(seen);
    }
    struct slot *slot = find(seen->slots, seen->n_slots, key);
    seen->n_used += slot->n == 0 ? 1 : 0;
    slot->key = key;
    slot->n += slot->n < UINT32_MAX ? 1 : 0;
    return slot->n - 1;
}
