/* A persistent table of rows: the owner changes the working version, snapshots of earlier
 * versions stay as they were.
 *
 * Two levels (root of chunk pointers -> chunk of 64 row pointers -> row); a row has its
 * counts in a cell of their own, as most steps change weights only and copy a third of what
 * they would copy else. The owner makes versions 1, 2, 3 ...; a row, its counts or a chunk that
 * was born in an earlier version than the
 * working one is never written: editing copies it and the old one is *retired*. Method:
 * path copying (Driscoll, Sarnak, Sleator, Tarjan 1989, "Making data structures
 * persistent").
 *
 * Reclaiming without per-row counts: an item born in b and retired in d can be seen by
 * snapshots s with b <= s < d only. It waits on the dead list of the newest live one of
 * those; when that snapshot is reaped it moves to the next older one, or is freed when
 * there is none. Nothing retired ever comes back to life: going back to a snapshot copies
 * what differs.
 *
 * Thread: one owner at a time for the table. Any thread may read a snapshot that it holds
 * and give its reference back. Reading a snapshot takes no lock. A table whose owner left
 * is freed with its last snapshot, on whichever thread that happens. */
#ifndef HONE_OPTIM_ROW_TABLE_H
#define HONE_OPTIM_ROW_TABLE_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_ROW_TABLE_CHUNK_BITS 6
#define HONE_ROW_TABLE_CHUNK_ROWS (1U << HONE_ROW_TABLE_CHUNK_BITS)
#define HONE_ROW_TABLE_CHUNK_MASK (HONE_ROW_TABLE_CHUNK_ROWS - 1U)

/* The half of a row that steps of the softmax head do not touch. */
struct hone_row_counts {
    uint64_t born;  /* version that made it; 0: shared by all rows without counts */
    float values[]; /* (2, capacity): logarithms L = ln(C + a), counts C */
};

/* What the classifier keeps for one feature. */
struct hone_row {
    uint64_t born; /* version that made it */
    float g;       /* row-AdaGrad accumulator of the softmax head */
    uint32_t df;   /* examples that had this feature */
    struct hone_row_counts *counts;
    float values[]; /* (capacity,): weights W */
};

struct hone_row_chunk {
    uint64_t born;
    struct hone_row *rows[HONE_ROW_TABLE_CHUNK_ROWS];
};

/* A way to find rows, in a snapshot or in the working version. */
struct hone_row_index {
    /* (2^dim_bits / 64,), NULL for an empty chunk */
    struct hone_row_chunk *const *chunks;
    uint32_t capacity; /* columns of a row */
};

struct hone_row_table;
struct hone_row_table_snapshot;

/* Rows are found by ids below 2^dim_bits. A new row has zeroes and L = log_alpha. */
struct hone_row_table *hone_row_table_create(uint32_t dim_bits, uint32_t capacity,
                                             float log_alpha) HONE_MUST_USE;
/* The owner leaves; accepts NULL. */
void hone_row_table_destroy(struct hone_row_table *table);

/* A new table with wider rows and the content of `index`, columns 0 to n_columns - 1. */
struct hone_row_table *hone_row_table_create_from(struct hone_row_index index,
                                                  uint32_t dim_bits, uint32_t capacity,
                                                  uint32_t n_columns,
                                                  float log_alpha) HONE_MUST_USE;

struct hone_row_index hone_row_table_index(const struct hone_row_table *table);
/* The row to write to: made or copied as needed. Valid until the next freeze. */
struct hone_row *hone_row_table_edit(struct hone_row_table *table, uint32_t id);
/* The same for each of ids (n,): rows (n,). Quicker than one by one, as the memory of later
 * rows is asked for while earlier ones are copied. */
void hone_row_table_edit_all(struct hone_row_table *table, const uint32_t *ids, size_t n,
                             struct hone_row **rows);
/* Rows (n,) that were made ready by the above: now their counts may be written to too. */
void hone_row_table_edit_counts(struct hone_row_table *table,
                                struct hone_row *const *rows, size_t n);

/* The working version becomes a snapshot (new reference); a new
 * working version begins. */
struct hone_row_table_snapshot *
hone_row_table_freeze(struct hone_row_table *table) HONE_MUST_USE;
/* Thread: any that holds a reference. */
void hone_row_table_snapshot_unref(struct hone_row_table_snapshot *snapshot);
struct hone_row_index
hone_row_table_snapshot_index(const struct hone_row_table_snapshot *snapshot);
const struct hone_row_table *
hone_row_table_snapshot_table(const struct hone_row_table_snapshot *snapshot);
size_t hone_row_table_snapshot_n_rows(const struct hone_row_table_snapshot *snapshot);

/* Makes the working version's content that of a snapshot of this table. */
void hone_row_table_restore(struct hone_row_table *table,
                            const struct hone_row_table_snapshot *snapshot);

/* Reclaims what dead snapshots held. Also done by freeze. */
void hone_row_table_reap(struct hone_row_table *table);

struct hone_row_table_stats {
    uint64_t n_rows;      /* of the working version */
    uint64_t n_snapshots; /* not yet given back */
    uint64_t n_retired;   /* rows, counts and chunks that wait for a snapshot to die */
    uint64_t bytes;       /* rows, chunks, roots and lists */
};
void hone_row_table_stats(struct hone_row_table *table, struct hone_row_table_stats *out);

/* NULL when there is no such row. */
static inline const struct hone_row *hone_row_index_find(struct hone_row_index index,
                                                         uint32_t id)
{
    const struct hone_row_chunk *chunk = index.chunks[id >> HONE_ROW_TABLE_CHUNK_BITS];
    return chunk != NULL ? chunk->rows[id & HONE_ROW_TABLE_CHUNK_MASK] : NULL;
}

/* Does the row have counts of its own? If not, all are 0. */
static inline bool hone_row_has_counts(const struct hone_row *row)
{
    return row->counts->born != 0;
}

/* The three parts of a row, each (capacity,). */
static inline const float *hone_row_weights(const struct hone_row *row)
{
    return row->values;
}

static inline const float *hone_row_logs(const struct hone_row *row)
{
    return row->counts->values;
}

static inline const float *hone_row_counts(const struct hone_row *row, uint32_t capacity)
{
    return row->counts->values + capacity;
}

#endif
