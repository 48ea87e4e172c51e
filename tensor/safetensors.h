/* Reads safetensors files: 8 bytes of little-endian header length, a JSON header, data.
 *
 * Nothing in a file is believed: the header's length is capped, names are unique, shapes
 * times item size are exactly the bytes claimed, tensors lie aligned and cover the data
 * without overlap or hole. Whatever breaks one of these is HONE_E_CORRUPT with a message
 * that says what.
 *
 * An open file is immutable; any thread may read it. Tensors are borrowed until close. */
#ifndef HONE_TENSOR_SAFETENSORS_H
#define HONE_TENSOR_SAFETENSORS_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

#define HONE_SAFETENSORS_HEADER_MAX  (16U << 20) /* bytes */
#define HONE_SAFETENSORS_TENSORS_MAX 65536
#define HONE_SAFETENSORS_DIMS_MAX    8

enum hone_safetensors_type {
    HONE_SAFETENSORS_BOOL,
    HONE_SAFETENSORS_U8,
    HONE_SAFETENSORS_I8,
    HONE_SAFETENSORS_U16,
    HONE_SAFETENSORS_I16,
    HONE_SAFETENSORS_F16,
    HONE_SAFETENSORS_BF16,
    HONE_SAFETENSORS_U32,
    HONE_SAFETENSORS_I32,
    HONE_SAFETENSORS_F32,
    HONE_SAFETENSORS_U64,
    HONE_SAFETENSORS_I64,
    HONE_SAFETENSORS_F64,
};

struct hone_safetensors_tensor {
    const char *name;
    enum hone_safetensors_type type;
    size_t n_dims;
    uint64_t shape[HONE_SAFETENSORS_DIMS_MAX]; /* row-major */
    struct hone_span data;                     /* aligned to the item size */
};

struct hone_safetensors;

/* Maps a file. HONE_E_NOT_FOUND, HONE_E_CORRUPT, HONE_E_IO. The file must not be
 * cut short while it is open; files that hone writes are never changed after they
 * got their name. */
int hone_safetensors_open_file(struct hone_safetensors **out, const char *path,
                               struct hone_error *err) HONE_MUST_USE;
/* Reads memory that the caller keeps until close; data must be aligned to 8 bytes. */
int hone_safetensors_open_span(struct hone_safetensors **out, struct hone_span data,
                               struct hone_error *err) HONE_MUST_USE;
void hone_safetensors_close(struct hone_safetensors *file); /* accepts NULL */

size_t hone_safetensors_n(const struct hone_safetensors *file);
/* NULL when there is none. */
const struct hone_safetensors_tensor *
hone_safetensors_find(const struct hone_safetensors *file, const char *name);
/* Value of a key of __metadata__, NULL when there is none. */
const char *hone_safetensors_metadata(const struct hone_safetensors *file,
                                      const char *key);

/* "F32" and its size in bytes. */
const char *hone_safetensors_type_name(enum hone_safetensors_type type);
size_t hone_safetensors_type_bytes(enum hone_safetensors_type type);

#endif
