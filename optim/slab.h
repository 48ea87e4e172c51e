/* Cells of one size, cut from large blocks, with a list of free ones. Cells that are free are
 * not touched, but asked for from memory shortly before it is their turn.
 *
 * Blocks are given back only by hone_slab_finish: the memory of a slab is that of its
 * busiest moment. Built with HONE_PROTECT each cell fills whole pages, and a cell that is
 * protected faults on any write until it is freed. Owned by one thread at a time. */
#ifndef HONE_OPTIM_SLAB_H
#define HONE_OPTIM_SLAB_H

#include "base/attr.h"

#include <stddef.h>

struct hone_slab_block;

struct hone_slab {
    size_t cell_bytes;
    size_t n_cells_per_block;
    struct hone_slab_block *blocks; /* newest first */
    size_t n_unused;   /* cells of the newest block that were never handed out */
    void **free_cells; // (n_free,) the last one is handed out next
    size_t n_free, free_capacity;
    size_t total_bytes; /* of blocks and of the list of free cells */
    size_t n_protected;
};

void hone_slab_init(struct hone_slab *slab, size_t cell_bytes);
void hone_slab_finish(struct hone_slab *slab); /* all cells die with it */

/* Not zeroed; aligned to 64 bytes. */
void *hone_slab_alloc(struct hone_slab *slab) HONE_MUST_USE;
void hone_slab_free(struct hone_slab *slab, void *cell);

/* Nothing may write to the cell until it is freed. No effect without HONE_PROTECT. */
void hone_slab_protect(struct hone_slab *slab, void *cell);

#endif
