/* What the files of learners have in common when they are read: optim/tensor_save.h wrote
 * them. Pure; thread: any. */
#ifndef HONE_OPTIM_TENSOR_LOAD_H
#define HONE_OPTIM_TENSOR_LOAD_H

#include "tensor/safetensors.h"

/* Is it of this format, in a version from 1 to version_max, with an extra text? *version may
 * be NULL. HONE_E_CORRUPT, or HONE_E_VERSION when it is newer. */
int hone_tensor_load_check(const struct hone_safetensors *file, const char *format,
                           unsigned long version_max, unsigned long *version,
                           struct hone_error *err) HONE_MUST_USE;

#endif
