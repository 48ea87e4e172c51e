/* Records calls: collects them on the loop and hands whole blocks to the STORE lane.
 *
 * A record is in the block before its reply is written, and the block is handed over
 * before any job that may need it (a feedback), so a durable feedback implies a durable
 * call. A reply never waits for the disk. When the STORE lane's queue is full, blocks are
 * dropped, counted and logged. Thread: loop. */
#ifndef HONE_SERVER_RECORDER_H
#define HONE_SERVER_RECORDER_H

#include "base/attr.h"
#include "base/error.h"
#include "store/call_block.h"

#include <stdbool.h>
#include <stdint.h>

struct hone_app;
struct hone_recorder;

struct hone_recorder *hone_recorder_create(struct hone_app *app) HONE_MUST_USE;
void hone_recorder_destroy(
    struct hone_recorder *recorder); /* after flush; accepts NULL */
/* Copies the record into the current block. */
void hone_recorder_add(struct hone_recorder *recorder,
                       const struct hone_call_record *record);
/* Hands over what was collected. */
void hone_recorder_flush(struct hone_recorder *recorder);
/* Are there calls that the store could not take yet, so that look-ups do not find them?
 * Its error's code with *err filled, or 0 when all are saved. */
int hone_recorder_why_unsaved(const struct hone_recorder *recorder,
                              struct hone_error *err) HONE_MUST_USE;
/* Records lost because the queue was full or the store failed. */
uint64_t hone_recorder_n_dropped(const struct hone_recorder *recorder);

#endif
