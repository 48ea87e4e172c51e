#include "base/buf.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN       64u
#define DECIMAL_DIGITS_MAX 20 /* of 64 bits */

void hone_buf_init(struct hone_buf *buf, size_t ceiling_bytes)
{
    *buf = (struct hone_buf){.ceiling = ceiling_bytes};
}

void hone_buf_init_fixed(struct hone_buf *buf, char *memory, size_t size_bytes)
{
    HONE_REQUIRE(size_bytes > 0);
    *buf = (struct hone_buf){
        .data = memory, .capacity = size_bytes - 1, .ceiling = size_bytes - 1};
    memory[0] = '\0';
}

void hone_buf_finish(struct hone_buf *buf)
{
    free(buf->data);
    hone_buf_init(buf, buf->ceiling);
}

static int fail(struct hone_buf *buf, int code)
{
    buf->error = code;
    return code;
}

static int set_capacity(struct hone_buf *buf, size_t capacity)
{
    char *data =
        capacity < SIZE_MAX ? hone_alloc_try_resize(buf->data, capacity + 1, 1) : NULL;
    if (data == NULL) {
        return fail(buf, HONE_E_NOMEM);
    }
    data[buf->len] = '\0';
    buf->data = data;
    buf->capacity = capacity;
    return 0;
}

/* Doubles, so that n appended bytes cost O(n), but never beyond the ceiling. */
static int make_room(struct hone_buf *buf, size_t len)
{
    if (buf->error != 0) {
        return buf->error;
    }
    if (buf->data != NULL && len <= buf->capacity - buf->len) {
        return 0;
    }
    if (len > buf->ceiling - buf->len) {
        return fail(buf, HONE_E_LIMIT);
    }
    size_t needed = buf->len + len;
    size_t capacity = buf->capacity <= SIZE_MAX / 2 ? buf->capacity * 2 : SIZE_MAX;
    if (capacity < CAPACITY_MIN) {
        capacity = CAPACITY_MIN;
    }
    if (capacity < needed) {
        capacity = needed;
    }
    if (capacity > buf->ceiling) {
        capacity = buf->ceiling;
    }
    return set_capacity(buf, capacity);
}

char *hone_buf_reserve(struct hone_buf *buf, size_t len)
{
    return make_room(buf, len) == 0 ? buf->data + buf->len : NULL;
}

void hone_buf_grow(struct hone_buf *buf, size_t len)
{
    HONE_REQUIRE(buf->error == 0);
    HONE_REQUIRE(len <= buf->capacity - buf->len);
    buf->len += len;
    if (buf->data != NULL) {
        buf->data[buf->len] = '\0';
    }
}

int hone_buf_append(struct hone_buf *buf, const void *data, size_t len)
{
    char *end = hone_buf_reserve(buf, len);
    if (end != NULL) {
        if (len > 0) {
            memcpy(end, data, len);
        }
        hone_buf_grow(buf, len);
    }
    return buf->error;
}

int hone_buf_append_span(struct hone_buf *buf, struct hone_span span)
{
    return hone_buf_append(buf, span.data, span.len);
}

int hone_buf_append_text(struct hone_buf *buf, const char *text)
{
    return hone_buf_append(buf, text, strlen(text));
}

int hone_buf_append_char(struct hone_buf *buf, char c)
{
    return hone_buf_append(buf, &c, 1);
}

int hone_buf_append_format(struct hone_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len < 0) {
        (void)fail(buf, HONE_E_LIMIT);
    } else {
        char *end = hone_buf_reserve(buf, (size_t)len);
        if (end != NULL) {
            (void)vsnprintf(end, (size_t)len + 1, format, again);
            hone_buf_grow(buf, (size_t)len);
        }
    }
    va_end(again);
    va_end(args);
    return buf->error;
}

int hone_buf_append_decimal(struct hone_buf *buf, unsigned long long value)
{
    char digits[DECIMAL_DIGITS_MAX];
    size_t at = sizeof(digits);
    do {
        at -= 1;
        digits[at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return hone_buf_append(buf, digits + at, sizeof(digits) - at);
}

int hone_buf_append_u64(struct hone_buf *buf, unsigned long long value)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
    return hone_buf_append(buf, bytes, sizeof(bytes));
}

void hone_buf_consume(struct hone_buf *buf, size_t len)
{
    HONE_REQUIRE(len <= buf->len);
    if (len == 0) {
        return;
    }
    buf->len -= len;
    memmove(buf->data, buf->data + len, buf->len + 1);
}

void hone_buf_clear(struct hone_buf *buf)
{
    buf->len = 0;
    buf->error = 0;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

void hone_buf_shrink(struct hone_buf *buf, size_t keep_bytes)
{
    if (buf->capacity <= keep_bytes) {
        return;
    }
    if (buf->len == 0) {
        free(buf->data);
        buf->data = NULL;
        buf->capacity = 0;
        return;
    }
    size_t capacity = buf->len > keep_bytes ? buf->len : keep_bytes;
    char *data = hone_alloc_try_resize(buf->data, capacity + 1, 1);
    if (data != NULL) {
        buf->data = data;
        buf->capacity = capacity;
    }
}

struct hone_span hone_buf_span(const struct hone_buf *buf)
{
    return hone_span_of(buf->data, buf->len);
}

void hone_buf_hand_over(struct hone_buf *to, struct hone_buf *from)
{
    HONE_REQUIRE(to->len == 0 && from->len == 0);
    if (to->data == NULL && from->capacity <= to->ceiling) {
        to->data = from->data;
        to->capacity = from->capacity;
        from->data = NULL;
        from->capacity = 0;
    }
}

char *hone_buf_take(struct hone_buf *buf, size_t *len)
{
    char *data = buf->data;
    size_t data_len = buf->len;
    if (buf->error != 0) {
        hone_buf_finish(buf);
        return NULL;
    }
    if (data == NULL) {
        data = hone_alloc_text("");
    }
    hone_buf_init(buf, buf->ceiling);
    if (len != NULL) {
        *len = data_len;
    }
    return data;
}
