/* Writes a safetensors file in slices: declare tensors and metadata, begin, append the
 * data of all tensors in the order declared, sync as often as wanted, end.
 *
 * The file carries no name of its own until the caller renames it: what is left of a
 * writer that was given up is rubbish. One thread at a time. */
#ifndef HONE_TENSOR_SAFETENSORS_WRITER_H
#define HONE_TENSOR_SAFETENSORS_WRITER_H

#include "base/attr.h"
#include "base/digest.h"
#include "base/error.h"
#include "tensor/safetensors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hone_safetensors_writer;

/* Creates or empties the file (mode 0600). */
int hone_safetensors_writer_create(struct hone_safetensors_writer **out, const char *path,
                                   struct hone_error *err) HONE_MUST_USE;
/* Closes; the file stays as it is. Accepts NULL. */
void hone_safetensors_writer_destroy(struct hone_safetensors_writer *writer);

/* Names are unique and not "__metadata__"; keys and values are UTF-8. Larger item types
 * before smaller ones, so that all data is aligned. */
void hone_safetensors_writer_add(struct hone_safetensors_writer *writer, const char *name,
                                 enum hone_safetensors_type type, const uint64_t *shape,
                                 size_t n_dims);
/* HONE_E_INVALID when value is not UTF-8 or has a NUL. */
int hone_safetensors_writer_add_metadata(struct hone_safetensors_writer *writer,
                                         const char *key, struct hone_span value,
                                         struct hone_error *err) HONE_MUST_USE;

/* Ends the declarations. */
int hone_safetensors_writer_begin(struct hone_safetensors_writer *writer,
                                  struct hone_error *err) HONE_MUST_USE;
/* Buffered. */
int hone_safetensors_writer_append(struct hone_safetensors_writer *writer,
                                   struct hone_span data,
                                   struct hone_error *err) HONE_MUST_USE;
/* Writes what is buffered and waits until it is on the disk, so that the end has little
 * to wait for. */
int hone_safetensors_writer_sync(struct hone_safetensors_writer *writer,
                                 struct hone_error *err) HONE_MUST_USE;
/* All data was appended: makes the file durable if asked to, and gives the SHA-256 of its
 * bytes. */
int hone_safetensors_writer_end(struct hone_safetensors_writer *writer, bool durable,
                                struct hone_digest *digest, uint64_t *size_bytes,
                                struct hone_error *err) HONE_MUST_USE;

#endif
