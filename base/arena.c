/* An arena is a list of malloc'ed blocks; only the newest one is filled further. Blocks
 * double with the size of the arena, so that a small call costs one small block and a
 * large one few. */
#include "base/arena.h"

#include "base/check.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES_MIN 4096u
#define BLOCK_BYTES_MAX 65536u
#define ALIGNMENT       _Alignof(max_align_t)

struct hone_arena_block {
    struct hone_arena_block *next;
    size_t capacity; /* bytes of data */
    _Alignas(max_align_t) char data[];
};

void hone_arena_init(struct hone_arena *arena, size_t ceiling_bytes)
{
    *arena = (struct hone_arena){.ceiling_bytes = ceiling_bytes};
}

static void free_blocks(struct hone_arena_block *block)
{
    while (block != NULL) {
        struct hone_arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void hone_arena_finish(struct hone_arena *arena)
{
    free_blocks(arena->blocks);
    hone_arena_init(arena, arena->ceiling_bytes);
}

void hone_arena_reset(struct hone_arena *arena)
{
    struct hone_arena_block *kept = arena->blocks;
    if (kept == NULL || kept->capacity > BLOCK_BYTES_MAX) {
        hone_arena_finish(arena);
        return;
    }
    free_blocks(kept->next);
    kept->next = NULL;
    arena->used_bytes = 0;
    arena->total_bytes = kept->capacity;
}

/* The size of the next block for a request of need_bytes, or 0 when it
 * breaks the ceiling. */
static size_t block_capacity(const struct hone_arena *arena, size_t need_bytes)
{
    size_t left = arena->ceiling_bytes - arena->total_bytes;
    size_t wanted = arena->total_bytes;
    if (need_bytes > left) {
        return 0;
    }
    if (wanted < BLOCK_BYTES_MIN) {
        wanted = BLOCK_BYTES_MIN;
    }
    if (wanted > BLOCK_BYTES_MAX) {
        wanted = BLOCK_BYTES_MAX;
    }
    if (wanted < need_bytes) {
        wanted = need_bytes;
    }
    return wanted < left ? wanted : left;
}

static char *alloc_in_new_block(struct hone_arena *arena, size_t need_bytes)
{
    size_t capacity = block_capacity(arena, need_bytes);
    if (capacity == 0 || capacity > SIZE_MAX - sizeof(struct hone_arena_block)) {
        return NULL;
    }
    struct hone_arena_block *block = malloc(sizeof(*block) + capacity);
    if (block == NULL) {
        return NULL;
    }
    block->capacity = capacity;
    arena->total_bytes += capacity;
    if (capacity == need_bytes && arena->blocks != NULL) {
        /* Full from birth: the newest block stays the one that is filled. */
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
        arena->used_bytes = need_bytes;
    }
    return block->data;
}

void *hone_arena_alloc(struct hone_arena *arena, size_t n_items, size_t item_bytes)
{
    if (item_bytes != 0 && n_items > (SIZE_MAX - ALIGNMENT) / item_bytes) {
        return NULL;
    }
    size_t bytes = n_items * item_bytes;
    bytes = bytes > 0 ? (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1) : ALIGNMENT;
    char *memory = NULL;
    if (arena->blocks != NULL && bytes <= arena->blocks->capacity - arena->used_bytes) {
        memory = arena->blocks->data + arena->used_bytes;
        arena->used_bytes += bytes;
    } else {
        memory = alloc_in_new_block(arena, bytes);
    }
    return memory != NULL ? memset(memory, 0, bytes) : NULL;
}

char *hone_arena_text(struct hone_arena *arena, struct hone_span text)
{
    HONE_REQUIRE(text.len < SIZE_MAX);
    char *copy = hone_arena_alloc(arena, text.len + 1, 1);
    if (copy != NULL && text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    return copy;
}

char *hone_arena_format(struct hone_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = len >= 0 ? hone_arena_alloc(arena, (size_t)len + 1, 1) : NULL;
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)len + 1, format, again);
    }
    va_end(again);
    va_end(args);
    return text;
}

int hone_arena_span(struct hone_arena *arena, struct hone_span in, struct hone_span *out)
{
    if (in.len == 0) {
        *out = hone_span_of(NULL, 0);
        return 0;
    }
    char *copy = hone_arena_text(arena, in);
    if (copy == NULL) {
        return HONE_E_NOMEM;
    }
    *out = hone_span_of(copy, in.len);
    return 0;
}
