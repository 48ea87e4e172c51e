#include "optim/row_table.h"

#include "base/alloc.h"
#include "base/attr.h"
#include "base/check.h"
#include "base/list.h"
#include "optim/slab.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How far ahead memory is asked for, and how much of a row: the processor sees by itself
 * how a long row goes on. */
#define ANNOUNCED_ROWS  8
#define ANNOUNCED_BYTES 1024
#define LINE_BYTES      64

/* A retired row, counts or chunk. */
struct dead_item {
    void *cell;
    uint64_t born;
    struct hone_slab *slab;
};

struct dead_list {
    struct dead_item *items;
    size_t n, capacity;
};

struct hone_row_table_snapshot {
    struct hone_list link; /* in table->live, oldest first; the owner's */
    struct hone_row_table *table;
    atomic_uint n_refs;
    uint64_t version;
    size_t n_rows;
    struct dead_list dead;           /* the owner's */
    struct hone_row_chunk *chunks[]; /* (n_chunks,) */
};

struct hone_row_table {
    atomic_uint n_refs; /* the owner and each snapshot with references */
    uint32_t dim_bits, capacity;
    size_t n_chunks, n_rows;
    uint64_t version; /* the working one */
    struct hone_slab rows, count_cells, chunk_cells;
    struct hone_row_counts *no_counts; /* of rows without any; born is 0 */
    struct hone_list live;
    struct hone_row_chunk **chunks; /* (n_chunks,) of the working version */
#ifdef HONE_PROTECT
    struct dead_list fresh; /* born in the working version */
#endif
};

static void grow_dead_list(struct dead_list *list)
{
    list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
    list->items = hone_alloc_resize(list->items, list->capacity, sizeof(*list->items));
}

static inline void dead_list_add(struct dead_list *list, void *cell, uint64_t born,
                                 struct hone_slab *slab)
{
    if (list->n == list->capacity) {
        grow_dead_list(list);
    }
    struct dead_item *item = &list->items[list->n++];
    item->cell = cell;
    item->born = born;
    item->slab = slab;
}

static size_t row_bytes(uint32_t capacity)
{
    return sizeof(struct hone_row) + (size_t)capacity * sizeof(float);
}

static size_t counts_bytes(uint32_t capacity)
{
    return sizeof(struct hone_row_counts) + 2 * (size_t)capacity * sizeof(float);
}

static struct hone_row_counts *make_no_counts(uint32_t capacity, float log_alpha)
{
    struct hone_row_counts *counts = hone_alloc_zeroed(1, counts_bytes(capacity));
    for (uint32_t k = 0; k < capacity; k++) {
        counts->values[k] = log_alpha;
    }
    return counts;
}

struct hone_row_table *hone_row_table_create(uint32_t dim_bits, uint32_t capacity,
                                             float log_alpha)
{
    HONE_REQUIRE(dim_bits >= HONE_ROW_TABLE_CHUNK_BITS && dim_bits < 32 && capacity > 0);
    struct hone_row_table *table = hone_alloc_zeroed(1, sizeof(*table));
    atomic_init(&table->n_refs, 1);
    table->dim_bits = dim_bits;
    table->capacity = capacity;
    table->no_counts = make_no_counts(capacity, log_alpha);
    table->version = 1;
    table->n_chunks = (size_t)1 << (dim_bits - HONE_ROW_TABLE_CHUNK_BITS);
    table->chunks = hone_alloc_zeroed(table->n_chunks, sizeof(struct hone_row_chunk *));
    hone_slab_init(&table->rows, row_bytes(capacity));
    hone_slab_init(&table->count_cells, counts_bytes(capacity));
    hone_slab_init(&table->chunk_cells, sizeof(struct hone_row_chunk));
    hone_list_init(&table->live);
    return table;
}

static void free_snapshot(struct hone_row_table_snapshot *snapshot)
{
    hone_list_remove(&snapshot->link);
    free(snapshot->dead.items);
    free(snapshot);
}

static void free_table(struct hone_row_table *table)
{
    HONE_LIST_EACH(&table->live, link)
    {
        free_snapshot(HONE_LIST_OWNER(link, struct hone_row_table_snapshot, link));
    }
#ifdef HONE_PROTECT
    free(table->fresh.items);
#endif
    hone_slab_finish(&table->rows);
    hone_slab_finish(&table->count_cells);
    free(table->no_counts);
    hone_slab_finish(&table->chunk_cells);
    free(table->chunks);
    free(table);
}

static void unref_table(struct hone_row_table *table)
{
    if (atomic_fetch_sub_explicit(&table->n_refs, 1, memory_order_acq_rel) == 1) {
        free_table(table);
    }
}

void hone_row_table_destroy(struct hone_row_table *table)
{
    if (table != NULL) {
        unref_table(table);
    }
}

struct hone_row_index hone_row_table_index(const struct hone_row_table *table)
{
    return (struct hone_row_index){table->chunks, table->capacity};
}

struct hone_row_index
hone_row_table_snapshot_index(const struct hone_row_table_snapshot *snapshot)
{
    return (struct hone_row_index){snapshot->chunks, snapshot->table->capacity};
}

const struct hone_row_table *
hone_row_table_snapshot_table(const struct hone_row_table_snapshot *snapshot)
{
    return snapshot->table;
}

size_t hone_row_table_snapshot_n_rows(const struct hone_row_table_snapshot *snapshot)
{
    return snapshot->n_rows;
}

static struct hone_row_table_snapshot *newest_snapshot(struct hone_row_table *table)
{
    return hone_list_is_empty(&table->live)
               ? NULL
               : HONE_LIST_OWNER(table->live.prev, struct hone_row_table_snapshot, link);
}

/* To the newest of the snapshots up to `newest` that can see the item, else back
 * to its slab. */
static inline void retire(struct hone_row_table_snapshot *newest, void *cell,
                          uint64_t born, struct hone_slab *slab)
{
    if (newest != NULL && newest->version >= born) {
        dead_list_add(&newest->dead, cell, born, slab);
    } else {
        hone_slab_free(slab, cell);
    }
}

static void note_fresh(struct hone_row_table *table, void *cell, struct hone_slab *slab)
{
#ifdef HONE_PROTECT
    dead_list_add(&table->fresh, cell, table->version, slab);
#else
    (void)table;
    (void)cell;
    (void)slab;
#endif
}

/* Gives a row or chunk of the working version back at once or when its
 * last snapshot dies. */
static inline void discard(struct hone_row_table *table, void *cell, uint64_t born,
                           struct hone_slab *slab)
{
    HONE_INVARIANT(born < table->version);
    retire(newest_snapshot(table), cell, born, slab);
}

static struct hone_row_chunk *edit_chunk(struct hone_row_table *table, size_t index)
{
    struct hone_row_chunk *old = table->chunks[index];
    if (old != NULL && old->born == table->version) {
        return old;
    }
    struct hone_row_chunk *chunk = hone_slab_alloc(&table->chunk_cells);
    if (old != NULL) {
        memcpy(chunk, old, sizeof(*chunk));
        discard(table, old, old->born, &table->chunk_cells);
    } else {
        memset(chunk, 0, sizeof(*chunk));
    }
    chunk->born = table->version;
    table->chunks[index] = chunk;
    note_fresh(table, chunk, &table->chunk_cells);
    return chunk;
}

static struct hone_row *new_row(struct hone_row_table *table)
{
    struct hone_row *row = hone_slab_alloc(&table->rows);
    memset(row, 0, row_bytes(table->capacity));
    row->counts = table->no_counts;
    row->born = table->version;
    note_fresh(table, row, &table->rows);
    return row;
}

static struct hone_row *copy_row(struct hone_row_table *table,
                                 const struct hone_row *from)
{
    struct hone_row *row = hone_slab_alloc(&table->rows);
    memcpy(row, from, row_bytes(table->capacity));
    row->born = table->version;
    note_fresh(table, row, &table->rows);
    return row;
}

static struct hone_row_counts *copy_counts(struct hone_row_table *table,
                                           const struct hone_row_counts *from)
{
    struct hone_row_counts *counts = hone_slab_alloc(&table->count_cells);
    memcpy(counts, from, counts_bytes(table->capacity));
    counts->born = table->version;
    note_fresh(table, counts, &table->count_cells);
    return counts;
}

static void discard_counts(struct hone_row_table *table, struct hone_row_counts *counts)
{
    if (counts != table->no_counts) {
        discard(table, counts, counts->born, &table->count_cells);
    }
}

struct hone_row *hone_row_table_edit(struct hone_row_table *table, uint32_t id)
{
    HONE_REQUIRE(id >> table->dim_bits == 0);
    struct hone_row_chunk *chunk = edit_chunk(table, id >> HONE_ROW_TABLE_CHUNK_BITS);
    struct hone_row **place = &chunk->rows[id & HONE_ROW_TABLE_CHUNK_MASK];
    struct hone_row *old = *place;
    if (old == NULL) {
        *place = new_row(table);
        table->n_rows += 1;
    } else if (old->born != table->version) {
        *place = copy_row(table, old);
        discard(table, old, old->born, &table->rows);
    }
    return *place;
}

/* A hint: the cell will be read soon. */
static void announce(const void *cell, size_t bytes)
{
    for (size_t at = 0; at < bytes && at < ANNOUNCED_BYTES; at += LINE_BYTES) {
        HONE_PREFETCH((const char *)cell + at);
    }
}

static void announce_row(const struct hone_row_table *table, uint32_t id)
{
    const struct hone_row *row = hone_row_index_find(hone_row_table_index(table), id);
    if (row != NULL) {
        announce(row, row_bytes(table->capacity));
    }
}

void hone_row_table_edit_all(struct hone_row_table *table, const uint32_t *ids, size_t n,
                             struct hone_row **rows)
{
    for (size_t i = 0; i < n && i < ANNOUNCED_ROWS; i++) {
        announce_row(table, ids[i]);
    }
    for (size_t i = 0; i < n; i++) {
        if (i + ANNOUNCED_ROWS < n) {
            announce_row(table, ids[i + ANNOUNCED_ROWS]);
        }
        rows[i] = hone_row_table_edit(table, ids[i]);
    }
}

void hone_row_table_edit_counts(struct hone_row_table *table,
                                struct hone_row *const *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i + ANNOUNCED_ROWS < n) {
            announce(rows[i + ANNOUNCED_ROWS]->counts, counts_bytes(table->capacity));
        }
        struct hone_row_counts *old = rows[i]->counts;
        HONE_REQUIRE(rows[i]->born == table->version);
        if (old->born != table->version) {
            rows[i]->counts = copy_counts(table, old);
            discard_counts(table, old);
        }
    }
}

void hone_row_table_reap(struct hone_row_table *table)
{
    /* Newest first, so that an item passes a run of dead snapshots in one go. */
    struct hone_list *link = table->live.prev;
    while (link != &table->live) {
        struct hone_row_table_snapshot *snapshot =
            HONE_LIST_OWNER(link, struct hone_row_table_snapshot, link);
        link = link->prev;
        if (atomic_load_explicit(&snapshot->n_refs, memory_order_acquire) != 0) {
            continue;
        }
        struct hone_row_table_snapshot *older =
            link != &table->live
                ? HONE_LIST_OWNER(link, struct hone_row_table_snapshot, link)
                : NULL;
        for (size_t i = 0; i < snapshot->dead.n; i++) {
            const struct dead_item *item = &snapshot->dead.items[i];
            retire(older, item->cell, item->born, item->slab);
        }
        free_snapshot(snapshot);
    }
}

static void protect_fresh(struct hone_row_table *table)
{
#ifdef HONE_PROTECT
    for (size_t i = 0; i < table->fresh.n; i++) {
        hone_slab_protect(table->fresh.items[i].slab, table->fresh.items[i].cell);
    }
    table->fresh.n = 0;
#else
    (void)table;
#endif
}

struct hone_row_table_snapshot *hone_row_table_freeze(struct hone_row_table *table)
{
    hone_row_table_reap(table);
    size_t root_bytes = table->n_chunks * sizeof(struct hone_row_chunk *);
    struct hone_row_table_snapshot *snapshot =
        hone_alloc_zeroed(1, sizeof(*snapshot) + root_bytes);
    snapshot->table = table;
    atomic_init(&snapshot->n_refs, 1);
    snapshot->version = table->version;
    snapshot->n_rows = table->n_rows;
    memcpy(snapshot->chunks, table->chunks, root_bytes);
    hone_list_append(&table->live, &snapshot->link);
    atomic_fetch_add_explicit(&table->n_refs, 1, memory_order_relaxed);
    protect_fresh(table);
    table->version += 1;
    return snapshot;
}

void hone_row_table_snapshot_unref(struct hone_row_table_snapshot *snapshot)
{
    /* Once the count is 0 the owner may free the snapshot; the table lives until our
     * share of it is given back. */
    struct hone_row_table *table = snapshot->table;
    if (atomic_fetch_sub_explicit(&snapshot->n_refs, 1, memory_order_acq_rel) == 1) {
        unref_table(table);
    }
}

/* A row like `wanted` in place of `present`, which may be NULL. Counts that both share are in
 * the working version, so they go on living; others may be retired and are copied. */
static struct hone_row *restore_row(struct hone_row_table *table,
                                    const struct hone_row *wanted,
                                    const struct hone_row *present)
{
    struct hone_row *row = copy_row(table, wanted);
    bool is_shared = wanted->counts == table->no_counts ||
                     (present != NULL && present->counts == wanted->counts);
    if (!is_shared) {
        row->counts = copy_counts(table, wanted->counts);
    }
    return row;
}

/* Makes chunk `index` hold what `from` (NULL: nothing) holds. */
static void restore_chunk(struct hone_row_table *table, size_t index,
                          const struct hone_row_chunk *from)
{
    for (uint32_t i = 0; i < HONE_ROW_TABLE_CHUNK_ROWS; i++) {
        const struct hone_row *wanted = from != NULL ? from->rows[i] : NULL;
        const struct hone_row_chunk *now = table->chunks[index];
        const struct hone_row *present = now != NULL ? now->rows[i] : NULL;
        if (wanted == present) {
            continue;
        }
        struct hone_row_chunk *chunk = edit_chunk(table, index);
        struct hone_row *old = chunk->rows[i];
        chunk->rows[i] = wanted != NULL ? restore_row(table, wanted, old) : NULL;
        if (old != NULL) {
            if (wanted == NULL || old->counts != wanted->counts) {
                discard_counts(table, old->counts);
            }
            discard(table, old, old->born, &table->rows);
        }
    }
}

void hone_row_table_restore(struct hone_row_table *table,
                            const struct hone_row_table_snapshot *snapshot)
{
    HONE_REQUIRE(snapshot->table == table);
    hone_row_table_reap(table);
    /* A version of its own, so that everything present was born before and
     * may be retired. */
    protect_fresh(table);
    table->version += 1;
    for (size_t i = 0; i < table->n_chunks; i++) {
        if (table->chunks[i] != snapshot->chunks[i]) {
            restore_chunk(table, i, snapshot->chunks[i]);
        }
    }
    table->n_rows = snapshot->n_rows;
}

struct hone_row_table *hone_row_table_create_from(struct hone_row_index index,
                                                  uint32_t dim_bits, uint32_t capacity,
                                                  uint32_t n_columns, float log_alpha)
{
    HONE_REQUIRE(n_columns <= capacity && n_columns <= index.capacity);
    struct hone_row_table *table = hone_row_table_create(dim_bits, capacity, log_alpha);
    size_t n_rows = (size_t)1 << dim_bits, part_bytes = n_columns * sizeof(float);
    for (size_t id = 0; id < n_rows; id++) {
        const struct hone_row *from = hone_row_index_find(index, (uint32_t)id);
        if (from == NULL) {
            continue;
        }
        struct hone_row *row = hone_row_table_edit(table, (uint32_t)id);
        row->g = from->g;
        row->df = from->df;
        memcpy(row->values, from->values, part_bytes);
        if (hone_row_has_counts(from)) {
            hone_row_table_edit_counts(table, &row, 1);
            memcpy(row->counts->values, hone_row_logs(from), part_bytes);
            memcpy(row->counts->values + capacity, hone_row_counts(from, index.capacity),
                   part_bytes);
        }
    }
    return table;
}

void hone_row_table_stats(struct hone_row_table *table, struct hone_row_table_stats *out)
{
    hone_row_table_reap(table);
    size_t root_bytes = table->n_chunks * sizeof(struct hone_row_chunk *);
    *out = (struct hone_row_table_stats){
        .n_rows = table->n_rows,
        .bytes = sizeof(*table) + root_bytes + table->rows.total_bytes +
                 table->count_cells.total_bytes + table->chunk_cells.total_bytes +
                 counts_bytes(table->capacity),
    };
    HONE_LIST_EACH(&table->live, link)
    {
        const struct hone_row_table_snapshot *snapshot =
            HONE_LIST_OWNER(link, struct hone_row_table_snapshot, link);
        out->n_snapshots += 1;
        out->n_retired += snapshot->dead.n;
        out->bytes += sizeof(*snapshot) + root_bytes +
                      snapshot->dead.capacity * sizeof(*snapshot->dead.items);
    }
}
