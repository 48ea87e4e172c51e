/* A verdict as it stands in the log: hone_trainer_verdict_body (trainer.h) writes it, and this
 * reads what learning needs of it. Thread: any. */
#ifndef HONE_SKILLS_TRAINER_VERDICT_H
#define HONE_SKILLS_TRAINER_VERDICT_H

#include "base/attr.h"
#include "base/error.h"
#include "optim/gate.h"
#include "skills/event.h"

#include <stdint.h>

struct hone_trainer_verdict {
    enum hone_gate_verdict verdict;
    uint64_t candidate; /* its position */
    uint32_t version;   /* of the promoted candidate, else 0 */
};

/* HONE_E_CORRUPT. */
int hone_trainer_verdict_read(struct hone_trainer_verdict *out,
                              const struct hone_event *event,
                              struct hone_error *err) HONE_MUST_USE;

#endif
