#include "base/alloc.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_abort(void *memory)
{
    if (memory == NULL) {
        hone_check_failed("allocation", __FILE__, __LINE__, "memory is out");
    }
    return memory;
}

/* malloc(0) and realloc(p, 0) may return NULL, which must keep meaning
 * "memory is out". */
static size_t at_least_one(size_t n)
{
    return n > 0 ? n : 1;
}

static bool fits(size_t n_items, size_t item_bytes)
{
    return item_bytes == 0 || n_items <= SIZE_MAX / item_bytes;
}

void *hone_alloc_try_zeroed(size_t n_items, size_t item_bytes)
{
    return fits(n_items, item_bytes) ? calloc(at_least_one(n_items * item_bytes), 1)
                                     : NULL;
}

void *hone_alloc_try_resize(void *old, size_t n_items, size_t item_bytes)
{
    return fits(n_items, item_bytes) ? realloc(old, at_least_one(n_items * item_bytes))
                                     : NULL;
}

void *hone_alloc_zeroed(size_t n_items, size_t item_bytes)
{
    return or_abort(hone_alloc_try_zeroed(n_items, item_bytes));
}

void *hone_alloc_resize(void *old, size_t n_items, size_t item_bytes)
{
    return or_abort(hone_alloc_try_resize(old, n_items, item_bytes));
}

char *hone_alloc_text(const char *text)
{
    HONE_REQUIRE(text != NULL);
    return or_abort(strdup(text));
}

char *hone_alloc_bytes(const char *data, size_t len)
{
    HONE_REQUIRE(len < SIZE_MAX);
    char *copy = or_abort(malloc(len + 1));
    if (len > 0) {
        memcpy(copy, data, len);
    }
    copy[len] = '\0';
    return copy;
}

char *hone_alloc_format(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    return or_abort(len >= 0 ? text : NULL);
}
