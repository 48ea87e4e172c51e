/* fuzz: tensor - the safetensors reader on any bytes; what it accepts is read in full. */
#include "tensor/safetensors.h"
#include "tensor/safetensors_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_error err;
    struct hone_safetensors *file = NULL;
    /* malloc aligns, and lets the address sanitizer see a read past the end. */
    char *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    if (hone_safetensors_open_span(&file, hone_span_of(copy, size), &err) == 0) {
        volatile unsigned sum = 0;
        for (size_t i = 0; i < hone_safetensors_n(file); i++) {
            const struct hone_safetensors_tensor *tensor = hone_safetensors_at(file, i);
            if (hone_safetensors_find(file, tensor->name) == NULL) {
                abort();
            }
            for (size_t b = 0; b < tensor->data.len; b++) {
                sum = sum + (unsigned char)tensor->data.data[b];
            }
        }
        hone_safetensors_close(file);
    }
    free(copy);
    return 0;
}
