#include "optim/slab.h"

#include "base/alloc.h"
#include "base/attr.h"
#include "base/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define BLOCK_BYTES (256U * 1024U)
/* How many cells ahead memory is asked for, and how much of a cell. */
#define ANNOUNCED_AHEAD 8
#define ANNOUNCED_BYTES 1024
#define LINE_BYTES      64

#ifdef HONE_PROTECT
#define CELL_ALIGN 4096U
/* The kernel bounds the number of mappings of a process (65,530, two for a cell); beyond this
 * many protected cells of a slab the rest stays writable rather than running into that bound:
 * a row table has three slabs. */
#define PROTECTED_MAX 8000U
#else
#define CELL_ALIGN 64U
#endif

struct hone_slab_block {
    struct hone_slab_block *next;
    unsigned char *cells;
};

void hone_slab_init(struct hone_slab *slab, size_t cell_bytes)
{
    HONE_REQUIRE(cell_bytes > 0 && cell_bytes <= BLOCK_BYTES);
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
    free(slab->free_cells);
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

/* The cell that will be handed out a few times from now is going to be written to. */
static void announce_free(const struct hone_slab *slab)
{
    if (slab->n_free >= ANNOUNCED_AHEAD) {
        const char *cell = slab->free_cells[slab->n_free - ANNOUNCED_AHEAD];
        for (size_t at = 0; at < slab->cell_bytes && at < ANNOUNCED_BYTES;
             at += LINE_BYTES) {
            HONE_PREFETCH_TO_WRITE(cell + at);
        }
    }
}

void *hone_slab_alloc(struct hone_slab *slab)
{
    if (slab->n_free > 0) {
        slab->n_free -= 1;
        announce_free(slab);
        return slab->free_cells[slab->n_free];
    }
    if (slab->n_unused == 0) {
        add_block(slab);
    }
    slab->n_unused -= 1;
    return slab->blocks->cells + slab->n_unused * slab->cell_bytes;
}

static void grow_free_cells(struct hone_slab *slab)
{
    size_t capacity = slab->free_capacity == 0 ? 64 : 2 * slab->free_capacity;
    slab->total_bytes += (capacity - slab->free_capacity) * sizeof(*slab->free_cells);
    slab->free_capacity = capacity;
    slab->free_cells =
        hone_alloc_resize((void *)slab->free_cells, capacity, sizeof(*slab->free_cells));
}

void hone_slab_free(struct hone_slab *slab, void *cell)
{
#ifdef HONE_PROTECT
    HONE_INVARIANT(mprotect(cell, slab->cell_bytes, PROT_READ | PROT_WRITE) == 0);
    slab->n_protected -= slab->n_protected > 0 ? 1 : 0;
#endif
    if (slab->n_free == slab->free_capacity) {
        grow_free_cells(slab);
    }
    slab->free_cells[slab->n_free++] = cell;
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
