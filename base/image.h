/* What the first bytes of a picture say: which format it is in and how large it is. The
 * picture itself is not decoded. Thread: any. */
#ifndef HONE_BASE_IMAGE_H
#define HONE_BASE_IMAGE_H

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

struct hone_image_head {
    const char *mime_type;  /* "image/png" or "image/jpeg"; static */
    uint32_t width, height; /* pixels; at least 1 */
};

/* HONE_E_UNSUPPORTED: neither PNG nor JPEG. HONE_E_CORRUPT: it begins as one of them, but
 * does not say its size. */
int hone_image_read_head(struct hone_image_head *out, struct hone_span bytes,
                         struct hone_error *err) HONE_MUST_USE;

#endif
