/* Writes a state of a trainer to a temporary tensors file, in slices on the TRAIN lane,
 * so that learning goes on in between. Thread: loop. */
#ifndef HONE_SERVER_SAVING_H
#define HONE_SERVER_SAVING_H

#include "base/digest.h"
#include "base/error.h"
#include "server/training.h"
#include "skills/trainer.h"

#include <stdint.h>

#define HONE_SAVING_SLICE_BYTES (512U * 1024)

/* What was written. */
struct hone_saving_result {
    int status; /* 0, HONE_E_CANCELLED or why not */
    struct hone_error error;
    char *temp_path; /* to free(); the file is there when status is 0 */
    struct hone_digest digest;
    uint64_t size_bytes;
    uint64_t position; /* that the saved state includes */
    uint32_t version;  /* that it builds on */
};

/* done is called once, on the loop; it takes result->temp_path. */
typedef void (*hone_saving_cb)(struct hone_training *training, void *user,
                               struct hone_saving_result *result);

void hone_saving_start(struct hone_training *training, enum hone_trainer_state state,
                       hone_saving_cb done, void *user);

#endif
