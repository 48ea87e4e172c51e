/* What the tests of the reader need besides. Thread: any. */
#ifndef HONE_TENSOR_SAFETENSORS_INTERNAL_H
#define HONE_TENSOR_SAFETENSORS_INTERNAL_H

#include "tensor/safetensors.h"

/* In order of their place in the file. */
const struct hone_safetensors_tensor *
hone_safetensors_at(const struct hone_safetensors *file, size_t index);

#endif
