/* Calls are recorded in blocks: many records in one row, found by the time order
 * of their ids. This module is the form of a block: records one after the other,
 * each length-prefixed, little-endian (the layout stands in call_block.c).
 * Thread: any; pure. */
#ifndef HONE_STORE_CALL_BLOCK_H
#define HONE_STORE_CALL_BLOCK_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"
#include "base/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hone_call_outcome {
    HONE_CALL_OK = 1,
    HONE_CALL_TOOL_ERROR = 2, /* the skill answered with an error */
    HONE_CALL_ABSTAINED = 3,
    HONE_CALL_CANCELLED = 4,
    HONE_CALL_TIMEOUT = 5,
    HONE_CALL_DENIED = 6,
    HONE_CALL_CRASHED = 7,
};

struct hone_call_record {
    struct hone_uuid call_id;
    int64_t skill_id;
    uint32_t version;         /* that answered */
    uint64_t learned_through; /* log position included in what answered */
    int64_t time_unix_ms;
    uint32_t latency_us;
    enum hone_call_outcome outcome;
    float propensity; /* probability with which the answer was chosen */
    float confidence;
    struct hone_span episode; /* empty: none named */
    struct hone_span source;  /* client, as it named itself */
    struct hone_span input;   /* JSON text of the arguments as recorded */
    struct hone_span output;  /* the answer; for classify the label */
    bool input_cut; /* the input was longer than the cap; input is then a JSON object in
                       which text was cut at a character boundary */
};

#define HONE_CALL_BLOCK_RECORDS 256
#define HONE_CALL_BLOCK_BYTES   (1024 * 1024)

/* Appends one record; returns buf->error. */
int hone_call_block_append(struct hone_buf *block, const struct hone_call_record *record);
/* Reads the record at *offset and moves it on: 1 = record, 0 = end, HONE_E_CORRUPT. Spans
 * are borrowed from block. */
int hone_call_block_next(struct hone_span block, size_t *offset,
                         struct hone_call_record *out) HONE_MUST_USE;

#endif
