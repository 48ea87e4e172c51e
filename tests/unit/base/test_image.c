#include "tests/support/support.h"

#include "base/image.h"

#include <string.h>

#define PNG  "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"
#define JPEG "\xFF\xD8"
#define APP  "\xFF\xE0\0\6JFIF"
#define SIZE "\xFF\xC0\0\13\10\0\20\1\1\1\0\0\0" /* 257 wide, 16 high */

struct picture {
    const char *bytes;
    size_t len;
    uint32_t width, height; /* 0: refused */
    int code;
};

#define BYTES(text) text, sizeof(text) - 1

static const struct picture pictures[] = {
    {BYTES(PNG "\0\0\0\40\0\0\1\0\10\3\0\0\0"), 32, 256, 0},
    {BYTES(PNG "\x7F\xFF\xFF\xFF\0\0\0\1"), 0x7FFFFFFF, 1, 0},
    {BYTES(JPEG SIZE), 257, 16, 0},
    {BYTES(JPEG APP SIZE), 257, 16, 0},
    {BYTES(JPEG APP "\xFF\xFF" SIZE), 257, 16, 0},
    {BYTES(JPEG "\xFF\xC4\0\2" SIZE), 257, 16, 0}, /* a table, no frame */
    /* Something else. */
    {BYTES(""), 0, 0, HONE_E_UNSUPPORTED},
    {BYTES("GIF89a"), 0, 0, HONE_E_UNSUPPORTED},
    {BYTES("<svg/>"), 0, 0, HONE_E_UNSUPPORTED},
    {BYTES("\x89PNG\r\n\x1A\n"), 0, 0, HONE_E_UNSUPPORTED},
    {BYTES("\x89PNG\r\n\x1A\n\0\0\0\rPLTE\0\0\0\1\0\0\0\1"), 0, 0, HONE_E_UNSUPPORTED},
    {BYTES("\xFF\xD8"), 0, 0, HONE_E_UNSUPPORTED},
    /* Damaged. */
    {BYTES(PNG), 0, 0, HONE_E_CORRUPT},
    {BYTES(PNG "\0\0\0\40\0\0\1"), 0, 0, HONE_E_CORRUPT},
    {BYTES(PNG "\0\0\0\0\0\0\0\1"), 0, 0, HONE_E_CORRUPT},
    {BYTES(PNG "\0\0\0\1\0\0\0\0"), 0, 0, HONE_E_CORRUPT},
    {BYTES(PNG "\x80\0\0\0\0\0\0\1"), 0, 0, HONE_E_CORRUPT},
    {BYTES(JPEG "\xFF"), 0, 0, HONE_E_CORRUPT},
    {BYTES(JPEG "\xFF\xFF\xFF\xFF\xFF\xFF"), 0, 0, HONE_E_CORRUPT},
    {BYTES(JPEG "\xFF\xD9\0\0"), 0, 0, HONE_E_CORRUPT},
    {BYTES(JPEG "\xFF\xDA\0\2" SIZE), 0, 0, HONE_E_CORRUPT},
    {BYTES(JPEG "\xFF\xE0\0\0" SIZE), 0, 0, HONE_E_CORRUPT},
    {BYTES(JPEG "\xFF\xE0\xFF\xFF" SIZE), 0, 0, HONE_E_CORRUPT},
    {BYTES(JPEG "\xFF\xC0\0\7\10\0\20\1\1"), 0, 0, HONE_E_CORRUPT},
    {BYTES(JPEG "\xFF\xC0\0\13\10\0\0\1\1\1\0\0\0"), 0, 0, HONE_E_CORRUPT},
    {BYTES(JPEG APP "\0\xC0\0\13\10\0\20\1\1\1\0\0\0"), 0, 0, HONE_E_CORRUPT},
};

static void reads_the_size_or_says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++) {
        const struct picture *picture = &pictures[i];
        struct hone_image_head head = {0};
        struct hone_error err = {0};
        int code =
            hone_image_read_head(&head, hone_span_of(picture->bytes, picture->len), &err);
        if (code != picture->code || head.width != picture->width ||
            head.height != picture->height) {
            fail_msg("%zu: %d %u %u", i, code, (unsigned)head.width,
                     (unsigned)head.height);
        }
        assert_int_equal(err.code, code);
        assert_true((head.mime_type != NULL) == (code == 0));
    }
}

static void tells_the_formats_apart(void **state)
{
    (void)state;
    struct hone_image_head head;
    struct hone_error err;
    const struct picture *png = &pictures[0], *jpeg = &pictures[2];
    support_ok(hone_image_read_head(&head, hone_span_of(png->bytes, png->len), &err),
               &err);
    assert_string_equal(head.mime_type, "image/png");
    support_ok(hone_image_read_head(&head, hone_span_of(jpeg->bytes, jpeg->len), &err),
               &err);
    assert_string_equal(head.mime_type, "image/jpeg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_size_or_says_what_is_wrong),
        cmocka_unit_test(tells_the_formats_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
