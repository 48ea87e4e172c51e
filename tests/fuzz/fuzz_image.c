/* fuzz: base - the first bytes of a picture. What is read depends on these bytes alone, and
 * what was cut off behind the size does not matter. */
#include "base/image.h"

#include "base/check.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_image_head head = {0}, again = {0};
    struct hone_error err = {0};
    struct hone_span bytes = hone_span_of((const char *)data, size);
    int status = hone_image_read_head(&head, bytes, &err);
    if (status != 0) {
        HONE_INVARIANT(status == HONE_E_UNSUPPORTED || status == HONE_E_CORRUPT);
        HONE_INVARIANT(err.message[0] != '\0' && head.mime_type == NULL);
        return 0;
    }
    HONE_INVARIANT(head.width > 0 && head.height > 0);
    while (bytes.len > 0) {
        bytes.len -= 1;
        if (hone_image_read_head(&again, bytes, &err) != 0) {
            break;
        }
        HONE_INVARIANT(strcmp(again.mime_type, head.mime_type) == 0);
        HONE_INVARIANT(again.width == head.width && again.height == head.height);
    }
    return 0;
}
