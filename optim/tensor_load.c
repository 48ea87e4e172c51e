#include "optim/tensor_load.h"

#include <stdlib.h>
#include <string.h>

int hone_tensor_load_check(const struct hone_safetensors *file, const char *format,
                           unsigned long version_max, unsigned long *version,
                           struct hone_error *err)
{
    const char *says = hone_safetensors_metadata(file, "format");
    const char *text = hone_safetensors_metadata(file, "version");
    if (says == NULL || text == NULL || strcmp(says, format) != 0 ||
        hone_safetensors_metadata(file, "hone") == NULL) {
        return hone_error_set(err, HONE_E_CORRUPT, "the file is not of the format %s",
                              format);
    }
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || number == 0) {
        return hone_error_set(err, HONE_E_CORRUPT, "the file's version is not a number");
    }
    if (number > version_max) {
        return hone_error_set(err, HONE_E_VERSION,
                              "the file has version %lu, this build reads up to %lu",
                              number, version_max);
    }
    if (version != NULL) {
        *version = number;
    }
    return 0;
}
