/* Layout of version 7: 48 bits of milliseconds | version 7 | 12 + 14 bits of counter, with the
 * variant between them | 48 random bits. The counter starts at a random number below
 * 2^25 in each millisecond, which leaves room for 2^25 ids in it; one more borrows
 * the next millisecond. */
#include "base/uuid.h"

#include "base/check.h"
#include "base/error.h"

#include <string.h>
#include <unistd.h>

#define COUNTER_MAX    ((UINT32_C(1) << 26) - 1)
#define COUNTER_SEED   ((UINT32_C(1) << 25) - 1) /* mask */
#define UNIX_MS_MAX    ((INT64_C(1) << 48) - 1)
#define N_RANDOM_BYTES 10

static void advance(struct hone_uuid_source *source, int64_t now_unix_ms, uint32_t seed)
{
    if (now_unix_ms > UNIX_MS_MAX) {
        now_unix_ms = UNIX_MS_MAX;
    }
    if (now_unix_ms > source->last_unix_ms) {
        source->last_unix_ms = now_unix_ms;
        source->counter = seed;
    } else if (source->counter < COUNTER_MAX) {
        source->counter += 1;
    } else {
        HONE_INVARIANT(source->last_unix_ms < UNIX_MS_MAX);
        source->last_unix_ms += 1;
        source->counter = seed;
    }
}

_Static_assert(HONE_UUID_RESERVED_BYTES % N_RANDOM_BYTES == 0 &&
                   HONE_UUID_RESERVED_BYTES <= 256,
               "whole ids, and no more than getentropy gives at once");

/* Bytes for one id, which are forgotten where they were kept. */
static void take_random(struct hone_uuid_source *source, uint8_t out[N_RANDOM_BYTES])
{
    if (source->n_reserved == 0) {
        HONE_INVARIANT(getentropy(source->reserved, sizeof(source->reserved)) == 0);
        source->n_reserved = sizeof(source->reserved);
    }
    source->n_reserved -= N_RANDOM_BYTES;
    memcpy(out, source->reserved + source->n_reserved, N_RANDOM_BYTES);
    memset(source->reserved + source->n_reserved, 0, N_RANDOM_BYTES);
}

struct hone_uuid hone_uuid_next(struct hone_uuid_source *source, int64_t now_unix_ms)
{
    uint8_t random[N_RANDOM_BYTES];
    take_random(source, random);
    uint32_t seed = 0;
    memcpy(&seed, random, sizeof(seed));
    advance(source, now_unix_ms, seed & COUNTER_SEED);

    struct hone_uuid uuid;
    uint64_t unix_ms = (uint64_t)source->last_unix_ms;
    for (int i = 0; i < 6; i++) {
        uuid.bytes[i] = (uint8_t)(unix_ms >> (40 - 8 * i));
    }
    uuid.bytes[6] = (uint8_t)(0x70u | (source->counter >> 22));
    uuid.bytes[7] = (uint8_t)(source->counter >> 14);
    uuid.bytes[8] = (uint8_t)(0x80u | ((source->counter >> 8) & 0x3fu));
    uuid.bytes[9] = (uint8_t)source->counter;
    memcpy(uuid.bytes + 10, random + 4, 6);
    return uuid;
}

struct hone_uuid hone_uuid_random(void)
{
    struct hone_uuid uuid;
    HONE_INVARIANT(getentropy(uuid.bytes, sizeof(uuid.bytes)) == 0);
    uuid.bytes[6] = (uint8_t)(0x40u | (uuid.bytes[6] & 0x0fu));
    uuid.bytes[8] = (uint8_t)(0x80u | (uuid.bytes[8] & 0x3fu));
    return uuid;
}

static bool has_hyphen_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void hone_uuid_format(struct hone_uuid uuid, char out[HONE_UUID_TEXT_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof(uuid.bytes); i++) {
        if (has_hyphen_before(i)) {
            *out++ = '-';
        }
        *out++ = digits[uuid.bytes[i] >> 4];
        *out++ = digits[uuid.bytes[i] & 15];
    }
    *out = '\0';
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

int hone_uuid_parse(struct hone_uuid *out, struct hone_span text)
{
    if (text.len != HONE_UUID_TEXT_LEN) {
        return HONE_E_INVALID;
    }
    struct hone_uuid uuid;
    const char *p = text.data;
    for (size_t i = 0; i < sizeof(uuid.bytes); i++) {
        if (has_hyphen_before(i) && *p++ != '-') {
            return HONE_E_INVALID;
        }
        int high = digit_value(p[0]);
        int low = digit_value(p[1]);
        if (high < 0 || low < 0) {
            return HONE_E_INVALID;
        }
        uuid.bytes[i] = (uint8_t)(high * 16 + low);
        p += 2;
    }
    *out = uuid;
    return 0;
}

int hone_uuid_compare(struct hone_uuid a, struct hone_uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

int64_t hone_uuid_unix_ms(struct hone_uuid uuid)
{
    int64_t unix_ms = 0;
    for (int i = 0; i < 6; i++) {
        unix_ms = unix_ms * 256 + uuid.bytes[i];
    }
    return unix_ms;
}
