/* Bump allocation for everything that lives exactly as long as one call.
 *
 * Owned by one thread at a time. Memory from an arena is never freed singly. */
#ifndef HONE_BASE_ARENA_H
#define HONE_BASE_ARENA_H

#include "base/attr.h"
#include "base/span.h"

#include <stddef.h>

struct hone_arena_block;

struct hone_arena {
    struct hone_arena_block *blocks; /* newest first */
    size_t used_bytes;               /* of the newest block */
    size_t total_bytes;              /* of all blocks */
    size_t ceiling_bytes;
};

void hone_arena_init(struct hone_arena *arena, size_t ceiling_bytes);
void hone_arena_finish(struct hone_arena *arena);
/* Forgets all that was allocated; keeps one block for reuse. */
void hone_arena_reset(struct hone_arena *arena);

/* Zeroed, aligned for any type. NULL above the ceiling or when memory is out. */
void *hone_arena_alloc(struct hone_arena *arena, size_t n_items,
                       size_t item_bytes) HONE_MUST_USE;
/* Copy with a NUL behind it; NULL as above. */
char *hone_arena_text(struct hone_arena *arena, struct hone_span text) HONE_MUST_USE;
char *hone_arena_format(struct hone_arena *arena, const char *format, ...)
    HONE_PRINTF(2, 3) HONE_MUST_USE;
/* Copies the bytes; an empty span stays empty. On failure *out is untouched. */
int hone_arena_span(struct hone_arena *arena, struct hone_span in,
                    struct hone_span *out) HONE_MUST_USE;

#endif
