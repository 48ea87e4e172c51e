/* Which candidate has which slot of the memory, by the hash of its name, and when each was
 * last learnt from. A plain value of one owner; copies are for views. */
#ifndef HONE_OPTIM_MEMORY_SLOTS_H
#define HONE_OPTIM_MEMORY_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#define HONE_MEMORY_SLOTS_NONE UINT32_MAX

struct hone_memory_slots {
    size_t n, capacity;
    uint64_t *keys;    // (n,) by slot
    uint64_t *touched; // (n,) log position of the last step
    uint32_t *table;   // (n_table,) open addressing by key: a slot, or NONE
    size_t n_table;    /* 0 or a power of two */
};

/* Zeroed memory is an empty one. */
void hone_memory_slots_finish(struct hone_memory_slots *slots);
/* dst is uninitialised memory. */
void hone_memory_slots_copy(struct hone_memory_slots *dst,
                            const struct hone_memory_slots *src);
/* HONE_MEMORY_SLOTS_NONE when there is none. */
uint32_t hone_memory_slots_find(const struct hone_memory_slots *slots, uint64_t key);
/* Adds a key that is not there; its slot. */
uint32_t hone_memory_slots_add(struct hone_memory_slots *slots, uint64_t key);
/* Forgets the n_gone slots that were touched longest ago, of equals the lower ones, and
 * closes the gaps: renumbered (n,) says where each went, HONE_MEMORY_SLOTS_NONE for the gone.
 * n_gone <= n. */
void hone_memory_slots_forget(struct hone_memory_slots *slots, size_t n_gone,
                              uint32_t *renumbered);

#endif
