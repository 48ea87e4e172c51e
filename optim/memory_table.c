#include "optim/memory_table.h"

#include "base/alloc.h"
#include "base/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BITS 6
#define CHUNK_ROWS (1U << CHUNK_BITS)
#define CHUNK_MASK (CHUNK_ROWS - 1U)

struct chunk {
    atomic_uint n_refs;
    struct hone_memory_row *rows[CHUNK_ROWS];
};

struct hone_memory_table {
    uint32_t dim_bits;
    size_t n_chunks;
    struct chunk *chunks[]; // (n_chunks,) NULL for an empty one
};

static void ref(atomic_uint *n_refs)
{
    atomic_fetch_add_explicit(n_refs, 1, memory_order_relaxed);
}

/* Was this the last reference? */
static bool unref(atomic_uint *n_refs)
{
    return atomic_fetch_sub_explicit(n_refs, 1, memory_order_acq_rel) == 1;
}

/* Nobody else sees it, so nobody else can take a reference either. */
static bool is_sole(atomic_uint *n_refs)
{
    return atomic_load_explicit(n_refs, memory_order_acquire) == 1;
}

static void unref_row(struct hone_memory_row *row)
{
    if (row != NULL && unref(&row->n_refs)) {
        free(row);
    }
}

static void unref_chunk(struct chunk *chunk)
{
    if (chunk == NULL || !unref(&chunk->n_refs)) {
        return;
    }
    for (size_t i = 0; i < CHUNK_ROWS; i++) {
        unref_row(chunk->rows[i]);
    }
    free(chunk);
}

struct hone_memory_table *hone_memory_table_create(uint32_t dim_bits)
{
    HONE_REQUIRE(dim_bits >= CHUNK_BITS);
    size_t n_chunks = (size_t)1 << (dim_bits - CHUNK_BITS);
    struct hone_memory_table *table =
        hone_alloc_zeroed(1, sizeof(*table) + n_chunks * sizeof(struct chunk *));
    table->dim_bits = dim_bits;
    table->n_chunks = n_chunks;
    return table;
}

struct hone_memory_table *hone_memory_table_copy(const struct hone_memory_table *table)
{
    struct hone_memory_table *copy = hone_memory_table_create(table->dim_bits);
    for (size_t i = 0; i < table->n_chunks; i++) {
        copy->chunks[i] = table->chunks[i];
        if (copy->chunks[i] != NULL) {
            ref(&copy->chunks[i]->n_refs);
        }
    }
    return copy;
}

void hone_memory_table_destroy(struct hone_memory_table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->n_chunks; i++) {
        unref_chunk(table->chunks[i]);
    }
    free(table);
}

size_t hone_memory_table_n_ids(const struct hone_memory_table *table)
{
    return (size_t)1 << table->dim_bits;
}

const struct hone_memory_row *
hone_memory_table_find(const struct hone_memory_table *table, uint32_t id)
{
    HONE_REQUIRE(id >> table->dim_bits == 0);
    const struct chunk *chunk = table->chunks[id >> CHUNK_BITS];
    return chunk != NULL ? chunk->rows[id & CHUNK_MASK] : NULL;
}

/* The chunk to write to. */
static struct chunk *edit_chunk(struct hone_memory_table *table, size_t index)
{
    struct chunk *old = table->chunks[index];
    if (old != NULL && is_sole(&old->n_refs)) {
        return old;
    }
    struct chunk *chunk = hone_alloc_zeroed(1, sizeof(*chunk));
    atomic_init(&chunk->n_refs, 1);
    for (size_t i = 0; old != NULL && i < CHUNK_ROWS; i++) {
        chunk->rows[i] = old->rows[i];
        if (chunk->rows[i] != NULL) {
            ref(&chunk->rows[i]->n_refs);
        }
    }
    unref_chunk(old);
    table->chunks[index] = chunk;
    return chunk;
}

static void put_row(struct hone_memory_table *table, uint32_t id,
                    struct hone_memory_row *row)
{
    struct chunk *chunk = edit_chunk(table, id >> CHUNK_BITS);
    unref_row(chunk->rows[id & CHUNK_MASK]);
    chunk->rows[id & CHUNK_MASK] = row;
}

static struct hone_memory_row *row_create(size_t capacity, uint32_t df)
{
    struct hone_memory_row *row =
        hone_alloc_zeroed(1, sizeof(*row) + capacity * sizeof(row->entries[0]));
    atomic_init(&row->n_refs, 1);
    row->df = df;
    return row;
}

/* A row with what both have, by slot. */
static struct hone_memory_row *merge(const struct hone_memory_row *old, uint32_t df,
                                     const struct hone_memory_entry *entries, size_t n,
                                     float scale)
{
    size_t n_old = old != NULL ? old->n : 0, i = 0, j = 0;
    struct hone_memory_row *row = row_create(n_old + n, df);
    while (i < n_old || j < n) {
        struct hone_memory_entry entry;
        if (j == n || (i < n_old && old->entries[i].slot < entries[j].slot)) {
            entry = old->entries[i++];
        } else {
            entry = entries[j++];
            entry.weight *= scale;
            if (i < n_old && old->entries[i].slot == entry.slot) {
                entry.weight += old->entries[i++].weight;
            }
        }
        row->entries[row->n++] = entry;
    }
    return row;
}

void hone_memory_table_add(struct hone_memory_table *table, uint32_t id, uint32_t df,
                           const struct hone_memory_entry *entries, size_t n, float scale)
{
    const struct hone_memory_row *old = hone_memory_table_find(table, id);
    put_row(table, id, merge(old, df + (old != NULL ? old->df : 0), entries, n, scale));
}

static struct hone_memory_row *renumber_row(const struct hone_memory_row *old,
                                            const uint32_t *renumbered, size_t n_slots)
{
    struct hone_memory_row *row = row_create(old->n, old->df);
    for (size_t i = 0; i < old->n; i++) {
        HONE_INVARIANT(old->entries[i].slot < n_slots);
        uint32_t slot = renumbered[old->entries[i].slot];
        if (slot != HONE_MEMORY_TABLE_DROP) {
            row->entries[row->n++] =
                (struct hone_memory_entry){slot, old->entries[i].weight};
        }
    }
    return row;
}

void hone_memory_table_renumber(struct hone_memory_table *table,
                                const uint32_t *renumbered, size_t n_slots)
{
    for (uint32_t id = 0; id < hone_memory_table_n_ids(table); id++) {
        const struct hone_memory_row *old = hone_memory_table_find(table, id);
        if (old != NULL && old->n > 0) {
            put_row(table, id, renumber_row(old, renumbered, n_slots));
        }
    }
}
