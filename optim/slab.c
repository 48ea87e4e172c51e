#include "optim/slab.h"

#include "base/alloc.h"
#include "base/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define BLOCK_BYTES (256U * 1024U)

#ifdef HONE_PROTECT
#define CELL_ALIGN 4096U
/* The kernel bounds the number of mappings of a process; beyond this many protected cells
 * the rest stays writable rather than running into that bound. */
#define PROTECTED_MAX 12000U
#else
#define CELL_ALIGN 64U
#endif

struct hone_slab_block {
    struct hone_slab_block *next;
    unsigned char *cells;
};

struct hone_slab_cell {
    struct hone_slab_cell *next;
};

void hone_slab_init(struct hone_slab *slab, size_t cell_bytes)
{
    HONE_REQUIRE(cell_bytes >= sizeof(struct hone_slab_cell) &&
                 cell_bytes <= BLOCK_BYTES);
    size_t rounded = (cell_bytes + CELL_ALIGN - 1) / CELL_ALIGN * CELL_ALIGN;
    *slab = (struct hone_slab){.cell_bytes = rounded,
                               .n_cells_per_block = BLOCK_BYTES / rounded};
}

void hone_slab_finish(struct hone_slab *slab)
{
    while (slab->blocks != NULL) {
        struct hone_slab_block *block = slab->blocks;
        slab->blocks = block->next;
#ifdef HONE_PROTECT
        HONE_INVARIANT(mprotect(block->cells, BLOCK_BYTES, PROT_READ | PROT_WRITE) == 0);
#endif
        free(block->cells);
        free(block);
    }
    *slab = (struct hone_slab){0};
}

static void add_block(struct hone_slab *slab)
{
    struct hone_slab_block *block = hone_alloc_zeroed(1, sizeof(*block));
    block->cells = aligned_alloc(CELL_ALIGN, BLOCK_BYTES);
    HONE_INVARIANT(block->cells != NULL);
    block->next = slab->blocks;
    slab->blocks = block;
    slab->n_unused = slab->n_cells_per_block;
    slab->total_bytes += BLOCK_BYTES;
}

void *hone_slab_alloc(struct hone_slab *slab)
{
    if (slab->free_cells != NULL) {
        struct hone_slab_cell *cell = slab->free_cells;
        slab->free_cells = cell->next;
        return cell;
    }
    if (slab->n_unused == 0) {
        add_block(slab);
    }
    slab->n_unused -= 1;
    return slab->blocks->cells + slab->n_unused * slab->cell_bytes;
}

void hone_slab_free(struct hone_slab *slab, void *cell)
{
#ifdef HONE_PROTECT
    HONE_INVARIANT(mprotect(cell, slab->cell_bytes, PROT_READ | PROT_WRITE) == 0);
    slab->n_protected -= slab->n_protected > 0 ? 1 : 0;
#endif
    struct hone_slab_cell *item = cell;
    item->next = slab->free_cells;
    slab->free_cells = item;
}

void hone_slab_protect(struct hone_slab *slab, void *cell)
{
#ifdef HONE_PROTECT
    if (slab->n_protected < PROTECTED_MAX &&
        mprotect(cell, slab->cell_bytes, PROT_READ) == 0) {
        slab->n_protected += 1;
    }
#else
    (void)slab;
    (void)cell;
#endif
}
