/* Makes a skill's state from its files: the checkpoint on the live version, the live
 * version alone when the checkpoint is damaged, the nearest whole ancestor when the
 * version is. Every file's digest is checked.
 *
 * Runs on the CALL lane, and on STORE to find an ancestor. The skill must stay cold
 * meanwhile. Thread: loop. */
#ifndef HONE_SERVER_LOADING_H
#define HONE_SERVER_LOADING_H

#include "server/training.h"
#include "server/worker.h"

/* What was made. */
struct hone_loading_result {
    int status; /* 0, HONE_E_CANCELLED at the stop, or the code of error */
    struct hone_error error;
    struct hone_trainer *trainer;   /* to take; NULL unless status is 0 */
    struct hone_snapshot *snapshot; /* likewise */
    json_t *measured;               /* likewise, or NULL */
    struct hone_trainer_progress progress;
    struct hone_gate_evidence evidence;
    uint64_t position, anchor_position;
    uint64_t memory_bytes;
    double change; /* hone_trainer_change */
    bool fits;     /* the package as it is today */
};

/* Called once, on the loop. */
typedef void (*hone_loading_cb)(struct hone_training *training,
                                struct hone_loading_result *result);

/* Normal priority: somebody waits. Idle: a log is to be caught up with. */
void hone_loading_start(struct hone_training *training, enum hone_priority priority,
                        hone_loading_cb done);

#endif
