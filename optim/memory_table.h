/* A persistent table of sparse memories: for each feature, how many queries had it and
 * which candidates have a weight for it.
 *
 * Two levels (root of chunk pointers -> chunk of 64 row pointers -> row), all shared by
 * counted references: a copy of a table costs its root, and changing a row copies the row and
 * its chunk when another copy still sees them (path copying; Driscoll, Sarnak, Sleator,
 * Tarjan 1989). A row lists (slot, weight) by ascending slot, so that scoring a query
 * walks the rows of its features and nothing else.
 *
 * Thread: a table belongs to one thread at a time; copies of it may be read and destroyed on
 * others meanwhile. */
#ifndef HONE_OPTIM_MEMORY_TABLE_H
#define HONE_OPTIM_MEMORY_TABLE_H

#include "base/attr.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct hone_memory_entry {
    uint32_t slot; /* of a candidate */
    float weight;
};

struct hone_memory_row {
    atomic_uint n_refs;
    uint32_t df; /* queries learnt that had the feature */
    size_t n;
    struct hone_memory_entry entries[]; // (n,) ascending by slot
};

struct hone_memory_table;

/* Rows are found by ids below 2^dim_bits; none exists at first. */
struct hone_memory_table *hone_memory_table_create(uint32_t dim_bits) HONE_MUST_USE;
struct hone_memory_table *
hone_memory_table_copy(const struct hone_memory_table *table) HONE_MUST_USE;
void hone_memory_table_destroy(struct hone_memory_table *table); /* accepts NULL */

/* NULL when there is no such row. Borrowed until the table changes. */
const struct hone_memory_row *
hone_memory_table_find(const struct hone_memory_table *table, uint32_t id);

/* Adds df to the row's count and `scale` times each entry's weight to what its slot has.
 * entries (n,) ascending by slot. */
void hone_memory_table_add(struct hone_memory_table *table, uint32_t id, uint32_t df,
                           const struct hone_memory_entry *entries, size_t n,
                           float scale);

/* Gives the weights of slot i to slot renumbered[i], or drops them when that is
 * HONE_MEMORY_TABLE_DROP; counts stay. renumbered (n_slots,) keeps the order of slots. */
#define HONE_MEMORY_TABLE_DROP UINT32_MAX
void hone_memory_table_renumber(struct hone_memory_table *table,
                                const uint32_t *renumbered, size_t n_slots);

size_t hone_memory_table_n_ids(const struct hone_memory_table *table);

#endif
