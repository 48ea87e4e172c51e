/* Allocation of two kinds.
 *
 * hone_alloc_*: small and of a size that the program decides; aborts when memory is out.
 * hone_alloc_try_*: of a size that a client, a file or a peer decides; checked against a
 * named limit by the caller before, and may return NULL.
 *
 * Memory of both kinds is given back with free(). Thread: any. */
#ifndef HONE_BASE_ALLOC_H
#define HONE_BASE_ALLOC_H

#include "base/attr.h"

#include <stddef.h>

void *hone_alloc_zeroed(size_t n_items, size_t item_bytes) HONE_MUST_USE;
void *hone_alloc_resize(void *old, size_t n_items, size_t item_bytes) HONE_MUST_USE;
char *hone_alloc_text(const char *text) HONE_MUST_USE;              /* copy */
char *hone_alloc_bytes(const char *data, size_t len) HONE_MUST_USE; /* copy + NUL */
char *hone_alloc_format(const char *format, ...) HONE_PRINTF(1, 2) HONE_MUST_USE;

/* NULL when memory is out or n_items * item_bytes overflows. */
void *hone_alloc_try_zeroed(size_t n_items, size_t item_bytes) HONE_MUST_USE;
void *hone_alloc_try_resize(void *old, size_t n_items, size_t item_bytes) HONE_MUST_USE;

#endif
