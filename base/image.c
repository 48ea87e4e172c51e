#include "base/image.h"

#include <stdbool.h>
#include <stddef.h>

/* PNG (ISO/IEC 15948): the signature, then a chunk IHDR of 13 bytes that begins with width
 * and height, big-endian. */
static const char png_start[] = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR";
#define PNG_START_LEN (sizeof(png_start) - 1)
#define PNG_SIDE_MAX  0x7FFFFFFFU

/* JPEG (ISO/IEC 10918-1): segments of a marker (0xFF and a byte) and a length that counts
 * itself. The size stands in the frame header, behind the length and one byte. */
static const char jpeg_start[] = "\xFF\xD8\xFF";
#define JPEG_START_LEN       (sizeof(jpeg_start) - 1)
#define JPEG_MARKER_LEN      2
#define JPEG_FRAME_BYTES_MIN 8 /* of a frame header, with its length */

static bool begins_with(struct hone_span bytes, const char *start, size_t len)
{
    return bytes.len >= len && memcmp(bytes.data, start, len) == 0;
}

static uint32_t read_u16(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t read_u32(const char *at)
{
    return read_u16(at) << 16 | read_u16(at + 2);
}

/* False when the size is not there. */
static bool read_png(struct hone_image_head *out, struct hone_span bytes)
{
    if (bytes.len < PNG_START_LEN + 8) {
        return false;
    }
    *out = (struct hone_image_head){"image/png", read_u32(bytes.data + PNG_START_LEN),
                                    read_u32(bytes.data + PNG_START_LEN + 4)};
    return out->width <= PNG_SIDE_MAX && out->height <= PNG_SIDE_MAX;
}

/* SOF0 to SOF15; three numbers among them mean something else. */
static bool is_frame(unsigned char marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 &&
           marker != 0xCC;
}

/* Does a segment with a length follow the marker, before the picture itself begins? */
static bool has_length(unsigned char marker)
{
    bool stands_alone = marker == 0x00 || marker == 0x01 ||
                        (marker >= 0xD0 && marker <= 0xD9); /* restarts, start, end */
    return !stands_alone && marker != 0xDA;                 /* scan: no frame came */
}

static bool read_jpeg(struct hone_image_head *out, struct hone_span bytes)
{
    size_t at = JPEG_START_LEN - 1;
    while (at + JPEG_MARKER_LEN + 2 <= bytes.len && bytes.data[at] == '\xFF') {
        unsigned char marker = (unsigned char)bytes.data[at + 1];
        if (marker == 0xFF) {
            at += 1; /* a marker may be filled up with them */
            continue;
        }
        const char *segment = bytes.data + at + JPEG_MARKER_LEN;
        size_t left = bytes.len - at - JPEG_MARKER_LEN;
        size_t len = read_u16(segment);
        if (!has_length(marker) || len < 2 || len > left) {
            return false;
        }
        if (is_frame(marker)) {
            if (len < JPEG_FRAME_BYTES_MIN) {
                return false;
            }
            *out = (struct hone_image_head){"image/jpeg", read_u16(segment + 5),
                                            read_u16(segment + 3)};
            return true;
        }
        at += JPEG_MARKER_LEN + len;
    }
    return false;
}

int hone_image_read_head(struct hone_image_head *out, struct hone_span bytes,
                         struct hone_error *err)
{
    struct hone_image_head head = {0};
    bool is_png = begins_with(bytes, png_start, PNG_START_LEN);
    if (!is_png && !begins_with(bytes, jpeg_start, JPEG_START_LEN)) {
        return hone_error_set(err, HONE_E_UNSUPPORTED, "neither a PNG nor a JPEG");
    }
    bool found = is_png ? read_png(&head, bytes) : read_jpeg(&head, bytes);
    if (!found || head.width == 0 || head.height == 0) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "it begins as a %s but does not say its size",
                              is_png ? "PNG" : "JPEG");
    }
    *out = head;
    return 0;
}
