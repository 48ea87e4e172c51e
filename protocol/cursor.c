/* base64url of four times eight bytes: of the list's name's digest, of its content's
 * digest, the offset (little-endian), and of the digest of these three. */
#include "protocol/cursor.h"

#include "base/base64.h"
#include "base/check.h"

#include <string.h>

#define PART_BYTES   8
#define CURSOR_BYTES (4 * PART_BYTES)

static void put_part(char *out, struct hone_digest digest)
{
    memcpy(out, digest.bytes, PART_BYTES);
}

static void make_cursor(char out[CURSOR_BYTES], const char *list,
                        struct hone_digest content, uint64_t offset)
{
    put_part(out, hone_digest_of(hone_span_text(list)));
    put_part(out + PART_BYTES, content);
    for (size_t i = 0; i < PART_BYTES; i++) {
        out[2 * PART_BYTES + i] = (char)(offset >> (8 * i) & 0xff);
    }
    put_part(out + 3 * PART_BYTES, hone_digest_of(hone_span_of(out, 3 * PART_BYTES)));
}

void hone_cursor_format(char out[HONE_CURSOR_TEXT_LEN + 1], const char *list,
                        struct hone_digest content, size_t offset)
{
    char bytes[CURSOR_BYTES];
    struct hone_buf text;
    make_cursor(bytes, list, content, offset);
    hone_buf_init(&text, HONE_CURSOR_TEXT_LEN);
    HONE_INVARIANT(hone_base64_append(&text, hone_span_of(bytes, sizeof(bytes)),
                                      HONE_BASE64_URL) == 0 &&
                   text.len == HONE_CURSOR_TEXT_LEN);
    memcpy(out, text.data, HONE_CURSOR_TEXT_LEN + 1);
    hone_buf_finish(&text);
}

static uint64_t offset_of(const char *bytes)
{
    uint64_t offset = 0;
    for (size_t i = 0; i < PART_BYTES; i++) {
        offset |= (uint64_t)(unsigned char)bytes[2 * PART_BYTES + i] << (8 * i);
    }
    return offset;
}

static int refuse(struct hone_error *err, int code, const char *cause)
{
    (void)hone_error_set(err, code, "%s", cause);
    (void)hone_error_hint(err, "list again without a cursor");
    return code;
}

static int open_cursor(size_t *offset, const char *bytes, const char *list,
                       struct hone_digest content, size_t n_items, struct hone_error *err)
{
    char own[CURSOR_BYTES];
    uint64_t seen = offset_of(bytes);
    struct hone_digest check = hone_digest_of(hone_span_of(bytes, 3 * PART_BYTES));
    make_cursor(own, list, content, seen);
    if (memcmp(bytes + 3 * PART_BYTES, check.bytes, PART_BYTES) != 0) {
        return refuse(err, HONE_E_INVALID, "the cursor is damaged");
    }
    if (memcmp(bytes, own, PART_BYTES) != 0) {
        return refuse(err, HONE_E_INVALID, "the cursor is of another list");
    }
    if (memcmp(bytes + PART_BYTES, own + PART_BYTES, PART_BYTES) != 0) {
        return refuse(err, HONE_E_STALE,
                      "the list has changed since the cursor was made");
    }
    if (seen > n_items) {
        return refuse(err, HONE_E_INVALID, "the cursor is behind the end of the list");
    }
    *offset = (size_t)seen;
    return 0;
}

int hone_cursor_parse(size_t *offset, struct hone_span text, const char *list,
                      struct hone_digest content, size_t n_items, struct hone_error *err)
{
    struct hone_buf bytes;
    if (text.len == 0) {
        *offset = 0;
        return 0;
    }
    if (text.len != HONE_CURSOR_TEXT_LEN) {
        return refuse(err, HONE_E_INVALID, "this is not a cursor of this server");
    }
    hone_buf_init(&bytes, CURSOR_BYTES);
    int code = hone_base64_parse(&bytes, text, HONE_BASE64_URL);
    if (code != 0) {
        code = refuse(err, code, "this is not a cursor of this server");
    } else {
        code = open_cursor(offset, bytes.data, list, content, n_items, err);
    }
    hone_buf_finish(&bytes);
    return code;
}
