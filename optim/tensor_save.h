/* Writes a learner's tensors to a safetensors file in slices, so that a thread that saves can
 * do something else in between. A tensor is written as items one after the other, each one
 * piece of memory that stays as it is until the file is complete; a slice may end anywhere.
 * The bytes of the file do not depend on the slices.
 *
 * One thread at a time. */
#ifndef HONE_OPTIM_TENSOR_SAVE_H
#define HONE_OPTIM_TENSOR_SAVE_H

#include "tensor/safetensors_writer.h"

/* As max_bytes of a step: all in one, and the file is complete but not durable. */
#define HONE_TENSOR_SAVE_ALL SIZE_MAX

/* Where the tensors are, in the order in which they are declared. */
struct hone_tensor_source {
    size_t n_tensors;
    size_t (*n_items)(const void *state, size_t tensor); /* NULL: one each */
    struct hone_span (*item)(const void *state, size_t tensor, size_t item);
};

struct hone_tensor_save {
    struct hone_safetensors_writer *writer;
    const struct hone_tensor_source *source;
    const void *state;
    size_t tensor, item, offset; /* what is written next */
    bool finished;
    struct hone_digest digest;
    uint64_t size_bytes;
};

/* Creates the file and says in its metadata what it is: format, version, and under "hone"
 * the extra text. The caller declares the tensors and begins (tensor/safetensors_writer.h).
 * Borrows source and state. On failure nothing is left to finish. */
int hone_tensor_save_init(struct hone_tensor_save *out,
                          const struct hone_tensor_source *source, const void *state,
                          const char *path, const char *format, int version,
                          struct hone_span extra, struct hone_error *err) HONE_MUST_USE;
/* Writes up to max_bytes and waits for the disk. 1: there is more; 0: the file is complete
 * and, unless all was one step, durable. */
int hone_tensor_save_step(struct hone_tensor_save *save, size_t max_bytes,
                          struct hone_error *err) HONE_MUST_USE;
/* After step returned 0: digest and size of the file. */
void hone_tensor_save_result(const struct hone_tensor_save *save,
                             struct hone_digest *digest, uint64_t *size_bytes);
void hone_tensor_save_finish(struct hone_tensor_save *save); /* accepts zeroed memory */

#endif
