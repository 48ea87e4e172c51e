/* A record, little-endian, without padding:
 *
 *   u32  size of what follows in this record
 *   u8   format, 1
 *   u8   outcome
 *   u8   flags: bit 0 = input was cut
 *   16   call id
 *   i64  skill id
 *   u32  version
 *   u64  learned through
 *   i64  time, Unix ms
 *   u32  latency, us
 *   f32  propensity
 *   f32  confidence
 *   u32  x 4 lengths of episode, source, input, output
 *   the bytes of those four
 *
 * A record is complete in itself, so blocks may be split, sorted and joined
 * by copying bytes. */
#include "store/call_block.h"

#include "base/error.h"

#include <string.h>

#define FORMAT     1
#define FIXED_SIZE 75
#define FLAG_CUT   1U

static char *put_bytes(char *at, const void *data, size_t len)
{
    if (len > 0) {
        memcpy(at, data, len);
    }
    return at + len;
}

static char *put_unsigned(char *at, uint64_t value, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++) {
        at[i] = (char)(unsigned char)(value >> (8 * i));
    }
    return at + n_bytes;
}

static char *put_float(char *at, float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return put_unsigned(at, bits, 4);
}

static uint64_t take_unsigned(const char **at, size_t n_bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n_bytes; i++) {
        value |= (uint64_t)(unsigned char)(*at)[i] << (8 * i);
    }
    *at += n_bytes;
    return value;
}

static float take_float(const char **at)
{
    uint32_t bits = (uint32_t)take_unsigned(at, 4);
    float value = 0;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

int hone_call_block_append(struct hone_buf *block, const struct hone_call_record *record)
{
    const struct hone_span texts[4] = {record->episode, record->source, record->input,
                                       record->output};
    size_t size = FIXED_SIZE;
    for (size_t i = 0; i < 4; i++) {
        if (texts[i].len > UINT32_MAX / 8) {
            block->error = block->error != 0 ? block->error : HONE_E_LIMIT;
            return block->error;
        }
        size += texts[i].len;
    }
    /* Room first: a record is appended whole or not at all. */
    char *at = hone_buf_reserve(block, 4 + size);
    if (at == NULL) {
        return block->error;
    }
    at = put_unsigned(at, size, 4);
    at = put_unsigned(at, FORMAT, 1);
    at = put_unsigned(at, (uint64_t)record->outcome, 1);
    at = put_unsigned(at, record->input_cut ? FLAG_CUT : 0, 1);
    at = put_bytes(at, record->call_id.bytes, sizeof(record->call_id.bytes));
    at = put_unsigned(at, (uint64_t)record->skill_id, 8);
    at = put_unsigned(at, record->version, 4);
    at = put_unsigned(at, record->learned_through, 8);
    at = put_unsigned(at, (uint64_t)record->time_unix_ms, 8);
    at = put_unsigned(at, record->latency_us, 4);
    at = put_float(at, record->propensity);
    at = put_float(at, record->confidence);
    for (size_t i = 0; i < 4; i++) {
        at = put_unsigned(at, texts[i].len, 4);
    }
    for (size_t i = 0; i < 4; i++) {
        at = put_bytes(at, texts[i].data, texts[i].len);
    }
    hone_buf_grow(block, 4 + size);
    return block->error;
}

/* The four texts, whose lengths must fill the record exactly. */
static int take_texts(const char *at, const char *end, struct hone_call_record *record)
{
    struct hone_span *const texts[4] = {&record->episode, &record->source, &record->input,
                                        &record->output};
    size_t left = (size_t)(end - at) - 16;
    for (size_t i = 0; i < 4; i++) {
        size_t len = (size_t)take_unsigned(&at, 4);
        if (len > left) {
            return HONE_E_CORRUPT;
        }
        left -= len;
        texts[i]->len = len;
    }
    if (left != 0) {
        return HONE_E_CORRUPT;
    }
    for (size_t i = 0; i < 4; i++) {
        texts[i]->data = at;
        at += texts[i]->len;
    }
    return 0;
}

int hone_call_block_next(struct hone_span block, size_t *offset,
                         struct hone_call_record *out)
{
    if (*offset >= block.len) {
        return *offset == block.len ? 0 : HONE_E_CORRUPT;
    }
    size_t left = block.len - *offset;
    const char *at = block.data + *offset;
    if (left < 4) {
        return HONE_E_CORRUPT;
    }
    size_t size = (size_t)take_unsigned(&at, 4);
    if (size < FIXED_SIZE || size > left - 4) {
        return HONE_E_CORRUPT;
    }
    const char *end = at + size;
    unsigned format = (unsigned)take_unsigned(&at, 1);
    unsigned outcome = (unsigned)take_unsigned(&at, 1);
    unsigned flags = (unsigned)take_unsigned(&at, 1);
    if (format != FORMAT || outcome < HONE_CALL_OK || outcome > HONE_CALL_CRASHED ||
        flags > FLAG_CUT) {
        return HONE_E_CORRUPT;
    }
    struct hone_call_record record = {.outcome = (enum hone_call_outcome)outcome,
                                      .input_cut = flags == FLAG_CUT};
    memcpy(record.call_id.bytes, at, sizeof(record.call_id.bytes));
    at += sizeof(record.call_id.bytes);
    record.skill_id = (int64_t)take_unsigned(&at, 8);
    record.version = (uint32_t)take_unsigned(&at, 4);
    record.learned_through = take_unsigned(&at, 8);
    record.time_unix_ms = (int64_t)take_unsigned(&at, 8);
    record.latency_us = (uint32_t)take_unsigned(&at, 4);
    record.propensity = take_float(&at);
    record.confidence = take_float(&at);
    if (take_texts(at, end, &record) != 0) {
        return HONE_E_CORRUPT;
    }
    *offset += 4 + size;
    *out = record;
    return 1;
}
